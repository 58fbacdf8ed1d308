"""Automations that ask how the running quarter stands."""

from dataclasses import replace
from typing import Any

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers.condition import (
    ConditionChecker,
    async_from_config,
    async_get_all_descriptions,
    async_validate_condition_config,
)
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events
import voluptuous as vol

from custom_components.emucs_p1.const import DOMAIN
from custom_components.emucs_p1.happenings import Happening
from custom_components.emucs_p1.peak import Allowance, QuarterState

from .automations import RAN, another_meter, automate, happen, on, problem_sensors
from .conftest import Later, device_of, set_up, until
from .ports import FakePort
from .quarters import CALM, WARNED, put
from .variants import GAS_ID, NOW, kw, three_phase

THREATENING = f"{DOMAIN}.peak_is_threatening"
SUFFICES = f"{DOMAIN}.spare_power_suffices"


async def validated(hass: HomeAssistant, condition: str, **options: Any) -> Any:
    return await async_validate_condition_config(hass, {"condition": condition, "options": options})


async def condition(hass: HomeAssistant, condition: str, **options: Any) -> ConditionChecker:
    return await async_from_config(hass, await validated(hass, condition, **options))


async def threatening(hass: HomeAssistant, *device_ids: str) -> bool | None:
    return (await condition(hass, THREATENING, device_id=list(device_ids))).async_check()


async def suffices(hass: HomeAssistant, power: float, *device_ids: str) -> bool | None:
    return (await condition(hass, SUFFICES, device_id=list(device_ids), power=power)).async_check()


def with_spare(power: float) -> QuarterState:
    return replace(CALM, allowance=Allowance(9999, power, 0.0, 0.0))


async def test_a_warning_is_a_threatening_peak(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str
) -> None:
    check = await condition(hass, THREATENING, device_id=device_id)
    for quarter in (CALM, WARNED, CALM):
        put(entry, quarter)
        assert check.async_check() is quarter.warning


@pytest.mark.parametrize(
    ("spare", "enough"), [(2300, True), (2301, True), (2299, False), (-500, False), (0, False)]
)
async def test_spare_power_suffices_for_what_it_can_take(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str, spare: float, *, enough: bool
) -> None:
    put(entry, with_spare(spare))
    assert await suffices(hass, 2300, device_id) is enough


async def test_telegrams_decide_whatever_the_update_interval(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    device_id = device_of(hass, entry)
    assert not await threatening(hass, device_id)
    assert await suffices(hass, 2000, device_id)
    for second in range(0, 60, 10):
        at = NOW.replace(minute=12, second=second)
        await later(three_phase(at, demand=kw(3.4), drawn=kw(9.0)), seconds=0)
    assert await threatening(hass, device_id)
    assert not await suffices(hass, 0, device_id)


async def test_the_condition_decides_whether_an_automation_runs(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str
) -> None:
    ran = async_capture_events(hass, RAN)
    options = {"device_id": device_id, "power": 1000}
    await automate(
        hass,
        on(Happening.QUARTER_COMPLETED, device_id)
        | {"conditions": {"condition": SUFFICES, "options": options}},
    )
    put(entry, with_spare(999))
    await happen(hass, entry, Happening.QUARTER_COMPLETED)
    assert ran == []
    put(entry, with_spare(1000))
    await happen(hass, entry, Happening.QUARTER_COMPLETED)
    assert len(ran) == 1


async def test_no_problem_sensor_makes_a_peak_threatening(
    hass: HomeAssistant, meter: FakePort, device_id: str
) -> None:
    other = await another_meter(hass, meter)
    put(other, WARNED)
    problems = problem_sensors(hass, device_id)
    assert len(problems) == 5
    for entity_id in problems:
        hass.states.async_set(entity_id, "on", {"device_class": BinarySensorDeviceClass.PROBLEM})
    assert not await threatening(hass, device_id)


async def test_one_of_two_meters_is_enough_for_a_threat_but_not_for_spare_power(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry, device_id: str
) -> None:
    other = await another_meter(hass, meter)
    both = (device_id, device_of(hass, other))
    put(entry, CALM)
    put(other, WARNED)
    assert await threatening(hass, *both)
    assert not await suffices(hass, 1000, *both)
    put(other, CALM)
    assert not await threatening(hass, *both)
    assert await suffices(hass, 1000, *both)


@pytest.mark.parametrize(
    "quarter",
    [None, replace(WARNED, demand=None, outlook=None, allowance=None)],
    ids=["no time", "no energy"],
)
async def test_what_is_not_known_neither_threatens_nor_suffices(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str, quarter: QuarterState | None
) -> None:
    put(entry, quarter)
    assert await threatening(hass, device_id) is False
    assert await suffices(hass, 0, device_id) is False


@pytest.mark.usefixtures("quick")
async def test_a_silent_meter_neither_threatens_nor_suffices(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry, device_id: str
) -> None:
    put(entry, replace(WARNED, allowance=CALM.allowance))
    assert await threatening(hass, device_id)
    meter.refusal = OSError()
    meter.drop()
    await until(lambda: not entry.runtime_data.last_update_success, hass)
    assert await threatening(hass, device_id) is False
    assert await suffices(hass, 0, device_id) is False


async def test_a_condition_outlives_its_meter_and_finds_it_again(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    check = await condition(hass, THREATENING, device_id=device_id)
    assert check.async_check() is False
    await set_up(hass, entry)
    put(entry, WARNED)
    assert check.async_check() is True
    await hass.config_entries.async_reload(entry.entry_id)
    assert check.async_check() is False
    put(entry, WARNED)
    assert check.async_check() is True
    await hass.config_entries.async_remove(entry.entry_id)
    assert check.async_check() is False


async def test_a_meter_on_the_mbus_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str
) -> None:
    with pytest.raises(vol.Invalid, match="Gas meter is not a digital meter"):
        await validated(hass, THREATENING, device_id=[device_id, device_of(hass, entry, GAS_ID)])


@pytest.mark.usefixtures("meter")
@pytest.mark.parametrize("name", [THREATENING, SUFFICES])
@pytest.mark.parametrize("devices", [{}, {"device_id": []}, {"device_id": "0123456789abcdef"}])
async def test_a_condition_without_a_meter_is_refused(
    hass: HomeAssistant, name: str, devices: dict[str, Any]
) -> None:
    power = {"power": 1000} if name == SUFFICES else {}
    with pytest.raises(vol.Invalid):
        await validated(hass, name, **devices, **power)


async def test_the_editor_is_offered_both_conditions(hass: HomeAssistant, device_id: str) -> None:
    await validated(hass, THREATENING, device_id=device_id)
    described = await async_get_all_descriptions(hass)
    fields = {
        key: set(description["fields"])
        for key, description in described.items()
        if key.startswith(DOMAIN) and description
    }
    assert fields == {THREATENING: {"device_id"}, SUFFICES: {"device_id", "power"}}


@pytest.mark.parametrize("power", [{}, {"power": -1}, {"power": "a lot"}, {"power": None}])
async def test_spare_power_for_nothing_is_refused(
    hass: HomeAssistant, device_id: str, power: dict[str, Any]
) -> None:
    with pytest.raises(vol.Invalid):
        await validated(hass, SUFFICES, device_id=device_id, **power)
