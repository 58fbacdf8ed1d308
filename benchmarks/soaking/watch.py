"""Hold every state that is written against what the meter knows at that second."""

from collections import Counter, deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, EventStateChangedData, State, callback

from simulator import clock
from simulator.reading import Reading

from .clock import Clock
from .faults import Kind, Strike
from .home import Home
from .meter import House

_CALM_AFTER = 90
"""Seconds after a fault or the start in which the old value, or none, may still be shown."""
_WINDOW = 130
"""Seconds over which a mean of powers may reach, the longest update interval and a telegram a minute."""
_TOLERANCE = 0.0005
"""Of a kWh, m3 or kW: half the last digit."""
QUARTER_WATTS = 4.0
"""What a quarter with full data may differ from the registers: they resolve a watt-hour."""
NEAR_FAULT_WATTS = 8.0
"""What a complete one may whose last or first telegrams were lost: the registers bridge them, a step more."""
_PER_KILO = 1000
_LISTED = 12

REGISTERS: dict[str, Callable[[Reading], float]] = {
    "energy_import": lambda now: (now.import_day_wh + now.import_night_wh) / _PER_KILO,
    "energy_import_day": lambda now: now.import_day_wh / _PER_KILO,
    "energy_import_night": lambda now: now.import_night_wh / _PER_KILO,
    "energy_export": lambda now: (now.export_day_wh + now.export_night_wh) / _PER_KILO,
    "energy_export_day": lambda now: now.export_day_wh / _PER_KILO,
    "energy_export_night": lambda now: now.export_night_wh / _PER_KILO,
    "gas": lambda now: now.gas_m3 or 0.0,
    "water": lambda now: now.water_m3 or 0.0,
}
"""Registers by key, kWh and m3."""
_POWERS: dict[str, Callable[[Reading], float]] = {
    "power": lambda now: now.power_w,
    "power_import": lambda now: max(0, now.power_w),
    "power_export": lambda now: max(0, -now.power_w),
}


class Quarters:
    """What was told of the finished quarters."""

    def __init__(self) -> None:
        self.ends: set[datetime] = set()
        self.complete: set[datetime] = set()
        self.again: set[datetime] = set()
        """Told once more after a kill, before which nothing was saved of them."""
        self.worst = 0.0
        """W that a complete one without a fault near it differs."""
        self.worst_near_fault = 0.0
        """W that a complete one with a fault near it differs."""
        self.worst_incomplete = 0.0


class Watch:
    """Who looks at every write."""

    def __init__(self, home: Home, house: House, time: Clock, *, since: float) -> None:
        self._home, self._house, self._clock = home, house, time
        self.strike: Strike | None = None
        """The newest fault."""
        self.striking = False
        self.checked = 0
        self.wrong: Counter[str] = Counter()
        """What was wrong, by what and during which fault."""
        self.examples: list[str] = []
        self.quarters = Quarters()
        self.recoveries: dict[str, float] = {}
        """Longest seconds from the end of a fault until values were back, by its kind."""
        self._recovering = False
        self._settled = since
        self._truths: deque[Reading] = deque()
        self._shown: dict[str, float] = {}
        self._last_event = ""
        self._troubled: set[int] = set()
        self._checks: dict[str, Callable[[State], str | None] | None] = {}
        home.hass.bus.async_listen(EVENT_STATE_CHANGED, self._state_changed)

    @property
    def where(self) -> str:
        """Say at what time and after which fault."""
        fault = f"{self.strike.kind.value} of {_at(self.strike.start)}" if self.strike else "no fault"
        return f"{_at(self._clock.time())}, {'during' if self.striking else 'after'} {fault}"

    @property
    def calm(self) -> bool:
        """Whether nothing is wrong, and has not been for a while."""
        return not self.striking and self._clock.time() - self._settled > _CALM_AFTER

    def struck(self, strike: Strike) -> None:
        """Learn that a fault begins."""
        if self._recovering:
            self.complain("not back before the next fault", str(strike.kind.value))
        self.strike, self.striking = strike, True

    def mended(self) -> None:
        """Learn that the fault is over."""
        self.striking, self._settled, self._recovering = False, self._clock.time(), True
        if self.strike:
            first, last = self.strike.start - _CALM_AFTER, int(self._settled) + _CALM_AFTER
            self._troubled.update(range(first // clock.QUARTER, last // clock.QUARTER + 1))

    def untroubled(self, start: int, end: int) -> set[datetime]:
        """Return the ends of the quarters near which nothing was wrong."""
        numbers = set(range(start // clock.QUARTER + 1, end // clock.QUARTER)) - self._troubled
        return {clock.moment_of((number + 1) * clock.QUARTER) for number in numbers}

    def complain(self, what: str, detail: str) -> None:
        """Note that something was wrong."""
        self.wrong[f"{what} ({self.strike.kind.value if self.strike else 'no fault'})"] += 1
        if len(self.examples) < _LISTED:
            self.examples.append(f"{what}: {detail} ({self.where})")

    def meter_knows(self, truth: Reading) -> None:
        """Take what is true from here on."""
        self._truths.append(truth)
        while (truth.at - self._truths[0].at).total_seconds() > _WINDOW:
            self._truths.popleft()
        if self._recovering:
            self._look_for_recovery()

    def _look_for_recovery(self) -> None:
        entity_id = self._home.entity_ids.get("power", "")
        state = self._home.hass.states.get(entity_id)
        if self.strike and state and state.state not in (STATE_UNAVAILABLE, STATE_UNKNOWN):
            self._recovering = False
            kind, seconds = self.strike.kind.value, self._clock.time() - self._settled
            self.recoveries[kind] = max(seconds, self.recoveries.get(kind, 0.0))

    @callback
    def _state_changed(self, event: Event[EventStateChangedData]) -> None:
        entity_id, state = event.data["entity_id"], event.data["new_state"]
        if entity_id not in self._checks:
            self._learn(entity_id)
        check = self._checks.get(entity_id)
        if check is None or state is None or not self._truths:
            return
        if state.state in (STATE_UNAVAILABLE, STATE_UNKNOWN):
            if self.calm and not self._undefined_month(entity_id):
                self.complain("no value without a fault", f"{entity_id} is {state.state}")
            return
        self.checked += 1
        if (detail := check(state)) is not None:
            self.complain(f"wrong {entity_id.partition('.')[2]}", detail)

    def _undefined_month(self, entity_id: str) -> bool:
        return "month_peak" in entity_id and self._truths[-1].month_peak_time is None

    def _learn(self, entity_id: str) -> None:
        """Find out who looks at an entity."""
        keys = {known: key for key, known in self._home.entity_ids.items()}
        if entity_id not in keys and self._home.hass.states.get(entity_id) is None:
            return
        self._checks[entity_id] = self._check_of(keys.get(entity_id, ""))

    def _check_of(self, key: str) -> Callable[[State], str | None] | None:
        name = next((name for name in ("gas", "water") if key.endswith(f"_{name}")), key)
        if name in REGISTERS:
            return lambda state: self._register(name, REGISTERS[name], state)
        if key in _POWERS:
            return lambda state: self._power(_POWERS[key], state)
        checks: dict[str, Callable[[State], str | None]] = {
            "last_quarter": self._last_quarter,
            "month_peak": self._month_peak,
            "quarter": self._happened,
            "quarter_demand": self._demand,
        }
        return checks.get(key)

    def _register(self, name: str, true: Callable[[Reading], float], state: State) -> str | None:
        value, truth = float(state.state), true(self._truths[-1])
        shown = self._shown.get(name, 0.0)
        self._shown[name] = value
        if value < shown:
            return f"fell from {shown} to {value}"
        if value > truth + _TOLERANCE or (self.calm and value < truth - _TOLERANCE):
            return f"{value} instead of {truth}"
        return None

    def _power(self, true: Callable[[Reading], float], state: State) -> str | None:
        value = float(state.state)
        if state.attributes.get("unit_of_measurement") != "W":
            value *= _PER_KILO
        powers = [true(truth) for truth in self._truths]
        if min(powers) - 1 <= value <= max(powers) + 1:
            return None
        return f"{value} W, but {min(powers)}..{max(powers)} W were drawn"

    def _demand(self, state: State) -> str | None:
        value = float(state.state)
        if any(abs(value - truth.demand_w / _PER_KILO) <= _TOLERANCE for truth in self._truths):
            return None
        return f"{value} kW instead of {self._truths[-1].demand_w} W"

    def _month_peak(self, state: State) -> str | None:
        value = float(state.state) * _PER_KILO
        peaks = [truth.month_peak_w for truth in self._truths]
        near = any(abs(value - peak) <= QUARTER_WATTS for peak in peaks)
        if near or (not self.calm and value <= max(peaks)):
            return None
        return f"{value} W instead of {peaks[-1]} W"

    def _last_quarter(self, state: State) -> str | None:
        seen = self._home.entry.runtime_data.quarter if self._home.loaded else None
        if seen is None or seen.last is None or seen.last.demand != float(state.state):
            return None
        return self._quarter(seen.last.end, seen.last.demand, complete=seen.last.whole)

    def _happened(self, state: State) -> str | None:
        figures: dict[str, Any] = dict(state.attributes)
        if figures.get("event_type") != "quarter_completed" or state.state == self._last_event:
            return None
        # An entity that is back from being unavailable shows its last event again.
        self._last_event = state.state
        end = datetime.fromisoformat(figures["end"])
        if end in self.quarters.ends:
            if self.strike and self.strike.kind is Kind.KILL:
                self.quarters.again.add(end)
            else:
                return f"the quarter until {end} is told twice"
        self.quarters.ends.add(end)
        if figures["complete"]:
            self.quarters.complete.add(end)
        return self._quarter(end, figures["demand"], complete=figures["complete"])

    def _quarter(self, end: datetime, demand: float, *, complete: bool) -> str | None:
        truth, kept = self._house.quarter_w(end), self.quarters
        error = abs(demand * _PER_KILO - truth)
        if not complete:
            kept.worst_incomplete = max(kept.worst_incomplete, error)
            return None
        if self._near_a_fault(end):
            kept.worst_near_fault, most = max(kept.worst_near_fault, error), NEAR_FAULT_WATTS
        else:
            kept.worst, most = max(kept.worst, error), QUARTER_WATTS
        return f"{demand} kW until {end:%d %H:%M} instead of {truth:.1f} W" if error > most else None

    def _near_a_fault(self, end: datetime) -> bool:
        """Tell whether telegrams of a quarter, or those at its edges, may have been lost."""
        return self.striking or clock.second_of(end) // clock.QUARTER - 1 in self._troubled


def _at(unix_time: float) -> str:
    return f"{datetime.fromtimestamp(unix_time).astimezone():%Y-%m-%d %H:%M:%S}"
