"""Gas and water drawn on a day."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import NamedTuple

from . import appliances, clock, weather


class Flow(NamedTuple):
    """A constant flow between two unix seconds, in millilitres per second."""

    start: int
    end: int
    rate: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Tap:
    """A use of water: how often a day at most and the chance of each, when, how long.

    ``water`` and ``gas`` are in ml/s.
    """

    times: int
    chance: float
    first_hour: float
    last_hour: float
    least_seconds: int
    most_seconds: int
    water: int
    gas: int


_TAPS = (
    Tap(
        times=2,
        chance=0.7,
        first_hour=6.5,
        last_hour=8.5,
        least_seconds=240,
        most_seconds=480,
        water=130,
        gas=540,
    ),
    Tap(
        times=2,
        chance=0.6,
        first_hour=19,
        last_hour=22,
        least_seconds=240,
        most_seconds=540,
        water=130,
        gas=540,
    ),
    Tap(
        times=12,
        chance=0.8,
        first_hour=6,
        last_hour=23.5,
        least_seconds=55,
        most_seconds=65,
        water=100,
        gas=0,
    ),
    Tap(
        times=14,
        chance=0.8,
        first_hour=6.5,
        last_hour=23,
        least_seconds=8,
        most_seconds=50,
        water=80,
        gas=0,
    ),
    Tap(
        times=4,
        chance=0.8,
        first_hour=7,
        last_hour=20.5,
        least_seconds=30,
        most_seconds=90,
        water=90,
        gas=380,
    ),
    Tap(
        times=1,
        chance=0.5,
        first_hour=10,
        last_hour=22,
        least_seconds=300,
        most_seconds=420,
        water=120,
        gas=0,
    ),
)

_HEATING_LIMIT = 16.0
_ML_PER_DEGREE_DAY = 440_000
_AWAY_SHARE = 0.35
_WORKDAY_HOURS = ((6, 9), (16, 22))
_WEEKEND_HOURS = ((7, 22),)
_BURN_SLOT = 1200
_MOST_GAS = 700


def _taps(seed: int, day: date) -> Iterator[tuple[Tap, int, int]]:
    if appliances.away(seed, day):
        return
    chance = Random(f"{seed}:{day}:taps")
    midnight, end = clock.start_of(day), clock.end_of(day)
    for tap in _TAPS:
        for _ in range(tap.times):
            if chance.random() < tap.chance:
                start = midnight + int(chance.uniform(tap.first_hour, tap.last_hour) * clock.HOUR)
                yield (
                    tap,
                    start,
                    min(end, start + chance.randint(tap.least_seconds, tap.most_seconds)),
                )


def _heating(seed: int, day: date) -> Iterator[Flow]:
    need = (_HEATING_LIMIT - weather.temperature(seed, day)) * _ML_PER_DEGREE_DAY
    if need <= 0:
        return
    chance = Random(f"{seed}:{day}:boiler")
    hours = _WEEKEND_HOURS if clock.is_weekend(day) else _WORKDAY_HOURS
    if appliances.away(seed, day):
        need *= _AWAY_SHARE
    slots = [
        slot
        for first, last in hours
        for slot in range(clock.local_second(day, first), clock.local_second(day, last), _BURN_SLOT)
    ]
    burns = [(slot, slot + chance.randint(420, 1080)) for slot in slots]
    rate = min(_MOST_GAS, int(need / sum(end - start for start, end in burns)))
    for start, end in burns:
        yield Flow(start, end, rate)


def gas(seed: int, day: date, *, heating: bool) -> tuple[Flow, ...]:
    """Return the gas burnt on a local day, for the taps and, where gas heats, the rooms."""
    return (
        *(_heating(seed, day) if heating else ()),
        *(Flow(start, end, tap.gas) for tap, start, end in _taps(seed, day) if tap.gas),
    )


def water(seed: int, day: date) -> tuple[Flow, ...]:
    """Return the water drawn on a local day."""
    return tuple(Flow(start, end, tap.water) for tap, start, end in _taps(seed, day))


def volume(flows: Iterable[Flow], until: int) -> int:
    """Return the millilitres that went by before a unix second."""
    return sum(flow.rate * (min(flow.end, until) - flow.start) for flow in flows if flow.start < until)
