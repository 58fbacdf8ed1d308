"""What a cable says of itself."""

import pytest

from custom_components.emucs_p1.cables import cable_id, cable_name

from .test_config_flow_usb import SERIAL_NUMBER, a_cable


@pytest.mark.parametrize(
    ("description", "name"),
    [
        ("P1 Converter Cable", "P1 Converter Cable"),
        ("  P1_Converter\r\n", "P1 Converter"),
        ("P1 converter <img src=x onerror=alert(1)>", "P1 converter img src x onerror a"),
        ("[P1 converter](https://evil.example)", "P1 converter https evil example"),
        ("P1 converter\x1b[31m\u202e", "P1 converter 31m"),
        ("P1 converter " + "x" * 500, "P1 converter " + "x" * 19),
        ("Ω", "P1"),
        (None, "P1"),
    ],
)
def test_a_cable_is_named_in_plain_and_short_text(description: str | None, name: str) -> None:
    assert cable_name(a_cable("/dev/ttyUSB0", description)) == name


def test_a_cable_is_known_by_what_does_not_tell_its_serial_number() -> None:
    known = cable_id(a_cable("/dev/ttyUSB0"))
    assert known == cable_id(a_cable("/dev/ttyUSB7"))
    assert known != cable_id(a_cable("/dev/ttyUSB0", serial_number="A10FTDI8R"))
    assert SERIAL_NUMBER not in known
