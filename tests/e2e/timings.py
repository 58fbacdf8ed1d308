"""What the run measured, for the README: seconds by step and by path."""

from collections.abc import Iterator

_WIDTH = 10


class Timings:
    """The seconds that things took, and the seconds that they may take."""

    def __init__(self) -> None:
        self._figures: dict[str, dict[str, float]] = {}
        self._limits: dict[str, float | None] = {}

    def note(self, path: str, step: str, seconds: float, *, limit: float | None = None) -> None:
        """Write a figure down; one beyond its limit fails the test."""
        self._limits.setdefault(step, limit)
        self._figures.setdefault(step, {})[path] = seconds
        assert limit is None or seconds <= limit, f"{step}: {seconds:.1f} s, allowed {limit:.0f} s"

    def table(self) -> Iterator[str]:
        """Yield the lines of a table with a row for every step."""
        if not self._figures:
            return
        paths = list(dict.fromkeys(path for row in self._figures.values() for path in row))
        first = max(map(len, self._figures))
        yield " ".join([" " * first, *(f"{title:>{_WIDTH}}" for title in (*paths, "allowed"))])
        for step, row in self._figures.items():
            limit = self._limits[step]
            cells = [f"{row[path]:.1f} s" if path in row else "" for path in paths]
            cells.append(f"{limit:.0f} s" if limit is not None else "")
            yield " ".join([f"{step:<{first}}", *(f"{cell:>{_WIDTH}}" for cell in cells)])
