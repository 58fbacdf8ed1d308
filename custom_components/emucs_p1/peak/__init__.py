"""From readings to the running quarter-hour and the month's peak. Knows nothing of Home Assistant."""

from .allowance import Allowance
from .clock import QUARTER, Month, moment, month_of
from .energy import EnergySource
from .months import PeakMonths
from .quarter import FinishedQuarter, Outlook, PeakSettings, QuarterState, QuarterTracker

__all__ = [
    "QUARTER",
    "Allowance",
    "EnergySource",
    "FinishedQuarter",
    "Month",
    "Outlook",
    "PeakMonths",
    "PeakSettings",
    "QuarterState",
    "QuarterTracker",
    "moment",
    "month_of",
]
