"""The figures of a soak as text."""

from collections.abc import Iterator

from simulator import clock

from .judge import DEMANDS
from .result import Result

_LISTED = 24


def text(result: Result) -> str:
    """Return the report."""
    return "\n".join((*_figures(result), *_verdicts(result)))


def _figures(result: Result) -> Iterator[str]:
    start, end = (clock.moment_of(each).astimezone(clock.BRUSSELS) for each in (result.start, result.end))
    each = 1000 * result.seconds / max(1, result.telegrams)
    yield f"soak of {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}, seed {result.seed}"
    yield f"{result.telegrams} telegrams, one every {result.every} s, each second around a quarter's end"
    yield f"lived in {result.seconds:.0f} s, {each:.2f} ms for each with all that follows from it"
    yield f"{result.checked} states checked"
    yield f"{sum(result.faults.values())} faults:"
    for kind in sorted(result.faults):
        back = result.recoveries.get(kind)
        yield f"  {result.faults[kind]:4}  {kind:34}" + (
            "" if back is None else f"values back within {back:.0f} s"
        )
    yield f"quarters: {result.quarters}"
    for name, figure in result.figures.items():
        yield f"{name}: {figure}"
    for series in result.statistics:
        yield (
            f"statistics of {series.name}: {series.hours} hours, sum {series.total:.3f}, "
            f"register {series.registers:.3f}, highest hour {series.highest:.3f}"
        )
    if result.counts:
        yield f"first count: {result.counts[0]}"
        yield f"last count:  {result.counts[-1]}"


def _verdicts(result: Result) -> Iterator[str]:
    for demand in DEMANDS:
        details = result.failures.get(demand, [])
        yield f"{'NOT MET' if details else 'met':8} {demand}"
        for detail in details[:_LISTED]:
            yield f"         {detail}"
