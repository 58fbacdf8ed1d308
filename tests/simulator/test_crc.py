from simulator.crc import crc16


def test_the_check_value_of_crc_16_arc() -> None:
    assert crc16(b"123456789") == 0xBB3D


def test_nothing_has_crc_zero() -> None:
    assert crc16(b"") == 0
