from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.emucs_p1.p1 import (
    Breaker,
    CrcError,
    FrameError,
    MbusType,
    MonthPeak,
    Tariff,
    Telegram,
    TelegramError,
    TelegramReader,
    parse_telegram,
)
from custom_components.emucs_p1.p1.objects import DATA_OBJECTS
from custom_components.emucs_p1.p1.parser import _remembered
from custom_components.emucs_p1.p1.telegram import Draft, frozen

from .telegrams import READ_AT, device, parse, sealed, simulated, telegram

ISKRA = r"/ISk5\2MIE5T-200"

# Row of the table, a line of it, the field that it fills and the value.
ELECTRICITY: list[tuple[str, str, str, Any]] = [
    ("0-0:96.1.4", "(50217)", "version", "50217"),
    ("1-3:0.2.8", "(50)", "version", "50"),
    ("0-0:96.1.1", "(3153414733313030303030303031)", "equipment_id", "1SAG3100000001"),
    ("0-0:96.1.0", "(00112233)", "equipment_id", "00112233"),
    ("0-0:96.1.2", "(353431343438383230303030303030303031)", "ean", "541448820000000001"),
    ("0-0:1.0.0", "(260703120000S)", "timestamp", datetime(2026, 7, 3, 10, tzinfo=UTC)),
    ("1-0:1.8.0", "(001234.567*kWh)", "energy_import", 1234.567),
    ("1-0:1.8.1", "(000100.001*kWh)", "energy_import_day", 100.001),
    ("1-0:1.8.2", "(000200.002*kWh)", "energy_import_night", 200.002),
    ("1-0:2.8.0", "(000002.500*kWh)", "energy_export", 2.5),
    ("1-0:2.8.1", "(000300.003*kWh)", "energy_export_day", 300.003),
    ("1-0:2.8.2", "(000400.004*kWh)", "energy_export_night", 400.004),
    ("0-0:96.14.0", "(0001)", "tariff", Tariff.DAY),
    ("1-0:1.4.0", "(02.351*kW)", "quarter_demand", 2.351),
    ("1-0:1.6.0", "(260703120000S)(05.765*kW)", "month_peak", 5.765),
    (
        "0-0:98.1.0",
        "(1)(1-0:1.6.0)(1-0:1.6.0)(260701000000S)(260605181500S)(04.329*kW)",
        "peak_history",
        (MonthPeak(datetime(2026, 6, 30, 22, tzinfo=UTC), datetime(2026, 6, 5, 16, 15, tzinfo=UTC), 4.329),),
    ),
    ("1-0:1.7.0", "(01.942*kW)", "power_import", 1.942),
    ("1-0:2.7.0", "(00.111*kW)", "power_export", 0.111),
    ("1-0:21.7.0", "(00.021*kW)", "power_import_l1", 0.021),
    ("1-0:22.7.0", "(00.022*kW)", "power_export_l1", 0.022),
    ("1-0:32.7.0", "(230.1*V)", "voltage_l1", 230.1),
    ("1-0:31.7.0", "(001.31*A)", "current_l1", 1.31),
    ("1-0:41.7.0", "(00.041*kW)", "power_import_l2", 0.041),
    ("1-0:42.7.0", "(00.042*kW)", "power_export_l2", 0.042),
    ("1-0:52.7.0", "(230.2*V)", "voltage_l2", 230.2),
    ("1-0:51.7.0", "(001.51*A)", "current_l2", 1.51),
    ("1-0:61.7.0", "(00.061*kW)", "power_import_l3", 0.061),
    ("1-0:62.7.0", "(00.062*kW)", "power_export_l3", 0.062),
    ("1-0:72.7.0", "(230.3*V)", "voltage_l3", 230.3),
    ("1-0:71.7.0", "(001.71*A)", "current_l3", 1.71),
    ("0-0:96.3.10", "(1)", "breaker", Breaker.CONNECTED),
    ("0-1:96.3.10", "(1)", "relay_1", True),
    ("0-2:96.3.10", "(0)", "relay_2", False),
    ("0-3:96.3.10", "(1)", "relay_3", True),
    ("0-4:96.3.10", "(0)", "relay_4", False),
    ("0-0:17.0.0", "(010.0*kW)", "limiter_threshold", 10.0),
    ("1-0:31.4.0", "(040*A)", "fuse_threshold", 40.0),
    ("1-0:94.32.1", "(400)", "grid", "400"),
    ("0-0:96.13.0", "(48616C6C6F)", "message", "Hallo"),
]
MBUS: list[tuple[str, str, str, Any]] = [
    ("0-n:24.1.0", "(003)", "type", MbusType.GAS),
    ("0-n:96.1.1", "(37464C4F32313030303030303031)", "equipment_id", "7FLO2100000001"),
    ("0-n:96.1.0", "(4730303030303030303030303030303031)", "equipment_id", "G0000000000000001"),
    ("0-n:24.4.0", "(1)", "valve", Breaker.CONNECTED),
    ("0-n:24.2.1", f"{READ_AT}(00100.850*m3)", "reading", 100.85),
    ("0-n:24.2.3", f"{READ_AT}(01275.658*m3)", "reading", 1275.658),
    # Has no field: an EAN is no use beside the id.
    ("0-n:96.1.2", "(000000000000000000)", "channel", 2),
]


@pytest.mark.parametrize(("code", "text", "field", "value"), ELECTRICITY, ids=[row[0] for row in ELECTRICITY])
def test_a_row_of_the_electricity_meter_is_read(code: str, text: str, field: str, value: object) -> None:
    assert getattr(parse(code + text), field) == value


@pytest.mark.parametrize(("code", "text", "field", "value"), MBUS, ids=[row[0] for row in MBUS])
def test_a_row_of_a_meter_behind_is_read(code: str, text: str, field: str, value: object) -> None:
    line = code.replace("n", "2") + text
    assert getattr(device("0-2:24.1.0(003)", line), field) == value


def test_these_are_all_the_rows_of_the_table() -> None:
    assert {row[0] for row in (*ELECTRICITY, *MBUS)} == {row.code for row in DATA_OBJECTS}


def test_a_value_that_is_not_sent_is_none() -> None:
    read = parse("0-0:96.1.4(50217)")
    assert [
        getattr(read, field) for _, _, field, _ in ELECTRICITY if field not in ("version", "peak_history")
    ] == [None] * (len(ELECTRICITY) - 3)


def test_a_true_zero_is_zero() -> None:
    assert parse("1-0:1.8.1(000000.000*kWh)").energy_import_day == 0


def test_the_header_is_the_identification() -> None:
    assert parse("0-0:96.1.4(50217)").identification == r"FLU5\253769484_A"


# Frames


def test_a_frame_with_a_wrong_checksum_is_refused() -> None:
    with pytest.raises(CrcError, match="1234"):
        parse_telegram(telegram("1-0:1.7.0(00.500*kW)")[:-6] + b"1234\r\n")


@pytest.mark.parametrize(
    "frame", [b"", b"/", b"!0000", b"FLU5\r\n!0000", b"/FLU5\r\n!", b"/FLU5\r\n!12", b"/FLU5\r\n!12G4"]
)
def test_what_is_no_frame_is_refused(frame: bytes) -> None:
    with pytest.raises(FrameError, match="frame"):
        parse_telegram(frame)


def test_both_refusals_are_telegram_errors() -> None:
    assert issubclass(FrameError, TelegramError)
    assert issubclass(CrcError, TelegramError)


def test_the_checksum_may_be_in_lower_case() -> None:
    frame = telegram("1-0:1.7.0(00.500*kW)")
    assert parse_telegram(frame[:-6] + frame[-6:].lower()).power_import == 0.5


def test_line_feeds_alone_will_do() -> None:
    assert parse_telegram(telegram("1-0:1.7.0(00.500*kW)", end="\n")).power_import == 0.5


def test_padding_behind_the_checksum_is_ignored() -> None:
    assert parse_telegram(telegram("1-0:1.7.0(00.500*kW)") + b"\0 \r\n\0").power_import == 0.5


def test_every_line_is_kept_as_sent() -> None:
    assert parse("0-0:96.1.4(50217)", "odd").lines == ("", "0-0:96.1.4(50217)", "odd", "!")


def test_a_body_too_long_for_a_household_leaves_nothing_behind() -> None:
    before = _remembered.cache_info().currsize
    read = parse("1-0:1.7.0(00.555*kW)", *(f"9-9:9.9.{number}({'x' * 50})" for number in range(100)))
    assert read.power_import == 0.555
    assert _remembered.cache_info().currsize == before


# Sentinels


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("0-0:17.0.0(999.9*kW)", "limiter_threshold"),
        ("0-0:17.0.0(99.999*kW)", "limiter_threshold"),
        ("1-0:31.4.0(999*A)", "fuse_threshold"),
        ("1-0:31.4.0(999.99*A)", "fuse_threshold"),
        ("0-0:1.0.0(632525252525W)", "timestamp"),
        ("1-0:1.6.0(632525252525W)(00.000*kW)", "month_peak"),
        ("1-0:1.6.0(632525252525W)(00.000*kW)", "month_peak_time"),
        ("0-0:96.13.0()", "message"),
        ("0-0:96.1.1()", "equipment_id"),
        ("0-0:96.1.2()", "ean"),
        ("0-0:96.1.2(000000000000000000)", "ean"),
        ("0-0:96.1.4()", "version"),
        pytest.param(f"0-0:96.1.4({'20' * 48})", "version", id="spaces in hex"),
        ("0-0:96.3.10()", "breaker"),
        ("0-0:96.3.10(3)", "breaker"),
        ("0-1:96.3.10()", "relay_1"),
        ("0-1:96.3.10(2)", "relay_1"),
        ("0-0:96.14.0(0003)", "tariff"),
        ("1-0:94.32.1(000)", "grid"),
    ],
)
def test_none_by_the_meters_own_word_is_none_and_not_malformed(line: str, field: str) -> None:
    read = parse(line)
    assert getattr(read, field) is None
    assert read.malformed == ()


def test_a_threshold_that_is_set_is_no_sentinel() -> None:
    assert parse("0-0:17.0.0(99.998*kW)").limiter_threshold == 99.998


def test_999_is_a_sentinel_for_thresholds_alone() -> None:
    assert parse("1-0:1.8.1(000999.990*kWh)").energy_import_day == 999.99


@pytest.mark.parametrize("value", ["(00000.000*m3)", "(00000.000)"])
def test_a_reading_that_never_was_is_none_and_not_zero(value: str) -> None:
    gas = device("0-1:24.1.0(003)", f"0-1:24.2.3(632525252525W){value}")
    assert (gas.reading, gas.reading_time) == (None, None)


# Units


@pytest.mark.parametrize("text", ["1500*W", "1.500*kW", "1.5"])
def test_power_comes_in_kw_whatever_its_unit(text: str) -> None:
    assert parse(f"1-0:1.7.0({text})").power_import == 1.5


@pytest.mark.parametrize("text", ["1234567*Wh", "1234.567*kWh", "1234.567"])
def test_energy_comes_in_kwh_whatever_its_unit(text: str) -> None:
    assert parse(f"1-0:1.8.1({text})").energy_import_day == 1234.567


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("00001.500*m3", 1.5, "m3"),
        ("00001.500*m³", 1.5, "m3"),
        ("00001.500*kWh", 1.5, "kWh"),
        ("00001500*Wh", 1.5, "kWh"),
        ("00001.500*GJ", 1.5, "GJ"),
        ("01500*MJ", 1500, "MJ"),
    ],
)
def test_a_reading_keeps_the_unit_of_its_text(text: str, value: float, unit: str) -> None:
    meter = device("0-1:24.1.0(004)", f"0-1:24.2.1{READ_AT}({text})")
    assert (meter.reading, meter.unit) == (value, unit)


@pytest.mark.parametrize(
    ("kind", "unit"),
    [
        ("002", "kWh"),
        ("003", "m3"),
        ("004", "GJ"),
        ("007", "m3"),
        ("010", "GJ"),
        ("012", "GJ"),
        ("021", "m3"),
    ],
)
def test_a_reading_without_a_unit_has_that_of_its_type(kind: str, unit: str) -> None:
    assert device(f"0-1:24.1.0({kind})", f"0-1:24.2.1{READ_AT}(00001.500)").unit == unit


def test_a_reading_of_no_known_type_is_of_m3() -> None:
    assert device(f"0-1:24.2.1{READ_AT}(00001.500)").unit == "m3"


@pytest.mark.parametrize(
    "line", ["1-0:1.7.0(1.5*kvar)", "1-0:1.7.0(1.5*kWh)", "1-0:32.7.0(230.0*A)", f"0-1:24.2.1{READ_AT}(1*l)"]
)
def test_a_unit_of_another_quantity_is_malformed(line: str) -> None:
    assert parse(line).malformed == (line,)


def test_the_grid_may_carry_its_unit() -> None:
    assert parse("1-0:94.32.1(230*V)").grid == "230"


# Ids


@pytest.mark.parametrize(
    "text",
    [
        "<serialnumber>",
        "redacted",
        "315341473",
        "3153414733313030303030300001",
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFF",
        "123456789012",
        "XXXXXXXXXXXXXX",
    ],
)
def test_an_id_that_is_no_hex_of_text_stays_as_sent(text: str) -> None:
    assert parse(f"0-0:96.1.1({text})").equipment_id == text


def test_an_id_may_end_in_nul_and_spaces() -> None:
    assert parse("0-0:96.1.1(3153414733313030202000)").equipment_id == "1SAG3100"


def test_the_hex_of_an_id_may_be_lower_case() -> None:
    assert parse("0-1:24.1.0(003)", "0-1:96.1.1(37464c4f)").mbus[0].equipment_id == "7FLO"


def test_the_usual_id_goes_before_the_alternative() -> None:
    lines = "0-0:96.1.1(3153414733313030)", "0-0:96.1.0(00112233)"
    assert parse(*lines).equipment_id == parse(*reversed(lines)).equipment_id == "1SAG3100"


def test_an_empty_id_gives_way_to_the_alternative() -> None:
    assert parse("0-0:96.1.1()", "0-0:96.1.0(00112233)").equipment_id == "00112233"


def test_an_empty_alternative_is_no_id() -> None:
    assert parse("0-0:96.1.0()").equipment_id is None


# Breaker and relays


@pytest.mark.parametrize(
    ("digit", "state"),
    [
        ("0", Breaker.DISCONNECTED),
        ("1", Breaker.CONNECTED),
        ("2", Breaker.READY_FOR_RECONNECTION),
        ("000", Breaker.DISCONNECTED),
        ("001", Breaker.CONNECTED),
    ],
)
def test_the_breaker_has_three_states(digit: str, state: Breaker) -> None:
    assert parse(f"0-0:96.3.10({digit})").breaker is state


def test_a_relay_is_never_the_breaker() -> None:
    read = parse("0-0:96.3.10(1)", *(f"0-{number}:96.3.10(0)" for number in range(1, 5)))
    assert read.breaker is Breaker.CONNECTED


def test_a_relay_is_no_meter_behind() -> None:
    assert parse("0-1:96.3.10(1)").mbus == ()


def test_a_relay_alone_leaves_the_breaker_unknown() -> None:
    assert parse("0-1:96.3.10(1)").breaker is None


# Sums


def test_import_and_export_are_the_sums_of_their_tariffs() -> None:
    read = parse(
        "1-0:1.8.1(000000.100*kWh)", "1-0:1.8.2(000000.200*kWh)", "1-0:2.8.1(3*kWh)", "1-0:2.8.2(4*kWh)"
    )
    assert (read.energy_import, read.energy_export) == (0.3, 7)


def test_a_total_that_is_sent_goes_before_the_sum() -> None:
    lines = "1-0:1.8.0(9.5*kWh)", "1-0:1.8.1(1*kWh)", "1-0:1.8.2(2*kWh)"
    assert parse(*lines).energy_import == parse(*reversed(lines)).energy_import == 9.5


@pytest.mark.parametrize(
    "lines", [("1-0:1.8.1(1*kWh)",), ("1-0:1.8.2(1*kWh)",), ("1-0:1.8.1(1*kWh)", "1-0:1.8.2(x)")]
)
def test_half_a_sum_is_none(lines: tuple[str, ...]) -> None:
    assert parse(*lines).energy_import is None


def test_a_malformed_total_is_no_sum() -> None:
    assert parse("1-0:1.8.0(x)", "1-0:1.8.1(1*kWh)", "1-0:1.8.2(2*kWh)").energy_import is None


@pytest.mark.parametrize(
    ("lines", "power"),
    [
        (("1-0:1.7.0(01.500*kW)", "1-0:2.7.0(00.000*kW)"), 1.5),
        (("1-0:1.7.0(00.000*kW)", "1-0:2.7.0(01.500*kW)"), -1.5),
        (("1-0:1.7.0(01.500*kW)",), 1.5),
        (("1-0:1.7.0(00.000*kW)",), 0),
        (("1-0:1.7.0(00.000*kW)", "1-0:9.7.0(00.021*kVA)"), 0),
        (("1-0:2.7.0(01.500*kW)",), -1.5),
        (("1-0:1.7.0(x)", "1-0:2.7.0(01.500*kW)"), -1.5),
        (("1-0:1.7.0(01.500*kW)", "1-0:2.7.0(x)"), 1.5),
    ],
)
def test_power_is_import_minus_export(lines: tuple[str, ...], power: float) -> None:
    assert parse(*lines).power == power


@pytest.mark.parametrize(
    "lines",
    [
        ("1-0:1.7.0(x)", "1-0:2.7.0(00.000*kW)"),
        ("1-0:1.7.0(00.000*kW)", "1-0:2.7.0(x)"),
        ("1-0:2.7.0(00.000*kW)",),
        ("1-0:1.7.0(x)", "1-0:2.7.0(x)"),
        ("1-0:1.7.0(x)",),
        ("1-0:1.7.0(00.000*kW)", "1-0:?.7.0(01.500*kW)"),
    ],
)
def test_power_is_unknown_where_the_other_direction_may_be_more_than_zero(lines: tuple[str, ...]) -> None:
    assert parse(*lines).power is None


# Neighbours


def test_an_iskra_of_wavre_is_read() -> None:
    read = parse(
        "1-0:0.0.0(00000000)",
        "0-0:96.1.0(00112233)",
        "0-0:1.0.0(240405154953)",
        "1-0:1.8.1(000012.345*kWh)",
        "1-0:1.8.2(000001.000*kWh)",
        "0-0:96.14.0(0002)",
        "1-0:31.7.0(004*A)",
        "0-0:96.13.0()",
        "0-1:96.1.1()",
        header=ISKRA,
    )
    assert read.identification == ISKRA[1:]
    assert (read.version, read.equipment_id) == (None, "00112233")
    assert read.timestamp == datetime(2024, 4, 5, 13, 49, 53, tzinfo=UTC)
    assert (read.energy_import, read.tariff, read.current_l1) == (13.345, Tariff.NIGHT, 4)
    assert (read.mbus, read.unknown, read.malformed) == ((), ("1-0:0.0.0(00000000)",), ())


DUTCH = "1-3:0.2.8(50)"


def test_dutch_tariffs_are_the_other_way_round() -> None:
    registers = "1-0:1.8.1(1*kWh)", "1-0:1.8.2(2*kWh)", "1-0:2.8.1(3*kWh)", "1-0:2.8.2(4*kWh)"
    read = parse(DUTCH, *registers, "0-0:96.14.0(0001)")
    assert (read.energy_import_day, read.energy_import_night) == (2, 1)
    assert (read.energy_export_day, read.energy_export_night) == (4, 3)
    assert (read.energy_import, read.energy_export) == (3, 7)
    assert read.tariff is Tariff.NIGHT


def test_a_dutch_telegram_is_dutch_wherever_it_says_so() -> None:
    assert parse("0-0:96.14.0(0002)", DUTCH).tariff is Tariff.DAY


def test_a_dutch_tariff_that_is_unknown_stays_unknown() -> None:
    assert parse(DUTCH, "0-0:96.14.0(0009)").tariff is None


def test_half_the_registers_of_a_dutch_meter_are_swapped_alone() -> None:
    read = parse(DUTCH, "1-0:1.8.1(1*kWh)")
    assert (read.energy_import_day, read.energy_import_night, read.energy_export_day) == (None, 1, None)


def test_a_malformed_dutch_version_is_dutch_all_the_same() -> None:
    assert parse("1-3:0.2.8(5", "0-0:96.14.0(0001)").tariff is Tariff.NIGHT


def test_the_belgian_edition_goes_before_the_dutch_version() -> None:
    assert parse("0-0:96.1.4(50217)", DUTCH).version == "50217"


# Whatever else a telegram holds


def test_of_a_duplicate_the_last_wins() -> None:
    assert parse("1-0:1.7.0(00.100*kW)", "1-0:1.7.0(00.200*kW)").power_import == 0.2


@pytest.mark.parametrize(
    "line",
    [
        "1-0:1.7.0",
        "1-0:1.7.0(",
        "1-0:1.7.0()",
        "1-0:1.7.0(00.5",
        "1-0:1.7.0(00.500*kW)x",
        "1-0:1.7.0(00.5)(00.5)",
        "1-0:1.7.0(nan*kW)",
        pytest.param("1-0:1.7.0(" + "9" * 400 + "*kW)", id="400 digits"),
        pytest.param("1-0:1.8.1(" + "9" * 5000 + "*kWh)", id="5000 digits"),
        "0-0:1.0.0(xx)",
        "0-0:1.0.0(260703120000S",
        "0-0:96.1.4(5(0)217)",
        "0-0:96.14.0(0001",
        "0-0:96.3.10(1)(1)",
        "1-0:94.32.1(delta)",
        "1-0:94.32.1(400*A)",
        "1-0:1.6.0(260703120000S)",
        "1-0:1.6.0(05.765*kW)",
        "1-0:1.6.0(260703120000S)(05.765*kW",
        "0-1:24.1.0(0030)",
        "0-1:24.1.0(x)",
        "0-1:24.1.0(-1)",
        "0-1:24.1.0(1_0)",
        "0-1:24.1.0()",
        "0-1:24.2.3()",
        "0-1:24.2.3(00001.000*m3)",
        "0-1:24.2.3(260703120500S)",
        "0-1:24.2.3(260703120500S)(00001.000*m3)(1)",
    ],
)
def test_a_malformed_line_costs_only_its_value(line: str) -> None:
    read = parse("0-0:96.1.1(3153414733313030)", line, "1-0:2.8.1(000001.000*kWh)")
    assert read.malformed == (line,)
    assert (read.equipment_id, read.energy_export_day) == ("1SAG3100", 1)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("1-0:1.7.0(90000000.000*kW)", "power_import"),
        ("1-0:2.7.0(100.001*kW)", "power_export"),
        ("1-0:1.7.0(-1.000*kW)", "power_import"),
        ("1-0:1.4.0(101.000*kW)", "quarter_demand"),
        ("1-0:1.6.0(260302181500W)(101.000*kW)", "month_peak"),
        ("1-0:32.7.0(999.9*V)", "voltage_l1"),
        ("1-0:31.7.0(501.00*A)", "current_l1"),
        ("1-0:1.8.1(-00001.000*kWh)", "energy_import_day"),
        ("1-0:1.8.1(10000001.000*kWh)", "energy_import_day"),
        ("0-0:17.0.0(100.001*kW)", "limiter_threshold"),
        ("1-0:31.4.0(501*A)", "fuse_threshold"),
        pytest.param(f"0-0:96.1.4({'5' * 65})", "version", id="an endless edition"),
        ("0-0:96.1.4(502\t17)", "version"),
        pytest.param(f"0-0:96.1.1({'9' * 65})", "equipment_id", id="an endless id"),
        ("0-0:96.1.1(1SAG\u00ad31)", "equipment_id"),
    ],
)
def test_what_no_household_has_is_malformed(line: str, field: str) -> None:
    read = parse(line)
    assert (getattr(read, field), read.malformed) == (None, (line,))


@pytest.mark.parametrize("value", ["-1.000*m3", "100000001*m3", "-0.5"])
def test_a_reading_that_no_household_has_is_none(value: str) -> None:
    line = f"0-1:24.2.3(260302181500W)({value})"
    read = parse("0-1:24.1.0(003)", line)
    assert (read.mbus[0].reading, read.malformed) == (None, (line,))


def test_a_peak_that_no_household_has_is_left_out_of_the_history() -> None:
    row = "(260301000000W)(260214181500W)"
    line = f"0-0:98.1.0(2)(1-0:1.6.0)(1-0:1.6.0){row}(900.000*kW){row}(04.321*kW)"
    assert [month.demand for month in parse(line).peak_history] == [4.321]


def test_the_most_that_a_household_can_have_is_read() -> None:
    assert parse("1-0:1.7.0(100.000*kW)").power_import == 100.0


def test_a_malformed_value_is_none() -> None:
    assert parse("1-0:1.7.0(x)").power_import is None


def test_a_malformed_line_counts_as_sent() -> None:
    assert "power_import" in parse("1-0:1.7.0(x)").sent


def test_a_line_that_is_not_there_is_not_sent() -> None:
    assert "power_export" not in parse("1-0:1.7.0(00.5*kW)").sent


def test_unknown_lines_are_kept_as_sent() -> None:
    unknown = ("1-0:99.99.0(1)", "hello", "0-0:96.7.21(00015)", "(00111.006)", "\xff\xfe")
    assert parse(*unknown).unknown == unknown


def test_empty_and_padded_lines_are_no_lines() -> None:
    assert parse("", "  ", "\0").unknown == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("48616C6C6F", "Hallo"),
        ("48616C6C6F0000", "Hallo"),
        (
            "436F75707572652070726576756520C3A0203130683A2072C3A97365617520C3A9",
            "Coupure prevue à 10h: réseau é",
        ),
        ("72E973656175", "réseau"),
        ("Storing om 10 uur", "Storing om 10 uur"),
        ("zie (a) en (b)", "zie (a) en (b)"),
        ("a/b! /FLU5", "a/b! /FLU5"),
        ("20202020", None),
    ],
)
def test_a_message_is_text_or_hex_of_text(text: str, message: str | None) -> None:
    assert parse(f"0-0:96.13.0({text})").message == message


@pytest.mark.parametrize("line", ["0-0:96.13.0", "0-0:96.13.0(", "0-0:96.13.0(48616C6C6F"])
def test_a_message_that_was_cut_off_is_malformed(line: str) -> None:
    read = parse(line)
    assert (read.message, read.malformed) == (None, (line,))


def test_a_message_of_2048_characters_is_read() -> None:
    assert parse(f"0-0:96.13.0({'41' * 1024})").message == "A" * 1024


def test_telegrams_that_say_the_same_are_equal() -> None:
    assert parse_telegram(simulated()) == parse_telegram(simulated())


def test_a_simulated_telegram_has_nothing_unknown_and_nothing_malformed() -> None:
    read = parse_telegram(simulated())
    assert (read.unknown, read.malformed) == ((), ())


def test_a_telegram_is_frozen() -> None:
    with pytest.raises(AttributeError):
        parse_telegram(simulated()).power = 1  # type: ignore[misc]


def test_a_telegram_is_made_of_the_same_fields_in_both_ways() -> None:
    values = {each.name: getattr(parse_telegram(simulated()), each.name) for each in fields(Telegram)}
    assert frozen(Draft(**values)) == Telegram(**values)
    assert frozen(Draft(identification="ABC5")) == Telegram(identification="ABC5")


def test_a_field_that_comes_twice_keeps_its_last_value_whichever_line_changes() -> None:
    reader = TelegramReader()
    for first, last in ((1, 2), (3, 2), (3, 4)):
        (read,) = reader.feed(telegram(f"1-0:1.7.0(0{first}.000*kW)", f"1-0:1.7.0(0{last}.000*kW)"))
        assert read.power_import == last


def test_a_telegram_is_not_changed_by_the_next_one() -> None:
    # A net power is derived of the second telegram alone.
    reader, damaged = TelegramReader(), "1-0:2.7.(00.000*kW)"
    (first,) = reader.feed(telegram("1-0:1.7.0(00.000*kW)", damaged))
    reader.feed(telegram("1-0:1.7.0(00.001*kW)", damaged))
    assert (first.power_import, first.sent) == (0.0, {"power_import"})


def test_a_telegram_takes_no_other_attributes() -> None:
    assert not hasattr(parse_telegram(simulated()), "__dict__")


def test_a_header_alone_is_a_telegram() -> None:
    assert parse_telegram(sealed(b"/FLU5\r\n\r\n!")).identification == "FLU5"
