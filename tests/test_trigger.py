"""Automations that are triggered by what happens at a meter."""

from typing import Any

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.trigger import async_get_all_descriptions, async_validate_trigger_config
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events
import voluptuous as vol

from custom_components.emucs_p1.const import DOMAIN
from custom_components.emucs_p1.happenings import Happening

from .automations import FIGURES, RAN, another_meter, automate, happen, on, problem_sensors, states_of
from .conftest import Later, an_entry, device_of, set_up
from .ports import FakePort
from .variants import GAS_ID, NOW, hexed, kw, peak, three_phase

PROBLEM = {"device_class": BinarySensorDeviceClass.PROBLEM}


@pytest.fixture
def ran(hass: HomeAssistant) -> list[Any]:
    return async_capture_events(hass, RAN)


def triggered_by(ran: list[Any]) -> list[str]:
    return [event.data["trigger"]["platform"].removeprefix(f"{DOMAIN}.") for event in ran]


@pytest.mark.parametrize("happening", Happening)
async def test_a_happening_triggers_its_automation_and_no_other(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str, ran: list[Any], happening: Happening
) -> None:
    await automate(hass, *(on(each, device_id) for each in Happening))
    await happen(hass, entry, happening)
    assert triggered_by(ran) == [happening]


async def test_the_figures_are_variables_of_the_trigger(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str, ran: list[Any]
) -> None:
    await automate(hass, on(Happening.PEAK_WARNING, device_id))
    await happen(hass, entry, Happening.PEAK_WARNING)
    trigger = ran[0].data["trigger"]
    assert {key: trigger[key] for key in FIGURES} == FIGURES
    assert trigger["device_id"] == device_id
    assert trigger["description"] == "peak warning of Digital meter"


async def test_the_name_that_the_user_gave_is_told(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str, ran: list[Any]
) -> None:
    dr.async_get(hass).async_update_device(device_id, name_by_user="Cellar")
    await automate(hass, on(Happening.MONTH_PEAK_RAISED, device_id))
    await happen(hass, entry, Happening.MONTH_PEAK_RAISED)
    assert ran[0].data["trigger"]["description"] == "month peak raised of Cellar"


async def test_telegrams_trigger_automations_whatever_the_update_interval(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry, ran: list[Any]
) -> None:
    await automate(hass, *(on(each, device_of(hass, entry)) for each in Happening))

    async def send(minute: int, second: int, **lines: str) -> None:
        # No time passes for the update interval.
        await later(three_phase(NOW.replace(minute=minute, second=second), **lines), seconds=0)

    for second in range(10, 60, 10):
        await send(0, second, demand=kw(0.2))
    assert triggered_by(ran) == []
    for second in range(0, 60, 10):
        await send(10, second, demand=kw(3.4), drawn=kw(9.0))
    await send(11, 0, demand=kw(3.5), drawn=kw(9.0))
    assert triggered_by(ran) == ["peak_warning", "peak_act_now", "threshold_passed"]
    assert ran[2].data["trigger"]["demand"] == 3.5
    await send(14, 59, demand=kw(5.0), message=hexed("Works on Monday"))
    assert triggered_by(ran)[3:] == ["message_received"]
    assert ran[3].data["trigger"]["text"] == "Works on Monday"
    await send(15, 0, demand=kw(0.0), month_peak=peak(NOW.replace(minute=15, second=0), 5.0))
    assert sorted(triggered_by(ran)[4:]) == ["month_peak_raised", "peak_cleared", "quarter_completed"]


async def test_no_problem_sensor_triggers_anything(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry, device_id: str, ran: list[Any]
) -> None:
    """Ours, a sibling's and foreign ones, within reach of any target: one device, area and label."""
    other = await another_meter(hass, meter)
    for device in (device_id, device_of(hass, other)):
        dr.async_get(hass).async_update_device(device, area_id="cellar", labels={"meters"})
    sensors = problem_sensors(hass, device_id)
    assert len(sensors) == 5
    for entity_id in sensors:
        er.async_get(hass).async_update_entity(entity_id, labels={"meters"})
    await automate(hass, *(on(each, device_id) for each in Happening))

    for state in ("off", "on", "unavailable", "on", "off"):
        for entity_id in (*sensors, "binary_sensor.without_a_registry"):
            hass.states.async_set(entity_id, state, PROBLEM)
        await hass.async_block_till_done()
    await happen(hass, other, *Happening)
    assert triggered_by(ran) == []

    await happen(hass, entry, Happening.PEAK_WARNING)
    assert triggered_by(ran) == ["peak_warning"]


async def test_each_of_two_meters_triggers_with_its_own_device(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry, device_id: str, ran: list[Any]
) -> None:
    other = await another_meter(hass, meter)
    chosen = [device_id, device_of(hass, other)]
    await automate(hass, on(Happening.PEAK_ACT_NOW, chosen))
    for each in (entry, other):
        await happen(hass, each, Happening.PEAK_ACT_NOW)
    assert [event.data["trigger"]["device_id"] for event in ran] == chosen


async def test_a_meter_that_was_chosen_twice_triggers_once(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str, ran: list[Any]
) -> None:
    await automate(hass, on(Happening.PEAK_ACT_NOW, [device_id, device_id]))
    await happen(hass, entry, Happening.PEAK_ACT_NOW)
    assert triggered_by(ran) == ["peak_act_now"]


async def test_a_reload_of_the_meter_neither_triggers_nor_ends_anything(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str, ran: list[Any]
) -> None:
    await automate(hass, *(on(each, device_id) for each in Happening))
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert triggered_by(ran) == []
    await happen(hass, entry, Happening.PEAK_WARNING)
    assert triggered_by(ran) == ["peak_warning"]


async def test_a_meter_may_be_set_up_after_its_automation(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str, ran: list[Any]
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    await automate(hass, on(Happening.PEAK_WARNING, device_id))
    assert states_of(hass) == ["on"]
    await set_up(hass, entry)
    await happen(hass, entry, Happening.PEAK_WARNING)
    assert triggered_by(ran) == ["peak_warning"]


async def test_a_meter_that_is_removed_and_added_again_triggers_again(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str, ran: list[Any]
) -> None:
    await automate(hass, on(Happening.PEAK_WARNING, device_id))
    await hass.config_entries.async_remove(entry.entry_id)
    assert dr.async_get(hass).async_get(device_id) is None
    await happen(hass, entry, Happening.PEAK_WARNING)
    assert triggered_by(ran) == []

    anew = an_entry(hass)
    await set_up(hass, anew)
    assert device_of(hass, anew) == device_id
    # Nor does it trigger twice once its device changes.
    dr.async_get(hass).async_update_device(device_id, name_by_user="Cellar")
    await happen(hass, anew, Happening.PEAK_WARNING)
    assert triggered_by(ran) == ["peak_warning"]


async def test_an_automation_that_is_off_listens_no_more(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str, ran: list[Any]
) -> None:
    await automate(hass, on(Happening.PEAK_WARNING, device_id))
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": "automation.automation_0"}, blocking=True
    )
    await happen(hass, entry, Happening.PEAK_WARNING)
    assert triggered_by(ran) == []


async def test_an_automation_of_a_device_that_is_gone_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    await hass.config_entries.async_remove(entry.entry_id)
    await automate(hass, on(Happening.PEAK_WARNING, device_id))
    assert states_of(hass) == ["unavailable"]
    assert f"{device_id} is not a digital meter of this integration" in caplog.text


async def test_a_meter_on_the_mbus_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str
) -> None:
    with pytest.raises(vol.Invalid, match="Gas meter is not a digital meter"):
        await validated(hass, {"options": {"device_id": [device_id, device_of(hass, entry, GAS_ID)]}})


async def test_a_device_of_another_integration_is_refused(hass: HomeAssistant, device_id: str) -> None:
    stove = MockConfigEntry(domain="fumis")
    stove.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=stove.entry_id, identifiers={("fumis", "1")}, name="Stove"
    )
    with pytest.raises(vol.Invalid, match="Stove is not a digital meter"):
        await validated(hass, {"options": {"device_id": [device_id, device.id]}})


@pytest.mark.usefixtures("meter")
@pytest.mark.parametrize(
    "config",
    [
        {},
        {"options": {}},
        {"options": {"device_id": []}},
        {"options": {"device_id": "0123456789abcdef"}},
        {"target": {"entity_id": "binary_sensor.digital_meter_peak_warning"}},
    ],
)
async def test_a_trigger_without_a_meter_is_refused(hass: HomeAssistant, config: dict[str, Any]) -> None:
    with pytest.raises(vol.Invalid):
        await validated(hass, config)


async def test_one_meter_need_not_be_a_list(hass: HomeAssistant, device_id: str) -> None:
    (valid,) = await validated(hass, {"options": {"device_id": device_id}})
    assert valid["options"] == {"device_id": [device_id]}


@pytest.mark.usefixtures("meter")
async def test_a_trigger_that_we_do_not_have_is_refused(hass: HomeAssistant) -> None:
    with pytest.raises(vol.Invalid, match="Invalid trigger"):
        await async_validate_trigger_config(hass, [{"platform": f"{DOMAIN}.peak_missed"}])


async def test_the_editor_is_offered_every_trigger_for_electricity_meters(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str
) -> None:
    await automate(hass, on(Happening.PEAK_WARNING, device_id))
    described = await async_get_all_descriptions(hass)
    ours = {key: description for key, description in described.items() if key.startswith(DOMAIN)}
    assert set(ours) == {f"{DOMAIN}.{happening}" for happening in Happening}
    for description in ours.values():
        assert description is not None
        offered = description["fields"]["device_id"]["selector"]["device"]
        assert offered["multiple"]
        assert offered["filter"] == [{"integration": DOMAIN}]
        assert domains_of(hass, device_id) >= set(offered["entity"][0]["domain"])
        gas_meter = device_of(hass, entry, GAS_ID)
        assert domains_of(hass, gas_meter).isdisjoint(offered["entity"][0]["domain"])


def domains_of(hass: HomeAssistant, device_id: str) -> set[str]:
    return {entity.domain for entity in er.async_entries_for_device(er.async_get(hass), device_id)}


async def validated(hass: HomeAssistant, config: dict[str, Any]) -> list[dict[str, Any]]:
    return await async_validate_trigger_config(hass, [{"platform": f"{DOMAIN}.peak_warning", **config}])
