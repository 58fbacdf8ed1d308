"""Feed the integration what no meter sends; show what breaks.

Two targets share the time: bytes into the reader of telegrams, and telegrams with the right checksum
but arbitrary lines through a whole Home Assistant into states. Inputs that reach a new branch of the
integration are kept and changed further. A failure is shown with the smallest input found for it.

    benchmarks/fuzz.py [--seconds N] [--seed S]
"""

import argparse
from pathlib import Path
import random
from random import Random, SystemRandom
import sys
import time

ROOT = Path(__file__).resolve().parents[1]
# Instead of this folder: it may hold a file of Home Assistant's name.
sys.path[0] = str(ROOT)

# Before the test plugin, which has a package of the same name.
import custom_components.emucs_p1.config_flow  # noqa: E402, F401, I001
from benchmarks.fuzzing.coverage import Coverage  # noqa: E402
from benchmarks.fuzzing.engine import Search  # noqa: E402
from benchmarks.fuzzing.findings import Failure, Finding, Findings  # noqa: E402
from benchmarks.fuzzing.home import Homes  # noqa: E402
from benchmarks.fuzzing.memory import resident  # noqa: E402
from benchmarks.fuzzing.reading import Readings  # noqa: E402
from benchmarks.fuzzing.seeds import series  # noqa: E402

_PACKAGE = ROOT / "custom_components" / "emucs_p1"
_TURN = 2.0
"""Seconds that a target has at a time."""
_WARM = 0.25
"""Of the time, after which memory must be flat."""
_MOST_GROWTH = 24.0
"""MB from then on: remembered lines and kept inputs have a bound, but are not all there at first."""
_MINIMISING = (3.0, 30.0)
_SEEDS = 10**6


def show(finding: Finding) -> None:
    """Print a failure for people."""
    print(f"\nFAILED ({finding.target}): {finding.detail}\nsmallest input:\n{finding.literal}", flush=True)


def fuzz(seconds: float, seed: int) -> Findings:
    """Search for so many seconds; print what was done and found."""
    print(f"seed {seed}, {seconds:g} s", flush=True)
    # The link's jitter: it draws from everybody's.
    random.seed(seed)
    findings = Findings()
    meters = series()
    minimising = min(max(_MINIMISING[0], seconds / 20), _MINIMISING[1])
    with Coverage(str(_PACKAGE)) as coverage, Homes(meters) as homes:
        readings = Readings([telegram for meter in meters for telegram in meter])
        searches = tuple(
            Search(target, Random(f"{seed} {target.name}"), coverage, findings, minimising, show)  # type: ignore[arg-type]
            for target in (readings, homes)
        )
        begin, warm = time.monotonic(), None
        while (spent := time.monotonic() - begin) < seconds and not findings.enough:
            for search in searches:
                search.go_on(min(_TURN, (seconds - spent) / len(searches)))
                coverage.watch()
            if warm is None and spent >= _WARM * seconds:
                warm = resident()
        end = resident()
        warm = end if warm is None else warm
        try:
            homes.stop()
        except Failure as failure:
            findings.add(Finding(target=homes.name, kind=failure.kind, detail=str(failure), literal="any"))
        if end - warm > _MOST_GROWTH:
            grown = f"memory grows: {warm:.1f} -> {end:.1f} MB"
            findings.add(Finding(target="both", kind="memory grows", detail=grown, literal="any"))
        for search in searches:
            print(
                f"{search.target.name}: {search.executions} inputs in {search.seconds:.1f} s, "
                f"{search.executions / max(search.seconds, 0.001):.1f}/s, {len(search.corpus)} kept"
            )
        print(f"telegrams through Home Assistant: {homes.telegrams}")
        print(f"branches reached: {coverage.reached} of {coverage.total}")
        print(f"resident memory: {warm:.1f} MB warm, {end:.1f} MB at the end (at most +{_MOST_GROWTH:g})")
    print(f"failures: {len(findings.found)}")
    return findings


def main(arguments: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=20.0, help="how long to search (default: 20)")
    parser.add_argument("--seed", type=int, help="of a run that is to be repeated (default: by chance)")
    chosen = parser.parse_args(arguments)
    seed = SystemRandom().randrange(_SEEDS) if chosen.seed is None else chosen.seed
    return 1 if fuzz(chosen.seconds, seed).found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
