"""Ports that a test holds the other end of."""

import asyncio
from collections.abc import Callable
from typing import Any


class FakePort:
    """Stands behind serialx: opens, refuses, speaks and drops as the test says."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        """URLs in the order of opening, refused ones included."""
        self.greeting = b""
        """What every connection brings as soon as it is open."""
        self.refusal: BaseException | None = None
        self.open_lines: list[FakeLine] = []
        self.options: dict[str, Any] = {}

    async def open(
        self,
        loop: asyncio.AbstractEventLoop,
        protocol_factory: Callable[[], asyncio.Protocol],
        url: str,
        baudrate: int,
        **options: Any,
    ) -> tuple[asyncio.Transport, asyncio.Protocol]:
        """Do what serialx.create_serial_connection does."""
        self.opened.append(url)
        self.options = {"baudrate": baudrate, **options}
        if self.refusal is not None:
            raise self.refusal
        protocol = protocol_factory()
        line = FakeLine(self, loop, protocol)
        self.open_lines.append(line)
        protocol.connection_made(line)
        if self.greeting:
            loop.call_soon(line.bring, self.greeting)
        return line, protocol

    def send(self, data: bytes) -> None:
        """Bring bytes over every open connection."""
        for line in list(self.open_lines):
            line.bring(data)

    def drop(self) -> None:
        """Close every connection from the other side."""
        for line in list(self.open_lines):
            line.lose(None)


class FakeLine(asyncio.Transport):
    """One open connection."""

    def __init__(self, port: FakePort, loop: asyncio.AbstractEventLoop, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self._port = port
        self._loop = loop
        self._protocol = protocol

    def bring(self, data: bytes) -> None:
        if self in self._port.open_lines:
            self._protocol.data_received(data)

    def lose(self, error: Exception | None) -> None:
        if self in self._port.open_lines:
            self._port.open_lines.remove(self)
            self._protocol.connection_lost(error)

    def abort(self) -> None:
        self._loop.call_soon(self.lose, None)
