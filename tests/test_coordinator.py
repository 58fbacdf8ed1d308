"""Which telegram is written when."""

from datetime import datetime, timedelta
import logging

from homeassistant.components.homeassistant import SERVICE_UPDATE_ENTITY
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.emucs_p1.happenings import SIGNAL_HAPPENING, Figures, Happening
from custom_components.emucs_p1.p1 import LinkProblem
from custom_components.emucs_p1.p1 import link as p1_link

from .conftest import House, Later, set_up, until
from .house import NOON, at
from .ports import FakePort
from .variants import (
    BRUSSELS,
    NOW,
    OLD,
    SINGLE_ID,
    THREE_PHASE,
    UNDEFINED,
    build,
    gas,
    hexed,
    kw,
    kwh,
    peak,
    three_phase,
)
from .watching import told, written

POWER = "sensor.digital_meter_power"
POWER_EXPORT = "sensor.digital_meter_power_export"
IMPORT_DAY = "sensor.digital_meter_energy_import_day"
ACT_NOW = "binary_sensor.digital_meter_peak_act_now"
FORECAST = "sensor.digital_meter_quarter_forecast"
GAS = "sensor.gas_meter_gas"
LAST_QUARTER = "sensor.digital_meter_last_quarter"
MONTH_PEAK = "sensor.digital_meter_month_peak"
MONTH_PEAK_TIME = "sensor.digital_meter_month_peak_time"
QUARTER_DEMAND = "sensor.digital_meter_quarter_demand"
QUARTER = "event.digital_meter_quarter"
TARIFF = "sensor.digital_meter_tariff"
TEXT_MESSAGE = "event.digital_meter_text_message"
THRESHOLD = "sensor.digital_meter_peak_threshold"
WARNING = "binary_sensor.digital_meter_peak_warning"


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
    assert states == [LAST_QUARTER, QUARTER]
    # The second before the boundary drew between 0.9 and 5.0 kW.
    assert hass.states.get(LAST_QUARTER).state == "1.003"


async def test_a_new_month_peak_is_written_at_once_with_its_time(hass: HomeAssistant, later: Later) -> None:
    states = written(hass)
    await later(three_phase(at(12, 0, 6), month_peak=peak(at(12, 0), 4.5)), 1)
    assert sorted(states) == [QUARTER, MONTH_PEAK, MONTH_PEAK_TIME]
    assert hass.states.get(MONTH_PEAK).state == "4.5"
    assert hass.states.get(MONTH_PEAK_TIME).state == "2026-03-03T11:00:00+00:00"


async def test_what_must_not_be_missed_is_written_at_once_and_nothing_else(
    hass: HomeAssistant, house: House
) -> None:
    hass.config_entries.async_update_entry(house.entry, options={"update_interval": 300})
    # Intervals end at 12:07, 12:12 and 12:17.
    house.pass_time(120)
    await house.move_in()
    await house.draw(6.0, at(12, 14, 59))
    states = written(hass)
    await house.draw(0.5, at(12, 15))
    assert sorted(states) == sorted(
        [ACT_NOW, WARNING, LAST_QUARTER, MONTH_PEAK, MONTH_PEAK_TIME, QUARTER, QUARTER]
    )


async def test_the_forecast_waits_for_the_update_interval(hass: HomeAssistant, house: House) -> None:
    hass.config_entries.async_update_entry(house.entry, options={"update_interval": 60})
    await house.move_in()
    await house.draw(0.5, at(12, 1))
    before = hass.states.get(FORECAST).state
    await house.draw(3.0, at(12, 1, 55))
    assert hass.states.get(FORECAST).state == before
    await house.draw(3.0, at(12, 2))
    assert float(hass.states.get(FORECAST).state) > float(before) + 0.5


async def test_the_newest_quarter_is_known_between_the_intervals(house: House) -> None:
    await house.move_in()
    await house.draw(1.0, at(12, 0, 5))
    assert house.entry.runtime_data.quarter.elapsed == 5
    assert house.entry.runtime_data.data.quarter.elapsed == 0


async def test_what_is_written_at_once_does_not_cost_the_interval_its_telegrams(
    hass: HomeAssistant, later: Later
) -> None:
    await later(three_phase(drawn=kw(1.0), month_peak=peak(at(12, 0), 4.5)), 5)
    await later(three_phase(drawn=kw(3.0), month_peak=peak(at(12, 0), 4.5)), 5)
    assert hass.states.get(POWER).state == "2000.0"


async def month_peak(hass: HomeAssistant, port: FakePort, entry: MockConfigEntry, telegram: bytes) -> str:
    """Set a meter up that sends this telegram first; return the peak of the month."""
    port.greeting = telegram
    await set_up(hass, entry)
    peak, peak_time = (hass.states.get(entity).state for entity in (MONTH_PEAK, MONTH_PEAK_TIME))
    assert (peak == "unknown") == (peak_time == "unknown")
    return peak


async def test_the_peak_of_an_earlier_month_is_unknown(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    february = peak(datetime(2026, 2, 28, 18, 15, tzinfo=BRUSSELS), 9.0)
    assert await month_peak(hass, port, entry, three_phase(month_peak=february)) == "unknown"


async def test_a_peak_at_midnight_of_the_1st_belongs_to_the_month_before(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    telegram = three_phase(at(0, 0, 1, day=1), month_peak=peak(at(0, 0, day=1), 9.0))
    assert await month_peak(hass, port, entry, telegram) == "unknown"


async def test_an_undefined_peak_is_unknown(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    assert await month_peak(hass, port, entry, three_phase(month_peak=UNDEFINED + kw(0))) == "unknown"


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


async def test_a_meter_with_an_id_of_another_form_is_believed_the_second_time(
    hass: HomeAssistant, later: Later
) -> None:
    await later(three_phase(meter_id="(86543210)"), 1)
    assert hass.states.get(POWER).state == "500.0"
    await later(three_phase(meter_id="(86543210)"), 1)
    assert hass.states.get(POWER).state == "unavailable"


async def test_an_id_that_arrives_damaged_now_and_then_is_not_another_meter(
    hass: HomeAssistant, later: Later
) -> None:
    states = written(hass)
    for damaged in ("1SAG31z0000001", "1SAG310000~001", "1SAG31z0000001"):
        await later(three_phase(meter_id=hexed(damaged), drawn=kw(9.0)), 10)
        await later(three_phase(), 1)
    assert states == []


async def test_what_a_gateway_saved_up_is_shown_with_its_newest_telegram(
    hass: HomeAssistant, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(p1_link.Link, "_after_pause", lambda *_: True)
    saved_up = [three_phase(NOW + timedelta(seconds=second), drawn=kw(second)) for second in range(1, 61)]
    states = written(hass)
    await later(b"".join(saved_up), 60)
    await until(lambda: hass.states.get(POWER).state == "30500.0", hass)
    assert states.count(POWER) == 1


async def test_a_minute_at_once_brings_a_lost_meter_back(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    saved_up = b"".join(three_phase(NOW + timedelta(seconds=second)) for second in range(1, 61))
    for _ in range(3):
        entry.runtime_data.link_lost(LinkProblem.NO_DATA)
        assert hass.states.get(POWER).state == "unavailable"
        await later(saved_up, 60)
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
    lines = [message for message in caplog.messages if "stayed there" in message and "import_day" in message]
    assert len(lines) == 1
    assert "1SAG" not in lines[0]


async def test_a_register_that_leaps_is_held(hass: HomeAssistant, later: Later) -> None:
    await later(three_phase(import_day=kwh(2000.001)), 10)
    assert hass.states.get(IMPORT_DAY).state == "1000.001"


async def test_a_register_that_stood_for_an_hour_has_not_saved_up_for_a_leap(
    hass: HomeAssistant, later: Later
) -> None:
    for _ in range(60):
        await later(three_phase(import_day=kwh(1000.001)), 60)
    await later(three_phase(import_day=kwh(1050.001)), 10)
    assert hass.states.get(IMPORT_DAY).state == "1000.001"


async def test_a_register_that_was_silent_for_an_hour_may_have_risen(
    hass: HomeAssistant, later: Later
) -> None:
    await later(three_phase(import_day=kwh(1000.001)), 60)
    await later(three_phase(import_day=kwh(1050.001)), 3600)
    assert hass.states.get(IMPORT_DAY).state == "1050.001"


async def test_a_register_that_was_left_out_for_an_hour_may_have_risen(
    hass: HomeAssistant, later: Later
) -> None:
    left_out = build({code: value for code, value in THREE_PHASE.items() if code != "1-0:1.8.1"})
    for _ in range(60):
        await later(left_out, 60)
    await later(three_phase(import_day=kwh(1050.001)), 10)
    assert hass.states.get(IMPORT_DAY).state == "1050.001"


async def test_a_reading_on_the_mbus_that_leaps_is_held(hass: HomeAssistant, later: Later) -> None:
    before = hass.states.get(GAS).state
    await later(build(THREE_PHASE | gas(m3=float(before) + 1000)), 10)
    assert hass.states.get(GAS).state == before


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
    await until(lambda: entry.state is ConfigEntryState.LOADED, hass)
    assert entry.runtime_data.link.usual_interval > 40


async def test_the_demand_of_the_running_quarter_follows_the_interval(
    hass: HomeAssistant, later: Later
) -> None:
    await later(three_phase(at(12, 5), demand=kw(0.5)), 1)
    assert hass.states.get(QUARTER_DEMAND).state == "0.123"
    await later(three_phase(at(12, 6), demand=kw(0.6)), 10)
    assert hass.states.get(QUARTER_DEMAND).state == "0.6"


async def test_a_reload_in_mid_quarter_keeps_the_quarter(house: House) -> None:
    await house.move_in()
    await house.draw(2.0, at(12, 7))
    before = house.entry.runtime_data.quarter
    await house.restart()
    after = house.entry.runtime_data.quarter
    assert (after.start, after.whole, after.source) == (before.start, True, before.source)
    assert after.demand == pytest.approx(before.demand, abs=0.01)
    assert after.outlook.mean == pytest.approx(before.outlook.mean, abs=0.05)


async def test_a_telegram_that_a_gateway_repeats_after_a_reload_shows_the_quarter(
    hass: HomeAssistant, house: House
) -> None:
    await house.move_in()
    await house.draw(1.0, at(12, 5))
    await hass.config_entries.async_unload(house.entry.entry_id)
    await house.move_in()
    assert hass.states.get(FORECAST).state != "unknown"


async def test_a_quarter_without_a_ramp_goes_on_after_a_reload_too(hass: HomeAssistant, house: House) -> None:
    house.lines = dict(OLD)
    await house.move_in()
    await house.draw(2.0, at(12, 7))
    await house.restart()
    await house.draw(2.0, at(12, 15))
    assert float(hass.states.get(LAST_QUARTER).state) == pytest.approx(2.0, abs=0.005)
    assert hass.states.get(MONTH_PEAK).state == hass.states.get(LAST_QUARTER).state


async def test_the_finished_quarter_is_shown_again_after_a_reload(hass: HomeAssistant, house: House) -> None:
    await house.move_in()
    await house.draw(1.0, at(12, 20))
    before = hass.states.get(LAST_QUARTER).state
    await house.restart()
    assert hass.states.get(LAST_QUARTER).state == before != "unknown"


async def test_a_reload_over_the_boundary_tells_what_ended_meanwhile(
    hass: HomeAssistant, house: House
) -> None:
    await house.move_in()
    events = told(hass, QUARTER)
    await house.draw(1.0, at(12, 14, 50))
    await hass.config_entries.async_unload(house.entry.entry_id)
    house.pass_time(10)
    house.pass_time(5)
    await house.move_in()
    await house.draw(1.0, at(12, 15, 10))
    assert [(event["event_type"], event["complete"]) for event in events] == [("quarter_completed", True)]


def happenings_of(hass: HomeAssistant, house: House) -> list[Happening]:
    """Return a list that grows by what the coordinator tells."""
    happenings: list[Happening] = []

    @callback
    def take(happening: Happening, _figures: Figures) -> None:
        happenings.append(happening)

    async_dispatcher_connect(hass, SIGNAL_HAPPENING.format(house.entry.entry_id), take)
    return happenings


async def test_an_alarm_is_not_told_again_after_a_reload(hass: HomeAssistant, house: House) -> None:
    await house.move_in()
    happenings = happenings_of(hass, house)
    await house.draw(6.0, at(12, 12))
    await house.restart()
    await house.draw(6.0, at(12, 14))
    assert happenings.count(Happening.PEAK_WARNING) == happenings.count(Happening.PEAK_ACT_NOW) == 1


@pytest.mark.usefixtures("quick")
async def test_nor_after_a_reload_that_failed_at_first(hass: HomeAssistant, house: House) -> None:
    await house.move_in()
    happenings = happenings_of(hass, house)
    await house.draw(6.0, at(12, 12))
    house.later.port.refusal = OSError()
    await hass.config_entries.async_reload(house.entry.entry_id)
    assert house.entry.state is ConfigEntryState.SETUP_RETRY
    house.pass_time(1)
    house.later.port.greeting = house.telegram()
    house.later.port.refusal = None
    await until(lambda: house.entry.state is ConfigEntryState.LOADED, hass)
    await house.draw(6.0, at(12, 14))
    assert happenings.count(Happening.PEAK_WARNING) == happenings.count(Happening.PEAK_ACT_NOW) == 1


async def test_what_happened_while_home_assistant_was_away_is_told_when_it_is_back(
    hass: HomeAssistant, house: House
) -> None:
    await house.move_in()
    await house.draw(9.0, at(12, 14, 40))
    assert await hass.config_entries.async_unload(house.entry.entry_id)
    told: list[Happening] = []
    async_dispatcher_connect(
        hass,
        SIGNAL_HAPPENING.format(house.entry.entry_id),
        callback(lambda happening, _figures: told.append(happening)),
    )
    house.pass_time(20)
    house.drawn = 0.3
    house.pass_time(30)
    await house.move_in()
    await house.draw(0.3, at(12, 15, 40), every=10)
    assert told == [
        Happening.QUARTER_COMPLETED,
        Happening.MONTH_PEAK_RAISED,
        Happening.PEAK_CLEARED,
    ]


async def test_nothing_is_told_before_home_assistant_runs(hass: HomeAssistant, house: House) -> None:
    happenings = happenings_of(hass, house)
    hass.set_state(CoreState.starting)
    await house.move_in()
    house.trouble["0-0:96.13.0"] = hexed("Power cut on Monday")
    await house.draw(6.0, at(12, 8))
    assert happenings == []
    hass.set_state(CoreState.running)
    await house.draw(6.0, at(12, 8, 1))
    assert happenings == [Happening.PEAK_WARNING, Happening.PEAK_ACT_NOW, Happening.MESSAGE_RECEIVED]


async def test_a_quarter_that_ends_while_home_assistant_starts_is_told_once_it_runs(
    hass: HomeAssistant, house: House
) -> None:
    happenings = happenings_of(hass, house)
    hass.set_state(CoreState.starting)
    await house.move_in()
    await house.draw(1.0, at(12, 15, 20))
    hass.set_state(CoreState.running)
    await house.draw(1.0, at(12, 15, 40))
    assert happenings == [Happening.QUARTER_COMPLETED]


async def test_what_is_told_is_shown_before(hass: HomeAssistant, house: House) -> None:
    shown = []

    @callback
    def take(happening: Happening, _figures: Figures) -> None:
        if happening is Happening.PEAK_WARNING:
            shown.append(hass.states.get(WARNING).state)

    await house.move_in()
    async_dispatcher_connect(hass, SIGNAL_HAPPENING.format(house.entry.entry_id), take)
    await house.draw(6.0, at(12, 12))
    assert shown == ["on"]


async def test_the_quarter_is_placed_by_the_meters_clock_alone(hass: HomeAssistant, house: House) -> None:
    house.now = NOON.replace(year=2031)
    house.peak = None
    await house.move_in()
    await house.draw(1.0, house.now + timedelta(minutes=15))
    assert float(hass.states.get(LAST_QUARTER).state) == pytest.approx(1.0, abs=0.005)


async def flood(later: Later) -> None:
    """Let a meter raise its peak with each of 200 telegrams, 25 of them a second."""
    for number in range(200):
        when = NOW + timedelta(seconds=number + 1)
        await later(three_phase(when, month_peak=peak(at(18, 15, day=2), 4 + number / 100)), 0.04)


async def test_made_up_peaks_cannot_fill_the_database(hass: HomeAssistant, later: Later) -> None:
    states = written(hass)
    await flood(later)
    assert 20 <= states.count(MONTH_PEAK) <= 31


async def test_what_was_held_up_is_shown_with_the_interval(hass: HomeAssistant, later: Later) -> None:
    await flood(later)
    assert hass.states.get(MONTH_PEAK).state != "5.99"
    await later(three_phase(NOW + timedelta(seconds=201), month_peak=peak(at(18, 15, day=2), 5.99)), 10)
    assert hass.states.get(MONTH_PEAK).state == "5.99"


async def test_what_was_held_up_is_told_later(hass: HomeAssistant, later: Later) -> None:
    events = told(hass, TEXT_MESSAGE)
    await flood(later)
    moment = NOW + timedelta(seconds=201)
    await later(three_phase(moment, message=f"({b'hello'.hex()})"), 0.04)
    assert events == []
    await later(three_phase(moment + timedelta(seconds=1), message=f"({b'hello'.hex()})"), 10)
    assert [event["text"] for event in events] == ["hello"]


async def test_two_meters_that_take_turns_cannot_fill_the_database(hass: HomeAssistant, later: Later) -> None:
    states = written(hass)
    for _ in range(100):
        await later(three_phase(meter_id=hexed(SINGLE_ID)), 0.02)
        await later(three_phase(), 0.02)
    assert 20 <= states.count(POWER) <= 2 * 31
