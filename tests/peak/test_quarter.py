from datetime import UTC, datetime, timedelta

import pytest

from custom_components.emucs_p1.p1 import Telegram, parse_telegram
from custom_components.emucs_p1.peak import FinishedQuarter, QuarterState, QuarterTracker
from simulator.household import Household
from simulator.meter import Meter
from tests.variants import parsed

BEGIN = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def at(
    second: float, *, power: float | None = 1.0, ramp: float | None = None, register: float | None = None
) -> Telegram:
    """Return a telegram some seconds after the quarter began."""
    return Telegram(
        identification="",
        timestamp=BEGIN + timedelta(seconds=second),
        power_import=power,
        quarter_demand=ramp,
        energy_import=register,
    )


def followed(*telegrams: Telegram) -> QuarterState:
    tracker = QuarterTracker()
    states = [tracker.observe(telegram) for telegram in telegrams]
    assert states[-1] is not None
    return states[-1]


def last(*telegrams: Telegram) -> float | None:
    finished = followed(*telegrams).last
    return finished.demand if finished else None


def test_nothing_is_known_before_the_meter_tells_the_time() -> None:
    assert QuarterTracker().observe(Telegram(identification="", power_import=1.0)) is None


def test_nothing_is_known_before_the_meter_tells_the_power() -> None:
    assert QuarterTracker().observe(at(0, power=None)) is None


def test_the_demand_so_far_is_the_ramp_that_the_meter_sends() -> None:
    assert followed(at(300, ramp=0.4)).demand == 0.4


def test_a_quarter_ends_where_the_clock_says() -> None:
    assert followed(at(300)).end == BEGIN + timedelta(minutes=15)


def test_the_forecast_is_the_ramp_and_the_present_power_for_the_rest() -> None:
    assert followed(at(300, power=2.0, ramp=0.4)).forecast == pytest.approx(0.4 + 2.0 * 600 / 900, abs=0.001)


def test_the_present_power_is_the_mean_of_the_last_minute() -> None:
    state = followed(
        at(240, power=90.0, ramp=0.3), at(300, power=4.0, ramp=0.4), at(330, power=2.0, ramp=0.5)
    )
    assert state.forecast == pytest.approx(0.5 + 3.0 * 570 / 900, abs=0.001)


def test_the_finished_quarter_is_the_ramp_at_its_end() -> None:
    state = followed(at(899, power=0.9, ramp=1.234), at(900, ramp=0.0))
    assert state.last == FinishedQuarter(BEGIN + timedelta(minutes=15), 1.235)


def test_what_a_slow_gateway_misses_of_the_end_is_filled_in() -> None:
    assert last(at(840, power=3.0, ramp=1.0), at(910, ramp=0.0)) == pytest.approx(1.2)


def test_the_ramp_of_the_quarter_before_is_not_taken_for_the_new_one() -> None:
    state = followed(at(899, power=1.8, ramp=1.8), at(905, power=1.8, ramp=1.8))
    assert state.demand == pytest.approx(1.8 * 5 / 900)


def test_a_quarter_without_import_is_zero_not_unknown() -> None:
    assert last(at(899, power=0.0, ramp=0.0), at(900, power=0.0, ramp=0.0)) == 0.0


def test_a_quarter_without_a_ramp_is_taken_from_the_registers() -> None:
    telegrams = (at(0, register=10.0), at(450, register=10.1), at(899, register=10.3), at(900, register=10.3))
    assert last(*telegrams) == pytest.approx(1.2)


def test_the_demand_so_far_is_taken_from_the_registers_too() -> None:
    assert followed(at(0, register=10.0), at(450, register=10.1)).demand == pytest.approx(0.4)


def test_the_register_at_the_boundary_is_between_two_telegrams() -> None:
    telegrams = (
        at(0, register=10.0),
        at(890, register=11.0),
        at(910, register=11.2),
        at(1790, register=12.0),
        at(1810, register=12.2),
    )
    assert last(*telegrams) == pytest.approx((12.1 - 11.1) * 4)


def test_a_quarter_joined_midway_without_a_ramp_is_unknown() -> None:
    state = followed(at(450, register=10.1))
    assert (state.demand, state.forecast) == (None, None)


def test_a_quarter_joined_midway_without_a_ramp_does_not_finish() -> None:
    assert last(at(450, register=10.1), at(899, register=10.2), at(900, register=10.2)) is None


def test_without_a_ramp_and_registers_nothing_is_known_of_a_quarter() -> None:
    state = followed(at(0), at(899), at(900))
    assert (state.demand, state.last) == (None, None)


@pytest.mark.parametrize(
    ("before", "after"),
    [(800, 905), (899, 970), (899, 1801)],
    ids=["end not seen", "begin not seen", "a quarter left out"],
)
def test_a_quarter_not_seen_to_its_end_is_not_reported(before: int, after: int) -> None:
    assert last(at(before, ramp=1.0), at(after, ramp=0.1)) is None


def test_a_repeated_telegram_changes_nothing() -> None:
    tracker = QuarterTracker()
    state = tracker.observe(at(300, power=2.0, ramp=0.4))
    assert tracker.observe(at(300, power=9.0, ramp=0.9)) is state


def test_a_clock_that_goes_back_within_the_quarter_changes_nothing() -> None:
    tracker = QuarterTracker()
    state = tracker.observe(at(300, ramp=0.4))
    assert tracker.observe(at(200, ramp=0.9)) is state


def test_a_clock_that_leaps_back_a_quarter_begins_that_one_midway() -> None:
    state = followed(at(1000, ramp=0.4), at(700, ramp=0.3))
    assert (state.end, state.last) == (BEGIN + timedelta(minutes=15), None)


def test_a_telegram_without_a_time_repeats_what_is_known() -> None:
    tracker = QuarterTracker()
    state = tracker.observe(at(300, ramp=0.4))
    assert tracker.observe(Telegram(identification="", power_import=5.0)) is state


def test_the_hour_that_comes_twice_in_october_is_two_times_four_quarters() -> None:
    first = parsed({"0-0:1.0.0": "(261025025959S)", "1-0:1.7.0": "(01.000*kW)", "1-0:1.4.0": "(01.000*kW)"})
    second = parsed({"0-0:1.0.0": "(261025020000W)", "1-0:1.7.0": "(01.000*kW)", "1-0:1.4.0": "(00.000*kW)"})
    state = followed(first, second)
    assert state.last is not None
    assert state.end - state.last.end == timedelta(minutes=15)


def test_a_simulated_quarter_ends_as_its_truth_says() -> None:
    meter = Meter(Household(seed=1), installed=BEGIN - timedelta(days=40))
    tracker = QuarterTracker()
    for second in range(1, 902):
        state = tracker.observe(parse_telegram(meter.telegram(BEGIN + timedelta(seconds=second))))
    truth = (
        sum(max(0, meter.reading(BEGIN + timedelta(seconds=second)).power_w) for second in range(1, 901))
        / 900
    )
    assert state is not None
    assert state.last is not None
    assert state.last.demand * 1000 == pytest.approx(truth, abs=2)
