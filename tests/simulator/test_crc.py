from random import Random

from simulator.crc import checksum, crc16


def test_the_check_value_of_crc_16_arc() -> None:
    assert crc16(b"123456789") == 0xBB3D


def test_nothing_has_crc_zero() -> None:
    assert crc16(b"") == 0


def test_the_quick_way_gives_the_same() -> None:
    chance = Random(seed := 20261121)
    for length in (*range(20), 999, 1470):
        data = chance.randbytes(length)
        assert checksum(data) == crc16(data), (seed, length)


def test_a_checksum_goes_on_behind_another() -> None:
    assert crc16(b"6789", crc16(b"12345")) == crc16(b"123456789")
