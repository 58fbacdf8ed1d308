"""Simulated time: one clock for the event loop, Home Assistant and the meter, which jumps when all is quiet.

The event loop keeps its timers; where it would sleep until the next one, it moves the clock there instead.
While another thread works for it (an executor, a recorder that lags) time passes as it really does, so
that no timeout strikes for want of a computer. Freezing the clock as the unit tests do would cost an order of
magnitude more: it looks through every module at each step.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
import queue
import selectors
import threading
import time
from typing import Any, override

# These two keep the real clock: they took it when they were imported.
assert threading  # noqa: S101
assert queue  # noqa: S101

_real_time = time.perf_counter
_GLANCE = 0.05
"""Seconds of real waiting before looking again whether a thread has done."""


class Clock:
    """Unix time, in seconds, that only the event loop moves."""

    def __init__(self) -> None:
        self.begin = 0.0
        self.elapsed = 1000.0
        """The monotonic clock: never at zero, where "never" and "at the start" are the same."""
        self.busy: Callable[[], bool] = lambda: True
        """Whether a thread must catch up before time leaps on."""

    def start(self, moment: datetime) -> None:
        """Set the clock to a moment."""
        self.begin = moment.timestamp() - self.elapsed

    def time(self) -> float:
        """Return what time.time() would."""
        return self.begin + self.elapsed

    def monotonic(self) -> float:
        """Return what time.monotonic() would."""
        return self.elapsed

    def now(self, tz: tzinfo | None = UTC) -> datetime:
        """Return what datetime.now() would."""
        return datetime.fromtimestamp(self.begin + self.elapsed, tz)

    async def until(self, unix_time: float) -> None:
        """Sleep until a moment; not at all when that is over."""
        await asyncio.sleep(max(0.0, unix_time - self.time()))


class _Selector(selectors.DefaultSelector):
    """Moves the clock where an event loop would sleep."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.jobs = 0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None or self.jobs or self._clock.busy():
            begin = _real_time()
            ready = super().select(_GLANCE if timeout is None else min(timeout, _GLANCE))
            self._clock.elapsed += min(_real_time() - begin, timeout or 0.0)
            return ready
        self._clock.elapsed += timeout
        return []


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose time is simulated."""

    def __init__(self, clock: Clock) -> None:
        self._moving = _Selector(clock)
        super().__init__(self._moving)
        self.clock = clock

    @override
    def time(self) -> float:
        return self.clock.elapsed

    @override
    def run_in_executor(
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        future = super().run_in_executor(executor, func, *args)
        self._moving.jobs += 1
        future.add_done_callback(self._job_done)
        return future

    def _job_done(self, _future: asyncio.Future[Any]) -> None:
        self._moving.jobs -= 1

    @property
    def timers(self) -> int:
        """How many calls are scheduled."""
        return sum(not handle.cancelled() for handle in self._scheduled)  # type: ignore[attr-defined]


def install(clock: Clock) -> None:
    """Have Home Assistant live by the clock; to be called before anything of it is imported."""
    time.time = clock.time
    time.monotonic = clock.monotonic
    from homeassistant import util  # noqa: PLC0415
    from homeassistant.util import dt as dt_util  # noqa: PLC0415

    def now(time_zone: tzinfo | None = None) -> datetime:
        return clock.now(time_zone or dt_util.DEFAULT_TIME_ZONE)

    dt_util.utcnow = clock.now  # type: ignore[assignment]
    util.utcnow = clock.now  # type: ignore[attr-defined]
    dt_util.now = now


@contextmanager
def stopwatch() -> Iterator[Callable[[], float]]:
    """Give the real seconds since it began."""
    begin = _real_time()
    yield lambda: _real_time() - begin
