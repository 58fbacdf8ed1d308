"""The meter: registers, demand, month peaks, and the gas and water meters behind it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from . import clock, mains, metering
from .behind import Behind, last_read
from .household import Household
from .mbus import GAS, WATER, MbusMeter, Used
from .metering import NO_PEAK, DayTotals, Energies, MeteredDay, Peak
from .model import Model
from .reading import WATT_SECONDS_PER_WH, HourlyTotals, MbusReading, MonthPeak, Reading
from .telegram import Wording

_HISTORY_MONTHS = 13
_INSTALLED_DAY = 15

_REMEMBERED_DAYS = 2
_USUAL = Model()
_UNUSED = Used(0, 0, 0, 0)
_ONE_PHASE = 1


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
    settles it (of hours(): the end). ``model`` may be replaced at any time.
    """

    def __init__(
        self,
        household: Household,
        *,
        installed: datetime | None = None,
        gas: bool = True,
        water: bool = True,
        model: Model = _USUAL,
    ) -> None:
        self.household = household
        self.model = model
        self._installed = None if installed is None else clock.day_of(clock.second_of(installed))
        self._without = tuple(meter for meter, there in ((GAS, gas), (WATER, water)) if not there)
        self._behind = Behind(self._used, without=self._without)
        self._wording = Wording()
        self._used_before = _UNUSED
        self._used_earlier: Callable[[int], Used] = lambda _second: _UNUSED
        self._counts = [_NOTHING]
        self._changes_seen = 0
        self._days: list[MeteredDay] = []

    def telegram(self, at: datetime, *, shown: Callable[[datetime], datetime] | None = None) -> bytes:
        """Return the telegram of a moment's second, stamped with what its clock shows for a moment."""
        reading = self.reading(at)
        return self._wording.telegram(reading.stamped(shown) if shown else reading, self.model)

    def reading(self, at: datetime) -> Reading:
        """Return what the telegram stamped with a moment's second says."""
        second = clock.second_of(at)
        self._notice_changes()
        today = self._day_at(second)
        count = self._count(today.date)
        energies = count.energies.plus(today.energies(second))
        peak = metering.higher(count.peak, today.peak(second))
        phases, decivolts, centiamperes = self._lines(second)
        mbus = self._behind.readings(second, model=self.model, installed=self._installed_second())
        gas, water = _of(GAS, mbus), _of(WATER, mbus)
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
            voltages_v=tuple([volts / 10 for volts in decivolts]),
            currents_a=tuple([amperes / 100 for amperes in centiamperes]),
            gas_m3=gas.value if gas else None,
            gas_time=gas.time if gas else None,
            water_m3=water.value if water else None,
            water_time=water.time if water else None,
            mbus=mbus,
        )

    def exchanged(self, serial: str, *, at: datetime) -> Meter:
        """Return the meter that replaces this one: it counts from zero since that local day.

        What stands behind it stays and goes on.
        """
        successor = Meter(
            self.household,
            installed=at,
            gas=GAS not in self._without,
            water=WATER not in self._without,
            model=replace(self.model, serial=serial),
        )
        since = max(successor._installed_second(), self._installed_second())
        successor._used_before = self._used(since)
        successor._used_earlier = self._used
        return successor

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
            gas_m3=self._last_value(GAS, end),
            water_m3=self._last_value(WATER, end),
            mean_power_w=net / clock.HOUR,
            min_power_w=min(powers),
            max_power_w=max(powers),
        )

    def _lines(self, second: int) -> tuple[tuple[int, ...], list[int], list[int]]:
        """Return watts, tenths of a volt and hundredths of an ampere of each line."""
        phases = self._day_at(second - 1).phases(second - 1)
        if self.model.delta and self.household.phases > _ONE_PHASE:
            watts = mains.two_wattmeters(phases)
            volts = [mains.decivolts(line, second, power) for line, power in enumerate(watts)]
            currents = mains.line_currents(phases, volts[0])
            # Both voltages are measured against the second line.
            volts[1] = 0
            return watts, volts, list(currents)
        lines = phases[: self.household.phases]
        volts = [mains.decivolts(line, second, power) for line, power in enumerate(lines)]
        return lines, volts, [mains.centiamperes(*pair) for pair in zip(lines, volts, strict=True)]

    def _last_value(self, meter: MbusMeter, second: int) -> float | None:
        if meter not in self._behind.listed(self.model):
            return None
        stamp = last_read(meter, second, installed=self._installed_second())
        return self._behind.value(meter, stamp, model=self.model)

    def _used(self, second: int) -> Used:
        """Return what the household used before a second, by what this meter and those before it counted."""
        if second < self._installed_second():
            return self._used_earlier(second)
        day = self._day_at(second)
        count, today = self._count(day.date), day.energies(second)
        total = count.energies.plus(today)
        return self._used_before.plus(
            Used(
                gas=count.gas + day.gas(second),
                water=count.water + day.water(second),
                imported=total.import_day + total.import_night,
                exported=total.export_day + total.export_night,
            )
        )

    def _day_at(self, second: int) -> MeteredDay:
        for day in self._days:
            if day.start <= second < day.end:
                return day
        day = metering.metered(self.household.key(clock.day_of(second)))
        self._days = [day, *self._days[: _REMEMBERED_DAYS - 1]]
        return day

    def _notice_changes(self) -> None:
        """Forget what a switch() since the last call made untrue."""
        changes = self.household.changes
        unseen = changes[self._changes_seen :]
        if not unseen:
            return
        self._changes_seen = len(changes)
        self._days.clear()
        self._behind.forget()
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


def _of(meter: MbusMeter, readings: tuple[MbusReading, ...]) -> MbusReading | None:
    return next((reading for reading in readings if reading.meter is meter), None)
