"""Ports to connect to: what a gateway or a cable does, under a test's control."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
import os
from pathlib import Path
import tty
from typing import Self

PATIENCE = 20.0
"""Seconds for what a loaded machine may be late with."""


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - any condition will do
            await asyncio.sleep(0.005)


class Gateway:
    """A TCP port that sends what it is told, to whoever is connected."""

    def __init__(self, greeting: bytes = b"") -> None:
        self.greeting = greeting
        self.port = 0
        self.connections = 0
        self.clients: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"socket://127.0.0.1:{self.port}"

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self.drop()
            await self._server.wait_closed()
            self._server = None

    def drop(self) -> None:
        """Close every connection, as a gateway that restarts."""
        for client in tuple(self.clients):
            client.transport.abort()

    def send(self, data: bytes) -> None:
        for client in self.clients:
            client.write(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.clients.add(writer)
        writer.write(self.greeting)
        try:
            await reader.read()
        except ConnectionError:
            pass
        finally:
            self.clients.discard(writer)
            writer.transport.abort()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class Cable:
    """A pseudo-terminal."""

    def __init__(self) -> None:
        self._ours, theirs = os.openpty()
        tty.setraw(theirs)
        os.set_blocking(self._ours, False)
        self.path = os.ttyname(theirs)
        # The other end stays open, or the terminal would hang up with its reader.
        self._theirs: int | None = theirs

    def send(self, data: bytes) -> None:
        with suppress(BlockingIOError):
            os.write(self._ours, data)

    async def send_until(self, condition: Callable[[], object], data: bytes) -> None:
        """Send again and again until something is so: what comes before a port is open is lost."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self.send(data)
                await asyncio.sleep(0.02)

    def unplug(self) -> None:
        if self._theirs is not None:
            os.close(self._ours)
            os.close(self._theirs)
            self._theirs = None


@contextmanager
def a_cable() -> Iterator[Cable]:
    cable = Cable()
    try:
        yield cable
    finally:
        cable.unplug()


def open_files() -> set[str]:
    """Return the files, sockets and terminals that this process has open."""
    names = set()
    for link in Path("/proc/self/fd").iterdir():
        # The folder's own descriptor is gone when it is read.
        with suppress(FileNotFoundError):
            names.add(f"{link.name} {link.readlink()}")
    return names
