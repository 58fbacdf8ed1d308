"""Registers only rise, and no faster than a house can draw: what to do when one seems not to."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

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
class _Odd:
    """A value that cannot be and keeps standing."""

    since: float
    telegrams: int = 1


class RegisterGuard:
    """Hold every register at its last value while it falls or leaps.

    A value that cannot be is accepted when its like have stood for ten minutes and three telegrams, or
    one misread reading would freeze the register for ever. After a restart the first value may be any
    that is not lower: how long we were away is for the computer's clock to know, which may be wrong.
    """

    def __init__(self, accepted: Mapping[str, float]) -> None:
        self.accepted = dict(accepted)
        """Last accepted value by the register's unique id."""
        self.refused = 0
        """How many values were held back."""
        self._seen: dict[str, float] = {}
        """When that was, in seconds, monotonic."""
        self._odd: dict[str, _Odd] = {}

    def accept(self, meter: str, field: str, value: float, now: float, pace: Pace = ELECTRICITY) -> float:
        """Return the value to show for what the meter says at `now` (seconds, monotonic)."""
        register = f"{meter}_{field}"
        held = self.accepted.get(register, value)
        if not held <= value <= held + self._possible_rise(register, now, pace):
            if not self._has_stood(register, now):
                self.refused += 1
                return held
            LOGGER.warning(
                "The register %s went from %s to %s and stayed there: that value is taken",
                field,
                held,
                value,
            )
        self._odd.pop(register, None)
        self._seen[register] = now
        self.accepted[register] = value
        return value

    def _possible_rise(self, register: str, now: float, pace: Pace) -> float:
        if (seen := self._seen.get(register)) is None:
            return inf
        return pace.per_hour * max(now - seen, pace.at_once) / 3600

    def _has_stood(self, register: str, now: float) -> bool:
        """Count one more telegram with a value that cannot be."""
        if (odd := self._odd.get(register)) is None:
            self._odd[register] = _Odd(now)
            return False
        odd.telegrams += 1
        return odd.telegrams >= STANDING_TELEGRAMS and now - odd.since >= STANDING_SECONDS
