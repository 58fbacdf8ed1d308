"""What a meter counts on one local day: watt-seconds, millilitres, quarter peaks."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from . import clock, household, utilities
from .household import Day, DayKey

DAY_TARIFF = 1
NIGHT_TARIFF = 2
_DAY_TARIFF_HOURS = (7, 22)


class Energies(NamedTuple):
    """Energy by direction and tariff, in watt-seconds."""

    import_day: int
    import_night: int
    export_day: int
    export_night: int

    def plus(self, other: Energies) -> Energies:
        """Return the sums."""
        return Energies(*(a + b for a, b in zip(self, other, strict=True)))


class Peak(NamedTuple):
    """A quarter hour with its imported watt-seconds and the unix second of its end."""

    energy: int
    end: int


NO_PEAK = Peak(0, 0)
"""No quarter with import has finished."""


def higher(first: Peak, second: Peak) -> Peak:
    """Return the peak that stays on the display: the earlier one of two equals."""
    return second if second.energy > first.energy else first


@dataclass(frozen=True, kw_only=True, slots=True)
class DayTotals:
    """What a whole local day adds."""

    energies: Energies
    peak: Peak
    gas: int
    water: int


class MeteredDay:
    """A local day with its running sums."""

    def __init__(self, key: DayKey) -> None:
        day = household.plan(key)
        self.date = key.day
        self.start = day.starts[0]
        self.end = day.end
        self.day: Day = day
        self._imported, self._exported = _running(day)
        if clock.is_weekend(key.day):
            self._tariff_start = self._tariff_end = self.end
        else:
            first, last = _DAY_TARIFF_HOURS
            self._tariff_start = clock.local_second(key.day, first)
            self._tariff_end = clock.local_second(key.day, last)
        self._before_tariff = (
            self._import_until(self._tariff_start),
            self._export_until(self._tariff_start),
        )
        self._quarters = [
            self._import_until(second) for second in range(self.start, self.end + 1, clock.QUARTER)
        ]
        peaks = (
            Peak(after - before, self.start + number * clock.QUARTER)
            for number, (before, after) in enumerate(pairwise(self._quarters), 1)
        )
        self._peaks = list(accumulate(peaks, higher, initial=NO_PEAK))

    def tariff(self, second: int) -> int:
        """Return the tariff that holds at a second."""
        return DAY_TARIFF if self._tariff_start <= second < self._tariff_end else NIGHT_TARIFF

    def energies(self, second: int) -> Energies:
        """Return the energies of this day before a second."""
        on_tariff = min(max(second, self._tariff_start), self._tariff_end)
        import_before, export_before = self._before_tariff
        import_day = self._import_until(on_tariff) - import_before
        export_day = self._export_until(on_tariff) - export_before
        if second <= self._tariff_start:
            import_day = export_day = 0
        return Energies(
            import_day,
            self._import_until(second) - import_day,
            export_day,
            self._export_until(second) - export_day,
        )

    def quarter(self, second: int) -> int:
        """Return the energy imported since the quarter that holds a second began."""
        return self._import_until(second) - self._quarters[(second - self.start) // clock.QUARTER]

    def peak(self, second: int) -> Peak:
        """Return the highest quarter of this day that has finished by a second."""
        return self._peaks[(second - self.start) // clock.QUARTER]

    def phases(self, second: int) -> tuple[int, int, int]:
        """Return the net powers per phase during the second that starts, in W."""
        index = bisect_right(self.day.starts, second) - 1
        one, two, three = self.day.phases
        return one[index], two[index], three[index]

    def powers(self, start: int, end: int) -> list[int]:
        """Return the net powers that held between two seconds, in W."""
        first = bisect_right(self.day.starts, start) - 1
        return self.day.net[first : bisect_left(self.day.starts, end)]

    def gas(self, second: int) -> int:
        """Return the gas of this day before a second."""
        return utilities.volume(self.day.gas, second)

    def water(self, second: int) -> int:
        """Return the water of this day before a second."""
        return utilities.volume(self.day.water, second)

    def _import_until(self, second: int) -> int:
        index = bisect_right(self.day.starts, second) - 1
        watts = self.day.net[index]
        return self._imported[index] + (watts * (second - self.day.starts[index]) if watts > 0 else 0)

    def _export_until(self, second: int) -> int:
        index = bisect_right(self.day.starts, second) - 1
        watts = self.day.net[index]
        return self._exported[index] - (watts * (second - self.day.starts[index]) if watts < 0 else 0)


def _running(day: Day) -> tuple[list[int], list[int]]:
    """Return the watt-seconds imported and exported before each segment, and of the whole day."""
    imported, exported = [0], [0]
    drawn = fed = 0
    for watts, (start, end) in zip(day.net, pairwise((*day.starts, day.end)), strict=True):
        if watts > 0:
            drawn += watts * (end - start)
        else:
            fed -= watts * (end - start)
        imported.append(drawn)
        exported.append(fed)
    return imported, exported


@lru_cache(maxsize=8)
def metered(key: DayKey) -> MeteredDay:
    """Return a local day with its running sums."""
    return MeteredDay(key)


@lru_cache(maxsize=4096)
def totals(key: DayKey) -> DayTotals:
    """Return what a whole local day adds; kept, for a meter adds up over a year."""
    day = metered(key)
    return DayTotals(
        energies=day.energies(day.end),
        peak=day.peak(day.end),
        gas=day.gas(day.end),
        water=day.water(day.end),
    )
