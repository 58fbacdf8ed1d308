"""What the household chooses: how high a quarter may be, and what can be switched off."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from .conftest import House, until
from .house import at
from .ports import FakePort
from .variants import THREE_ID
from .watching import registered, written

TARGET = "number.digital_meter_peak_target"
SHEDDABLE = "number.digital_meter_sheddable_power"
THRESHOLD = "sensor.digital_meter_peak_threshold"
POWER = "sensor.digital_meter_power"

BOTH = pytest.mark.parametrize(("entity_id", "saved"), [(TARGET, "target"), (SHEDDABLE, "sheddable")])
EACH = pytest.mark.parametrize("entity_id", [TARGET, SHEDDABLE])


async def choose(hass: HomeAssistant, entity_id: str, value: float) -> None:
    await hass.services.async_call(
        "number", "set_value", {"entity_id": entity_id, "value": value}, blocking=True
    )


def file_of(entry: MockConfigEntry) -> str:
    return f"emucs_p1.{entry.entry_id}"


@pytest.mark.parametrize(
    ("key", "default", "least", "most"),
    [("peak_target", "2.5", 0.5, 30), ("sheddable_power", "2.0", 0.1, 20)],
)
@pytest.mark.usefixtures("meter")
async def test_a_number_is_what_the_household_expects(
    hass: HomeAssistant, key: str, default: str, least: float, most: float
) -> None:
    entity = registered(hass, "number", f"{THREE_ID}_{key}")
    assert (entity.original_device_class, entity.unit_of_measurement) == ("power", "kW")
    assert (entity.entity_category, entity.disabled_by) == ("config", None)
    assert entity.capabilities == {"min": least, "max": most, "step": 0.1, "mode": "box"}
    assert hass.states.get(f"number.digital_meter_{key}").state == default


@BOTH
@pytest.mark.usefixtures("meter")
async def test_a_choice_is_on_the_disk_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, hass_storage: dict[str, Any], entity_id: str, saved: str
) -> None:
    assert file_of(entry) not in hass_storage
    await choose(hass, entity_id, 4.2)
    assert hass.states.get(entity_id).state == "4.2"
    assert hass_storage[file_of(entry)]["data"][saved] == 4.2


async def test_one_choice_leaves_the_other_alone(hass: HomeAssistant, meter: FakePort) -> None:
    assert meter.open_lines
    await choose(hass, TARGET, 4.2)
    await choose(hass, SHEDDABLE, 7.4)
    assert [hass.states.get(entity_id).state for entity_id in (TARGET, SHEDDABLE)] == ["4.2", "7.4"]


async def test_a_choice_while_a_save_is_pending_does_not_stop_later_saves(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    await house.move_in()
    await choose(hass, TARGET, 4.2)
    await house.draw(6.0, at(12, 5))
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=16))
    await hass.async_block_till_done()
    saved = hass_storage[file_of(house.entry)]["data"]
    assert saved["registers"]["1SAG3100000001_energy_import_day"] == 1000.501
    assert saved["target"] == 4.2


@EACH
async def test_a_choice_outlives_a_reload(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry, entity_id: str
) -> None:
    assert meter.open_lines
    await choose(hass, entity_id, 4.2)
    await hass.config_entries.async_reload(entry.entry_id)
    assert hass.states.get(entity_id).state == "4.2"


async def test_a_choice_outlives_a_power_cut(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    await house.move_in()
    await choose(hass, TARGET, 4.2)
    on_the_disk = dict(hass_storage)
    await hass.config_entries.async_unload(house.entry.entry_id)
    hass_storage.update(on_the_disk)
    house.pass_time(60)
    await house.move_in()
    assert hass.states.get(TARGET).state == "4.2"
    assert hass.states.get(THRESHOLD).state == "4.2"


async def test_a_higher_target_is_the_threshold_from_the_next_telegram_on(
    hass: HomeAssistant, house: House
) -> None:
    await house.move_in()
    assert hass.states.get(THRESHOLD).state == "3.456"
    await choose(hass, TARGET, 5.0)
    await house.draw(0.5, at(12, 0, 10))
    assert hass.states.get(THRESHOLD).state == "5.0"


async def test_act_now_waits_longer_where_more_can_be_shed(hass: HomeAssistant, house: House) -> None:
    async def minute_of_the_alarm(quarter: int) -> int:
        for minute in range(1, 15):
            await house.draw(5.0, at(12, 15 * quarter + minute))
            if hass.states.get("binary_sensor.digital_meter_peak_act_now").state == "on":
                return minute
        return 15

    house.peak = 4.0
    await house.move_in()
    await choose(hass, SHEDDABLE, 1.0)
    little = await minute_of_the_alarm(0)
    await house.draw(0.0, at(12, 30))
    await choose(hass, SHEDDABLE, 5.0)
    much = await minute_of_the_alarm(2)
    assert little < much < 15


@EACH
@pytest.mark.usefixtures("quick")
async def test_a_number_can_be_chosen_while_the_meter_is_silent(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry, hass_storage: dict[str, Any], entity_id: str
) -> None:
    meter.refusal = OSError()
    meter.drop()
    await until(lambda: hass.states.get(POWER).state == "unavailable")
    assert hass.states.get(entity_id).state != "unavailable"
    await choose(hass, entity_id, 4.2)
    assert hass.states.get(entity_id).state == "4.2"
    assert 4.2 in hass_storage[file_of(entry)]["data"].values()
    meter.refusal = None
    await until(lambda: hass.states.get(POWER).state == "500.0")
    assert hass.states.get(entity_id).state == "4.2"


async def test_a_choice_is_written_once(hass: HomeAssistant, meter: FakePort) -> None:
    assert meter.open_lines
    states = written(hass)
    await choose(hass, TARGET, 4.2)
    await choose(hass, TARGET, 4.2)
    assert states == [TARGET]


async def test_telegrams_write_no_number(hass: HomeAssistant, house: House) -> None:
    await house.move_in()
    states = written(hass)
    await house.draw(6.0, at(12, 16))
    assert not {TARGET, SHEDDABLE} & set(states)


@pytest.mark.parametrize(
    ("entity_id", "value"), [(TARGET, 0.4), (TARGET, 30.1), (SHEDDABLE, 0.0), (SHEDDABLE, 20.1)]
)
async def test_a_choice_beyond_all_reason_is_refused(
    hass: HomeAssistant, meter: FakePort, entity_id: str, value: float
) -> None:
    assert meter.open_lines
    before = hass.states.get(entity_id).state
    with pytest.raises(ServiceValidationError):
        await choose(hass, entity_id, value)
    assert hass.states.get(entity_id).state == before
