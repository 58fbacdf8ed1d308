"""What a restart of Home Assistant leaves of the quarter, the months and what was learned."""

from dataclasses import replace
from datetime import timedelta
import json
from random import Random
from typing import Any

import pytest

from custom_components.emucs_p1.p1 import Telegram
from custom_components.emucs_p1.peak import EnergySource, FinishedQuarter, QuarterState, QuarterTracker

from .meter import NOON, QUARTER, at, follow, restarted, sent, steady, without

A_QUARTER = timedelta(minutes=15)


def across(telegrams: list[Telegram], *, until: int, then: int) -> list[QuarterState]:
    """Return the states behind a restart that took the telegrams between two places."""
    tracker = QuarterTracker()
    follow(telegrams[:until], tracker)
    return follow(telegrams[then:], restarted(tracker))


@pytest.mark.parametrize(
    ("lacking", "source"),
    [((), EnergySource.RAMP), (("quarter_demand",), EnergySource.REGISTERS)],
    ids=["ramp", "no ramp"],
)
def test_a_quarter_goes_on_behind_a_restart(lacking: tuple[str, ...], source: EnergySource) -> None:
    house = without(sent(steady(1.8), QUARTER, every=10), *lacking)
    states = across(house, until=30, then=45)
    assert (states[0].demand, states[0].source, states[0].whole) == (0.9, source, True)
    assert states[-1].last == FinishedQuarter(NOON + A_QUARTER, 1.8, whole=True)


def test_the_power_alone_bridges_a_short_restart() -> None:
    house = without(sent(steady(1.8), QUARTER, every=10), "quarter_demand", "energy_import")
    assert across(house, until=30, then=34)[-1].last == FinishedQuarter(NOON + A_QUARTER, 1.8, whole=True)
    assert across(house, until=30, then=36)[-1].last is None


def test_the_first_telegram_behind_a_restart_has_threshold_and_forecast() -> None:
    house = [
        replace(telegram, month_peak=3.4, month_peak_time=NOON - timedelta(days=1))
        for telegram in sent(steady(1.8), QUARTER)
    ]
    first = across(house, until=400, then=430)[0]
    assert first.threshold == 3.4
    assert first.outlook is not None
    assert first.outlook.mean == pytest.approx(1.8, abs=0.01)
    assert first.allowance is not None


def test_the_telegram_that_was_read_last_may_be_the_first_again() -> None:
    house = sent(steady(1.8), QUARTER, every=10)
    states = across(house, until=31, then=30)
    assert (states[0].demand, states[0].whole, states[0].outlook is None) == (0.6, True, False)
    assert states[-1].last == FinishedQuarter(NOON + A_QUARTER, 1.8, whole=True)


def test_it_may_be_so_for_the_power_alone() -> None:
    house = without(sent(steady(1.8), QUARTER, every=10), "quarter_demand", "energy_import")
    assert across(house, until=31, then=30)[-1].last == FinishedQuarter(NOON + A_QUARTER, 1.8, whole=True)


def test_a_restart_over_the_boundary_finishes_the_quarter() -> None:
    # With an oven that comes on meanwhile.
    house = sent(lambda second: 0.4 if second < QUARTER else 3.0, 2 * QUARTER, every=10)
    first = across(house, until=87, then=95)[0]
    assert first.last == FinishedQuarter(NOON + A_QUARTER, 0.4, whole=True)
    assert (first.whole, first.demand) == (True, pytest.approx(3.0 * 50 / QUARTER, abs=0.001))


def test_a_long_restart_over_the_boundary_finishes_it_by_ramp_and_registers() -> None:
    # With a shower while nobody looked: together they tell to the Wh what each quarter took.
    def load(second: int) -> float:
        return 9.0 if 820 <= second < 880 else 0.4

    house = sent(load, 2 * QUARTER, every=10)
    first = across(house, until=80, then=100)[0]
    assert first.last == FinishedQuarter(
        NOON + A_QUARTER, pytest.approx(0.4 + 8.6 * 60 / QUARTER, abs=0.004), whole=True
    )
    assert (first.whole, first.source) == (False, EnergySource.RAMP)


@pytest.mark.parametrize("lacking", ["quarter_demand", "energy_import"])
def test_without_both_of_them_it_is_not_known(lacking: str) -> None:
    house = without(sent(steady(1.8), 2 * QUARTER, every=10), lacking)
    first = across(house, until=80, then=100)[0]
    assert (first.last, first.whole) == (None, False)


def test_what_was_known_before_a_restart_is_there_at_once() -> None:
    tracker = QuarterTracker()
    house = [
        replace(telegram, month_peak=3.4, month_peak_time=NOON - timedelta(days=1))
        for telegram in sent(steady(9.0), QUARTER + 600)
    ]
    before = follow(house[:800], tracker)[-1]
    loaded = restarted(tracker).loaded
    assert loaded is not None
    assert (loaded.start, loaded.warning, loaded.act_now, loaded.passed) == (NOON, True, True, True)
    assert (loaded.months, loaded.threshold, loaded.last) == (before.months, 3.4, None)
    assert QuarterTracker().loaded is None


def test_a_broken_record_of_the_quarter_is_refused() -> None:
    tracker = QuarterTracker()
    follow(sent(steady(1.0), 60), tracker)
    for broken in ({"time": None}, {"power": "much"}, {"register": []}, {"energy": {}}):
        dumped = tracker.dump()
        with pytest.raises((KeyError, TypeError, ValueError)):
            QuarterTracker().load(dumped | {"quarter": dumped["quarter"] | broken})


def test_an_old_record_leaves_no_old_quarter() -> None:
    tracker = QuarterTracker()
    follow(sent(steady(3.2), QUARTER + 100, every=10), tracker)
    (state,) = follow([at(100 * QUARTER + 300, ramp=0.4)], restarted(tracker))
    assert (state.last, state.whole, state.demand) == (None, False, 0.4)
    # What was known of the month and of our errors is as good as new.
    assert (state.months.peak, state.forecast_error is None) == (3.2, False)


def test_the_quarter_before_is_still_told() -> None:
    house = sent(steady(1.8), QUARTER + 200, every=10)
    assert across(house, until=100, then=105)[0].last == FinishedQuarter(NOON + A_QUARTER, 1.8, whole=True)


def test_a_joined_quarter_stays_one() -> None:
    house = sent(steady(1.8), QUARTER, every=10)[20:]
    states = across(house, until=10, then=11)
    assert (states[0].whole, states[-1].last) == (False, FinishedQuarter(NOON + A_QUARTER, 1.8, whole=False))


def test_alarms_that_were_on_stay_on() -> None:
    house = sent(steady(6.0), QUARTER, every=10)
    states = across(house, until=50, then=52)
    assert {(state.warning, state.act_now, state.passed) for state in states[:-1]} == {(True, True, True)}
    assert (states[-1].warning, states[-1].act_now, states[-1].passed) == (False, False, False)


def test_alarms_that_are_over_stay_over() -> None:
    # Shed at minute 4, and on again at minute 11.
    house = sent(lambda second: 4.2 if 60 <= second < 240 or second >= 660 else 0.1, 899, every=10)
    tracker = QuarterTracker()
    before = follow(house[:66], tracker)
    assert (any(state.warning for state in before), before[-1].warning) == (True, False)
    assert not any(state.warning for state in follow(house[66:], restarted(tracker)))


def test_a_clock_set_back_meanwhile_joins_the_quarter_that_it_shows() -> None:
    tracker = QuarterTracker()
    follow(sent(steady(1.8), 2 * QUARTER, every=10), tracker)
    successor = restarted(tracker)
    states = [successor.observe(at(second, ramp=0.3)) for second in (400, 410, 420)]
    assert states[:2] == [None, None]
    assert states[2] is not None
    assert (states[2].elapsed, states[2].whole) == (420, False)


def lived(tracker: QuarterTracker, seed: int, days: int) -> QuarterTracker:
    """Let a house live some days in the memory of a tracker, up to noon."""
    print(f"seed {seed}")  # noqa: T201
    chance = Random(seed)
    now = int(NOON.timestamp()) // 60
    for minute in range(now - days * 1440, now):
        power = 200 * chance.uniform(0.7, 1.4) + 3000 * (minute % 180 < 20)
        tracker._forecaster._moments.add(minute, power, power)
    return tracker


def test_what_was_learned_is_kept() -> None:
    tracker = lived(QuarterTracker(), seed=1, days=3)
    house = sent(lambda second: 3.2 if second < 400 else 0.2, QUARTER, every=10)
    follow(house[:13], tracker)
    successor = restarted(tracker)
    stayed, restarted_at = follow(house[13:], tracker), follow(house[13:], successor)
    for one, other in zip(stayed, restarted_at, strict=True):
        assert one.outlook is not None
        assert other.outlook is not None
        assert other.outlook.mean == pytest.approx(one.outlook.mean, abs=0.03)
        assert other.outlook.high == pytest.approx(one.outlook.high, abs=0.1)


def test_forty_days_are_less_than_a_megabyte() -> None:
    tracker = lived(QuarterTracker(), seed=2, days=40)
    follow(sent(steady(1.8), QUARTER, every=10), tracker)
    assert len(json.dumps([tracker.dump(), tracker.dump_learned()])) < 300_000


def test_a_tracker_that_has_seen_nothing_has_nothing_to_keep() -> None:
    successor = restarted(QuarterTracker())
    assert follow([at(300, ramp=0.4)], successor)[0].demand == 0.4


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        {"months": [], "errors": [], "quarter": {"number": 1}, "last": None},
        {"months": [], "errors": [], "quarter": None, "last": [1]},
        {"months": [], "errors": [1], "quarter": None, "last": None},
        {"months": [1], "errors": [], "quarter": None, "last": None},
        {"months": 1},
    ],
)
def test_what_was_not_kept_by_a_tracker_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        QuarterTracker().load(data)


@pytest.mark.parametrize("data", [{}, [], {"levels": []}])
def test_so_is_what_no_tracker_learned(data: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        QuarterTracker().load_learned(data)
