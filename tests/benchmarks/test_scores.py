import numpy as np
import pytest

from benchmarks.forecasting.record import Record, pooled
from benchmarks.forecasting.scores import Tally, brier, errors, figures, inside, intervals

T = 2500.0


def by_mark(*rows: float) -> np.ndarray:
    """Return a number a quarter, the same at each of 14 marks."""
    return np.repeat(np.array(rows, dtype=float)[:, None], 14, axis=1)


def from_minute(*minutes: int) -> np.ndarray:
    """Return an alarm that is on from a minute on, a quarter each; 15 is never."""
    return np.arange(1, 15) >= np.array(minutes)[:, None]


def a_record(mean: list[float], **fields: np.ndarray) -> Record:
    """Return a record of quarters with these means."""
    rows = by_mark(*mean)
    given = {"shed": rows, "forecast": rows, "low": rows, "high": rows, "probability": rows * 0, **fields}
    days = np.array([f"house {quarter // 2}" for quarter in range(len(mean))])
    return Record(days=days, mean=np.array(mean), alarms={}, switches={}, baselines={}, **given)


def tally(record: Record, *minutes: int) -> Tally:
    return Tally.of(from_minute(*minutes), record, T)


def test_the_error_is_the_mean_distance_at_each_mark() -> None:
    record = a_record([100, 200])
    forecast = by_mark(110, 230)
    forecast[0, 0] = 90
    forecast[1, 13] = 200
    expected = [20.0] * 13 + [5.0]
    assert errors(forecast, record, np.array([True, True])).tolist() == expected


def test_the_error_is_of_the_chosen_quarters_alone() -> None:
    record = a_record([100, 200])
    assert errors(by_mark(110, 230), record, np.array([False, True])).tolist() == [30.0] * 14


def test_of_no_quarters_the_error_is_not_known() -> None:
    assert np.isnan(errors(by_mark(1), a_record([1]), np.array([False]))).all()


def test_a_band_holds_what_lies_on_its_ends() -> None:
    record = a_record([100, 100, 100, 100], low=by_mark(100, 99, 101, 90), high=by_mark(110, 100, 110, 99))
    assert inside(record)[:, 0].tolist() == [True, True, False, False]


def test_the_brier_score_is_the_mean_squared_distance_from_what_came() -> None:
    record = a_record([2500.0, 2500.1], probability=by_mark(0.1, 0.7))
    assert brier(record, T) == pytest.approx((0.01 + 0.09) / 2)


def test_an_alarm_is_right_when_its_quarter_passes_the_threshold() -> None:
    record = a_record([3000, 3000, 1000, 2500])
    assert figures(tally(record, 5, 15, 9, 15)) == pytest.approx(
        {"precision": 0.5, "recall": 0.5, "lead": 10, "saved": 0}
    )


def test_an_alarm_that_went_off_again_has_predicted_all_the_same() -> None:
    on = from_minute(5) & ~from_minute(6)
    assert figures(Tally.of(on, a_record([3000]), T))["recall"] == 1


@pytest.mark.parametrize(
    ("minutes", "lead"), [((1, 5, 14), 10), ((1, 5, 9, 14), 8), ((14,), 1), ((1, 4), 12.5)]
)
def test_the_lead_is_the_median_from_the_first_mark_to_the_end(minutes: tuple[int, ...], lead: float) -> None:
    record = a_record([3000] * len(minutes))
    assert figures(tally(record, *minutes))["lead"] == lead


def test_a_false_alarm_has_no_lead() -> None:
    assert figures(tally(a_record([3000, 1000]), 9, 1))["lead"] == 6


def test_a_quarter_is_saved_if_shedding_at_the_first_mark_keeps_the_threshold() -> None:
    shed = by_mark(3000, 3000, 3000, 1000)
    shed[0, 4], shed[1, 5], shed[2, 6:] = 2500, 2500, 2500.1
    record = a_record([3000, 3000, 3000, 1000], shed=shed)
    assert figures(tally(record, 5, 5, 7, 5))["saved"] == pytest.approx(1 / 3)


def test_where_there_is_nothing_to_share_figures_are_not_known() -> None:
    assert all(np.isnan(value) for value in figures(tally(a_record([1000]), 15)).values())


def test_the_interval_is_of_whole_days() -> None:
    # Two days: one all right, the other all wrong.
    record = a_record([3000, 3000, 1000, 1000])
    assert intervals(tally(record, 5, 5, 5, 5), record.days, seed=1)["precision"] == (0, 1)


def test_the_interval_holds_the_figure_and_is_the_same_for_a_seed() -> None:
    record = a_record([3000, 1000] * 40)
    right = tally(record, *[5, 5, 5, 15] * 20)
    first, second = (intervals(right, record.days, seed=7) for _ in range(2))
    assert first == second
    for name, value in figures(right).items():
        low, high = first[name]
        assert low <= value <= high


def test_a_single_day_has_no_interval() -> None:
    record = a_record([3000, 3000])
    assert intervals(tally(record, 5, 5), record.days, seed=1) == {}


def test_records_are_pooled_quarter_by_quarter() -> None:
    first, second = a_record([1, 2]), a_record([3])
    both = pooled([first, second])
    assert len(both) == 3
    assert both.forecast[:, 0].tolist() == [1, 2, 3]
