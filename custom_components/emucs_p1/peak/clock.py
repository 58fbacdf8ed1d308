"""Clock quarters and calendar months."""

from datetime import UTC, datetime, timedelta

from ..p1 import BRUSSELS

QUARTER = 900
"""Seconds. Belgian offsets are whole hours: a quarter begins where Unix time is a multiple of it."""
MINUTE = 60
MINUTES = QUARTER // MINUTE

_JUST_BEFORE = timedelta(seconds=1)

type Month = tuple[int, int]
"""Year and month of the local calendar."""


def moment(unix_time: int) -> datetime:
    """Return a Unix time as a moment in UTC."""
    return datetime.fromtimestamp(unix_time, UTC)


def month_of(quarter_end: datetime) -> Month:
    """Return the Belgian month of the quarter that ended then.

    A quarter is stamped with its end (eMUCS-P1 1.7.1, 1-0:1.6.0), so 00:00:00 on the 1st belongs to
    the month before.
    """
    inside = (quarter_end - _JUST_BEFORE).astimezone(BRUSSELS)
    return inside.year, inside.month


def months_before(month: Month, count: int) -> Month:
    """Return the calendar month that lies so many before this one."""
    year, index = divmod(month[0] * 12 + month[1] - 1 - count, 12)
    return year, index + 1
