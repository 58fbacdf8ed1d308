"""Views of a meter for a household's dashboard."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

import custom_components.emucs_p1
from custom_components.emucs_p1.const import DOMAIN

from .conftest import an_entry, device_of, set_up, until
from .ports import FakePort
from .variants import (
    GAS_ID,
    THREE_ID,
    THREE_PHASE,
    VARIANTS,
    build,
    three_phase,
)

ACTION = "create_dashboard_view"
OWN_CARDS = {
    "gauge",
    "glance",
    "heading",
    "history-graph",
    "markdown",
    "statistics-graph",
    "tile",
}


async def ask(
    hass: HomeAssistant, entry: MockConfigEntry, context: Context | None = None, **data: Any
) -> dict[str, Any]:
    answer = await hass.services.async_call(
        DOMAIN,
        ACTION,
        {"device_id": device_of(hass, entry), **data},
        blocking=True,
        context=context,
        return_response=True,
    )
    assert answer is not None
    return answer


async def views_of(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Return the views by path."""
    return {view["path"]: view for view in (await ask(hass, entry))["views"]}


def parts(card: Any) -> Iterator[dict[str, Any]]:
    """Yield everything that a view is made of."""
    if isinstance(card, dict):
        yield card
        for value in card.values():
            yield from parts(value)
    elif isinstance(card, list):
        for item in card:
            yield from parts(item)


def shown(views: Any) -> set[str]:
    """Return the entity ids in views."""
    return {part["entity"] for part in parts(views) if "entity" in part}


def headings(views: Any) -> list[str]:
    return [part["heading"] for part in parts(views) if "heading" in part]


def texts(language: str) -> dict[str, str]:
    file = Path(custom_components.emucs_p1.__file__).parent / f"translations/{language}.json"
    common: dict[str, str] = json.loads(file.read_text())["common"]
    return common


@pytest.mark.usefixtures("meter")
async def test_the_views_are_those_of_now_of_the_peaks_and_of_the_meter(
    hass: HomeAssistant, entry: MockConfigEntry, snapshot: SnapshotAssertion
) -> None:
    assert await ask(hass, entry) == snapshot


@pytest.mark.usefixtures("all_enabled", "meter")
async def test_what_is_enabled_is_shown(
    hass: HomeAssistant, entry: MockConfigEntry, snapshot: SnapshotAssertion
) -> None:
    assert await ask(hass, entry) == snapshot


@pytest.mark.parametrize("enabled", [False, True])
@pytest.mark.parametrize("variant", VARIANTS)
async def test_a_view_shows_nothing_but_what_is_there(
    hass: HomeAssistant, port: FakePort, request: pytest.FixtureRequest, variant: str, *, enabled: bool
) -> None:
    if enabled:
        request.getfixturevalue("all_enabled")
    header, equipment_id, lines = VARIANTS[variant]
    port.greeting = build(lines, header)
    entry = an_entry(hass, unique_id=equipment_id)
    await set_up(hass, entry)
    response = await ask(hass, entry)
    statistic = f"{DOMAIN}:{equipment_id.lower()}_month_peak"
    entity_ids = shown(response["views"]) - {statistic}
    assert entity_ids
    assert entity_ids <= set(hass.states.async_entity_ids())
    assert all(section["cards"] for view in response["views"] for section in view["sections"])
    assert bool(response["disabled"]) is not enabled


@pytest.mark.usefixtures("all_enabled", "meter")
async def test_what_is_not_shown_is_for_automations_or_for_the_curious(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    in_views = shown(await views_of(hass, entry))
    left_out = {
        entity.unique_id.removeprefix(f"{THREE_ID}_")
        for entity in entities
        if entity.entity_id not in in_views
    }
    assert left_out == {"forecast_error", "quarter", "text_message"}


@pytest.mark.usefixtures("all_enabled", "meter")
async def test_the_cards_are_home_assistants_own(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    views = (await ask(hass, entry))["views"]
    assert {view["type"] for view in views} == {"sections"}
    sections = [section for view in views for section in view["sections"]]
    assert {section["type"] for section in sections} == {"grid"}
    assert {card["type"] for section in sections for card in section["cards"]} == OWN_CARDS


@pytest.mark.usefixtures("meter")
async def test_an_answer_is_plain_json(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    answer = await ask(hass, entry)
    assert json.loads(json.dumps(answer)) == answer


@pytest.mark.usefixtures("meter")
async def test_a_new_entity_id_is_found(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    er.async_get(hass).async_update_entity(
        "sensor.digital_meter_month_peak", new_entity_id="sensor.dearest_quarter"
    )
    views = await views_of(hass, entry)
    assert "sensor.dearest_quarter" in shown(views["p1-peaks"])
    assert "sensor.digital_meter_month_peak" not in shown(views)


@pytest.mark.usefixtures("meter")
async def test_what_the_household_calls_an_entity_comes_before_the_short_name(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    er.async_get(hass).async_update_entity("sensor.digital_meter_month_peak", name="Dearest quarter")
    views = await views_of(hass, entry)
    names = {
        part["entity"]: part["name"] for part in parts(views["p1-peaks"]["sections"][0]) if "entity" in part
    }
    assert names["sensor.digital_meter_month_peak"] == {"type": "entity"}
    assert names["sensor.digital_meter_billed_peak"] == "Billed mean"


async def test_a_dutch_household_gets_dutch_views(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    hass.config.language = "nl"
    port.greeting = three_phase()
    await set_up(hass, entry)
    views = await views_of(hass, entry)
    dutch = texts("nl")
    assert [view["title"] for view in views.values()] == [
        dutch[f"dashboard_{path}"] for path in ("now", "peaks", "meter")
    ]
    assert list(views) == ["p1-now", "p1-peaks", "p1-meter"]
    assert "sensor.digitale_meter_maandpiek" in shown(views["p1-peaks"])
    assert {dutch["dashboard_this_month"], dutch["dashboard_months"]} <= {*headings(views["p1-peaks"])}


@pytest.mark.usefixtures("meter")
async def test_what_is_disabled_is_left_out_and_told(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    tariff = "sensor.digital_meter_tariff"
    er.async_get(hass).async_update_entity(tariff, disabled_by=er.RegistryEntryDisabler.USER)
    response = await ask(hass, entry)
    assert tariff not in shown(response["views"])
    assert tariff in response["disabled"]
    assert "sensor.digital_meter_quarter_forecast_low" in response["disabled"]


@pytest.mark.usefixtures("meter")
async def test_what_is_hidden_is_left_out(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    tariff = "sensor.digital_meter_tariff"
    er.async_get(hass).async_update_entity(tariff, hidden_by=er.RegistryEntryHider.USER)
    response = await ask(hass, entry)
    assert tariff not in shown(response["views"])
    assert tariff not in response["disabled"]


@pytest.mark.usefixtures("meter")
async def test_without_alarms_the_forecast_is_shown_all_the_same(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    for alarm in ("peak_warning", "peak_act_now"):
        er.async_get(hass).async_update_entity(
            f"binary_sensor.digital_meter_{alarm}",
            disabled_by=er.RegistryEntryDisabler.USER,
        )
    now = (await views_of(hass, entry))["p1-now"]
    assert "sensor.digital_meter_quarter_forecast" in shown(now)
    assert not any("visibility" in part for part in parts(now))


@pytest.mark.usefixtures("meter")
async def test_the_forecast_is_red_while_it_will_pass(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    now = (await views_of(hass, entry))["p1-now"]
    warning = "binary_sensor.digital_meter_peak_warning"
    seen = {
        part.get("color"): part["visibility"]
        for part in parts(now)
        if part.get("entity") == "sensor.digital_meter_quarter_forecast" and part.get("type") == "tile"
    }
    assert seen == {
        None: [{"condition": "state", "entity": warning, "state_not": "on"}],
        "red": [{"condition": "state", "entity": warning, "state": "on"}],
    }


@pytest.mark.usefixtures("meter")
async def test_a_meter_of_which_everything_is_disabled_has_no_views(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    registry = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        registry.async_update_entity(entity.entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    assert (await ask(hass, entry))["views"] == []


@pytest.mark.usefixtures("quick")
async def test_a_silent_meter_has_the_same_views(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry
) -> None:
    views = await views_of(hass, entry)
    meter.refusal = OSError()
    meter.drop()
    await until(lambda: not entry.runtime_data.last_update_success, hass)
    assert await views_of(hass, entry) == views


async def test_a_meter_that_is_not_loaded_has_the_same_views(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry
) -> None:
    assert meter.open_lines
    views = await views_of(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    assert await views_of(hass, entry) == views


@pytest.mark.usefixtures("meter")
async def test_gas_and_water_are_found_by_the_meter_that_they_hang_on(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    port.greeting = three_phase()
    meter = (await views_of(hass, entry))["p1-meter"]
    assert {"sensor.gas_meter_gas", "sensor.gas_meter_valve", "sensor.water_meter_water"} <= shown(meter)
    assert {"Gas meter", "Water meter"} <= {*headings(meter)}


@pytest.mark.usefixtures("meter")
async def test_a_meter_is_called_what_the_household_calls_it(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    dr.async_get(hass).async_update_device(device_of(hass, entry, GAS_ID), name_by_user="Boiler")
    meter = (await views_of(hass, entry))["p1-meter"]
    assert "Boiler" in headings(meter)


async def test_two_meters_in_one_house_have_paths_and_titles_of_their_own(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    await set_up(hass, entry)
    header, equipment_id, lines = VARIANTS["50213_single_phase"]
    port.greeting = build(lines, header)
    garage = an_entry(hass, port="socket://garage.example:23", unique_id=equipment_id)
    await set_up(hass, garage)
    first, second = await views_of(hass, entry), await views_of(hass, garage)
    assert list(first) == ["p1-now", "p1-peaks", "p1-meter"]
    assert list(second) == ["p1-now-2", "p1-peaks-2", "p1-meter-2"]
    assert [view["title"] for view in first.values()] == [
        "Now: T211-D 0001",
        "Peaks: T211-D 0001",
        "Meter: T211-D 0001",
    ]
    assert not shown(first) & shown(second)
    dr.async_get(hass).async_update_device(device_of(hass, garage), name_by_user="Garage")
    second = await views_of(hass, garage)
    assert [view["title"] for view in second.values()] == ["Now: Garage", "Peaks: Garage", "Meter: Garage"]


@pytest.mark.parametrize("enabled", [False, True])
async def test_the_age_of_the_last_telegram_is_that_of_what_goes_on_with_each(
    hass: HomeAssistant,
    port: FakePort,
    entry: MockConfigEntry,
    request: pytest.FixtureRequest,
    *,
    enabled: bool,
) -> None:
    if enabled:
        request.getfixturevalue("all_enabled")
    port.greeting = three_phase()
    await set_up(hass, entry)
    cards = parts(await views_of(hass, entry))
    (age,) = (card for card in cards if card.get("state_content") == "last_updated")
    assert age["entity"] == f"sensor.digital_meter_{'meter_time' if enabled else 'power'}"


@pytest.mark.usefixtures("all_enabled")
async def test_no_text_of_the_views_is_left_over(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    port.greeting = build(THREE_PHASE | {"0-0:17.0.0": "(10.000*kW)", "1-0:31.4.0": "(40.00*A)"})
    await set_up(hass, entry)
    said = {
        re.sub(r"<.*?>", "", part[kind])
        for part in parts((await ask(hass, entry))["views"])
        for kind in ("content", "heading", "name", "title")
        if isinstance(part.get(kind), str)
    }
    known = {text for key, text in texts("en").items() if key.startswith("dashboard_")}
    assert known <= said
