import csv
import json
from pathlib import Path

import pytest

from benchmarks import forecast
from benchmarks.forecasting import baselines
from benchmarks.forecasting.baselines import METHODS
from benchmarks.forecasting.summary import targets

from .series import BEGIN, a_load, some_life, without, written

GIVEN = Path(__file__).parents[3] / "shared" / "load"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file of a day in which the oven passes the threshold once."""
    watts = some_life(24, seed=1)
    watts[600:618] = [4000.0] * 18
    return written(tmp_path / "60s_house_2026-03-03.csv", a_load(watts))


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replay here: a process of its own takes longer to begin than a short replay to end."""
    monkeypatch.setattr(forecast, "PROCESSES", 1)


def test_the_report_shows_every_method_and_alarm(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert forecast.main([str(file)]) == 0
    shown = capsys.readouterr().out
    for title in (
        *(f"{letter} {text}" for letter, text in METHODS.items()),
        *("this forecast", "band holds", "Brier", "warning", "act now", "last responsible moment"),
        *("seed", "observe", "dsmr-parser", "house: 96 quarters", "all: 96 quarters"),
    ):
        assert f"{title}" in shown


def test_json_has_the_groups_the_pool_and_the_targets(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert forecast.main([str(file), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    group = figures["groups"]["house"]
    assert (group["quarters"], group["unknown"]) == (96, 0)
    assert list(group["all"]["error"]) == ["forecast", *METHODS]
    assert list(group["all"]["error"]["A"]) == [str(minute) for minute in range(1, 15)]
    assert figures["with_peaks"]["real"] == figures["pooled"]["real"] >= 1
    assert len(figures["targets"]) == 13


def test_houses_without_peaks_are_pooled_for_errors_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calm = written(tmp_path / "60s_calm_2026-03-03.csv", a_load([300.0] * 60))
    assert forecast.main([str(calm), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert (figures["pooled"]["quarters"], figures["with_peaks"]) == (4, None)


def test_a_trace_has_every_minute_mark_of_every_quarter_that_has_data(tmp_path: Path) -> None:
    load = without(a_load(some_life(2, seed=1)), 1020, 1800)
    path = written(tmp_path / "60s_house_2026-03-03.csv", load)
    trace = tmp_path / "trace.csv"
    assert forecast.main([str(path), "--trace", str(trace)]) == 0
    with trace.open() as lines:
        assert lines.readline() == "file,t,forecast,low,high,probability,warning,act_now\n"
        rows = list(csv.reader(lines))
    assert {row[0] for row in rows} == {"60s_house_2026-03-03.csv"}
    assert [int(row[1]) - BEGIN for row in rows] == [t for t in range(0, 7200, 60) if t % 900]
    for _, _, mean, low, high, probability, *alarms in rows:
        assert 0 <= float(low) <= float(mean) <= float(high) < 10
        assert 0 <= float(probability) <= 1
        assert set(alarms) <= {"0", "1"}


def test_a_file_that_is_no_load_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert forecast.main([str(tmp_path / "60s_house_2026-03.csv")]) == 2
    assert "60s_house_2026-03.csv" in capsys.readouterr().err


def test_files_without_a_complete_quarter_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "60s_house_2026-03-03.csv", a_load([100.0] * 5))
    assert forecast.main([str(path)]) == 1
    assert "complete" in capsys.readouterr().err


def test_the_mix_is_fitted_anew_on_request(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mix = tmp_path / "mix.json"
    monkeypatch.setattr(baselines, "MIX", mix)
    assert forecast.main([str(file), "--fit"]) == 0
    assert len(json.loads(mix.read_text())) == 14


@pytest.mark.usefixtures("one_process")
def test_each_house_is_followed_from_cold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [
        str(written(tmp_path / f"60s_{house}_2026-03-03.csv", a_load(some_life(3, seed=1))))
        for house in ("a", "b")
    ]
    assert forecast.main([*files, "--json"]) == 0
    groups = json.loads(capsys.readouterr().out)["groups"]
    assert groups["a"]["all"] == groups["b"]["all"]


def summary(*, ratio: float = 0.9, coverage: float = 0.8, excess: float = -10.0) -> dict[str, object]:
    by_minute = {str(minute): 100.0 for minute in range(1, 15)}
    ours = {minute: error + excess for minute, error in by_minute.items()}
    return {
        "quarters": 96,
        "all": {"error": {"forecast": ours}, "best": by_minute, "mean_ratio": ratio},
        "band": {"coverage": coverage},
    }


@pytest.mark.parametrize(
    ("figures", "missed"),
    [
        ({}, []),
        ({"ratio": 0.951}, ["error at minutes 3, 5, 7, 10"]),
        ({"excess": 2.0}, []),
        ({"excess": 2.1}, ["error at any minute"]),
        ({"coverage": 0.77}, ["band holds at least 78 %"]),
        ({"coverage": 0.85}, ["band holds at most 84 %"]),
        ({"coverage": 0.88}, ["band holds at most 84 %", "band holds at most 87 %"]),
    ],
)
def test_targets_are_missed_where_their_bar_is(figures: dict[str, float], missed: list[str]) -> None:
    pool = summary(**figures)
    rows = [row for row in targets({"a": pool}, pool, None) if not row["met"]]
    assert len(rows) == len(missed)
    for row, name in zip(rows, missed, strict=True):
        assert row["target"].startswith(name)


def test_a_figure_that_is_not_known_meets_no_target() -> None:
    pool = summary()
    unknown = {"figures": {"precision": None, "recall": 0.0, "lead": None, "saved": 0.0}}
    alarms = dict.fromkeys(("warning", "act_now", "last_responsible_moment"), unknown)
    rows = targets({"a": pool}, pool, {"alarms": alarms})
    assert [row["met"] for row in rows if row["value"] is None] == [False] * 4


@pytest.mark.usefixtures("one_process")
@pytest.mark.skipif(not GIVEN.is_dir(), reason="the load files for development are not here")
def test_the_given_files_have_the_quarters_that_their_description_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    files = [*GIVEN.glob("60s_ampds_*"), *GIVEN.glob("60s_opengrid_be_*"), *GIVEN.glob("1s_be_p1_*")]
    assert forecast.main([*map(str, files), "--json"]) == 0
    groups = json.loads(capsys.readouterr().out)["groups"]
    assert {name: (group["quarters"], group["real"]) for name, group in groups.items()} == {
        "ampds": (96, 8),
        "be_p1": (1, 1),
        "opengrid_be": (384, 4),
    }
