"""Moments: unix seconds inside, aware datetimes outside, local days in between."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")

HOUR = 3600
"""Seconds in an hour."""

QUARTER = 900
"""Seconds in the quarter hour over which demand is averaged."""

_FIRST_DAY_OF_WEEKEND = 5


def second_of(moment: datetime) -> int:
    """Return the unix second that holds an aware moment."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return int(moment.timestamp())


def moment_from(text: str) -> datetime:
    """Return the moment that ISO 8601 names, in Brussels where it names no zone."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=BRUSSELS)


def moment_of(second: int) -> datetime:
    """Return a unix second as UTC: there equal moments always compare equal."""
    return datetime.fromtimestamp(second, UTC)


def day_of(second: int) -> date:
    """Return the local day that holds a unix second."""
    return datetime.fromtimestamp(second, BRUSSELS).date()


@lru_cache(maxsize=4096)
def start_of(day: date) -> int:
    """Return the unix second at which a local day starts."""
    return local_second(day, 0)


def end_of(day: date) -> int:
    """Return the unix second at which the next local day starts."""
    return start_of(day + timedelta(days=1))


def local_second(day: date, hour: int) -> int:
    """Return the unix second at which the local clock shows a full hour."""
    return int(datetime.combine(day, time(hour), BRUSSELS).timestamp())


def days(first: date, end: date) -> Iterator[date]:
    """Yield the days from the first up to, not including, the end."""
    for ordinal in range(first.toordinal(), end.toordinal()):
        yield date.fromordinal(ordinal)


def is_weekend(day: date) -> bool:
    """Tell Saturday and Sunday from the rest."""
    return day.weekday() >= _FIRST_DAY_OF_WEEKEND
