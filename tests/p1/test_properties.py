from collections import Counter
from contextlib import suppress
from dataclasses import fields
from datetime import datetime
import math
import re
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
import pytest

from custom_components.emucs_p1.p1 import (
    CrcError,
    FrameError,
    MbusDevice,
    Telegram,
    TelegramReader,
    parse_telegram,
)
from custom_components.emucs_p1.p1.objects import BY_CODE, DataObject
from custom_components.emucs_p1.p1.parser import BodyReader, read_body
from custom_components.emucs_p1.p1.reader import MAX_HELD
from custom_components.emucs_p1.p1.values import READERS, Reader, moment

from .telegrams import HEADER, lines_of, sealed, simulated, telegram

# A failure prints its example and a line to repeat it with.
LIVELY = settings(
    deadline=None,
    max_examples=250,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

# One line of every kind that a simulated telegram lacks.
RICH = telegram(
    "0-0:96.1.4(50221)",
    "0-0:96.1.1(3153414733323030303030303031)",
    "0-0:96.1.2(353431343438383230303030303030303031)",
    "0-0:1.0.0(260703120000S)",
    "1-0:94.32.1(400)",
    "1-0:1.8.1(000100.001*kWh)",
    "1-0:1.8.2(000200.002*kWh)",
    "1-0:2.8.1(000300.003*kWh)",
    "1-0:2.8.2(000400.004*kWh)",
    "0-0:96.14.0(0001)",
    "1-0:1.4.0(02.351*kW)",
    "1-0:1.6.0(260703120000S)(05.765*kW)",
    "0-0:98.1.0(2)(1-0:1.6.0)(1-0:1.6.0)(260601000000S)(260505181500S)(04.329*kW)"
    "(260701000000S)(260605181500S)(03.000*kW)",
    "1-0:1.7.0(00.000*kW)",
    "1-0:2.7.0(01.234*kW)",
    "0-0:96.3.10(1)",
    "0-1:96.3.10(0)",
    "0-2:96.3.10(1)",
    "0-0:17.0.0(10.000*kW)",
    "1-0:31.4.0(040.00*A)",
    "0-0:96.13.0(48616C6C6F)",
    "0-1:24.1.0(003)",
    "0-1:96.1.1(37464C4F32313030303030303031)",
    "0-1:24.4.0(1)",
    "0-1:24.2.3(260703115500S)(01275.658*m3)",
    "0-2:24.1.0(004)",
    "0-2:96.1.1(37464C4F32313030303030303032)",
    "0-2:24.2.1(260703115500S)(00012.345*GJ)",
)
DERIVED = {
    "energy_import_day": {"energy_import"},
    "energy_import_night": {"energy_import"},
    "energy_export_day": {"energy_export"},
    "energy_export_night": {"energy_export"},
    "power_import": {"power"},
    "power_export": {"power"},
    "month_peak": {"month_peak_time"},
}
# What is said about lines, not about the meter.
OF_LINES = {"unknown", "lines", "malformed", "sent"}

frames = st.one_of(st.integers(0, 30).map(simulated), st.just(RICH))
# Half of it is what values are made of, so that damage is not always obvious.
damage = st.one_of(
    st.text(st.sampled_from("0123456789.()*-SWkhVAmGJ"), max_size=30),
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=30),
).map(lambda text: text.encode("latin-1"))
noise = st.one_of(
    st.binary(max_size=200),
    st.lists(
        st.sampled_from([b"/", b"!", b"\r", b"\n", b"\r\n", b"\0", b" ", b"(", b"1A", b"/FLU5", b"\xdb\x08"]),
        max_size=40,
    ).map(b"".join),
    st.integers(0, 20_000).map(lambda length: b"x" * length),
)


@st.composite
def damaged_lines(draw: st.DrawFn) -> tuple[bytes, int, bytes]:
    """Return a telegram, the number of a line of it and what is left of that line."""
    frame = draw(frames)
    lines = lines_of(frame)
    number = draw(st.integers(0, len(lines) - 1))
    kept = draw(st.integers(0, len(lines[number])))
    return (
        frame,
        number,
        lines[number][:kept] + draw(damage) + draw(st.sampled_from([b"", b")", lines[number][kept:]])),
    )


def with_lines(lines: list[bytes]) -> bytes:
    return sealed(b"\r\n".join((HEADER.encode(), b"", *lines, b"!")))


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Return a telegram some of whose lines are changed, gone, doubled or moved, with the right CRC."""
    lines = lines_of(draw(frames))
    for number, change in draw(
        st.lists(st.tuples(st.integers(0, 99), st.sampled_from("cdgm")), min_size=1, max_size=6)
    ):
        at = number % len(lines)
        match change:
            case "c":
                lines[at] = lines[at][: number % (len(lines[at]) + 1)] + draw(damage)
            case "d":
                lines.insert(at, lines[at])
            case "g" if len(lines) > 1:
                del lines[at]
            case _:
                lines.append(lines.pop(at))
    return with_lines(lines)


@st.composite
def streams(draw: st.DrawFn) -> list[bytes]:
    """Return what may come over a line: mostly mutated telegrams, whole or cut, with noise between."""
    pieces: list[bytes] = []
    for kind in draw(st.lists(st.sampled_from("mmmmcn"), min_size=1, max_size=5)):
        piece = draw(noise if kind == "n" else mutated())
        pieces.append(piece[: draw(st.integers(0, len(piece)))] if kind == "c" else piece)
    return pieces


def is_valid(frame: bytes) -> bool:
    with suppress(FrameError, CrcError):
        return parse_telegram(frame) is not None
    return False


def assert_mostly_valid(seen: Counter[bool]) -> None:
    """Demand that half of the examples were telegrams with the right checksum."""
    assert seen.total() >= LIVELY.max_examples
    assert seen[True] >= seen[False]


def read(*chunks: bytes) -> tuple[list[Telegram], Any]:
    reader = TelegramReader()
    telegrams = []
    for chunk in chunks:
        telegrams += reader.feed(chunk)
        assert len(reader._held) <= MAX_HELD
    return telegrams, reader.stats


def test_any_bytes_are_read_the_same_in_whatever_pieces() -> None:
    seen: Counter[bool] = Counter()

    @LIVELY
    @given(streams(), st.lists(st.integers(1, 3000), max_size=20))
    def check(pieces: list[bytes], sizes: list[int]) -> None:
        seen.update(map(is_valid, pieces))
        stream = b"".join(pieces)
        cuts = [sum(sizes[:count]) for count in range(len(sizes) + 1)]
        chunks = [stream[start:end] for start, end in zip(cuts, [*cuts[1:], len(stream)], strict=True)]
        whole = read(stream)
        assert read(*chunks) == whole
        assert read(*(stream[at : at + 1] for at in range(len(stream)))) == whole

    check()
    assert_mostly_valid(seen)


def test_bodies_read_one_after_another_say_what_each_says_alone() -> None:
    patched: Counter[bool] = Counter()

    @LIVELY
    @given(mutated(), st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), damage), max_size=12))
    def check(frame: bytes, changes: list[tuple[int, int, bytes]]) -> None:
        reader = BodyReader()
        body = frame[: frame.rindex(b"!") + 1]
        assert_same(reader.read(body), read_body(body))
        for number, source, left in changes:
            lines = body.split(b"\r\n")
            at, other = (each % len(lines[1:-1]) + 1 for each in (number, source))
            match source % 6:
                case 0:
                    lines[at] = lines[at][:source] + left
                case 1:
                    # A field that comes twice, until one of them is written over.
                    lines[at] = lines[other]
                case digit:
                    lines[at] = re.sub(rb"\d(?=[^(]*\)$)", str(digit).encode(), lines[at])
            body = b"\r\n".join(lines)
            before = reader._last
            assert_same(reader.read(body), read_body(body))
            patched[reader._last is before and before is not None] += 1

    check()
    assert patched[True] >= patched[False] > 0


def assert_same(one: Telegram, other: Telegram) -> None:
    for each in fields(Telegram):
        assert getattr(one, each.name) == getattr(other, each.name), each.name


def test_a_mutated_telegram_with_the_right_checksum_is_read() -> None:
    seen: Counter[bool] = Counter()

    @LIVELY
    @given(mutated())
    def check(frame: bytes) -> None:
        # A changed line that begins with a bang ends the telegram.
        assume(not any(line.lstrip(b" \0").startswith(b"!") for line in lines_of(frame)))
        seen[is_valid(frame)] += 1
        assert read(simulated(), frame, simulated(1))[0] == [
            parse_telegram(simulated()),
            parse_telegram(frame),
            parse_telegram(simulated(1)),
        ]

    check()
    assert_mostly_valid(seen)


@LIVELY
@given(st.binary(max_size=300))
def test_any_bytes_are_a_telegram_or_a_telegram_error(data: bytes) -> None:
    with suppress(FrameError, CrcError):
        parse_telegram(data)


def test_a_damaged_line_costs_only_its_value() -> None:
    seen: Counter[bool] = Counter()

    @LIVELY
    @given(damaged_lines())
    def check(example: tuple[bytes, int, bytes]) -> None:
        frame, number, damaged = example
        lines = lines_of(frame)
        original, lines[number] = lines[number], damaged
        code = original.partition(b"(")[0].decode()
        damaged_code = damaged.decode("latin-1").partition("(")[0]
        # A line that has become another known one stands for that one's value.
        assume(damaged_code == code or damaged_code not in BY_CODE)
        mutant = with_lines(lines)
        seen[is_valid(mutant)] += 1
        channel, row = BY_CODE[code]
        before, after = parse_telegram(frame), parse_telegram(mutant)
        if channel:
            assert all_but(after, {"mbus"}) == all_but(before, {"mbus"})
            compare_devices(before.mbus, after.mbus, channel, row.field)
        else:
            hit = {row.field} | DERIVED.get(row.field, set())
            assert all_but(after, hit) == all_but(before, hit)
        assert set(after.malformed) <= {damaged.decode("latin-1")}

    check()
    assert_mostly_valid(seen)


def all_but(read: Telegram, names: set[str]) -> dict[str, Any]:
    return {
        field.name: getattr(read, field.name) for field in fields(read) if field.name not in names | OF_LINES
    }


def compare_devices(
    before: tuple[MbusDevice, ...], after: tuple[MbusDevice, ...], channel: int, hit: str
) -> None:
    names = {field.name for field in fields(MbusDevice)} - {hit}
    if hit == "reading":
        names -= {"unit", "reading_time"}
    assert [one.channel for one in after] == [one.channel for one in before]
    for old, new in zip(before, after, strict=True):
        if old.channel == channel:
            assert [getattr(new, name) for name in names] == [getattr(old, name) for name in names]
        else:
            assert new == old


@pytest.mark.parametrize(
    "row", list({id(found[1]): found for found in READERS.values()}.values()), ids=lambda row: row[1].code
)
def test_a_reader_of_values_refuses_by_value_error_alone(row: tuple[int, DataObject, Reader]) -> None:
    _, data_object, reader = row

    @settings(LIVELY, max_examples=40)
    @given(damage)
    def check(text: bytes) -> None:
        with suppress(ValueError):
            value = reader(text.decode("latin-1"), data_object)
            assert not isinstance(value, float) or math.isfinite(value)

    check()


@LIVELY
@given(st.datetimes(datetime(2010, 1, 1), datetime(2069, 12, 31)), st.sampled_from("SW"))  # noqa: DTZ001
def test_a_moment_is_read_as_it_was_written(written: datetime, flag: str) -> None:
    read_back = moment(f"{written:%y%m%d%H%M%S}{flag}")
    assert read_back
    assert read_back.replace(tzinfo=None) == written.replace(microsecond=0)
