"""Time that only a test lets pass, for timers, templates and states alike."""

import asyncio
from datetime import UTC, datetime

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

# What a tick sets off is done within so many rounds of the event loop, or when so many in a row had nothing
# to do. Home Assistant's own way to wait would wait for automations that are in the middle of a delay.
_ROUNDS = 60
_IDLE_ROUNDS = 5


class Passing:
    """Puts every clock of Home Assistant forward; `monotonic` is that of the coordinator."""

    def __init__(self, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, begin: datetime) -> None:
        self._passed = 0.0
        self._loop = hass.loop
        # The computer's clock is some seconds off, as any two clocks.
        self._begin = begin.timestamp() + 5.6
        loop_began = hass.loop.time()

        def now(time_zone: object = None) -> datetime:
            return datetime.fromtimestamp(self.time(), time_zone or dt_util.get_default_time_zone())

        def utcnow() -> datetime:
            return datetime.fromtimestamp(self.time(), UTC)

        # Not freezer: the event loop's clock must go with the others, for delays to end.
        monkeypatch.setattr(hass.loop, "time", lambda: loop_began + self._passed, raising=False)
        monkeypatch.setattr("time.time", self.time)
        monkeypatch.setattr("homeassistant.helpers.entity.timer", self.time)
        monkeypatch.setattr("homeassistant.helpers.event.time_tracker_timestamp", self.time)
        monkeypatch.setattr("homeassistant.helpers.event.time_tracker_utcnow", utcnow)
        monkeypatch.setattr("homeassistant.helpers.script.utcnow", utcnow)
        monkeypatch.setattr(dt_util, "now", now)
        monkeypatch.setattr(dt_util, "utcnow", utcnow)

    def time(self) -> float:
        return self._begin + self._passed

    def put_forward(self, seconds: float) -> None:
        self._passed += seconds

    async def __call__(self) -> None:
        """Let happen what the time that passed sets off."""
        idle = 0
        for _ in range(_ROUNDS):
            await asyncio.sleep(0)
            idle = 0 if self._loop._ready else idle + 1
            if idle == _IDLE_ROUNDS:
                return

    def monotonic(self) -> float:
        return self._passed
