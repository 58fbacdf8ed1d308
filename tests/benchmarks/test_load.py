import gzip
from pathlib import Path

import numpy as np
import pytest

from benchmarks.forecasting.load import LoadError, by_house, read
from benchmarks.forecasting.quarters import Quarters

from .series import BEGIN, a_load, without, written


def at(*seconds: int) -> np.ndarray:
    return BEGIN + np.array(seconds)


def test_a_sample_holds_to_the_next_one_and_the_power_is_that_of_just_before() -> None:
    load = a_load([100, 200, 300])
    assert load.power(at(1, 59, 60, 61, 180)).tolist() == [100, 100, 100, 200, 300]


def test_nothing_is_known_before_the_first_sample_and_after_the_last() -> None:
    load = a_load([100, 200])
    assert np.isnan(load.power(at(0, 121))).all()


def test_nothing_is_known_where_samples_are_missing() -> None:
    load = without(a_load([100, 200, 300, 400]), 60, 180)
    assert np.isnan(load.power(at(60, 61, 180, 181))).tolist() == [False, True, True, False]


def test_a_fast_meter_may_leave_one_telegram_out() -> None:
    load = without(a_load([100] * 6, step=10), 10, 30)
    assert np.isnan(load.power(at(20, 21, 30, 31))).tolist() == [False, True, True, False]


def test_the_energy_grows_with_the_power_that_holds() -> None:
    assert a_load([100, 200, 300]).energy(at(0, 30, 60, 90, 180)).tolist() == [0, 3000, 6000, 12000, 36000]


def test_the_energy_of_what_is_above_a_power_leaves_the_rest_out() -> None:
    assert a_load([100, 2500]).energy(at(60, 120), above=2000).tolist() == [0, 30000]


def test_the_seconds_that_samples_cover_stand_still_in_a_gap() -> None:
    load = without(a_load([100] * 5), 60, 180)
    assert load.covered(at(30, 60, 180, 240, 300)).tolist() == [30, 60, 60, 120, 180]


def test_a_quarter_is_complete_when_next_to_all_of_it_is_covered() -> None:
    whole = a_load([100] * 180, step=10)
    complete = [Quarters.of(without(whole, 300, 300 + seconds)).complete.tolist() for seconds in (20, 30, 40)]
    assert complete == [[True, True], [False, True], [False, True]]


def test_a_quarter_without_a_sample_is_none() -> None:
    load = without(a_load([100] * 45), 900, 1800)
    assert Quarters.of(load).starts.tolist() == [BEGIN, BEGIN + 1800]


def test_a_quarter_is_judged_by_its_mean() -> None:
    assert Quarters.of(a_load([1000] * 5 + [400] * 10)).mean.tolist() == [600]


def test_no_more_is_shed_than_is_drawn() -> None:
    shed = Quarters.of(a_load([3000] * 13 + [500, 3000])).shed[0]
    assert shed[[0, 12, 13]].tolist() == [
        (60 * 3000 + 12 * 60 * 1000 + 0 + 60 * 1000) / 900,
        (13 * 60 * 3000 + 0 + 60 * 1000) / 900,
        (13 * 60 * 3000 + 60 * 500 + 60 * 1000) / 900,
    ]


def test_a_file_is_read_compressed_and_plain(tmp_path: Path) -> None:
    plain = written(tmp_path / "60s_refit_h2_2014-06.csv", a_load([100, 200]))
    packed = tmp_path / "60s_refit_h2_2014-06.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    for path in (plain, packed):
        load = read(path)
        assert (load.name, load.house, load.step) == (path.name, "refit_h2", 60)
        assert (load.times.tolist(), load.watts.tolist()) == ([BEGIN, BEGIN + 60], [100, 200])


def test_columns_are_found_by_their_names(tmp_path: Path) -> None:
    path = tmp_path / "10s_nl_p1_2017-09-21_23.csv"
    path.write_text("wh,t,w\n5000,1000,240\n")
    assert read(path).watts.tolist() == [240]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("house.csv", "t,w\n0,1\n"),
        ("60s_house_2014-06.csv", "t,w\n0,a\n"),
        ("60s_house_2014-06.csv", "t,watts\n0,1\n"),
        ("60s_house_2014-06.csv", "t,w\n60,1\n60,2\n"),
        ("60s_house_2014-06.csv", "t,w\n"),
        ("60s_house_2014-06.csv.gz", "t,w\n0,1\n"),
    ],
    ids=["no step", "no number", "no column", "time stands still", "no samples", "not compressed"],
)
@pytest.mark.filterwarnings("ignore:loadtxt")
def test_what_is_no_load_file_is_named(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(LoadError, match=name):
        read(path)


def test_a_house_may_come_without_a_date(tmp_path: Path) -> None:
    path = tmp_path / "8s_refit_h9.csv"
    path.write_text("t,w\n0,1\n")
    assert (read(path).house, read(path).step) == ("refit_h9", 8)


def test_the_files_of_a_house_are_put_in_the_order_of_their_times() -> None:
    june, december, other = a_load([1]), a_load([2], begin=BEGIN + 9000), a_load([3], house="b")
    assert by_house([december, other, june]) == {"house": [june, december], "b": [other]}
