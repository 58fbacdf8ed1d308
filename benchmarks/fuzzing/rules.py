"""What must hold of everything that the house shows."""

from collections.abc import Iterator, Mapping
from math import isfinite

from homeassistant.core import State

from custom_components.emucs_p1.p1.link import BATCH

from .findings import Failure

_MOST_SIGNS = 255
_MOST_POWER = 100.0
_MOST_ENERGY = 2e7
_MOST_METER = 1e8
_MOST_MOMENTS = 2e3
"""kW: a quarter's headroom may be drawn in its last minute."""

_KW = {"W": 0.001, "kW": 1.0}
# Made of several values of the telegram, each within its own range.
_REACH = {
    "allowed_power": _MOST_MOMENTS,
    "spare_power": _MOST_MOMENTS,
    "forecast_error": 2 * _MOST_POWER,
    "peak_gap": 2 * _MOST_POWER,
    "quarter_forecast": 2 * _MOST_POWER,
    "quarter_forecast_high": 2 * _MOST_POWER,
    "quarter_forecast_low": 2 * _MOST_POWER,
    "spare_current": 2e4,
}
_NEGATIVE = {"power", "spare_power", "spare_current", "forecast_error", "peak_gap"}
_RANGES = {
    "energy": _MOST_ENERGY,
    "voltage": 500.0,
    "current": 500.0,
    "gas": _MOST_METER,
    "water": _MOST_METER,
}


def demand_text(where: str, value: object, *, most: int | None = None) -> None:
    """Raise Failure unless every text in a value is printable, and none longer than so many signs."""
    for text in _texts(value):
        if not text.isprintable():
            raise Failure(f"{where} is not printable", ascii(text))
        if most is not None and len(text) > most:
            raise Failure(f"{where} is longer than {most}", ascii(text))


def demand_state(key: str, state: State) -> None:
    """Raise Failure unless a state is one that a household's meter can have; `key` names what it shows."""
    demand_text(f"state of {key}", state.state, most=_MOST_SIGNS)
    demand_text(f"attributes of {key}", state.attributes)
    value, unit = number_of(state), state.attributes.get("unit_of_measurement")
    if value is None or unit is None:
        return
    if not isfinite(value):
        raise Failure(f"{key} is no finite number", state.state)
    most = _most(key, state.attributes.get("device_class"), unit)
    least = -most if key in _NEGATIVE else 0.0
    amount = value * _KW.get(unit, 1.0)
    if not least <= amount <= most:
        raise Failure(f"{key} is out of range", f"{state.state} {unit}")


def number_of(state: State) -> float | None:
    """Return the number that a state is, None when it is none."""
    try:
        return float(state.state)
    except ValueError:
        return None


def _most(key: str, device_class: str | None, unit: str) -> float:
    if key in _REACH:
        return _REACH[key]
    if unit in _KW:
        return _MOST_POWER
    if unit == "%":
        return 100.0
    if key.startswith("mbus_"):
        return _MOST_METER
    return _RANGES.get(device_class or "", _MOST_METER)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _texts(item)


class Registers:
    """Hold the registers that are shown against what the meter sent.

    A register rises at the pace of the largest connection at most, over any stretch of time. What falls
    or leaps has stood for ten minutes and three telegrams.
    """

    # Ten minutes; the last telegram of them may be read a batch later than it was sent.
    _STANDING_SECONDS = 600.0 - BATCH
    _STANDING_TELEGRAMS = 3
    # By unit: most in an hour, and the seconds of that which may come at once.
    _PACES: Mapping[str, tuple[float, float]] = {
        "m³": (200.0, 3600.0),
        "GJ": (0.36, 3600.0),
        "MJ": (360.0, 3600.0),
    }
    _OF_SUBMETER = (100.0, 3600.0)
    _OF_ELECTRICITY = (100.0, 60.0)
    _ROUNDING = 0.002

    def __init__(self) -> None:
        self._sent: list[tuple[float, Mapping[str, float]]] = []
        self._shown: dict[str, tuple[float, float]] = {}
        """Where the rise is counted from, by unique id: time and value."""
        self._last: dict[str, float] = {}

    def forget_pace(self) -> None:
        """Let any rise pass once: after a restart nobody knows how long it was."""
        self._shown.clear()

    def sent(self, now: float, values: Mapping[str, float]) -> None:
        """Take what a telegram says of every register, by key, of a meter behind by identity and `_mbus_`."""
        self._sent.append((now, values))

    def demand(self, unique_id: str, register: str, value: float, unit: str, now: float) -> None:
        """Raise Failure when a register that is shown fell or leapt before its time."""
        if unique_id not in self._shown and self._last.get(unique_id) == value:
            # Held since before the restart: the first value of its own is yet to come.
            return
        since, begin = self._shown.setdefault(unique_id, (now, value))
        last = self._last.get(unique_id, value)
        self._last[unique_id] = value
        submeter = "_mbus_" in register
        pace, at_once = self._PACES.get(unit, self._OF_SUBMETER if submeter else self._OF_ELECTRICITY)
        most = begin + pace * (now - since + at_once) / 3600 + self._ROUNDING
        if last - self._ROUNDING <= value <= most:
            return
        self._shown[unique_id] = (now, value)
        if not self._has_stood(register, last, last + pace * at_once / 3600):
            how = "falls" if value < last else "leaps"
            raise Failure(f"{register} {how}", f"{begin} {since:.0f} s ago, {last} -> {value} {unit}")

    def _has_stood(self, register: str, least: float, most: float) -> bool:
        """Return whether enough telegrams in a row, for long enough, were out of step.

        Not the last ones of all: a state is written at the pace of the update interval.
        """
        odd: list[float] = []
        for now, values in self._sent:
            value = values.get(register)
            if value is None:
                continue
            if least <= value <= most:
                odd.clear()
                continue
            odd.append(now)
            if len(odd) >= self._STANDING_TELEGRAMS and now - odd[0] >= self._STANDING_SECONDS:
                return True
        return False
