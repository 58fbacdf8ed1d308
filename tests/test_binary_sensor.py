"""Relays that the grid operator switches."""

from homeassistant.core import HomeAssistant
import pytest

from .conftest import an_entry, set_up
from .ports import FakePort
from .variants import V2, V2_ID, XT211, build

pytestmark = pytest.mark.usefixtures("all_enabled")


async def states_of(hass: HomeAssistant, port: FakePort, **changed: str) -> list[str | None]:
    """Set a meter of the second generation up; return the states of its relays."""
    port.greeting = build(V2 | {f"0-{name[-1]}:96.3.10": value for name, value in changed.items()}, XT211)
    await set_up(hass, an_entry(hass, unique_id=V2_ID))
    relays = (hass.states.get(f"binary_sensor.digital_meter_relay_{number}") for number in (1, 2, 3, 4))
    return [relay.state if relay else None for relay in relays]


async def test_relays_are_on_or_off(hass: HomeAssistant, port: FakePort) -> None:
    assert await states_of(hass, port) == ["on", "off", "on", "off"]


async def test_a_relay_in_no_known_position_is_unknown(hass: HomeAssistant, port: FakePort) -> None:
    assert (await states_of(hass, port, relay_1="(2)"))[0] == "unknown"


async def test_the_breaker_is_no_relay(hass: HomeAssistant, port: FakePort) -> None:
    await states_of(hass, port)
    assert hass.states.get("sensor.digital_meter_breaker").state == "connected"


async def test_a_meter_of_the_first_generation_has_no_relays(hass: HomeAssistant, meter: FakePort) -> None:
    assert meter.open_lines
    assert hass.states.async_entity_ids("binary_sensor") == []


async def test_a_relay_that_switches_is_shown(hass: HomeAssistant, port: FakePort) -> None:
    await states_of(hass, port)
    (entry,) = hass.config_entries.async_entries("emucs_p1")
    entry.runtime_data._published = 0.0
    port.send(build(V2 | {"0-2:96.3.10": "(1)"}, XT211))
    await hass.async_block_till_done()
    assert hass.states.get("binary_sensor.digital_meter_relay_2").state == "on"
