"""Month peaks: of the running month, of the closed ones, and the mean that is billed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..p1 import BRUSSELS, MonthPeak, Telegram
from .clock import Month, month_of, months_before

_FLOOR = 2.5
"""kW. The Flemish grid fee counts no month for less (VREG, capacity tariff since 2023)."""
_BILLED = 12
_CLOSED = 13
"""Months that a meter keeps (eMUCS-P1 1.7.1, 0-0:98.1.0); our own record keeps as many."""
_ROWS = "0-0:98.1.0"


@dataclass(frozen=True, slots=True)
class PeakMonths:
    """The month peaks as known at one telegram."""

    peak: float | None = None
    """Highest quarter of the running month, kW; None when it has none yet."""
    peak_time: datetime | None = None
    """End of that quarter."""
    closed: tuple[MonthPeak, ...] = ()
    """The last thirteen closed months, oldest first, one row a month; unknown months are left out."""
    billed: float | None = None
    """Mean of the running month and the eleven before it, each at least 2.5 kW, of those known, kW."""


class MonthRecord:
    """What the meter says of its months, and our own record for what it does not say.

    Meters before eMUCS 1.7 send no peaks at all, and the others may stop when the customer's consent
    lapses: the record is made of the quarters that we saw whole, and of what the meter said before.
    """

    def __init__(self) -> None:
        self._own: dict[Month, MonthPeak] = {}
        self._rows: tuple[MonthPeak, ...] = ()
        """Of the last telegram whose rows could be read."""
        self._known = PeakMonths()
        self._read: tuple[object, ...] = ()

    def finished(self, end: datetime, demand: float) -> None:
        """Take a whole quarter, kW."""
        month = month_of(end)
        own = self._own.get(month)
        if own is None or own.demand is None or demand > own.demand:
            self._keep(month, _row(month, end, demand))
            self._read = ()

    def observe(self, telegram: Telegram, now: datetime) -> PeakMonths:
        """Return the month peaks at a telegram that the meter stamped `now`."""
        month = (now.year, now.month)
        if not telegram.malformed or not any(line.startswith(_ROWS) for line in telegram.malformed):
            self._rows = telegram.peak_history
        peak, captured = telegram.month_peak, telegram.month_peak_time
        read = (month, peak, captured, self._rows)
        if read == self._read:
            return self._known
        # Meters show the old month's for a while; an undefined one has no time.
        if peak is not None and captured is not None and month_of(captured) == month:
            self._keep(month, _row(month, captured, peak))
        self._read, self._known = read, self.at(month)
        return self._known

    def at(self, month: Month) -> PeakMonths:
        """Return what is on record for a running month."""
        running = self._own.get(month)
        closed = self._closed(month)
        return PeakMonths(
            peak=running.demand if running else None,
            peak_time=running.captured if running else None,
            closed=tuple(closed[each] for each in sorted(closed)[-_CLOSED:]),
            billed=_billed(month, running, closed),
        )

    def _keep(self, month: Month, row: MonthPeak) -> None:
        self._own[month] = row
        for old in sorted(self._own)[: -_CLOSED - 1]:
            del self._own[old]

    def _closed(self, running: Month) -> dict[Month, MonthPeak]:
        """Return the closed months: the meter's own rows, else what we recorded."""
        closed: dict[Month, MonthPeak] = {}
        for row in self._rows:
            # A change of contract closes a month early: it may have two rows.
            month = month_of(row.month_end)
            if row.demand is None or (month in closed and row.demand <= (closed[month].demand or 0.0)):
                continue
            if month < running:
                closed[month] = _row(month, row.captured, row.demand)
        recorded = {month: row for month, row in self._own.items() if month < running}
        for month, row in closed.items():
            self._keep(month, row)
        return recorded | closed

    def dump(self) -> list[dict[str, Any]]:
        """Return the record as plain JSON."""
        return [
            {"month": month, "demand": own.demand, "captured": own.captured.isoformat()}
            for month, own in self._own.items()
            if own.captured is not None
        ]

    def load(self, data: list[dict[str, Any]]) -> None:
        """Take up a record that was dumped."""
        for row in data:
            year, month = row["month"]
            captured, demand = datetime.fromisoformat(row["captured"]), float(row["demand"])
            self._keep((year, month), _row((year, month), captured, demand))


def _row(month: Month, captured: datetime | None, demand: float) -> MonthPeak:
    year, following = months_before(month, -1)
    return MonthPeak(datetime(year, following, 1, tzinfo=BRUSSELS), captured, demand)


def _billed(month: Month, running: MonthPeak | None, closed: Mapping[Month, MonthPeak]) -> float | None:
    oldest = months_before(month, _BILLED - 1)
    rows = [running, *(row for each, row in closed.items() if each >= oldest)]
    peaks = [max(_FLOOR, row.demand) for row in rows if row is not None and row.demand is not None]
    return round(sum(peaks) / len(peaks), 3) if peaks else None
