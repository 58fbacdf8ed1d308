"""The clock of a simulated meter: the wall clock, or shifted and sped up."""

from datetime import UTC, datetime, timedelta
import time


class MeterClock:
    """A clock that shows ``start`` now and runs ``speed`` times as fast as the wall's.

    Without a start it shows the wall clock's time.
    """

    def __init__(self, *, start: datetime | None = None, speed: float = 1) -> None:
        if speed <= 0:
            raise ValueError(f"a clock's speed is above 0, not {speed}")
        self.speed = speed
        self._origin = time.time()
        self._start = start or datetime.fromtimestamp(self._origin, UTC)

    def now(self) -> datetime:
        """Return the moment the clock shows."""
        passed = (time.time() - self._origin) * self.speed
        return self._start + timedelta(seconds=passed)

    def seconds_until(self, moment: datetime) -> float:
        """Return the wall seconds until the clock shows a moment, below 0 if it did."""
        return (moment - self.now()).total_seconds() / self.speed
