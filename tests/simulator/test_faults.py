from datetime import UTC, datetime, timedelta

import pytest

from custom_components.emucs_p1.p1 import TelegramReader
from simulator.crc import crc16
from simulator.faults import Fault, Line
from simulator.household import Household
from simulator.meter import Meter
from simulator.model import Model

START = datetime(2026, 3, 2, 17, 3, 11, tzinfo=UTC)
METER = Meter(Household(), installed=START - timedelta(days=3), model=Model(version=50221, mbus=8))
TELEGRAMS = [METER.telegram(START + timedelta(seconds=number)) for number in range(30)]


def arrived(fault: Fault) -> list[bytes]:
    line = Line()
    return [line.carry(telegram, fault) for telegram in TELEGRAMS]


def lines(telegrams: list[bytes]) -> list[bytes]:
    """Return every data line of the stream."""
    return [line for telegram in telegrams for line in telegram.split(b"\r\n")[2:-2]]


def read(fault: Fault) -> TelegramReader:
    reader = TelegramReader()
    for data in arrived(fault):
        reader.feed(data)
    return reader


def test_without_a_fault_all_arrives() -> None:
    assert arrived(Fault.NONE) == TELEGRAMS


def test_of_a_cut_telegram_the_first_half_arrives() -> None:
    for whole, half in zip(TELEGRAMS, arrived(Fault.CUT), strict=True):
        assert whole.startswith(half)
        assert len(half) == len(whole) // 2


def test_of_cut_telegrams_none_is_read() -> None:
    assert read(Fault.CUT).stats.telegrams == 0


@pytest.mark.parametrize("fault", [Fault.DAMAGED_LINES, Fault.GARBLED_LINES])
def test_every_tenth_line_of_the_stream_is_damaged(fault: Fault) -> None:
    pairs = zip(lines(TELEGRAMS), lines(arrived(fault)), strict=True)
    damaged = [number for number, (sent, came) in enumerate(pairs, 1) if sent != came]
    assert damaged == list(range(10, len(lines(TELEGRAMS)) + 1, 10))


@pytest.mark.parametrize("fault", [Fault.DAMAGED_LINES, Fault.GARBLED_LINES])
def test_damage_makes_no_new_digits(fault: Fault) -> None:
    for sent, came in zip(lines(TELEGRAMS), lines(arrived(fault)), strict=True):
        assert len(sent) == len(came)
        assert all(
            after == before or after not in b"0123456789" for before, after in zip(sent, came, strict=True)
        )


def test_damaged_lines_have_the_checksum_of_the_undamaged_telegram() -> None:
    ends = [
        (sent[-6:], came[-6:]) for sent, came in zip(TELEGRAMS, arrived(Fault.DAMAGED_LINES), strict=True)
    ]
    assert all(sent == came for sent, came in ends)
    assert read(Fault.DAMAGED_LINES).stats.crc_errors == len(TELEGRAMS)


def test_garbled_lines_have_a_checksum_of_their_own() -> None:
    assert all(crc16(came[:-6]) == int(came[-6:], 16) for came in arrived(Fault.GARBLED_LINES))
    stats = read(Fault.GARBLED_LINES).stats
    assert (stats.telegrams, stats.crc_errors) == (len(TELEGRAMS), 0)
    assert stats.bad_lines > 0


def test_an_encrypted_frame_is_known_as_one() -> None:
    stats = read(Fault.ENCRYPTED).stats
    assert (stats.encrypted_frames, stats.telegrams) == (len(TELEGRAMS), 0)


def test_an_encrypted_frame_says_how_long_it_is() -> None:
    for frame in arrived(Fault.ENCRYPTED):
        assert int.from_bytes(frame[11:13]) == len(frame) - 13


def test_encrypted_frames_are_counted() -> None:
    assert [int.from_bytes(frame[14:18]) for frame in arrived(Fault.ENCRYPTED)] == list(range(1, 31))


def test_an_encrypted_frame_hides_the_telegram() -> None:
    assert all(b"FLU5" not in frame and b"1-0:1.8.1" not in frame for frame in arrived(Fault.ENCRYPTED))
