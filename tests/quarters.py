"""States of a running quarter, made by hand."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.emucs_p1.p1 import BRUSSELS, MonthPeak
from custom_components.emucs_p1.peak import (
    Allowance,
    EnergySource,
    FinishedQuarter,
    Outlook,
    PeakMonths,
    QuarterState,
)

QUARTER = timedelta(minutes=15)
NOON = datetime(2026, 3, 3, 12, tzinfo=BRUSSELS)

CALM = QuarterState(
    start=NOON,
    end=NOON + QUARTER,
    elapsed=420,
    demand=0.7,
    source=EnergySource.RAMP,
    whole=True,
    threshold=3.456,
    outlook=Outlook(mean=1.5, low=1.2, high=1.9, probability=0.004),
    warning=False,
    act_now=False,
    passed=False,
    allowance=Allowance(allowed_power=5168, spare_power=3668, spare_current=5.3, energy_left=0.689),
    last=None,
    months=PeakMonths(
        peak=3.456,
        peak_time=datetime(2026, 3, 2, 18, 15, tzinfo=BRUSSELS),
        closed=(
            MonthPeak(
                month_end=datetime(2026, 3, 1, tzinfo=BRUSSELS),
                captured=datetime(2026, 2, 14, 18, 15, tzinfo=BRUSSELS),
                demand=4.321,
            ),
        ),
        billed=3.888,
    ),
    forecast_error=None,
)
"""A quiet quarter of the meter of most tests."""

WARNED = replace(
    CALM,
    warning=True,
    outlook=Outlook(mean=4.2, low=3.3, high=4.9, probability=0.876),
    allowance=Allowance(allowed_power=4500, spare_power=-1500, spare_current=-2.2, energy_left=0.6),
)
"""One that will probably pass its threshold."""


def put(entry: MockConfigEntry, state: QuarterState | None) -> None:
    """Have the meter of an entry be in a quarter."""
    tracker = entry.runtime_data._quarters
    tracker._state = state
    if state is None:
        tracker._seen = None


def finished(end: datetime, demand: float = 1.234, *, whole: bool = True) -> FinishedQuarter:
    return FinishedQuarter(end, demand, whole)


def later_by(state: QuarterState, quarters: int, **changed: Any) -> QuarterState:
    """Return the same some quarters later, changed by keywords."""
    moved = timedelta(minutes=15 * quarters)
    return replace(state, start=state.start + moved, end=state.end + moved, **changed)
