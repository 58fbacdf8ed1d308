from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks.forecasting.baselines import last_responsible_moment
from benchmarks.forecasting.cost import Clock, microseconds, telegrams
from benchmarks.forecasting.house import RULE, measure
from benchmarks.forecasting.load import MARKS, Load
from benchmarks.forecasting.meter import Told
from benchmarks.forecasting.quarters import Quarters
from benchmarks.forecasting.replay import ALARMS, SAID, Outlooks, replay, switches, tracker

from .series import BEGIN, a_load, some_life, without

MEAN, WARNING, ACT_NOW = (SAID.index(name) for name in ("forecast", "warning", "act_now"))
OVEN = [300.0] * 18 + [4500.0] * 12


def followed(load: Load) -> Outlooks:
    return replay(tracker(), Told.of(load), Quarters.of(load).starts, Clock({}))


def test_what_is_said_at_a_mark_is_what_the_tracker_says_at_its_telegram() -> None:
    load = a_load(some_life(1, seed=1))
    told, follower = Told.of(load), tracker()
    expected = {}
    for telegram in told.telegrams(0, len(told.times)):
        state = follower.observe(telegram)
        assert telegram.timestamp is not None
        assert state is not None
        assert state.outlook is not None
        outlook = state.outlook
        expected[telegram.timestamp.timestamp()] = [
            *(outlook.mean, outlook.low, outlook.high, outlook.probability),
            *(state.warning, state.act_now),
        ]
    said = followed(load).said
    for quarter in range(4):
        for mark, second in enumerate(MARKS):
            assert said[quarter, mark].tolist() == expected[BEGIN + 900 * quarter + second]


def test_nothing_is_said_before_the_first_telegram_of_a_quarter() -> None:
    said = followed(without(a_load(some_life(1, seed=1)), 840, 1080)).said
    assert np.isnan(said[1, :, MEAN]).tolist() == [True] * 3 + [False] * 11


def test_what_was_last_said_holds_where_telegrams_are_missing() -> None:
    said = followed(without(a_load(some_life(1, seed=1)), 1200, 1800)).said
    assert (said[1, 5:] == said[1, 4]).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_tracker_knows_nothing_later_than_a_mark(seed: int) -> None:
    watts = some_life(6, seed=seed)
    changed = [*watts[:307], *(9000.0 for _ in watts[307:])]
    before, after = (followed(a_load(each)).said[20] for each in (watts, changed))
    assert after[:7].tolist() == before[:7].tolist()
    assert after[7, MEAN] > before[7, MEAN]


def test_an_oven_that_passes_the_threshold_raises_the_alarms() -> None:
    outlooks = followed(a_load(OVEN))
    assert (outlooks.said[0, :, (WARNING, ACT_NOW)] == 0).all()
    assert outlooks.said[1, -1, [WARNING, ACT_NOW]].tolist() == [1, 1]
    assert outlooks.switched.tolist() == [[0, 0], [2, 2]]


@pytest.mark.parametrize(
    ("on", "count"),
    [([0, 0, 0], 0), ([1, 1, 1], 2), ([0, 1, 0], 2), ([0, 1, 1], 2), ([1, 0, 1], 4)],
)
def test_an_alarm_goes_off_at_the_end_of_its_quarter_at_the_latest(on: Sequence[int], count: int) -> None:
    assert switches(np.array(on) > 0) == count


def test_a_house_is_scored_by_its_complete_quarters_and_traced_by_all() -> None:
    load = without(a_load(some_life(2, seed=1)), 1200, 1320)
    house = measure([load], {})
    assert (len(house.record), house.unknown) == (7, 0)
    assert house.record.mean.tolist() == np.delete(Quarters.of(load).mean, 1).tolist()
    assert [(trace.file, len(trace.starts)) for trace in house.traces] == [(load.name, 8)]


def test_a_house_learns_on_from_file_to_file() -> None:
    june = a_load(some_life(6, seed=1))
    december = a_load(some_life(6, seed=2), begin=BEGIN + 90 * 86400)
    both, alone = measure([june, december], {}).record, measure([december], {}).record
    assert len(both) == 2 * len(alone)
    assert (both.forecast[24:] != alone.forecast).any()


def test_a_house_is_kept_in_watts_beside_every_baseline_and_rule() -> None:
    record = measure([a_load(OVEN)], {}).record
    assert record.forecast[1, -1] == pytest.approx(3660, abs=10)
    assert record.mean.tolist() == [300, 3660]
    assert set(record.alarms) == {*ALARMS, RULE}
    rule = last_responsible_moment(record.baselines["I"], 2500, 2000)
    assert record.alarms[RULE].tolist() == rule.tolist()
    assert {forecast.shape for forecast in record.baselines.values()} == {(2, 14)}
    assert record.days.tolist() == ["house 20515"] * 2


def test_observing_is_timed_within_minutes_and_at_their_ends() -> None:
    clock = Clock({})
    load = a_load(some_life(1, seed=1))
    replay(tracker(), Told.of(load), Quarters.of(load).starts, clock)
    assert clock.count == [300, 59]
    assert min(clock.observed) > 0


def test_what_a_telegram_costs_weighs_minute_ends_by_how_often_they_come() -> None:
    clocks = [
        Clock({}, observed=[3e-3, 4e-3], count=[100, 10], parsed={"a": 5e-3}, turns=5),
        Clock({}, observed=[1e-3, 1e-3], count=[100, 10], parsed={"a": 1e-3}, turns=1),
    ]
    took = microseconds(clocks)
    assert list(took["observe"].values()) == pytest.approx(
        [20, 250, (59 * 20 + 250) / 60, (5 * 20 + 250) / 6]
    )
    assert took["parse"] == pytest.approx({"a": 1000})


def test_dsmr_parser_takes_turns_with_the_tracker() -> None:
    clock = Clock(telegrams())
    load = a_load(some_life(6, seed=1))
    replay(tracker(), Told.of(load), Quarters.of(load).starts, clock)
    assert clock.turns == 2
    assert len(clock.parsed) == 2
    assert min(clock.parsed.values()) > 0
