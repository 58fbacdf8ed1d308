"""The link to a meter: opens its port, watches it, opens it again."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
import random
from typing import Any, Protocol

from .connection import Connection, connect
from .errors import LinkError, LinkProblem
from .reader import MAX_HELD, ReaderStats, TelegramReader
from .telegram import Telegram

# A meter sends once a second (eMUCS-P1 1.7.1, 5), but some gateways pass on one telegram a minute.
PATIENCE = 15.0
"""Seconds without a valid telegram after which the link is down, at least."""
PATIENCE_SLOW = 90.0
"""The same until a gateway that seems slow has shown its interval."""
_PATIENCE_INTERVALS = 5
SLOW_INTERVAL = 3.0
# One outage among so many gaps is no interval.
_GAPS = 5
_BURST = 0.1
# So long after a pause, telegrams that follow each other are waited for: what a gateway saved up comes in
# many pieces, and only its newest telegram tells of now.
BATCH = 0.2

# A gateway that restarts closes the connection and is back at once: nobody needs to see that.
GRACE = 3.0

_FIRST_DELAY = 1.0
# With its jitter, a telegram's second and a batch, values are back within five.
_DELAY_AT_FIRST = 3.5
_DELAY_LATER = 60.0
_AT_FIRST = 15 * 60.0
_JITTER = (0.75, 0.95)
_SHORTEST_DELAY = 0.5


@dataclass(frozen=True, slots=True)
class Probed:
    """The first telegram of a port and the seconds that it let us wait."""

    telegram: Telegram
    waited: float


class LinkListener(Protocol):
    """Who hears of what the link brings; called from the event loop."""

    def telegram_received(self, telegram: Telegram, *, newest: bool = True) -> None:
        """Take a valid telegram; not the newest where a gateway hands over what it saved up."""

    def link_lost(self, problem: LinkProblem) -> None:
        """Learn once per outage that no telegrams come."""

    def link_failed(self, error: BaseException) -> None:
        """Learn that the link has ended by an error that is not the port's."""


class Link:
    """Bring telegrams from one port for as long as it runs, whatever happens to the port."""

    def __init__(self, url: str, *, usual_interval: float | None = None) -> None:
        self.url = url
        self.listener: LinkListener | None = None
        self.problem: LinkProblem | None = None
        """Why the link is down; None while it is up or has not been tried."""
        self.up = False
        self.connections = 0
        """How often the port was opened."""
        self.outages = 0
        self.usual_interval = usual_interval
        """Seconds between two telegrams, the median of the last ones; None until known."""
        self._gaps: deque[float] = deque(() if usual_interval is None else (usual_interval,), maxlen=_GAPS)
        self.last_telegram: Telegram | None = None
        self.last_received: float | None = None
        """When the last telegram came, by the event loop's clock."""
        self._reader = TelegramReader()
        self._telegrams = 0
        # What had come in when the port was opened, or with the last telegram if later.
        self._before = ReaderStats()
        self._opened = 0.0
        self._batch: list[Telegram] = []
        """Telegrams that came after a pause, while more may follow."""
        self._batch_end: asyncio.TimerHandle | None = None
        self._silent: asyncio.Future[None]
        self._watchdog: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._grace: asyncio.TimerHandle | None = None
        self._prolonged = False
        self._hurry = asyncio.Event()

    @property
    def stats(self) -> ReaderStats:
        """What has come in over this link."""
        return self._reader.stats

    def start(self, create_task: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]) -> None:
        """Run in a task of the caller's making."""
        self._task = create_task(self._run())
        self._task.add_done_callback(self._ended)

    def resume(self, probed: Probed) -> None:
        """Begin as up: a telegram has just come over an earlier connection to the port."""
        self.up, self.last_telegram = True, probed.telegram
        if probed.waited > SLOW_INTERVAL:
            self.usual_interval = probed.waited
            self._gaps.append(probed.waited)

    async def stop(self) -> None:
        """Close the port; it is free when this returns."""
        self.listener = None
        self._cancel_grace()
        if self._batch_end is not None:
            self._batch_end.cancel()
        if self._task is not None:
            self._task.cancel()
            # Not awaited itself: its end is not ours, and our own cancellation must get through.
            await asyncio.wait((self._task,))

    def hurry(self) -> None:
        """Try the port at once instead of waiting for the next attempt."""
        self._hurry.set()

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) and self.listener:
            self.listener.link_failed(error)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        down_since, delay = loop.time(), 0.0
        while True:
            self._hurry.clear()
            before, self._opened = self._telegrams, loop.time()
            self._before = counted(self.stats)
            spent = 0.0
            try:
                connection = await connect(self.url, self._received)
            except LinkError as err:
                self._lose_soon(err.problem)
                spent = loop.time() - self._opened
            else:
                self.connections += 1
                self._prolong_grace()
                try:
                    await self._listen(connection)
                finally:
                    await connection.close()
                    self._reader.reset()
            if self._telegrams != before:
                down_since, delay = loop.time(), 0.0
            delay = next_delay(delay, loop.time() - down_since)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), pause(delay, spent))

    async def _listen(self, connection: Connection) -> None:
        """Watch an open port until it closes or brings no valid telegram for too long."""
        loop = asyncio.get_running_loop()
        self._silent = loop.create_future()
        # A timer, and no task that wakes up with every telegram: with many meters that is what costs.
        self._watchdog = loop.call_at(self._deadline(), self._look)
        try:
            await asyncio.wait((self._silent, connection.closed), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._watchdog.cancel()
            self._watchdog = None
        if connection.closed.done():
            self._lose_soon(diagnose(self._before, self.stats, closed=True))
        else:
            self._lose(diagnose(self._before, self.stats))

    def _look(self) -> None:
        """Look whether a telegram has come since the watchdog was set."""
        deadline, loop = self._deadline(), asyncio.get_running_loop()
        if deadline > loop.time():
            self._watchdog = loop.call_at(deadline, self._look)
        else:
            self._silent.set_result(None)

    def _deadline(self) -> float:
        """Return when the next telegram must have come, by the event loop's clock."""
        return max(self._opened, self.last_received or 0.0) + self._patience()

    def _patience(self) -> float:
        if self._telegrams > 1 and self.usual_interval is not None:
            return max(PATIENCE, _PATIENCE_INTERVALS * self.usual_interval)
        return PATIENCE_SLOW if (self.usual_interval or 0.0) > SLOW_INTERVAL else PATIENCE

    def _received(self, data: bytes) -> None:
        telegrams = self._reader.feed(data)
        if not telegrams:
            return
        # The beginning of a telegram that stays away is no garbage.
        self._before = counted(self.stats, bytes_ahead=MAX_HELD)
        now = asyncio.get_running_loop().time()
        after_pause = self._after_pause(now)
        for telegram in telegrams:
            self._note(telegram, now)
        if self._batch:
            self._batch += telegrams
        elif after_pause:
            self._batch = telegrams
            self._batch_end = asyncio.get_running_loop().call_later(BATCH, self._deliver_batch)
        else:
            self._deliver(telegrams)

    def _after_pause(self, now: float) -> bool:
        """Return whether what comes now may be the first of many telegrams that a gateway has saved up."""
        if self.last_received is None:
            return (self.usual_interval or 0.0) > SLOW_INTERVAL
        return now - self.last_received > SLOW_INTERVAL

    def _note(self, telegram: Telegram, now: float) -> None:
        """Know that the link is up."""
        self._count(now)
        if self._watchdog is not None and self._watchdog.when() > self._deadline():
            # Patience has shrunk: the gateway turns out to be fast.
            self._watchdog.cancel()
            self._look()
        self.last_telegram = telegram
        self._cancel_grace()
        self._prolonged = False
        self.up, self.problem = True, None

    def _deliver_batch(self) -> None:
        telegrams, self._batch = self._batch, []
        self._deliver(telegrams)

    def _deliver(self, telegrams: list[Telegram]) -> None:
        for left, telegram in zip(range(len(telegrams) - 1, -1, -1), telegrams, strict=True):
            if self.listener is not None:
                self.listener.telegram_received(telegram, newest=not left)

    def _count(self, now: float) -> None:
        """Learn the usual interval; the wait for the very first telegram is a first guess."""
        since = max(self._opened, self.last_received or 0.0)
        if self.last_received is not None and self.problem is LinkProblem.NO_DATA:
            # Perhaps it was not silent but slow; if it was silent, this is soon forgotten.
            since = self.last_received
        gap = min(now - since, PATIENCE_SLOW)
        self.last_received = now
        self._telegrams += 1
        if self._gaps and gap < _BURST:
            # A gateway that saves telegrams up hands them over at once: the gap before them counts.
            return
        self._gaps.append(gap)
        # The median, the longer of two: statistics.median_high goes a longer way for each telegram.
        self.usual_interval = sorted(self._gaps)[len(self._gaps) // 2]

    def _lose_soon(self, problem: LinkProblem) -> None:
        """Take the link as down unless a telegram comes within the grace."""
        if not self.up:
            self._lose(problem)
        elif self._grace is None:
            self._grace = asyncio.get_running_loop().call_later(GRACE, self._lose, problem)

    def _lose(self, problem: LinkProblem) -> None:
        self._cancel_grace()
        first = self.problem is None
        self.problem = problem
        if self.up or first:
            self.up = False
            self.outages += 1
            if self.listener is not None:
                self.listener.link_lost(problem)

    def _prolong_grace(self) -> None:
        """Wait once more for a telegram of a connection that is back in time."""
        if self._grace is None or self._prolonged:
            return
        self._cancel_grace()
        if (self.usual_interval or 0.0) <= SLOW_INTERVAL:
            self._prolonged = True
            self._grace = asyncio.get_running_loop().call_later(GRACE, self._lose, LinkProblem.CANNOT_CONNECT)

    def _cancel_grace(self) -> None:
        if self._grace is not None:
            self._grace.cancel()
            self._grace = None


def next_delay(delay: float, outage: float) -> float:
    """Return the seconds until the next attempt, after `delay` before the last one.

    For a quarter of an hour the wait stays short, so that whoever restarts a gateway need not wait
    for us; after that it grows, so that a meter that is gone for good costs nothing.
    """
    longest = _DELAY_AT_FIRST if outage < _AT_FIRST else _DELAY_LATER
    return min(longest, 2 * delay) if delay else _FIRST_DELAY


def pause(delay: float, spent: float) -> float:
    """Return the seconds to wait after an attempt that took `spent` seconds.

    Jitter keeps many meters behind one gateway from calling in step. An attempt that hung, as behind a
    host that is off, was a wait already.
    """
    return max(delay * random.uniform(*_JITTER) - spent, min(delay, _SHORTEST_DELAY))  # noqa: S311


def counted(stats: ReaderStats, *, bytes_ahead: int = 0) -> ReaderStats:
    """Return what `diagnose` needs to know of a moment; bytes that are to come are no news then."""
    return ReaderStats(
        bytes=stats.bytes + bytes_ahead,
        crc_errors=stats.crc_errors,
        encrypted_frames=stats.encrypted_frames,
    )


def diagnose(before: ReaderStats, now: ReaderStats, *, closed: bool = False) -> LinkProblem:
    """Say what is wrong with a connection, from what came in since it was opened or brought a telegram."""
    if now.encrypted_frames > before.encrypted_frames:
        return LinkProblem.ENCRYPTED
    if now.crc_errors > before.crc_errors:
        return LinkProblem.CRC_ERRORS
    if closed:
        return LinkProblem.CANNOT_CONNECT
    return LinkProblem.NOT_P1 if now.bytes > before.bytes else LinkProblem.NO_DATA
