"""Data lines as nobody should send them, each with the grammar of its own data object in mind."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from custom_components.emucs_p1.p1.objects import BY_CODE, DataObject, Kind

from .seeds import Lines


def _words(text: str) -> list[str]:
    """Return what stands between spaces."""
    return text.split()


_NUMBERS = (
    *_words("0 00.000 -0 -0.001 -1 1 99.999 100 100.000 100.001 102.4 499.9 500 500.1 999 999.9 999.99"),
    *_words("9999999.999 10000000 10000001 99999999 123456789012.345 000000000000007 1e5 1E400 nan NaN"),
    *_words("inf -inf Infinity +5 1_000 1,5 1.2.3 . .5 5. - --1 0x1F \xb2 \xbd"),
    *("", " 1", "1 ", "1\xa02", "9" * 16, "9" * 17, "9" * 400),
)
_UNITS = ("", *_words("kWh Wh MWh kW W MW V kV A mA m3 m\xb3 GJ MJ l KWH *"))
_TEXTS = (
    *("", " ", "Hallo", "**fett** [klik](https://example.org/x) <script>alert(1)</script>", "{{ 1/0 }}"),
    *("\x00", "a\x00b", "\x1b[31mrood\x1b[0m", "a\r\nb\tc", "\u202egekeerd", "\u200b\u2066\ufeff"),
    *("\U0001f600" * 70, "\xe9\xe8\xff\xa0\xad", "x" * 254, "x" * 255, "x" * 256, "y" * 2048, "z" * 5000),
    *("\u0301" * 300, "%s %d {0}", "None", "unknown", "unavailable", "../../etc/passwd", "\ufffe\uffff"),
    *("'; DROP TABLE states; --", "{% raw", "\ud7ff", "![x](http://example.org/p.png)"),
)
_IDS = (
    *_words("1SAG3100000001 1SAG1100000001 7FLO2100000001 8SEU0100000001 6KAM0100000001 XXXXXXXXXXXX"),
    *_words("000000000000 1 86543210 E0043007052870318 _mbus1 1SAG3100000001_mbus1 a.b/c\\d"),
)
_DATES = (
    *_words("632525252525W 000101000000W 700101000000W 100101000000W 691231235959W 260230120000W"),
    *_words("260229120000W 280229120000W 261301000000W 260100000000W 260303240000W 260303126000W"),
    *_words("260329020000W 260329023000S 260329030000S 261025020000S 261025023000S 261025023000W"),
    *_words("261025030000W 260303120000 260303120000X 2603031200W 260303120000WW 999999999999S"),
    *_words("000000000000S 260401000000S 260331235959S 26030312000\xb2W -60303120000W 99991231235959W"),
    "",
)
_SMALL = ("", *_words("0 1 2 3 9 00 01 0001 0002 0003 -1 1)(1 A 255 999 1000"))
_CODES = tuple(BY_CODE)
_BY_KIND = [[code for code in BY_CODE if BY_CODE[code][1].kind is kind] for kind in Kind]
"""So that the one message is changed as often as the many numbers."""
_STRANGE_CODES = ("", *_words("0-9:24.1.0 0-0:24.1.0 1-0:99.99.9 9-9:9.9.9 ( \xff 0-1:24.2.1\x00 !"))
_HEADERS = (
    *_words(r"/FLU5\253769484_A /FLU5\253967035_D /ISk5\2MIE5T-200 /KFM5KAIFA-METER / /A /FLU5\ //"),
    *("/FLU5\\\x1b[31m\x00\x07", "/XXX5 " + "h" * 300, "/FLU5\\\xe9\xad\xa0"),
    "/FLU5\\[x](javascript:alert(1))",
)
# How often one of the rarer things is done.
_SELDOM = 0.03
_NOW_AND_THEN = 0.1
_OFTEN = 0.3


def _number(random: Random, _row: DataObject) -> str:
    if random.random() < _OFTEN:
        return f"{random.choice((1, 10, 100, 1000, 1e6)) * random.random():010.3f}"
    return random.choice(_NUMBERS)


def _quantity(random: Random, row: DataObject) -> str:
    unit = random.choice((row.unit, row.unit, random.choice(_UNITS)))
    return f"{_number(random, row)}*{unit}" if random.random() > _NOW_AND_THEN else _number(random, row)


def _hex(random: Random, text: str) -> str:
    encoded = text.encode(random.choice(("utf-8", "utf-8", "utf-16")), "replace").hex()
    return random.choice((encoded, encoded.upper(), encoded[:-1], text))


def _text(random: Random, _row: DataObject) -> str:
    return _hex(random, random.choice(_TEXTS))


def _identifier(random: Random, _row: DataObject) -> str:
    if random.random() < _OFTEN:
        return _hex(random, random.choice(_TEXTS))
    if random.random() < _OFTEN:
        return f"7FLO{random.randrange(10**10):010d}".encode().hex()
    return random.choice(_IDS).encode().hex()


def _date(random: Random, _row: DataObject) -> str:
    if random.random() < _OFTEN:
        return random.choice(_DATES)
    quarter = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=15 * random.randrange(35000))
    return f"{quarter + timedelta(seconds=random.choice((0, 0, 1, 899))):%y%m%d%H%M%S}{random.choice('SW')}"


def _small(random: Random, _row: DataObject) -> str:
    return random.choice(_SMALL)


def _type(random: Random, _row: DataObject) -> str:
    return f"{random.choice((0, 2, 3, 4, 6, 7, 8, 10, 11, 12, 13, 15, 21, 22, 255)):03d}"


def _dated(random: Random, row: DataObject) -> str:
    return f"{_date(random, row)})({_quantity(random, row)}"


def _history(random: Random, row: DataObject) -> str:
    rows = ")(".join(
        f"{_date(random, row)})({_dated(random, row)}" for _ in range(random.choice((0, 1, 2, 14, 90)))
    )
    return f"{random.choice(_SMALL)})(1-0:1.6.0)(1-0:1.6.0)({rows}"


_VALUES: dict[Kind, Callable[[Random, DataObject], str]] = {
    Kind.BREAKER: _small,
    Kind.GRID: _number,
    Kind.HISTORY: _history,
    Kind.IDENTIFIER: _identifier,
    Kind.MBUS_TYPE: _type,
    Kind.MESSAGE: _text,
    Kind.NUMBER: _quantity,
    Kind.PEAK: _dated,
    Kind.READING: _dated,
    Kind.RELAY: _small,
    Kind.TARIFF: _small,
    Kind.TEXT: _text,
    Kind.TIME: _date,
}


def line(random: Random, code: str | None = None) -> bytes:
    """Return a line of a data object, any if no code is given, with a value that may be anything."""
    if code is None:
        code = random.choice(_STRANGE_CODES if random.random() < _SELDOM else random.choice(_BY_KIND))
    _, row = BY_CODE.get(code, BY_CODE[random.choice(_CODES)])
    # Now and then the value of quite another object.
    kind = row.kind if random.random() > _NOW_AND_THEN else random.choice(list(Kind))
    value = _VALUES[kind](random, row)
    closing = ")" if random.random() > _SELDOM else random.choice(("", "))", ")(", ") \0"))
    return f"{code}({value}{closing}".encode("latin-1", "replace")


def mbus(random: Random) -> list[bytes]:
    """Return the lines of a meter on a channel, which may be none that a meter has."""
    channel = random.randrange(10)
    codes = ("24.1.0", "96.1.1", "24.4.0", random.choice(("24.2.1", "24.2.3")))
    return [line(random, f"0-{channel}:{code}") for code in codes if random.random() > _NOW_AND_THEN]


def changed(random: Random, lines: Lines) -> Lines:
    """Return a telegram with one thing done to its lines."""
    parts = list(lines)
    at = random.randrange(1, len(parts)) if len(parts) > 1 else 0
    random.choices(_CHANGES, _WEIGHTS)[0](random, parts, at)
    return tuple(parts)


def _replace(random: Random, parts: list[bytes], at: int) -> None:
    code = parts[at].partition(b"(")[0].decode("latin-1")
    parts[at] = line(random, code if code in BY_CODE else None)


def _insert(random: Random, parts: list[bytes], at: int) -> None:
    parts.insert(at + 1, line(random))


def _add_meter(random: Random, parts: list[bytes], at: int) -> None:
    parts[at + 1 : at + 1] = mbus(random)


def _leave_out(_random: Random, parts: list[bytes], at: int) -> None:
    del parts[max(at, 1) : at + 1]


def _repeat(_random: Random, parts: list[bytes], at: int) -> None:
    parts.append(parts[at])


def _change_header(random: Random, parts: list[bytes], _at: int) -> None:
    parts[0] = random.choice(_HEADERS).encode("latin-1")


def _flip(random: Random, parts: list[bytes], at: int) -> None:
    flipped = bytearray(parts[at] or b"x")
    flipped[random.randrange(len(flipped))] = random.choice(b"\0 ()*!/09\xa0\xff\x7f\x1b-.")
    parts[at] = bytes(flipped)


_CHANGES = (_replace, _insert, _add_meter, _leave_out, _repeat, _change_header, _flip)
_WEIGHTS = (10, 3, 2, 2, 1, 1, 1)
