"""A reading as an eMUCS-P1 telegram, as a Sagemcom T211 or S211 words it."""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from .clock import BRUSSELS
from .crc import crc16
from .reading import MonthPeak, Reading

_HEADERS = {1: "/FLU5\\253770234_A", 3: "/FLU5\\253769484_A"}
_METERS = {1: "1SAG1100000001", 3: "1SAG3100000001"}
_GAS_METER = "7FLO2100000001"
_WATER_METER = "8SEU0100000001"
_UNDEFINED = "632525252525W"


def format_telegram(reading: Reading) -> bytes:
    """Return the telegram, checksum included."""
    body = "\r\n".join((*_lines(reading), "!")).encode("ascii")
    return b"%b%04X\r\n" % (body, crc16(body))


def _lines(reading: Reading) -> Iterator[str]:
    phases = len(reading.phases_w)
    yield _HEADERS[phases]
    yield ""
    yield "0-0:96.1.4(50217)"
    yield f"0-0:96.1.1({_hex(_METERS[phases])})"
    yield f"0-0:1.0.0({_stamp(reading.at)})"
    yield f"1-0:1.8.1({_kwh(reading.import_day_wh)})"
    yield f"1-0:1.8.2({_kwh(reading.import_night_wh)})"
    yield f"1-0:2.8.1({_kwh(reading.export_day_wh)})"
    yield f"1-0:2.8.2({_kwh(reading.export_night_wh)})"
    yield f"0-0:96.14.0({reading.tariff:04d})"
    yield f"1-0:1.4.0({_kw(reading.demand_w)})"
    yield f"1-0:1.6.0({_stamp(reading.month_peak_time)})({_kw(reading.month_peak_w)})"
    yield _history(reading.history)
    yield f"1-0:1.7.0({_kw(max(0, reading.power_w))})"
    yield f"1-0:2.7.0({_kw(max(0, -reading.power_w))})"
    for group, watts in zip((21, 41, 61), reading.phases_w, strict=False):
        yield f"1-0:{group}.7.0({_kw(max(0, watts))})"
    for group, watts in zip((22, 42, 62), reading.phases_w, strict=False):
        yield f"1-0:{group}.7.0({_kw(max(0, -watts))})"
    for group, volts in zip((32, 52, 72), reading.voltages_v, strict=False):
        yield f"1-0:{group}.7.0({volts:05.1f}*V)"
    for group, amperes in zip((31, 51, 71), reading.currents_a, strict=False):
        yield f"1-0:{group}.7.0({amperes:06.2f}*A)"
    yield "0-0:96.3.10(1)"
    yield "0-0:17.0.0(999.9*kW)"
    yield "1-0:31.4.0(999*A)"
    yield "0-0:96.13.0()"
    channel = 1
    if reading.gas_m3 is not None:
        yield f"0-{channel}:24.1.0(003)"
        yield f"0-{channel}:96.1.1({_hex(_GAS_METER)})"
        yield f"0-{channel}:24.4.0(1)"
        yield f"0-{channel}:24.2.3{_volume(reading.gas_time, reading.gas_m3)}"
        channel += 1
    if reading.water_m3 is not None:
        yield f"0-{channel}:24.1.0(007)"
        yield f"0-{channel}:96.1.1({_hex(_WATER_METER)})"
        yield f"0-{channel}:24.2.1{_volume(reading.water_time, reading.water_m3)}"


# The history changes once a month.
@lru_cache(maxsize=4)
def _history(months: tuple[MonthPeak, ...]) -> str:
    rows = "".join(f"({_stamp(month.closed)})({_stamp(month.time)})({_kw(month.watts)})" for month in months)
    return f"0-0:98.1.0({len(months)})(1-0:1.6.0)(1-0:1.6.0){rows or '()'}"


def _hex(text: str) -> str:
    return text.encode("ascii").hex().upper()


def _stamp(moment: datetime | None) -> str:
    if moment is None:
        return _UNDEFINED
    local = moment.astimezone(BRUSSELS)
    return f"{local:%y%m%d%H%M%S}{'S' if local.dst() else 'W'}"


def _kwh(wh: int) -> str:
    return f"{wh // 1000:06d}.{wh % 1000:03d}*kWh"


def _kw(watts: int) -> str:
    return f"{watts // 1000:02d}.{watts % 1000:03d}*kW"


def _volume(read: datetime | None, cubic_metres: float) -> str:
    return f"({_stamp(read)})({cubic_metres:09.3f}*m3)"
