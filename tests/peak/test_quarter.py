"""The running quarter and the one before it, with everything that may be wrong with telegrams."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from custom_components.emucs_p1.p1 import BRUSSELS, MonthPeak, Telegram, parse_telegram
from custom_components.emucs_p1.peak import (
    EnergySource,
    FinishedQuarter,
    PeakSettings,
    QuarterState,
    QuarterTracker,
)
from simulator.household import Household
from simulator.meter import Meter

from .meter import NOON, QUARTER, Load, at, follow, mean_of, sent, steady, without

FOUR_WATTS = 0.004
"""What registers of 1 Wh tell of a quarter."""
PACES = pytest.mark.parametrize("every", [1, 10], ids=["1 s", "10 s"])

RAMP, REGISTERS, POWER = EnergySource.RAMP, EnergySource.REGISTERS, EnergySource.POWER
SOURCES = pytest.mark.parametrize(
    ("lacking", "source"),
    [
        ((), RAMP),
        (("quarter_demand",), REGISTERS),
        (("energy_import",), RAMP),
        (("quarter_demand", "energy_import"), POWER),
    ],
    ids=["all", "no ramp", "no registers", "power alone"],
)


def state_after(*telegrams: Telegram, **settings: Any) -> QuarterState:
    return follow(telegrams, **settings)[-1]


def last(*telegrams: Telegram) -> float | None:
    finished = state_after(*telegrams).last
    return finished.demand if finished else None


def turns(first: float, change: int, then: float) -> Load:
    """Return a house that draws another power from some second on."""
    return lambda second: first if second < change else then


def lively(seed: int) -> Load:
    """Return a house that switches loads at any second, and exports now and then."""
    chance = Random(seed)
    powers, second = {}, 0
    while second < 4 * QUARTER:
        length = chance.randint(5, 200)
        power = chance.choice((-2.5, 0.0, 0.15, 0.4, 2.4, 7.4))
        powers |= dict.fromkeys(range(second, second + length), power)
        second += length
    return powers.__getitem__


# What is needed to know anything.


def test_nothing_is_known_before_the_meter_tells_the_time() -> None:
    assert QuarterTracker().observe(Telegram(identification="", power_import=1.0)) is None


def test_nothing_is_known_before_the_meter_tells_the_power() -> None:
    assert QuarterTracker().observe(at(0, power=None)) is None


def test_a_quarter_begins_and_ends_where_the_clock_says() -> None:
    state = state_after(at(300))
    assert (state.start, state.end, state.elapsed) == (NOON, NOON + timedelta(minutes=15), 300)


def test_a_meter_whose_clock_is_off_has_the_quarters_of_its_own_clock() -> None:
    # The computer says 2026; nobody asks it.
    begin = datetime(2031, 5, 5, 7, 15, tzinfo=UTC)
    states = follow(sent(steady(1.8), QUARTER, every=10, begin=begin))
    assert states[-1].last == FinishedQuarter(begin + timedelta(minutes=15), 1.8, whole=True)


# The demand so far.


@SOURCES
def test_the_demand_so_far_is_the_energy_over_a_full_quarter(
    lacking: tuple[str, ...], source: EnergySource
) -> None:
    state = follow(without(sent(steady(1.8), 600, every=10), *lacking))[-1]
    assert (state.demand, state.source, state.whole) == (1.2, source, True)


def test_a_quarter_joined_midway_is_known_by_its_ramp() -> None:
    state = state_after(at(300, ramp=0.4))
    assert (state.demand, state.source, state.whole) == (0.4, RAMP, False)


def test_a_quarter_joined_midway_without_a_ramp_is_unknown() -> None:
    state = state_after(at(450, register=10.1), at(460, register=10.102))
    assert (state.demand, state.source, state.whole) == (None, None, False)
    assert (state.outlook, state.allowance, state.warning, state.act_now) == (None, None, False, False)


def test_a_quarter_joined_in_its_first_seconds_is_known_but_not_whole() -> None:
    states = follow(without(sent(steady(1.8), QUARTER)[5:], "quarter_demand"))
    assert states[0].demand == 0.01
    assert states[-1].last is not None
    assert states[-1].last.demand == pytest.approx(1.8, abs=FOUR_WATTS)
    assert not states[-1].last.whole


def test_a_quarter_joined_at_its_begin_is_whole() -> None:
    assert state_after(at(0, ramp=0.0)).whole


def test_the_quarter_after_a_joined_one_is_whole() -> None:
    telegrams = sent(steady(1.2), 1000, every=10)[45:]
    assert [state.whole for state in follow(telegrams)][::54] == [False, True]


@SOURCES
def test_export_for_part_of_the_quarter_leaves_the_demand_flat(
    lacking: tuple[str, ...], source: EnergySource
) -> None:
    telegrams = sent(turns(1.8, 300, -4.0), 890, every=10)
    states = follow(without(telegrams, *lacking))
    # Only the power alone does not know when between two telegrams the sun took over.
    assert {state.demand for state in states[32:]} <= {0.6, 0.61}
    assert states[-1].source is source


def test_a_quarter_of_export_alone_is_zero_not_unknown() -> None:
    assert last(*sent(steady(-3.0), QUARTER)) == 0.0


def test_a_stuck_ramp_gives_way_to_the_registers() -> None:
    states = follow(replace(telegram, quarter_demand=0.0) for telegram in sent(steady(1.8), 600, every=10))
    assert (states[-1].demand, states[-1].source) == (1.2, REGISTERS)


def test_a_register_that_leaps_changes_neither_this_quarter_nor_the_next() -> None:
    telegrams = sent(steady(1.8), 2 * QUARTER, every=10)
    for place in (30, 89, 90, 91, 120):
        leap = replace(telegrams[place], energy_import=5555.0)
        states = follow([*telegrams[:place], leap, *telegrams[place + 1 :]])
        assert {state.source for state in states} == {RAMP}
        assert [states[end].last.demand for end in (90, 180)] == [1.8, 1.8]  # type: ignore[union-attr]


def test_nor_does_one_that_leaps_at_the_boundary_of_a_meter_without_a_ramp() -> None:
    telegrams = without(sent(steady(1.8), 2 * QUARTER, every=10), "quarter_demand")
    for place in (89, 90, 91):
        leap = replace(telegrams[place], energy_import=5555.0)
        state = follow([*telegrams[:place], leap, *telegrams[place + 1 :]])[100]
        assert state.last is not None
        assert state.last.demand == pytest.approx(1.8, abs=0.03)


@PACES
@pytest.mark.parametrize("place", [-1, 0])
def test_a_register_that_is_damaged_beside_the_boundary_costs_nothing(place: int, every: int) -> None:
    telegrams = sent(steady(1.8), 2 * QUARTER, every=every)
    place += QUARTER // every
    telegrams[place] = replace(telegrams[place], energy_import=None)
    lasts = [state.last.demand for state in follow(telegrams) if state.last]
    assert (min(lasts), max(lasts)) == (1.8, 1.8)


def test_a_power_that_no_connection_carries_is_no_reading() -> None:
    tracker = QuarterTracker()
    state = tracker.observe(at(300, power=2.0, ramp=0.4))
    assert tracker.observe(at(301, power=9_999_999.0, ramp=0.5)) is state


def test_a_negative_power_is_no_reading() -> None:
    tracker = QuarterTracker()
    state = tracker.observe(at(300, ramp=0.4))
    assert tracker.observe(at(301, power=-1.0, ramp=0.5)) is state


def test_a_telegram_without_a_time_repeats_what_is_known() -> None:
    tracker = QuarterTracker()
    state = tracker.observe(at(300, ramp=0.4))
    assert tracker.observe(Telegram(identification="", power_import=5.0)) is state


# The end of a quarter.


@PACES
@pytest.mark.parametrize("lag", [0, 1, 5, 12])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_finished_quarter_is_what_the_house_has_drawn(seed: int, lag: int, every: int) -> None:
    load = lively(seed)
    states = follow(sent(load, 3 * QUARTER, every=every, lag=lag))
    finished = {state.last.end: state.last for state in states if state.last}
    assert [each.demand for each in finished.values()] == [
        pytest.approx(mean_of(load, begin), abs=FOUR_WATTS) for begin in (0, 900, 1800)
    ]
    assert all(each.whole for each in finished.values())


@PACES
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_is_so_without_a_ramp(seed: int, every: int) -> None:
    load = lively(seed)
    states = follow(without(sent(load, 3 * QUARTER, every=every), "quarter_demand"))
    finished = {state.last.end: state.last.demand for state in states if state.last}
    assert list(finished.values()) == [
        pytest.approx(mean_of(load, begin), abs=2 * FOUR_WATTS) for begin in (0, 900, 1800)
    ]


@pytest.mark.parametrize("early", [1, 3, 7, 9])
def test_it_is_so_where_no_telegram_is_stamped_with_the_boundary(early: int) -> None:
    load = lively(4)
    telegrams = sent(load, 2 * QUARTER + 10)[10 - early :: 10]
    state = follow(telegrams)[-1]
    assert state.last is not None
    assert state.last.demand == pytest.approx(mean_of(load, QUARTER), abs=2 * FOUR_WATTS)


def test_a_power_that_rises_across_the_boundary_is_taken_to_rise_evenly() -> None:
    def load(second: int) -> float:
        return 0.5 + 0.4 * min(max(second - QUARTER + 6, 0), 10)

    telegrams = sent(load, QUARTER + 20)[5::10]
    assert last(*telegrams) == pytest.approx(mean_of(load), abs=FOUR_WATTS)


def test_it_is_so_where_the_telegrams_around_the_boundary_were_lost() -> None:
    # An oven comes on just behind it.
    telegrams = sent(turns(0.3, QUARTER, 3.0), 1000, every=10)
    state = follow([*telegrams[:86], *telegrams[95:]])[-1]
    assert state.last == FinishedQuarter(NOON + timedelta(minutes=15), 0.3, whole=True)
    assert state.demand == pytest.approx(3.0 * 100 / QUARTER, abs=0.001)


@SOURCES
@PACES
def test_a_finished_quarter_may_come_from_any_source(
    lacking: tuple[str, ...], source: EnergySource, every: int
) -> None:
    states = follow(without(sent(steady(1.2), QUARTER, every=every), *lacking))
    assert states[-2].source is source
    assert states[-1].last is not None
    assert states[-1].last.demand == pytest.approx(1.2, abs=FOUR_WATTS)


def test_the_telegram_stamped_with_the_boundary_may_still_show_the_final_ramp() -> None:
    state = state_after(at(899, power=0.9, ramp=1.234), at(900, power=0.9, ramp=1.236))
    assert state.last == FinishedQuarter(NOON + timedelta(minutes=15), 1.236, whole=False)
    assert state.demand == 0.0


def test_the_last_second_is_filled_in_where_the_ramp_has_fallen_by_then() -> None:
    assert last(at(899, power=0.9, ramp=1.234), at(900, ramp=0.0)) == 1.235


def test_what_a_slow_gateway_misses_of_the_end_is_filled_in_by_the_registers() -> None:
    before, after = at(850, ramp=1.0, register=10.0), at(910, power=3.0, ramp=0.033, register=10.058)
    assert last(before, after) == pytest.approx(1.2, abs=FOUR_WATTS)


def test_without_registers_it_is_filled_in_by_the_power() -> None:
    assert last(at(840, power=3.0, ramp=1.0), at(910, ramp=0.0)) == pytest.approx(1.2)


@PACES
def test_a_ramp_that_lags_is_not_taken_for_the_new_quarters(every: int) -> None:
    telegrams = sent(steady(1.8), 1000, every=every, lag=25)
    for state in follow(telegrams)[len(telegrams) - 100 // every - 1 :]:
        assert state.demand == pytest.approx(1.8 * state.elapsed / QUARTER, abs=0.006)


def test_registers_that_lag_are_not_taken_for_the_new_quarters() -> None:
    telegrams = sent(steady(1.8), 1000)
    held = [replace(telegram, energy_import=telegrams[900].energy_import) for telegram in telegrams[900:910]]
    for state in follow([*telegrams[:900], *held, *telegrams[910:]])[900:]:
        assert state.demand == pytest.approx(1.8 * state.elapsed / QUARTER, abs=0.006)


def test_a_quiet_quarter_does_not_end_with_the_ramp_of_a_loud_one() -> None:
    # An oven comes on with the boundary: five seconds later the new ramp is above the old one's end.
    before, after = at(893, power=0.04, ramp=0.01), at(905, power=3.0, ramp=0.017)
    assert last(before, after) == 0.01


@pytest.mark.parametrize("ramp", [9.0, 99.999])
def test_a_garbled_ramp_behind_the_boundary_ends_no_quarter(ramp: float) -> None:
    assert last(at(899, power=0.9, ramp=1.234), at(900, power=0.9, ramp=ramp)) == 1.235


@pytest.mark.parametrize(
    ("before", "after"),
    [(800, 905), (899, 970), (899, 1801)],
    ids=["end not seen", "begin not seen", "a quarter left out"],
)
def test_a_quarter_not_seen_to_its_end_is_not_reported(before: int, after: int) -> None:
    state = state_after(at(0, ramp=0.0), at(before, ramp=1.0), at(after, ramp=0.1))
    assert (state.last, state.whole) == (None, False)


def test_a_quarter_joined_midway_is_reported_but_not_as_whole() -> None:
    state = state_after(at(300, ramp=0.4), at(899, power=0.9, ramp=1.234), at(900, ramp=0.0))
    assert state.last == FinishedQuarter(NOON + timedelta(minutes=15), 1.235, whole=False)


def test_a_quarter_joined_midway_without_a_ramp_does_not_finish() -> None:
    assert last(at(450, register=10.1), at(899, register=10.2), at(900, register=10.2)) is None


def test_the_quarter_before_is_told_until_the_next_one_ends() -> None:
    states = follow(sent(turns(1.8, QUARTER, 3.6), 2 * QUARTER, every=10))
    lasts = [state.last.demand if state.last else None for state in states]
    assert lasts == [None] * 90 + [1.8] * 90 + [3.6]


# Lost telegrams.


def test_lost_telegrams_within_a_quarter_cost_nothing_but_their_forecasts() -> None:
    telegrams = sent(lively(5), QUARTER, every=10)
    whole, holed = follow(telegrams)[-1], follow([*telegrams[:20], *telegrams[75:]])[-1]
    assert holed.last == whole.last


def test_they_cost_the_registers_nothing_either() -> None:
    telegrams = without(sent(lively(5), QUARTER, every=10), "quarter_demand")
    whole, holed = follow(telegrams)[-1], follow([*telegrams[:20], *telegrams[75:]])[-1]
    assert holed.last == whole.last


def test_a_power_that_was_not_watched_tells_nothing() -> None:
    telegrams = without(sent(steady(1.2), QUARTER, every=10), "quarter_demand", "energy_import")
    states = follow([*telegrams[:20], *telegrams[27:]])
    assert [(state.demand, state.outlook) for state in states[20:-1]] == [(None, None)] * 63
    assert (states[-1].last, states[-1].whole) == (None, True)


# The threshold in force.


def peaked(peak: float | None, **settings: Any) -> QuarterState:
    captured = None if peak is None else NOON - timedelta(days=1)
    telegram = at(300, power=4.0, ramp=0.4, month_peak=peak, month_peak_time=captured)
    return state_after(telegram, **settings)


def test_a_household_that_chose_nothing_has_the_usual_settings() -> None:
    assert QuarterTracker().settings == PeakSettings(
        target=2.5, sheddable=2.0, hold_target=False, connection_current=None
    )


def test_the_threshold_is_the_target_while_the_month_has_no_peak() -> None:
    assert peaked(None).threshold == 2.5


def test_a_peak_below_the_target_does_not_lower_it() -> None:
    assert peaked(1.0).threshold == 2.5


def test_a_peak_above_the_target_costs_nothing_until_it_is_passed() -> None:
    assert peaked(4.1).threshold == 4.1


def test_a_household_may_hold_its_target() -> None:
    assert peaked(4.1, target=3.0, hold_target=True).threshold == 3.0


def test_a_damaged_peak_does_not_lower_it() -> None:
    captured = NOON - timedelta(days=1)
    telegrams = [
        at(300, ramp=0.4, month_peak=4.1, month_peak_time=captured),
        at(301, ramp=0.4, malformed=("1-0:1.6.0(260302",)),
        at(302, ramp=0.4, month_peak=4.1, month_peak_time=captured),
    ]
    assert [state.threshold for state in follow(telegrams)] == [4.1, 4.1, 4.1]


def test_the_floor_of_the_bill_is_no_floor_of_the_threshold() -> None:
    state = peaked(1.0, target=1.5)
    assert (state.threshold, state.months.billed) == (1.5, 2.5)


def test_a_new_target_holds_from_the_next_telegram() -> None:
    tracker = QuarterTracker()
    assert follow([at(300, ramp=0.4)], tracker)[0].threshold == 2.5
    tracker.settings = PeakSettings(target=6.0)
    assert follow([at(301, ramp=0.4)], tracker)[0].threshold == 6.0


def test_a_quarter_of_our_own_record_raises_the_threshold() -> None:
    states = follow(without(sent(steady(3.2), QUARTER, every=10), "quarter_demand"))
    assert [state.threshold for state in states[-2:]] == [2.5, 3.2]


def test_a_joined_quarter_raises_no_peak_of_our_own_record() -> None:
    state = follow(sent(steady(3.2), QUARTER, every=10)[1:])[-1]
    assert state.last == FinishedQuarter(NOON + timedelta(minutes=15), 3.2, whole=False)
    assert (state.threshold, state.months.peak) == (2.5, None)


# Month and year.


@pytest.mark.parametrize(
    "midnight",
    [datetime(2026, 4, 1, tzinfo=BRUSSELS), datetime(2027, 1, 1, tzinfo=BRUSSELS)],
    ids=["month", "year"],
)
@PACES
def test_the_last_quarter_of_a_month_carries_the_next_ones_first_second_and_is_the_old_ones(
    midnight: datetime, every: int
) -> None:
    begin = midnight - timedelta(minutes=15)
    states = follow(sent(turns(3.6, QUARTER, 0.9), 2 * QUARTER, every=every, begin=begin))
    boundary = states[QUARTER // every]
    assert boundary.last == FinishedQuarter(midnight.astimezone(UTC), 3.6, whole=True)
    assert (boundary.months.peak, boundary.threshold) == (None, 2.5)
    assert boundary.months.closed == (MonthPeak(midnight, midnight, 3.6),)
    assert states[-1].months.peak == 0.9
    assert states[-1].months.billed == (3.6 + 2.5) / 2


def test_the_meter_may_show_the_old_months_peak_for_some_seconds() -> None:
    midnight = datetime(2026, 4, 1, tzinfo=BRUSSELS)
    begin = midnight - timedelta(minutes=15)
    states = follow(
        replace(telegram, month_peak=4.0, month_peak_time=midnight - timedelta(days=9))
        for telegram in sent(steady(1.0), QUARTER + 20, every=10, begin=begin)
    )
    assert [state.threshold for state in states[-4:]] == [4.0, 2.5, 2.5, 2.5]


# How it will end.


def test_in_the_first_quarter_the_present_power_is_expected_to_last() -> None:
    state = state_after(at(300, power=2.0, ramp=0.4))
    assert state.outlook is not None
    assert state.outlook.mean == pytest.approx(0.4 + 2.0 * 600 / 900, abs=0.05)
    assert state.outlook.low < state.outlook.mean < state.outlook.high


@pytest.mark.parametrize(("power", "low", "high"), [(0.5, 0.0, 0.05), (6.0, 0.9, 1.0)])
def test_its_probability_is_that_of_the_threshold_in_force(power: float, low: float, high: float) -> None:
    state = follow(sent(steady(power), 300, every=10))[-1]
    assert state.outlook is not None
    assert low <= state.outlook.probability <= high


def test_a_quarter_that_has_passed_its_threshold_is_certain_to() -> None:
    for state in follow(sent(turns(9.0, 305, 0.0), 899))[290:]:
        assert state.outlook is not None
        assert (state.passed, state.outlook.probability == 1.0) != (True, False)
    assert state.passed


def test_it_ends_where_it_stands() -> None:
    state = follow(sent(steady(1.2), 899))[-1]
    assert state.outlook is not None
    assert state.outlook.mean == pytest.approx(1.2, abs=0.002)


def test_the_threshold_is_passed_once_the_energy_exceeds_it() -> None:
    states = follow(sent(steady(5.0), 500, every=10))
    assert [state.elapsed for state in states if state.passed] == [460, 470, 480, 490, 500]


def test_a_threshold_that_is_passed_stays_passed_though_it_is_raised() -> None:
    tracker = QuarterTracker()
    follow(sent(steady(5.0), 500, every=10), tracker)
    tracker.settings = PeakSettings(target=6.0)
    assert follow([at(510, power=5.0, ramp=2.8)], tracker)[0].passed


def test_the_next_quarter_has_passed_nothing() -> None:
    assert not follow(sent(steady(5.0), QUARTER, every=10))[-1].passed


def test_what_may_still_be_drawn_is_told_with_the_settings_of_the_house() -> None:
    telegram = replace(at(450, power=1.0, ramp=0.5), sent=frozenset({"power", "voltage_l1"}))
    state = state_after(telegram, target=20.0, connection_current=40.0)
    assert state.allowance is not None
    assert (state.allowance.allowed_power, state.allowance.spare_power) == (40 * 230, 40 * 230 - 1000)
    assert state.allowance.energy_left == 4.875


# The alarms.


def oven(second: int) -> float:
    """Return 6 kW from minute 2 to minute 20."""
    return 6.0 if 120 <= second < 1200 else 0.3


def shed(second: int) -> float:
    """Return 4.2 kW from minute 1, shed at minute 4, and again from minute 11, when it passes no more."""
    return 4.2 if 60 <= second < 240 or second >= 660 else 0.1


@PACES
def test_a_quarter_that_will_pass_raises_the_warning_and_then_act_now(every: int) -> None:
    states = [state for state in follow(sent(oven, QUARTER - every, every=every)) if state.warning]
    first = states[0]
    assert 120 < first.elapsed <= 300
    assert first.outlook is not None
    assert first.outlook.mean > 2.5
    assert first.elapsed <= next(state.elapsed for state in states if state.act_now) < 600


@PACES
def test_both_go_off_at_the_boundary(every: int) -> None:
    before, after = follow(sent(oven, QUARTER, every=every))[-2:]
    assert (before.warning, before.act_now) == (True, True)
    assert (after.warning, after.act_now) == (False, False)


def test_the_first_minute_of_a_quarter_is_silent() -> None:
    states = follow(sent(steady(9.0), 1000, every=1))
    assert {state.elapsed >= 60 for state in states if state.warning} == {True}


def test_a_quarter_that_is_not_known_is_silent() -> None:
    telegrams = without(sent(steady(9.0), 899, every=10)[10:], "quarter_demand")
    assert not any(state.warning or state.act_now for state in follow(telegrams))


def test_the_alarms_go_off_early_when_the_danger_is_over_and_stay_off() -> None:
    states = follow(sent(shed, 899, every=10))
    switched = [now.elapsed for before, now in pairwise(states) if before.warning != now.warning]
    assert len(switched) == 2
    assert switched[0] <= 240 < switched[1] < 899


def test_the_household_says_what_it_can_shed() -> None:
    def told(sheddable: float) -> int:
        states = follow(sent(oven, 899, every=10), sheddable=sheddable)
        return next(state.elapsed for state in states if state.act_now)

    assert told(0.5) < told(6.0)


# Our own record of how far off it was.


def test_the_error_of_the_forecast_is_known_after_a_whole_quarter() -> None:
    load = turns(1.0, 400, 3.0)
    states = follow(sent(load, QUARTER, every=10))
    at_five = states[30].outlook
    assert at_five is not None
    assert states[-2].forecast_error is None
    assert states[-1].forecast_error == pytest.approx((mean_of(load) - at_five.mean) * 1000, abs=4)


def test_a_joined_quarter_does_not_count() -> None:
    assert follow(sent(steady(1.0), QUARTER, every=10)[5:])[-1].forecast_error is None


def test_nor_does_one_without_a_forecast_in_its_fifth_minute() -> None:
    telegrams = sent(steady(1.0), QUARTER, every=10)
    assert follow([*telegrams[:25], *telegrams[60:]])[-1].forecast_error is None


# In all, against a simulated life.


def test_a_simulated_quarter_ends_as_its_truth_says() -> None:
    begin = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
    meter = Meter(Household(seed=1), installed=begin - timedelta(days=40))
    tracker = QuarterTracker()
    for second in range(1, 902):
        state = tracker.observe(parse_telegram(meter.telegram(begin + timedelta(seconds=second))))
    truth = (
        sum(max(0, meter.reading(begin + timedelta(seconds=second)).power_w) for second in range(1, 901))
        / 900
    )
    assert state is not None
    assert state.last is not None
    assert state.last.demand * 1000 == pytest.approx(truth, abs=2)
