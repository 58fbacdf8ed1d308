"""What outlives a restart: two files, one small and quickly old, one large and slow to change."""

from datetime import timedelta
import json
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.emucs_p1.memory import Memory, Remembered, async_forget, house_memory, meter_memory
from custom_components.emucs_p1.peak import QuarterTracker

from .conftest import House, set_up
from .house import at
from .ports import FakePort

KEY = "emucs_p1.an_entry"
LEARNED = "emucs_p1.an_entry.learned"
CONTENT = Remembered(usual_interval=1.0, registers={"1SAG3100000001_energy_import": 3.5})
HOUSE = {"minutes": "AAAA"}

TARGET = "number.digital_meter_peak_target"
FORECAST = "sensor.digital_meter_quarter_forecast"
IMPORT_DAY = "sensor.digital_meter_energy_import_day"


def a_memory(hass: HomeAssistant) -> Memory[Remembered]:
    return meter_memory(hass, "an_entry", lambda: CONTENT)


def another_memory(hass: HomeAssistant) -> Memory[dict[str, Any]]:
    return house_memory(hass, "an_entry", lambda: HOUSE)


def files_of(entry: MockConfigEntry) -> tuple[str, str]:
    key = f"emucs_p1.{entry.entry_id}"
    return key, f"{key}.learned"


async def minutes_later(hass: HomeAssistant, minutes: int) -> None:
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=minutes))
    await hass.async_block_till_done()


async def test_nothing_is_remembered_at_first(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    assert not {KEY, LEARNED} & set(hass_storage)
    assert await a_memory(hass).async_load() is None
    assert await another_memory(hass).async_load() is None


async def test_what_is_saved_comes_back_from_a_file_of_its_own(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    await a_memory(hass).async_save()
    await another_memory(hass).async_save()
    assert hass_storage[KEY]["data"] == CONTENT == await a_memory(hass).async_load()
    assert hass_storage[LEARNED]["data"] == HOUSE == await another_memory(hass).async_load()


async def test_what_is_known_of_the_meter_is_written_a_quarter_of_an_hour_after_the_first_news(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    memory = a_memory(hass)
    memory.save_later()
    await minutes_later(hass, 14)
    assert KEY not in hass_storage

    memory.save_later()
    await minutes_later(hass, 16)
    assert hass_storage[KEY]["data"] == CONTENT


async def test_what_was_told_is_written_within_half_a_minute(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    memory = a_memory(hass)
    memory.save_later()
    memory.save_soon()
    await minutes_later(hass, 1)
    assert hass_storage[KEY]["data"] == CONTENT


async def test_a_power_cut_after_a_quarter_does_not_have_it_told_again(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    await house.move_in()
    await house.draw(1.0, until=at(12, 15, 10))
    await minutes_later(hass, 1)
    saved = hass_storage[files_of(house.entry)[0]]["data"]["quarters"]
    assert saved["last"] is not None


async def test_what_was_learned_of_the_house_is_written_every_six_hours(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    memory = another_memory(hass)
    memory.save_later()
    await minutes_later(hass, 359)
    assert LEARNED not in hass_storage

    await minutes_later(hass, 361)
    assert hass_storage[LEARNED]["data"] == HOUSE


async def test_after_a_write_the_next_news_is_written_too(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    memory = a_memory(hass)
    for _ in range(2):
        hass_storage.pop(KEY, None)
        memory.save_later()
        await minutes_later(hass, 16)
        assert hass_storage[KEY]["data"] == CONTENT


async def test_saving_at_once_while_a_save_is_pending_does_not_stop_later_saves(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    memory = a_memory(hass)
    memory.save_later()
    await memory.async_save()
    del hass_storage[KEY]
    memory.save_later()
    await minutes_later(hass, 16)
    assert hass_storage[KEY]["data"] == CONTENT


async def test_both_files_are_forgotten(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    await a_memory(hass).async_save()
    await another_memory(hass).async_save()
    await async_forget(hass, "an_entry")
    assert not {KEY, LEARNED} & set(hass_storage)


async def test_unloading_writes_what_is_known_of_the_meter(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    assert meter.open_lines
    await hass.config_entries.async_unload(entry.entry_id)
    saved = hass_storage[files_of(entry)[0]]["data"]
    assert saved["usual_interval"] < 1
    assert saved["registers"] == {
        "1SAG3100000001_energy_export": 300.003,
        "1SAG3100000001_energy_export_day": 300.003,
        "1SAG3100000001_energy_export_night": 0.0,
        "1SAG3100000001_energy_import": 3000.003,
        "1SAG3100000001_energy_import_day": 1000.001,
        "1SAG3100000001_energy_import_night": 2000.002,
        "7FLO2100000001_reading": 1234.567,
        "8SEU0100000001_reading": 87.654,
    }
    assert (saved["target"], saved["sheddable"], saved["message"]) == (2.5, 2.0, None)


async def test_unloading_writes_the_quarter_and_what_was_learned(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    await house.move_in()
    await house.draw(1.0, at(12, 20))
    await hass.config_entries.async_unload(house.entry.entry_id)
    small, large = files_of(house.entry)
    tracker = QuarterTracker()
    tracker.load(hass_storage[small]["data"]["quarters"])
    tracker.load_learned(hass_storage[large]["data"])
    assert plain(tracker.dump()) == hass_storage[small]["data"]["quarters"]
    assert plain(tracker.dump_learned()) == hass_storage[large]["data"]
    assert tracker.dump()["quarter"]["whole"] is True


def plain(data: Any) -> Any:
    """Return data as they come back from a file."""
    return json.loads(json.dumps(data))


async def test_what_was_learned_is_known_again_after_a_restart(house: House) -> None:
    await house.move_in()
    await house.draw(1.0, at(12, 40))
    before = plain(house.entry.runtime_data._quarters.dump_learned())
    await house.restart()
    assert plain(house.entry.runtime_data._quarters.dump_learned()) == before


async def test_stopping_home_assistant_writes_both(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    assert meter.open_lines
    await hass.async_stop(force=True)
    assert set(files_of(entry)) <= set(hass_storage)


async def test_removing_the_entry_deletes_both_files(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    assert meter.open_lines
    await hass.config_entries.async_unload(entry.entry_id)
    assert set(files_of(entry)) <= set(hass_storage)
    await hass.config_entries.async_remove(entry.entry_id)
    await minutes_later(hass, 400)
    assert not set(files_of(entry)) & set(hass_storage)


async def test_a_set_up_that_failed_writes_nothing(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    port.refusal = OSError()
    await set_up(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    assert not set(files_of(entry)) & set(hass_storage)


async def test_a_set_up_that_failed_forgets_nothing(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    known = stored(target=4.0)
    hass_storage[files_of(entry)[0]] = known | {}
    port.refusal = OSError()
    await set_up(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    assert hass_storage[files_of(entry)[0]]["data"] == known["data"]


def stored(data: Any = None, *, version: int = 1, **content: Any) -> dict[str, Any]:
    return {"version": version, "minor_version": 1, "key": "", "data": content if data is None else data}


def ours(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged from warnings on, by whomever."""
    known = ("not been tested by Home Assistant", "falling back to zlib", "took 0.")
    return [
        record.message
        for record in caplog.records
        if record.levelname in ("WARNING", "ERROR", "CRITICAL")
        and not any(text in record.message for text in known)
    ]


async def test_the_file_of_the_first_release_is_read(
    hass: HomeAssistant,
    house: House,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    hass_storage[files_of(house.entry)[0]] = stored(
        usual_interval=1.0, registers={"1SAG3100000001_energy_import_day": 1234.5}
    )
    await house.move_in()
    await house.draw(0.5, at(12, 1))
    assert hass.states.get(IMPORT_DAY).state == "1234.5"
    assert hass.states.get(TARGET).state == "2.5"
    assert hass.states.get(FORECAST).state != "unknown"
    assert ours(caplog) == []


@pytest.mark.parametrize(
    "spoilt",
    [
        stored("text"),
        stored(["a", "list"]),
        stored(usual_interval="often"),
        stored(registers=["energy"]),
        stored(registers={"1SAG3100000001_energy_import_day": "much"}),
        stored(target="high"),
        stored(sheddable=None),
        stored(quarters=17),
        stored(quarters={"months": 17}),
        stored(quarters={"months": [], "errors": [], "quarter": {"number": "next"}, "last": None}),
        stored(version=2),
        stored(version=0),
    ],
    ids=str,
)
async def test_a_file_that_cannot_be_read_is_begun_anew_with_one_warning(
    hass: HomeAssistant,
    house: House,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    spoilt: dict[str, Any],
) -> None:
    hass_storage[files_of(house.entry)[0]] = spoilt
    await house.move_in()
    await house.draw(1.0, at(12, 16))
    assert house.entry.state is ConfigEntryState.LOADED
    assert hass.states.get(TARGET).state == "2.5"
    assert float(hass.states.get(FORECAST).state) == pytest.approx(1.0, abs=0.2)
    assert ours(caplog) == ["What was known of T211-D 0001 cannot be read: it begins anew"]
    await hass.config_entries.async_unload(house.entry.entry_id)
    assert hass_storage[files_of(house.entry)[0]]["data"]["target"] == 2.5


@pytest.mark.parametrize(
    "spoilt",
    [
        stored("text"),
        stored(["a", "list"]),
        stored(levels=[]),
        stored(levels=[0.06, 0.06], highest=0.0, moments=None),
        stored(
            levels=[0.06, 0.06],
            highest=0.0,
            moments={"minutes": "?", "count": 0, "next": 0, "seen": 0, "moments": []},
        ),
        stored(version=2),
    ],
    ids=str,
)
async def test_what_was_learned_and_cannot_be_read_is_learned_anew_with_one_warning(
    hass: HomeAssistant,
    house: House,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    spoilt: dict[str, Any],
) -> None:
    hass_storage[files_of(house.entry)[1]] = spoilt
    await house.move_in()
    await house.draw(1.0, at(12, 16))
    assert float(hass.states.get(FORECAST).state) == pytest.approx(1.0, abs=0.2)
    assert ours(caplog) == ["What was learned of the house of T211-D 0001 cannot be read: it begins anew"]
    await hass.config_entries.async_unload(house.entry.entry_id)
    QuarterTracker().load_learned(hass_storage[files_of(house.entry)[1]]["data"])


async def test_a_quarter_that_cannot_be_read_costs_neither_the_choices_nor_what_was_learned(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    await house.move_in()
    await house.draw(1.0, at(12, 40))
    await hass.config_entries.async_unload(house.entry.entry_id)
    small, large = files_of(house.entry)
    learned = hass_storage[large]["data"]
    hass_storage[small]["data"] |= {"quarters": {"spoilt": True}, "target": 4.0}
    await house.restart()
    assert hass.states.get(TARGET).state == "4.0"
    assert plain(house.entry.runtime_data._quarters.dump_learned()) == learned


async def test_a_disk_that_fails_is_begun_anew_with_one_warning(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    load = Store.async_load

    async def fail(store: Store[Any]) -> Any:
        if store.key == files_of(house.entry)[0]:
            raise HomeAssistantError("Error while loading")
        return await load(store)

    monkeypatch.setattr(Store, "async_load", fail)
    await house.move_in()
    assert house.entry.state is ConfigEntryState.LOADED
    assert ours(caplog) == ["What was known of T211-D 0001 cannot be read: it begins anew"]
