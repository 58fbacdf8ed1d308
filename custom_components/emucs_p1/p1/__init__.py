"""The P1 port of a Belgian digital meter: from bytes to telegrams. Knows nothing of Home Assistant."""

from .errors import CrcError, FrameError, LinkError, LinkProblem, TelegramError
from .link import Link, Probed
from .objects import is_harmless
from .parser import parse_telegram
from .probe import probe
from .reader import ReaderStats, TelegramReader
from .telegram import Breaker, MbusDevice, MbusType, MonthPeak, Tariff, Telegram
from .values import BRUSSELS

__all__ = [
    "BRUSSELS",
    "Breaker",
    "CrcError",
    "FrameError",
    "Link",
    "LinkError",
    "LinkProblem",
    "MbusDevice",
    "MbusType",
    "MonthPeak",
    "Probed",
    "ReaderStats",
    "Tariff",
    "Telegram",
    "TelegramError",
    "TelegramReader",
    "is_harmless",
    "parse_telegram",
    "probe",
]
