"""One connection to a P1 port: a serial device or a network stream."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
import errno
from typing import cast, override

import serialx
from serialx.common import UnknownUriScheme

from .errors import LinkError, LinkProblem

BAUD_RATE = 115200
"""8 data bits, no parity, 1 stop bit (DSMR P1 5.0.2, 5.11)."""

# Behind a gateway that is switched off, a fresh attempt beats a long wait.
CONNECT_TIMEOUT = 4.0
_CLOSE_TIMEOUT = 2.0

# A meter's line carries 11,520 bytes a second. Whoever sends without end over the network is taken in
# pieces that leave room for others, at a pace that a small computer bears: some 200 telegrams a second.
_PIECE = 8192
_MOST_PER_SECOND = 256 * 1024
# What a gateway saved up for a minute is taken at once.
_AHEAD = 0.5

# Ways in which a port refuses. SerialException is no OSError. Whatever else is raised is not about
# the port: ConfigEntryNotReady comes through here while Home Assistant's ESPHome is not up.
_REFUSALS = (OSError, TimeoutError, ValueError, serialx.SerialException)
_IN_USE = (errno.EBUSY, errno.EAGAIN)


class Connection(asyncio.Protocol):
    """An open port that hands over what it receives until it closes."""

    def __init__(self, receive: Callable[[bytes], None]) -> None:
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._left = bytearray()
        """Received and not handed over yet."""
        self._busy_until = 0.0
        """When what was handed over would have come in at the pace allowed, by the loop's clock."""
        self._later: asyncio.TimerHandle | None = None
        self.closed = self._loop.create_future()
        """Done when the port has closed, by either side."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        if not self.closed.done():
            self._left += data
            if self._later is None:
                self._hand_over()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._later is not None:
            self._later.cancel()
        if not self.closed.done():
            self.closed.set_result(None)

    def _hand_over(self) -> None:
        """Hand a piece over; while more is left, or too much came, have the port wait."""
        waiting, self._later = self._later is not None, None
        port = self._transport
        assert port is not None  # noqa: S101
        while not self.closed.done():
            piece = bytes(self._left[:_PIECE])
            del self._left[:_PIECE]
            try:
                self._receive(piece)
            except BaseException:
                # Nobody would have the port go on.
                port.abort()
                raise
            now = self._loop.time()
            self._busy_until = max(self._busy_until, now) + len(piece) / _MOST_PER_SECOND
            ahead = self._busy_until - now - _AHEAD
            if not self._left and ahead <= 0:
                if waiting:
                    port.resume_reading()
                return
            if waiting or _can_wait(port):
                self._later = self._loop.call_later(max(0.0, ahead), self._hand_over)
                return
            if not self._left:
                return

    async def close(self) -> None:
        """Close the port and wait until it is free for the next one."""
        if self._later is not None:
            self._later.cancel()
        if self._transport is not None:
            self._transport.abort()
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self.closed), _CLOSE_TIMEOUT)


def _can_wait(port: asyncio.Transport) -> bool:
    """Have the port wait, if it is of a kind that can: the others are as slow as a meter's line."""
    try:
        port.pause_reading()
    except NotImplementedError:
        return False
    return True


async def connect(url: str, receive: Callable[[bytes], None]) -> Connection:
    """Open a device path or a URL that serialx knows; raise LinkError when the port refuses."""
    connection = Connection(receive)
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            # Low latency makes a driver interrupt for every byte: it cost P1 users a whole core.
            await serialx.create_serial_connection(
                asyncio.get_running_loop(),
                lambda: connection,
                url,
                BAUD_RATE,
                low_latency=False,
            )
    except _REFUSALS as err:
        await connection.close()
        raise LinkError(_problem(err)) from err
    except BaseException:
        await connection.close()
        raise
    return connection


def _problem(err: Exception) -> LinkProblem:
    if isinstance(err, OSError):
        return LinkProblem.PORT_IN_USE if err.errno in _IN_USE else LinkProblem.CANNOT_CONNECT
    if isinstance(err, ValueError | UnknownUriScheme):
        return LinkProblem.INVALID_ADDRESS
    return LinkProblem.CANNOT_CONNECT
