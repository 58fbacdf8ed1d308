from datetime import UTC, datetime, timedelta
import re
from zoneinfo import ZoneInfo

import pytest

from simulator.household import Household
from simulator.meter import Meter

BRUSSELS = ZoneInfo("Europe/Brussels")
INSTALLED = datetime(2025, 9, 20, tzinfo=BRUSSELS)
AT = datetime(2025, 11, 12, 18, 7, 33, tzinfo=BRUSSELS)


def telegram(at: datetime = AT, phases: int = 3, **options: bool) -> bytes:
    return Meter(Household(1, phases), installed=INSTALLED, **options).telegram(at)


def values(data: bytes) -> dict[str, str]:
    """Take the telegram apart: what stands behind each code."""
    lines = data.decode("ascii").split("\r\n")
    return dict(re.findall(r"^(\d-\d:[\d.]+)(\(.*\))$", line)[0] for line in lines[2:-2])


def crc_bit_by_bit(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


@pytest.mark.parametrize("phases", [1, 3])
def test_the_checksum_covers_all_up_to_the_exclamation_mark(phases: int) -> None:
    data = telegram(phases=phases)
    body, end = data[:-6], data[-6:]
    assert body.startswith(b"/FLU5\\")
    assert body.endswith(b"\r\n!")
    assert end == b"%04X\r\n" % crc_bit_by_bit(body)


def test_every_line_ends_with_carriage_return_and_line_feed() -> None:
    data = telegram()
    assert data.count(b"\n") == data.count(b"\r\n") == data.count(b"\r")


def test_a_three_phase_meter_sends_its_lines_in_order() -> None:
    assert list(values(telegram())) == [
        "0-0:96.1.4",
        "0-0:96.1.1",
        "0-0:1.0.0",
        "1-0:1.8.1",
        "1-0:1.8.2",
        "1-0:2.8.1",
        "1-0:2.8.2",
        "0-0:96.14.0",
        "1-0:1.4.0",
        "1-0:1.6.0",
        "0-0:98.1.0",
        "1-0:1.7.0",
        "1-0:2.7.0",
        "1-0:21.7.0",
        "1-0:41.7.0",
        "1-0:61.7.0",
        "1-0:22.7.0",
        "1-0:42.7.0",
        "1-0:62.7.0",
        "1-0:32.7.0",
        "1-0:52.7.0",
        "1-0:72.7.0",
        "1-0:31.7.0",
        "1-0:51.7.0",
        "1-0:71.7.0",
        "0-0:96.3.10",
        "0-0:17.0.0",
        "1-0:31.4.0",
        "0-0:96.13.0",
        "0-1:24.1.0",
        "0-1:96.1.1",
        "0-1:24.4.0",
        "0-1:24.2.3",
        "0-2:24.1.0",
        "0-2:96.1.1",
        "0-2:24.2.1",
    ]


def test_a_one_phase_meter_sends_one_phase() -> None:
    codes = values(telegram(phases=1))
    assert telegram(phases=1).startswith(b"/FLU5\\253770234_A\r\n\r\n")
    assert {"1-0:21.7.0", "1-0:22.7.0", "1-0:32.7.0", "1-0:31.7.0"} <= codes.keys()
    assert not {"1-0:41.7.0", "1-0:62.7.0", "1-0:52.7.0", "1-0:71.7.0"} & codes.keys()


def test_every_value_has_the_width_of_its_format() -> None:
    shapes = {
        r"1-0:[12]\.8\.[12]": r"\(\d{6}\.\d{3}\*kWh\)",
        r"1-0:1\.4\.0": r"\(\d{2}\.\d{3}\*kW\)",
        r"1-0:1\.6\.0": r"\(\d{12}[SW]\)\(\d{2}\.\d{3}\*kW\)",
        r"1-0:\d+\.7\.0": r"\((\d{2}\.\d{3}\*kW|\d{3}\.\d\*V|\d{3}\.\d{2}\*A)\)",
        r"0-0:96\.14\.0": r"\(000[12]\)",
        r"0-0:1\.0\.0": r"\(251112180733W\)",
        r"0-[12]:24\.2\.[13]": r"\(251112180\d{3}W\)\(\d{5}\.\d{3}\*m3\)",
        r"0-[12]:24\.1\.0": r"\(00[37]\)",
        r"0-0:17\.0\.0": r"\(999\.9\*kW\)",
        r"1-0:31\.4\.0": r"\(999\*A\)",
        r"0-0:96\.13\.0": r"\(\)",
    }
    codes = values(telegram())
    for code, shape in shapes.items():
        matching = [value for name, value in codes.items() if re.fullmatch(code, name)]
        assert matching
        assert all(re.fullmatch(shape, value) for value in matching), code


def test_the_serial_numbers_are_hex() -> None:
    codes = values(telegram())
    serials = {
        name: bytes.fromhex(value.strip("()")).decode()
        for name, value in codes.items()
        if name.endswith("96.1.1")
    }
    assert serials == {
        "0-0:96.1.1": "1SAG3100000001",
        "0-1:96.1.1": "7FLO2100000001",
        "0-2:96.1.1": "8SEU0100000001",
    }


def test_the_telegram_says_what_the_reading_holds() -> None:
    meter = Meter(Household(), installed=INSTALLED)
    reading, codes = meter.reading(AT), values(meter.telegram(AT))
    assert codes["1-0:1.8.1"] == f"({reading.import_day_wh / 1000:010.3f}*kWh)"
    assert codes["1-0:1.8.2"] == f"({reading.import_night_wh / 1000:010.3f}*kWh)"
    assert codes["1-0:2.8.1"] == f"({reading.export_day_wh / 1000:010.3f}*kWh)"
    assert codes["1-0:1.4.0"] == f"({reading.demand_w / 1000:06.3f}*kW)"
    assert codes["1-0:1.7.0"] == f"({reading.power_w / 1000:06.3f}*kW)"
    assert codes["1-0:72.7.0"] == f"({reading.voltages_v[2]:05.1f}*V)"
    assert codes["1-0:51.7.0"] == f"({reading.currents_a[1]:06.2f}*A)"
    assert codes["0-1:24.2.3"].endswith(f"({reading.gas_m3:09.3f}*m3)")


def test_the_history_closes_months_on_the_first_of_the_next() -> None:
    history = values(telegram())["0-0:98.1.0"]
    assert re.fullmatch(
        r"\(2\)\(1-0:1\.6\.0\)\(1-0:1\.6\.0\)"
        r"\(251001000000S\)\(2509\d{8}S\)\(\d{2}\.\d{3}\*kW\)"
        r"\(251101000000W\)\(2510\d{8}[SW]\)\(\d{2}\.\d{3}\*kW\)",
        history,
    )


def test_a_young_meter_sends_an_empty_history() -> None:
    codes = values(telegram(INSTALLED + timedelta(minutes=5)))
    assert codes["0-0:98.1.0"] == "(0)(1-0:1.6.0)(1-0:1.6.0)()"
    assert codes["1-0:1.6.0"] == "(632525252525W)(00.000*kW)"


def test_import_and_export_exclude_each_other() -> None:
    household = Household()
    household.switch("battery", -12_000, at=AT)
    codes = values(Meter(household, installed=INSTALLED).telegram(AT + timedelta(seconds=1)))
    assert codes["1-0:1.7.0"] == "(00.000*kW)"
    assert codes["1-0:2.7.0"] > "(05.000*kW)"
    assert codes["1-0:22.7.0"] > codes["1-0:21.7.0"] == "(00.000*kW)"


def test_the_repeated_hour_is_told_apart_by_its_letter() -> None:
    first = datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    stamps = [values(telegram(first + timedelta(hours=hours)))["0-0:1.0.0"] for hours in range(2)]
    assert stamps == ["(251026023000S)", "(251026023000W)"]


def test_the_skipped_hour_does_not_exist() -> None:
    meter = Meter(Household(), installed=datetime(2026, 3, 28, tzinfo=BRUSSELS))
    last = datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)
    stamps = [values(meter.telegram(last + timedelta(seconds=seconds)))["0-0:1.0.0"] for seconds in range(2)]
    assert stamps == ["(260329015959W)", "(260329030000S)"]


def test_without_gas_the_water_meter_takes_the_first_channel() -> None:
    codes = values(telegram(gas=False))
    assert codes["0-1:24.1.0"] == "(007)"
    assert "0-1:24.2.1" in codes
    assert not any(code.startswith("0-2:") for code in codes)
