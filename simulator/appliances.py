"""The loads of a day: who is switched on when, as tables of habits and programs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from . import clock

type Program = tuple[tuple[int, int], ...]
"""What an appliance does once started: seconds and watts, step by step."""


class Load(NamedTuple):
    """A constant load on one phase (0, 1, 2) between two unix seconds, in watts."""

    start: int
    end: int
    watts: int
    phase: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Habit:
    """Something done at about the same local hour.

    ``workday`` and ``weekend`` are the chances that it is done on such a day.
    """

    program: Program
    phase: int
    hour: float
    spread_hours: float
    workday: float
    weekend: float


_KETTLE: Program = ((190, 2150),)
_TOASTER: Program = ((150, 900), (20, 0), (120, 900))
_HOB: Program = ((280, 1900), *(((35, 1400), (45, 0)) * 12), (240, 700))
_QUICK_HOB: Program = ((240, 1800), *(((30, 1200), (50, 0)) * 5))
_OVEN: Program = ((620, 2650), *(((95, 2400), (160, 60)) * 9))
_WASHING: Program = (
    (240, 160),
    (1150, 2050),
    *(((50, 320), (25, 40)) * 24),
    (120, 70),
    (840, 380),
    (360, 520),
)
_DRYER: Program = ((4200, 620), (900, 480), (300, 120))
_DISHES: Program = ((420, 60), (1260, 1950), (1500, 90), (960, 1950), (1800, 12))
_VACUUM: Program = ((1300, 780),)
_TELEVISION: Program = ((9000, 120),)

_HABITS = (
    Habit(program=_KETTLE, phase=0, hour=6.9, spread_hours=0.3, workday=0.9, weekend=0.2),
    Habit(program=_KETTLE, phase=0, hour=8.8, spread_hours=0.6, workday=0.1, weekend=0.9),
    Habit(program=_TOASTER, phase=0, hour=7.1, spread_hours=0.3, workday=0.6, weekend=0.1),
    Habit(program=_TOASTER, phase=0, hour=9.1, spread_hours=0.6, workday=0.0, weekend=0.6),
    Habit(program=_KETTLE, phase=0, hour=15.8, spread_hours=1.2, workday=0.4, weekend=0.7),
    Habit(program=_KETTLE, phase=0, hour=20.4, spread_hours=0.7, workday=0.7, weekend=0.7),
    Habit(
        program=_QUICK_HOB,
        phase=2,
        hour=12.2,
        spread_hours=0.3,
        workday=0.35,
        weekend=0.8,
    ),
    Habit(program=_HOB, phase=2, hour=18.1, spread_hours=0.4, workday=0.85, weekend=0.8),
    Habit(program=_OVEN, phase=0, hour=18.0, spread_hours=0.5, workday=0.3, weekend=0.5),
    Habit(program=_WASHING, phase=2, hour=19.4, spread_hours=0.5, workday=0.3, weekend=0.0),
    Habit(
        program=_WASHING,
        phase=2,
        hour=10.5,
        spread_hours=1.0,
        workday=0.05,
        weekend=0.85,
    ),
    Habit(program=_DRYER, phase=2, hour=13.0, spread_hours=1.0, workday=0.05, weekend=0.5),
    Habit(program=_DISHES, phase=0, hour=21.8, spread_hours=0.8, workday=0.6, weekend=0.55),
    Habit(program=_VACUUM, phase=2, hour=11.0, spread_hours=1.5, workday=0.05, weekend=0.5),
    Habit(
        program=_TELEVISION,
        phase=0,
        hour=20.5,
        spread_hours=0.5,
        workday=0.8,
        weekend=0.9,
    ),
)

_FRIDGE_WATTS = 85
_FRIDGE_PHASE = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Charge:
    """A way to charge the car: chances per day, local hour, energy, charger settings.

    ``watts`` are the totals to choose from, by the number of phases.
    """

    workday: float
    weekend: float
    hour: float
    spread_hours: float
    least_wh: int
    most_wh: int
    watts: dict[int, tuple[int, ...]]


_CHARGES = (
    # Overnight, turned down: the capacity tariff bills the highest quarter.
    Charge(
        workday=0.42,
        weekend=0.12,
        hour=24.6,
        spread_hours=0.7,
        least_wh=6_000,
        most_wh=17_000,
        watts={1: (3680, 3680, 4140, 4600, 5750), 3: (4140, 4140, 4830, 5520, 6210)},
    ),
    # At noon, on the sun.
    Charge(
        workday=0.04,
        weekend=0.3,
        hour=12.0,
        spread_hours=0.8,
        least_wh=4_000,
        most_wh=11_000,
        watts={1: (3680,), 3: (4140,)},
    ),
    # A short top-up at full power before leaving.
    Charge(
        workday=0.02,
        weekend=0.01,
        hour=17.0,
        spread_hours=1.0,
        least_wh=700,
        most_wh=1_500,
        watts={1: (7360,), 3: (11_040,)},
    ),
)

_HOLIDAYS = ((7, 8, 12), (12, 26, 4))
"""Month, earliest day and length in days of the weeks nobody is home."""


def away(seed: int, day: date) -> bool:
    """Tell whether the household is on holiday."""
    for month, first, length in _HOLIDAYS:
        start = date(day.year, month, first) + timedelta(Random(f"{seed}:{day.year}:{month}").randrange(3))
        if start <= day < start + timedelta(length):
            return True
    return False


def _run(program: Program, start: int, phase: int, chance: Random) -> Iterator[Load]:
    strength = chance.uniform(0.92, 1.06)
    pace = chance.uniform(0.9, 1.12)
    for seconds, watts in program:
        end = start + int(seconds * pace)
        if watts:
            yield Load(start, end, int(watts * strength), phase)
        start = end


def _habits(seed: int, day: date) -> Iterator[Load]:
    chance = Random(f"{seed}:{day}:habits")
    weekend = clock.is_weekend(day)
    for habit in _HABITS:
        if chance.random() < (habit.weekend if weekend else habit.workday):
            hour = chance.gauss(habit.hour, habit.spread_hours)
            yield from _run(habit.program, _at(day, hour), habit.phase, chance)


def _car(seed: int, day: date, phases: int) -> Iterator[Load]:
    chance = Random(f"{seed}:{day}:car")
    weekend = clock.is_weekend(day)
    for charge in _CHARGES:
        if chance.random() >= (charge.weekend if weekend else charge.workday):
            continue
        # The charger stays set as it is for a month.
        month = Random(f"{seed}:{day.year}-{day.month}:charger")
        watts = month.choice(charge.watts[phases])
        start = _at(day, chance.gauss(charge.hour, charge.spread_hours))
        end = start + chance.randint(charge.least_wh, charge.most_wh) * clock.HOUR // watts
        yield from spread(start, end, watts, phases)
        return


def spread(start: int, end: int, watts: int, phases: int) -> Iterator[Load]:
    """Yield a load divided evenly over the phases."""
    for phase in range(phases):
        yield Load(start, end, (watts + phase) // phases, phase)


def _fridge(seed: int, day: date) -> Iterator[Load]:
    chance = Random(f"{seed}:{day}:fridge")
    end_of_day = clock.end_of(day)
    start = clock.start_of(day) + chance.randrange(1800)
    while start < end_of_day:
        end = start + chance.randint(780, 1200)
        # The compressor draws more while it starts than when it runs.
        yield Load(start, start + 4, 6 * _FRIDGE_WATTS, _FRIDGE_PHASE)
        yield Load(start + 4, min(end, end_of_day), _FRIDGE_WATTS, _FRIDGE_PHASE)
        start = end + chance.randint(1380, 2100)


def _at(day: date, hour: float) -> int:
    return clock.start_of(day) + int(hour * clock.HOUR)


def loads(seed: int, day: date, phases: int) -> Iterator[Load]:
    """Yield every load that starts on a local day; some end on the next."""
    yield from _fridge(seed, day)
    if not away(seed, day):
        yield from _habits(seed, day)
        yield from _car(seed, day, phases)
