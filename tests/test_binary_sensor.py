"""The alarms of the quarter, and the relays that the grid operator switches."""

from itertools import groupby

from homeassistant.const import ATTR_DEVICE_CLASS, EVENT_STATE_CHANGED
from homeassistant.core import HomeAssistant, callback
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .conftest import House, Later, an_entry, set_up, until
from .house import at
from .ports import FakePort
from .variants import OLD, THREE_ID, THREE_PHASE, V2, V2_ID, XT211, build, three_phase
from .watching import registered, written

WARNING = "binary_sensor.digital_meter_peak_warning"
ACT_NOW = "binary_sensor.digital_meter_peak_act_now"
ALARMS = (WARNING, ACT_NOW)
GAP = "sensor.digital_meter_gap_to_threshold"
FIGURES = {
    f"sensor.digital_meter_{figure}"
    for figure in (
        "allowed_power",
        "gap_to_threshold",
        "peak_probability",
        "quarter_demand",
        "quarter_energy_left",
        "quarter_forecast",
        "spare_current",
        "spare_power",
    )
}
"""What is worked out of the running quarter and enabled."""


def alarms(hass: HomeAssistant) -> list[str]:
    return [hass.states.get(alarm).state for alarm in ALARMS]


def gap(hass: HomeAssistant) -> float:
    return float(hass.states.get(GAP).state)


async def minute_of(hass: HomeAssistant, house: House, alarm: str) -> int:
    """Draw 6 kW until an alarm is on; return the minute of the quarter in which that was."""
    while hass.states.get(alarm).state == "off":
        assert house.now < at(12, 14)
        await house.draw(6.0, at(12, house.now.minute + 1))
    assert hass.states.get(alarm).state == "on"
    return house.now.minute


@pytest.mark.parametrize("key", ["peak_act_now", "peak_warning"])
async def test_an_alarm_is_a_problem_and_on_by_default(
    hass: HomeAssistant, meter: FakePort, key: str
) -> None:
    assert meter.open_lines
    entity = registered(hass, "binary_sensor", f"{THREE_ID}_{key}")
    assert (entity.original_device_class, entity.entity_category, entity.disabled_by) == (
        "problem",
        None,
        None,
    )
    assert hass.states.get(f"binary_sensor.digital_meter_{key}").attributes[ATTR_DEVICE_CLASS] == "problem"


async def test_a_meter_that_does_not_tell_its_power_has_no_alarms(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    port.greeting = build({code: value for code, value in THREE_PHASE.items() if code != "1-0:1.7.0"})
    await set_up(hass, entry)
    assert hass.states.async_entity_ids("binary_sensor") == []


async def test_alarms_are_off_in_a_calm_quarter(hass: HomeAssistant, house: House) -> None:
    await house.move_in()
    assert alarms(hass) == ["off", "off"]
    await house.draw(0.5, at(12, 14, 59))
    assert alarms(hass) == ["off", "off"]


async def test_the_warning_comes_before_act_now_and_act_now_never_without_it(
    hass: HomeAssistant, house: House
) -> None:
    await house.move_in()
    warned = await minute_of(hass, house, WARNING)
    assert warned <= await minute_of(hass, house, ACT_NOW) < 12
    assert alarms(hass) == ["on", "on"]


async def until_warned(hass: HomeAssistant, house: House) -> list[str]:
    """Draw 12 kW until it warns, all within the first of long intervals; return what was written."""
    hass.config_entries.async_update_entry(house.entry, options={"update_interval": 300})
    await house.move_in()
    await house.draw(0.5, at(12, 0, 1))
    states = written(hass)
    while hass.states.get(WARNING).state == "off" and house.now < at(12, 4, 59):
        await house.draw(12.0, min(at(12, house.now.minute + 1), at(12, 4, 59)))
    return states


async def test_an_alarm_does_not_wait_for_the_update_interval(hass: HomeAssistant, house: House) -> None:
    assert WARNING in await until_warned(hass, house)
    assert house.entry.runtime_data.quarter.warning


async def test_an_alarm_comes_with_the_figures_of_the_quarter_and_nothing_else(
    hass: HomeAssistant, house: House
) -> None:
    states = await until_warned(hass, house)
    figures = house.entry.runtime_data.quarter
    assert gap(hass) < 0
    assert float(hass.states.get("sensor.digital_meter_spare_power").state) == figures.allowance.spare_power
    assert set(states) <= FIGURES | {*ALARMS}


async def test_two_alarms_at_once_do_not_come_before_their_figures(hass: HomeAssistant, house: House) -> None:
    await house.move_in()
    await house.draw(0.3, at(12, 10))
    seen: list[tuple[list[str], float]] = []
    hass.bus.async_listen(
        EVENT_STATE_CHANGED, callback(lambda _event: seen.append((alarms(hass), gap(hass))))
    )
    await house.draw(9.9, at(12, 14, 59))
    # The warning is on before the rest of its round is written; act now comes with the next.
    assert any(both == ["on", "on"] for both, _ in seen)
    assert all(gap < 0 for both, gap in seen if both == ["on", "on"])


async def test_act_now_is_never_on_without_the_warning_not_even_for_an_instant(
    hass: HomeAssistant, house: House
) -> None:
    await house.move_in()
    await house.draw(0.3, at(12, 10))
    seen: list[list[str]] = []
    hass.bus.async_listen(EVENT_STATE_CHANGED, callback(lambda _event: seen.append(alarms(hass))))
    # A load so sudden that both alarms come, and go, with one telegram.
    await house.draw(9.9, at(12, 14, 59))
    await house.draw(0.3, at(12, 15))
    assert [pair for pair, _ in groupby(seen)][-5:] == [
        ["off", "off"],
        ["on", "off"],
        ["on", "on"],
        ["on", "off"],
        ["off", "off"],
    ]


async def test_an_alarm_that_stays_on_is_written_once(hass: HomeAssistant, house: House) -> None:
    await house.move_in()
    states = written(hass)
    await house.draw(6.0, at(12, 14, 59), every=10)
    assert [states.count(alarm) for alarm in ALARMS] == [1, 1]


async def test_alarms_are_off_at_the_boundary(hass: HomeAssistant, house: House) -> None:
    await house.move_in()
    await house.draw(6.0, at(12, 14, 59))
    assert alarms(hass) == ["on", "on"]
    await house.draw(6.0, at(12, 15))
    assert alarms(hass) == ["off", "off"]


async def test_an_alarm_is_on_again_at_the_first_telegram_after_a_restart(
    hass: HomeAssistant, house: House
) -> None:
    await house.move_in()
    await house.draw(6.0, at(12, 12))
    assert alarms(hass) == ["on", "on"]
    await house.restart()
    assert alarms(hass) == ["on", "on"]


async def test_alarms_are_unknown_in_a_quarter_that_was_joined_without_a_ramp(
    hass: HomeAssistant, house: House
) -> None:
    house.lines = dict(OLD)
    house.pass_time(300)
    await house.move_in()
    assert alarms(hass) == ["unknown", "unknown"]
    await house.draw(9.0, at(12, 14, 59))
    assert alarms(hass) == ["unknown", "unknown"]
    await house.draw(0.5, at(12, 15))
    assert alarms(hass) == ["off", "off"]


async def test_alarms_are_unknown_while_the_meters_clock_stands_still(
    hass: HomeAssistant, later: Later
) -> None:
    for _ in range(40):
        await later(three_phase(), 1)
    assert alarms(hass) == ["unknown", "unknown"]


@pytest.mark.usefixtures("quick")
async def test_alarms_are_unavailable_while_the_link_is_down(hass: HomeAssistant, house: House) -> None:
    await house.move_in()
    await house.draw(6.0, at(12, 12))
    house.later.port.refusal = OSError()
    house.later.port.drop()
    await until(lambda: alarms(hass) == ["unavailable", "unavailable"])


async def states_of(hass: HomeAssistant, port: FakePort, **changed: str) -> list[str | None]:
    """Set a meter of the second generation up; return the states of its relays."""
    port.greeting = build(V2 | {f"0-{name[-1]}:96.3.10": value for name, value in changed.items()}, XT211)
    await set_up(hass, an_entry(hass, unique_id=V2_ID))
    relays = (hass.states.get(f"binary_sensor.digital_meter_relay_{number}") for number in (1, 2, 3, 4))
    return [relay.state if relay else None for relay in relays]


@pytest.mark.usefixtures("all_enabled")
async def test_relays_are_on_or_off(hass: HomeAssistant, port: FakePort) -> None:
    assert await states_of(hass, port) == ["on", "off", "on", "off"]


@pytest.mark.usefixtures("all_enabled")
async def test_a_relay_in_no_known_position_is_unknown(hass: HomeAssistant, port: FakePort) -> None:
    assert (await states_of(hass, port, relay_1="(2)"))[0] == "unknown"


async def test_the_breaker_is_no_relay(hass: HomeAssistant, port: FakePort) -> None:
    await states_of(hass, port)
    assert hass.states.get("sensor.digital_meter_breaker").state == "connected"


@pytest.mark.usefixtures("all_enabled")
async def test_a_meter_of_the_first_generation_has_no_relays(hass: HomeAssistant, meter: FakePort) -> None:
    assert meter.open_lines
    assert sorted(hass.states.async_entity_ids("binary_sensor")) == sorted(ALARMS)


@pytest.mark.usefixtures("all_enabled")
async def test_a_relay_that_switches_is_shown(hass: HomeAssistant, port: FakePort) -> None:
    await states_of(hass, port)
    (entry,) = hass.config_entries.async_entries("emucs_p1")
    entry.runtime_data._published = 0.0
    port.send(build(V2 | {"0-2:96.3.10": "(1)"}, XT211))
    await hass.async_block_till_done()
    assert hass.states.get("binary_sensor.digital_meter_relay_2").state == "on"
