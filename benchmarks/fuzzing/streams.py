"""Bytes as a bad line, or somebody who means harm, delivers them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from .findings import shorter
from .seeds import encrypted, seal, unseal

_TOKENS = (
    *(b"/", b"!", b"\n!", b"\r\n", b"\n", b"\0", b" ", b"(", b")", b"!0000", b"!12", b"\r\n!\r\n"),
    *(b"/FLU5", b"/FLU5\\253769484_A\r\n\r\n", b"\n/", b"\n \0 /", b"\n    !", b"\xdb\x08", b"\xff", b"\x80"),
)
_LONGEST = 24_000
_MOST_CUTS = 40


@dataclass(frozen=True, slots=True)
class Stream:
    """Bytes and the pieces in which they come."""

    data: bytes
    cuts: tuple[int, ...] = ()
    """Where a new piece begins, in order."""

    @property
    def pieces(self) -> list[bytes]:
        """Return the bytes as they come."""
        edges = (0, *self.cuts, len(self.data))
        return [self.data[start:end] for start, end in pairwise(edges)]


def fresh(random: Random, telegrams: list[bytes]) -> Stream:
    """Return a few telegrams as they come."""
    return _chunked(random, b"".join(random.choices(telegrams, k=random.randint(1, 3))))


def mutated(random: Random, stream: Stream, others: list[Stream], telegrams: list[bytes]) -> Stream:
    """Return a stream with one to six things done to it."""
    data = stream.data
    for _ in range(random.choice((1, 1, 2, 3, 6))):
        mutation = random.choice(_MUTATIONS)
        data = mutation(random, data, random.choice(others).data, telegrams)
    return _chunked(random, data[:_LONGEST])


def simpler(stream: Stream) -> Iterator[Stream]:
    """Yield streams with fewer pieces and fewer bytes."""
    for cuts in shorter(stream.cuts):
        yield Stream(stream.data, cuts)
    size = len(stream.data) // 2
    while size:
        for start in range(0, len(stream.data), size):
            data = stream.data[:start] + stream.data[start + size :]
            moved = (cut if cut <= start else max(start, cut - size) for cut in stream.cuts)
            yield Stream(data, tuple(cut for cut in moved if cut < len(data)))
        size //= 2


def _chunked(random: Random, data: bytes) -> Stream:
    count = min(random.choice((0, 1, 2, 5, _MOST_CUTS)), len(data))
    return Stream(data, tuple(sorted(random.sample(range(len(data)), count))))


def _span(random: Random, data: bytes, most: int = 2000) -> slice:
    start = random.randrange(len(data) + 1)
    return slice(start, start + random.randint(0, min(most, len(data))))


def _cut(random: Random, data: bytes, _other: bytes, _telegrams: list[bytes]) -> bytes:
    gone = _span(random, data)
    return data[: gone.start] + data[gone.stop :]


def _join(random: Random, data: bytes, other: bytes, telegrams: list[bytes]) -> bytes:
    return data + random.choice((other, random.choice(telegrams)))


def _splice(random: Random, data: bytes, other: bytes, _telegrams: list[bytes]) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + other[_span(random, other)] + data[at:]


def _flip(random: Random, data: bytes, _other: bytes, _telegrams: list[bytes]) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 4, 40)) if data else 0):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _repeat(random: Random, data: bytes, _other: bytes, _telegrams: list[bytes]) -> bytes:
    what = _span(random, data, random.choice((1, 8, 200)))
    return data[: what.stop] + data[what] * random.choice((1, 2, 9, 30, 30, 3000)) + data[what.stop :]


def _insert(random: Random, data: bytes, _other: bytes, _telegrams: list[bytes]) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + random.choice(_TOKENS) * random.choice((1, 1, 2, 2, 9, 9, 5000)) + data[at:]


def _noise(random: Random, data: bytes, _other: bytes, _telegrams: list[bytes]) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + random.randbytes(random.choice((1, 10, 10, 100, 100, 9000))) + data[at:]


def _encrypt(random: Random, data: bytes, _other: bytes, _telegrams: list[bytes]) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + encrypted(data[at : at + 1000]) + data[at:]


def _reseal(random: Random, data: bytes, _other: bytes, telegrams: list[bytes]) -> bytes:
    """Append a telegram one of whose lines is changed, with the right checksum."""
    lines = list(unseal(random.choice(telegrams)))
    at = random.randrange(len(lines))
    lines[at] = _flip(random, _insert(random, lines[at], b"", telegrams), b"", telegrams)
    return data + seal(tuple(lines))


_MUTATIONS = (_cut, _join, _splice, _flip, _repeat, _insert, _noise, _encrypt, _reseal)
