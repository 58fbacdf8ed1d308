"""The meter: registers, demand, month peaks, and the gas and water meters behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from . import clock, mains, metering
from .household import Household
from .metering import NO_PEAK, DayTotals, Energies, MeteredDay, Peak
from .reading import WATT_SECONDS_PER_WH, HourlyTotals, MonthPeak, Reading
from .telegram import format_telegram

_HISTORY_MONTHS = 13
_INSTALLED_DAY = 15

_REFRESH_SECONDS = 300
_GAS_OFFSET = 0
_WATER_OFFSET = 130
"""Seconds after a multiple of five minutes at which a channel is read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Count:
    """What was counted from the installation up to the start of a local day."""

    energies: Energies
    gas: int
    water: int
    peak: Peak
    history: tuple[MonthPeak, ...]

    def plus(self, day: date, totals: DayTotals) -> _Count:
        """Return the count one day on."""
        peak = metering.higher(self.peak, totals.peak)
        history = self.history
        following = day + timedelta(days=1)
        if following.day == 1:
            closed = MonthPeak(
                closed=clock.moment_of(clock.start_of(following)),
                time=_time_of(peak),
                watts=_watts_of(peak),
            )
            history = (*history, closed)[-_HISTORY_MONTHS:]
            peak = NO_PEAK
        return _Count(
            energies=self.energies.plus(totals.energies),
            gas=self.gas + totals.gas,
            water=self.water + totals.water,
            peak=peak,
            history=history,
        )


_NOTHING = _Count(energies=Energies(0, 0, 0, 0), gas=0, water=0, peak=NO_PEAK, history=())


def installation_for(start: datetime) -> datetime:
    """Return when to install a meter that shows 13 full month peaks at a start.

    That is 13.5 to 14.5 months before, always the same for one month: a run started
    later that month goes on counting where an earlier one would be.
    """
    today = clock.day_of(clock.second_of(start))
    months = today.year * 12 + today.month - 1 - (_HISTORY_MONTHS + 1)
    day = date(months // 12, months % 12 + 1, _INSTALLED_DAY)
    return clock.moment_of(clock.start_of(day))


class Meter:
    """A household's meter, counting from zero since the local day it was installed on.

    Without an installation moment, installation_for() the first moment asked for
    settles it (of hours(): the end).
    """

    def __init__(
        self,
        household: Household,
        *,
        installed: datetime | None = None,
        gas: bool = True,
        water: bool = True,
    ) -> None:
        self.household = household
        self._installed = None if installed is None else clock.day_of(clock.second_of(installed))
        self._gas = gas
        self._water = water
        self._counts = [_NOTHING]
        self._changes_seen = 0
        self._today: MeteredDay | None = None

    def telegram(self, at: datetime) -> bytes:
        """Return the telegram stamped with a moment's second."""
        return format_telegram(self.reading(at))

    def reading(self, at: datetime) -> Reading:
        """Return what the telegram stamped with a moment's second says."""
        second = clock.second_of(at)
        self._notice_changes()
        today = self._day_at(second)
        count = self._count(clock.day_of(second))
        energies = count.energies.plus(today.energies(second))
        peak = metering.higher(count.peak, today.peak(second))
        phases = self.household.power_at(second - 1)[: self.household.phases]
        volts = [mains.decivolts(phase, second, watts) for phase, watts in enumerate(phases)]
        amperes = [mains.centiamperes(watts, volt) for watts, volt in zip(phases, volts, strict=True)]
        gas_stamp = self._stamp(second, _GAS_OFFSET)
        water_stamp = self._stamp(second, _WATER_OFFSET)
        return Reading(
            at=clock.moment_of(second),
            tariff=today.tariff(second),
            import_day_ws=energies.import_day,
            import_night_ws=energies.import_night,
            export_day_ws=energies.export_day,
            export_night_ws=energies.export_night,
            quarter_ws=today.quarter(second),
            month_peak_w=_watts_of(peak),
            month_peak_time=_time_of(peak),
            history=count.history,
            power_w=sum(phases),
            phases_w=phases,
            voltages_v=tuple(volt / 10 for volt in volts),
            currents_a=tuple(ampere / 100 for ampere in amperes),
            gas_m3=self._gas_m3(gas_stamp),
            gas_time=clock.moment_of(gas_stamp) if self._gas else None,
            water_m3=self._water_m3(water_stamp),
            water_time=clock.moment_of(water_stamp) if self._water else None,
        )

    def hours(self, start: datetime, end: datetime) -> Iterator[HourlyTotals]:
        """Yield the full hours between two moments, none before the installation."""
        last = clock.second_of(end)
        self._notice_changes()
        self._first_day(last)
        second = max(
            -(-clock.second_of(start) // clock.HOUR) * clock.HOUR,
            self._installed_second(),
        )
        while second + clock.HOUR <= last:
            yield self._hour(second)
            second += clock.HOUR

    def _hour(self, start: int) -> HourlyTotals:
        end = start + clock.HOUR
        day = self._day_at(start)
        count = self._count(clock.day_of(start)).energies
        before, after = day.energies(start), day.energies(end)
        registers = Energies(*(energy // WATT_SECONDS_PER_WH for energy in count.plus(after)))
        sign = (1, 1, -1, -1)
        net = sum(way * (b - a) for way, a, b in zip(sign, before, after, strict=True))
        powers = day.powers(start, end)
        return HourlyTotals(
            start=clock.moment_of(start),
            import_wh=registers.import_day + registers.import_night,
            import_day_wh=registers.import_day,
            import_night_wh=registers.import_night,
            export_wh=registers.export_day + registers.export_night,
            export_day_wh=registers.export_day,
            export_night_wh=registers.export_night,
            gas_m3=self._gas_m3(self._stamp(end, _GAS_OFFSET)),
            water_m3=self._water_m3(self._stamp(end, _WATER_OFFSET)),
            mean_power_w=net / clock.HOUR,
            min_power_w=min(powers),
            max_power_w=max(powers),
        )

    def _gas_m3(self, stamp: int) -> float | None:
        if not self._gas:
            return None
        return _cubic_metres(self._count(clock.day_of(stamp)).gas + self._day_at(stamp).gas(stamp))

    def _water_m3(self, stamp: int) -> float | None:
        if not self._water:
            return None
        return _cubic_metres(self._count(clock.day_of(stamp)).water + self._day_at(stamp).water(stamp))

    def _stamp(self, second: int, offset: int) -> int:
        """Return when a channel was last read, or first of all at the installation."""
        return max(second - (second - offset) % _REFRESH_SECONDS, self._installed_second())

    def _day_at(self, second: int) -> MeteredDay:
        if self._today is None or not self._today.start <= second < self._today.end:
            self._today = metering.metered(self.household.key(clock.day_of(second)))
        return self._today

    def _notice_changes(self) -> None:
        """Forget what a switch() since the last call made untrue."""
        changes = self.household.changes
        unseen = changes[self._changes_seen :]
        if not unseen:
            return
        self._changes_seen = len(changes)
        self._today = None
        if self._installed is not None:
            kept = (clock.day_of(min(unseen)) - self._installed).days + 1
            del self._counts[max(kept, 1) :]

    def _count(self, day: date) -> _Count:
        first = self._first_day(clock.start_of(day))
        ordinal = (day - first).days
        if ordinal < 0:
            raise ValueError(f"the meter was installed on {first}, it shows nothing for {day}")
        for earlier in clock.days(first + timedelta(len(self._counts) - 1), day):
            self._counts.append(self._counts[-1].plus(earlier, metering.totals(self.household.key(earlier))))
        return self._counts[ordinal]

    def _first_day(self, second: int) -> date:
        if self._installed is None:
            self._installed = clock.day_of(clock.second_of(installation_for(clock.moment_of(second))))
        return self._installed

    def _installed_second(self) -> int:
        return 0 if self._installed is None else clock.start_of(self._installed)


def _watts_of(peak: Peak) -> int:
    return peak.energy // clock.QUARTER


def _time_of(peak: Peak) -> datetime | None:
    return clock.moment_of(peak.end) if peak.energy else None


def _cubic_metres(millilitres: int) -> float:
    return millilitres // 1000 / 1000
