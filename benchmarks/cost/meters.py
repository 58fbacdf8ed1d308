"""Meters in a process of their own: `python -m benchmarks.cost.meters --count 20`.

Prints their ports in one line. Then obeys lines such as `3 close`, `3 open`, `3 rush 86400` (that many
telegrams as fast as they are taken), `3 fault silence` or `3 switch car 22000`.
"""

import argparse
import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
import json
import signal
import sys

from demo.errors import DemoError
from demo.process import REPOSITORY
from simulator.control import obey
from simulator.household import Household
from simulator.meter import Meter
from simulator.meter_clock import MeterClock
from simulator.model import Model
from simulator.server import MeterServer

from .rush import RushServer

SEED = 1
_START_TIMEOUT = 300
_STOP_TIMEOUT = 10
# A day and a quarter: whatever their number (97 is prime), the meters stand evenly spread over the
# day and over the quarter, so that each window holds the same share of suns, cars and quarter ends.
_SPREAD_SECONDS = 97 * 900


def serial_of(number: int) -> str:
    """Return the serial number of the electricity meter with a number from 0."""
    return f"1SAG31{number:08d}"


def shift_of(number: int, count: int) -> timedelta:
    """Return how far the clock of one of so many meters is behind; part of a second, too, is spread."""
    return timedelta(seconds=number * (_SPREAD_SECONDS + 1) / count)


class _Stand:
    """A meter, its clock and its port, which can be closed and opened again."""

    def __init__(self, number: int, count: int, *, rushing: bool) -> None:
        model = Model(
            serial=serial_of(number), gas_serial=f"7FLO21{number:08d}", water_serial=f"8SEU01{number:08d}"
        )
        # One life for all, lived at other hours: its days are made up once.
        self._meter = Meter(Household(SEED), model=model)
        self._clock = MeterClock(start=datetime.now(UTC) - shift_of(number, count))
        self._rushing = rushing
        self._open = AsyncExitStack()
        self._server: MeterServer | RushServer | None = None

    async def open(self, port: int = 0) -> int:
        """Serve, at another time on the port of before, and return the port."""
        port = port or (self._server.port if self._server else 0)
        kind = RushServer if self._rushing else MeterServer
        server = kind(self._meter, port=port, clock=self._clock)
        self._server = await self._open.enter_async_context(server)
        return server.port

    async def close(self) -> None:
        """Close the port and every connection."""
        await self._open.aclose()

    async def obey(self, line: str) -> None:
        """Do what a line says."""
        match line.split(), self._server:
            case ["open"], _:
                await self.open()
            case ["close"], _:
                await self.close()
            case ["rush", count], RushServer() as server:
                server.rush(int(count))
            case _, MeterServer() as server:
                obey(line, server)
            case _:
                raise ValueError(f"not for this meter: {line}")


async def _serve(count: int, *, rushing: bool) -> None:
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    for end in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(end, lines.feed_eof)
    stands = [_Stand(number, count, rushing=rushing) for number in range(count)]
    try:
        print(json.dumps([await stand.open() for stand in stands]), flush=True)
        while line := (await lines.readline()).decode():
            number, _, order = line.strip().partition(" ")
            await stands[int(number)].obey(order)
    finally:
        for stand in stands:
            await stand.close()


class Street:
    """The meters from outside of their process."""

    def __init__(self, process: asyncio.subprocess.Process, ports: list[int]) -> None:
        self._process = process
        self.ports = ports

    def tell(self, number: int, order: str) -> None:
        """Have a meter obey."""
        assert self._process.stdin is not None  # noqa: S101
        self._process.stdin.write(f"{number} {order}\n".encode())


@asynccontextmanager
async def street(count: int, *, rushing: bool = False) -> AsyncGenerator[Street]:
    """Run so many meters until the end of the context."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.cost.meters", "--count", str(count)),
        *(["--rushing"] if rushing else []),
        cwd=REPOSITORY,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None  # noqa: S101
    try:
        async with asyncio.timeout(_START_TIMEOUT):
            line = await process.stdout.readline()
        if not line:
            raise DemoError("The meters ended at their start; what they said stands above")
        yield Street(process, json.loads(line))
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(_STOP_TIMEOUT):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--rushing", action="store_true", help="able to rush, and to nothing else")
    chosen = parser.parse_args()
    asyncio.run(_serve(chosen.count, rushing=chosen.rushing))
