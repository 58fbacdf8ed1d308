"""How far the forecasts were off: our own record, over the last week."""

_WEEK = 7 * 96
"""Quarters."""


class Accuracy:
    """Errors of the forecasts that were given at minute 5."""

    def __init__(self) -> None:
        self._errors: list[tuple[int, float]] = []
        self.mean: float | None = None
        """Mean absolute error over the last week, W; None while there is none."""

    def add(self, quarter: int, error: float) -> None:
        """Take the error (W) of a quarter, by its number since 1970."""
        # The meter's clock may have been ahead: what it stamped then would never grow old.
        recent = [each for each in self._errors if quarter - _WEEK < each[0] < quarter]
        self._errors = [*recent, (quarter, round(abs(error)))]
        self.mean = round(sum(each for _, each in self._errors) / len(self._errors))

    def dump(self) -> list[tuple[int, float]]:
        """Return the record as plain JSON."""
        return self._errors

    def load(self, data: list[tuple[int, float]]) -> None:
        """Take up a record that was dumped."""
        for quarter, error in data:
            self.add(int(quarter), float(error))
