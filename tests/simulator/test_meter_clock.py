from datetime import UTC, datetime, timedelta
import re

from simulator.household import Household
from simulator.meter import Meter
from simulator.meter_clock import MeterClock

START = datetime(2025, 11, 12, 17, 7, 33, tzinfo=UTC)
SOON = START + timedelta(seconds=100)
JUMP = timedelta(seconds=4000)


def a_clock() -> MeterClock:
    return MeterClock(start=START)


def test_a_clock_shows_the_time() -> None:
    clock = a_clock()
    assert not clock.is_wrong
    assert clock.shown(SOON) == SOON


def test_a_jump_goes_into_what_is_shown_alone() -> None:
    clock = a_clock()
    clock.jump(4000)
    assert clock.is_wrong
    assert clock.shown(SOON) == SOON + JUMP
    assert clock.now() - START < timedelta(seconds=50)


def test_jumps_add_up() -> None:
    clock = a_clock()
    clock.jump(5000)
    clock.jump(-1000)
    assert clock.shown(SOON) == SOON + JUMP


def test_what_was_shown_before_a_jump_stays() -> None:
    clock = a_clock()
    clock.jump(4000)
    assert clock.shown(START - timedelta(seconds=1)) == START - timedelta(seconds=1)


def test_a_stuck_clock_shows_one_second() -> None:
    clock = a_clock()
    clock.stick()
    assert clock.shown(SOON) == clock.shown(SOON + JUMP) == START


def test_a_stuck_clock_can_be_set_and_sticks() -> None:
    clock = a_clock()
    clock.stick()
    clock.jump(4000)
    assert clock.shown(SOON) == clock.shown(SOON + JUMP) == START + JUMP


def test_a_clock_that_jumped_sticks_where_it_is() -> None:
    clock = a_clock()
    clock.jump(4000)
    clock.stick()
    assert clock.shown(SOON) == START + JUMP


def test_running_again_a_clock_is_right() -> None:
    clock = a_clock()
    clock.jump(4000)
    clock.stick()
    clock.run()
    assert clock.shown(SOON) == SOON
    assert not clock.is_wrong


def test_a_clock_that_is_wrong_changes_stamps_and_no_values() -> None:
    meter = Meter(Household(), installed=START - timedelta(days=3))
    clock = a_clock()
    clock.jump(4000)
    at = SOON.replace(hour=18)
    right, wrong = (
        re.sub(rb"\(\d{12}W\)", b"(STAMP)", meter.telegram(at, shown=shown))[:-6]
        for shown in (None, clock.shown)
    )
    assert right == wrong


def test_the_meters_behind_it_are_stamped_by_the_same_clock() -> None:
    meter = Meter(Household(), installed=START - timedelta(days=3))
    at = SOON.replace(hour=18)
    right = meter.reading(at)
    wrong = right.stamped(lambda moment: moment + JUMP)
    assert wrong.at == right.at + JUMP
    assert wrong.gas_time == right.gas_time + JUMP
    assert [after.time - before.time for before, after in zip(right.mbus, wrong.mbus, strict=True)] == [
        JUMP
    ] * 2
    assert wrong.month_peak_time == right.month_peak_time + JUMP
    assert wrong.history == right.history
