"""The clock of a simulated meter: the wall clock, or shifted and sped up; and what it shows."""

from datetime import UTC, datetime, timedelta
import time
from typing import NamedTuple


class _Setting(NamedTuple):
    """From a moment on: how far ahead the clock shows, or where it stands still."""

    since: datetime
    ahead: timedelta
    stuck: datetime | None


class MeterClock:
    """A clock that shows ``start`` now and runs ``speed`` times as fast as the wall's.

    Without a start it shows the wall clock's time. The household lives by now(); the stamps
    in the telegrams are shown(), which jump() and stick() make wrong.
    """

    def __init__(self, *, start: datetime | None = None, speed: float = 1) -> None:
        if speed <= 0:
            raise ValueError(f"a clock's speed is above 0, not {speed}")
        self.speed = speed
        self._origin = time.time()
        self._start = start or datetime.fromtimestamp(self._origin, UTC)
        self._settings: list[_Setting] = []

    def now(self) -> datetime:
        """Return the moment it is where the household lives."""
        passed = (time.time() - self._origin) * self.speed
        return self._start + timedelta(seconds=passed)

    def seconds_until(self, moment: datetime) -> float:
        """Return the wall seconds until it is a moment, below 0 if it was."""
        return (moment - self.now()).total_seconds() / self.speed

    @property
    def is_wrong(self) -> bool:
        """Whether the clock jumped or sticks."""
        return bool(self._settings)

    def jump(self, seconds: int) -> None:
        """Show so many seconds more from now on, or fewer below 0; the registers do not jump."""
        setting = self._setting(self.now())
        jump = timedelta(seconds=seconds)
        stuck = setting.stuck and setting.stuck + jump
        self._settings.append(_Setting(self.now(), setting.ahead + jump, stuck))

    def stick(self) -> None:
        """Show one second for ever."""
        now = self.now()
        ahead = self._setting(now).ahead
        self._settings.append(_Setting(now, ahead, self.shown(now).replace(microsecond=0)))

    def run(self) -> None:
        """Show the right time again, whatever happened to the clock."""
        self._settings.clear()

    def shown(self, moment: datetime) -> datetime:
        """Return what the clock shows, or showed, at a moment."""
        setting = self._setting(moment)
        return setting.stuck or moment + setting.ahead

    def _setting(self, moment: datetime) -> _Setting:
        for setting in reversed(self._settings):
            if setting.since <= moment:
                return setting
        return _Setting(moment, timedelta(), None)
