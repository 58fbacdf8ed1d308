"""Registers only rise, and no faster than a house can draw: what to do when one seems not to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from .const import LOGGER

# A meter that is exchanged or was once misread stays at its new value; a glitch does not.
STANDING_SECONDS = 600.0
STANDING_TELEGRAMS = 3


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a register may rise."""

    per_hour: float
    """In the unit of the register."""
    at_once: float
    """Seconds of that which may come with one telegram: some meters are read only now and then."""

    @property
    def most_at_once(self) -> float:
        """Return what may come with one telegram, in the unit of the register."""
        return self.per_hour * self.at_once / 3600


# What a household's connection cannot exceed: three phases of 80 A make 55 kW, a gas or water meter of
# a house 25 m3/h. Twice that and more, for this is about lies and damage and not about appliances.
_MBUS_AT_ONCE = 3600.0
ELECTRICITY = Pace(per_hour=100.0, at_once=60.0)
MBUS: Mapping[str | None, Pace] = {
    "kWh": Pace(100.0, _MBUS_AT_ONCE),
    "MJ": Pace(360.0, _MBUS_AT_ONCE),
    "GJ": Pace(0.36, _MBUS_AT_ONCE),
    "m3": Pace(200.0, _MBUS_AT_ONCE),
}
"""By unit."""


@dataclass(slots=True)
class _Course:
    """Where a register is and how far it may rise from there."""

    value: float
    at: float
    """When it was seen last: seconds, monotonic."""
    pace: Pace
    room: float

    @classmethod
    def begin(cls, value: float, now: float, pace: Pace) -> Self:
        """Return the course of a register that is seen for the first time."""
        return cls(value, now, pace, pace.most_at_once)

    def follow(self, value: float, now: float, pace: Pace) -> bool:
        """Go on to a value; return False, and stay, where the pace does not allow for it."""
        # Its unit may have been unknown before.
        self.pace = pace
        rise, room = value - self.value, self.room + pace.per_hour * (now - self.at) / 3600
        if not 0 <= rise <= room:
            return False
        self.value, self.at, self.room = value, now, min(room - rise, pace.most_at_once)
        return True


@dataclass(slots=True)
class _Odd:
    """A course beside the accepted one, which cannot be and keeps standing."""

    course: _Course
    since: float
    telegrams: int = 1


class RegisterGuard:
    """Hold every register at its last value while it falls or leaps.

    A value that cannot be is accepted when it and what follows from it have stood for ten minutes and
    three telegrams, or one misread reading would freeze the register for ever. After a restart the first
    value may be any that is not lower: how long we were away is for the computer's clock to know, which
    may be wrong.
    """

    def __init__(self, accepted: Mapping[str, float]) -> None:
        self.accepted = dict(accepted)
        """Last accepted value by the register's unique id."""
        self.refused = 0
        """How many values were held back."""
        self._courses: dict[str, _Course] = {}
        self._odd: dict[str, _Odd] = {}

    @property
    def settled(self) -> bool:
        """Whether no value is held back."""
        return not self._odd

    def stood(self, since: float, until: float) -> None:
        """Learn that the registers seen at `since` were seen at the same values up to `until`.

        As good as accepting them with every telegram in between, and most telegrams change none.
        """
        for course in self._courses.values():
            if course.at == since:
                course.follow(course.value, until, course.pace)

    def accept(self, meter: str, field: str, value: float, now: float, pace: Pace = ELECTRICITY) -> float:
        """Return the value to show for what the meter says at `now` (seconds, monotonic)."""
        register = f"{meter}_{field}"
        course = self._courses.get(register)
        held = self.accepted.get(register, value)
        if course is None and value >= held:
            self._courses[register] = _Course.begin(value, now, pace)
        elif course is None or not course.follow(value, now, pace):
            if (stood := self._has_stood(register, value, now, pace)) is None:
                self.refused += 1
                return held
            LOGGER.warning(
                "The register %s went from %s to %s and stayed there: that value is taken",
                field,
                held,
                value,
            )
            self._courses[register] = stood
        self._odd.pop(register, None)
        self.accepted[register] = value
        return value

    def _has_stood(self, register: str, value: float, now: float, pace: Pace) -> _Course | None:
        """Count one more telegram with a value that cannot be; return its course once that has stood."""
        odd = self._odd.get(register)
        # What was seen before a long silence has not stood through it.
        if odd is None or now - odd.course.at > STANDING_SECONDS or not odd.course.follow(value, now, pace):
            self._odd[register] = _Odd(_Course.begin(value, now, pace), now)
            return None
        odd.telegrams += 1
        stood = odd.telegrams >= STANDING_TELEGRAMS and now - odd.since >= STANDING_SECONDS
        return odd.course if stood else None
