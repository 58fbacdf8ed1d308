import logging

import pytest

from custom_components.emucs_p1.registers import RegisterGuard

METER = "1SAG3100000001"
REGISTER = f"{METER}_energy_import"


@pytest.fixture
def guard() -> RegisterGuard:
    """Return a guard that has accepted 100."""
    return RegisterGuard({REGISTER: 100.0})


def test_a_rising_register_is_shown_as_it_is(guard: RegisterGuard) -> None:
    assert guard.accept(METER, "energy_import", 100.5, 0.0) == 100.5


def test_the_first_value_is_taken_whatever_it_is() -> None:
    assert RegisterGuard({}).accept(METER, "energy_import", 0.0, 0.0) == 0.0


def test_a_true_zero_that_stays_zero_is_zero() -> None:
    guard = RegisterGuard({REGISTER: 0.0})
    assert guard.accept(METER, "energy_import", 0.0, 0.0) == 0.0


def test_a_lower_value_is_held_back(guard: RegisterGuard) -> None:
    assert guard.accept(METER, "energy_import", 99.0, 0.0) == 100.0


def test_a_leap_to_zero_is_held_back(guard: RegisterGuard) -> None:
    assert guard.accept(METER, "energy_import", 0.0, 0.0) == 100.0


def test_ten_minutes_and_three_telegrams_make_the_lower_value_true(guard: RegisterGuard) -> None:
    shown = [guard.accept(METER, "energy_import", 99.0, now) for now in (0.0, 599.0, 600.0)]
    assert shown == [100.0, 100.0, 99.0]


def test_ten_minutes_are_not_enough_with_two_telegrams(guard: RegisterGuard) -> None:
    shown = [guard.accept(METER, "energy_import", 99.0, now) for now in (0.0, 900.0)]
    assert shown == [100.0, 100.0]


def test_many_telegrams_are_not_enough_within_ten_minutes(guard: RegisterGuard) -> None:
    assert {guard.accept(METER, "energy_import", 99.0, float(now)) for now in range(600)} == {100.0}


def test_a_glitch_that_passes_begins_the_wait_anew(guard: RegisterGuard) -> None:
    guard.accept(METER, "energy_import", 99.0, 0.0)
    guard.accept(METER, "energy_import", 99.0, 300.0)
    guard.accept(METER, "energy_import", 100.0, 400.0)
    shown = [guard.accept(METER, "energy_import", 99.0, now) for now in (600.0, 700.0, 800.0)]
    assert shown == [100.0, 100.0, 100.0]


def test_one_falsely_high_reading_does_not_freeze_the_register_for_ever(guard: RegisterGuard) -> None:
    assert guard.accept(METER, "energy_import", 999999.0, 0.0) == 999999.0
    shown = [
        guard.accept(METER, "energy_import", 100.0 + now / 1000, now) for now in (1.0, 300.0, 601.0, 602.0)
    ]
    assert shown == [999999.0, 999999.0, 100.601, 100.602]


def test_the_lower_value_is_logged_once_without_a_serial_number(
    guard: RegisterGuard, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for now in (0.0, 300.0, 600.0, 900.0):
            guard.accept(METER, "energy_import", 99.0, now)
    assert [record.message for record in caplog.records] == [
        "The register energy_import went back from 100.0 to 99.0 and stayed there: the lower value is taken"
    ]


def test_registers_are_told_apart(guard: RegisterGuard) -> None:
    guard.accept(METER, "energy_import", 99.0, 0.0)
    assert guard.accept(METER, "energy_export", 5.0, 1.0) == 5.0
    assert guard.accepted == {REGISTER: 100.0, "1SAG3100000001_energy_export": 5.0}
