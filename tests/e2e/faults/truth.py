"""Hold every state that was written against what the meter said at that second."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from simulator.clock import QUARTER
from simulator.reading import Reading

from ..expected import by_key, equal
from ..states import Change

# A telegram is stamped with the second in which it is sent, and written at once; later while entities are
# being added, while many houses share a machine, and where a gateway hands on what it saved up.
_LATE = 12
# A power is the mean since the states before, which were written this long ago or longer.
_INTERVAL = 10
_SECOND = timedelta(seconds=1)
# The import registers resolve 1 Wh, in a quarter 4 W; and kW are written with three decimals.
_QUARTER_KW = 0.0045

_AS_SENT = frozenset(
    {
        "energy_export",
        "energy_export_day",
        "energy_export_night",
        "energy_import",
        "energy_import_day",
        "energy_import_night",
        "month_peak",
        "month_peak_time",
        "quarter_demand",
        "tariff",
    }
)
_POWERS: Mapping[str, Callable[[Reading], int]] = {
    "power": lambda reading: reading.power_w,
    "power_export": lambda reading: max(0, -reading.power_w),
    "power_import": lambda reading: max(0, reading.power_w),
}
_BREAKER = ("disconnected", "connected", "ready_for_reconnection")

type _Said = dict[datetime, str | float]


class Truth:
    """What a meter, and the meters behind it, said.

    `meter_at` returns what the meter said at a moment of the computer's clock, None where that is not
    defined: no state of the seconds around it is judged. `breaker_at` returns its breaker, 0 to 2.
    """

    def __init__(
        self,
        entity_ids_by_unique_id: Mapping[str, str],
        meter_at: Callable[[datetime], Reading | None],
        *,
        breaker_at: Callable[[datetime], int] = lambda _: 1,
    ) -> None:
        self._unique_ids = {entity_id: unique_id for unique_id, entity_id in entity_ids_by_unique_id.items()}
        self._own = {
            serial
            for serial, _, key in (unique_id.partition("_") for unique_id in entity_ids_by_unique_id)
            if key == "power"
        }
        self._meter_at = meter_at
        self._breaker_at = breaker_at
        self._readings: dict[datetime, Reading | None] = {}

    def wrong(self, changes: Iterable[Change]) -> list[str]:
        """Return the states that the meter never spoke of, in words: [] is right."""
        return list(self._wrong(list(changes)))

    def _wrong(self, changes: list[Change]) -> Iterator[str]:
        written = sorted({_second(change) for change in changes if change.state is not None})
        before = dict(zip(written[1:], written, strict=False))
        # Of a quarter that was not seen whole, the integration says so, and estimates.
        joined = {
            change.state["attributes"]["demand"]
            for change in changes
            if change.state is not None and change.state["attributes"].get("complete") is False
        }
        for change in changes:
            if not change.has_value or change.entity_id not in self._unique_ids:
                continue
            assert change.state is not None
            state, second = change.state["state"], _second(change)
            serial, _, key = self._unique_ids[change.entity_id].partition("_")
            if serial not in self._own:
                said = self._said_behind(serial, key, second)
                fault = _not_said(state, said)
            elif key in _POWERS:
                since = min(second - _INTERVAL * _SECOND, before.get(second, second))
                fault = self._beyond(state, key, since - _LATE * _SECOND, second)
            elif key == "last_quarter":
                fault = None if float(state) in joined else self._misjudged(float(state), second)
            elif key == "breaker":
                fault = _not_said(state, {at: _BREAKER[self._breaker_at(at)] for at in _seconds(second)})
            elif key in _AS_SENT:
                fault = _not_said(state, self._said(second, lambda reading, key=key: by_key(reading)[key]))
            else:
                fault = None
            if fault is not None:
                yield f"{change.entity_id} at {second:%H:%M:%S}: {state}; {fault}"

    def _reading(self, at: datetime) -> Reading | None:
        at = at.replace(microsecond=0)
        if at not in self._readings:
            self._readings[at] = self._meter_at(at)
        return self._readings[at]

    def _said(self, second: datetime, of: Callable[[Reading], str | float | None]) -> _Said | None:
        """Return what the telegrams before a second said; None where that is not defined."""
        said: _Said = {}
        for at in _seconds(second):
            if (reading := self._reading(at)) is None:
                return None
            value = of(reading)
            said[at] = "nothing" if value is None else value
        return said

    def _said_behind(self, serial: str, key: str, second: datetime) -> _Said | None:
        """Return what a meter on the M-Bus was said to show."""

        def register(reading: Reading) -> float | None:
            by_serial = {meter.serial: meter.value for meter in reading.mbus}
            # A meter that took another's place has its entities.
            return by_serial.get(serial, getattr(reading, f"{key}_m3", None))

        return None if key in ("valve", "reading_time") else self._said(second, register)

    def _beyond(self, state: str, key: str, since: datetime, second: datetime) -> str | None:
        """Say what a mean is beyond, if it is."""
        seconds = int((second - since).total_seconds())
        readings = [self._reading(since + late * _SECOND) for late in range(seconds + 1)]
        powers = [_POWERS[key](reading) for reading in readings if reading is not None]
        if len(powers) < len(readings) or min(powers) <= float(state) <= max(powers):
            return None
        return f"the meter said {min(powers)} to {max(powers)} since {since:%H:%M:%S}"

    def _misjudged(self, shown: float, second: datetime) -> str | None:
        """Say what the quarter that ended last took, if it is not what is shown, kW."""
        took: _Said = {}
        for at in _seconds(second):
            if (now := self._reading(at)) is None:
                return None
            # The quarters are the meter's, whatever the computer's clock says.
            ended = at - (now.at.timestamp() % QUARTER) * _SECOND
            last, end = self._reading(ended - _SECOND), self._reading(ended)
            if last is None or end is None:
                return None
            took[ended] = (last.quarter_ws + max(0, end.power_w)) / QUARTER / 1000
        if any(isinstance(kw, float) and abs(shown - kw) <= _QUARTER_KW for kw in took.values()):
            return None
        return f"the meter counted {_listed(took)}"


def _second(change: Change) -> datetime:
    return change.written.replace(microsecond=0)


def _seconds(second: datetime) -> Iterator[datetime]:
    """Yield the stamps that the telegram behind a state of this second may have, the likely ones first."""
    return (second - late * _SECOND for late in range(_LATE + 1))


def _not_said(state: str, said: Mapping[datetime, str | float] | None) -> str | None:
    """Say what the meter said instead, if it did."""
    if said is None or any(equal(state, value) for value in said.values()):
        return None
    return f"the meter said {_listed(said)}"


def _listed(said: Mapping[datetime, str | float]) -> str:
    """Return the different things that were said, and when first."""
    first = {value: at for at, value in sorted(said.items(), reverse=True)}
    return ", ".join(f"{value} at {at:%H:%M:%S}" for value, at in reversed(first.items()))
