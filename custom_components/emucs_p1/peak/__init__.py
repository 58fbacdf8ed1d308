"""From readings to the running quarter-hour and the month's peak. Knows nothing of Home Assistant."""

from .month import is_of_this_month
from .quarter import FinishedQuarter, QuarterState, QuarterTracker

__all__ = ["FinishedQuarter", "QuarterState", "QuarterTracker", "is_of_this_month"]
