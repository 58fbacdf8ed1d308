"""Plain text tables: figures of every round, their medians, and the targets beside them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from statistics import median

_TITLE = 46
_CELL = 10


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure with a value for every round; None: it did not come."""

    title: str
    values: Sequence[float | None]
    digits: int = 2
    target: float | None = None
    """What the median may be at most."""

    @property
    def median(self) -> float | None:
        """The middle of the values, of which those that did not come are the worst."""
        if not self.values:
            return None
        middle = median(inf if value is None else value for value in self.values)
        return middle if isfinite(middle) else None

    @property
    def met(self) -> bool | None:
        """Whether the target was met; None where there is none."""
        if self.target is None:
            return None
        return self.median is not None and self.median <= self.target

    def row(self) -> str:
        """Return the line of a table."""
        cells = [self._cell(value) for value in self.values]
        end = ""
        if self.target is not None:
            end = f"{self._cell(self.target)}  {'met' if self.met else 'NOT MET'}"
        line = f"{self.title:<{_TITLE}}" + "".join(
            f"{cell:>{_CELL}}" for cell in (*cells, self._cell(self.median))
        )
        return f"{line}{end:>{_CELL + 9}}".rstrip() if end else line

    def _cell(self, value: float | None) -> str:
        return "-" if value is None else f"{value:.{self.digits}f}"


def table(title: str, figures: Iterable[Figure]) -> str:
    """Return a titled table with a column for every round."""
    figures = list(figures)
    rounds = max((len(figure.values) for figure in figures), default=0)
    heads = [*(f"round {number}" for number in range(1, rounds + 1)), "median", "target"]
    head = f"{title:<{_TITLE}}" + "".join(f"{head:>{_CELL}}" for head in heads)
    return "\n".join([head, "-" * len(head), *(figure.row() for figure in figures), ""])


def columns(title: str, heads: Sequence[str], lines: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Return a titled table with columns of its own."""
    width = max(_CELL, *(len(head) + 2 for head in heads))
    head = f"{title:<{_TITLE}}" + "".join(f"{each:>{width}}" for each in heads)
    rows = (f"{name:<{_TITLE}}" + "".join(f"{cell:>{width}}" for cell in cells) for name, cells in lines)
    return "\n".join([head, "-" * len(head), *rows, ""])
