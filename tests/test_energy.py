"""What the Energy dashboard thinks of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from simulator.household import Household
from simulator.meter import Meter

from .conftest import an_entry, set_up
from .ports import FakePort
from .variants import THREE_ID, VARIANTS, build

GRID = {
    "type": "grid",
    "stat_energy_from": "sensor.digital_meter_energy_import",
    "stat_energy_to": "sensor.digital_meter_energy_export",
    "stat_cost": None,
    "stat_compensation": None,
    "entity_energy_price": None,
    "entity_energy_price_export": None,
    "number_energy_price": None,
    "number_energy_price_export": None,
    "stat_rate": "sensor.digital_meter_power",
    "cost_adjustment_day": 0,
}
GAS = {
    "type": "gas",
    "stat_energy_from": "sensor.gas_meter_gas",
    "stat_cost": None,
    "entity_energy_price": None,
    "number_energy_price": None,
}
WATER = GAS | {"type": "water", "stat_energy_from": "sensor.water_meter_water"}
HEAT = GAS | {"stat_energy_from": "sensor.heat_meter_heat"}


@pytest.fixture(autouse=True)
def _recorder(recorder_mock: Recorder) -> Recorder:
    return recorder_mock


async def issues(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, *sources: dict[str, Any]
) -> list[dict[str, Any]]:
    """Compile statistics, point the dashboard at them, return what it finds wrong."""
    assert await async_setup_component(hass, "energy", {})
    await hass.async_block_till_done()
    await async_wait_recording_done(hass)
    now = dt_util.utcnow()
    do_adhoc_statistics(hass, start=now.replace(minute=now.minute - now.minute % 5, second=0, microsecond=0))
    await async_wait_recording_done(hass)
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "energy/save_prefs", "energy_sources": sources})
    saved = await client.receive_json()
    assert saved["success"], saved
    await client.send_json_auto_id({"type": "energy/validate"})
    found = await client.receive_json()
    assert found["success"], found
    assert len(found["result"]["energy_sources"]) == len(sources)
    return [issue for source in found["result"]["energy_sources"] for issue in source]


async def test_grid_gas_and_water_are_taken_without_an_issue(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, port: FakePort, entry: MockConfigEntry
) -> None:
    at = datetime(2026, 6, 3, 12, 0, 10, tzinfo=UTC)
    meter = Meter(Household(seed=1), installed=at - timedelta(days=40))
    port.greeting = meter.telegram(at)
    await set_up(hass, entry)
    assert float(hass.states.get("sensor.digital_meter_energy_export").state) > 0
    assert await issues(hass, hass_ws_client, GRID, GAS, WATER) == []


async def test_both_tariffs_are_taken_as_two_connections(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, port: FakePort, entry: MockConfigEntry
) -> None:
    assert port.greeting
    await set_up(hass, entry)
    tariffs = [
        GRID
        | {
            "stat_energy_from": f"sensor.digital_meter_energy_import_{tariff}",
            "stat_energy_to": f"sensor.digital_meter_energy_export_{tariff}",
        }
        for tariff in ("day", "night")
    ]
    tariffs[1].pop("stat_rate")
    assert await issues(hass, hass_ws_client, *tariffs) == []


async def test_heat_in_gigajoules_is_taken(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, port: FakePort
) -> None:
    port.greeting = build(VARIANTS["heat_and_submeter"][2])
    await set_up(hass, an_entry(hass, unique_id=THREE_ID))
    assert await issues(hass, hass_ws_client, HEAT) == []


async def test_a_dashboard_that_asks_for_something_else_finds_an_issue(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, port: FakePort, entry: MockConfigEntry
) -> None:
    assert port.greeting
    await set_up(hass, entry)
    assert await issues(hass, hass_ws_client, GAS | {"stat_energy_from": "sensor.digital_meter_power"})
