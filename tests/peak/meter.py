"""A meter made by hand: single telegrams, and all that it sends of a load."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import accumulate
import json
from math import floor
from typing import Any

from custom_components.emucs_p1.p1 import BRUSSELS, Telegram
from custom_components.emucs_p1.peak import PeakSettings, QuarterState, QuarterTracker

QUARTER = 900
WINTER = timezone(timedelta(hours=1))
SUMMER = timezone(timedelta(hours=2))
NOON = datetime(2026, 3, 3, 12, tzinfo=WINTER)

type Load = Callable[[int], float]
"""Import less export, kW, in the second that begins so long after the first quarter did."""


def local(moment: datetime) -> datetime:
    """Return a moment as telegrams tell it: with the offset that their S or W stands for."""
    offset = moment.astimezone(BRUSSELS).utcoffset()
    assert offset is not None
    return moment.astimezone(timezone(offset))


def at(
    second: float,
    *,
    power: float | None = 1.0,
    ramp: float | None = None,
    register: float | None = None,
    **more: Any,
) -> Telegram:
    """Return a telegram some seconds after noon; kW and kWh."""
    return Telegram(
        identification="",
        timestamp=local(NOON.astimezone(UTC) + timedelta(seconds=second)),
        power_import=power,
        power=power,
        quarter_demand=ramp,
        energy_import=register,
        **more,
    )


def steady(power: float) -> Load:
    return lambda _: power


def sent(load: Load, end: int, *, every: int = 1, begin: datetime = NOON, lag: int = 0) -> list[Telegram]:
    """Return what a meter sends of a load, the end included: ramp and registers are cut off to W and Wh.

    For so many seconds behind a boundary, the telegram stamped with it being the first, a ramp that lags
    still shows the quarter before.
    """
    drawn = list(accumulate((max(load(second), 0.0) for second in range(end)), initial=0.0))
    telegrams = []
    for second in range(0, end + 1, every):
        begun = second // QUARTER * QUARTER
        net = load(max(second - 1, 0))
        ramp = drawn[second] - drawn[begun]
        if begun and second - begun < lag:
            ramp = drawn[begun] - drawn[begun - QUARTER]
        telegrams.append(
            Telegram(
                identification="",
                timestamp=local(begin.astimezone(UTC) + timedelta(seconds=second)),
                power=net,
                power_import=max(net, 0.0),
                power_export=max(-net, 0.0),
                quarter_demand=cut(ramp / QUARTER),
                energy_import=cut(1234 + drawn[second] / 3600),
            )
        )
    return telegrams


def cut(value: float) -> float:
    return floor(value * 1000 + 1e-6) / 1000


def without(telegrams: Iterable[Telegram], *fields: str) -> list[Telegram]:
    """Return the telegrams of a meter that does not send some fields."""
    return [replace(telegram, **dict.fromkeys(fields)) for telegram in telegrams]


def mean_of(load: Load, begin: int = 0) -> float:
    """Return the truth of a quarter, kW."""
    return sum(max(load(second), 0.0) for second in range(begin, begin + QUARTER)) / QUARTER


def follow(
    telegrams: Iterable[Telegram], tracker: QuarterTracker | None = None, **settings: Any
) -> list[QuarterState]:
    """Return the states at the telegrams, each of which must have one."""
    tracker = tracker or QuarterTracker(PeakSettings(**settings))
    states = []
    for telegram in telegrams:
        state = tracker.observe(telegram)
        assert state is not None
        states.append(state)
    return states


def restarted(tracker: QuarterTracker) -> QuarterTracker:
    """Return another tracker that was told what this one had written to the disk."""
    successor = QuarterTracker(tracker.settings)
    successor.load(json.loads(json.dumps(tracker.dump())))
    successor.load_learned(json.loads(json.dumps(tracker.dump_learned())))
    return successor
