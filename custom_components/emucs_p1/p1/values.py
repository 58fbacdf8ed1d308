"""From the text of a data object to its value.

Every reader takes what stands behind the first parenthesis, the last one included, and the row
of the table. It returns the value, None where the meter says that there is none, or raises ValueError.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
import re
from typing import Any
from zoneinfo import ZoneInfo

from .objects import BY_CODE, DataObject, Kind
from .telegram import Breaker, MonthPeak, Tariff

type Reader = Callable[[str, DataObject], Any]

BRUSSELS = ZoneInfo("Europe/Brussels")

# The meter's flag decides, not a calendar: in the repeated hour of October it is the only clue.
_ZONES = {"S": timezone(timedelta(hours=2)), "W": timezone(timedelta(hours=1))}

# FFh read as BCD: how a meter writes a moment that never was (eMUCS-P1 1.7.1, note on 98.1.0).
_UNDEFINED = "6325252525"
# A clock that was never set starts at 2000 or (1970 read as) 2070.
_YEARS = range(2010, 2070)

# Far more than a meter sends; float() would make infinity of four hundred.
_NUMBER_DIGITS = 16
# Beyond these no household comes (its connection ends at 80 A on three phases): a line that says so
# is damaged or a lie. The digits of the lines would allow for more.
_MOST = {"kWh": 1e7, "kW": 100.0, "V": 500.0, "A": 500.0}
_MOST_READ = 1e8
"""Of an M-Bus meter, in whatever unit."""
# A serial number has 14 characters, an EAN 18, an edition 5; a text message 1024 octets.
_TEXT_LENGTH = 64
_MESSAGE_LENGTH = 2048
_OTHER_UNITS: dict[str, dict[str, float]] = {
    "kWh": {"Wh": 0.001, "": 1},
    "kW": {"W": 0.001, "": 1},
    "V": {"": 1},
    "A": {"": 1},
}
# Of an M-Bus reading: unit as sent -> unit of the field and factor.
_READING_UNITS = {
    "m3": ("m3", 1),
    "m³": ("m3", 1),
    "kWh": ("kWh", 1),
    "Wh": ("kWh", 0.001),
    "GJ": ("GJ", 1),
    "MJ": ("MJ", 1),
    "": ("", 1),
}

_BREAKER = {
    "0": Breaker.DISCONNECTED,
    "1": Breaker.CONNECTED,
    "2": Breaker.READY_FOR_RECONNECTION,
}
_TARIFF = {"0001": Tariff.DAY, "0002": Tariff.NIGHT}
_GRIDS = ("230", "400")

_HEX_PAIRS = re.compile(r"(?:[0-9A-Fa-f]{2})+").fullmatch
# A serial number in plain decimals (Iskra) can by chance read as hex of printable text.
_PLAIN_SERIAL = re.compile(r"\d{1,12}").fullmatch
_HISTORY_HEAD = "(1-0:1.6.0)(1-0:1.6.0)"
_HISTORY_ROWS = re.compile(r"\((\d{12}[SW]?)\)\((\d{12}[SW]?)\)\(([\d.]+(?:\*k?W)?)\)").findall


def number(text: str) -> float:
    """Return a decimal number; ValueError for anything else that float() would take."""
    if not text.replace(".", "", 1).removeprefix("-").isdecimal() or len(text) > _NUMBER_DIGITS:
        raise ValueError(text)
    return float(text)


def moment(text: str) -> datetime | None:
    """Return the moment that `YYMMDDhhmmss` with S (UTC+2) or W (UTC+1) names; None when undefined.

    Without a flag (Iskra meters of small Walloon operators) it is Belgian local time.
    """
    if text.startswith(_UNDEFINED):
        return None
    flag = text[12:]
    if len(text) < 12 or not text[:12].isdecimal():  # noqa: PLR2004
        raise ValueError(text)
    zone = _ZONES.get(flag, BRUSSELS)
    if flag and zone is BRUSSELS:
        raise ValueError(text)
    year = 2000 + int(text[:2])
    if year not in _YEARS:
        return None
    return datetime(
        year,
        int(text[2:4]),
        int(text[4:6]),
        int(text[6:8]),
        int(text[8:10]),
        int(text[10:12]),
        tzinfo=zone,
    )


def _single(text: str) -> str:
    """Return what stands in the one pair of parentheses."""
    inner = text[:-1]
    if text[-1:] != ")" or "(" in inner or ")" in inner:
        raise ValueError(text)
    return inner


def _groups(text: str) -> list[str]:
    """Return what stands in each pair of parentheses."""
    if text[-1:] != ")":
        raise ValueError(text)
    return text[:-1].split(")(")


def _amount(text: str, row: DataObject) -> float:
    """Return a number in the unit of the field."""
    value, _, unit = text.partition("*")
    if unit == row.unit:
        return number(value)
    if unit not in (factors := _OTHER_UNITS[row.unit]):
        raise ValueError(text)
    return round(number(value) * factors[unit], 6)


def _possible(value: float, most: float) -> float:
    """Return a value that a household can have."""
    if not 0 <= value <= most:
        raise ValueError(value)
    return value


def _quantity(text: str, row: DataObject) -> float:
    return _possible(_amount(text, row), _MOST[row.unit])


def _number(text: str, row: DataObject) -> float | None:
    if text[-1:] != ")":
        raise ValueError(text)
    value = _amount(text[:-1], row)
    return None if value in row.off else _possible(value, _MOST[row.unit])


def _plain(text: str) -> str:
    """Return a text that can stand anywhere; it names something, so nothing is cut off."""
    if len(text) > _TEXT_LENGTH or not text.isprintable():
        raise ValueError(text)
    return text


def _text(text: str, _row: DataObject) -> str | None:
    inner = _single(text)
    if set(inner) == {"2", "0"} and (decoded := _decoded(inner)) is not None:
        # Brussels has meters that send spaces, in hex, for their edition.
        inner = decoded
    return _plain(inner.strip()) or None


def _decoded(text: str) -> str | None:
    """Return the printable ASCII that the text is hex of, None when it is not."""
    if not _HEX_PAIRS(text):
        return None
    octets = bytes.fromhex(text).rstrip(b"\0")
    if not octets.isascii() or not (decoded := octets.decode("ascii")).isprintable():
        return None
    return decoded


def _identifier(text: str, _row: DataObject) -> str | None:
    inner = _single(text).strip()
    if not _PLAIN_SERIAL(inner) and (decoded := _decoded(inner)) is not None:
        inner = decoded.strip()
    return _plain(inner) or None


def _message(text: str, _row: DataObject) -> str | None:
    # A message may hold parentheses of its own where a meter sends it as plain text.
    if not text.endswith(")"):
        raise ValueError(text)
    inner = text[:-1]
    if _HEX_PAIRS(inner):
        octets = bytes.fromhex(inner).rstrip(b"\0")
        try:
            inner = octets.decode("utf-8")
        except UnicodeDecodeError:
            inner = octets.decode("latin-1")
    # Some databases refuse a NUL; line ends and signs that turn the direction of a text mislead.
    printable = "".join(sign if sign.isprintable() else " " for sign in inner.replace("\0", ""))
    return printable.strip()[:_MESSAGE_LENGTH] or None


def _tariff(text: str, _row: DataObject) -> Tariff | None:
    return _TARIFF.get(_single(text))


def _grid(text: str, _row: DataObject) -> str | None:
    value, _, unit = _single(text).partition("*")
    if unit not in ("", "V"):
        raise ValueError(text)
    code = f"{number(value):.0f}"
    return code if code in _GRIDS else None


def _breaker(text: str, _row: DataObject) -> Breaker | None:
    inner = _single(text)
    return _BREAKER.get(inner.lstrip("0") or inner[-1:])


def _relay(text: str, _row: DataObject) -> bool | None:
    return {"0": False, "1": True}.get(_single(text))


def _mbus_type(text: str, _row: DataObject) -> int | None:
    inner = _single(text)
    if len(inner) > 3 or not inner.isdecimal():  # noqa: PLR2004
        raise ValueError(text)
    return int(inner)


def _time(text: str, _row: DataObject) -> datetime | None:
    return moment(_single(text))


def _peak(text: str, row: DataObject) -> tuple[datetime | None, float | None]:
    captured, demand = _groups(text)
    when, value = moment(captured), _quantity(demand, row)
    return (when, None if when is None else value)


def _history(text: str, row: DataObject) -> tuple[MonthPeak, ...]:
    """Read every row that is whole, whatever the count says: meters get it wrong, and leave gaps."""
    _, head, rows = f"({text}".partition(_HISTORY_HEAD)
    if not head:
        raise ValueError(text)
    peaks = []
    for closed, captured, demand in _HISTORY_ROWS(rows):
        try:
            month_end, when, value = moment(closed), moment(captured), _quantity(demand, row)
        except ValueError:
            continue
        if month_end is not None:
            peaks.append(MonthPeak(month_end, when, None if when is None else value))
    return tuple(sorted(peaks, key=lambda peak: peak.month_end.astimezone(UTC)))


def _reading(text: str, _row: DataObject) -> tuple[float | None, str | None, datetime | None]:
    time, value = _groups(text)
    amount, _, unit = value.partition("*")
    if unit not in _READING_UNITS:
        raise ValueError(text)
    name, factor = _READING_UNITS[unit]
    when, reading = moment(time), _possible(number(amount), _MOST_READ)
    if when is None:
        return (None, name or None, None)
    return (reading if factor == 1 else round(reading * factor, 6), name or None, when)


_READERS: dict[Kind, Reader] = {
    Kind.BREAKER: _breaker,
    Kind.GRID: _grid,
    Kind.HISTORY: _history,
    Kind.IDENTIFIER: _identifier,
    Kind.MBUS_TYPE: _mbus_type,
    Kind.MESSAGE: _message,
    Kind.NUMBER: _number,
    Kind.PEAK: _peak,
    Kind.READING: _reading,
    Kind.RELAY: _relay,
    Kind.TARIFF: _tariff,
    Kind.TEXT: _text,
    Kind.TIME: _time,
}

READERS: dict[str, tuple[int, DataObject, Reader]] = {
    code: (channel, row, _READERS[row.kind]) for code, (channel, row) in BY_CODE.items()
}
"""By code: M-Bus channel (0 for the electricity meter), row and what reads it."""
