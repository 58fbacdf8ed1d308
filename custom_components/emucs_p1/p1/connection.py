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

# Ways in which a port refuses. SerialException is no OSError. Whatever else is raised is not about
# the port: ConfigEntryNotReady comes through here while Home Assistant's ESPHome is not up.
_REFUSALS = (OSError, TimeoutError, ValueError, serialx.SerialException)
_IN_USE = (errno.EBUSY, errno.EAGAIN)


class Connection(asyncio.Protocol):
    """An open port that hands over what it receives until it closes."""

    def __init__(self, receive: Callable[[bytes], None]) -> None:
        self._receive = receive
        self._transport: asyncio.Transport | None = None
        self.closed = asyncio.get_running_loop().create_future()
        """Done when the port has closed, by either side."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        if not self.closed.done():
            self._receive(data)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)

    async def close(self) -> None:
        """Close the port and wait until it is free for the next one."""
        if self._transport is not None:
            self._transport.abort()
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self.closed), _CLOSE_TIMEOUT)


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
