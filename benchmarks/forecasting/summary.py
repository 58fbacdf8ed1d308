"""All figures of some scored quarters, and the targets held against them, as plain JSON."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

import numpy as np

from .load import MARKS, MINUTE, Floats, Ints
from .record import Bools, Record
from .replay import THRESHOLD
from .scores import HOT, Tally, brier, errors, figures, inside, intervals

OURS = "forecast"
MINUTES = (MARKS // MINUTE).tolist()
AVERAGED = (3, 5, 7, 10)
"""Minutes over which the ratio to the best baseline is averaged."""
_THRESHOLD = THRESHOLD * 1000

# A forecast may be above the best baseline by this share or so many W.
_ABOVE_SHARE, _ABOVE_W = 0.02, 2.0
# A group with less than a day's quarters says nothing of its band.
_GROUP = 90

type Summary = dict[str, Any]
type _Target = tuple[str, float | None, str, float]
"""Name, value, and the bar that it must stay below or reach."""


def _number(value: float) -> float | None:
    """Return a figure for JSON, which knows neither NaN nor infinity."""
    return round(float(value), 4) if isfinite(value) else None


def _by_minute(values: Floats) -> dict[str, float | None]:
    return {str(minute): _number(value) for minute, value in zip(MINUTES, values, strict=True)}


def _errors(record: Record, chosen: Bools) -> Summary:
    """Return the errors of the forecast and of each baseline, and the ratio to the best of those."""
    ours = errors(record.forecast, record, chosen)
    others = {name: errors(forecast, record, chosen) for name, forecast in record.baselines.items()}
    best = np.min(list(others.values()), axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = ours / best
    return {
        "quarters": int(chosen.sum()),
        "error": {name: _by_minute(values) for name, values in {OURS: ours, **others}.items()},
        "best": _by_minute(best),
        "ratio": _by_minute(ratio),
        "mean_ratio": _number(np.mean([ratio[minute - 1] for minute in AVERAGED])),
    }


def _alarm(on: Bools, switches: Ints, record: Record, seed: int) -> Summary:
    tally = Tally.of(on, record, _THRESHOLD)
    return {
        "predicted": int(tally.predicted.sum()),
        "figures": {name: _number(value) for name, value in figures(tally).items()},
        "interval": intervals(tally, record.days, seed),
        "switches_per_quarter": round(float(switches.mean()), 4),
        "most_switches": int(switches.max()),
    }


def summarise(record: Record, seed: int) -> Summary:
    """Return the figures of some quarters, of which there must be one."""
    held = inside(record)
    return {
        "quarters": len(record),
        "days": len(np.unique(record.days)),
        "real": int(np.count_nonzero(record.mean > _THRESHOLD)),
        "all": _errors(record, np.ones(len(record), dtype=bool)),
        "hot": _errors(record, record.mean > HOT),
        "band": {
            "coverage": round(float(held.mean()), 4),
            "by_minute": _by_minute(held.mean(axis=0)),
            "width": _by_minute((record.high - record.low).mean(axis=0)),
        },
        "brier": round(brier(record, _THRESHOLD), 5),
        "alarms": {
            name: _alarm(on, record.switches[name], record, seed) for name, on in record.alarms.items()
        },
    }


def targets(groups: Mapping[str, Summary], pooled: Summary, peaks: Summary | None) -> list[Summary]:
    """Return the targets that the forecast is held to; alarms only where there are real peaks."""
    errors_of = pooled["all"]
    excess = max(
        ours - max(best * (1 + _ABOVE_SHARE), best + _ABOVE_W)
        for ours, best in zip(errors_of["error"][OURS].values(), errors_of["best"].values(), strict=True)
    )
    coverages = [group["band"]["coverage"] for group in groups.values() if group["quarters"] >= _GROUP]
    rows: list[_Target] = [
        (
            "error at minutes 3, 5, 7, 10 at most 0.95 of the best baseline",
            errors_of["mean_ratio"],
            "<=",
            0.95,
        ),
        ("error at any minute above the best baseline's 2 % or 2 W, W", excess, "<=", 0),
        ("band holds at least 78 % of all", pooled["band"]["coverage"], ">=", 0.78),
        ("band holds at most 84 % of all", pooled["band"]["coverage"], "<=", 0.84),
    ]
    if coverages:
        rows += [
            ("band holds at least 75 % of each group of a day or more", min(coverages), ">=", 0.75),
            ("band holds at most 87 % of each group of a day or more", max(coverages), "<=", 0.87),
        ]
    if peaks:
        rows += _alarm_targets(peaks["alarms"])
    return [
        {
            "target": name,
            "value": None if value is None else round(value, 4),
            "met": value is not None and (value <= bar if sign == "<=" else value >= bar),
        }
        for name, value, sign, bar in rows
    ]


def _alarm_targets(alarms: Mapping[str, Summary]) -> list[_Target]:
    warning, act, rule = (
        alarms[name]["figures"] for name in ("warning", "act_now", "last_responsible_moment")
    )
    longer = warning["lead"] - act["lead"] if warning["lead"] and act["lead"] else None
    return [
        ("warning: precision at least 0.70", warning["precision"], ">=", 0.7),
        ("warning: recall at least 0.98", warning["recall"], ">=", 0.98),
        ("warning: leads act now by 2 minutes or more", longer, ">=", 2),
        ("act now: precision at least 0.85", act["precision"], ">=", 0.85),
        ("act now: recall at least 0.97", act["recall"], ">=", 0.97),
        ("act now: lead at least 5 minutes", act["lead"], ">=", 5),
        ("act now: saves no less than the rule", act["saved"] - rule["saved"], ">=", 0),
    ]
