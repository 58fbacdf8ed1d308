"""Which sensors there are and what they show."""

from datetime import UTC, datetime, timedelta

from homeassistant.components.sensor import async_rounded_state
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from simulator.household import Household
from simulator.meter import Meter

from .conftest import Later, an_entry, set_up
from .ports import FakePort
from .variants import (
    GAS_ID,
    OTHER_GAS_ID,
    READ,
    THREE_ID,
    THREE_PHASE,
    UNDEFINED,
    VARIANTS,
    WATER_ID,
    build,
    electricity,
    gas,
    hexed,
    kwh,
    stamp,
    three_phase,
    water,
)

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
                f"{state.state} {state.attributes.get(ATTR_UNIT_OF_MEASUREMENT, '')}".strip(),
            )
        )
        for entity in sorted(entities, key=lambda entity: entity.entity_id)
        if (state := hass.states.get(entity.entity_id)) is not None
    }


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
    assert hass.states.get("sensor.digital_meter_month_peak") is None
    entry.runtime_data._published = 0.0
    port.send(three_phase())
    await hass.async_block_till_done()
    assert hass.states.get("sensor.digital_meter_month_peak").state == "3.456"


async def test_a_meter_that_comes_later_gets_its_entities_without_a_reload(
    hass: HomeAssistant, later: Later
) -> None:
    await later(build(THREE_PHASE | gas(4, own_id=OTHER_GAS_ID, m3=7.5)))
    entity_id = er.async_get(hass).async_get_entity_id("sensor", "emucs_p1", f"{OTHER_GAS_ID}_gas")
    assert hass.states.get(entity_id).state == "7.5"
    assert len(later.port.opened) == 1


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
    await later(three_phase(import_day=kwh(1001.5), import_night=kwh(2002.25)))
    assert hass.states.get("sensor.digital_meter_energy_import").state == "3003.75"
