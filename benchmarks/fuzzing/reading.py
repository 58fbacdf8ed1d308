"""First target: any bytes into the reader of telegrams."""

from collections.abc import Iterator
from random import Random
import time
from unittest.mock import patch

from custom_components.emucs_p1.p1 import ReaderStats, Telegram, TelegramReader, parse_telegram
from custom_components.emucs_p1.p1.parser import BodyReader, read_body
from simulator.crc import crc16

from . import streams
from .findings import Failure, place_of
from .streams import Stream

_MOST_HELD = 8192
_CHECKSUM = 4
# One byte at a time is slow: for streams of a telegram or two, and some of them.
_BYTEWISE = 2500
_BYTEWISE_EVERY = 6

# Generous beside the 50 ns a byte that it takes: a loaded machine is no failure, the square of a length is.
_SECONDS = 0.05
_SECONDS_A_BYTE = 5e-6
_ATTEMPTS = 3


class Readings:
    """Feed streams; demand what the reader promises."""

    name = "bytes"

    def __init__(self, telegrams: list[bytes]) -> None:
        self._telegrams = telegrams
        self._clean = telegrams[0]
        self._expected = parse_telegram(self._clean)

    def fresh(self, random: Random) -> Stream:
        """Return an undamaged stream."""
        return streams.fresh(random, self._telegrams)

    def mutated(self, random: Random, corpus: list[Stream]) -> Stream:
        """Return a damaged one."""
        return streams.mutated(random, random.choice(corpus), corpus, self._telegrams)

    def simpler(self, stream: Stream) -> Iterator[Stream]:
        """Yield smaller ones."""
        return streams.simpler(stream)

    def literal(self, stream: Stream) -> str:
        """Return a stream as Python."""
        return repr(stream.pieces)

    def run(self, stream: Stream) -> None:
        """Raise Failure when the reader breaks a promise on this stream."""
        bodies: list[bytes] = []

        def read(reader: BodyReader, body: bytes) -> Telegram:
            bodies.append(body)
            return _read(reader, body)

        with patch.object(BodyReader, "read", read):
            whole, stats, held = _fed([stream.data])
        _demand_linear_time(stream.data)
        _demand_balance(stream.data, bodies, stats, held)
        if whole != [parse_telegram(body + b"%04X" % crc16(body)) for body in bodies]:
            raise Failure("the reader reads a frame otherwise than parse_telegram")
        if _fed(stream.pieces)[:2] != (whole, stats):
            raise Failure("pieces change what is read")
        bytewise = len(stream.data) <= _BYTEWISE and len(stream.data) % _BYTEWISE_EVERY == 0
        if bytewise and _fed([bytes((byte,)) for byte in stream.data])[:2] != (whole, stats):
            raise Failure("single bytes change what is read")
        if self._expected not in _fed([stream.data, b"\r\n", self._clean])[0][len(whole) :]:
            raise Failure("a telegram behind the stream is lost")


_read = BodyReader.read


def _fed(pieces: list[bytes]) -> tuple[list[Telegram], ReaderStats, int]:
    """Return what a reader makes of pieces, and how much it holds at the end."""
    reader = TelegramReader()
    telegrams: list[Telegram] = []
    for piece in pieces:
        try:
            telegrams += reader.feed(piece)
        except Exception as error:
            raise Failure(f"feed raises {place_of(error)}", repr(error)) from error
        if len(reader._held) > _MOST_HELD:  # noqa: SLF001
            raise Failure("more than 8192 bytes are held", str(len(reader._held)))  # noqa: SLF001
    return telegrams, reader.stats, len(reader._held)  # noqa: SLF001


def _demand_linear_time(data: bytes) -> None:
    """Demand a time in proportion to the bytes; the best of some attempts counts."""
    bound = _SECONDS + _SECONDS_A_BYTE * len(data)
    for attempt in range(_ATTEMPTS):
        begin = time.process_time()
        TelegramReader().feed(data)
        if (spent := time.process_time() - begin) <= bound:
            return
        if attempt == _ATTEMPTS - 1:
            raise Failure("the reader takes too long", f"{spent:.3f} s for {len(data)} bytes")


def _demand_balance(data: bytes, bodies: list[bytes], stats: ReaderStats, held: int) -> None:
    """Demand that every byte is of a telegram, dropped, held, padding or the checksum of a bad frame."""
    if (stats.bytes, stats.telegrams) != (len(data), len(bodies)):
        raise Failure("bytes or telegrams are miscounted", str(stats))
    if stats.bad_lines != sum(len(read_body(body).malformed) for body in bodies):
        raise Failure("bad lines are miscounted", str(stats))
    read = sum(len(body) + _CHECKSUM for body in bodies)
    rest = len(data) - read - stats.dropped_bytes - held
    padding = sum(data.count(byte) for byte in (b" ", b"\0", b"\r", b"\n"))
    if not 0 <= rest <= padding + _CHECKSUM * data.count(b"!"):
        raise Failure("bytes are lost or counted twice", f"{rest} of {len(data)}: {stats}")
