"""Ports that a test holds the other end of."""

import asyncio
from collections.abc import Callable
from typing import Any, Self


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


class Gateway:
    """A real TCP server on 127.0.0.1 that passes on what the test sends."""

    def __init__(self) -> None:
        self.greeting = b""
        self.accepted = 0
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"socket://127.0.0.1:{self.port}"

    @property
    def clients(self) -> int:
        return sum(not writer.is_closing() for writer in self._writers)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Go away as a gateway does whose power is cut."""
        if self._server is not None:
            self._server.close()
            for writer in self._writers:
                writer.transport.abort()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self._writers.append(writer)
        writer.write(self.greeting)
        try:
            await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def send(self, data: bytes) -> None:
        for writer in self._writers:
            if not writer.is_closing():
                writer.write(data)
                await writer.drain()
