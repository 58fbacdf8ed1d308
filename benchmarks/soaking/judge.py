"""Whether a meter has come through it as it must."""

from itertools import islice

from simulator import clock
from simulator.reading import Reading

from .history import judged, judged_months
from .home import Home
from .leaks import grown
from .logs import Logs
from .meter import House
from .result import Result
from .watch import NEAR_FAULT_WATTS, QUARTER_WATTS, REGISTERS, Watch

REGISTERS_RIGHT = "every register equals the meter's"
QUARTERS_RIGHT = "every quarter with full data within 4 W, none missed without a fault"
PEAKS_RIGHT = "month peak and billed mean are the meter's"
STATES_RIGHT = "no wrong state, no strange entity, back after every fault"
STATISTICS_RIGHT = "statistics without a spike and with the registers' sum"
NO_LEAK = "no task, listener, timer, file, thread or memory leaked"
QUIET_LOG = "nothing logged that no fault explains"
DEMANDS = (
    REGISTERS_RIGHT,
    QUARTERS_RIGHT,
    PEAKS_RIGHT,
    STATES_RIGHT,
    STATISTICS_RIGHT,
    NO_LEAK,
    QUIET_LOG,
)

_FLOOR = 2500
"""W that a month counts for at least in what is billed."""
_MONTHS = 12
_ROUNDED = 0.00051
"""kW, of a mean that may end in half a watt."""
_WARM = 2
"""Counts at the start that are not compared: what is needed is still being loaded."""
_LISTED = 6


def judge_peaks(result: Result, home: Home, truth: Reading) -> None:
    """Hold the month peak and the billed mean against the meter's own."""
    months = [month.watts for month in truth.history[-_MONTHS + 1 :]]
    months += [truth.month_peak_w] if truth.month_peak_time else []
    expected = {
        "month_peak": truth.month_peak_w / 1000 if truth.month_peak_time else None,
        "billed_peak": sum(max(_FLOOR, watts) for watts in months) / len(months) / 1000,
    }
    for key, true in expected.items():
        value = home.value(key)
        if value != true and (value is None or true is None or abs(value - true) > _ROUNDED):
            result.fail(PEAKS_RIGHT, f"{key} is {value} instead of {true} at {truth.at}")
        result.figures[key] = f"{value} kW"


def judge_watch(result: Result, home: Home, watch: Watch, truth: Reading) -> None:
    """Judge what was seen of the states and the quarters."""
    for name, true in REGISTERS.items():
        if (value := home.value(name)) != true(truth):
            result.fail(REGISTERS_RIGHT, f"{name} is {value} instead of {true(truth)}")
    kept, untroubled = watch.quarters, watch.untroubled(result.start, result.end)
    result.checked, result.recoveries = watch.checked, dict(watch.recoveries)
    past = (result.end - result.start) // clock.QUARTER
    result.quarters = (
        f"{past} passed, {len(kept.ends)} told, {len(kept.complete)} of them complete; of {len(untroubled)} "
        f"without a fault near them {len(untroubled & kept.complete)} complete; complete ones differ by "
        f"{kept.worst:.1f} W at most, near a fault {kept.worst_near_fault:.1f} W, the incomplete ones "
        f"{kept.worst_incomplete:.0f} W; {len(kept.again)} told again after a kill"
    )
    for end in islice(sorted(untroubled - kept.complete), _LISTED):
        result.fail(QUARTERS_RIGHT, f"that until {end} was not told as complete")
    for worst, most in ((kept.worst, QUARTER_WATTS), (kept.worst_near_fault, NEAR_FAULT_WATTS)):
        if worst > most:
            result.fail(QUARTERS_RIGHT, f"a complete one differs by {worst:.1f} W")
    result.fail(STATES_RIGHT, *(f"{count} x {what}" for what, count in watch.wrong.most_common()))
    result.fail(STATES_RIGHT, *watch.examples)


def judge_logs(result: Result, logs: Logs) -> None:
    """Judge what was logged."""
    if logs.unexplained:
        result.fail(QUIET_LOG, *(f"{count} x {what}" for what, count in logs.unexplained.items()))
        result.fail(QUIET_LOG, *logs.examples)
    others = ", ".join(f"{count} x {what}" for what, count in logs.others.items())
    result.figures["warnings of others"] = others or "none"


def judge_counts(result: Result) -> None:
    """Judge what has piled up."""
    counts = result.counts
    if len(counts) > 1:
        result.fail(NO_LEAK, *grown(counts[min(_WARM, len(counts) - 2)], counts[-1]))


async def judge_statistics(result: Result, home: Home, house: House, truth: Reading) -> None:
    """Judge what the recorder has made of it."""
    result.statistics = await judged(home, house, result.start, result.end)
    result.fail(STATISTICS_RIGHT, *await judged_months(home, truth))
    for each in result.statistics:
        result.fail(STATISTICS_RIGHT, *(f"{each.name}: {text}" for text in each.wrong[:_LISTED]))
