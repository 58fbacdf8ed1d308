"""A clock that stands still, goes back, leaps or changes to summer time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from custom_components.emucs_p1.p1 import BRUSSELS, Telegram
from custom_components.emucs_p1.peak import EnergySource, FinishedQuarter, QuarterTracker
from tests.variants import ISKRA, parsed

from .meter import NOON, QUARTER, at, follow, sent, steady, without

A_QUARTER = timedelta(minutes=15)


# Standing still.


def test_a_repeated_telegram_changes_nothing() -> None:
    tracker = QuarterTracker()
    state = tracker.observe(at(300, power=2.0, ramp=0.4))
    assert tracker.observe(at(300, power=9.0, ramp=0.9)) is state


def test_a_gateway_that_sends_everything_twice_changes_nothing() -> None:
    telegrams = sent(steady(1.2), QUARTER, every=10)
    twice = [telegram for telegram in telegrams for _ in range(2)]
    assert follow(twice)[::2] == follow(telegrams)


def test_a_clock_that_stands_still_makes_the_quarter_unknown() -> None:
    tracker = QuarterTracker()
    tracker.observe(at(300, ramp=0.4))
    states = [tracker.observe(at(300, ramp=0.4)) for _ in range(15)]
    assert [state is None for state in states] == [False] * 14 + [True]


def test_it_is_known_again_when_the_clock_goes_on() -> None:
    tracker = QuarterTracker()
    telegrams = sent(steady(1.2), 900, every=10)
    follow(telegrams[:30], tracker)
    for _ in range(40):
        tracker.observe(telegrams[29])
    (state,) = follow(telegrams[30:31], tracker)
    assert (state.demand, state.whole) == (0.4, True)


def test_so_does_a_clock_that_is_no_longer_told() -> None:
    tracker = QuarterTracker()
    tracker.observe(at(300, ramp=0.4))
    states = [tracker.observe(replace(at(300), timestamp=None)) for _ in range(15)]
    assert [state is None for state in states] == [False] * 14 + [True]
    assert tracker.observe(at(340, ramp=0.45)) is not None


# Going back.


def test_a_telegram_that_comes_late_changes_nothing() -> None:
    tracker = QuarterTracker()
    state = tracker.observe(at(300, ramp=0.4))
    assert tracker.observe(at(290, ramp=0.39)) is state
    assert follow([at(310, ramp=0.41)], tracker)[0].demand == 0.41


def test_late_telegrams_one_by_one_are_no_clock_set_back() -> None:
    tracker = QuarterTracker()
    follow([at(300, ramp=0.4)], tracker)
    for second in (310, 320, 330, 340):
        assert follow([at(second - 15, ramp=0.1), at(second, ramp=0.4)], tracker)[1].elapsed == second


def test_late_telegrams_that_run_backwards_are_none_either() -> None:
    tracker = QuarterTracker()
    state = tracker.observe(at(300, ramp=0.4))
    assert [tracker.observe(at(second)) for second in (290, 280, 270, 260)] == [state] * 4


def test_a_clock_set_back_to_another_quarter_joins_that_one() -> None:
    tracker = QuarterTracker()
    before = follow(sent(steady(1.2), 1500, every=10), tracker)[-1]
    states = follow([at(700, ramp=0.5), at(710, ramp=0.51), at(720, ramp=0.52)], tracker)
    assert states[:2] == [before, before]
    assert (states[2].end, states[2].elapsed, states[2].demand) == (NOON + A_QUARTER, 720, 0.52)
    assert (states[2].whole, states[2].last) == (False, None)


def test_it_is_noticed_though_the_gateway_sends_everything_twice() -> None:
    tracker = QuarterTracker()
    follow([at(1500, ramp=0.5)], tracker)
    for second in (700, 700, 710, 710, 720):
        state = tracker.observe(at(second, ramp=0.5))
    assert state is not None
    assert state.elapsed == 720


def test_a_clock_set_back_that_then_stands_still_is_not_known() -> None:
    tracker = QuarterTracker()
    follow([at(1500, ramp=0.5)], tracker)
    states = [tracker.observe(at(700, ramp=0.5)) for _ in range(30)]
    assert states[-1] is None


def test_a_clock_set_back_after_standing_still_is_known_again() -> None:
    tracker = QuarterTracker()
    follow([at(1500, ramp=0.5)], tracker)
    for _ in range(40):
        tracker.observe(at(1500, ramp=0.5))
    states = [tracker.observe(at(second, ramp=0.5)) for second in (700, 710, 720, 720)]
    assert [state is not None for state in states] == [False, False, True, True]


@pytest.mark.parametrize("lacking", [(), ("quarter_demand",)], ids=["ramp", "no ramp"])
def test_a_clock_set_back_within_its_quarter_goes_on_with_it_as_joined(lacking: tuple[str, ...]) -> None:
    # It is 700 when the clock goes back to 640.
    house = without(sent(steady(1.2), 1000, every=10), *lacking)
    later = without(
        (
            replace(telegram, timestamp=(telegram.timestamp or NOON) - timedelta(seconds=60))
            for telegram in house[71:]
        ),
        *lacking,
    )
    tracker = QuarterTracker()
    before = follow(house[:71], tracker)[-1]
    states = follow(later[:3], tracker)
    assert states[:2] == [before, before]
    assert (states[2].elapsed, states[2].whole) == (670, False)
    assert states[2].demand == pytest.approx(1.2 * 730 / QUARTER, abs=0.004)


def test_the_power_alone_cannot_tell_such_a_quarter() -> None:
    tracker = QuarterTracker()
    states = follow([at(0), at(60), at(50), at(51), at(52)], tracker)
    assert (states[1].source, states[-1].source) == (EnergySource.POWER, None)


def test_alarms_do_not_come_on_again_for_a_clock_set_back_within_its_quarter() -> None:
    tracker = QuarterTracker()
    states = follow(sent(steady(6.0), 600, every=10), tracker)
    assert (states[-1].warning, states[-1].passed) == (True, True)
    states = follow([at(590 + second, power=6.0, ramp=4.0) for second in range(3)], tracker)
    assert [(state.warning, state.passed) for state in states] == [(True, True)] * 3


def test_a_quarter_of_which_some_seconds_came_twice_raises_no_peak() -> None:
    tracker = QuarterTracker()
    follow(sent(steady(3.0), 600, every=10), tracker)
    again = [at(second, power=3.0, ramp=3.0 * (second + 20) / 900) for second in range(580, 900, 5)]
    state = follow([*again, at(900, power=3.0, ramp=0.0)], tracker)[-1]
    assert state.last is not None
    assert (state.last.whole, state.months.peak) == (False, None)


def test_the_house_is_learned_on_after_the_clock_was_set_back_by_a_year() -> None:
    tracker = QuarterTracker()
    year = timedelta(days=365)
    follow(sent(steady(3.0), 4 * QUARTER, every=10, begin=NOON + year), tracker)
    for telegram in sent(steady(0.3), 4 * QUARTER, every=10):
        state = tracker.observe(telegram)
    assert state is not None
    assert state.outlook is not None
    # As much as it draws now, not as it did a year ahead.
    assert state.outlook.mean == pytest.approx(0.3, abs=0.05)
    assert list(tracker._forecaster._moments.recent(50)) == [300] * 50


# Leaping on.


def test_a_clock_that_leaps_on_joins_the_quarter_it_leaps_to() -> None:
    state = follow([*sent(steady(1.2), 600, every=10), at(3000, ramp=0.4)])[-1]
    assert (state.end, state.whole, state.last) == (NOON + 4 * A_QUARTER, False, None)


def test_a_leap_to_the_begin_of_a_quarter_counts_that_one_from_there() -> None:
    telegrams = [at(300, register=10.0), at(3600, register=11.0), at(3900, power=1.2, register=11.1)]
    state = follow(telegrams)[-1]
    assert (state.demand, state.whole, state.last) == (0.4, True, None)


def test_a_leap_within_the_quarter_costs_ramp_and_registers_nothing() -> None:
    for lacking in ("quarter_demand", "energy_import"):
        telegrams = without(sent(steady(1.2), 900, every=10), lacking)
        state = follow([*telegrams[:20], telegrams[60]])[-1]
        assert state.demand == 0.8


# The nights of the clock changes.


@pytest.mark.parametrize(
    ("midnight", "hours"),
    [(datetime(2026, 3, 29, tzinfo=BRUSSELS), 23), (datetime(2026, 10, 25, tzinfo=BRUSSELS), 25)],
    ids=["to summer", "to winter"],
)
def test_a_day_of_a_clock_change_has_its_quarters(midnight: datetime, hours: int) -> None:
    # Every quarter draws another power, so that none is taken for another.
    def load(second: int) -> float:
        return 1.8 + 0.9 * (second // QUARTER % 4)

    telegrams = sent(load, hours * 3600, every=60, begin=midnight)
    finished = {state.last.end: state.last for state in follow(telegrams) if state.last}
    assert list(finished.values()) == [
        FinishedQuarter(
            midnight.astimezone(UTC) + number * A_QUARTER, 1.8 + 0.9 * ((number - 1) % 4), whole=True
        )
        for number in range(1, hours * 4 + 1)
    ]
    assert telegrams[0].timestamp is not None
    assert telegrams[-1].timestamp is not None
    assert telegrams[0].timestamp.utcoffset() != telegrams[-1].timestamp.utcoffset()


def told(stamp: str, ramp: float, header: str | None = None) -> Telegram:
    lines = {"0-0:1.0.0": f"({stamp})", "1-0:1.7.0": "(01.000*kW)", "1-0:1.4.0": f"({ramp:06.3f}*kW)"}
    return parsed(lines, header) if header else parsed(lines)


@pytest.mark.parametrize(
    ("before", "after"),
    [("261025025959S", "261025020000W"), ("260329015959W", "260329030000S")],
    ids=["twice", "left out"],
)
def test_the_flag_of_the_meter_tells_the_hours_apart(before: str, after: str) -> None:
    state = follow([told(before, 1.0), told(after, 0.0)])[-1]
    assert state.last is not None
    assert state.end - state.last.end == A_QUARTER


def test_a_meter_without_the_flag_lives_the_hour_twice_and_finds_its_way() -> None:
    # Such meters send no ramp, but nothing depends on it here.
    def stamped(hour: int, second: int) -> Telegram:
        return told(f"261025{hour:02d}{second // 60:02d}{second % 60:02d}", 0.1, ISKRA)

    states = follow(
        [
            stamped(2, 3599),
            *(stamped(2, second) for second in range(0, 3600, 10)),
            *(stamped(3, second) for second in (0, 10, 20)),
        ]
    )
    assert states[1].elapsed == 899
    assert [state.elapsed for state in states[3:6]] == [20, 30, 40]
    assert (states[-1].start, states[-1].whole) == (datetime(2026, 10, 25, 2, tzinfo=UTC), True)
