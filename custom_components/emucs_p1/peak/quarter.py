"""The running clock quarter: how much it has taken, where it will end, how the last one ended."""

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

from ..p1 import Telegram

QUARTER = 900
"""Seconds. Belgian offsets are whole hours: a quarter begins where Unix time is a multiple of it."""
_HOUR = 3600

# The power that the rest of the quarter is expected to take is the mean of this many seconds.
_RECENT = 60
# The first telegram of a quarter may come this late, the last this early, for the quarter to count.
_EDGE = 60
# A register may show the quarter before for some seconds after the boundary.
_SETTLING = 30


@dataclass(frozen=True, slots=True)
class FinishedQuarter:
    """A quarter that is over."""

    end: datetime
    demand: float
    """Mean import of the whole quarter, kW."""


@dataclass(frozen=True, slots=True)
class QuarterState:
    """What is known of the running quarter at one telegram."""

    end: datetime
    demand: float | None
    """Energy so far divided by the full quarter, kW; None when the quarter was joined midway."""
    forecast: float | None
    """Expected mean import of the whole quarter, kW."""
    last: FinishedQuarter | None
    """The quarter before; None when it was not seen to its end."""


@dataclass(slots=True)
class _Running:
    """What the tracker knows of the quarter that it is in."""

    number: int
    """Unix time of its begin divided by its length."""
    start_register: float | None
    """kWh of import at its begin; None when nobody saw it."""
    old_ramp: float = 0.0
    """Last ramp of the quarter before; 0 when that one does not join on."""
    demand: float | None = None


class QuarterTracker:
    """Follow the quarters by the meter's clock, whatever the computer's clock says."""

    def __init__(self) -> None:
        self._quarter: _Running | None = None
        self._last: FinishedQuarter | None = None
        self._before: Telegram | None = None
        self._time = 0.0
        self._recent: deque[tuple[float, float]] = deque()
        self._state: QuarterState | None = None

    def observe(self, telegram: Telegram) -> QuarterState | None:
        """Return the state of the running quarter; None while the meter tells no time.

        A telegram that repeats or goes back within its quarter changes nothing; a clock that leaps
        into another quarter begins that one midway.
        """
        if telegram.timestamp is None or telegram.power_import is None:
            return self._state
        time = telegram.timestamp.timestamp()
        number, elapsed = divmod(int(time), QUARTER)
        if self._quarter is None or number != self._quarter.number:
            self._enter(telegram, number, elapsed)
        elif time <= self._time:
            return self._state
        self._remember(time, telegram.power_import)
        running = self._running_quarter()
        running.demand = self._demand(telegram, running, elapsed)
        self._time, self._before = time, telegram
        self._state = QuarterState(
            end=datetime.fromtimestamp((number + 1) * QUARTER, UTC),
            demand=running.demand,
            forecast=self._forecast(running.demand, elapsed),
            last=self._last,
        )
        return self._state

    def _running_quarter(self) -> _Running:
        assert self._quarter is not None  # noqa: S101
        return self._quarter

    def _enter(self, telegram: Telegram, number: int, elapsed: int) -> None:
        """Close the quarter that was running, where this one follows it, and begin the new one."""
        follows = self._quarter is not None and number == self._quarter.number + 1
        register, old_ramp = None, 0.0
        if follows and elapsed <= _EDGE and self._time % QUARTER >= QUARTER - _EDGE:
            register = self._register_at(telegram, number * QUARTER)
            self._last = self._finish(number, register)
            old_ramp = (self._before.quarter_demand if self._before else None) or 0.0
        else:
            self._last = None
            if elapsed == 0:
                register = telegram.energy_import
            self._recent.clear()
        self._quarter = _Running(number, register, old_ramp)

    def _register_at(self, telegram: Telegram, boundary: int) -> float | None:
        """Return the import register at a boundary between the last telegram and this one, kWh."""
        before = self._before
        if before is None or before.energy_import is None or telegram.energy_import is None:
            return None
        now = boundary - self._time
        gap = telegram.timestamp.timestamp() - self._time if telegram.timestamp else 0.0
        return before.energy_import + (telegram.energy_import - before.energy_import) * now / gap

    def _finish(self, number: int, register: float | None) -> FinishedQuarter | None:
        """Return how the quarter ended: by its ramp, which is finest, else by the registers."""
        running, before = self._running_quarter(), self._before
        end = datetime.fromtimestamp(number * QUARTER, UTC)
        if before is not None and before.quarter_demand is not None and running.demand is not None:
            missing = number * QUARTER - self._time
            power = before.power_import or 0.0
            return FinishedQuarter(end, round(running.demand + power * missing / QUARTER, 3))
        if register is not None and running.start_register is not None:
            return FinishedQuarter(end, round((register - running.start_register) * _HOUR / QUARTER, 3))
        return None

    def _demand(self, telegram: Telegram, running: _Running, elapsed: int) -> float | None:
        """Return the energy so far divided by the full quarter, kW."""
        ramp = telegram.quarter_demand
        if ramp is not None:
            if elapsed < _SETTLING and 0 < running.old_ramp <= ramp:
                # Still the ramp of the quarter before.
                return self._mean_power() * elapsed / QUARTER
            return ramp
        if running.start_register is None or telegram.energy_import is None:
            return None
        return (telegram.energy_import - running.start_register) * _HOUR / QUARTER

    def _forecast(self, demand: float | None, elapsed: int) -> float | None:
        if demand is None:
            return None
        return round(demand + self._mean_power() * (QUARTER - elapsed) / QUARTER, 3)

    def _remember(self, time: float, power: float) -> None:
        recent = self._recent
        recent.append((time, power))
        while recent[0][0] <= time - _RECENT:
            recent.popleft()

    def _mean_power(self) -> float:
        return sum(power for _, power in self._recent) / len(self._recent)
