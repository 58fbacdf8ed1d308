"""What happens at a meter, told to automations and event entities at the telegram that decides it.

The coordinator compares every state with the one before it and dispatches `SIGNAL_HAPPENING`, with the
happening and its figures: plain JSON, powers in the unit of their entity, moments in UTC.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Any

from .const import DOMAIN
from .peak import QUARTER, QuarterState, month_of

SIGNAL_HAPPENING = f"{DOMAIN}_happening_{{}}"
"""To be formatted with the id of the config entry."""

type Figures = dict[str, Any]


class Happening(StrEnum):
    """What automations can be triggered by."""

    MESSAGE_RECEIVED = "message_received"
    MONTH_PEAK_RAISED = "month_peak_raised"
    PEAK_ACT_NOW = "peak_act_now"
    PEAK_CLEARED = "peak_cleared"
    PEAK_WARNING = "peak_warning"
    QUARTER_COMPLETED = "quarter_completed"
    THRESHOLD_PASSED = "threshold_passed"


def what_happened(
    before: QuarterState | None, after: QuarterState | None
) -> Iterator[tuple[Happening, Figures]]:
    """Yield what happened to quarter and month since the last known state, in the order of the clock.

    At the first state ever (`before` is None) an alarm that is on is told, for nobody may have heard
    of it; what is over by then is not.
    """
    if after is None:
        return
    if before is not None:
        yield from _quarter_completed(before, after)
        yield from _month_peak_raised(before, after)
    # Alarms are of their quarter: one that the link slept through ended with it.
    same = before if before is not None and before.start == after.start else None
    warned = same is not None and same.warning
    if before is not None and before.warning and not (warned and after.warning):
        yield Happening.PEAK_CLEARED, quarter_figures(after)
    if after.warning and not warned:
        yield Happening.PEAK_WARNING, quarter_figures(after)
    if after.act_now and not (same is not None and same.act_now):
        yield Happening.PEAK_ACT_NOW, quarter_figures(after)
    if before is not None and after.passed and not (same is not None and same.passed):
        yield Happening.THRESHOLD_PASSED, quarter_figures(after)


def what_was_said(before: str | None, after: str | None) -> Iterator[tuple[Happening, Figures]]:
    """Yield the text message of a meter when it is another one than before; None: none."""
    if after is not None and after != before:
        yield Happening.MESSAGE_RECEIVED, {"text": after}


def quarter_figures(state: QuarterState) -> Figures:
    """Return what an automation may want to say of the running quarter; None: not known."""
    outlook, allowance = state.outlook, state.allowance
    seconds_left = QUARTER - state.elapsed
    return {
        "start": utc(state.start),
        "end": utc(state.end),
        "demand": state.demand,
        "forecast": outlook.mean if outlook else None,
        "low": outlook.low if outlook else None,
        "high": outlook.high if outlook else None,
        "threshold": state.threshold,
        "gap": round(state.threshold - outlook.mean, 3) if outlook else None,
        "probability": round(outlook.probability * 100) if outlook else None,
        "allowed_power": allowance.allowed_power if allowance else None,
        "spare_power": allowance.spare_power if allowance else None,
        "spare_current": allowance.spare_current if allowance else None,
        "energy_left": allowance.energy_left if allowance else None,
        "seconds_left": seconds_left,
        "minutes_left": ceil(seconds_left / 60),
        "warning": state.warning if outlook else None,
        "act_now": state.act_now if outlook else None,
        "month_peak": state.months.peak,
        "billed_peak": state.months.billed,
    }


def utc(moment: datetime | None) -> str | None:
    """Return a moment as an automation reads it."""
    return moment.astimezone(UTC).isoformat() if moment else None


def _quarter_completed(before: QuarterState, after: QuarterState) -> Iterator[tuple[Happening, Figures]]:
    last = after.last
    if last is None or (before.last is not None and last.end <= before.last.end):
        return
    yield (
        Happening.QUARTER_COMPLETED,
        {
            "start": utc(last.end - timedelta(seconds=QUARTER)),
            "end": utc(last.end),
            "demand": last.demand,
            "complete": last.whole,
            # That of the new state may already be this very quarter's.
            "threshold": before.threshold,
        },
    )


def _month_peak_raised(before: QuarterState, after: QuarterState) -> Iterator[tuple[Happening, Figures]]:
    """Yield a higher peak of the month, or the first one of a month.

    A peak set before the last state is no news: the meter sent it late, or its line was damaged. The
    last quarter of a month may raise its peak when the month is over already.
    """
    closed_before = {row.month_end for row in before.months.closed}
    peaks = [(row.demand, row.captured) for row in after.months.closed if row.month_end not in closed_before]
    known, known_time = before.months.peak, before.months.peak_time
    for peak, time in (*peaks, (after.months.peak, after.months.peak_time)):
        if peak is None or time is None or time < before.start or time == known_time:
            continue
        same_month = known_time is not None and month_of(known_time) == month_of(time)
        previous = known if same_month else None
        if previous is None or peak > previous:
            yield (
                Happening.MONTH_PEAK_RAISED,
                {"month_peak": peak, "month_peak_time": utc(time), "previous": previous},
            )
