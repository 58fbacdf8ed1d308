"""From one frame to a telegram."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress, count
from operator import ne
import re
from typing import Any

from .crc import crc16
from .errors import CrcError, FrameError
from .telegram import Draft, MbusDevice, MbusType, Tariff, Telegram, frozen
from .values import READERS

_END = re.compile(rb"!([0-9A-Fa-f]{4})").fullmatch
_END_LENGTH = 5

# What a line can be besides a data object of the electricity meter (0) or of a channel (1 to 8).
_UNKNOWN: tuple[int, str, Any] = (-1, "", None)
_MALFORMED = -2
"""And below: -2 minus the channel."""
_PADDING = " \0"

# Most lines that are new in a telegram have been seen before: half of them say 0. What is remembered is
# bounded: few lines, and none of a body too long for a household's meter.
_REMEMBERED_LINES = 2048
_REMEMBERED_BODY = 4096
# The meters on the M-Bus are read every five minutes: the same lines make the same devices.
_REMEMBERED_METERS = 128

# Where a reading comes without a unit, by device type.
_DEFAULT_UNIT = "m3"
_DEFAULT_UNITS: dict[int | None, str] = {
    MbusType.ELECTRICITY: "kWh",
    MbusType.HEAT: "GJ",
    MbusType.HEAT_INLET: "GJ",
    MbusType.HEAT_COOLING: "GJ",
    MbusType.COOLING: "GJ",
    MbusType.COOLING_INLET: "GJ",
}

_SWAPPED = (
    ("energy_import_day", "energy_import_night"),
    ("energy_export_day", "energy_export_night"),
)
_OTHER_TARIFF = {Tariff.DAY: Tariff.NIGHT, Tariff.NIGHT: Tariff.DAY, None: None}


def parse_telegram(frame: bytes) -> Telegram:
    """Return what a frame says, which runs from `/` to the four hex digits of its CRC.

    A malformed line costs its value alone. Raises FrameError when it is no frame and CrcError
    when the checksum is wrong (DSMR P1 5.0.2, 5.2).
    """
    frame = frame.rstrip(b"\r\n \0")
    if not frame.startswith(b"/") or not (end := _END(frame[-_END_LENGTH:])):
        raise FrameError("not a frame from '/' to '!' and four hex digits")
    body = frame[: 1 - _END_LENGTH]
    if crc16(body) != int(end[1], 16):
        raise CrcError(f"the CRC says {end[1].decode().upper()}, the bytes say {crc16(body):04X}")
    return read_body(body)


def read_body(body: bytes) -> Telegram:
    """Return what the bytes from `/` up to and including `!` say, whose CRC has been checked."""
    return BodyReader().read(body)


@dataclass(slots=True)
class _Body:
    """What the lines of one body say, each for itself."""

    lines: list[str]
    values: dict[str, Any]
    mbus: tuple[MbusDevice, ...]
    unknown: tuple[str, ...]
    malformed: tuple[str, ...]
    fields: list[str] = field(default_factory=list)
    """The lines' own fields, once they have been asked for: nobody asks of a telegram by itself."""


class BodyReader:
    """Read the bodies of one meter: most lines of a telegram stand in the next one too."""

    def __init__(self) -> None:
        self._last: _Body | None = None

    def read(self, body: bytes) -> Telegram:
        """Return what the bytes from `/` up to and including `!` say, whose CRC has been checked."""
        lines = body.decode("latin-1").replace("\r", "").split("\n")
        header = lines.pop(0)
        if len(body) <= _REMEMBERED_BODY:
            said = self._last = self._changed(lines) or _said(lines, _remembered)
        else:
            said, self._last = _said(lines, _read_line), None
        values = said.values.copy()
        _derive(values, said.unknown)
        draft = Draft(
            identification=header[1:].strip(),
            mbus=said.mbus,
            unknown=said.unknown,
            lines=tuple(lines),
            malformed=said.malformed,
            sent=values.keys(),
            **values,
        )
        return frozen(draft)

    def _changed(self, lines: list[str]) -> _Body | None:
        """Return what the lines say if nothing but values has changed since the last ones."""
        last = self._last
        if last is None or len(lines) != len(last.lines):
            return None
        last.fields = last.fields or _own_fields(last.lines)
        for place in compress(count(), map(ne, lines, last.lines, strict=True)):
            channel, name, value = _remembered(lines[place])
            if channel != 0 or name != last.fields[place]:
                return None
            last.values[name] = value
        last.lines = lines
        return last


def _own_fields(lines: list[str]) -> list[str]:
    """Return each line's field if it is the electricity meter's and no other line's; else empty."""
    read = [_remembered(line)[:2] for line in lines]
    times = Counter(name for channel, name in read if channel in (0, _MALFORMED))
    return [name if channel == 0 and times[name] == 1 else "" for channel, name in read]


def _said(lines: list[str], read: Callable[[str], tuple[int, str, Any]]) -> _Body:
    """Return what the lines say."""
    values: dict[str, Any] = {}
    mbus: list[str] = []
    unknown: list[str] = []
    malformed: list[str] = []
    for line in lines:
        channel, name, value = read(line)
        if channel <= _MALFORMED:
            malformed.append(line)
            channel = _MALFORMED - channel
        if channel == 0:
            values[name] = value
        elif channel > 0:
            mbus.append(line)
        elif line.strip(_PADDING + "!"):
            unknown.append(line)
    return _Body(
        lines=lines,
        values=values,
        mbus=_mbus_devices(tuple(mbus)) if mbus else (),
        unknown=tuple(unknown),
        malformed=tuple(malformed),
    )


def _read_line(line: str) -> tuple[int, str, Any]:
    """Return channel (or what else the line is), field and value of a data line."""
    code, _, rest = line.partition("(")
    read = _UNKNOWN
    if (found := READERS.get(code)) is not None:
        channel, row, reader = found
        try:
            return channel, row.field, reader(rest, row)
        except ValueError:
            read = _MALFORMED - channel, row.field, None
    # Padding is rare: looked for where a line makes no sense with it.
    stripped = line.strip(_PADDING)
    return read if stripped == line else _read_line(stripped)


_remembered = lru_cache(maxsize=_REMEMBERED_LINES)(_read_line)


def _derive(values: dict[str, Any], unknown: tuple[str, ...]) -> None:
    """Turn what the lines say into the fields of a telegram: alternatives, sums, composites."""
    alternative = values.pop("equipment_id_alternative", None)
    if alternative is not None and values.get("equipment_id") is None:
        values["equipment_id"] = alternative
    if "dsmr_version" in values:
        _read_as_dutch(values)
    _add_total(values, "energy_import", "energy_import_day", "energy_import_night")
    _add_total(values, "energy_export", "energy_export_day", "energy_export_night")
    _add_power(values, unknown)
    if "month_peak" in values:
        values["month_peak_time"], values["month_peak"] = values["month_peak"] or (None, None)
    if "peak_history" in values:
        values["peak_history"] = values["peak_history"] or ()


def _read_as_dutch(values: dict[str, Any]) -> None:
    """Swap the tariffs: in the Netherlands 1 is the low one."""
    version = values.pop("dsmr_version")
    values.setdefault("version", version)
    for day, night in _SWAPPED:
        if day in values or night in values:
            values[day], values[night] = values.get(night), values.get(day)
    if "tariff" in values:
        values["tariff"] = _OTHER_TARIFF[values["tariff"]]


def _add_total(values: dict[str, Any], total: str, day: str, night: str) -> None:
    """Sum the tariffs where the meter does not send the total; half a sum is none."""
    if total not in values:
        by_day, by_night = values.get(day), values.get(night)
        if by_day is not None and by_night is not None:
            values[total] = round(by_day + by_night, 6)


def _add_power(values: dict[str, Any], unknown: tuple[str, ...]) -> None:
    """Net both directions; one alone tells as long as it is not zero, for then the other is.

    Where no export is sent there is none, unless a line with a damaged code may be it.
    """
    drawn, fed = values.get("power_import"), values.get("power_export")
    if drawn is not None and fed is not None:
        values["power"] = round(drawn - fed, 6)
    elif drawn:
        values["power"] = drawn
    elif fed:
        values["power"] = -fed
    elif drawn is not None and "power_export" not in values and not any("*kW)" in line for line in unknown):
        values["power"] = drawn


@lru_cache(maxsize=_REMEMBERED_METERS)
def _mbus_devices(lines: tuple[str, ...]) -> tuple[MbusDevice, ...]:
    """Return the meters behind the lines; a channel without type and reading has none."""
    channels: dict[int, dict[str, Any]] = {}
    for line in lines:
        channel, name, value = _read_line(line)
        channels.setdefault(channel if channel > 0 else _MALFORMED - channel, {})[name] = value
    devices = []
    for channel in sorted(channels):
        fields = channels[channel]
        kind = fields.get("type")
        if kind is None and "reading" not in fields:
            continue
        reading, unit, reading_time = fields.get("reading") or (None, None, None)
        if "reading" in fields and unit is None:
            unit = _DEFAULT_UNITS.get(kind, _DEFAULT_UNIT)
        devices.append(
            MbusDevice(
                channel=channel,
                type=kind,
                equipment_id=fields.get("equipment_id") or fields.get("equipment_id_alternative"),
                valve=fields.get("valve"),
                reading=reading,
                unit=unit,
                reading_time=reading_time,
            )
        )
    return tuple(devices)
