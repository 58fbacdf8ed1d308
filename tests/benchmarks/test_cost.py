from contextlib import closing
from datetime import timedelta
from itertools import count, pairwise
import os
from pathlib import Path
import random
import sqlite3
import sys
import time
from types import SimpleNamespace

import pytest

from benchmarks.cost import compare, scale
from benchmarks.cost.alarms import Moment, lateness
from benchmarks.cost.compare import Round
from benchmarks.cost.database import interval_rows, rows, used_bytes
from benchmarks.cost.meters import serial_of, shift_of
from benchmarks.cost.report import Figure, columns, table
from benchmarks.cost.responses import Responses
from benchmarks.cost.stages import Stage, Stopwatch, TimedImports
from benchmarks.cost.usage import cpu_of, name_of, usage
from benchmarks.cost.windows import Window, next_window

_STAT = "4711 (Sync Worker (a)_3) S 1 4711 4711 0 -1 4194304 9 0 0 0 1234 66 0 0 20 0 9 0 55"
_QUARTER = timedelta(minutes=15)


def a_window(**fields: float) -> Window:
    given = {"seconds": 600.0, "meters": 20, "cpu": 0.0, "written": 0, "interval_written": 1, "bytes": 0}
    return Window(**{**given, "resident": 0.0, **fields}, threads={})  # type: ignore[arg-type]


# The tables.


def test_the_median_of_the_rounds_is_held_against_the_target() -> None:
    figure = Figure(title="seconds", values=[9.0, 1.0, 2.0], target=2.0)
    assert (figure.median, figure.met) == (2.0, True)


def test_an_even_number_of_rounds_has_the_mean_of_the_middle_two() -> None:
    assert Figure(title="seconds", values=[1.0, 2.0, 4.0, 9.0]).median == 3.0


def test_what_did_not_come_in_most_rounds_meets_no_target() -> None:
    figure = Figure(title="seconds", values=[None, 1.0, None], target=2.0)
    assert (figure.median, figure.met) == (None, False)


def test_what_did_not_come_once_is_the_worst_of_the_rounds() -> None:
    assert Figure(title="seconds", values=[None, 1.0, 2.0]).median == 2.0


def test_a_figure_without_target_is_neither_met_nor_missed() -> None:
    assert Figure(title="seconds", values=[1.0]).met is None


def test_a_table_shows_rounds_median_and_target() -> None:
    shown = table("Times", [Figure(title="first value", values=[1.0, 3.0, None], target=2.0)])
    head, _, row, *_ = shown.splitlines()
    assert head.split() == ["Times", "round", "1", "round", "2", "round", "3", "median", "target"]
    assert row.split() == ["first", "value", "1.00", "3.00", "-", "3.00", "2.00", "NOT", "MET"]


def test_columns_stand_below_their_heads() -> None:
    head, _, row, *_ = columns(
        "By stage", ["µs", "where"], [("parse", ["9", "a_long_file.py:function"])]
    ).splitlines()
    assert row.index("9") + 1 == head.index("µs") + 2


# The windows.


def test_a_window_begins_just_after_the_statistics() -> None:
    assert next_window(300_000.0) == 300_025.0
    assert next_window(300_025.0) == 300_325.0
    assert next_window(300_024.0) == 300_025.0


def test_the_cost_of_a_telegram_is_what_an_idle_process_does_not_spend() -> None:
    busy, idle = a_window(cpu=14.0), a_window(cpu=2.0, meters=0)
    assert busy.milliseconds_over(idle) == pytest.approx(1.0)
    assert busy.share_over(idle) == pytest.approx(0.02)


def test_rows_and_bytes_are_those_of_one_meter() -> None:
    busy, idle = a_window(written=2000, interval_written=1600, bytes=3_000_000), a_window(bytes=1_000_000)
    assert busy.rows_an_hour == pytest.approx(600)
    assert busy.rows_over_interval == pytest.approx(1.25)
    assert busy.megabytes_a_day_over(idle) == pytest.approx(14.4)


def a_round(ours: float, late: float) -> Round:
    answers = Responses(
        first_value=late,
        unavailable_silent=late,
        recovery_silent=late,
        unavailable_closed=late,
        recovery_closed=None,
    )
    return Round(
        windows=(a_window(cpu=13.0), a_window(cpu=ours), a_window(cpu=1.0, meters=0)),
        responses=(answers, answers),
        warning=[late, 0.1],
        quarters=[],
    )


def verdicts(report: str) -> dict[str, str]:
    """Return what is said of every figure that has a target."""
    lines = [line for line in report.splitlines() if line.endswith(("met", "NOT MET"))]
    return {line[:46].strip(): "NOT MET" if line.endswith("NOT MET") else "met" for line in lines}


def test_the_comparison_holds_the_medians_against_the_targets() -> None:
    rounds = [a_round(4.0, 1.5), a_round(5.0, 1.5), a_round(90.0, 1.5)]
    said = verdicts(compare.report(rounds))
    assert said == {
        "ours / dsmr": "met",
        "ours / what the update interval alone costs": "met",
        "submit to first value, ours": "met",
        "silent line to unavailable, ours": "met",
        "line speaks to new value, ours": "met",
        "closed port to unavailable, ours": "met",
        "port open to new value, ours": "NOT MET",
        "telegram to warning, ours, worst": "NOT MET",
        "telegram to finished quarter, ours, worst": "NOT MET",
    }


def test_only_the_hundred_meters_have_a_target() -> None:
    windows = [a_window(cpu=cpu, meters=meters) for cpu, meters in ((2, 1), (9, 10), (70, 100), (1, 0))]
    assert verdicts(scale.report([windows])) == {"100 meters": "met"}


# The rows.


def test_rows_out_of_turn_are_not_what_the_interval_costs() -> None:
    steady = [(entity, 1000.0 + 10 * turn) for turn in range(60) for entity in ("sensor.a", "sensor.b")]
    urgent = [("sensor.a", 1003.2), ("sensor.a", 1077.0)]
    assert interval_rows([*steady, *urgent], {"sensor.a": "1", "sensor.b": "1"}, 10) == 120


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_interval_may_begin_anywhere_and_jitter(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(50):
        begin = 1000 + 10 * chance.random()
        steady = [("sensor.a", begin + 10 * turn + chance.uniform(0, 0.04)) for turn in range(60)]
        assert interval_rows(steady, {"sensor.a": "1"}, 10) == 60


def test_every_meter_has_its_own_turns() -> None:
    written = [("sensor.a", 1000.0), ("sensor.a", 1010.0), ("sensor.b", 1005.0), ("sensor.b", 1015.0)]
    assert interval_rows(written, {"sensor.a": "1", "sensor.b": "2"}, 10) == 4


def test_nothing_written_costs_nothing() -> None:
    assert interval_rows([], {}, 10) == 0


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "home-assistant_v2.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "PRAGMA journal_mode=wal;"
            "CREATE TABLE states_meta (metadata_id, entity_id);"
            "CREATE TABLE states (metadata_id, last_updated_ts);"
            "INSERT INTO states_meta VALUES (1, 'sensor.a'), (2, 'sensor.b');"
            "INSERT INTO states VALUES (1, 10.0), (2, 20.0), (1, 30.0);"
        )
    return path


def test_rows_are_those_written_in_the_window(database: Path) -> None:
    assert rows(database, 10.0, 30.0) == [("sensor.a", 10.0), ("sensor.b", 20.0)]


def test_bytes_count_what_still_waits_in_the_wal(database: Path) -> None:
    before = used_bytes(database)
    with closing(sqlite3.connect(database)) as connection:
        connection.executemany("INSERT INTO states VALUES (?, ?)", [(1, float(at)) for at in range(9000)])
        connection.commit()
        size = database.stat().st_size
        assert used_bytes(database) - before > 9000 * 8
        assert database.stat().st_size == size


# The alarms.


def test_an_alarm_is_as_late_as_the_first_state_after_its_telegram() -> None:
    decided = [Moment(1, "peak_warning", 100.0), Moment(2, "last_quarter", 110.0)]
    shown = [
        Moment(1, "peak_warning", 90.0),
        Moment(1, "peak_warning", 100.2),
        Moment(1, "peak_warning", 105.0),
        Moment(2, "last_quarter", 110.01),
    ]
    assert lateness(decided, shown) == pytest.approx([0.2, 0.01])


def test_what_no_state_showed_has_no_lateness() -> None:
    assert lateness([Moment(1, "peak_warning", 100.0)], [Moment(2, "peak_warning", 100.1)]) == []


# The meters.


@pytest.mark.parametrize("meters", [4, 10, 20, 100])
def test_quarter_ends_are_evenly_spread_over_the_meters(meters: int) -> None:
    into = sorted(round((shift_of(number, meters) % _QUARTER).total_seconds()) for number in range(meters))
    gaps = {after - before for before, after in pairwise(into)}
    assert max(gaps) - min(gaps) <= 2
    assert max(gaps) <= 900 / meters + 2


def test_every_meter_has_a_serial_number_of_its_own() -> None:
    serials = {serial_of(number) for number in range(100)}
    assert len(serials) == 100
    assert {len(serial) for serial in serials} == {14}


# The kernel's figures.


def test_the_time_of_a_process_is_user_and_system() -> None:
    assert cpu_of(_STAT) == pytest.approx(1300 / os.sysconf("SC_CLK_TCK"))


def test_workers_are_named_without_their_number() -> None:
    assert name_of(_STAT) == "Sync Worker (a)"


def test_this_process_has_used_time_and_memory() -> None:
    spent = time.process_time() + 0.05
    while time.process_time() < spent:
        pass
    now = usage(os.getpid())
    assert now.cpu == pytest.approx(time.process_time(), abs=0.1)
    assert sum(now.threads.values()) > 0
    assert now.resident > 10


# The stopwatch.


@pytest.fixture
def ticking() -> Stopwatch:
    """Return a stopwatch whose clock goes on by one whenever it is asked."""
    seconds = count()
    return Stopwatch(lambda: next(seconds))


def test_a_stage_is_timed_without_the_stages_inside(ticking: Stopwatch) -> None:
    inner = ticking.timed(lambda: None, "inner")
    outer = ticking.timed(lambda: (inner(), inner()), "outer")
    outer()
    assert (ticking.spent["outer"].own, ticking.spent["outer"].calls) == (3, 1)
    assert (ticking.spent["inner"].own, ticking.spent["inner"].calls) == (2, 2)


def test_a_stage_that_raises_is_timed(ticking: Stopwatch) -> None:
    fail = ticking.timed(lambda: 1 / 0, "fail")
    with pytest.raises(ZeroDivisionError):
        fail()
    assert ticking.spent["fail"].own == 1


def test_the_stopwatch_begins_anew(ticking: Stopwatch) -> None:
    run = ticking.timed(lambda: None, "run")
    run()
    ticking.reset()
    assert (ticking.spent["run"].own, ticking.spent["run"].calls) == (0, 0)


def test_methods_and_class_methods_are_timed(ticking: Stopwatch) -> None:
    class Each:
        @classmethod
        def of(cls) -> str:
            return cls.__name__

        def name(self) -> str:
            return self.of()

    module = SimpleNamespace(Each=Each)
    ticking.put_into(module, "Each.of", "of")
    ticking.put_into(module, "Each.name", "name")
    assert Each().name() == "Each"
    assert {title: spent.calls for title, spent in ticking.spent.items()} == {"of": 1, "name": 1}


def test_a_module_is_timed_as_it_is_imported(
    ticking: Stopwatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "timed_module.py").write_text("def work():\n    return 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    finder = TimedImports(ticking, (Stage("work", "timed_module", "work"),))
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    import timed_module  # type: ignore[import-not-found] # noqa: PLC0415

    try:
        assert timed_module.work() == 1
        assert ticking.spent["work"].calls == 1
    finally:
        del sys.modules["timed_module"]
