"""Which sensors there are and what they show."""

from datetime import UTC, datetime, timedelta

from homeassistant.components.sensor import async_rounded_state
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from simulator.household import Household
from simulator.meter import Meter

from .conftest import House, Later, an_entry, set_up, until
from .house import at
from .ports import FakePort
from .variants import (
    GAS_ID,
    OLD,
    OTHER_GAS_ID,
    READ,
    THREE_ID,
    THREE_PHASE,
    UNDEFINED,
    V2_ID,
    VARIANTS,
    WATER_ID,
    build,
    electricity,
    gas,
    hexed,
    kw,
    kwh,
    stamp,
    three_phase,
    water,
)
from .watching import registered, written

GAS = "sensor.gas_meter_gas"
MESSAGE = "sensor.digital_meter_message"


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.usefixtures("all_enabled")
async def test_a_meter_gets_the_entities_of_the_lines_that_it_sends(
    hass: HomeAssistant, port: FakePort, snapshot: SnapshotAssertion, variant: str
) -> None:
    header, equipment_id, lines = VARIANTS[variant]
    port.greeting = build(lines, header)
    entry = an_entry(hass, unique_id=equipment_id)
    await set_up(hass, entry)
    assert shown(hass, entry) == snapshot


def shown(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, str]:
    """Return what makes up each entity: unique id, what it is, what it shows."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert entities
    return {
        entity.entity_id: " | ".join(
            (
                entity.unique_id,
                str(entity.entity_category or ""),
                str(entity.original_device_class or ""),
                str((entity.capabilities or {}).get("state_class", "")),
                state.name,
                f"{value_of(state)} {state.attributes.get(ATTR_UNIT_OF_MEASUREMENT, '')}".strip(),
            )
        )
        for entity in sorted(entities, key=lambda entity: entity.entity_id)
        if (state := hass.states.get(entity.entity_id)) is not None
    }


def value_of(state: State) -> str:
    """Return a state; of a forecast only that there is one, for it gets better with time."""
    if not state.entity_id.endswith(("_forecast", "_low", "_high", "_probability", "_gap_to_threshold")):
        return state.state
    return state.state if state.state == "unknown" else "forecast"


async def test_noisy_and_technical_entities_are_off_by_default(
    hass: HomeAssistant, port: FakePort, snapshot: SnapshotAssertion
) -> None:
    port.greeting = build(VARIANTS["50221_relays"][2] | gas(5))
    entry = an_entry(hass, unique_id=VARIANTS["50221_relays"][1])
    await set_up(hass, entry)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert sorted(entity.entity_id for entity in entities if entity.disabled_by) == snapshot


@pytest.mark.usefixtures("all_enabled")
async def test_a_simulated_household_is_shown_as_it_is(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    at = datetime(2026, 6, 3, 18, 7, 12, tzinfo=UTC)
    meter = Meter(Household(seed=1), installed=at - timedelta(days=70))
    truth = meter.reading(at)
    port.greeting = meter.telegram(at)
    await set_up(hass, entry)

    def value(name: str) -> float:
        return float(hass.states.get(f"sensor.{name}").state)

    assert value("digital_meter_energy_import_day") * 1000 == pytest.approx(truth.import_day_wh)
    assert value("digital_meter_energy_import_night") * 1000 == pytest.approx(truth.import_night_wh)
    assert value("digital_meter_energy_import") * 1000 == pytest.approx(
        truth.import_day_wh + truth.import_night_wh
    )
    assert value("digital_meter_energy_export") * 1000 == pytest.approx(
        truth.export_day_wh + truth.export_night_wh
    )
    assert value("digital_meter_power") == truth.power_w
    assert value("digital_meter_quarter_demand") * 1000 == pytest.approx(truth.demand_w)
    assert value("digital_meter_month_peak") * 1000 == pytest.approx(truth.month_peak_w)
    assert value("digital_meter_voltage_l1") == pytest.approx(truth.voltages_v[0])
    assert value("digital_meter_current_l3") == pytest.approx(truth.currents_a[2])
    assert value("gas_meter_gas") == truth.gas_m3
    assert value("water_meter_water") == truth.water_m3
    for name, moment in (
        ("digital_meter_month_peak_time", truth.month_peak_time),
        ("digital_meter_meter_time", truth.at),
        ("gas_meter_reading_time", truth.gas_time),
        ("water_meter_reading_time", truth.water_time),
    ):
        assert datetime.fromisoformat(hass.states.get(f"sensor.{name}").state) == moment
    assert hass.states.get("sensor.digital_meter_tariff").state == {1: "day", 2: "night"}[truth.tariff]


async def test_powers_are_shown_in_whole_watts(hass: HomeAssistant, meter: FakePort) -> None:
    assert meter.open_lines
    state = hass.states.get("sensor.digital_meter_power")
    assert state.attributes[ATTR_UNIT_OF_MEASUREMENT] == "W"
    assert async_rounded_state(hass, state.entity_id, state) == "500"


async def test_a_long_message_is_cut_and_stands_in_full_in_an_attribute(
    hass: HomeAssistant, later: Later
) -> None:
    await later(three_phase(message=hexed("Hallo " * 60)))
    state = hass.states.get(MESSAGE)
    assert state.state == ("Hallo " * 60)[:255]
    assert state.attributes["text"] == ("Hallo " * 60).strip()


async def test_a_message_that_changes_behind_the_cut_is_written(hass: HomeAssistant, later: Later) -> None:
    await later(three_phase(message=hexed("x" * 255 + "one")))
    await later(three_phase(message=hexed("x" * 255 + "two")))
    assert hass.states.get(MESSAGE).attributes["text"].endswith("two")


async def test_an_empty_message_is_unknown(hass: HomeAssistant, meter: FakePort) -> None:
    assert meter.open_lines
    assert hass.states.get(MESSAGE).state == "unknown"
    assert hass.states.get(MESSAGE).attributes["text"] is None


async def test_the_full_text_is_kept_out_of_the_recorder(hass: HomeAssistant, meter: FakePort) -> None:
    assert meter.open_lines
    state_info = hass.states.get(MESSAGE).state_info
    assert state_info is not None
    assert "text" in state_info["unrecorded_attributes"]


async def test_a_true_zero_is_zero(hass: HomeAssistant, meter: FakePort) -> None:
    assert meter.open_lines
    assert hass.states.get("sensor.digital_meter_energy_export_night").state == "0.0"


@pytest.mark.parametrize(
    ("line", "value", "entity"),
    [
        ("tariff", "(0003)", "sensor.digital_meter_tariff"),
        ("breaker", "(7)", "sensor.digital_meter_breaker"),
        ("drawn", "(?)", "sensor.digital_meter_power"),
        ("demand", "(*kW)", "sensor.digital_meter_quarter_demand"),
    ],
)
async def test_a_value_that_means_nothing_is_unknown(
    hass: HomeAssistant, later: Later, line: str, value: str, entity: str
) -> None:
    await later(three_phase(**{line: value}))
    assert hass.states.get(entity).state == "unknown"


@pytest.mark.usefixtures("all_enabled")
async def test_a_threshold_that_is_off_is_unknown(hass: HomeAssistant, meter: FakePort) -> None:
    assert meter.open_lines
    assert hass.states.get("sensor.digital_meter_limiter_threshold").state == "unknown"
    assert hass.states.get("sensor.digital_meter_fuse_threshold").state == "unknown"


async def test_a_line_that_comes_with_a_firmware_update_brings_its_sensor(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    port.greeting = build(electricity(THREE_ID, "50216"))
    await set_up(hass, entry)
    assert hass.states.get("sensor.digital_meter_quarter_demand") is None
    assert hass.states.get("sensor.digital_meter_month_peak").state == "unknown"
    entry.runtime_data._published = 0.0
    port.send(three_phase(at(12, 0, 10)))
    await hass.async_block_till_done()
    assert hass.states.get("sensor.digital_meter_quarter_demand").state == "0.123"
    assert hass.states.get("sensor.digital_meter_month_peak").state == "3.456"


async def test_a_meter_that_comes_later_gets_its_entities_without_a_reload(
    hass: HomeAssistant, later: Later
) -> None:
    await later(build(THREE_PHASE | gas(4, own_id=OTHER_GAS_ID, m3=7.5)))
    entity_id = er.async_get(hass).async_get_entity_id("sensor", "emucs_p1", f"{OTHER_GAS_ID}_gas")
    assert hass.states.get(entity_id).state == "7.5"
    assert len(later.port.opened) == 1


async def test_a_gas_meter_that_another_entry_shows_is_left_to_it(
    hass: HomeAssistant, meter: FakePort, caplog: pytest.LogCaptureFixture
) -> None:
    meter.greeting = build(electricity(V2_ID, "50221") | gas())
    await set_up(hass, an_entry(hass, "socket://other.example:23", V2_ID))
    registry = er.async_get(hass)
    assert registry.async_get_entity_id("sensor", "emucs_p1", f"{V2_ID}_power") is not None
    assert "does not generate unique IDs" not in caplog.text


async def test_a_meter_that_is_absent_is_unavailable_until_it_is_back(
    hass: HomeAssistant, later: Later
) -> None:
    await later(build({code: value for code, value in THREE_PHASE.items() if not code.startswith("0-1:")}))
    assert hass.states.get(GAS).state == "unavailable"
    assert hass.states.get("sensor.water_meter_water").state == "87.654"
    assert hass.states.get("sensor.digital_meter_power").state == "500.0"
    await later(three_phase())
    assert hass.states.get(GAS).state == "1234.567"


async def test_a_meter_without_a_reading_is_unknown_not_zero(hass: HomeAssistant, later: Later) -> None:
    await later(build(THREE_PHASE | {"0-1:24.2.3": f"{UNDEFINED}(00000.000*m3)"}))
    assert hass.states.get(GAS).state == "unknown"


@pytest.mark.parametrize("undefined", ["(00000.000)", "(00000.000*m3)"])
async def test_a_first_reading_may_come_after_its_meter(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry, undefined: str
) -> None:
    port.greeting = build(THREE_PHASE | {"0-1:24.2.3": UNDEFINED + undefined})
    await set_up(hass, entry)
    entry.runtime_data._published = 0.0
    port.send(three_phase())
    await hass.async_block_till_done()
    assert hass.states.get(GAS).state == "1234.567"


async def test_a_meter_whose_type_comes_late_has_a_name(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    port.greeting = build(THREE_PHASE | {"0-1:24.1.0": "(?)"})
    await set_up(hass, entry)
    entry.runtime_data._published = 0.0
    port.send(three_phase())
    await hass.async_block_till_done()
    assert hass.states.get(GAS).state == "1234.567"


async def test_an_mbus_register_that_falls_is_held(hass: HomeAssistant, later: Later) -> None:
    await later(build(THREE_PHASE | gas(m3=3.0)))
    assert hass.states.get(GAS).state == "1234.567"


async def test_a_channel_that_changes_hands_changes_nothing(hass: HomeAssistant, later: Later) -> None:
    swapped = {code: value for code, value in THREE_PHASE.items() if not code.startswith(("0-1:", "0-2:"))}
    await later(build(swapped | water(1) | gas(2, m3=1300.0)))
    assert hass.states.get(GAS).state == "1300.0"
    assert hass.states.get("sensor.water_meter_water").state == "87.654"


@pytest.mark.parametrize("own_id", [None, "XXXXXXXXXXXXXX"], ids=["empty", "masked"])
async def test_a_meter_without_a_usable_id_is_known_by_its_channel(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry, own_id: str | None
) -> None:
    port.greeting = build(electricity(THREE_ID, "50217") | gas(3, own_id=own_id))
    await set_up(hass, entry)
    assert er.async_get(hass).async_get_entity_id("sensor", "emucs_p1", f"{THREE_ID}_mbus3_gas") == GAS


async def test_two_meters_of_one_id_are_known_by_their_channels(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    port.greeting = build(electricity(THREE_ID, "50217") | gas(1) | gas(2))
    await set_up(hass, entry)
    registry = er.async_get(hass)
    for channel in (1, 2):
        assert registry.async_get_entity_id("sensor", "emucs_p1", f"{THREE_ID}_mbus{channel}_gas")
    assert registry.async_get_entity_id("sensor", "emucs_p1", f"{GAS_ID}_gas") is None


async def test_a_meter_of_another_kind_brings_no_entity(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    port.greeting = build(electricity(THREE_ID, "50217") | water() | {"0-2:24.1.0": "(255)"})
    await set_up(hass, entry)
    assert not [
        entity
        for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        if entity.unique_id.startswith(WATER_ID)
    ]


async def test_a_reading_in_an_odd_unit_is_not_shown_as_something_else(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    port.greeting = build(
        electricity(THREE_ID, "50217") | gas() | {"0-1:24.2.3": f"{stamp(READ)}(00012.000*GJ)"}
    )
    await set_up(hass, entry)
    assert hass.states.get(GAS) is None
    assert hass.states.get("sensor.gas_meter_valve").state == "connected"


async def test_the_totals_are_the_sums_of_both_tariffs(hass: HomeAssistant, later: Later) -> None:
    await later(three_phase(import_day=kwh(1000.5), import_night=kwh(2000.75)))
    assert hass.states.get("sensor.digital_meter_energy_import").state == "3001.25"


# The running quarter

OF_THE_QUARTER = {
    "quarter_forecast": ("power", "kW", "measurement", None, True),
    "quarter_forecast_low": ("power", "kW", "measurement", None, False),
    "quarter_forecast_high": ("power", "kW", "measurement", None, False),
    "peak_probability": (None, "%", "measurement", None, True),
    "quarter_end": ("timestamp", None, None, None, False),
    "peak_threshold": ("power", "kW", "measurement", None, True),
    "peak_gap": ("power", "kW", "measurement", None, True),
    "allowed_power": ("power", "W", "measurement", None, True),
    "spare_power": ("power", "W", "measurement", None, True),
    "spare_current": ("current", "A", "measurement", None, True),
    "quarter_energy_left": ("energy", "kWh", None, None, True),
    "billed_peak": ("power", "kW", "measurement", None, True),
    "forecast_error": ("power", "W", "measurement", "diagnostic", True),
    "last_quarter": ("power", "kW", "measurement", None, True),
    "month_peak": ("power", "kW", "measurement", None, True),
    "month_peak_time": ("timestamp", None, None, None, True),
}
"""Device class, unit, state class, category, on by default; by key."""

FORECAST = "sensor.digital_meter_quarter_forecast"
FORECAST_ERROR = "sensor.digital_meter_forecast_error"


@pytest.mark.parametrize("key", OF_THE_QUARTER)
async def test_a_sensor_of_the_quarter_is_what_it_should_be(
    hass: HomeAssistant, meter: FakePort, key: str
) -> None:
    assert meter.open_lines
    entity = registered(hass, "sensor", f"{THREE_ID}_{key}")
    assert (
        entity.original_device_class,
        entity.unit_of_measurement,
        (entity.capabilities or {}).get("state_class"),
        entity.entity_category,
        entity.disabled_by is None,
    ) == OF_THE_QUARTER[key]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.usefixtures("all_enabled")
async def test_every_meter_that_tells_its_power_has_them_all(
    hass: HomeAssistant, port: FakePort, variant: str
) -> None:
    header, equipment_id, lines = VARIANTS[variant]
    port.greeting = build(lines, header)
    await set_up(hass, an_entry(hass, unique_id=equipment_id))
    assert [key for key in OF_THE_QUARTER if not registered(hass, "sensor", f"{equipment_id}_{key}")] == []


async def test_a_meter_that_does_not_tell_its_power_has_none_of_them(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    port.greeting = build({code: value for code, value in THREE_PHASE.items() if code != "1-0:1.7.0"})
    await set_up(hass, entry)
    assert [key for key in OF_THE_QUARTER if registered(hass, "sensor", f"{THREE_ID}_{key}")] == []


@pytest.mark.usefixtures("all_enabled")
async def test_the_sensors_show_the_quarter_as_it_stands(hass: HomeAssistant, house: House) -> None:
    await house.move_in()
    await house.draw(1.0, at(12, 15))
    await house.draw(6.0, at(12, 22))

    def shown(key: str) -> str:
        return hass.states.get(er.async_get(hass).async_get_entity_id("sensor", "emucs_p1", key)).state

    def value(key: str) -> float:
        return float(shown(f"{THREE_ID}_{key}"))

    quarter = house.entry.runtime_data.quarter
    assert quarter.elapsed == 420
    assert value("quarter_forecast") == quarter.outlook.mean
    assert value("quarter_forecast_low") == quarter.outlook.low < quarter.outlook.mean
    assert value("quarter_forecast_high") == quarter.outlook.high > quarter.outlook.mean
    assert value("peak_probability") == round(100 * quarter.outlook.probability)
    assert datetime.fromisoformat(shown(f"{THREE_ID}_quarter_end")) == at(12, 30)
    assert value("peak_threshold") == 3.456
    assert value("peak_gap") == round(3.456 - quarter.outlook.mean, 3) < 0
    # 3456 W x 900 s - 6000 W x 420 s in 480 s.
    assert value("allowed_power") == pytest.approx(1230, abs=3)
    assert value("spare_power") == value("allowed_power") - 6000
    assert value("spare_current") == pytest.approx(-6.9)
    assert value("quarter_energy_left") == pytest.approx(0.164, abs=0.001)
    assert value("billed_peak") == pytest.approx((3.456 + 4.321) / 2, abs=0.001)
    assert value("last_quarter") == pytest.approx(1.0, abs=0.005)
    assert value("forecast_error") == quarter.forecast_error
    assert value("month_peak") == 3.456


async def test_what_needs_the_energy_is_unknown_in_a_quarter_that_was_joined_without_a_ramp(
    hass: HomeAssistant, house: House
) -> None:
    house.lines = dict(OLD)
    house.pass_time(300)
    await house.move_in()
    unknown = {
        state.entity_id.removeprefix("sensor.digital_meter_")
        for state in hass.states.async_all("sensor")
        if state.state == "unknown"
    }
    assert unknown == {
        *("quarter_forecast", "peak_probability", "gap_to_threshold"),
        *("allowed_power", "spare_power", "spare_current", "quarter_energy_left"),
        *("last_quarter", "month_peak", "month_peak_time", "billed_peak", "forecast_error", "message"),
    }
    assert hass.states.get("sensor.digital_meter_peak_threshold").state == "2.5"


@pytest.mark.parametrize("edition", ["50213", "50215"])
async def test_a_meter_without_ramp_and_peaks_has_them_from_its_registers(
    hass: HomeAssistant, house: House, edition: str
) -> None:
    house.lines = OLD | {"0-0:96.1.4": f"({edition})"}
    await house.move_in()
    await house.draw(3.0, at(12, 15))
    await house.draw(2.0, at(12, 30))
    await house.draw(1.0, at(12, 40))
    near = {"abs": 0.005}
    assert house.entry.runtime_data.quarter.source == "registers"
    assert float(hass.states.get("sensor.digital_meter_last_quarter").state) == pytest.approx(2.0, **near)
    assert float(hass.states.get("sensor.digital_meter_month_peak").state) == pytest.approx(3.0, **near)
    assert hass.states.get("sensor.digital_meter_month_peak_time").state == "2026-03-03T11:15:00+00:00"
    assert float(hass.states.get("sensor.digital_meter_billed_peak").state) == pytest.approx(3.0, **near)
    assert float(hass.states.get("sensor.digital_meter_peak_threshold").state) == pytest.approx(3.0, **near)
    assert float(hass.states.get(FORECAST).state) == pytest.approx(1.0, abs=0.2)
    assert hass.states.get("sensor.digital_meter_quarter_demand") is None


async def test_our_own_record_of_the_month_outlives_a_restart(hass: HomeAssistant, house: House) -> None:
    house.lines = dict(OLD)
    await house.move_in()
    await house.draw(3.0, at(12, 20))
    before = hass.states.get("sensor.digital_meter_month_peak").state
    await house.restart()
    assert hass.states.get("sensor.digital_meter_month_peak").state == before != "unknown"


async def test_the_forecast_error_is_there_after_a_quarter_that_was_forecast(
    hass: HomeAssistant, house: House
) -> None:
    await house.move_in()
    await house.draw(1.0, at(12, 14))
    assert hass.states.get(FORECAST_ERROR).state == "unknown"
    await house.draw(1.0, at(12, 16))
    assert 0 <= float(hass.states.get(FORECAST_ERROR).state) < 100


async def test_a_clock_that_stands_still_leaves_the_quarter_unknown(
    hass: HomeAssistant, later: Later
) -> None:
    for _ in range(40):
        await later(three_phase(drawn=kw(0.7)), 1)
    assert hass.states.get(FORECAST).state == "unknown"
    assert hass.states.get("sensor.digital_meter_month_peak").state == "unknown"
    assert hass.states.get("sensor.digital_meter_power").state == "700.0"


@pytest.mark.usefixtures("quick")
async def test_the_quarter_is_unavailable_while_the_link_is_down(hass: HomeAssistant, house: House) -> None:
    await house.move_in()
    await house.draw(1.0, at(12, 5))
    house.later.port.refusal = OSError()
    house.later.port.drop()
    await until(lambda: hass.states.get(FORECAST).state == "unavailable")
    assert {state.state for state in hass.states.async_all(("sensor", "binary_sensor", "event"))} == {
        "unavailable"
    }


async def test_a_steady_house_writes_only_what_goes_on(hass: HomeAssistant, house: House) -> None:
    await house.move_in()
    await house.draw(0.0, at(12, 5))
    states = written(hass)
    await house.draw(0.0, at(12, 5, 10))
    # The less time is left, the more may be drawn.
    assert set(states) == {
        f"sensor.digital_meter_{name}" for name in ("allowed_power", "spare_power", "spare_current")
    }
