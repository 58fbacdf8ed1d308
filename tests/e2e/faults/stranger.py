"""A meter that nobody makes: `python -m tests.e2e.faults.stranger PORT SERIAL`, told on its input what to do.

`calm` sends a telegram a second, `flood` a thousand, all of them valid and each with other values, a higher
month peak and a later clock; `endless` one line without an end. At each change it prints how much of the last
was taken from it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import sys

from simulator.household import Household
from simulator.meter import Meter
from simulator.model import Model
from simulator.telegram import Wording

from ..sources import INSTALLED, SEED

FLOOD = 1000
"""Telegrams a second."""
ENDLESS = 20_000_000
"""Bytes a second."""
_PREPARED = 10_000
_BATCH = 10
_PIECE = 65_536
_WH = 3600


def telegrams(serial: str) -> list[bytes]:
    """Return telegrams of a meter whose every value changes each second."""
    model, wording = Model(serial=serial), Wording()
    reading = Meter(Household(SEED), installed=INSTALLED, model=model).reading(datetime.now(UTC))
    return [
        wording.telegram(
            replace(
                reading,
                at=reading.at + timedelta(seconds=number),
                tariff=1 + number % 2,
                import_day_ws=reading.import_day_ws + number * _WH,
                export_day_ws=reading.export_day_ws + number * _WH,
                quarter_ws=number * _WH,
                month_peak_w=reading.month_peak_w + number,
                month_peak_time=reading.at + timedelta(seconds=number),
                power_w=number % 9000,
            ),
            model,
        )
        for number in range(_PREPARED)
    ]


class Stranger:
    """Serves whoever connects, as fast as it is read."""

    def __init__(self, prepared: list[bytes]) -> None:
        self._prepared = prepared
        self._next = 0
        self._mode = "calm"
        self._homes: set[asyncio.StreamWriter] = set()
        self.sent = 0
        """Telegrams, or bytes of the endless line, that were taken from us."""

    def tell(self, mode: str) -> None:
        """Do something else from now on, over a new connection: the old one is full of the last."""
        _say(self.sent)
        self._mode, self.sent = mode, 0
        for home in self._homes:
            home.transport.abort()

    async def serve(self, _: asyncio.StreamReader, home: asyncio.StreamWriter) -> None:
        """Send to one who connected."""
        self._homes.add(home)
        home.transport.set_write_buffer_limits(high=_PIECE)
        with suppress(ConnectionError):
            async for data in self._paced():
                if home.transport.is_closing():
                    break
                home.write(data)
                await home.drain()
        self._homes.discard(home)
        home.close()

    async def _paced(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            match self._mode:
                case "calm":
                    data, pause = self._take(1), 1.0
                case "flood":
                    data, pause = self._take(_BATCH), _BATCH / FLOOD
                case _:
                    data, pause = b"A" * _PIECE, _PIECE / ENDLESS
                    self.sent += _PIECE
            yield data
            # What was held up is made up for, but not all of it at once.
            due = max(due + pause, loop.time() - 1)
            await asyncio.sleep(due - loop.time())

    def _take(self, count: int) -> bytes:
        taken = [self._prepared[(self._next + number) % _PREPARED] for number in range(count)]
        self._next += count
        self.sent += count
        return b"".join(taken)


async def _main(port: int, serial: str) -> None:
    stranger = Stranger(telegrams(serial))
    server = await asyncio.start_server(stranger.serve, "127.0.0.1", port)
    _say("ready")
    async with server:
        while line := await asyncio.to_thread(sys.stdin.readline):
            stranger.tell(line.strip())


def _say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), sys.argv[2]))
