"""The electricity meter was exchanged, and one click says so."""

import asyncio
from typing import Any
from unittest.mock import patch

from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from sqlalchemy.exc import OperationalError

from custom_components.emucs_p1 import repairs, statistics, swaps
from custom_components.emucs_p1.const import DOMAIN
from custom_components.emucs_p1.memory import async_pass_on
from custom_components.emucs_p1.p1 import parse_telegram
from custom_components.emucs_p1.statistics import async_pass_on_statistics, statistic_id
from custom_components.emucs_p1.swaps import SwapError, async_swap_electricity

from .conftest import Later, an_entry, device_of, set_up
from .ports import FakePort
from .test_issues import NAMELESS, OTHER, raised
from .test_repository import REPOSITORY
from .test_statistics import row, rows
from .variants import GAS_ID, THREE_ID, THREE_PHASE, WATER_ID, XT211, build, gas, hexed, kwh, three_phase

OTHER_ID = "1SAG3100009999"
NEW_LINES = THREE_PHASE | {"0-0:96.1.1": hexed(OTHER_ID), "1-0:1.8.1": kwh(0.5)}
NEW = build(NEW_LINES, XT211)
DAY = "sensor.digital_meter_energy_import_day"


@pytest.fixture(autouse=True)
async def _repairs(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, REPAIRS, {})


async def ask(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    manager = repairs_flow_manager(hass)
    assert manager is not None
    issue_id = f"other_meter_{entry.entry_id}"
    return dict(await manager.async_init(DOMAIN, context={"issue_id": issue_id}))


async def confirm(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Answer the repair; return its end."""
    manager = repairs_flow_manager(hass)
    assert manager is not None
    asked = await ask(hass, entry)
    result = await manager.async_configure(asked["flow_id"], {})
    await hass.async_block_till_done()
    return dict(result)


async def exchange(hass: HomeAssistant, later: Later, entry: MockConfigEntry, new: bytes = NEW) -> None:
    later.port.greeting = new
    await later(new, 1)
    assert (await confirm(hass, entry))["type"] is FlowResultType.CREATE_ENTRY


def unique_ids(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, str]:
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {entity.entity_id: entity.unique_id for entity in found}


async def test_it_asks_first(hass: HomeAssistant, later: Later, entry: MockConfigEntry) -> None:
    await later(OTHER, 1)
    asked = await ask(hass, entry)
    assert (asked["type"], asked["step_id"]) == (FlowResultType.FORM, "confirm")
    assert asked["description_placeholders"] == {
        "advice": f"{REPOSITORY}/blob/main/docs/troubleshooting.md#other-meter",
        "title": "T211-D 0001",
    }


async def test_entities_go_over_to_the_new_meter_and_keep_their_names(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    before = unique_ids(hass, entry)
    await exchange(hass, later, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.unique_id == OTHER_ID
    assert unique_ids(hass, entry) == {
        entity_id: own.replace(THREE_ID, OTHER_ID) for entity_id, own in before.items()
    }
    assert raised(hass) == []


async def test_a_person_who_goes_away_meanwhile_leaves_no_meter_without_values(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(*_: object) -> None:
        begun.set()
        await go_on.wait()

    monkeypatch.setattr(swaps, "async_pass_on_statistics", slow)
    later.port.greeting = NEW
    await later(NEW, 1)
    asked = await ask(hass, entry)
    manager = repairs_flow_manager(hass)
    answering = hass.async_create_task(manager.async_configure(asked["flow_id"], {}))
    await begun.wait()
    answering.cancel()
    go_on.set()
    await hass.async_block_till_done()
    assert (entry.state, entry.unique_id) == (ConfigEntryState.LOADED, OTHER_ID)


async def test_a_database_that_takes_too_long_keeps_no_meter_away(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def endless(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(swaps, "async_pass_on_statistics", endless)
    monkeypatch.setattr(swaps, "_STATISTICS_PATIENCE", 0.01)
    await exchange(hass, later, entry)
    assert (entry.state, entry.unique_id) == (ConfigEntryState.LOADED, OTHER_ID)


async def test_the_device_is_the_new_meter(hass: HomeAssistant, later: Later, entry: MockConfigEntry) -> None:
    before = device_of(hass, entry)
    behind = device_of(hass, entry, GAS_ID)
    await exchange(hass, later, entry)
    device = dr.async_get(hass).async_get(before)
    assert device.identifiers == {(DOMAIN, OTHER_ID)}
    assert (device.serial_number, device.model) == (OTHER_ID, "XT211")
    assert device_of(hass, entry, GAS_ID) == behind
    assert len(dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)) == 3


async def test_the_title_that_we_gave_follows(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    await exchange(hass, later, entry)
    assert entry.title == "XT211 9999"


async def test_the_title_that_the_user_gave_stays(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    hass.config_entries.async_update_entry(entry, title="Cellar")
    await exchange(hass, later, entry)
    assert entry.title == "Cellar"


async def test_the_new_meters_registers_are_taken_at_once(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    assert hass.states.get(DAY).state == "1000.001"
    await exchange(hass, later, entry)
    assert hass.states.get(DAY).state == "0.5"


async def test_choices_and_closed_months_stay(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    await entry.runtime_data.async_choose(target=4.0)
    gone = {code: text for code, text in NEW_LINES.items() if code != "0-0:98.1.0"}
    await exchange(hass, later, entry, build(gone))
    assert entry.runtime_data.settings.target == 4.0
    assert [peak.demand for peak in entry.runtime_data.quarter.months.closed] == [4.321]


async def test_a_meter_behind_it_without_an_id_goes_over_too(
    hass: HomeAssistant, port: FakePort, clock: Later, entry: MockConfigEntry
) -> None:
    port.greeting = build(THREE_PHASE | gas(1, own_id=None))
    await set_up(hass, entry)
    before = device_of(hass, entry, f"{THREE_ID}_mbus1")
    entities = unique_ids(hass, entry)
    await exchange(hass, clock, entry, build(NEW_LINES | gas(1, own_id=None)))
    assert device_of(hass, entry, f"{OTHER_ID}_mbus1") == before
    assert unique_ids(hass, entry).keys() == entities.keys()
    assert hass.states.get("sensor.gas_meter_gas").state == "1234.567"


async def test_a_set_up_that_waits_can_be_repaired_too(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    port.greeting = NEW
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert (await confirm(hass, entry))["type"] is FlowResultType.CREATE_ENTRY
    assert entry.state is ConfigEntryState.LOADED
    assert entry.unique_id == OTHER_ID


async def test_a_meter_that_has_an_entry_of_its_own_is_refused(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    an_entry(hass, "socket://other.example:23", OTHER_ID)
    await later(NEW, 1)
    assert (await confirm(hass, entry))["reason"] == "already_configured"
    assert entry.unique_id == THREE_ID
    assert raised(hass) == ["other_meter"]


async def test_a_meter_that_fell_silent_meanwhile_is_refused(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    await later(NEW, 1)
    entry.runtime_data.link.up = False
    assert (await confirm(hass, entry))["reason"] == "not_heard"


async def test_an_entry_that_is_gone_meanwhile_is_refused(hass: HomeAssistant) -> None:
    flow = await repairs.async_create_fix_flow(hass, "other_meter_x", {"entry_id": "x"})
    flow.hass, flow.flow_id, flow.handler, flow.context = hass, "flow", DOMAIN, {}
    assert (await flow.async_step_init())["reason"] == "not_heard"


@pytest.mark.parametrize("telegram", [three_phase(), NAMELESS])
async def test_the_own_meter_or_one_without_a_name_is_refused(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry, telegram: bytes
) -> None:
    await later(NEW, 1)
    asked = await ask(hass, entry)
    await later(telegram, 1)
    manager = repairs_flow_manager(hass)
    result = await manager.async_configure(asked["flow_id"], {})
    assert result["reason"] == "same_meter"


@pytest.mark.parametrize("state", [ConfigEntryState.SETUP_IN_PROGRESS, ConfigEntryState.FAILED_UNLOAD])
async def test_an_entry_that_cannot_be_unloaded_now_is_refused(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry, state: ConfigEntryState
) -> None:
    entry.mock_state(hass, state)
    with pytest.raises(SwapError, match="busy"):
        await async_swap_electricity(hass, entry, parse_telegram(NEW))
    entry.mock_state(hass, ConfigEntryState.LOADED)
    assert later.port.open_lines


async def test_an_entry_that_will_not_unload_is_refused(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_: str) -> bool:
        return False

    monkeypatch.setattr(hass.config_entries, "async_unload", refuse)
    with pytest.raises(SwapError, match="busy"):
        await async_swap_electricity(hass, entry, parse_telegram(NEW))
    assert later.port.open_lines


async def test_an_entry_that_was_never_set_up_goes_over(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    port.greeting = NEW
    await async_swap_electricity(hass, entry, parse_telegram(NEW))
    await hass.async_block_till_done()
    assert (entry.unique_id, entry.title) == (OTHER_ID, "T211-D 0001")
    assert entry.state is ConfigEntryState.LOADED


@pytest.mark.usefixtures("recorder_mock")
async def test_the_statistics_of_the_months_go_over(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    before = await rows(hass, statistic_id(THREE_ID))
    assert len(before) == 1
    gone = {code: text for code, text in NEW_LINES.items() if code != "0-0:98.1.0"}
    await exchange(hass, later, entry, build(gone))
    assert await rows(hass, statistic_id(OTHER_ID)) == before
    assert await rows(hass, statistic_id(THREE_ID)) == []


@pytest.mark.usefixtures("recorder_mock")
async def test_months_that_the_new_meter_has_already_are_left_alone(
    hass: HomeAssistant, port: FakePort
) -> None:
    another = row("260301000000W", "260220081500W", "04.000")
    for equipment_id, lines in (
        (THREE_ID, {}),
        (OTHER_ID, {"0-0:98.1.0": f"(1)(1-0:1.6.0)(1-0:1.6.0){another}"}),
    ):
        port.greeting = build(THREE_PHASE | {"0-0:96.1.1": hexed(equipment_id)} | lines)
        await set_up(hass, an_entry(hass, f"socket://{equipment_id}.example:23", equipment_id))
    before = await rows(hass, statistic_id(OTHER_ID))
    assert [demand for _, demand in before] == [4.0]
    await rows(hass, statistic_id(THREE_ID))
    await async_pass_on_statistics(hass, THREE_ID, OTHER_ID)
    assert await rows(hass, statistic_id(OTHER_ID)) == before


@pytest.mark.usefixtures("recorder_mock")
async def test_a_meter_without_statistics_has_none_to_pass_on(hass: HomeAssistant) -> None:
    await async_pass_on_statistics(hass, THREE_ID, OTHER_ID)
    assert await rows(hass, statistic_id(OTHER_ID)) == []


@pytest.mark.usefixtures("recorder_mock")
async def test_a_database_that_fails_costs_the_exchange_nothing(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    before = await rows(hass, statistic_id(THREE_ID))
    failure = OperationalError("SELECT", None, Exception("disk I/O error"))
    with patch.object(statistics, "statistics_during_period", side_effect=failure):
        await exchange(hass, later, entry)
    assert entry.unique_id == OTHER_ID
    assert await rows(hass, statistic_id(THREE_ID)) == before


async def test_what_is_remembered_of_the_house_stays(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    key = f"{DOMAIN}.an_entry"
    registers = {f"{THREE_ID}_energy_import": 3.5, f"{THREE_ID}_mbus1_reading": 1.0, f"{GAS_ID}_reading": 7.0}
    hass_storage[key] = {
        "version": 1,
        "key": key,
        "data": {
            "usual_interval": 1.0,
            "registers": registers,
            "target": 4.0,
            "message": "hello",
            "peaks_sent": True,
            "places": {"1": [f"{THREE_ID}_mbus1", 3], "2": [WATER_ID, 7]},
            "quarters": {"quarter": {"number": 1}, "last": [1, 2.0, True], "months": ["m"], "errors": []},
        },
    }
    await async_pass_on(hass, "an_entry", THREE_ID, OTHER_ID)
    assert hass_storage[key]["data"] == {
        "usual_interval": 1.0,
        "registers": {f"{GAS_ID}_reading": 7.0},
        "target": 4.0,
        "places": {"1": [f"{OTHER_ID}_mbus1", 3], "2": [WATER_ID, 7]},
        "quarters": {"quarter": None, "last": None, "months": ["m"], "errors": []},
    }


async def test_a_meter_that_knew_no_quarter_is_passed_on_without(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    key = f"{DOMAIN}.an_entry"
    hass_storage[key] = {"version": 1, "key": key, "data": {"target": 4.0}}
    await async_pass_on(hass, "an_entry", THREE_ID, OTHER_ID)
    assert hass_storage[key]["data"] == {"target": 4.0, "registers": {}, "places": {}}


@pytest.mark.parametrize("spoilt", ["text", ["a"], {"registers": 5}, {"places": {"1": 5}}])
async def test_what_cannot_be_read_is_left_to_the_set_up(
    hass: HomeAssistant, hass_storage: dict[str, Any], spoilt: object
) -> None:
    key = f"{DOMAIN}.an_entry"
    hass_storage[key] = {"version": 1, "key": key, "data": spoilt}
    await async_pass_on(hass, "an_entry", THREE_ID, OTHER_ID)
    assert hass_storage[key]["data"] == spoilt
