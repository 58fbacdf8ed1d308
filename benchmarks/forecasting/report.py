"""The report for people."""

from collections.abc import Mapping

from .baselines import METHODS
from .summary import OURS, Summary

_SHOWN = (1, 3, 5, 7, 10, 12, 14)
_TITLES = {
    "warning": "warning",
    "act_now": "act now",
    "last_responsible_moment": "I, last responsible moment",
}
_WIDTH = 30
# Errors of fewer hot quarters are left to --json.
_FEW = 10


def _row(title: str, *cells: str) -> str:
    return f"  {title:<{_WIDTH}}" + "".join(cells)


def _cell(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _shown(by_minute: Mapping[str, float | None], digits: int = 0) -> str:
    return "".join(f"{_cell(by_minute[str(minute)], digits):>7}" for minute in _SHOWN)


def _errors(summary: Summary) -> list[str]:
    parts = [summary[part] for part in ("all", "hot") if summary[part]["quarters"] >= _FEW or part == "all"]
    titles = ["all quarters", f"{summary['hot']['quarters']} that ended above 1.5 kW"]
    lines = [
        _row("mean absolute error, W", *(f"   {title:>49}" for title in titles[: len(parts)])),
        _row("at minute", *("   " + "".join(f"{minute:>7}" for minute in _SHOWN) for _ in parts)),
    ]
    names = {OURS: "this forecast", **{letter: f"{letter} {text}" for letter, text in METHODS.items()}}
    for name, title in names.items():
        lines.append(_row(title, *("   " + _shown(part["error"][name]) for part in parts)))
    lines.append(_row("ratio to the best of A to X", *("   " + _shown(part["ratio"], 3) for part in parts)))
    means = ", ".join(f"{_cell(part['mean_ratio'], 3)}" for part in parts)
    lines.append(_row("mean ratio at 3, 5, 7, 10", f"   {means}"))
    return lines


def _band(summary: Summary) -> list[str]:
    band = summary["band"]
    percent = {minute: 100 * share for minute, share in band["by_minute"].items()}
    return [
        _row(
            "band holds, %",
            "   " + _shown(percent, 1),
            f"   at minutes 1 to 14: {100 * band['coverage']:.1f}",
        ),
        _row("band width, W", "   " + _shown(band["width"])),
        _row("Brier score", f"   {summary['brier']:.4f}"),
    ]


def _figure(alarm: Summary, name: str, digits: int) -> str:
    value = alarm["figures"][name]
    if name not in alarm["interval"]:
        return f"{_cell(value, digits):>22}"
    low, high = alarm["interval"][name]
    return f"{f'{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})':>22}"


def _alarms(summary: Summary) -> list[str]:
    heads = ("precision", "recall", "median lead, min", "saved by shedding 2 kW")
    lines = [
        _row("alarm", f"{'alarms':>8}", *(f"{head:>24}"[-24:] for head in heads), "  switches/quarter, most")
    ]
    for name, title in _TITLES.items():
        alarm = summary["alarms"][name]
        cells = [
            "  " + _figure(alarm, figure, digits)
            for figure, digits in (("precision", 3), ("recall", 3), ("lead", 1), ("saved", 3))
        ]
        lines.append(
            _row(
                title,
                f"{alarm['predicted']:>8}",
                *cells,
                f"{alarm['switches_per_quarter']:>18.3f}{alarm['most_switches']:>6}",
            )
        )
    return lines


def group(name: str, summary: Summary, *, errors: bool = True) -> str:
    """Return the figures of some quarters."""
    title = (
        f"{name}: {summary['quarters']} quarters of {summary['days']} days, {summary['real']} above 2.5 kW"
    )
    if summary.get("unknown"):
        title += f"; not scored for want of a forecast: {summary['unknown']}"
    parts = (_errors(summary) + _band(summary) if errors else []) + _alarms(summary)
    return "\n".join([title, *parts, ""])


def cost(microseconds: Mapping[str, Mapping[str, float]]) -> str:
    """Return what observing a telegram costs, and how many times that dsmr-parser takes to parse one."""
    parsed = microseconds["parse"]
    heads = (f"dsmr-parser, {title}: {took:.0f} µs" for title, took in parsed.items())
    lines = [_row("observe, µs a telegram", " " * 7, *(f"{head:>40}" for head in heads))]
    for title, took in microseconds["observe"].items():
        times = (f"{other / took:>38.1f} x" for other in parsed.values())
        lines.append(_row(title, f"{took:>7.1f}", *times))
    return "\n".join([*lines, ""])


def held(targets: list[Summary]) -> str:
    """Return the targets and whether they were met."""
    return "\n".join(
        f"{'met' if row['met'] else 'MISSED':<8}{row['target']}: {_cell(row['value'], 3)}" for row in targets
    )
