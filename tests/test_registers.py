import logging
from random import Random

import pytest

from custom_components.emucs_p1.registers import MBUS, RegisterGuard

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
    shown = [guard.accept(METER, "energy_import", 99.0, now) for now in (0.0, 600.0)]
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


def test_what_stood_is_logged_once_without_a_serial_number(
    guard: RegisterGuard, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for now in (0.0, 300.0, 600.0, 900.0):
            guard.accept(METER, "energy_import", 99.0, now)
    assert [record.message for record in caplog.records] == [
        "The register energy_import went from 100.0 to 99.0 and stayed there: that value is taken"
    ]


def test_registers_are_told_apart(guard: RegisterGuard) -> None:
    guard.accept(METER, "energy_import", 99.0, 0.0)
    assert guard.accept(METER, "energy_export", 5.0, 1.0) == 5.0
    assert guard.accepted == {REGISTER: 100.0, "1SAG3100000001_energy_export": 5.0}


@pytest.fixture
def running() -> RegisterGuard:
    """Return a guard that has seen 100 at 0 s."""
    guard = RegisterGuard({})
    guard.accept(METER, "energy_import", 100.0, 0.0)
    return guard


def test_a_leap_of_a_megawatt_hour_is_held_back_and_counted(running: RegisterGuard) -> None:
    assert running.accept(METER, "energy_import", 1100.0, 1.0) == 100.0
    assert running.refused == 1


def test_a_leap_that_passes_leaves_no_trace(running: RegisterGuard) -> None:
    running.accept(METER, "energy_import", 1100.0, 1.0)
    assert running.accept(METER, "energy_import", 100.01, 2.0) == 100.01


def test_what_a_connection_can_carry_is_no_leap(running: RegisterGuard) -> None:
    assert running.accept(METER, "energy_import", 101.6, 1.0) == 101.6


def test_a_long_silence_may_end_with_a_much_higher_value(running: RegisterGuard) -> None:
    assert running.accept(METER, "energy_import", 300.0, 7200.0) == 300.0


def test_a_leap_that_stands_for_ten_minutes_is_true(running: RegisterGuard) -> None:
    shown = [running.accept(METER, "energy_import", 1100.0 + now / 1000, now) for now in (1.0, 300.0, 601.0)]
    assert shown == [100.0, 100.0, 1100.601]


def test_a_register_is_held_to_the_pace_of_the_unit_that_it_has_now() -> None:
    guard = RegisterGuard({})
    # The line that tells what it counts was damaged at first.
    guard.accept(METER, "reading", 12.345, 1.0, MBUS["m3"])
    guard.accept(METER, "reading", 12.345, 2.0, MBUS["GJ"])
    assert guard.accept(METER, "reading", 150.0, 3.0, MBUS["GJ"]) == 12.345


@pytest.mark.parametrize("seed", range(3))
def test_what_stood_is_as_good_as_accepted_with_every_telegram(seed: int) -> None:
    chance = Random(seed)
    every, changes = RegisterGuard({}), RegisterGuard({})
    value, now, guarded_at, before = 100.0, 1.0, 0.0, None
    for _ in range(5000):
        seen_at, now = now, now + chance.choice((1.0, 10.0, 900.0))
        if chance.random() < 0.2:
            value = max(0.0, value + chance.choice((0.001, 0.5, 1.0, 30.0, -1.0)))
        shown = every.accept(METER, "energy_import", value, now)
        if value != before or not changes.settled:
            changes.stood(guarded_at, seen_at)
            guarded_at, before = now, value
            assert changes.accept(METER, "energy_import", value, now) == shown
        assert changes.accepted == every.accepted
    assert changes.refused == every.refused


def test_the_first_value_after_a_restart_may_be_any_higher_one(guard: RegisterGuard) -> None:
    assert guard.accept(METER, "energy_import", 5000.0, 0.0) == 5000.0


@pytest.mark.parametrize(
    ("unit", "possible", "impossible"),
    [("m3", 200.0, 201.0), ("kWh", 100.0, 101.0), ("GJ", 0.36, 0.37), ("MJ", 360.0, 361.0)],
)
def test_a_meter_that_is_read_now_and_then_may_rise_by_an_hours_worth(
    unit: str, possible: float, impossible: float
) -> None:
    def shown(rise: float) -> float:
        guard = RegisterGuard({})
        guard.accept(METER, "reading", 0.0, 0.0, MBUS[unit])
        return guard.accept(METER, "reading", rise, 1.0, MBUS[unit])

    assert (shown(possible), shown(impossible)) == (possible, 0.0)


def test_many_small_steps_are_no_faster_than_a_large_one(running: RegisterGuard) -> None:
    for telegram in range(1, 2001):
        shown = running.accept(METER, "energy_import", 100.0 + telegram, telegram / 200)
    assert shown <= 100.0 + 2 * 100 / 60


def test_a_register_that_stood_still_for_a_day_has_saved_nothing_up(running: RegisterGuard) -> None:
    for second in range(0, 86_400, 10):
        running.accept(METER, "energy_import", 100.0, float(second))
    assert running.accept(METER, "energy_import", 110.0, 86_400.0) == 100.0


def test_values_that_have_nothing_to_do_with_each_other_do_not_stand(running: RegisterGuard) -> None:
    shown = [
        running.accept(METER, "energy_import", value, now)
        for value, now in ((34.0, 10.0), (22.7, 300.0), (5000.0, 620.0), (34.0, 900.0))
    ]
    assert shown == [100.0] * 4


def test_a_value_has_not_stood_through_a_silence(running: RegisterGuard) -> None:
    shown = [running.accept(METER, "energy_import", 34.0, now) for now in (10.0, 20.0, 90_000.0)]
    assert shown == [100.0] * 3
