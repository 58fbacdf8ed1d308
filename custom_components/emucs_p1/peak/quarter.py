"""The running clock quarter: what it has taken, how it will end, what may still be drawn."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..p1 import Telegram
from .accuracy import Accuracy
from .allowance import Allowance, allowance
from .boundary import EDGE, final_energy, register_between, register_by_ramp
from .clock import MINUTE, QUARTER, moment, month_of
from .energy import SETTLING, EnergySource, QuarterEnergy
from .forecast import Forecaster
from .months import MonthRecord, PeakMonths
from .running import RunningQuarter
from .units import KW, MOST

_MIDDLE = 0.5
# A clock that was set back runs on from there; a telegram that was held up on its way is alone.
_SET_BACK = 3
# A gateway may repeat the telegram of a slow meter each second for ten: so many in a row that tell nothing
# new are more than that.
_SILENCE = 15
# The forecast that our own record judges is given in this minute.
_JUDGED = range(5 * MINUTE, 6 * MINUTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakSettings:
    """What the household chose."""

    target: float = 2.5
    """kW that no quarter should pass."""
    sheddable: float = 2.0
    """kW that can be switched off."""
    hold_target: bool = False
    """Hold the target even where this month has a higher peak already."""
    connection_current: float | None = None
    """A on each phase that the connection may carry; None: not said."""

    def threshold(self, month_peak: float | None) -> float:
        """Return the threshold in force, kW: up to a peak that this month already has, more costs nothing."""
        return self.target if self.hold_target else max(self.target, month_peak or 0.0)


@dataclass(frozen=True, slots=True)
class Outlook:
    """How the running quarter will end, kW."""

    mean: float
    """Its mean import, as likely too high as too low."""
    low: float
    """One quarter in ten ends below."""
    high: float
    """One quarter in ten ends above."""
    probability: float
    """That it passes the threshold, 0 to 1."""


@dataclass(frozen=True, slots=True)
class FinishedQuarter:
    """A quarter that is over."""

    end: datetime
    demand: float
    """Its mean import, kW."""
    whole: bool
    """Whether it was followed from its begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterState:
    """What is known of the running quarter at one telegram."""

    start: datetime
    end: datetime
    elapsed: int
    """Seconds since it began."""
    demand: float | None
    """Energy so far divided by the full quarter, kW; None when nothing tells what was before."""
    source: EnergySource | None
    whole: bool
    """Whether it was followed from its begin; otherwise it was joined midway."""
    threshold: float
    """In force, kW."""
    outlook: Outlook | None
    """None while the demand is not known."""
    warning: bool
    """It will probably pass the threshold. On and off at most once a quarter."""
    act_now: bool
    """The last moment to shed."""
    passed: bool
    """Whether the energy so far exceeds what the threshold allows for the whole quarter."""
    allowance: Allowance | None
    last: FinishedQuarter | None
    """The quarter before; None when it was not seen to its end."""
    months: PeakMonths
    forecast_error: float | None
    """Mean absolute error of the forecasts at minute 5 over the last week, W."""


# One is made with every telegram, and a frozen one takes longer to make.
@dataclass(slots=True, kw_only=True)
class _Seen:
    """What a telegram left behind."""

    telegram: Telegram
    quarter: RunningQuarter
    elapsed: int
    months: PeakMonths
    settings: PeakSettings
    last: FinishedQuarter | None
    signs: tuple[bool, ...]

    def resembles(self, other: _Seen) -> bool:
        """Return whether only figures are different."""
        return (
            self.quarter is other.quarter
            and self.months is other.months
            and self.settings is other.settings
            and self.last is other.last
            and self.signs == other.signs
        )


class QuarterTracker:
    """Follow the quarters by the meter's clock, whatever the computer's clock says."""

    def __init__(self, settings: PeakSettings | None = None) -> None:
        self.settings = settings or PeakSettings()
        self._forecaster = Forecaster()
        self._accuracy = Accuracy()
        self._months = MonthRecord()
        self._quarter: RunningQuarter | None = None
        self._last: FinishedQuarter | None = None
        self._seen: _Seen | None = None
        """What the state follows from; None while it is not known."""
        self._state: QuarterState | None = None
        """Made when somebody asks for it."""
        self._silence = 0
        """Telegrams in a row that told nothing new."""
        self._set_back: list[float] = []

    def observe(self, telegram: Telegram) -> QuarterState | None:
        """Return the state of the running quarter; None while the meter's clock tells nothing.

        A telegram that repeats, comes late or lacks time or a possible power changes nothing; after many
        of them the state is not known. A quarter that the clock is set to is joined midway, its own one too.
        """
        self.follow(telegram)
        return self.state

    def follow(self, telegram: Telegram) -> bool:
        """Count a telegram in; return whether more than figures may have changed.

        That is a new quarter, an alarm, a threshold passed, the month peaks, what the household chose,
        and whether all of it is known. Figures are reckoned when `state` is asked for.
        """
        before = self._seen
        now, power = telegram.timestamp, telegram.power_import
        time = now.timestamp() if now is not None else 0.0
        if now is None or power is None or not 0 <= power <= MOST or not self._runs(time):
            self._silence += 1
            if self._silence >= _SILENCE:
                self._seen = self._state = None
            return before is not self._seen
        self._silence = 0
        self._set_back.clear()
        quarter, elapsed = self._follow(telegram, time, power)
        months = self._months.observe(telegram, now)
        self._judge(quarter, months, elapsed)
        self._state = None
        self._seen = seen = _Seen(
            telegram=telegram,
            quarter=quarter,
            elapsed=elapsed,
            months=months,
            settings=self.settings,
            last=self._last,
            signs=(
                quarter.energy.energy is None,
                quarter.alarms.warning.on,
                quarter.alarms.act_now.on,
                quarter.passed,
            ),
        )
        return before is None or not before.resembles(seen)

    @property
    def state(self) -> QuarterState | None:
        """The running quarter as of the last telegram; None while it is not known."""
        if self._state is None and self._seen is not None:
            self._state = self._reckon(self._seen)
        return self._state

    def _runs(self, time: float) -> bool:
        """Return whether the meter's clock has gone on, or was set back and runs on from there."""
        quarter, set_back = self._quarter, self._set_back
        if quarter is None or time > quarter.time:
            return True
        if time == quarter.time:
            # After a restart the last telegram may come once more: nobody has its state.
            return self._seen is None and not self._silence
        if set_back and time < set_back[-1]:
            set_back.clear()
        if not set_back or time > set_back[-1]:
            set_back.append(time)
        return len(set_back) >= _SET_BACK

    def _follow(self, telegram: Telegram, time: float, power: float) -> tuple[RunningQuarter, int]:
        """Return the quarter of a telegram, which it counts in, and the seconds since that began."""
        number, elapsed = divmod(int(time), QUARTER)
        quarter = self._quarter
        if quarter is None or number != quarter.number:
            quarter = self._quarter = self._enter(telegram, time, number, elapsed)
        else:
            quarter.energy.pass_time(time - quarter.time, quarter.power, power)
            quarter.whole = quarter.whole and time >= quarter.time
        quarter.energy.observe(telegram, elapsed)
        quarter.read(time, telegram)
        return quarter, elapsed

    def _enter(self, telegram: Telegram, time: float, number: int, elapsed: int) -> RunningQuarter:
        """Close the quarter that was running, where this one follows it, and begin the new one."""
        old, begin = self._quarter, number * QUARTER
        energy = QuarterEnergy()
        if elapsed <= SETTLING:
            energy.begin(telegram, elapsed)
        if old is not None and number == old.number + 1:
            register = register_by_ramp(begin, old, time, telegram)
            seen = max(elapsed, begin - old.time) <= EDGE
            if seen or register is not None:
                final = final_energy(old, begin, time, telegram, register)
                if register is None:
                    register = register_between(begin, old, time, telegram)
                energy.follow(telegram, old.energy, register, elapsed)
                self._finish(old, final)
                return RunningQuarter(number, energy, whole=seen)
        self._last = None
        self._forecaster.finish(None)
        return RunningQuarter(number, energy, whole=elapsed == 0)

    def _finish(self, quarter: RunningQuarter, energy: float | None) -> None:
        """Learn from a quarter that is over; the energy (Ws) is None when it is not known."""
        if energy is None:
            self._last = None
            self._forecaster.finish(None)
            return
        mean = energy / QUARTER
        self._last = FinishedQuarter(quarter.end, round(mean / KW, 3), quarter.whole)
        if not quarter.whole:
            self._forecaster.finish(None)
            return
        self._forecaster.finish(mean)
        self._months.finished(quarter.end, self._last.demand)
        if quarter.judged is not None:
            self._accuracy.add(quarter.number, quarter.judged - mean)

    def _judge(self, quarter: RunningQuarter, months: PeakMonths, elapsed: int) -> None:
        """Hold the quarter against its threshold; the alarms at the end of each minute."""
        settings, energy, power = self.settings, quarter.energy.energy, quarter.power * KW
        minute_ended = self._forecaster.observe(quarter.time, power)
        if energy is None:
            return
        limit = settings.threshold(months.peak) * KW
        quarter.passed = quarter.passed or energy > limit * QUARTER
        if minute_ended and elapsed >= MINUTE:
            prospect = self._forecaster.prospect(elapsed, power, energy)
            self._forecaster.gave(prospect.band())
            quarter.alarms.follow(prospect, threshold=limit, sheddable=settings.sheddable * KW)
            if quarter.judged is None and elapsed in _JUDGED:
                quarter.judged = prospect.at(_MIDDLE)

    def _reckon(self, seen: _Seen) -> QuarterState:
        """Return what follows from the accounts of the quarter."""
        quarter, energy = seen.quarter, seen.quarter.energy.energy
        if energy is None:
            return self._state_of(quarter, seen.months)
        limit = self.settings.threshold(seen.months.peak) * KW
        prospect = self._forecaster.prospect(seen.elapsed, quarter.power * KW, energy)
        mean, (low, high) = prospect.at(_MIDDLE), prospect.band()
        outlook = Outlook(
            round(mean / KW, 3), round(low / KW, 3), round(high / KW, 3), prospect.passing(limit)
        )
        allowed = allowance(
            seen.telegram,
            energy=energy,
            rest=QUARTER - seen.elapsed,
            threshold=limit,
            connection_current=self.settings.connection_current,
        )
        return self._state_of(quarter, seen.months, outlook, allowed)

    def _state_of(
        self,
        quarter: RunningQuarter,
        months: PeakMonths,
        outlook: Outlook | None = None,
        allowed: Allowance | None = None,
    ) -> QuarterState:
        energy = quarter.energy.energy
        return QuarterState(
            start=quarter.start,
            end=quarter.end,
            elapsed=int(quarter.time) % QUARTER,
            demand=None if energy is None else round(energy / (QUARTER * KW), 3),
            source=quarter.energy.source,
            whole=quarter.whole,
            threshold=self.settings.threshold(months.peak),
            outlook=outlook,
            warning=quarter.alarms.warning.on,
            act_now=quarter.alarms.act_now.on,
            passed=quarter.passed,
            allowance=allowed,
            last=self._last,
            months=months,
            forecast_error=self._accuracy.mean,
        )

    @property
    def loaded(self) -> QuarterState | None:
        """Return what was known when the quarter that was taken up was dumped, without an outlook."""
        quarter = self._quarter
        return self._state_of(quarter, self._months.at(month_of(quarter.end))) if quarter else None

    def dump(self) -> dict[str, Any]:
        """Return the running quarter and our own record as plain JSON: small, and quickly old."""
        last = self._last
        return {
            "quarter": self._quarter.dump() if self._quarter else None,
            "last": [last.end.timestamp(), last.demand, last.whole] if last else None,
            "months": self._months.dump(),
            "errors": self._accuracy.dump(),
        }

    def load(self, data: dict[str, Any]) -> None:
        """Take up what was dumped; a quarter that is still running goes on.

        Raises KeyError, TypeError or ValueError for what was not dumped by us.
        """
        self._months.load(data["months"])
        self._accuracy.load(data["errors"])
        if data["quarter"]:
            self._quarter = RunningQuarter.load(data["quarter"])
        if data["last"]:
            end, demand, whole = data["last"]
            self._last = FinishedQuarter(moment(int(end)), float(demand), bool(whole))

    def dump_learned(self) -> dict[str, Any]:
        """Return what was learned of the house as plain JSON: up to 200 kB."""
        return self._forecaster.dump()

    def load_learned(self, data: dict[str, Any]) -> None:
        """Take up what was learned; it takes up to a fifth of a second.

        Raises KeyError, TypeError or ValueError for what was not dumped by us.
        """
        self._forecaster.load(data)
