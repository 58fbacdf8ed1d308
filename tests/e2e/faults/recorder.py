"""What Home Assistant's recorder has written, read from its database."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
import sqlite3


@dataclass(frozen=True, slots=True)
class Recorded:
    """A state, and when it was written (unix time)."""

    entity_id: str
    state: str
    at: float


def recorded(database: Path, *, since: float = 0.0) -> list[Recorded]:
    """Return the states that were written since a moment (unix time), in order."""
    with _opened(database) as opened:
        rows = opened.execute(
            "SELECT states_meta.entity_id, state, last_updated_ts FROM states "
            "JOIN states_meta USING (metadata_id) WHERE state IS NOT NULL AND last_updated_ts >= ? "
            "ORDER BY last_updated_ts",
            (since,),
        ).fetchall()
    return [Recorded(*row) for row in rows]


def integrity(database: Path) -> str:
    """Return what SQLite says of a database: "ok" or what is broken."""
    with _opened(database) as opened:
        return "\n".join(line for (line,) in opened.execute("PRAGMA integrity_check").fetchall())


@contextmanager
def _opened(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(database)) as opened:
        yield opened
