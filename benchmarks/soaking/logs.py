"""What is logged at WARNING and above, and whether a fault explains it."""

from collections import Counter
import logging
from typing import override

from .faults import Kind
from .watch import Watch

_OURS = "custom_components.emucs_p1"
_LISTED = 12

EXPLAINED: dict[Kind, tuple[str, ...]] = {}
"""Parts of our warnings that a fault explains."""


class Logs(logging.Handler):
    """Who reads the log."""

    def __init__(self, watch: Watch) -> None:
        super().__init__(logging.WARNING)
        self._watch = watch
        self.unexplained: Counter[str] = Counter()
        """Ours, and errors of anyone, that no fault explains."""
        self.others: Counter[str] = Counter()
        """Of anyone else."""
        self.examples: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        strike = self._watch.strike
        parts = EXPLAINED.get(strike.kind, ()) if strike else ()
        mentions = record.name.startswith(_OURS) or "emucs_p1" in text or record.levelno >= logging.ERROR
        if mentions and not any(part in text for part in parts):
            self.unexplained[f"{record.levelname} {record.name}"] += 1
        else:
            self.others[f"{record.levelname} {record.name}"] += 1
        if len(self.examples) < _LISTED:
            self.examples.append(f"{record.levelname} {record.name}: {text[:300]} ({self._watch.where})")


def listen(logs: Logs) -> None:
    """Have the log read; what is below WARNING costs nothing."""
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    root.handlers = [logs]
    for name in ("sqlalchemy.engine", "sqlalchemy", "homeassistant", _OURS):
        logging.getLogger(name).setLevel(logging.WARNING)
