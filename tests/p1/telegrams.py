"""Telegrams to read: typed lines or a simulated life, with the simulator's own checksum."""

from datetime import UTC, datetime, timedelta
from functools import cache

from custom_components.emucs_p1.p1 import MbusDevice, Telegram, parse_telegram
from simulator.crc import crc16
from simulator.household import Household
from simulator.meter import Meter

HEADER = r"/FLU5\253769484_A"
READ_AT = "(260703120500S)"
READ = datetime(2026, 7, 3, 10, 5, tzinfo=UTC)
MORNING = datetime(2026, 3, 3, 6, 30, tzinfo=UTC)

ENCRYPTED_HEADER = b"\xdb\x08" + b"SAGmade1" + b"\x82\x01\xf2" + b"\x30"
"""How an encrypted frame of a Luxembourg meter begins; made-up system title."""


def sealed(body: bytes) -> bytes:
    """Return the bytes up to the `!` with their checksum behind them."""
    return body + b"%04X\r\n" % crc16(body)


def telegram(*lines: str, header: str = HEADER, end: str = "\r\n") -> bytes:
    """Return a telegram of these lines."""
    return sealed(end.join((header, "", *lines, "!")).encode("latin-1"))


def parse(*lines: str, header: str = HEADER) -> Telegram:
    return parse_telegram(telegram(*lines, header=header))


def device(*lines: str) -> MbusDevice:
    """Return the one meter on the M-Bus that these lines tell of."""
    (only,) = parse(*lines).mbus
    return only


@cache
def a_meter(seed: int = 1) -> Meter:
    return Meter(Household(seed=seed), installed=MORNING - timedelta(days=100))


@cache
def simulated(second: int = 0) -> bytes:
    """Return a telegram of a household, some seconds into its morning."""
    return a_meter().telegram(MORNING + timedelta(seconds=second))


def lines_of(frame: bytes) -> list[bytes]:
    """Return the data lines of a telegram without line ends."""
    return frame.split(b"\r\n")[2:-2]
