"""What a recorder has written: rows of states, and pages of the file."""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from math import floor
from pathlib import Path
import sqlite3

type Row = tuple[str, float]
"""The entity and the unix second at which its state was written."""

_ROWS = """
SELECT states_meta.entity_id, states.last_updated_ts
FROM states JOIN states_meta USING (metadata_id)
WHERE states.last_updated_ts >= ? AND states.last_updated_ts < ?
"""


def _open(path: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30))


def used_bytes(path: Path) -> int:
    """Return the bytes of all pages in use, as a reader sees them: what waits in the WAL is counted."""
    with _open(path) as database:
        pages, free, size = (
            database.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
    return int((pages - free) * size)


def rows(path: Path, begin: float, end: float) -> list[Row]:
    """Return the states written between two unix seconds."""
    with _open(path) as database:
        return database.execute(_ROWS, (begin, end)).fetchall()


def interval_rows(written: Iterable[Row], meter_of: Mapping[str, str], interval: float) -> int:
    """Return how many rows the update interval alone would have cost.

    In every interval an entity is written once at most. Intervals are cut halfway between the moments
    at which most of a meter's rows are written, so that none of those falls on a cut.
    """
    by_meter: dict[str, list[Row]] = {}
    for row in written:
        by_meter.setdefault(meter_of[row[0]], []).append(row)
    return sum(len(_slots(own, interval)) for own in by_meter.values())


def _slots(own: list[Row], interval: float) -> set[tuple[str, int]]:
    """Return the pairs of entity and interval with a row in them."""
    phases = Counter(round(at % interval, 1) for _, at in own)
    cut = phases.most_common(1)[0][0] + interval / 2
    return {(entity_id, floor((at - cut) / interval)) for entity_id, at in own}
