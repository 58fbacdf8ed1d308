"""A weighted sample: what may come, each with its weight."""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from typing import Self


@dataclass(frozen=True, slots=True)
class Sample:
    """A weighted sample of a power, W, read as a continuous distribution between its values."""

    values: list[float]
    """Sorted."""
    middles: list[float]
    """The weight below the middle of each value's own, as a share of all."""

    @classmethod
    def of(cls, atoms: list[tuple[float, float]]) -> Self:
        """Return the sample of some values with their weights."""
        atoms.sort()
        sums = list(accumulate(weight for _, weight in atoms))
        total = sums[-1]
        return cls(
            [value for value, _ in atoms],
            [(above - weight / 2) / total for above, (_, weight) in zip(sums, atoms, strict=True)],
        )

    def quantile(self, share: float) -> float:
        """Return the value that this share (0 to 1) lies below."""
        values, middles = self.values, self.middles
        i = bisect_left(middles, share)
        if i == 0:
            return values[0]
        if i == len(values):
            return values[-1]
        part = (share - middles[i - 1]) / (middles[i] - middles[i - 1])
        return values[i - 1] + part * (values[i] - values[i - 1])

    def above(self, value: float) -> float:
        """Return the share (0 to 1) that lies above a value."""
        values, middles = self.values, self.middles
        i = bisect_left(values, value)
        if i == 0:
            return 1.0
        if i == len(values):
            return 0.0
        span = values[i] - values[i - 1]
        part = (value - values[i - 1]) / span
        return 1 - (middles[i - 1] + part * (middles[i] - middles[i - 1]))
