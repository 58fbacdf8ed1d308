"""A household: its power at any second, settled by its seed and its switches."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import NamedTuple

from . import appliances, clock, heat_pump, solar, utilities, weather
from .appliances import Load
from .utilities import Flow

_GRID_SECONDS = 30
"""How long lights, screens and sun stay as they are."""
_CELLS_PER_HOUR = clock.HOUR // _GRID_SECONDS

_SOLAR_PHASE = 1
_ONE_PHASE_WATTS = 7400
"""What one phase carries (32 A); a bigger load is taken from all phases."""

_BASE_SHARES = (0.45, 0.2, 0.35)
_AWAY_WATTS = 105
_WORKDAY_WATTS = (
    *(145, 140, 138, 138, 140, 160, 300, 380, 290, 245, 240, 245),
    *(255, 250, 245, 255, 330, 430, 490, 500, 500, 470, 350, 230),
)
_WEEKEND_WATTS = (
    *(170, 150, 140, 138, 138, 142, 160, 220, 300, 320, 310, 300),
    *(310, 300, 290, 290, 310, 360, 390, 400, 420, 420, 370, 270),
)


class DayKey(NamedTuple):
    """All that settles one local day; equal keys are equal days."""

    seed: int
    phases: int
    day: date
    extra: tuple[Load, ...]
    heat_pump: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """A local day in segments of constant power.

    ``starts`` are unix seconds; ``phases`` and ``net`` are the watts of each segment.
    """

    starts: list[int]
    end: int
    phases: tuple[list[int], list[int], list[int]]
    net: list[int]
    gas: tuple[Flow, ...]
    water: tuple[Flow, ...]


class _Switched(NamedTuple):
    second: int
    name: str
    watts: int


class Household:
    """One seed's life on one or three phases, plus loads switched by hand.

    A heat pump heats the rooms instead of the gas boiler.
    """

    def __init__(self, seed: int = 1, phases: int = 3, *, heat_pump: bool = False) -> None:
        if phases not in (1, 3):
            raise ValueError(f"a connection has 1 or 3 phases, not {phases}")
        self.seed = seed
        self.phases = phases
        self.heat_pump = heat_pump
        self._switched: list[_Switched] = []

    @property
    def changes(self) -> list[int]:
        """From which unix second each switch() so far holds, in the order of calls."""
        return [switched.second for switched in self._switched]

    def power(self, at: datetime) -> tuple[int, int, int]:
        """Return the net watts per phase during the second that starts at a moment.

        Export is negative; a phase that is not there has 0.
        """
        return self.power_at(clock.second_of(at))

    def power_at(self, second: int) -> tuple[int, int, int]:
        """As power(), for a unix second."""
        day = plan(self.key(clock.day_of(second)))
        index = bisect_right(day.starts, second) - 1
        one, two, three = day.phases
        return one[index], two[index], three[index]

    def switch(self, name: str, watts: int, *, at: datetime) -> None:
        """Set an extra load by its name from a moment on; 0 W switches it off."""
        self._switched.append(_Switched(clock.second_of(at), name, watts))

    def key(self, day: date) -> DayKey:
        """Return what settles a local day."""
        extra = self._extra(day) if self._switched else ()
        return DayKey(self.seed, self.phases, day, extra, self.heat_pump)

    def _extra(self, day: date) -> tuple[Load, ...]:
        start, end = clock.start_of(day), clock.end_of(day)
        return tuple(
            Load(max(load.start, start), min(load.end, end), load.watts, load.phase)
            for load in self._extra_loads(end)
            if load.start < end and load.end > start
        )

    def _extra_loads(self, horizon: int) -> Iterator[Load]:
        by_name: dict[str, list[_Switched]] = {}
        # A stable sort: of two switches at one moment the later call counts.
        for switched in sorted(self._switched, key=lambda switched: switched.second):
            by_name.setdefault(switched.name, []).append(switched)
        for history in by_name.values():
            ends = [*(switched.second for switched in history[1:]), horizon]
            for switched, end in zip(history, ends, strict=True):
                if switched.watts and switched.second < end:
                    phases = self.phases if abs(switched.watts) > _ONE_PHASE_WATTS else 1
                    yield from appliances.spread(switched.second, end, switched.watts, phases)


def _base(seed: int, day: date, grid: range) -> list[int]:
    """Return what is always on, lights and screens, in watts per cell of the grid."""
    chance = Random(f"{seed}:{day}:base")
    if appliances.away(seed, day):
        hours: tuple[int, ...] = (_AWAY_WATTS,) * 24
    else:
        hours = _WEEKEND_WATTS if clock.is_weekend(day) else _WORKDAY_WATTS
    darkness = 1.1 - 0.2 * weather.summerness(day)
    random = chance.random
    drift = 0.0
    base = []
    for hour in range(-(-len(grid) // _CELLS_PER_HOUR)):
        usual = hours[min(23, hour)]
        for _ in grid[hour * _CELLS_PER_HOUR : (hour + 1) * _CELLS_PER_HOUR]:
            # A wandering factor for who is in which room, a twitch for everything that hums.
            drift = 0.97 * drift + (random() - 0.5)
            base.append(int(usual * (darkness + 0.12 * drift) + 24 * random()))
    return base


def _shared(base: list[int], share: float, cells: list[int]) -> list[int]:
    """Return a share of what is always on, by segment instead of by cell."""
    watts = [int(share * cell) for cell in base]
    return [watts[cell] for cell in cells]


def _in_day(load: Load, start: int, end: int) -> bool:
    return load.start < load.end and load.start < end and load.end > start


@lru_cache(maxsize=8)
def plan(key: DayKey) -> Day:
    """Return the segments of a local day."""
    grid = solar.grid_of(key.day, _GRID_SECONDS)
    begin, end = grid.start, grid.stop
    everything = (
        *appliances.loads(key.seed, key.day - timedelta(days=1), key.phases),
        *appliances.loads(key.seed, key.day, key.phases),
        *key.extra,
        *(heat_pump.loads(key.seed, key.day) if key.heat_pump else ()),
    )
    loads = [load for load in everything if _in_day(load, begin, end)]
    edges = {*grid, *(load.start for load in loads), *(load.end for load in loads)}
    starts = sorted(edge for edge in edges if begin <= edge < end)

    base = _base(key.seed, key.day, grid)
    sun = solar.production(key.seed, key.day, grid)
    cells = [(start - begin) // _GRID_SECONDS for start in starts]
    phases = tuple(_shared(base, share, cells) for share in _BASE_SHARES)
    roof = phases[_SOLAR_PHASE]
    for index, cell in enumerate(cells):
        roof[index] -= sun[cell]
    for load in loads:
        line = phases[load.phase]
        for index in range(bisect_left(starts, load.start), bisect_left(starts, load.end)):
            line[index] += load.watts
    one, two, three = phases
    net = [a + b + c for a, b, c in zip(one, two, three, strict=True)]
    if key.phases == 1:
        nothing = [0] * len(net)
        one, two, three = net, nothing, nothing
    return Day(
        starts=starts,
        end=end,
        phases=(one, two, three),
        net=net,
        gas=utilities.gas(key.seed, key.day, heating=not key.heat_pump),
        water=utilities.water(key.seed, key.day),
    )
