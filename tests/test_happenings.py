"""What happened between two states of the quarter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json
from typing import Any

import pytest

from custom_components.emucs_p1.happenings import (
    Happening,
    quarter_figures,
    what_happened,
    what_was_said,
)
from custom_components.emucs_p1.p1 import BRUSSELS, MonthPeak
from custom_components.emucs_p1.peak import PeakMonths, QuarterState

from .quarters import CALM, NOON, QUARTER, WARNED, finished, later_by

ACTING = replace(WARNED, act_now=True)
PASSED = replace(ACTING, passed=True)
OUTAGE = None


def told(*states: QuarterState | None) -> list[Happening]:
    """Return what happened over a row of states, as the coordinator compares them."""
    return [happening for happening, _ in told_with_figures(*states)]


def told_with_figures(*states: QuarterState | None) -> list[tuple[Happening, dict[str, Any]]]:
    known: QuarterState | None = None
    happenings = []
    for state in states:
        happenings.extend(what_happened(known, state))
        known = state or known
    return happenings


def peak(kilowatts: float | None, end: datetime | None, **changed: Any) -> QuarterState:
    """Return the state of the quarter that begins when this peak's ended."""
    state = replace(CALM, months=PeakMonths(peak=kilowatts, peak_time=end), **changed)
    return replace(state, start=end, end=end + QUARTER) if end else state


def test_nothing_happens_in_a_calm_quarter() -> None:
    assert told(CALM, replace(CALM, elapsed=430), CALM) == []


def test_a_warning_is_told_once() -> None:
    assert told(CALM, WARNED, WARNED) == [Happening.PEAK_WARNING]


def test_act_now_is_told_after_the_warning() -> None:
    assert told(CALM, WARNED, ACTING, ACTING) == [Happening.PEAK_WARNING, Happening.PEAK_ACT_NOW]


def test_both_at_once_are_told_in_that_order() -> None:
    assert told(CALM, ACTING) == [Happening.PEAK_WARNING, Happening.PEAK_ACT_NOW]


def test_the_danger_over_within_the_quarter_is_all_clear() -> None:
    assert told(CALM, WARNED, CALM, CALM) == [Happening.PEAK_WARNING, Happening.PEAK_CLEARED]


def test_act_now_going_off_alone_is_not_all_clear() -> None:
    assert told(CALM, ACTING, WARNED) == [Happening.PEAK_WARNING, Happening.PEAK_ACT_NOW]


def test_the_boundary_is_all_clear() -> None:
    assert told(CALM, WARNED, later_by(CALM, 1)) == [Happening.PEAK_WARNING, Happening.PEAK_CLEARED]


def test_nothing_is_cleared_while_nothing_is_known() -> None:
    assert told(CALM, WARNED, OUTAGE, OUTAGE) == [Happening.PEAK_WARNING]


def test_an_outage_within_the_quarter_changes_nothing() -> None:
    assert told(CALM, WARNED, OUTAGE, WARNED) == [Happening.PEAK_WARNING]


def test_an_outage_past_the_boundary_is_all_clear_afterwards() -> None:
    assert told(CALM, WARNED, OUTAGE, later_by(CALM, 3)) == [
        Happening.PEAK_WARNING,
        Happening.PEAK_CLEARED,
    ]


def test_a_warning_in_each_of_two_quarters_is_cleared_in_between() -> None:
    assert told(CALM, WARNED, OUTAGE, later_by(ACTING, 1)) == [
        Happening.PEAK_WARNING,
        Happening.PEAK_CLEARED,
        Happening.PEAK_WARNING,
        Happening.PEAK_ACT_NOW,
    ]


def test_an_alarm_that_is_on_at_the_first_state_is_told() -> None:
    assert told(ACTING) == [Happening.PEAK_WARNING, Happening.PEAK_ACT_NOW]


def test_a_warning_comes_with_the_figures_of_the_state_that_decided_it() -> None:
    assert told_with_figures(CALM, WARNED) == [(Happening.PEAK_WARNING, quarter_figures(WARNED))]


def test_passing_the_threshold_is_told_once() -> None:
    assert told(ACTING, PASSED, PASSED)[2:] == [Happening.THRESHOLD_PASSED]


def test_passing_the_threshold_in_a_later_quarter_is_told_again() -> None:
    happenings = told(ACTING, PASSED, later_by(PASSED, 1))
    assert happenings.count(Happening.THRESHOLD_PASSED) == 2


def test_a_quarter_that_had_passed_it_before_the_first_state_is_not_told() -> None:
    assert Happening.THRESHOLD_PASSED not in told(PASSED, PASSED)


def test_passing_the_threshold_comes_with_the_figures_of_the_quarter() -> None:
    assert told_with_figures(ACTING, PASSED)[-1][1] == quarter_figures(PASSED)


def test_a_quarter_that_is_over_is_told_once() -> None:
    after = later_by(CALM, 1, last=finished(NOON + QUARTER), threshold=9.9)
    assert told_with_figures(CALM, after, after) == [
        (
            Happening.QUARTER_COMPLETED,
            {
                "start": "2026-03-03T11:00:00+00:00",
                "end": "2026-03-03T11:15:00+00:00",
                "demand": 1.234,
                "complete": True,
                "threshold": CALM.threshold,
            },
        )
    ]


def test_a_quarter_that_was_joined_midway_says_so() -> None:
    after = later_by(CALM, 1, last=finished(NOON + QUARTER, whole=False))
    ((_, figures),) = told_with_figures(CALM, after)
    assert figures["complete"] is False


def test_every_quarter_is_told() -> None:
    row = [later_by(CALM, count, last=finished(NOON + QUARTER * count)) for count in range(5)]
    assert told(CALM, *row) == [Happening.QUARTER_COMPLETED] * 5


def test_the_quarter_before_the_first_state_is_not_told() -> None:
    assert told(replace(CALM, last=finished(NOON))) == []


def test_a_quarter_that_nobody_saw_end_is_not_told() -> None:
    before = replace(CALM, last=finished(NOON))
    assert told(before, OUTAGE, later_by(CALM, 2, last=None)) == []


def test_a_quarter_that_ends_after_an_outage_is_told() -> None:
    before = replace(CALM, last=finished(NOON))
    joined = later_by(CALM, 2, last=None)
    after = later_by(CALM, 3, last=finished(NOON + QUARTER * 3))
    assert told(before, OUTAGE, joined, after) == [Happening.QUARTER_COMPLETED]


def test_a_quarter_that_is_older_than_the_last_known_one_is_not_told() -> None:
    before = replace(CALM, last=finished(NOON))
    assert told(before, replace(CALM, last=finished(NOON - QUARTER))) == []


def test_the_old_quarter_is_told_before_what_the_new_quarter_brings() -> None:
    after = later_by(ACTING, 1, last=finished(NOON + QUARTER))
    assert told(WARNED, after)[1:] == [
        Happening.QUARTER_COMPLETED,
        Happening.PEAK_CLEARED,
        Happening.PEAK_WARNING,
        Happening.PEAK_ACT_NOW,
    ]


def test_a_higher_peak_of_the_month_is_told_once() -> None:
    before, after = peak(3.0, NOON), peak(3.5, NOON + QUARTER)
    assert told_with_figures(before, after, after) == [
        (
            Happening.MONTH_PEAK_RAISED,
            {"month_peak": 3.5, "month_peak_time": "2026-03-03T11:15:00+00:00", "previous": 3.0},
        )
    ]


def test_a_meter_that_shows_its_peak_some_seconds_late_is_believed() -> None:
    new_quarter = replace(peak(3.0, NOON), start=NOON + QUARTER, end=NOON + QUARTER * 2)
    assert told(new_quarter, peak(3.5, NOON + QUARTER)) == [Happening.MONTH_PEAK_RAISED]


def test_the_peak_of_the_first_state_is_not_told() -> None:
    assert told(peak(3.5, NOON)) == []


def test_a_new_month_without_a_peak_is_not_told() -> None:
    april = datetime(2026, 4, 1, tzinfo=BRUSSELS)
    new_month = replace(peak(None, None), start=april, end=april + QUARTER)
    assert told(peak(3.0, april - QUARTER), new_month) == []


@pytest.mark.parametrize("first", [0.3, 5.5])
@pytest.mark.parametrize("seen_empty", [False, True])
def test_the_first_peak_of_a_month_is_told_whatever_the_last_month_had(
    first: float, *, seen_empty: bool
) -> None:
    april = datetime(2026, 4, 1, tzinfo=BRUSSELS)
    states = [peak(3.0, april - QUARTER)]
    if seen_empty:
        states.append(replace(peak(None, None), start=april, end=april + QUARTER))
    ((happening, figures),) = told_with_figures(*states, peak(first, april + QUARTER))
    assert happening is Happening.MONTH_PEAK_RAISED
    assert figures == {
        "month_peak": first,
        "month_peak_time": "2026-03-31T22:15:00+00:00",
        "previous": None,
    }


@pytest.mark.parametrize(("closed", "raised"), [(3.2, True), (3.0, False)])
def test_the_last_quarter_of_a_month_raises_that_months_peak(closed: float, *, raised: bool) -> None:
    # The meter stamps it with the first second of the next month, when the month is closed already.
    april = datetime(2026, 4, 1, tzinfo=BRUSSELS)
    march = MonthPeak(april, april if raised else april - QUARTER * 5, closed)
    before = peak(3.0, april - QUARTER * 5)
    after = replace(
        before, start=april, end=april + QUARTER, months=replace(before.months, peak=None, closed=(march,))
    )
    last_seen = replace(before, start=april - QUARTER, end=april)
    expected = [{"month_peak": 3.2, "month_peak_time": "2026-03-31T22:00:00+00:00", "previous": 3.0}]
    assert [figures for _, figures in told_with_figures(last_seen, after, after)] == expected * raised


def test_the_meters_own_figure_of_a_peak_that_was_told_is_no_news() -> None:
    # Our own record had it a watt lower some seconds earlier.
    assert told(peak(3.0, NOON), peak(3.5, NOON + QUARTER), peak(3.501, NOON + QUARTER)) == [
        Happening.MONTH_PEAK_RAISED
    ]


def test_a_peak_set_before_the_last_state_is_not_told() -> None:
    # Its line was damaged at start-up, or the meter begins to send it.
    old = datetime(2026, 3, 1, 18, tzinfo=BRUSSELS)
    known_late = replace(CALM, months=PeakMonths(peak=3.0, peak_time=old))
    assert told(peak(None, None), known_late) == []


def test_a_lower_peak_of_the_same_month_is_not_told() -> None:
    assert told(peak(3.0, NOON), peak(2.9, NOON + QUARTER)) == []


def test_a_peak_raised_during_an_outage_is_told_afterwards() -> None:
    assert told(peak(3.0, NOON), OUTAGE, peak(4.0, NOON + QUARTER * 8)) == [Happening.MONTH_PEAK_RAISED]


def test_the_figures_of_a_quarter_are_all_there() -> None:
    assert quarter_figures(WARNED) == {
        "start": "2026-03-03T11:00:00+00:00",
        "end": "2026-03-03T11:15:00+00:00",
        "demand": 0.7,
        "forecast": 4.2,
        "low": 3.3,
        "high": 4.9,
        "threshold": 3.456,
        "gap": -0.744,
        "probability": 88,
        "allowed_power": 4500,
        "spare_power": -1500,
        "spare_current": -2.2,
        "energy_left": 0.6,
        "seconds_left": 480,
        "minutes_left": 8,
        "warning": True,
        "act_now": False,
        "month_peak": 3.456,
        "billed_peak": 3.888,
    }


def test_a_figure_that_is_not_known_is_none() -> None:
    unknown = replace(CALM, demand=None, outlook=None, allowance=None, months=PeakMonths())
    assert {key for key, value in quarter_figures(unknown).items() if value is None} == {
        *("demand", "forecast", "low", "high", "gap", "probability"),
        *("allowed_power", "spare_power", "spare_current", "energy_left"),
        *("month_peak", "billed_peak", "warning", "act_now"),
    }


@pytest.mark.parametrize(
    ("elapsed", "minutes_left"), [(0, 15), (1, 15), (59, 15), (60, 14), (841, 1), (899, 1)]
)
def test_the_minutes_left_are_rounded_up(elapsed: int, minutes_left: int) -> None:
    assert quarter_figures(replace(CALM, elapsed=elapsed))["minutes_left"] == minutes_left


def test_all_figures_are_plain_json() -> None:
    states = (CALM, later_by(PASSED, 1, last=finished(NOON + QUARTER)), peak(9.9, NOON + QUARTER * 2))
    happenings = told_with_figures(*states)
    assert {happening for happening, _ in happenings} == set(Happening) - {Happening.MESSAGE_RECEIVED}
    for _, figures in happenings:
        assert json.loads(json.dumps(figures)) == figures


def test_moments_are_told_in_utc_however_the_meter_tells_them() -> None:
    moved = replace(CALM, start=CALM.start.astimezone(UTC), end=CALM.end.astimezone(UTC))
    assert quarter_figures(moved) == quarter_figures(CALM)


def test_the_hour_that_the_clock_repeats_is_told_apart() -> None:
    first = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    starts = [
        quarter_figures(replace(CALM, start=moment.astimezone(BRUSSELS)))["start"]
        for moment in (first, first + timedelta(hours=1))
    ]
    assert starts == ["2026-10-25T00:45:00+00:00", "2026-10-25T01:45:00+00:00"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, None, []),
        (None, "Power cut on Monday", ["Power cut on Monday"]),
        ("Power cut on Monday", "Power cut on Monday", []),
        ("Power cut on Monday", "Power cut on Tuesday", ["Power cut on Tuesday"]),
        ("Power cut on Monday", None, []),
    ],
)
def test_a_message_is_told_when_it_is_another_one(
    before: str | None, after: str | None, said: list[str]
) -> None:
    assert list(what_was_said(before, after)) == [
        (Happening.MESSAGE_RECEIVED, {"text": text}) for text in said
    ]
