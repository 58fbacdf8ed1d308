"""A meter's port: telegram after telegram to TCP clients or to a pseudo-terminal."""

from abc import ABC, abstractmethod
from array import array
import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
import fcntl
from math import ceil
import os
from pathlib import Path
import termios
import tty
from typing import Self, override

from .faults import Fault, Line
from .meter import Meter
from .meter_clock import MeterClock

HOST = "127.0.0.1"

_MOST_TELEGRAMS_PER_SECOND = 50
_MOST_WALL_SECONDS_BEHIND = 1.0
"""Further behind than this (a suspended machine), telegrams are skipped."""

_LONGEST_SLEEP = 1.0
"""Wall seconds after which a change of the pace is seen."""

_MOST_UNSENT_BYTES = 65_536
"""What may wait for a client that does not read before it is dropped."""

_MOST_UNREAD_BYTES = 4000
"""What may wait in a pseudo-terminal; Linux holds 4095 before it starts to cut."""


class _Port(ABC):
    """What sends the telegrams, each at a whole second of its clock.

    ``meter``, ``fault`` and ``every`` (seconds of the clock between telegrams, from 1) may be
    changed at any time.
    """

    def __init__(
        self,
        meter: Meter,
        *,
        clock: MeterClock | None = None,
        fault: Fault = Fault.NONE,
        every: int = 1,
    ) -> None:
        self.meter = meter
        self.clock = clock or MeterClock()
        self.fault = fault
        self.every = every
        self._line = Line()
        self._sending: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        # The first telegram adds up more than a year of days: not while clients wait.
        self.meter.telegram(self.clock.now())
        await self._open()
        self._sending = asyncio.create_task(self._send_telegrams())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._sending is not None:
            self._sending.cancel()
            with suppress(asyncio.CancelledError):
                await self._sending
        await self._close()

    @abstractmethod
    async def _open(self) -> None: ...

    @abstractmethod
    async def _close(self) -> None: ...

    @abstractmethod
    def _send(self, data: bytes) -> None: ...

    async def _send_telegrams(self) -> None:
        last = _whole_second(self.clock.now())
        while True:
            moment = last + self._step()
            wait = self.clock.seconds_until(moment)
            if wait < -_MOST_WALL_SECONDS_BEHIND:
                moment = _whole_second(self.clock.now())
            # Even without a wait: catching up leaves room for others.
            await asyncio.sleep(min(max(0, wait), _LONGEST_SLEEP))
            if self.clock.now() < moment:
                # It is not time yet, the timer fired early, or the wall clock was set back.
                continue
            self._send(self._line.carry(self._telegram(moment), self.fault))
            last = moment

    def _step(self) -> timedelta:
        fastest = ceil(self.clock.speed / _MOST_TELEGRAMS_PER_SECOND)
        return timedelta(seconds=max(1, fastest, self.every))

    def _telegram(self, moment: datetime) -> bytes:
        shown = self.clock.shown if self.clock.is_wrong else None
        return self.meter.telegram(moment, shown=shown)


def _whole_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


class MeterServer(_Port):
    """The telegrams over TCP, to any number of clients; ``port`` 0 takes a free one."""

    def __init__(
        self,
        meter: Meter,
        *,
        port: int = 0,
        clock: MeterClock | None = None,
        fault: Fault = Fault.NONE,
        every: int = 1,
    ) -> None:
        super().__init__(meter, clock=clock, fault=fault, every=every)
        self.port = port
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Transport] = set()

    @override
    async def _open(self) -> None:
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Client(self._clients), HOST, self.port
        )
        self.port = self._server.sockets[0].getsockname()[1]

    @override
    async def _close(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for client in tuple(self._clients):
            client.abort()
        await self._server.wait_closed()

    @override
    def _send(self, data: bytes) -> None:
        for client in tuple(self._clients):
            if client.get_write_buffer_size() > _MOST_UNSENT_BYTES:
                client.abort()
            else:
                client.write(data)


class _Client(asyncio.Protocol):
    """A TCP client; what it says is not listened to, as on a one-way line."""

    def __init__(self, clients: set[asyncio.Transport]) -> None:
        self._clients = clients
        self._transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            self._clients.add(transport)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._clients.discard(self._transport)


class PtyServer(_Port):
    """The telegrams through a pseudo-terminal at ``path``, and at ``link`` if given."""

    def __init__(
        self,
        meter: Meter,
        *,
        link: Path | None = None,
        clock: MeterClock | None = None,
        fault: Fault = Fault.NONE,
        every: int = 1,
    ) -> None:
        super().__init__(meter, clock=clock, fault=fault, every=every)
        self.path = Path()
        self._link = link
        self._ours = self._theirs = -1

    @override
    async def _open(self) -> None:
        # Our own hold on the reader's end keeps the line up while nobody reads.
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.path = Path(os.ttyname(self._theirs))
        if self._link is not None:
            if self._link.is_symlink():
                self._link.unlink()
            self._link.symlink_to(self.path)

    @override
    async def _close(self) -> None:
        if self._link is not None:
            self._link.unlink(missing_ok=True)
        os.close(self._ours)
        os.close(self._theirs)

    @override
    def _send(self, data: bytes) -> None:
        if _unread(self._theirs) >= _MOST_UNREAD_BYTES:
            termios.tcflush(self._theirs, termios.TCIFLUSH)
        with suppress(BlockingIOError):
            os.write(self._ours, data)


def _unread(terminal: int) -> int:
    count = array("i", [0])
    fcntl.ioctl(terminal, termios.FIONREAD, count)
    return count[0]
