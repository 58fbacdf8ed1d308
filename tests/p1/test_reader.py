from collections.abc import Iterable
import random

import pytest

from custom_components.emucs_p1.p1 import (
    ReaderStats,
    Telegram,
    TelegramReader,
    parse_telegram,
)
from custom_components.emucs_p1.p1 import (
    reader as reader_module,
)
from custom_components.emucs_p1.p1.reader import MAX_HELD

from .telegrams import ENCRYPTED_HEADER, HEADER, sealed, simulated, telegram

ONE = telegram("1-0:1.7.0(00.001*kW)")
TWO = telegram("1-0:1.7.0(00.002*kW)")
THREE = telegram("1-0:1.7.0(00.003*kW)")
BANG = ONE.index(b"!")


def feed(*chunks: bytes) -> tuple[list[Telegram], ReaderStats]:
    """Return what a reader makes of these chunks; it never holds more than it may."""
    reader = TelegramReader()
    telegrams = []
    for chunk in chunks:
        telegrams += reader.feed(chunk)
        assert len(reader._held) <= MAX_HELD
    return telegrams, reader.stats


def watts(*chunks: bytes) -> list[int]:
    return [round(1000 * (read.power_import or 0)) for read in feed(*chunks)[0]]


def cut(data: bytes, size: int) -> Iterable[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


# What meters and gateways do


def test_a_telegram_is_read_when_its_checksum_is_complete() -> None:
    reader = TelegramReader()
    assert reader.feed(ONE[:-3]) == []
    assert len(reader.feed(ONE[-3:-2])) == 1


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1000])
def test_telegrams_are_read_in_pieces_of_any_size(size: int) -> None:
    assert watts(*cut(ONE + TWO + THREE, size)) == [1, 2, 3]


def test_many_telegrams_in_one_piece_come_in_order() -> None:
    stream = [simulated(second) for second in range(30)]
    assert feed(b"".join(stream))[0] == [parse_telegram(frame) for frame in stream]


def test_line_feeds_alone_will_do() -> None:
    assert watts(telegram("1-0:1.7.0(00.001*kW)", end="\n")) == [1]


def test_the_checksum_may_be_in_lower_case() -> None:
    assert watts(ONE[:-6] + ONE[-6:].lower()) == [1]


def test_no_line_end_is_needed_between_telegrams() -> None:
    assert watts(ONE.rstrip() + TWO.rstrip()) == [1, 2]


@pytest.mark.parametrize("padding", [b"\0", b" ", b"\0\0  \0", b"\r\n\r\n", b" \r\n\0"])
def test_padding_around_telegrams_is_ignored(padding: bytes) -> None:
    telegrams, stats = feed(padding + ONE + padding + TWO + padding)
    assert (len(telegrams), stats.dropped_bytes, stats.crc_errors) == (2, 0, 0)


def test_the_end_may_be_padded() -> None:
    body = ONE[:BANG]
    assert watts(sealed(body + b" \0!")) == [1]


@pytest.mark.parametrize(
    "text",
    ["Hello! http://example.org/a!1234", "!1234", "/FLU5", "/FLU5\\253769484_A !0000", "a/b!", "!!!!////"],
)
@pytest.mark.parametrize("size", [1, 5, 4096])
def test_a_message_may_hold_slashes_and_bangs(text: str, size: int) -> None:
    frame = telegram(f"0-0:96.13.0({text})", "1-0:1.7.0(00.007*kW)")
    assert watts(*cut(ONE + frame + TWO, size)) == [1, 7, 2]


def test_a_message_may_hold_any_number_of_what_looks_like_headers() -> None:
    frame = telegram(f"0-0:96.13.0({' /FLU5' * 50})", "1-0:1.7.0(00.007*kW)")
    assert watts(ONE + frame + frame + TWO) == [1, 7, 7, 2]


# What goes wrong on the way: the telegram that is hit is lost, those beside it are not


def test_a_wrong_checksum_costs_its_telegram() -> None:
    telegrams, stats = feed(ONE + TWO.replace(b"00.002", b"00.012") + THREE)
    assert [read.power_import for read in telegrams] == [0.001, 0.003]
    assert stats.crc_errors == 1


def test_a_missing_checksum_costs_its_telegram() -> None:
    telegrams, stats = feed(ONE + TWO[: BANG + 1] + b"\r\n" + THREE)
    assert [read.power_import for read in telegrams] == [0.001, 0.003]
    assert stats.crc_errors == 1


@pytest.mark.parametrize("where", range(1, len(TWO) - 1, 3))
@pytest.mark.parametrize("size", [1, 4096])
def test_a_telegram_cut_anywhere_costs_none_beside_it(where: int, size: int) -> None:
    # What is cut off is the line end, from where its checksum is whole.
    assert watts(*cut(ONE + TWO[:where] + THREE, size)) == ([1, 2, 3] if where >= BANG + 5 else [1, 3])


@pytest.mark.parametrize("where", range(1, len(TWO), 3))
def test_a_stream_that_begins_anywhere_costs_its_first_telegram(where: int) -> None:
    telegrams, stats = feed(TWO[where:] + THREE)
    assert ([read.power_import for read in telegrams], stats.crc_errors) == ([0.003], 0)


@pytest.mark.parametrize("where", range(0, len(TWO), 3))
@pytest.mark.parametrize(
    "noise", [b"\x80\xff\xfe", b"\r", b"/", b"!", b"\n", b"\n/", b"\n!", b"\n!12\n/", b"\n/FLU5"]
)
def test_noise_inside_costs_at_most_the_telegram_it_hits(where: int, noise: bytes) -> None:
    read = watts(ONE + TWO[:where] + noise + TWO[where:] + THREE)
    assert read[0] == 1
    assert read[-1] == 3
    assert set(read) <= {1, 2, 3}


@pytest.mark.parametrize("where", range(0, len(TWO) - 1, 3))
def test_a_byte_with_its_high_bit_set_costs_at_most_its_telegram(where: int) -> None:
    damaged = bytearray(TWO)
    damaged[where] |= 0x80
    assert watts(ONE + bytes(damaged) + THREE) in ([1, 3], [1, 2, 3])


def test_a_lost_end_costs_its_telegram() -> None:
    assert watts(ONE + TWO.replace(b"!", b"") + THREE) == [1, 3]


def test_a_lost_beginning_costs_its_telegram() -> None:
    assert watts(ONE + TWO.replace(b"/", b"") + THREE) == [1, 3]


def test_noise_between_telegrams_costs_none() -> None:
    noise = random.Random(1).randbytes(500).replace(b"!", b"").replace(b"/", b"")
    assert watts(ONE + noise + TWO + noise + THREE) == [1, 2, 3]


def test_text_between_telegrams_costs_none() -> None:
    assert watts(b"login: / ! /dev/ttyS0\r\n" + ONE + b"!\r\n/\r\n" + TWO) == [1, 2]


def test_a_meter_that_restarts_at_a_line_start_costs_the_telegram_it_cut() -> None:
    cut_off = TWO[: TWO.index(b"1-0:")]
    assert watts(ONE + cut_off + THREE) == [1, 3]


def test_a_meter_that_restarts_again_and_again_costs_what_it_cut() -> None:
    assert watts(ONE + TWO[:40] * 6 + THREE) == [1, 3]


def test_noise_longer_than_any_telegram_costs_none_behind_it() -> None:
    assert watts(b"x" * (3 * MAX_HELD + 77) + ONE) == [1]


@pytest.mark.parametrize("length", [MAX_HELD - 60, MAX_HELD - 20, MAX_HELD - 3, MAX_HELD - 1])
@pytest.mark.parametrize("size", [1, 1000, 100_000])
def test_a_telegram_under_way_survives_the_overflow_of_the_noise_before_it(length: int, size: int) -> None:
    assert watts(*cut(b"x" * length + b"\r\n" + ONE + TWO, size)) == [1, 2]


def test_a_telegram_longer_than_is_held_is_lost_alone() -> None:
    long = telegram(*(f"9-9:9.9.9({number:060d})" for number in range(150)))
    assert len(long) > MAX_HELD
    assert watts(ONE + long + TWO) == [1, 2]


def test_the_longest_telegram_of_a_household_is_read() -> None:
    months = "(251001000000S)(250903020000S)(05.747*kW)" * 13
    lines = [
        f"0-0:98.1.0(13)(1-0:1.6.0)(1-0:1.6.0){months}",
        f"0-0:96.13.0({'41' * 1024})",
        *(
            line.format(channel)
            for channel in range(1, 9)
            for line in ("0-{}:24.1.0(003)", "0-{}:96.1.1(37464C4F32313030303030303031)", "0-{}:24.4.0(1)")
        ),
        *(line.decode() for line in simulated().split(b"\r\n")[2:-2]),
    ]
    (read,) = feed(telegram(*lines))[0]
    assert len(read.mbus) == 8


def test_forgetting_drops_the_telegram_under_way() -> None:
    reader = TelegramReader()
    reader.feed(ONE[:30])
    reader.reset()
    assert [read.power_import for read in reader.feed(ONE[30:] + TWO)] == [0.002]


def test_forgetting_nothing_is_fine() -> None:
    reader = TelegramReader()
    reader.reset()
    assert len(reader.feed(ONE)) == 1


# What is held, and the work


@pytest.mark.parametrize(
    "pattern",
    [
        b"x",
        b"/",
        b"!",
        b"\n/",
        b"\n!",
        b"\n!12",
        b" ",
        b"\0",
        b" /",
        b" !",
        b"/FLU5",
        b"\n/FLU5\n!",
        b"\xdb",
        b"\n",
        b"\r\n!0000/",
    ],
)
@pytest.mark.parametrize("size", [1, 4096, 100_000])
def test_no_more_is_held_than_may_be(pattern: bytes, size: int) -> None:
    noise = pattern * (20_000 // len(pattern))
    assert watts(*cut(noise, size), b"\r\n" + ONE)[-1:] == [1]


@pytest.mark.parametrize("pattern", [b"\n/FLU5 ", b"\n/FLU5\n!0000", b"\n!0000", b"/FLU5", b"\n!0", b"x"])
def test_the_work_is_in_proportion_to_what_comes_in(pattern: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    summed = 0

    def counting(data: bytes) -> int:
        nonlocal summed
        summed += len(data)
        return 0x10000

    monkeypatch.setattr(reader_module, "crc16", counting)
    noise = pattern * (100_000 // len(pattern))
    feed(*cut(noise, 100))
    assert summed <= 8 * len(noise)


# What is counted


def test_everything_is_counted() -> None:
    noise = b"hello\r\n"
    bad = TWO.replace(b"00.002", b"00.012")
    malformed = telegram("1-0:1.7.0(x)", "1-0:2.7.0(y)")
    stream = noise + ONE + bad + malformed
    assert feed(*cut(stream, 50))[1] == ReaderStats(
        bytes=len(stream),
        telegrams=2,
        crc_errors=1,
        dropped_bytes=len(noise.strip()) + len(bad.strip()) - 4,
        bad_lines=2,
        encrypted_frames=0,
    )


def test_a_telegram_under_way_is_not_dropped() -> None:
    assert feed(ONE[:50])[1].dropped_bytes == 0


def test_an_end_without_a_beginning_is_no_crc_error() -> None:
    assert feed(b"1-0:1.7.0(00.5*kW)\r\n!1234\r\n")[1].crc_errors == 0


# Encrypted streams


def test_an_encrypted_frame_is_recognised() -> None:
    assert feed(ENCRYPTED_HEADER + bytes(range(200)))[1].encrypted_frames == 1


@pytest.mark.parametrize("size", range(1, 15))
def test_an_encrypted_frame_is_recognised_across_pieces(size: int) -> None:
    stream = b"\x01" * 40 + ENCRYPTED_HEADER + b"\x02" * 40
    assert feed(*cut(stream * 2, size))[1].encrypted_frames == 2


def test_an_encrypted_frame_is_recognised_behind_a_telegram() -> None:
    assert feed(ONE + ENCRYPTED_HEADER)[1].encrypted_frames == 1


@pytest.mark.parametrize(
    "noise", [b"\xdb", b"\xdb\x08", ENCRYPTED_HEADER[:-1] + b"\x31", b"\xdb" + ENCRYPTED_HEADER[2:]]
)
def test_less_than_its_whole_header_is_no_encrypted_frame(noise: bytes) -> None:
    assert feed((noise + b"x" * 20) * 10)[1].encrypted_frames == 0


def test_random_bytes_are_not_taken_for_encrypted() -> None:
    assert feed(random.Random(2).randbytes(500_000))[1].encrypted_frames == 0


def test_a_header_that_begins_inside_a_line_must_look_like_one() -> None:
    odd = sealed(ONE[:BANG].replace(HEADER.encode(), b"/odd") + b"!")
    assert (watts(b"noise\r\n" + odd), watts(b"noise" + odd), watts(b"noise" + ONE)) == ([1], [], [1])
