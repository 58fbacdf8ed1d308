"""What can be wrong with the line between meter and reader."""

from enum import StrEnum
from hashlib import shake_256
from random import Random, randbytes
import struct

from .crc import checksum

_DIGITS = b"0123456789ABCDEF"
_WRONG_DIGITS = _DIGITS[::-1]
_WRONG = bytes.maketrans(_DIGITS, _WRONG_DIGITS)
_CRC_AND_LINE_END = 6

_DAMAGED_LINE = 10
"""One line in so many is damaged."""
_MOST_DAMAGED_BYTES = 4
# Neither what frames a telegram, nor digits: no damaged number reads as another number.
_DAMAGE = bytes(byte for byte in range(0x20, 0x100) if byte not in b"/!0123456789\x7f")

_TITLE = b"SIM\x00\x00\x00\x00\x01"
_KEY = b"an invented key"
_TAG_LENGTH = 12
_FRAME_HEAD = struct.Struct(">BB8sBHBI")


class Fault(StrEnum):
    """A fault of the line, or what stands on it instead of the meter expected."""

    NONE = "none"
    SILENCE = "silence"
    NOISE = "noise"
    BAD_CRC = "bad-crc"
    CUT = "cut"
    """Each telegram loses its second half."""
    DAMAGED_LINES = "damaged-lines"
    """Every tenth line is damaged, and the checksum tells."""
    GARBLED_LINES = "garbled-lines"
    """Every tenth line is damaged, and the checksum was made afterwards."""
    ENCRYPTED = "encrypted"
    """Each telegram is an encrypted frame, as in Luxembourg."""


class Line:
    """The line, with what it counts from telegram to telegram."""

    def __init__(self) -> None:
        self._lines = 0
        self._frames = 0

    def carry(self, telegram: bytes, fault: Fault) -> bytes:
        """Return what arrives of a telegram."""
        body, end = telegram[:-_CRC_AND_LINE_END], telegram[-_CRC_AND_LINE_END:]
        match fault:
            case Fault.NONE:
                arrives = telegram
            case Fault.SILENCE:
                arrives = b""
            case Fault.NOISE:
                # As from a line read without the inverter it needs: high bits everywhere.
                arrives = bytes(byte | 0x80 for byte in randbytes(len(telegram)))
            case Fault.BAD_CRC:
                arrives = body + end.translate(_WRONG)
            case Fault.CUT:
                arrives = telegram[: len(telegram) // 2]
            case Fault.DAMAGED_LINES:
                arrives = self._damaged(body) + end
            case Fault.GARBLED_LINES:
                body = self._damaged(body)
                arrives = b"%b%04X\r\n" % (body, checksum(body))
            case Fault.ENCRYPTED:
                arrives = self._encrypted(telegram)
        return arrives

    def _damaged(self, body: bytes) -> bytes:
        """Return a telegram up to its exclamation mark with every tenth data line damaged."""
        header, blank, *lines, end = body.split(b"\r\n")
        for index, line in enumerate(lines):
            self._lines += 1
            if self._lines % _DAMAGED_LINE == 0:
                lines[index] = _damaged(line, Random(self._lines))
        return b"\r\n".join((header, blank, *lines, end))

    def _encrypted(self, telegram: bytes) -> bytes:
        """Return a frame laid out as Luxembourg's, with a stream of bytes for AES-GCM, which Python lacks."""
        self._frames += 1
        stream = shake_256(_KEY + self._frames.to_bytes(4)).digest(len(telegram) + _TAG_LENGTH)
        cipher = bytes(a ^ b for a, b in zip(telegram, stream, strict=False))
        # Security control and counter stand before, the tag behind.
        length = 5 + len(cipher) + _TAG_LENGTH
        head = _FRAME_HEAD.pack(0xDB, len(_TITLE), _TITLE, 0x82, length, 0x30, self._frames)
        return head + cipher + stream[-_TAG_LENGTH:]


def _damaged(line: bytes, chance: Random) -> bytes:
    damaged = bytearray(line)
    for _ in range(chance.randint(1, _MOST_DAMAGED_BYTES)):
        position = chance.randrange(len(damaged))
        damaged[position] = chance.choice([byte for byte in _DAMAGE if byte != line[position]])
    return bytes(damaged)
