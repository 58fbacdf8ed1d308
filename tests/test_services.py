"""Actions that return what a meter has to tell."""

from dataclasses import replace
import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.service import async_get_all_descriptions
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.emucs_p1.const import DOMAIN
from custom_components.emucs_p1.happenings import quarter_figures
from custom_components.emucs_p1.p1 import MonthPeak
from custom_components.emucs_p1.peak import PeakMonths

from .conftest import Later, device_of, until
from .ports import FakePort
from .quarters import CALM, NOON, put
from .variants import GAS_ID, NOW, kw, three_phase

HISTORY = "get_peak_history"
VIEW = "create_dashboard_view"
QUARTER = "get_quarter"


async def ask(hass: HomeAssistant, action: str, **data: Any) -> Any:
    return await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=True)


async def test_the_actions_are_there_before_any_meter(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    assert set(hass.services.async_services_for_domain(DOMAIN)) == {HISTORY, QUARTER, VIEW}


async def test_the_editor_is_offered_every_action(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    described = (await async_get_all_descriptions(hass))[DOMAIN]
    assert {action: set(description["fields"]) for action, description in described.items()} == {
        HISTORY: {"config_entry_id"},
        QUARTER: {"device_id"},
        VIEW: {"dashboard", "device_id"},
    }
    answers = {action for action, description in described.items() if not description["response"]["optional"]}
    assert answers == {HISTORY, QUARTER}


async def test_the_quarter_is_that_of_the_newest_telegram(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    await later(three_phase(NOW.replace(minute=5), demand=kw(0.789)), seconds=0)
    figures = await ask(hass, QUARTER, device_id=device_of(hass, entry))
    assert figures == quarter_figures(entry.runtime_data.quarter)
    assert (figures["demand"], figures["minutes_left"]) == (0.789, 10)


@pytest.mark.usefixtures("meter")
async def test_the_history_is_what_the_meter_keeps(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert await ask(hass, HISTORY, config_entry_id=entry.entry_id) == {
        "running": {"month": "2026-03", "peak": 3.456, "peak_time": "2026-03-02T17:15:00+00:00"},
        "months": [{"month": "2026-02", "peak": 4.321, "peak_time": "2026-02-14T17:15:00+00:00"}],
        "billed_peak": 3.888,
    }


@pytest.mark.usefixtures("meter")
async def test_the_history_of_a_young_meter_is_short(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    put(entry, replace(CALM, months=PeakMonths()))
    assert await ask(hass, HISTORY, config_entry_id=entry.entry_id) == {
        "running": {"month": "2026-03", "peak": None, "peak_time": None},
        "months": [],
        "billed_peak": None,
    }


@pytest.mark.usefixtures("meter")
async def test_a_month_is_that_of_the_belgian_calendar(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Whatever time zone Home Assistant is set to; the last quarter of a month ends in the next one."""
    april = NOON.replace(month=4, day=1, hour=0)
    january = MonthPeak(month_end=april.replace(month=2), captured=None, demand=2.0)
    put(entry, replace(CALM, end=april, months=PeakMonths(closed=(january,))))
    history = await ask(hass, HISTORY, config_entry_id=entry.entry_id)
    assert history["running"]["month"] == "2026-03"
    assert history["months"] == [{"month": "2026-01", "peak": 2.0, "peak_time": None}]


async def test_both_answers_are_plain_json(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str
) -> None:
    for answer in (
        await ask(hass, HISTORY, config_entry_id=entry.entry_id),
        await ask(hass, QUARTER, device_id=device_id),
    ):
        assert json.loads(json.dumps(answer)) == answer


async def both_fail(hass: HomeAssistant, entry: MockConfigEntry, device_id: str) -> list[HomeAssistantError]:
    errors = []
    for action, data in ((HISTORY, {"config_entry_id": entry.entry_id}), (QUARTER, {"device_id": device_id})):
        with pytest.raises(HomeAssistantError) as error:
            await ask(hass, action, **data)
        errors.append(error.value)
    return errors


async def test_while_the_clock_of_the_meter_tells_nothing_there_is_no_answer(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str
) -> None:
    put(entry, None)
    for error in await both_fail(hass, entry, device_id):
        assert not isinstance(error, ServiceValidationError)
        assert (error.translation_domain, error.translation_key) == (DOMAIN, "no_quarter")


@pytest.mark.usefixtures("quick")
async def test_a_silent_meter_has_no_quarter_but_its_months(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry, device_id: str
) -> None:
    history = await ask(hass, HISTORY, config_entry_id=entry.entry_id)
    meter.refusal = OSError()
    meter.drop()
    await until(lambda: not entry.runtime_data.last_update_success, hass)
    with pytest.raises(HomeAssistantError) as error:
        await ask(hass, QUARTER, device_id=device_id)
    assert not isinstance(error.value, ServiceValidationError)
    assert (error.value.translation_domain, error.value.translation_key) == (DOMAIN, "cannot_connect")
    assert await ask(hass, HISTORY, config_entry_id=entry.entry_id) == history


async def test_a_meter_that_is_not_loaded_is_told(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    for error in await both_fail(hass, entry, device_id):
        assert isinstance(error, ServiceValidationError)
        assert error.translation_key == "service_config_entry_not_loaded"


async def test_an_unknown_meter_is_told(hass: HomeAssistant, entry: MockConfigEntry, device_id: str) -> None:
    await hass.config_entries.async_remove(entry.entry_id)
    errors = await both_fail(hass, entry, device_id)
    assert [error.translation_key for error in errors] == [
        "service_config_entry_not_found",
        "service_device_not_found",
    ]


@pytest.mark.usefixtures("meter")
async def test_there_are_no_views_of_an_unknown_meter(hass: HomeAssistant) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await ask(hass, VIEW, device_id="unknown")
    assert error.value.translation_key == "service_device_not_found"


@pytest.mark.usefixtures("meter")
async def test_what_belongs_to_another_integration_is_told(hass: HomeAssistant) -> None:
    stove = MockConfigEntry(domain="fumis", title="Stove")
    stove.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=stove.entry_id, identifiers={("fumis", "1")}, name="Stove"
    )
    errors = await both_fail(hass, stove, device.id)
    assert [error.translation_key for error in errors] == [
        "service_config_entry_wrong_domain",
        "service_device_wrong_domain",
    ]


@pytest.mark.usefixtures("meter")
@pytest.mark.parametrize("action", [QUARTER, VIEW])
async def test_a_meter_on_the_mbus_has_no_quarter(
    hass: HomeAssistant, entry: MockConfigEntry, action: str
) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await ask(hass, action, device_id=device_of(hass, entry, GAS_ID))
    assert error.value.translation_key == "not_electricity_meter"
    assert str(error.value).startswith("Gas meter is not an electricity meter")


@pytest.mark.usefixtures("meter")
@pytest.mark.parametrize("action", [HISTORY, QUARTER, VIEW])
async def test_a_question_without_a_meter_is_refused(hass: HomeAssistant, action: str) -> None:
    with pytest.raises(vol.Invalid):
        await ask(hass, action)
