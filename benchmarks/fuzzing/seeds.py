"""Telegrams of simulated meters, and how to take one apart and seal it again."""

from datetime import datetime, timedelta

from simulator.clock import BRUSSELS
from simulator.crc import crc16
from simulator.household import Household
from simulator.meter import Meter
from simulator.model import Model

type Lines = tuple[bytes, ...]
"""A telegram without its line ends, the header first, its end and checksum left out."""

_ENCRYPTED = b"\xdb\x08SAG\x00\x00\x00\x00\x01\x82\x01\x02\x30\x00\x00\x00\x01"

# Where something happens: a quarter's end, a month's, both nights in which the clock is changed.
_QUARTER_END = datetime(2026, 3, 3, 12, 14, 55, tzinfo=BRUSSELS)
_MONTH_END = datetime(2026, 3, 31, 23, 59, 55, tzinfo=BRUSSELS)
_SPRING = datetime(2026, 3, 29, 1, 59, 55, tzinfo=BRUSSELS)
_AUTUMN = datetime(2026, 10, 25, 2, 59, 55, tzinfo=BRUSSELS)
_SECONDS = (0, 1, 2, 4, 5, 6, 7, 10, 20, 40, 100, 300, 605, 905, 906, 1500, 1806)

_LIVES = (
    (_MONTH_END, 3, Model(version=50221, mbus=8, message="Onderhoud op 3/4")),
    (_SPRING, 1, Model(version=50213, mbus=1)),
    (_AUTUMN, 3, Model(version=50216, delta=True, mbus=3)),
    (_QUARTER_END, 3, Model(peaks=False, breaker=2)),
    (_QUARTER_END, 3, Model(text_only=True)),
)


def seal(lines: Lines) -> bytes:
    """Return a telegram of these lines with the right checksum."""
    body = b"\r\n".join((*lines, b"!"))
    return b"%b%04X\r\n" % (body, crc16(body))


def unseal(telegram: bytes) -> Lines:
    """Return the lines of a telegram."""
    return tuple(telegram.split(b"\r\n")[:-2])


def series() -> list[list[bytes]]:
    """Return what meters of all kinds send over half an hour: the same at every run."""
    # Only one with the peaks of thirteen months: they take a second to live through.
    lives = [(_QUARTER_END, Meter(Household(1, 3)))]
    lives += [
        (start, Meter(Household(number, phases), installed=start - timedelta(days=2), model=model))
        for number, (start, phases, model) in enumerate(_LIVES, 2)
    ]
    return [
        [meter.telegram(start + timedelta(seconds=later)) for later in _SECONDS] for start, meter in lives
    ]


def encrypted(body: bytes) -> bytes:
    """Return a frame as of a meter that encrypts; its key is nobody's."""
    return _ENCRYPTED + bytes(byte ^ 0xA5 for byte in body)
