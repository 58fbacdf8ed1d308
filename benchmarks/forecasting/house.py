"""One house from cold: its loads through the tracker and the baselines, beside how its quarters ended."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from . import baselines
from .cost import Clock
from .load import Floats, Ints, Load
from .meter import Told, told_of
from .quarters import SHED, Quarters
from .record import Record, pooled
from .replay import ALARMS, SAID, THRESHOLD, Outlooks, replay, switches, tracker

RULE = "last_responsible_moment"
"""Alarm of baseline I."""


@dataclass(frozen=True, kw_only=True)
class Traced:
    """What was said of the quarters of one file, scored or not."""

    file: str
    starts: Ints
    said: Floats
    """By quarter and minute mark, the columns of SAID."""


@dataclass(frozen=True, kw_only=True)
class House:
    """All that is known of a house after its replay."""

    name: str
    record: Record
    unknown: int
    """Quarters complete enough to be scored of which the tracker knew nothing at some minute mark."""
    traces: list[Traced]
    clock: Clock


def _record(name: str, told: Told, quarters: Quarters, outlooks: Outlooks) -> tuple[Record, int]:
    """Return what can be scored of one load, and how many quarters the tracker could not judge."""
    judged = ~np.isnan(outlooks.said).any(axis=(1, 2))
    scored = quarters.complete & judged
    starts = quarters.starts[scored]
    said = {column: outlooks.said[scored, :, at] for at, column in enumerate(SAID)}
    # Back to W without the last bit that a division by 1000 leaves: the band's ends are whole W.
    watts = {column: np.round(said[column] * 1000, 3) for column in ("forecast", "low", "high")}
    others = baselines.forecasts(told, starts)
    rule = baselines.last_responsible_moment(others["I"], THRESHOLD * 1000, SHED)
    record = Record(
        days=np.array([f"{name} {day}" for day in starts // 86400]),
        mean=quarters.mean[scored],
        shed=quarters.shed[scored],
        **watts,
        probability=said["probability"],
        alarms={**{alarm: said[alarm] > 0 for alarm in ALARMS}, RULE: rule},
        switches={
            **{alarm: outlooks.switched[scored, at] for at, alarm in enumerate(ALARMS)},
            RULE: switches(rule),
        },
        baselines=others,
    )
    return record, int(np.count_nonzero(quarters.complete & ~judged))


def measure(loads: list[Load], telegrams: Mapping[str, str]) -> House:
    """Replay the loads of one house in their order; time dsmr-parser on some telegrams in between."""
    follower, clock = tracker(), Clock(telegrams)
    records, traces, unknown = [], [], 0
    for load, told in zip(loads, told_of(loads), strict=True):
        quarters = Quarters.of(load)
        outlooks = replay(follower, told, quarters.starts, clock)
        record, unjudged = _record(load.house, told, quarters, outlooks)
        records.append(record)
        unknown += unjudged
        traces.append(Traced(file=load.name, starts=quarters.starts, said=outlooks.said))
    return House(name=loads[0].house, record=pooled(records), unknown=unknown, traces=traces, clock=clock)
