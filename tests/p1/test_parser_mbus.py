import pytest

from custom_components.emucs_p1.p1 import (
    Breaker,
    MbusType,
)

from .telegrams import READ, READ_AT, device, parse


def test_meters_are_known_by_type_and_not_by_channel() -> None:
    read = parse(
        "0-1:24.1.0(007)",
        f"0-1:24.2.1{READ_AT}(00001.000*m3)",
        "0-2:24.1.0(003)",
        f"0-2:24.2.3{READ_AT}(00002.000*m3)",
    )
    assert [(meter.channel, meter.type, meter.reading) for meter in read.mbus] == [
        (1, MbusType.WATER, 1.0),
        (2, MbusType.GAS, 2.0),
    ]


def test_meters_come_by_channel_in_whatever_order_they_are_sent() -> None:
    read = parse("0-4:24.1.0(007)", "0-1:24.1.0(003)", "0-2:24.1.0(007)")
    assert [meter.channel for meter in read.mbus] == [1, 2, 4]


def test_the_last_channel_is_eight() -> None:
    read = parse("0-8:24.1.0(003)", "0-9:24.1.0(003)")
    assert ([meter.channel for meter in read.mbus], read.unknown) == ([8], ("0-9:24.1.0(003)",))


@pytest.mark.parametrize("code", ["24.2.1", "24.2.3"])
@pytest.mark.parametrize("kind", ["003", "007"])
def test_either_code_is_the_reading_of_any_meter(code: str, kind: str) -> None:
    water = device(f"0-1:24.1.0({kind})", f"0-1:{code}{READ_AT}(00001.500*m3)")
    assert (water.reading, water.reading_time) == (1.5, READ)


def test_a_channel_without_type_and_reading_is_no_meter() -> None:
    assert parse("0-1:96.1.1()", "0-2:96.1.1(37464C4F)").mbus == ()


def test_a_reading_is_enough_for_a_meter() -> None:
    assert device(f"0-1:24.2.1{READ_AT}(00001.500*m3)").type is None


def test_a_type_outside_the_list_is_a_number() -> None:
    assert device("0-1:24.1.0(025)").type == 25


@pytest.mark.parametrize(
    ("digit", "state"), [("0", Breaker.DISCONNECTED), ("2", Breaker.READY_FOR_RECONNECTION), ("", None)]
)
def test_the_valve_has_the_states_of_a_breaker(digit: str, state: Breaker | None) -> None:
    assert device("0-1:24.1.0(003)", f"0-1:24.4.0({digit})").valve is state


def test_a_malformed_reading_leaves_the_meter_without_one() -> None:
    gas = device("0-1:24.1.0(003)", f"0-1:24.2.3{READ_AT}(0000a.000*m3)")
    assert (gas.type, gas.reading, gas.reading_time) == (MbusType.GAS, None, None)


def test_an_alternative_id_will_do_for_a_meter_behind() -> None:
    assert (
        device("0-1:24.1.0(003)", "0-1:96.1.1()", "0-1:96.1.0(4730303030303031)").equipment_id == "G0000001"
    )
