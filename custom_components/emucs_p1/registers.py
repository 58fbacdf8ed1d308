"""Registers only rise: what to do when one seems not to."""

from collections.abc import Mapping
from dataclasses import dataclass

from .const import LOGGER

# A meter that is exchanged or was once misread stays at its lower value; a glitch does not.
STANDING_SECONDS = 600.0
STANDING_TELEGRAMS = 3


@dataclass(slots=True)
class _Lower:
    """A value below the accepted one that keeps standing."""

    since: float
    telegrams: int = 1


class RegisterGuard:
    """Hold every register at its last value while it falls or leaps back.

    A lower value that has stood for ten minutes and three telegrams is accepted, or one falsely
    high reading would freeze the register for ever.
    """

    def __init__(self, accepted: Mapping[str, float]) -> None:
        self.accepted = dict(accepted)
        """Last accepted value by the register's unique id."""
        self._lower: dict[str, _Lower] = {}

    def accept(self, meter: str, field: str, value: float, now: float) -> float:
        """Return the value to show for what the meter says at `now` (seconds, monotonic)."""
        register = f"{meter}_{field}"
        held = self.accepted.get(register, value)
        if value < held and not self._has_stood(register, now):
            return held
        if value < held:
            LOGGER.warning(
                "The register %s went back from %s to %s and stayed there: the lower value is taken",
                field,
                held,
                value,
            )
        self._lower.pop(register, None)
        self.accepted[register] = value
        return value

    def _has_stood(self, register: str, now: float) -> bool:
        """Count one more telegram with a lower value."""
        if (lower := self._lower.get(register)) is None:
            self._lower[register] = _Lower(now)
            return False
        lower.telegrams += 1
        return lower.telegrams >= STANDING_TELEGRAMS and now - lower.since >= STANDING_SECONDS
