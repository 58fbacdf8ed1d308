"""Which telegram is written when."""

from datetime import datetime
import logging

from homeassistant.components.homeassistant import SERVICE_UPDATE_ENTITY
from homeassistant.const import ATTR_ENTITY_ID, EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.emucs_p1.p1 import link as p1_link

from .conftest import Later, until
from .ports import FakePort
from .variants import BRUSSELS, UNDEFINED, hexed, kw, kwh, peak, three_phase

POWER = "sensor.digital_meter_power"
POWER_EXPORT = "sensor.digital_meter_power_export"
IMPORT_DAY = "sensor.digital_meter_energy_import_day"
LAST_QUARTER = "sensor.digital_meter_last_quarter"
MONTH_PEAK = "sensor.digital_meter_month_peak"
MONTH_PEAK_TIME = "sensor.digital_meter_month_peak_time"
QUARTER_DEMAND = "sensor.digital_meter_quarter_demand"
TARIFF = "sensor.digital_meter_tariff"


def at(hour: int, minute: int, second: int = 0, day: int = 3) -> datetime:
    return datetime(2026, 3, day, hour, minute, second, tzinfo=BRUSSELS)


def written(hass: HomeAssistant) -> list[str]:
    """Return a list that grows by an entity for every state that is written, changed or not."""
    entities: list[str] = []

    @callback
    def take(event: Event) -> None:
        entities.append(event.data["entity_id"])

    hass.bus.async_listen(EVENT_STATE_CHANGED, take)
    hass.bus.async_listen(EVENT_STATE_REPORTED, take, event_filter=callback(lambda _data: True))
    return entities


async def test_telegrams_within_the_interval_write_nothing(hass: HomeAssistant, later: Later) -> None:
    states = written(hass)
    for second in range(9):
        await later(three_phase(drawn=kw(0.6 + second / 10), tariff="(0002)"), 1)
    assert states == []


async def test_the_interval_ends_with_the_newest_telegram(hass: HomeAssistant, later: Later) -> None:
    await later(three_phase(import_day=kwh(1000.1)), 5)
    await later(three_phase(import_day=kwh(1000.2), tariff="(0002)"), 5)
    assert hass.states.get(IMPORT_DAY).state == "1000.2"
    assert hass.states.get(TARIFF).state == "night"


async def test_a_telegram_a_little_early_is_not_left_to_the_next_interval(
    hass: HomeAssistant, later: Later
) -> None:
    await later(three_phase(drawn=kw(0.9)), 9.6)
    assert hass.states.get(POWER).state == "900.0"


async def test_powers_are_the_mean_of_the_interval(hass: HomeAssistant, later: Later) -> None:
    for drawn in (1.0, 2.0, 3.0, 6.0):
        await later(three_phase(drawn=kw(drawn)), 2.5)
    assert hass.states.get(POWER).state == "3000.0"


async def test_each_direction_has_its_own_mean(hass: HomeAssistant, later: Later) -> None:
    await later(three_phase(drawn=kw(1.0), fed=kw(0.0)), 5)
    await later(three_phase(drawn=kw(0.0), fed=kw(3.0)), 5)
    assert hass.states.get(POWER).state == "-1000.0"
    assert hass.states.get(POWER_EXPORT).state == "1500.0"


async def test_a_mean_leaves_the_interval_before_behind(hass: HomeAssistant, later: Later) -> None:
    await later(three_phase(drawn=kw(9.0)), 10)
    await later(three_phase(drawn=kw(1.0)), 10)
    assert hass.states.get(POWER).state == "1000.0"


async def test_a_power_that_could_not_be_read_is_left_out_of_the_mean(
    hass: HomeAssistant, later: Later
) -> None:
    await later(three_phase(drawn=kw(1.0)), 5)
    await later(three_phase(drawn="(?)"), 5)
    assert hass.states.get(POWER).state == "1000.0"


async def test_an_unchanged_value_writes_nothing(hass: HomeAssistant, later: Later) -> None:
    states = written(hass)
    await later(three_phase(), 10)
    assert states == []


async def test_only_what_changed_is_written(hass: HomeAssistant, later: Later) -> None:
    states = written(hass)
    await later(three_phase(tariff="(0002)"), 10)
    assert states == [TARIFF]


async def test_a_finished_quarter_is_written_at_once(hass: HomeAssistant, later: Later) -> None:
    await later(three_phase(at(12, 14, 59), demand=kw(1.0), drawn=kw(0.9)), 10)
    states = written(hass)
    await later(three_phase(at(12, 15, 0), demand=kw(0.0), drawn=kw(5.0)), 1)
    assert states == [LAST_QUARTER]
    assert hass.states.get(LAST_QUARTER).state == "1.001"


async def test_a_new_month_peak_is_written_at_once_with_its_time(hass: HomeAssistant, later: Later) -> None:
    states = written(hass)
    await later(three_phase(month_peak=peak(at(12, 0), 4.5)), 1)
    assert sorted(states) == [MONTH_PEAK, MONTH_PEAK_TIME]
    assert hass.states.get(MONTH_PEAK).state == "4.5"
    assert hass.states.get(MONTH_PEAK_TIME).state == "2026-03-03T11:00:00+00:00"


async def test_what_is_written_at_once_does_not_cost_the_interval_its_telegrams(
    hass: HomeAssistant, later: Later
) -> None:
    await later(three_phase(drawn=kw(1.0), month_peak=peak(at(12, 0), 4.5)), 5)
    await later(three_phase(drawn=kw(3.0), month_peak=peak(at(12, 0), 4.5)), 5)
    assert hass.states.get(POWER).state == "2000.0"


async def test_the_peak_of_an_earlier_month_is_unknown(hass: HomeAssistant, later: Later) -> None:
    await later(three_phase(month_peak=peak(datetime(2026, 2, 28, 18, 15, tzinfo=BRUSSELS), 9.0)), 1)
    assert hass.states.get(MONTH_PEAK).state == "unknown"
    assert hass.states.get(MONTH_PEAK_TIME).state == "unknown"


async def test_a_peak_at_midnight_of_the_1st_belongs_to_the_month_before(
    hass: HomeAssistant, later: Later
) -> None:
    await later(three_phase(at(0, 0, 1, day=1), month_peak=peak(at(0, 0, day=1), 9.0)), 1)
    assert hass.states.get(MONTH_PEAK).state == "unknown"


async def test_an_undefined_peak_is_unknown(hass: HomeAssistant, later: Later) -> None:
    await later(three_phase(month_peak=UNDEFINED + kw(0)), 1)
    assert hass.states.get(MONTH_PEAK).state == "unknown"


@pytest.mark.usefixtures("quick")
async def test_a_lost_meter_is_unavailable_at_once_and_back_at_once(
    hass: HomeAssistant, later: Later
) -> None:
    port = later.port
    port.refusal, port.greeting = OSError(), three_phase(drawn=kw(0.8))
    port.drop()
    await until(lambda: hass.states.get(POWER).state == "unavailable")
    port.refusal = None
    await until(lambda: hass.states.get(POWER).state == "800.0")


@pytest.mark.usefixtures("quick")
async def test_a_gateway_that_is_back_within_the_grace_is_not_missed(
    hass: HomeAssistant, meter: FakePort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(p1_link, "GRACE", 1.0)
    states = written(hass)
    meter.drop()
    await until(lambda: len(meter.opened) == 2)
    await hass.async_block_till_done()
    assert states == []


async def test_a_silent_meter_is_unavailable_though_its_port_is_open(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(p1_link, "PATIENCE", 0.05)
    await hass.config_entries.async_setup(entry.entry_id)
    port.greeting = b""
    await until(lambda: hass.states.get(POWER).state == "unavailable")


async def test_another_meter_on_the_port_makes_this_one_unavailable(
    hass: HomeAssistant, later: Later, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        await later(three_phase(meter_id=hexed("1SAG3100009999"), drawn=kw(9.0)), 10)
        assert hass.states.get(POWER).state == "unavailable"
    assert caplog.messages.count("T211-D 0001 sends no telegrams any more (other_meter)") == 1
    await later(three_phase(), 1)
    assert hass.states.get(POWER).state == "500.0"


async def test_a_telegram_without_an_id_is_taken_for_this_meters(hass: HomeAssistant, later: Later) -> None:
    await later(three_phase(meter_id="()", drawn=kw(0.7)), 10)
    assert hass.states.get(POWER).state == "700.0"


@pytest.mark.usefixtures("quick")
async def test_the_mean_after_an_outage_is_of_the_time_after_it(hass: HomeAssistant, later: Later) -> None:
    port = later.port
    await later(three_phase(drawn=kw(9.0)), 5)
    port.refusal, port.greeting = OSError(), three_phase(drawn=kw(1.0))
    port.drop()
    await until(lambda: hass.states.get(POWER).state == "unavailable")
    port.refusal = None
    await until(lambda: hass.states.get(POWER).state != "unavailable")
    assert hass.states.get(POWER).state == "1000.0"


@pytest.mark.usefixtures("quick")
async def test_one_line_is_logged_when_the_meter_goes_and_one_when_it_is_back(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    caplog.clear()
    meter.refusal = OSError()
    meter.drop()
    await until(lambda: len(meter.opened) > 4)
    meter.refusal = None
    await until(lambda: entry.runtime_data.last_update_success)
    await hass.async_block_till_done()
    ours = [record for record in caplog.records if record.name.startswith("custom_components.emucs_p1")]
    assert [(record.levelname, record.message) for record in ours] == [
        ("INFO", "T211-D 0001 sends no telegrams any more (cannot_connect)"),
        ("INFO", "T211-D 0001 sends telegrams again"),
    ]


@pytest.mark.usefixtures("quick")
async def test_asking_for_an_update_does_not_revive_a_lost_meter(
    hass: HomeAssistant, meter: FakePort, caplog: pytest.LogCaptureFixture
) -> None:
    meter.refusal = OSError()
    meter.drop()
    await until(lambda: hass.states.get(POWER).state == "unavailable")
    caplog.clear()
    await update_entity(hass)
    assert hass.states.get(POWER).state == "unavailable"
    assert "recovered" not in caplog.text


async def test_asking_for_an_update_changes_nothing(hass: HomeAssistant, meter: FakePort) -> None:
    states = written(hass)
    await update_entity(hass)
    assert hass.states.get(POWER).state == "500.0"
    # Home Assistant itself writes the entity that was asked for.
    assert set(states) <= {POWER}
    assert meter.open_lines


async def update_entity(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "homeassistant", {})
    await hass.services.async_call(
        "homeassistant", SERVICE_UPDATE_ENTITY, {ATTR_ENTITY_ID: POWER}, blocking=True
    )
    await hass.async_block_till_done()


async def test_a_register_that_falls_is_held_and_then_accepted(
    hass: HomeAssistant, later: Later, caplog: pytest.LogCaptureFixture
) -> None:
    shown = []
    for _ in range(4):
        await later(three_phase(import_day=kwh(5.0)), 300)
        shown.append(hass.states.get(IMPORT_DAY).state)
    assert shown == ["1000.001", "1000.001", "5.0", "5.0"]
    lines = [message for message in caplog.messages if "went back" in message and "import_day" in message]
    assert len(lines) == 1
    assert "1SAG" not in lines[0]


async def test_a_register_that_leaps_back_once_is_not_shown(hass: HomeAssistant, later: Later) -> None:
    states = written(hass)
    await later(three_phase(import_day=kwh(0.0)), 10)
    assert not [entity for entity in states if "energy" in entity]


async def test_a_register_is_held_across_a_restart_too(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    later.port.greeting = three_phase(import_day=kwh(5.0))
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get(IMPORT_DAY).state == "1000.001"


async def test_the_usual_interval_is_known_after_a_restart(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry
) -> None:
    entry.runtime_data.link.usual_interval = 60.0
    await hass.config_entries.async_unload(entry.entry_id)
    meter.greeting = b""
    hass.async_create_background_task(hass.config_entries.async_setup(entry.entry_id), "set up")
    await until(lambda: meter.open_lines)
    meter.send(three_phase())
    await hass.async_block_till_done()
    assert entry.runtime_data.link.usual_interval > 40


async def test_the_demand_of_the_running_quarter_follows_the_interval(
    hass: HomeAssistant, later: Later
) -> None:
    await later(three_phase(at(12, 5), demand=kw(0.5)), 1)
    assert hass.states.get(QUARTER_DEMAND).state == "0.123"
    await later(three_phase(at(12, 6), demand=kw(0.6)), 10)
    assert hass.states.get(QUARTER_DEMAND).state == "0.6"
