"""A port in memory, which the fuzzer holds the other end of."""

import asyncio
from collections.abc import Callable
from typing import Any, override


class Port:
    """Stands behind serialx: brings what it is told over every open connection."""

    def __init__(self) -> None:
        self.greeting = b""
        """What every connection brings as soon as it is open."""
        self.lines: list[Line] = []
        self.brought: Callable[[bytes], None] = lambda _data: None
        """Told of everything that comes."""

    async def open(
        self,
        loop: asyncio.AbstractEventLoop,
        protocol_factory: Callable[[], asyncio.Protocol],
        *_: Any,
        **__: Any,
    ) -> tuple[asyncio.Transport, asyncio.Protocol]:
        """Do what serialx.create_serial_connection does."""
        protocol = protocol_factory()
        line = Line(self, loop, protocol)
        self.lines.append(line)
        protocol.connection_made(line)
        loop.call_soon(self._greet, line)
        return line, protocol

    def send(self, data: bytes) -> None:
        """Bring bytes over every open connection."""
        self.brought(data)
        for line in tuple(self.lines):
            line.bring(data)

    def _greet(self, line: Line) -> None:
        self.brought(self.greeting)
        line.bring(self.greeting)

    def drop(self) -> None:
        """Close every connection from the other side."""
        for line in tuple(self.lines):
            line.lose()


class Line(asyncio.Transport):
    """One open connection, which keeps what comes while nobody reads."""

    def __init__(self, port: Port, loop: asyncio.AbstractEventLoop, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self._port = port
        self._loop = loop
        self._protocol = protocol
        self._reading = True
        self._waiting = bytearray()

    def bring(self, data: bytes) -> None:
        """Bring bytes, now or once they are read."""
        self._waiting += data
        self._hand_over()

    def lose(self) -> None:
        """Close the connection."""
        if self in self._port.lines:
            self._port.lines.remove(self)
            self._protocol.connection_lost(None)

    @override
    def abort(self) -> None:
        self._loop.call_soon(self.lose)

    @override
    def close(self) -> None:
        self.abort()

    @override
    def is_reading(self) -> bool:
        return self._reading

    @override
    def pause_reading(self) -> None:
        self._reading = False

    @override
    def resume_reading(self) -> None:
        self._reading = True
        self._loop.call_soon(self._hand_over)

    def _hand_over(self) -> None:
        if self._reading and self._waiting and self in self._port.lines:
            data = bytes(self._waiting)
            self._waiting.clear()
            self._protocol.data_received(data)
