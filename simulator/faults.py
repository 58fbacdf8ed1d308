"""What can be wrong with the line between meter and reader."""

from enum import StrEnum
from random import randbytes

_DIGITS = b"0123456789ABCDEF"
_WRONG_DIGITS = _DIGITS[::-1]
_WRONG = bytes.maketrans(_DIGITS, _WRONG_DIGITS)
_CRC_AND_LINE_END = 6


class Fault(StrEnum):
    """A fault of the line."""

    NONE = "none"
    SILENCE = "silence"
    NOISE = "noise"
    BAD_CRC = "bad-crc"


def spoil(telegram: bytes, fault: Fault) -> bytes:
    """Return what arrives of a telegram over a line with a fault."""
    match fault:
        case Fault.NONE:
            return telegram
        case Fault.SILENCE:
            return b""
        case Fault.NOISE:
            # As from a line read without the inverter it needs: high bits everywhere.
            return bytes(byte | 0x80 for byte in randbytes(len(telegram)))
        case Fault.BAD_CRC:
            return telegram[:-_CRC_AND_LINE_END] + telegram[-_CRC_AND_LINE_END:].translate(_WRONG)
