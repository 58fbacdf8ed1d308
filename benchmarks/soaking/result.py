"""What came of a soak."""

from collections import Counter
from dataclasses import dataclass, field

from .history import Statistics
from .leaks import Counts


@dataclass
class Result:
    """Figures, and what was not met."""

    start: int
    """Unix second, as is the end."""
    end: int
    every: int
    """Seconds between two telegrams."""
    seed: int
    seconds: float = 0.0
    """Real ones."""
    telegrams: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    checked: int = 0
    """States that were held against the truth."""
    quarters: str = ""
    recoveries: dict[str, float] = field(default_factory=dict)
    counts: list[Counts] = field(default_factory=list)
    statistics: list[Statistics] = field(default_factory=list)
    figures: dict[str, str] = field(default_factory=dict)
    failures: dict[str, list[str]] = field(default_factory=dict)
    """What was not met, by what was to be."""

    def fail(self, what: str, *details: str) -> None:
        """Note what was not met; nothing when there is nothing to say."""
        if details:
            self.failures.setdefault(what, []).extend(details)
