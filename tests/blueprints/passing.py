"""Time that only a test lets pass, for timers, templates and states alike."""

import asyncio
from datetime import UTC, datetime

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

# What a tick sets off is done within so many rounds of the event loop. Home Assistant's own way to wait
# would wait for automations that are in the middle of a delay.
_ROUNDS = 60


class Passing:
    """Puts every clock of Home Assistant forward; `monotonic` is that of the coordinator."""

    def __init__(self, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, begin: datetime) -> None:
        self._passed = 0.0
        # The computer's clock is some seconds off, as any two clocks.
        self._begin = begin.timestamp() + 5.6
        loop_began = hass.loop.time()

        def now(time_zone: object = None) -> datetime:
            return datetime.fromtimestamp(self.time(), time_zone or dt_util.get_default_time_zone())

        def utcnow() -> datetime:
            return datetime.fromtimestamp(self.time(), UTC)

        # Not freezer: the event loop's clock must go with the others, for delays to end.
        monkeypatch.setattr(hass.loop, "time", lambda: loop_began + self._passed, raising=False)
        # It would find every leap of the clock slow, and costs half of the time that these tests take.
        hass.loop.set_debug(False)
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
        for _ in range(_ROUNDS):
            await asyncio.sleep(0)

    def monotonic(self) -> float:
        return self._passed
