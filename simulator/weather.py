"""The weather of a day, a pure function of seed and date."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from math import cos, tau
from random import Random

_MEAN_TEMPERATURE = 11.0
_SEASONAL_SWING = 7.5
_WARMEST_DAY = 202
_MEMORY_DAYS = 4
_DAILY_SPREAD = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Sky:
    """What the clouds let through, in fractions of clear-sky power, and how long.

    ``_minutes`` is the mean length of a spell.
    """

    open: float
    covered: float
    open_minutes: float
    covered_minutes: float


_CLEAR = Sky(open=1.0, covered=0.9, open_minutes=90, covered_minutes=5)
_BROKEN = Sky(open=0.95, covered=0.35, open_minutes=8, covered_minutes=9)
_OVERCAST = Sky(open=0.32, covered=0.14, open_minutes=25, covered_minutes=35)

_SKIES = (_CLEAR, _BROKEN, _OVERCAST)
_SUMMER_WEIGHTS = (32, 46, 22)
_WINTER_WEIGHTS = (12, 33, 55)


def summerness(day: date) -> float:
    """Return 1 on the warmest day of the year, 0 half a year away from it."""
    return (1 + cos(tau * (day.timetuple().tm_yday - _WARMEST_DAY) / 365.25)) / 2


@lru_cache(maxsize=64)
def _whim(seed: int, day: date) -> float:
    return Random(f"{seed}:{day}:weather").gauss()


def temperature(seed: int, day: date) -> float:
    """Return the mean outside temperature in degrees Celsius; spells last some days."""
    spell = sum(_whim(seed, day - timedelta(days=back)) for back in range(_MEMORY_DAYS))
    return _MEAN_TEMPERATURE + _SEASONAL_SWING * (2 * summerness(day) - 1) + _DAILY_SPREAD * spell


def sky(seed: int, day: date) -> Sky:
    """Return the kind of sky of a day."""
    part = summerness(day)
    weights = [
        part * summer + (1 - part) * winter
        for summer, winter in zip(_SUMMER_WEIGHTS, _WINTER_WEIGHTS, strict=True)
    ]
    return Random(f"{seed}:{day}:sky").choices(_SKIES, weights)[0]
