"""The product's own tracker over what a meter told: what it says at the minute marks, and what it costs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from custom_components.emucs_p1.peak import PeakSettings, QuarterState, QuarterTracker

from .cost import Clock
from .load import MARKS, MINUTE, QUARTER, Floats, Ints
from .meter import Told
from .quarters import SHED

THRESHOLD = 2.5
"""kW, held whatever the month's peak."""
SAID = ("forecast", "low", "high", "probability", "warning", "act_now")
ALARMS = ("warning", "act_now")
_UNKNOWN = (np.nan,) * 4


@dataclass(frozen=True, kw_only=True)
class Outlooks:
    """What was said of quarters, a row each."""

    said: Floats
    """By minute mark, the columns of SAID: kW, a share, 0 or 1; NaN where nothing was known."""
    switched: Ints
    """How often each of ALARMS went on or off, at the boundary at the latest."""


def tracker() -> QuarterTracker:
    """Return a tracker that has learned nothing and keeps the threshold."""
    return QuarterTracker(PeakSettings(target=THRESHOLD, sheddable=SHED / 1000, hold_target=True))


def switches(on: NDArray[np.bool_]) -> Ints:
    """Return how often an alarm goes on or off, off at the end at the latest; time is the last axis."""
    off = np.zeros((*on.shape[:-1], 1), dtype=bool)
    return np.count_nonzero(np.diff(np.concatenate((off, on, off), axis=-1)), axis=-1)


def _said(state: QuarterState | None) -> tuple[float, ...]:
    if state is None:
        return (*_UNKNOWN, 0, 0)
    outlook = state.outlook
    known = (outlook.mean, outlook.low, outlook.high, outlook.probability) if outlook else _UNKNOWN
    return (*known, state.warning, state.act_now)


def _at_marks(states: Sequence[QuarterState | None], elapsed: Ints) -> Floats:
    """Return what was last said at each minute mark of a quarter; NaN before its first telegram."""
    said = np.full((len(MARKS), len(SAID)), np.nan)
    said[:, -len(ALARMS) :] = 0
    for mark, newest in enumerate(np.searchsorted(elapsed, MARKS, side="right") - 1):
        if newest >= 0:
            said[mark] = _said(states[newest])
    return said


def replay(follower: QuarterTracker, told: Told, starts: Ints, clock: Clock) -> Outlooks:
    """Let a tracker follow what was told, quarter by quarter."""
    edges = np.searchsorted(told.times, np.append(starts, starts[-1] + QUARTER))
    said, switched = [], []
    for number, start in enumerate(starts):
        first, last = edges[number], edges[number + 1]
        elapsed = told.times[first:last] - start
        states = [
            clock.observe(follower, telegram, minute_ends=ends)
            for telegram, ends in zip(
                told.telegrams(first, last), (elapsed % MINUTE == 0).tolist(), strict=True
            )
        ]
        said.append(_at_marks(states, elapsed))
        alarms = [[bool(state and getattr(state, alarm)) for state in states] for alarm in ALARMS]
        switched.append(switches(np.array(alarms)))
    return Outlooks(said=np.array(said), switched=np.array(switched))
