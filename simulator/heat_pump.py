"""A heat pump for the rooms: its compressor cycles with the cold outside."""

from collections.abc import Iterator
from datetime import date
from math import cos, tau
from random import Random

from . import appliances, clock, weather
from .appliances import Load

_PHASE = 2
_ROOM_LIMIT = 16.0
"""Degrees outside from which the rooms need no heat."""
_WATTS_PER_DEGREE = 190
_AWAY_SHARE = 0.5

_COLDEST_HOUR = 5
_DAILY_SWING = 3.0

_COMPRESSOR_WATTS = 1900
_STARTING_WATTS = 2600
_STARTING_SECONDS = 6
_PUMP_WATTS = 60
_BACKUP_WATTS = 3000
"""The resistance that helps out when the compressor alone cannot."""

_CYCLE_SECONDS = (2100, 3300)
_SHORTEST_RUN = 480

_EFFICIENCY_AT_FREEZING = 3.2
_EFFICIENCY_PER_DEGREE = 0.08
_LEAST_EFFICIENCY = 1.8


def temperature(seed: int, day: date, second: int) -> float:
    """Return the outside temperature at a unix second of a local day, in degrees Celsius."""
    hour = (second - clock.start_of(day)) / clock.HOUR
    return weather.temperature(seed, day) - _DAILY_SWING * cos(tau * (hour - _COLDEST_HOUR) / 24)


def loads(seed: int, day: date) -> Iterator[Load]:
    """Yield what the heat pump draws on a local day."""
    chance = Random(f"{seed}:{day}:heat pump")
    share = _AWAY_SHARE if appliances.away(seed, day) else 1.0
    second, end_of_day = clock.start_of(day), clock.end_of(day)
    while second < end_of_day:
        end = min(end_of_day, second + chance.randint(*_CYCLE_SECONDS))
        degrees = temperature(seed, day, second)
        need = share * _WATTS_PER_DEGREE * (_ROOM_LIMIT - degrees)
        if need > 0:
            yield from _cycle(second, end, need, degrees)
        second = end


def _cycle(start: int, end: int, need: float, degrees: float) -> Iterator[Load]:
    """Yield one run of the compressor, long enough for what the rooms lose until the end, in W."""
    efficiency = max(_LEAST_EFFICIENCY, _EFFICIENCY_AT_FREEZING + _EFFICIENCY_PER_DEGREE * degrees)
    heat = _COMPRESSOR_WATTS * efficiency
    stop = min(end, start + max(_SHORTEST_RUN, int((end - start) * need / heat)))
    yield Load(start, stop, _PUMP_WATTS, _PHASE)
    yield Load(start, min(stop, start + _STARTING_SECONDS), _STARTING_WATTS, _PHASE)
    yield Load(start + _STARTING_SECONDS, stop, _COMPRESSOR_WATTS, _PHASE)
    if need > heat:
        helped = start + int((end - start) * (need - heat) / _BACKUP_WATTS)
        yield Load(start, min(end, helped), _BACKUP_WATTS, _PHASE)
