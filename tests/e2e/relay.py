"""A gateway of our own between meter and Home Assistant, that notes what went through it."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
import re
from typing import override

from demo.process import HOST, free_port

from .sources import Network

_STAMP = re.compile(rb"0-0:1\.0\.0\((\d{12})([SW])\)")
_OFFSETS = {b"S": b"+0200", b"W": b"+0100"}


@dataclass(frozen=True, slots=True)
class Passed:
    """A telegram that Home Assistant was sent."""

    stamp: datetime
    """What the meter's clock showed."""
    at: datetime
    """What the computer's clock showed."""


class Relayed(Network):
    """A meter behind such a gateway."""

    def __init__(self, folder: Path, *, life: Sequence[str]) -> None:
        super().__init__(folder, life=life)
        self._relay_port = free_port()
        self._server: asyncio.Server | None = None
        self._relaying: set[asyncio.Task[None]] = set()
        self._connections: list[list[Passed]] = []
        """What went through each of them."""

    @property
    @override
    def form(self) -> dict[str, object]:
        return {"host": HOST, "port": self._relay_port}

    @override
    async def start(self) -> None:
        await super().start()
        self._server = await asyncio.start_server(self._accept, HOST, self._relay_port)

    @override
    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        await super().close()
        # Without a meter nothing is left to pass on.
        await asyncio.gather(*self._relaying)

    def first(self, *, since: datetime | None = None) -> Passed:
        """Return the first telegram, of all or over a connection made since a moment."""
        firsts = (passed[0] for passed in self._connections if passed)
        return next(first for first in firsts if since is None or first.at >= since)

    @property
    def behind(self) -> timedelta:
        """How far the meter's clock is behind the computer's, by the telegram that was least held up."""
        return min(each.at - each.stamp for passed in self._connections for each in passed)

    def _accept(self, _: asyncio.StreamReader, home: asyncio.StreamWriter) -> None:
        self._relaying.add(asyncio.create_task(self._relay(home)))

    async def _relay(self, home: asyncio.StreamWriter) -> None:
        """Pass telegrams on until one of both sides ends it."""
        passed: list[Passed] = []
        self._connections.append(passed)
        meter, other_direction = await asyncio.open_connection(HOST, self._port)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while not home.is_closing():
                telegram = await meter.readuntil(b"!") + await meter.readline()
                passed.append(Passed(_stamp(telegram), datetime.now(UTC)))
                home.write(telegram)
                await home.drain()
        for end in (home, other_direction):
            end.close()


def _stamp(telegram: bytes) -> datetime:
    match = _STAMP.search(telegram)
    assert match, "a telegram without a time"
    return datetime.strptime((match[1] + _OFFSETS[match[2]]).decode(), "%y%m%d%H%M%S%z")
