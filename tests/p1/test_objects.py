from dataclasses import fields

import pytest

from custom_components.emucs_p1.p1 import MbusDevice, Telegram
from custom_components.emucs_p1.p1.objects import BY_CODE, DATA_OBJECTS, Kind, is_harmless
from custom_components.emucs_p1.p1.values import READERS

# What a row fills on its way to a field of another name.
ON_THE_WAY = {"dsmr_version", "equipment_id_alternative"}


def test_no_code_stands_in_the_table_twice() -> None:
    codes = [row.code for row in DATA_OBJECTS]
    assert len(codes) == len(set(codes))


def test_every_row_of_the_electricity_meter_fills_a_field_of_the_telegram() -> None:
    names = {field.name for field in fields(Telegram)} | ON_THE_WAY
    assert {row.field for row in DATA_OBJECTS if "n" not in row.code} <= names


def test_every_mbus_row_fills_a_field_of_a_device_or_is_the_ean() -> None:
    names = {field.name for field in fields(MbusDevice)} | ON_THE_WAY | {"ean"}
    assert {row.field for row in DATA_OBJECTS if "n" in row.code} <= names


def test_mbus_rows_are_there_for_eight_channels() -> None:
    assert {BY_CODE[f"0-{channel}:24.1.0"][0] for channel in range(1, 9)} == set(range(1, 9))


def test_channel_zero_is_the_electricity_meter() -> None:
    assert BY_CODE["0-0:96.1.1"][0] == 0


def test_every_kind_has_a_reader() -> None:
    assert {row.kind for _, row, _ in READERS.values()} == set(Kind)


def test_what_tells_whose_meter_it_is_is_not_harmless() -> None:
    assert {row.code for row in DATA_OBJECTS if not row.harmless} == {
        "0-0:96.1.1",
        "0-0:96.1.0",
        "0-0:96.1.2",
        "0-0:96.13.0",
        "0-n:96.1.1",
        "0-n:96.1.0",
        "0-n:96.1.2",
    }


def test_every_row_says_what_it_means() -> None:
    assert all(row.meaning for row in DATA_OBJECTS)


@pytest.mark.parametrize(
    ("code", "harmless"),
    [
        ("1-0:1.7.0", True),
        ("0-3:24.2.1", True),
        ("0-0:96.1.1", False),
        ("0-3:96.1.1", False),
        ("0-0:42.0.0", False),
    ],
)
def test_an_unknown_code_is_not_harmless(code: str, harmless: bool) -> None:  # noqa: FBT001
    assert is_harmless(code) is harmless
