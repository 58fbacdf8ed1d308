"""The line between the meter and the port: what arrives of each telegram while something is wrong."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from simulator.clock import QUARTER
from simulator.reading import Reading
from tests.ports import FakePort

from .clock import Clock
from .meter import HOSTILE, House, hostile, sealed, shifted, stamped, without_gas

_SLOW = 60
_CHUNKS = 12
_GARBLED_LINES = 4
# Around the end of a quarter the meter sends every second, as a real one always does: a watt-hour there is
# 4 W of the quarter, and the registers tell no less than that.
_EDGE = 10


@dataclass
class Trouble:
    """What is wrong with the line or the meter just now."""

    silent: bool = False
    slow: bool = False
    chunks: bool = False
    gas_gone: bool = False
    shift: int = 0
    """Seconds that the meter's clock is fast."""
    stuck_at: int | None = None
    """Unix second at which the meter's clock stands."""
    hostile: bool = False
    spoil: Callable[[bytes, Random], bytes] | None = None


@dataclass
class Line:
    """A meter that sends every few seconds, around a quarter's end every second, and a port in memory."""

    house: House
    clock: Clock
    chance: Random
    every: int
    port: FakePort = field(default_factory=FakePort)
    trouble: Trouble = field(default_factory=Trouble)
    sent: int = 0
    """Telegrams that the meter has sent, whatever arrived of them."""
    on_sent: list[Callable[[Reading], None]] = field(default_factory=list)
    """Who is told of a moment before its telegram comes."""
    _rest: bytes = b""
    _hostile: int = 0
    _known: Reading | None = None

    @property
    def known(self) -> Reading:
        """Return what the meter knew at its last telegram."""
        if self._known is None:
            raise RuntimeError("the meter has not begun")
        return self._known

    async def run(self, start: int, end: int) -> None:
        """Send until the end."""
        for second in range(start, end + 1):
            if (second - start) % self.every == 0 or (second + _EDGE) % QUARTER < 2 * _EDGE:
                await self.clock.until(second)
                self.send(second)

    def send(self, second: int) -> None:
        """Send the telegram of a second."""
        self._known = self.house.reading(second)
        for tell in self.on_sent:
            tell(self._known)
        trouble = self.trouble
        if trouble.silent or (trouble.slow and second % _SLOW):
            return
        self.sent += 1
        data = self._faulty(self.house.telegram(second), second)
        if trouble.chunks:
            self._send_in_chunks(data)
        else:
            self.port.send(self._rest + data)
            self._rest = b""

    def _faulty(self, telegram: bytes, second: int) -> bytes:
        trouble = self.trouble
        if trouble.gas_gone:
            telegram = without_gas(telegram)
        if trouble.shift:
            telegram = shifted(telegram, second, trouble.shift)
        if trouble.stuck_at is not None:
            telegram = stamped(telegram, self.house.reading(trouble.stuck_at).at)
        if trouble.hostile:
            telegram = hostile(telegram, self._hostile_lines())
        return trouble.spoil(telegram, self.chance) if trouble.spoil else telegram

    def _hostile_lines(self) -> Mapping[bytes, bytes]:
        self._hostile += 1
        return HOSTILE[self._hostile % len(HOSTILE)]

    def _send_in_chunks(self, data: bytes) -> None:
        """Bring the bytes in pieces, the last of which waits for the next telegram."""
        data = self._rest + data
        cuts = sorted({0, *(self.chance.randrange(len(data)) for _ in range(_CHUNKS))})
        for begin, end in pairwise(cuts):
            asyncio.get_running_loop().call_soon(self.port.send, data[begin:end])
        self._rest = data[cuts[-1] :]


def noise(telegram: bytes, chance: Random) -> bytes:
    """Return what a line read without its inverter gives."""
    return bytes(byte | 0x80 for byte in chance.randbytes(len(telegram)))


def bad_crc(telegram: bytes, chance: Random) -> bytes:
    """Return the telegram with another checksum."""
    wrong = int(telegram[-6:-2], 16) ^ chance.randint(1, 0xFFFF)
    return b"%b%04X\r\n" % (telegram[:-6], wrong)


def cut_short(telegram: bytes, chance: Random) -> bytes:
    """Return a telegram that loses its end."""
    return telegram[: chance.randrange(len(telegram))]


def damaged(telegram: bytes, chance: Random) -> bytes:
    """Return the telegram, or one of which a byte was altered on its way."""
    at = chance.randrange(len(telegram) - 8)
    altered = telegram[at] ^ (1 << chance.randrange(8))
    return telegram[:at] + bytes((altered,)) + telegram[at + 1 :] if chance.random() < 1 / 2 else telegram


def garbled(telegram: bytes, chance: Random) -> bytes:
    """Return a telegram in some of whose lines a byte cannot be read, with a checksum made afterwards."""
    lines = telegram.split(b"\r\n")
    for number in chance.sample(range(2, len(lines) - 2), _GARBLED_LINES):
        line = lines[number]
        at = chance.randrange(len(line))
        lines[number] = line[:at] + b"?" + line[at + 1 :]
    return sealed(b"\r\n".join(lines))
