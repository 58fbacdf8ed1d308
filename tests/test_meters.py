import pytest

from custom_components.emucs_p1.meters import (
    edition_of,
    identify_mbus,
    known_model,
    manufacturer_of,
    model_of,
    same_form,
    title_of,
)
from custom_components.emucs_p1.p1 import MbusDevice, Telegram

from .variants import GAS_ID, OTHER_GAS_ID, THREE_ID, VARIANTS, parsed


@pytest.mark.parametrize(
    ("equipment_id", "manufacturer"),
    [
        ("1SAG3100000001", "Sagemcom"),
        ("7FLO2100000001", "Flonidan"),
        ("6KAM0100000001", "Kamstrup"),
        ("8XYZ0100000001", "XYZ"),
        ("E0043007052870318", None),
        ("86543210", None),
        (None, None),
    ],
)
def test_the_letters_of_a_serial_number_name_the_maker(
    equipment_id: str | None, manufacturer: str | None
) -> None:
    assert manufacturer_of(equipment_id) == manufacturer


@pytest.mark.parametrize(
    ("identification", "model"),
    [
        (r"FLU5\253770234_A", "S211"),
        (r"FLU5\253769484_A", "T211-D"),
        (r"FLU5\253967035_D", "XT211"),
        (r"FLU5\253972606_B", "XS212"),
        (r"FLU5\999999999_A", "999999999_A"),
        (r"ISk5\2MIE5T-200", "2MIE5T-200"),
        ("KFM5KAIFA-METER", "KAIFA-METER"),
        ("FLU5", "FLU5"),
        ("?", "?"),
        ("", "P1"),
        ("\u202e[]", "P1"),
        (r"XYZ5\[Call us](http://evil.example) <b>", "Call ushttpevilexample b"),
        ("XMX5LGBBFG1009325446", "LGBBFG"),
        (r"ABC5\1SAG3100000001 541448820000000001", "1SAG"),
        (f"XYZ5{'x' * 500}", "x" * 32),
    ],
)
def test_the_header_names_the_model(identification: str, model: str) -> None:
    assert model_of(identification) == model


def test_a_header_that_is_not_in_the_table_is_no_known_model() -> None:
    assert known_model(r"ISk5\2MIE5T-200") is None


@pytest.mark.parametrize(
    ("version", "edition"),
    [
        ("50213", "eMUCS-P1 1.3"),
        ("50221", "eMUCS-P1 2.1"),
        ("50", "DSMR 5.0"),
        ("soon", "soon"),
        ("<b>soon</b>", "bsoonb"),
        (None, None),
    ],
)
def test_the_version_number_is_put_in_words(version: str | None, edition: str | None) -> None:
    assert edition_of(version) == edition


def test_the_title_is_the_model_and_the_last_four_digits() -> None:
    header, _, lines = VARIANTS["50217_three_phase"]
    assert title_of(parsed(lines, header)) == "T211-D 0001"


def test_a_title_is_plain_whatever_the_id() -> None:
    assert title_of(Telegram(identification=r"FLU5\253770234_A", equipment_id="*](x")) == "S211 x"


def test_a_title_does_without_an_id() -> None:
    assert title_of(Telegram(identification=r"FLU5\253770234_A")) == "S211"


def test_an_mbus_meter_is_known_by_its_own_id() -> None:
    gas, water = MbusDevice(1, 3, GAS_ID), MbusDevice(2, 7, "8SEU0100000001")
    assert identify_mbus(THREE_ID, (gas, water)) == {GAS_ID: gas, "8SEU0100000001": water}


@pytest.mark.parametrize(
    "own_id",
    [
        None,
        "",
        "XXXXXXXXXXXXXX",
        "00000000000000",
        "<serialnumber>",
        "7FLO",
        THREE_ID,
    ],
    ids=["none", "empty", "masked", "zeros", "word", "short", "the electricity meter's"],
)
def test_an_unusable_id_makes_the_channel_the_identity(own_id: str | None) -> None:
    gas = MbusDevice(3, 3, own_id)
    assert identify_mbus(THREE_ID, (gas,)) == {f"{THREE_ID}_mbus3": gas}


@pytest.mark.parametrize("own_id", ["7FLO2000000000", "86543210", "G0000000000000001"])
def test_an_id_with_many_zeros_is_no_mask(own_id: str) -> None:
    gas = MbusDevice(3, 3, own_id)
    assert identify_mbus(THREE_ID, (gas,)) == {own_id: gas}


def test_two_meters_with_one_id_are_told_apart_by_channel() -> None:
    one, two, other = MbusDevice(1, 3, GAS_ID), MbusDevice(2, 3, GAS_ID), MbusDevice(4, 3, OTHER_GAS_ID)
    assert identify_mbus(THREE_ID, (one, two, other)) == {
        f"{THREE_ID}_mbus1": one,
        f"{THREE_ID}_mbus2": two,
        OTHER_GAS_ID: other,
    }


@pytest.mark.parametrize(
    ("other", "same"),
    [("1LGZ3200000009", True), ("1SAG31z0000001", False), ("86543210", False), ("1SAG31000000011", False)],
)
def test_serial_numbers_of_two_makers_have_one_form(*, other: str, same: bool) -> None:
    assert same_form(THREE_ID, other) is same
