"""Choosing the pace."""

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .conftest import Later
from .ports import FakePort
from .variants import kw, three_phase


async def choose(hass: HomeAssistant, entry: MockConfigEntry, interval: float) -> None:
    shown = await hass.config_entries.options.async_init(entry.entry_id)
    done = await hass.config_entries.options.async_configure(shown["flow_id"], {"update_interval": interval})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()


async def test_ten_seconds_are_offered(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    shown = await hass.config_entries.options.async_init(entry.entry_id)
    assert shown["data_schema"]({}) == {"update_interval": 10}


async def test_the_chosen_interval_is_offered_the_next_time(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await choose(hass, entry, 60)
    shown = await hass.config_entries.options.async_init(entry.entry_id)
    (field,) = shown["data_schema"].schema
    assert field.description == {"suggested_value": 60}


@pytest.mark.parametrize("interval", [1, 300])
async def test_one_to_three_hundred_seconds_are_taken(
    hass: HomeAssistant, entry: MockConfigEntry, interval: int
) -> None:
    await choose(hass, entry, interval)
    assert entry.options == {"update_interval": interval}


@pytest.mark.parametrize("interval", [0, 301, "often"])
async def test_anything_else_is_not(hass: HomeAssistant, entry: MockConfigEntry, interval: object) -> None:
    with pytest.raises(InvalidData):
        await choose(hass, entry, interval)


async def test_a_new_interval_holds_from_the_next_telegram_on(
    hass: HomeAssistant, later: Later, port: FakePort, entry: MockConfigEntry
) -> None:
    await choose(hass, entry, 1)
    await later(three_phase(drawn=kw(0.7)), 1)
    assert hass.states.get("sensor.digital_meter_power").state == "700.0"
    assert len(port.opened) == 1


async def test_a_new_interval_reloads_nothing(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry
) -> None:
    coordinator = entry.runtime_data
    await choose(hass, entry, 60)
    assert entry.runtime_data is coordinator
    assert len(meter.opened) == 1
