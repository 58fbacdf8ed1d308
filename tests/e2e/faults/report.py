"""The table of faults, for docs/reliability.md."""

from collections.abc import Iterator, Mapping

from .fault import Fault, Outcome

_TITLES = ("fault", "seen by the user", "unavailable after", "back after", "logged", "besides")


def table(faults: Mapping[Fault, Outcome]) -> Iterator[str]:
    """Yield the lines of a table with a row for every fault, as Markdown."""
    rows = [_TITLES, *(_row(fault, outcome) for fault, outcome in faults.items())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        yield f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |"
        if number == 0:
            yield f"|{'|'.join('-' * (width + 2) for width in widths)}|"


def _row(fault: Fault, outcome: Outcome) -> tuple[str, ...]:
    return (
        f"{fault.kind}: {fault.name.replace('_', ' ')}",
        fault.seen if outcome.error is None else "FAILED",
        _seconds(outcome.gone_after, fault.gone),
        _seconds(outcome.back_after, fault.back),
        f"{len(outcome.logged)} of {len(fault.logged)} lines",
        ", ".join(f"{what} {_seconds(seconds)}" for what, seconds in outcome.others.items()),
    )


def _seconds(seconds: float | None, limit: float | None = None) -> str:
    if seconds is None:
        return ""
    return f"{seconds:.1f} s" if limit is None else f"{seconds:.1f} s (of {limit:.0f})"
