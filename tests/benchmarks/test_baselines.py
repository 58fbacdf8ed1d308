import json
from math import exp
from pathlib import Path

import numpy as np
import pytest

from benchmarks.forecasting import baselines
from benchmarks.forecasting.baselines import METHODS, fit, forecasts, last_responsible_moment
from benchmarks.forecasting.load import MARKS, Load
from benchmarks.forecasting.meter import Told
from benchmarks.forecasting.quarters import Quarters

from .series import BEGIN, a_load, some_life

RISING = [100.0 * (1 + minute) for minute in range(30)]
"""W by the minute: 100 in the first, 3000 in the thirtieth."""


def forecast(letter: str, load: Load, *, quarter: int, minute: int) -> float:
    starts = np.array([BEGIN + 900 * quarter])
    return float(forecasts(Told.of(load), starts)[letter][0, minute - 1])


# At minute 5 of the second quarter the minutes so far drew 1600 to 2000 W: a mean of 600 W, were that all.
@pytest.mark.parametrize(
    ("letter", "expected"),
    [
        ("A", 1800),
        ("B", 600 + 2000 * 600 / 900),
        ("C", 600 + 2000 * 600 / 900),
        ("D", 600 + 2000 * 600 / 900),
        ("E", 600 + 1900 * 600 / 900),
        ("F", 600 + 1800 * 600 / 900),
        ("G", 600 + 1300 * 600 / 900),
        ("I", 600 + (1050 + 950 * 1.5 * (1 - exp(-600 / 900))) * 600 / 900),
        ("X", 600 * 300 / 900 + 2000 * 600 / 900),
    ],
)
def test_each_plain_method_holds_what_its_formula_says(letter: str, expected: float) -> None:
    assert forecast(letter, a_load(RISING), quarter=1, minute=5) == pytest.approx(expected, abs=1)


def test_the_line_through_the_ramp_of_a_steady_load_ends_at_its_power() -> None:
    assert forecast("H", a_load([900] * 15), quarter=0, minute=3) == pytest.approx(900)


def test_the_line_through_the_ramp_is_the_least_squares_one() -> None:
    load = a_load(RISING)
    told = Told.of(load)
    so_far = (told.times >= BEGIN + 900) & (told.times <= BEGIN + 900 + 420)
    slope, offset = np.polyfit(told.times[so_far] - BEGIN - 900, told.demand[so_far] * 1000, 1)
    assert forecast("H", load, quarter=1, minute=7) == pytest.approx(offset + 900 * slope)


def test_means_reach_back_over_the_begin_of_the_quarter() -> None:
    expected = 1600 / 15 + 1400 * 840 / 900
    assert forecast("F", a_load(RISING), quarter=1, minute=1) == pytest.approx(expected, abs=1)


def test_at_first_a_mean_is_of_what_there_is() -> None:
    assert forecast("G", a_load([600] * 15), quarter=0, minute=1) == pytest.approx(600)


def test_half_a_minute_is_three_telegrams() -> None:
    load = a_load([0, 0, 0, 300, 600, 900] + [0] * 84, step=10)
    expected = 10 * (300 + 600 + 900) / 900 + 600 * 840 / 900
    assert forecast("C", load, quarter=0, minute=1) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("seed", range(3))
def test_a_forecast_knows_nothing_later_than_its_mark(seed: int) -> None:
    watts = some_life(3, seed=seed)
    changed = [*watts[:127], *(9000.0 for _ in watts[127:])]
    starts = np.array([BEGIN + 120 * 60])
    before, after = (forecasts(Told.of(a_load(each)), starts) for each in (watts, changed))
    for letter in METHODS:
        assert after[letter][0, :7].tolist() == before[letter][0, :7].tolist(), letter
        assert after[letter][0, 7] != before[letter][0, 7], letter


@pytest.mark.parametrize("seed", range(3))
def test_the_mix_is_off_by_less_squared_than_the_methods_that_it_mixes(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = a_load(some_life(48, seed=seed))
    quarters, told = Quarters.of(load), Told.of(load)
    mix = tmp_path / "mix.json"
    mix.write_text(json.dumps(fit([(told, quarters.starts, quarters.mean)])))
    monkeypatch.setattr(baselines, "MIX", mix)
    squares = {
        letter: ((each - quarters.mean[:, None]) ** 2).mean(axis=0)
        for letter, each in forecasts(told, quarters.starts).items()
    }
    for letter in "BDEFGI":
        assert (squares["J"] <= squares[letter] * 1.001).all(), letter


def test_the_weights_that_are_kept_are_of_all_marks_and_columns() -> None:
    assert np.array(json.loads(baselines.MIX.read_text())).shape == (len(MARKS), 8)


def test_the_rule_sounds_when_shedding_would_only_just_do() -> None:
    # At minute 10 there are 5 left, less 2 of reserve: shedding 2 kW takes 400 W off the mean.
    enough, short = (np.full((1, 14), forecast) for forecast in (2900.0, 2899.0))
    assert last_responsible_moment(enough, 2500, 2000)[0, 9]
    assert not last_responsible_moment(short, 2500, 2000)[0, 9]
