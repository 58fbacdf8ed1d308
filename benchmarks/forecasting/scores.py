"""How far off forecasts are, how well bands hold, what alarms are worth."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .load import MARKS, MINUTE, QUARTER, Floats, Ints
from .record import Bools, Record

HOT = 1500.0
"""W. Quarters that end above it are scored apart too: the mean over all hides them."""
_DRAWS = 2000
_INTERVAL = (2.5, 97.5)


def errors(forecast: Floats, record: Record, chosen: Bools) -> Floats:
    """Return the mean absolute error at each minute mark over the chosen quarters, W."""
    if not chosen.any():
        return np.full(len(MARKS), np.nan)
    return np.abs(forecast[chosen] - record.mean[chosen, None]).mean(axis=0)


def inside(record: Record) -> Bools:
    """Return where the band holds what the quarter ended at."""
    mean = record.mean[:, None]
    return (record.low <= mean) & (mean <= record.high)


def brier(record: Record, threshold: float) -> float:
    """Return the mean squared error of the probability to pass a threshold (W)."""
    return float(np.mean((record.probability - (record.mean > threshold)[:, None]) ** 2))


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What became of an alarm, an entry a quarter."""

    real: Bools
    """The quarter ended above the threshold."""
    predicted: Bools
    """The alarm was on at a minute mark."""
    lead: Ints
    """Minutes from the first such mark to the quarter's end; 0 without."""
    saved: Bools
    """A real one that shedding at that mark would have kept at the threshold."""

    @classmethod
    def of(cls, on: Bools, record: Record, threshold: float) -> Tally:
        """Return the tally of an alarm that was on at these marks, for a threshold (W)."""
        real, first = record.mean > threshold, on.argmax(axis=1)
        predicted = on[np.arange(len(record)), first]
        shed = record.shed[np.arange(len(record)), first]
        return cls(
            real=real,
            predicted=predicted,
            lead=np.where(predicted, (QUARTER - MARKS[first]) // MINUTE, 0),
            saved=real & predicted & (shed <= threshold),
        )


def _counts(tally: Tally) -> Ints:
    """Return what the figures are made of, a row a quarter: the shares' parts, then hits by their lead."""
    right = tally.real & tally.predicted
    by_lead = right[:, None] & (tally.lead[:, None] == np.arange(QUARTER // MINUTE))
    return np.column_stack((tally.real, tally.predicted, right, tally.saved, by_lead)).astype(np.int64)


def _figures(totals: Ints) -> dict[str, Floats]:
    """Return the figures of each row of summed counts."""
    real, predicted, right, saved = totals[:, :4].T
    rank = np.cumsum(totals[:, 4:], axis=1)
    half = right[:, None] / 2
    # The median of an even number lies between two.
    lead = ((rank < half).sum(axis=1) + (rank <= half).sum(axis=1)) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "precision": right / predicted,
            "recall": right / real,
            "lead": np.where(right > 0, lead, np.nan),
            "saved": saved / real,
        }


def figures(tally: Tally) -> dict[str, float]:
    """Return precision, recall, median lead (minutes) and saved share; NaN of nothing."""
    totals = _counts(tally).sum(axis=0, keepdims=True)
    return {name: float(values[0]) for name, values in _figures(totals).items()}


def intervals(tally: Tally, days: NDArray[np.str_], seed: int) -> dict[str, tuple[float, float]]:
    """Return the 95 % bootstrap interval of each figure: whole days are drawn, for peaks come together.

    A single day tells nothing of others: it has none.
    """
    names, day = np.unique(days, return_inverse=True)
    if len(names) == 1:
        return {}
    counts = _counts(tally)
    by_day = np.zeros((len(names), counts.shape[1]), dtype=np.int64)
    np.add.at(by_day, day, counts)
    chance = np.random.default_rng(seed)
    drawn = chance.multinomial(len(names), np.full(len(names), 1 / len(names)), size=_DRAWS)
    known = {name: values[~np.isnan(values)] for name, values in _figures(drawn @ by_day).items()}
    return {
        name: (float(np.percentile(values, _INTERVAL[0])), float(np.percentile(values, _INTERVAL[1])))
        for name, values in known.items()
        if len(values)
    }
