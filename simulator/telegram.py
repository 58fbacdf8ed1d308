"""A reading as an eMUCS-P1 telegram, as Sagemcom's meters of each edition word it."""

from collections.abc import Iterator
from datetime import datetime

from .clock import BRUSSELS
from .crc import checksum
from .model import Model
from .reading import MbusReading, MonthPeak, Reading

_UNDEFINED = "632525252525W"

_HEADERS = {1: "/FLU5\\253770234_A", 3: "/FLU5\\253769484_A"}
_SECOND_HEADERS = {1: "/FLU5\\253972606_B", 3: "/FLU5\\253967035_D"}

_GRID_VOLTS = {False: 400, True: 230}
_RELAYS = range(5)
_NO_CHANNEL_EAN = "0" * 18

_IMPORTS = ("21", "41", "61")
_EXPORTS = ("22", "42", "62")
_VOLTAGES = ("32", "52", "72")
_CURRENTS = ("31", "51", "71")


class Wording:
    """Puts readings into words; the words of what seldom changes it remembers."""

    def __init__(self) -> None:
        self._model: Model | None = None
        self._phases = 0
        self._first: list[str] = []
        self._last: list[str] = []
        self._peaks_of: tuple[object, ...] = ()
        self._peaks: list[str] = []
        self._mbus_of: tuple[MbusReading, ...] | None = None
        self._mbus: list[str] = []

    def telegram(self, reading: Reading, model: Model) -> bytes:
        """Return the telegram, checksum included."""
        phases = len(reading.phases_w)
        if model is not self._model or phases != self._phases:
            self._model, self._phases = model, phases
            self._first = list(_first_lines(phases, model))
            self._last = list(_last_lines(phases, model))
            self._peaks_of, self._mbus_of = (), None
        if model.text_only:
            lines = [_header(phases, model), "", _message(model), "!"]
        else:
            lines = [
                *self._first,
                *_registers(reading),
                *self._peak_lines(reading, model),
                *_live(reading, model),
                *self._last,
                *self._mbus_lines(reading, model),
                "!",
            ]
        body = "\r\n".join(lines).encode("ascii")
        return b"%b%04X\r\n" % (body, checksum(body))

    def _peak_lines(self, reading: Reading, model: Model) -> list[str]:
        if not model.has_demand:
            return []
        demand = f"1-0:1.4.0({_kw(reading.demand_w)})"
        if not model.has_peaks:
            return [demand]
        peak = (reading.month_peak_time, reading.month_peak_w)
        # The history changes once a month; a meter hands out the same one all day.
        if not self._peaks_of or self._peaks_of[0] is not reading.history or self._peaks_of[1] != peak:
            self._peaks_of = reading.history, peak
            self._peaks = [
                f"1-0:1.6.0({_stamp(reading.month_peak_time)})({_kw(reading.month_peak_w)})",
                _history(reading.history),
            ]
        return [demand, *self._peaks]

    def _mbus_lines(self, reading: Reading, model: Model) -> list[str]:
        if reading.mbus is not self._mbus_of:
            self._mbus_of = reading.mbus
            self._mbus = [line for meter in reading.mbus for line in _mbus(meter, model)]
        return self._mbus


def _header(phases: int, model: Model) -> str:
    return (_SECOND_HEADERS if model.is_second_generation else _HEADERS)[phases]


def _message(model: Model) -> str:
    return f"0-0:96.13.0({model.message.encode('latin-1').hex().upper()})"


def _first_lines(phases: int, model: Model) -> Iterator[str]:
    yield _header(phases, model)
    yield ""
    yield f"0-0:96.1.4({model.version})"
    yield f"0-0:96.1.1({_hex(model.serial_for(phases))})"
    if model.is_second_generation:
        yield "0-0:96.1.2()"


def _registers(reading: Reading) -> tuple[str, ...]:
    return (
        f"0-0:1.0.0({_stamp(reading.at)})",
        f"1-0:1.8.1({_kwh(reading.import_day_wh)})",
        f"1-0:1.8.2({_kwh(reading.import_night_wh)})",
        f"1-0:2.8.1({_kwh(reading.export_day_wh)})",
        f"1-0:2.8.2({_kwh(reading.export_night_wh)})",
        f"0-0:96.14.0({reading.tariff:04d})",
    )


def _live(reading: Reading, model: Model) -> Iterator[str]:
    """Yield what changes every second."""
    watts = reading.phases_w
    yield f"1-0:1.7.0({_kw(max(0, reading.power_w))})"
    yield f"1-0:2.7.0({_kw(max(0, -reading.power_w))})"
    if model.has_phase_powers:
        for group, power in zip(_IMPORTS, watts, strict=False):
            yield f"1-0:{group}.7.0({_kw(max(0, power))})"
        for group, power in zip(_EXPORTS, watts, strict=False):
            yield f"1-0:{group}.7.0({_kw(max(0, -power))})"
    for group, volts in zip(_VOLTAGES, reading.voltages_v, strict=False):
        yield f"1-0:{group}.7.0({volts:05.1f}*V)"
    fine = model.has_fine_currents
    for group, amperes in zip(_CURRENTS, reading.currents_a, strict=False):
        yield f"1-0:{group}.7.0({amperes:06.2f}*A)" if fine else f"1-0:{group}.7.0({amperes:03.0f}*A)"


def _last_lines(phases: int, model: Model) -> Iterator[str]:
    if not model.is_second_generation:
        yield f"0-0:96.3.10({model.breaker})"
        yield "0-0:17.0.0(999.9*kW)"
        yield "1-0:31.4.0(999*A)"
    else:
        if phases > 1:
            yield f"1-0:94.32.1({_GRID_VOLTS[model.delta]})"
        for relay in _RELAYS:
            yield f"0-{relay}:96.3.10({1 if relay else model.breaker})"
        yield "0-0:17.0.0(99.999*kW)"
        yield "1-0:31.4.0(999.99*A)"
    yield _message(model)


def _mbus(reading: MbusReading, model: Model) -> Iterator[str]:
    channel, meter = reading.channel, reading.meter
    yield f"0-{channel}:24.1.0({meter.type:03d})"
    yield f"0-{channel}:96.1.1({_hex(reading.serial)})"
    if model.is_second_generation:
        yield f"0-{channel}:96.1.2({_NO_CHANNEL_EAN})"
    if meter.has_valve:
        yield f"0-{channel}:24.4.0(1)"
    yield f"0-{channel}:{meter.code}({_stamp(reading.time)})({reading.value:09.3f}*{meter.unit})"


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
