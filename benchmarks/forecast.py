"""How good the forecast and the alarms are, beside eleven plain methods on the same telegrams.

Replays load files (CSV, gzip or not, columns t and w; a sample holds from t to the next one; the name says
step, house and date: 60s_refit_h20_2014-06.csv.gz) through the product's own tracker, a house at a time
and from cold: a telegram every 10 s, every second for files of 1 s, as a meter would print it. Shows for
each house and for all: errors by minute, band, probability and alarms at 2.5 kW, and what it costs.
Quarters with less than 98 % of their time covered are replayed but not scored.

    benchmarks/forecast.py FILES... [--json] [--trace FILE]
    benchmarks/forecast.py FILES... --fit     fit method J anew, and keep it in forecasting/mix.json
"""

import argparse
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
import csv
from functools import partial
import json
from math import isnan
from multiprocessing import get_context
from pathlib import Path
import sys

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.forecasting import baselines, report
from benchmarks.forecasting.cost import microseconds, telegrams
from benchmarks.forecasting.house import House, measure
from benchmarks.forecasting.load import MARKS, Load, LoadError, by_house, read
from benchmarks.forecasting.meter import told_of
from benchmarks.forecasting.quarters import Quarters
from benchmarks.forecasting.record import pooled
from benchmarks.forecasting.replay import SAID
from benchmarks.forecasting.summary import Summary, summarise, targets

SEED = 20261121
"""Of the bootstrap."""
PROCESSES = 2


def replayed(houses: dict[str, list[Load]]) -> list[House]:
    """Return the houses after their replay, the longest first: they are shared out in this order."""
    order = sorted(houses.values(), key=lambda loads: -sum(load.end - load.times[0] for load in loads))
    work = partial(measure, telegrams=telegrams())
    if min(len(order), PROCESSES) == 1:
        return list(map(work, order))
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        return list(pool.map(work, order))


def write_trace(path: Path, houses: Iterable[House]) -> None:
    """Write what was said at every minute mark of every quarter that has data."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("file", "t", *SAID))
        for trace in (trace for house in houses for trace in house.traces):
            times = (trace.starts[:, None] + MARKS).ravel().tolist()
            for time, said in zip(times, trace.said.reshape(-1, len(SAID)).tolist(), strict=True):
                mean, low, high, probability, warning, act_now = said
                if not isnan(mean):
                    powers = (f"{power:.3f}" for power in (mean, low, high))
                    rows.writerow(
                        (trace.file, time, *powers, f"{probability:.4f}", int(warning), int(act_now))
                    )


def summaries(houses: Iterable[House]) -> Summary:
    """Return every figure: by house, pooled, pooled over the houses with real peaks, cost and targets."""
    scored = sorted((house for house in houses if len(house.record)), key=lambda house: house.name)
    groups = {
        house.name: {
            **summarise(house.record, SEED),
            "unknown": house.unknown,
            "microseconds": microseconds([house.clock]),
        }
        for house in scored
    }
    everything = summarise(pooled([house.record for house in scored]), SEED)
    with_peaks = [house.record for house in scored if groups[house.name]["real"]]
    peaks = summarise(pooled(with_peaks), SEED) if with_peaks else None
    return {
        "seed": SEED,
        "groups": groups,
        "pooled": everything,
        "with_peaks": peaks,
        "microseconds": microseconds(house.clock for house in scored),
        "targets": targets(groups, everything, peaks),
    }


def show(figures: Summary) -> None:
    """Print every figure for people."""
    for name, summary in figures["groups"].items():
        print(report.group(name, summary))
    print(report.group("all", figures["pooled"]))
    if figures["with_peaks"]:
        print(report.group("houses with real peaks", figures["with_peaks"], errors=False))
    print(f"In brackets: 95 % bootstrap intervals, whole days drawn, seed {figures['seed']}.\n")
    print(report.cost(figures["microseconds"]))
    print(report.held(figures["targets"]))


def fit(houses: dict[str, list[Load]]) -> None:
    """Fit method J on the complete quarters of these loads, and keep it."""
    seen = []
    for loads in houses.values():
        for load, told in zip(loads, told_of(loads), strict=True):
            quarters = Quarters.of(load)
            seen.append((told, quarters.starts[quarters.complete], quarters.mean[quarters.complete]))
    rows = ",\n  ".join(json.dumps(row) for row in baselines.fit(seen))
    baselines.MIX.write_text(f"[\n  {rows}\n]\n")


def main(arguments: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--trace", type=Path, metavar="FILE", help="write what was said at every minute mark")
    parser.add_argument("--fit", action="store_true", help="only fit method J on these files, and keep it")
    chosen = parser.parse_args(arguments)
    try:
        houses = by_house([read(path) for path in chosen.files])
    except LoadError as error:
        print(error, file=sys.stderr)
        return 2
    if chosen.fit:
        fit(houses)
        return 0
    results = replayed(houses)
    if chosen.trace:
        write_trace(chosen.trace, sorted(results, key=lambda house: house.name))
    if not any(len(house.record) for house in results):
        print("no quarter of these files is complete enough to be scored", file=sys.stderr)
        return 1
    figures = summaries(results)
    if chosen.json:
        print(json.dumps(figures, indent=2))
    else:
        show(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
