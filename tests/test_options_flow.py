"""Choosing the pace, and what the quarter is held against."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .conftest import House, Later
from .house import at
from .ports import FakePort
from .variants import kw, three_phase

ALLOWED = "sensor.digital_meter_allowed_power"
TARGET = "number.digital_meter_peak_target"
THRESHOLD = "sensor.digital_meter_peak_threshold"


async def choose(hass: HomeAssistant, entry: MockConfigEntry, **chosen: Any) -> None:
    shown = await hass.config_entries.options.async_init(entry.entry_id)
    typed = {"update_interval": 10, "hold_target": False} | chosen
    done = await hass.config_entries.options.async_configure(shown["flow_id"], typed)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()


async def test_ten_seconds_are_offered_and_nothing_is_held_or_limited(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    shown = await hass.config_entries.options.async_init(entry.entry_id)
    assert shown["data_schema"]({}) == {"update_interval": 10, "hold_target": False}


async def test_what_was_chosen_is_offered_the_next_time(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await choose(hass, entry, update_interval=60, hold_target=True, connection_current=40)
    shown = await hass.config_entries.options.async_init(entry.entry_id)
    suggested = {str(field): field.description["suggested_value"] for field in shown["data_schema"].schema}
    assert suggested == {"update_interval": 60, "hold_target": True, "connection_current": 40}


@pytest.mark.parametrize("interval", [1, 300])
async def test_one_to_three_hundred_seconds_are_taken(
    hass: HomeAssistant, entry: MockConfigEntry, interval: int
) -> None:
    await choose(hass, entry, update_interval=interval)
    assert entry.options["update_interval"] == interval


async def test_the_interval_is_whole_seconds(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    # The frontend sends what was typed as a float.
    await choose(hass, entry, update_interval=30.0)
    assert isinstance(entry.options["update_interval"], int)


@pytest.mark.parametrize("current", [6, 125])
async def test_six_to_a_hundred_and_twenty_five_amperes_are_taken(
    hass: HomeAssistant, entry: MockConfigEntry, current: int
) -> None:
    await choose(hass, entry, connection_current=current)
    assert entry.options["connection_current"] == current


@pytest.mark.parametrize(
    "chosen",
    [
        {"update_interval": 0},
        {"update_interval": 301},
        {"update_interval": "often"},
        {"connection_current": 5},
        {"connection_current": 126},
        {"connection_current": "much"},
    ],
    ids=str,
)
async def test_anything_else_is_not(
    hass: HomeAssistant, entry: MockConfigEntry, chosen: dict[str, Any]
) -> None:
    with pytest.raises(InvalidData):
        await choose(hass, entry, **chosen)


async def test_a_current_that_is_cleared_is_gone(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await choose(hass, entry, connection_current=40)
    await choose(hass, entry)
    assert "connection_current" not in entry.options


async def test_a_new_interval_holds_from_the_next_telegram_on(
    hass: HomeAssistant, later: Later, port: FakePort, entry: MockConfigEntry
) -> None:
    await choose(hass, entry, update_interval=1)
    await later(three_phase(drawn=kw(0.7)), 1)
    assert hass.states.get("sensor.digital_meter_power").state == "700.0"
    assert len(port.opened) == 1


async def test_new_options_reload_nothing(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry
) -> None:
    coordinator = entry.runtime_data
    await choose(hass, entry, update_interval=60, hold_target=True, connection_current=40)
    assert entry.runtime_data is coordinator
    assert len(meter.opened) == 1


async def test_holding_the_target_lowers_the_threshold_at_the_next_telegram(
    hass: HomeAssistant, house: House
) -> None:
    await house.move_in()
    assert hass.states.get(THRESHOLD).state == "3.456"
    await choose(hass, house.entry, hold_target=True)
    await house.draw(0.5, at(12, 0, 10))
    assert hass.states.get(THRESHOLD).state == hass.states.get(TARGET).state == "2.5"
    await choose(hass, house.entry, hold_target=False)
    await house.draw(0.5, at(12, 0, 20))
    assert hass.states.get(THRESHOLD).state == "3.456"


async def test_a_connection_caps_the_allowed_power_at_the_next_telegram(
    hass: HomeAssistant, house: House
) -> None:
    await house.move_in()
    assert hass.states.get(ALLOWED).state == "3456"
    await choose(hass, house.entry, connection_current=6)
    await house.draw(0.0, at(12, 10))
    assert hass.states.get(ALLOWED).state == str(6 * 3 * 230)
    await choose(hass, house.entry)
    await house.draw(0.0, at(12, 10, 10))
    assert int(hass.states.get(ALLOWED).state) > 6 * 3 * 230


async def test_new_options_leave_the_quarter_and_the_numbers_alone(hass: HomeAssistant, house: House) -> None:
    await house.move_in()
    await hass.services.async_call("number", "set_value", {"entity_id": TARGET, "value": 4.2}, blocking=True)
    await house.draw(0.5, at(12, 5))
    await choose(hass, house.entry, hold_target=True)
    await house.draw(0.5, at(12, 6))
    assert hass.states.get(THRESHOLD).state == "4.2"
    assert house.entry.runtime_data.quarter.whole


async def test_options_hold_after_a_restart(hass: HomeAssistant, house: House) -> None:
    await house.move_in()
    await choose(hass, house.entry, hold_target=True)
    await house.restart()
    assert hass.states.get(THRESHOLD).state == "2.5"
