"""The quarters of a load, as they really ended."""

from dataclasses import dataclass

import numpy as np

from .load import MARKS, QUARTER, Floats, Ints, Load

SHED = 2000.0
"""W that can be switched off, if so much is drawn."""
_COMPLETE = 0.98


@dataclass(frozen=True, kw_only=True)
class Quarters:
    """The quarters that have data, a row each."""

    starts: Ints
    complete: np.ndarray[tuple[int], np.dtype[np.bool_]]
    """Whether enough of it is known to score it."""
    mean: Floats
    """W."""
    shed: Floats
    """What the mean would have been had the house shed from each minute mark on, W."""

    @classmethod
    def of(cls, load: Load) -> Quarters:
        """Return the quarters of a load."""
        starts = np.arange(load.times[0] // QUARTER * QUARTER, load.end, QUARTER)
        ends = starts + QUARTER
        covered = load.covered(ends) - load.covered(starts)
        starts, ends, covered = starts[covered > 0], ends[covered > 0], covered[covered > 0]
        marks = starts[:, None] + MARKS
        begin = load.energy(starts)
        before = load.energy(marks) - begin[:, None]
        after = load.energy(ends, above=SHED)[:, None] - load.energy(marks, above=SHED)
        return cls(
            starts=starts,
            complete=covered >= _COMPLETE * QUARTER,
            mean=(load.energy(ends) - begin) / QUARTER,
            shed=(before + after) / QUARTER,
        )
