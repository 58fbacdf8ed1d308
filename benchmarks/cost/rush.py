"""A port that sends a telegram a second, and many of them without a pause when told to."""

import asyncio
from contextlib import suppress
from datetime import timedelta
import socket
from typing import Self

from simulator.meter import Meter
from simulator.meter_clock import MeterClock
from simulator.server import HOST

_SECOND = timedelta(seconds=1)
# What waits in the socket has not been taken: let it be little.
_WAITING_BYTES = 8192


class RushServer:
    """Serve a meter whose seconds pass as fast as its one client takes the telegrams."""

    def __init__(self, meter: Meter, *, port: int, clock: MeterClock) -> None:
        self._meter = meter
        self._moment = clock.now().replace(microsecond=0)
        self._left = 0
        self._server: asyncio.Server | None = None
        self._rushing = asyncio.Event()
        self.port = port

    async def __aenter__(self) -> Self:
        self._meter.telegram(self._moment)
        self._server = await asyncio.start_server(self._serve, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
            self._server.close_clients()

    def rush(self, count: int) -> None:
        """Send that many telegrams as fast as they are taken."""
        self._left += count
        self._rushing.set()

    async def _serve(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _WAITING_BYTES)
        writer.transport.set_write_buffer_limits(high=_WAITING_BYTES)
        with suppress(ConnectionError):
            while True:
                self._moment += _SECOND
                writer.write(self._meter.telegram(self._moment))
                await writer.drain()
                if self._left:
                    self._left -= 1
                else:
                    self._rushing.clear()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._rushing.wait(), 1)
