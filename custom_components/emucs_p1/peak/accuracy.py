"""How far the forecasts were off: our own record, over the last week."""

from collections import deque

_WEEK = 7 * 96
"""Quarters."""


class Accuracy:
    """Errors of the forecasts that were given at minute 5."""

    def __init__(self) -> None:
        self._errors: deque[tuple[int, float]] = deque(maxlen=_WEEK)
        self.mean: float | None = None
        """Mean absolute error over the last week, W; None while there is none."""

    def add(self, quarter: int, error: float) -> None:
        """Take the error (W) of a quarter, by its number since 1970."""
        self._errors.append((quarter, round(abs(error))))
        while self._errors[0][0] <= quarter - _WEEK:
            self._errors.popleft()
        self.mean = round(sum(each for _, each in self._errors) / len(self._errors))

    def dump(self) -> list[tuple[int, float]]:
        """Return the record as plain JSON."""
        return list(self._errors)

    def load(self, data: list[tuple[int, float]]) -> None:
        """Take up a record that was dumped."""
        for quarter, error in data:
            self.add(int(quarter), float(error))
