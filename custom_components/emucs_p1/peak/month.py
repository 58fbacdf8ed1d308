"""Which month a quarter-hour peak belongs to."""

from datetime import datetime, timedelta

_JUST_BEFORE = timedelta(seconds=1)


def is_of_this_month(captured: datetime, now: datetime) -> bool:
    """Return whether the quarter that ended at `captured` lies in the month of `now`.

    Both on the meter's clock. A peak is stamped with the end of its quarter (eMUCS-P1 1.7.1,
    1-0:1.6.0), so a stamp of 00:00:00 on the 1st belongs to the month before.
    """
    quarter = captured - _JUST_BEFORE
    return (quarter.year, quarter.month) == (now.year, now.month)
