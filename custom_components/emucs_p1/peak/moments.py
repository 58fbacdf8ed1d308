"""The house's own minutes, and what followed the ones that looked like this one.

Every minute that ends is a moment: the reading at its end and the fifteen minutes up to it. The moments
most like the present one are looked up in the last weeks; what they went on to draw, moved to the
present level, is a weighted sample of what the house will draw.
"""

from array import array
from base64 import b64decode, b64encode
from collections import deque
from dataclasses import dataclass, field
from itertools import compress, repeat
from math import dist, log2
from random import Random
from typing import Any, Self

from .clock import MINUTES

# Four weeks hold four of every weekday; one more is kept so that moments lose their age by chance,
# not by the calendar. More than two weeks gain about a percent of error.
_KEPT = 35 * 1440
_GAP = 0xFFFF
_LARGEST = _GAP - 1
"""W. More than three phases of 80 A."""
# So many minutes without a reading are taken as the reading after them: a restart blinds nothing.
_BRIDGED = 5

# So many minutes are kept of any absence: enough that no moment spans it. As an absence counts, too,
# that the clock was set back: what comes then does not follow what is known.
_LONGEST = 60

# Moments are kept in bins of half an octave of the power, so that the rare high ones are not crowded
# out by the many low ones, which differ little. A full bin gives up a member at random: its members
# then reach back weeks without lying side by side.
_BINS_PER_OCTAVE = 2
_BIN_SIZE = 300

# Power is compared on a logarithmic scale that turns linear below this many W.
KNEE = 50
# Steps per octave, by feature: the last reading, the last three minutes, the five and the seven
# before them, the least of the fifteen. The further back, the less it says. Steps stay below 257:
# such integers cost no memory.
_SCALES = (28, 28, 28, 20, 20, 14, 20)
# The moments looked at, at most, and at most this share of all seen.
_NEIGHBOURS = 80
_SHARE = 10
# A moment's weight is 1 / (distance² + a part of the furthest one's + the steps' own blur²).
_FURTHEST = 0.03
_BLUR = 2.0
# How much of the difference in level now lasts to the end of the quarter (tested 0.5 to 1: flat).
_CARRIED = 0.9


def _steps(power: float, scale: float) -> int:
    return min(round(scale * log2(1 + power / KNEE)), 256)


def _bin(power: float) -> int:
    return int(_BINS_PER_OCTAVE * log2(1 + power / KNEE))


def _moment(level: float, minutes: array[int]) -> tuple[int, ...]:
    """Return what is compared of a moment: the reading at its end and the fifteen minutes up to it."""
    powers = (
        level,
        minutes[-1],
        minutes[-2],
        minutes[-3],
        sum(minutes[-8:-3]) / 5,
        sum(minutes[-15:-8]) / 7,
        min(minutes),
    )
    return tuple(map(_steps, powers, _SCALES, strict=True))


@dataclass(slots=True)
class _Bin:
    """Moments of about the same power."""

    moments: list[tuple[int, ...]] = field(default_factory=list)
    times: array[int] = field(default_factory=lambda: array("I"))
    """Of the minute that ended then, counted by the memory."""
    levels: array[int] = field(default_factory=lambda: array("H"))
    """W."""

    def put(self, at: int, moment: tuple[int, ...], time: int, level: int) -> None:
        if at < len(self.moments):
            self.moments[at], self.times[at], self.levels[at] = moment, time, level
        else:
            self.moments.append(moment)
            self.times.append(time)
            self.levels.append(level)


class Moments:
    """The house's minutes, and the moments that can be looked up in them."""

    def __init__(self) -> None:
        self._minutes = array("H")
        self._count = 0
        """Of the minutes ever kept. Moments carry it as their time: an absence ages nothing."""
        self._next = 0
        """The minute to come, since 1970."""
        self._bins: dict[int, _Bin] = {}
        self._seen = 0
        self._waiting: deque[tuple[int, int]] = deque()
        self._random = Random(1)  # noqa: S311

    def add(self, minute: int, mean: float | None, level: float) -> None:
        """Take a finished minute: its mean power (None: not known) and the reading at its end."""
        missed = minute - self._next
        if missed > _LONGEST or missed < -_BRIDGED:
            missed = _LONGEST
        elif missed < 0:
            return
        reading = min(round(level), _LARGEST)
        absent = reading if missed <= _BRIDGED else _GAP
        self._minutes.extend(repeat(absent, missed))
        self._minutes.append(absent if mean is None else min(round(mean), _LARGEST))
        self._next = minute + 1
        self._count += missed + 1
        self._waiting.append((self._count - 1, reading))
        while self._waiting[0][0] < self._count - MINUTES:
            self._learn(*self._waiting.popleft())
        if len(self._minutes) > _KEPT + 1440:
            self._forget()

    def recent(self, count: int) -> array[int]:
        """Return the known ones of the last minutes."""
        return array("H", (power for power in self._minutes[-count:] if power != _GAP))

    def _span(self, first: int, count: int) -> array[int]:
        start = first - self._count + len(self._minutes)
        return self._minutes[start : start + count] if start >= 0 else array("H")

    def _learn(self, time: int, level: int) -> None:
        span = self._span(time - MINUTES + 1, 2 * MINUTES)
        if len(span) < 2 * MINUTES or _GAP in span:
            return
        kept = self._bins.setdefault(_bin(level), _Bin())
        size = len(kept.moments)
        at = size if size < _BIN_SIZE else self._random.randrange(size)
        kept.put(at, _moment(level, span[:MINUTES]), time, level)
        self._seen += 1

    def _forget(self) -> None:
        """Drop the oldest day."""
        del self._minutes[:1440]
        oldest = self._count - len(self._minutes) + MINUTES
        for number, old in list(self._bins.items()):
            new = self._bins[number] = _Bin()
            for entry in zip(old.moments, old.times, old.levels, strict=True):
                if entry[1] >= oldest:
                    new.put(len(new.moments), *entry)

    def alike(self, level: float, horizon: int) -> list[tuple[float, float]]:
        """Return what followed the moments like this one: mean power over the horizon, weight."""
        minutes = self._minutes[-MINUTES:]
        if len(minutes) < MINUTES or _GAP in minutes:
            return []
        moment, number = _moment(level, minutes), _bin(level)
        near = [self._bins[i] for i in (number - 1, number, number + 1) if i in self._bins]
        distances: list[float] = []
        times, levels = array("I"), array("H")
        for each in near:
            distances.extend(map(dist, each.moments, repeat(moment)))
            times += each.times
            levels += each.levels
        count = min(_NEIGHBOURS, max(5, self._seen // _SHARE), len(distances) - 1)
        if count < 5:  # noqa: PLR2004
            return []
        furthest = sorted(distances)[count]
        blur = _FURTHEST * furthest**2 + _BLUR**2
        all_minutes, offset = self._minutes, len(self._minutes) - self._count + 1
        atoms = []
        for i in compress(range(len(distances)), map(furthest.__ge__, distances)):
            start = times[i] + offset
            drawn = sum(all_minutes[start : start + horizon]) / horizon
            value = drawn + _CARRIED * (level - levels[i])
            atoms.append((max(value, 0.0), 1 / (distances[i] ** 2 + blur)))
        return atoms

    def dump(self) -> dict[str, Any]:
        """Return everything as plain JSON."""
        return {
            "count": self._count,
            "next": self._next,
            "seen": self._seen,
            "minutes": b64encode(self._minutes.tobytes()).decode(),
            "times": b64encode(b"".join(each.times.tobytes() for each in self._bins.values())).decode(),
            "levels": b64encode(b"".join(each.levels.tobytes() for each in self._bins.values())).decode(),
            "waiting": list(self._waiting),
        }

    @classmethod
    def load(cls, data: dict[str, Any]) -> Self:
        """Return what was dumped; the moments are made again from their minutes."""
        memory = cls()
        memory._minutes.frombytes(b64decode(data["minutes"]))
        memory._count, memory._next = int(data["count"]), int(data["next"])
        times, levels = array("I"), array("H")
        times.frombytes(b64decode(data["times"]))
        levels.frombytes(b64decode(data["levels"]))
        for time, level in zip(times, levels, strict=True):
            memory._learn(time, level)
        memory._seen = int(data["seen"])
        memory._waiting.extend((int(time), int(level)) for time, level in data["waiting"])
        return memory
