"""What the integration costs in a real Home Assistant, beside core's dsmr in the same run.

Meters (1 Hz, three phases, gas, water, 13 months, car and solar) run in a process of their own; each
Home Assistant is a process of its own with the settings of a new household. Compared are windows that
begin just after the 5-minute statistics; CPU is user and system time of all threads.

    benchmarks/homeassistant.py               dsmr, ours and none side by side on the same 20 streams
    benchmarks/homeassistant.py --scale       1, 10 and 100 meters of ours, side by side
    benchmarks/homeassistant.py --day         a day of telegrams as fast as the link takes them
    benchmarks/homeassistant.py --profile     where the time of a telegram goes, and the floor
    options: --minutes M --rounds R --meters N --output FILE --keep FOLDER

Needs .venv-demo, and dsmr-parser in the version that core's dsmr asks for.
"""

import argparse
import asyncio
from collections.abc import AsyncGenerator, Sequence
from importlib.util import find_spec
from pathlib import Path
import platform
import shutil
import sys
import tempfile

if __name__ == "__main__":
    # In place of this folder: this file has the name of a package.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.cost.breakdown import breakdown
from benchmarks.cost.compare import FEWEST, compare
from benchmarks.cost.day import day
from benchmarks.cost.scale import scale
from demo.errors import DemoError

_METERS = 20


def measured(chosen: argparse.Namespace, folder: Path) -> AsyncGenerator[str]:
    """Return the run that was chosen."""
    if chosen.scale:
        return scale(folder, minutes=chosen.minutes, rounds=chosen.rounds)
    if chosen.day:
        return day(folder, telegrams=chosen.telegrams)
    if chosen.profile:
        return breakdown(folder, count=chosen.meters, minutes=chosen.minutes)
    return compare(folder, count=chosen.meters, minutes=chosen.minutes, rounds=chosen.rounds)


async def run(chosen: argparse.Namespace, folder: Path) -> None:
    """Print the report as it comes about, and keep it."""
    pieces = [machine()]
    print(machine(), flush=True)
    async for piece in measured(chosen, folder):
        print(piece, flush=True)
        pieces.append(piece)
        if chosen.output:
            chosen.output.write_text("\n".join(pieces))


def machine() -> str:
    """Return what it runs on."""
    return (
        f"Python {platform.python_version()}, {platform.system()} {platform.release()}, {platform.machine()}"
    )


def main(arguments: Sequence[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--scale", action="store_true")
    mode.add_argument("--day", action="store_true")
    mode.add_argument("--profile", action="store_true")
    parser.add_argument("--minutes", type=float, default=10, help="of a window")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--meters", type=int, default=_METERS)
    parser.add_argument("--telegrams", type=int, default=86_400, help="with --day")
    parser.add_argument("--output", type=Path, metavar="FILE")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="run in this new folder and keep it")
    chosen = parser.parse_args(arguments)
    if chosen.meters < FEWEST:
        parser.error(f"not fewer than {FEWEST} meters: each round tries as many out")
    if find_spec("dsmr_parser") is None:
        print("dsmr-parser is missing: scripts/setup demo", file=sys.stderr)
        return 2
    folder = chosen.keep or Path(tempfile.mkdtemp(prefix="emucs-cost-"))
    try:
        asyncio.run(run(chosen, folder))
    except DemoError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        if not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
