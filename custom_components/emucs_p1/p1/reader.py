"""From a stream of bytes to telegrams."""

from dataclasses import dataclass
import re

from .crc import crc16
from .parser import BodyReader
from .telegram import Telegram

# 13 months, eight M-Bus meters and a text message of 2048 characters make less than 6 kB.
MAX_HELD = 8192

_HEX = frozenset(b"0123456789abcdefABCDEF")
_CRC_DIGITS = 4
_LINE_FEED = ord("\n")
_END = re.compile(rb"\n[ \0]*!").search
_PADDING = b" \0\r\n"

# A telegram begins at a slash at a line start. After a cut line it may begin anywhere: then its
# header must look like one, for a text message may hold slashes.
_HEADER = re.compile(rb"/[A-Za-z]{3}\d")
# The checksum tells the true start from slashes in texts; more than a few candidates are noise.
_CANDIDATES = 8

# Tag, length and system title of an encrypted frame, two bytes of length, security control
# (Luxembourg Smarty P1, 3.2.5). All of it, since a lone DB 08 is common in noise.
_ENCRYPTED = re.compile(rb"\xdb\x08.{8}\x82[\x00-\x0f].\x30", re.DOTALL)
_ENCRYPTED_LENGTH = 14


@dataclass(slots=True)
class ReaderStats:
    """What has come in since the start."""

    bytes: int = 0
    telegrams: int = 0
    crc_errors: int = 0
    """Frames from `/` to `!` whose checksum was wrong or missing."""
    dropped_bytes: int = 0
    """Bytes of no telegram, line ends between telegrams left out."""
    bad_lines: int = 0
    """Lines of known data objects whose value could not be read, in valid telegrams."""
    encrypted_frames: int = 0


class TelegramReader:
    """Cut telegrams out of whatever a line delivers.

    Never raises, never holds more than `MAX_HELD` bytes, takes time linear in the bytes fed. A
    telegram that is damaged, cut or restarted is lost, and none beside it.
    """

    def __init__(self) -> None:
        self.stats = ReaderStats()
        self._read = BodyReader().read
        self._held = bytearray()
        # Up to here no end of a telegram and no encrypted header is left to be found.
        self._searched = 0

    def feed(self, data: bytes) -> list[Telegram]:
        """Return the telegrams that these bytes complete, in order."""
        self.stats.bytes += len(data)
        telegrams: list[Telegram] = []
        position = 0
        while position < len(data):
            taken = data[position : position + MAX_HELD - len(self._held)]
            position += len(taken)
            self._held += taken
            self._count_encrypted()
            self._cut(telegrams)
            if len(self._held) >= MAX_HELD:
                self._overflow()
        return telegrams

    def reset(self) -> None:
        """Forget the bytes held: what comes next does not continue them."""
        self._drop(len(self._held))
        self._searched = 0

    def _cut(self, telegrams: list[Telegram]) -> None:
        """Take every frame whose end has come out of the bytes held."""
        held = self._held
        taken = 0
        position = self._searched
        while (bang := _next_end(held, position)) >= 0:
            before, position = position, bang + 1
            digits = held[position : position + _CRC_DIGITS]
            checksum = None
            if _HEX.issuperset(digits):
                if len(digits) < _CRC_DIGITS:
                    # The rest of the checksum is still on its way.
                    position = held.rfind(b"\n", before, bang)
                    break
                position += _CRC_DIGITS
                checksum = int(digits, 16)
            self._take(bytes(held[taken : bang + 1]), checksum, telegrams)
            taken = position
        else:
            # A line end with nothing but padding behind it may be the beginning of an end.
            line = held.rfind(b"\n", position)
            position = line if line >= 0 and not held[line:].strip(_PADDING) else len(held)
        del held[:taken]
        self._searched = position - taken

    def _take(self, frame: bytes, checksum: int | None, telegrams: list[Telegram]) -> None:
        """Read the telegram that ends here, from whichever start the checksum bears out."""
        starts = _starts(frame)
        for start in starts if checksum is not None else ():
            body = frame[start:]
            if crc16(body) == checksum:
                telegram = self._read(body)
                self.stats.telegrams += 1
                self.stats.bad_lines += len(telegram.malformed)
                self._count_dropped(frame[:start])
                telegrams.append(telegram)
                return
        if starts:
            self.stats.crc_errors += 1
        self._count_dropped(frame)

    def _overflow(self) -> None:
        """Make room: what is held is too long for a telegram, unless one began later."""
        starts = _starts(self._held)
        self._drop(starts[0] if starts and starts[0] else len(self._held))

    def _drop(self, count: int) -> None:
        self._count_dropped(bytes(self._held[:count]))
        del self._held[:count]
        self._searched = max(0, self._searched - count)

    def _count_dropped(self, data: bytes) -> None:
        self.stats.dropped_bytes += len(data.strip(_PADDING))

    def _count_encrypted(self) -> None:
        begin = max(0, self._searched - _ENCRYPTED_LENGTH + 1)
        if self._held.find(b"\xdb", begin) >= 0:
            self.stats.encrypted_frames += sum(1 for _ in _ENCRYPTED.finditer(self._held, begin))


def _next_end(data: bytearray, position: int) -> int:
    """Return where the next `!` at a line start stands; -1 where there is none."""
    # In nearly every telegram it is the only one: that is found for a fraction of what the regex costs.
    bang = data.find(b"!", position)
    if bang < 0 or (bang > position and data[bang - 1] == _LINE_FEED):
        return bang
    # Texts and noise have some too, and some gateways pad lines.
    end = _END(data, position)
    return end.end() - 1 if end else -1


def _at_line_start(data: bytes | bytearray, position: int, begin: int = 0) -> bool:
    """Return whether nothing but padding stands between the position and the line end before it."""
    while position > begin and data[position - 1] in b" \0":
        position -= 1
    return position == begin or data[position - 1] == _LINE_FEED


def _starts(data: bytes | bytearray) -> list[int]:
    """Return where a telegram may begin: the last places, as noise comes before, and the very first."""
    starts: list[int] = []
    slash = len(data)
    while (slash := data.rfind(b"/", 0, slash)) >= 0:
        if _at_line_start(data, slash) or _HEADER.match(data, slash):
            starts.append(slash)
    return starts if len(starts) <= _CANDIDATES else [*starts[: _CANDIDATES - 1], starts[-1]]
