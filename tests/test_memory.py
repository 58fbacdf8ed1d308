from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.emucs_p1.memory import Memory, Remembered

from .conftest import set_up
from .ports import FakePort

KEY = "emucs_p1.an_entry"
CONTENT = Remembered(usual_interval=1.0, registers={"1SAG3100000001_energy_import": 3.5})


def a_memory(hass: HomeAssistant) -> Memory:
    return Memory(hass, "an_entry", lambda: CONTENT)


async def test_nothing_is_remembered_at_first(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    assert KEY not in hass_storage
    assert await a_memory(hass).async_load() == {"usual_interval": None, "registers": {}}


async def test_what_is_saved_comes_back(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    await a_memory(hass).async_save()
    assert hass_storage[KEY]["data"] == CONTENT
    assert await a_memory(hass).async_load() == CONTENT


async def test_it_is_written_a_quarter_of_an_hour_after_the_first_news(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    memory = a_memory(hass)
    begin = dt_util.utcnow()
    memory.save_later()
    async_fire_time_changed(hass, begin + timedelta(minutes=14))
    await hass.async_block_till_done()
    assert KEY not in hass_storage

    memory.save_later()
    async_fire_time_changed(hass, begin + timedelta(minutes=16))
    await hass.async_block_till_done()
    assert hass_storage[KEY]["data"] == CONTENT


async def test_after_a_write_the_next_news_is_written_too(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    memory = a_memory(hass)
    for _ in range(2):
        hass_storage.pop(KEY, None)
        memory.save_later()
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=16))
        await hass.async_block_till_done()
        assert hass_storage[KEY]["data"] == CONTENT


async def test_unloading_writes_registers_and_the_usual_interval(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    assert meter.open_lines
    await hass.config_entries.async_unload(entry.entry_id)
    saved = hass_storage[f"emucs_p1.{entry.entry_id}"]["data"]
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


async def test_removing_the_entry_deletes_its_file(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    assert meter.open_lines
    await hass.config_entries.async_unload(entry.entry_id)
    assert f"emucs_p1.{entry.entry_id}" in hass_storage
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert f"emucs_p1.{entry.entry_id}" not in hass_storage


async def test_a_set_up_that_failed_writes_nothing(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    port.refusal = OSError()
    await set_up(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    assert f"emucs_p1.{entry.entry_id}" not in hass_storage
