"""What others do: the plain methods A to J and X, from what the telegrams up to a minute mark say.

With E the energy so far, the forecast is F = (E + P x rest) / 900; they differ in P. A and H do without,
and X misreads the ramp as the mean so far, as much software does. J is fitted on ../shared/load.
"""

import json
from pathlib import Path

import numpy as np

from .load import MARKS, MINUTE, QUARTER, Floats, Ints
from .meter import Told

MIX = Path(__file__).with_name("mix.json")
"""The weights of J by minute mark and of its fit's columns."""

METHODS = {
    "A": "mean so far",
    "B": "last reading",
    "C": "mean of 30 s",
    "D": "mean of 60 s",
    "E": "mean of 3 min",
    "F": "mean of 5 min",
    "G": "mean of 15 min",
    "H": "line through the ramp",
    "I": "pulled to the hour's median",
    "J": "fitted mix of means",
    "X": "ramp misread as mean",
}
_MEANS = {"C": 30, "D": 60, "E": 180, "F": 300, "G": 900}
_HOUR = 3600
_TAU = 900.0
"""s. Of I: how long a departure from the hour's median lasts."""
RESERVE = 120.0
"""s. Of the rule "last responsible moment"."""


class _Past:
    """What the telegrams say up to each of some instants, in W."""

    def __init__(self, told: Told, instants: Ints) -> None:
        self._times, self._power, self._ramp = told.times, told.power * 1000, told.demand * 1000
        self._sums = np.append(0.0, np.cumsum(self._power))
        self._after = np.searchsorted(told.times, instants, side="right")
        newest = np.maximum(self._after - 1, 0)
        self._now = told.times[newest]
        self.last = self._power[newest]
        self.demand = self._ramp[newest]
        self.elapsed = (self._now % QUARTER).astype(float)
        spans = zip(self._from(_HOUR), self._after, strict=True)
        self.median = np.array([np.median(self._power[first:after]) for first, after in spans])
        """Of the last hour."""

    def _from(self, seconds: int) -> Ints:
        """Return the first telegram within so many seconds up to the newest one."""
        return np.searchsorted(self._times, self._now - seconds, side="right")

    def mean(self, seconds: int) -> Floats:
        """Return the mean power of the last so many seconds."""
        first = self._from(seconds)
        return (self._sums[self._after] - self._sums[first]) / np.maximum(self._after - first, 1)

    def least(self, seconds: int) -> Floats:
        """Return the least power of the last so many seconds."""
        spans = zip(self._from(seconds), self._after, strict=True)
        return np.array([self._power[first:after].min() for first, after in spans])

    def line(self) -> Floats:
        """Return the straight line through the ramps of the quarter so far, read at its end."""
        x, y = (self._times % QUARTER).astype(float), self._ramp
        first = np.searchsorted(self._times, self._now // QUARTER * QUARTER)

        def total(values: Floats) -> Floats:
            sums = np.append(0.0, np.cumsum(values))
            return sums[self._after] - sums[first]

        count, sum_x, sum_y = (self._after - first).astype(float), total(x), total(y)
        spread = count * total(x * x) - sum_x**2
        slope = (count * total(x * y) - sum_x * sum_y) / np.where(spread > 0, spread, np.inf)
        return (sum_y - slope * sum_x) / count + slope * QUARTER


def _past(told: Told, starts: Ints) -> _Past:
    return _Past(told, (starts[:, None] + MARKS).ravel())


def _columns(past: _Past) -> Floats:
    """Return what J mixes, a column each."""
    means = [past.mean(minutes * MINUTE) for minutes in (1, 3, 5, 15, 60)]
    return np.column_stack((past.last, *means, past.median, past.least(QUARTER)))


def forecasts(told: Told, starts: Ints) -> dict[str, Floats]:
    """Return each method's forecast by quarter and minute mark, W."""
    past = _past(told, starts)
    part, rest = past.elapsed / QUARTER, QUARTER - past.elapsed
    weights = np.tile(np.array(json.loads(MIX.read_text())), (len(starts), 1))
    pulled = past.median + (past.mean(MINUTE) - past.median) * _TAU / rest * (1 - np.exp(-rest / _TAU))

    def held(power: Floats) -> Floats:
        return past.demand + power * (1 - part)

    by_letter = {
        "A": past.demand / np.maximum(part, 1 / QUARTER),
        "B": held(past.last),
        **{letter: held(past.mean(seconds)) for letter, seconds in _MEANS.items()},
        "H": past.line(),
        "I": held(pulled),
        "J": held(np.sum(_columns(past) * weights, axis=1)),
        "X": past.demand * part + past.last * (1 - part),
    }
    return {letter: by_letter[letter].reshape(len(starts), len(MARKS)) for letter in METHODS}


def fit(seen: list[tuple[Told, Ints, Floats]]) -> list[list[float]]:
    """Return the weights of J for what was told of quarters and their means (W).

    Least squares, minute by minute, on the power of the rest of the quarter.
    """
    columns, drawn = [], []
    for told, starts, mean in seen:
        past = _past(told, starts)
        rest = 1 - past.elapsed / QUARTER
        columns.append(_columns(past).reshape(len(starts), len(MARKS), -1))
        drawn.append(((np.repeat(mean, len(MARKS)) - past.demand) / rest).reshape(len(starts), -1))
    x, y = np.concatenate(columns), np.concatenate(drawn)
    weights = [np.linalg.lstsq(x[:, mark], y[:, mark])[0] for mark in range(len(MARKS))]
    return [[round(float(weight), 5) for weight in row] for row in weights]


def last_responsible_moment(forecast: Floats, threshold: float, sheddable: float) -> np.ndarray:
    """Return where the rule sounds: from here on, shedding only just makes up for the excess (all W)."""
    return (forecast - threshold) * QUARTER >= sheddable * (QUARTER - MARKS - RESERVE)
