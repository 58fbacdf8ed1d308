"""A month of a meter's life in a test Home Assistant, with a fault every hour, and what is left of it.

Time is simulated: link, reader, coordinator, entities, files and recorder are real, the port is in memory.
The month holds the begin of summer time and the end of a month. A shorter soak holds what it can of both:
from four days on both, below that the end of the month, at which peaks, billed mean and statistics change
over; to the quarters, which follow universal time, the summer time is only another letter in the stamp.

    benchmarks/soak.py [--days N] [--every SECONDS] [--seed S] [--output FILE]

Exits with 1 when something is not as it must be.
"""

import argparse
from pathlib import Path
import sys
import tempfile

# Without this folder, in which another benchmark is named as Home Assistant's package is.
_HERE = Path(__file__).resolve().parent
sys.path[:] = [str(_HERE.parent), *(path for path in sys.path if Path(path).resolve() != _HERE)]

from benchmarks.soaking.clock import Clock, install  # noqa: E402
from simulator import clock as calendar  # noqa: E402

MONTH = 31.0
_BEGIN = "2026-03-10T00:00"
_SUMMER_TIME = "2026-03-28T12:00"
_MONTH_END = "2026-03-31T12:00"
_DAYS_FOR_BOTH = 4.0
_DAYS_FROM_BEGIN = 22.0


def begin(days: float) -> int:
    """Return the unix second at which a soak of so many days begins."""
    if days >= _DAYS_FROM_BEGIN:
        return calendar.second_of(calendar.moment_from(_BEGIN))
    return calendar.second_of(calendar.moment_from(_SUMMER_TIME if days >= _DAYS_FOR_BOTH else _MONTH_END))


def main() -> int:
    """Run it; return 1 when something is not met."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--days", type=float, default=MONTH)
    arguments.add_argument(
        "--every",
        type=int,
        default=10,
        help="seconds between two telegrams; around the end of a quarter it is one",
    )
    arguments.add_argument("--seed", type=int, default=20261121)
    arguments.add_argument("--output", type=Path, help="write the report to a file too")
    chosen = arguments.parse_args()
    clock = Clock()
    install(clock)
    # After the clock: whatever is imported of Home Assistant keeps the functions that it finds.
    from benchmarks.soaking.life import run  # noqa: PLC0415
    from benchmarks.soaking.report import text  # noqa: PLC0415
    from benchmarks.soaking.result import Result  # noqa: PLC0415

    start = begin(chosen.days)
    end = start + round(chosen.days * 24) * 3600
    result = Result(start=start, end=end, every=chosen.every, seed=chosen.seed)
    print(f"seed {chosen.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        run(clock, result, Path(folder), lambda line: print(line, flush=True))
    report = text(result)
    print(report)
    if chosen.output:
        chosen.output.write_text(f"{report}\n")
    return 1 if result.failures else 0


if __name__ == "__main__":
    sys.exit(main())
