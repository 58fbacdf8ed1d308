"""Run Home Assistant with a stopwatch in it: takes the arguments of `python`.

SIGUSR1 begins anew, SIGUSR2 writes what was counted to stages.json in the config folder.
"""

from dataclasses import asdict
import json
from pathlib import Path
import runpy
import signal
import sys

ROOT = str(Path(__file__).resolve().parents[2])
RESULT = "stages.json"


def main() -> None:
    """Run it."""
    sys.path.insert(0, ROOT)
    from benchmarks.cost.stages import Stopwatch, TimedImports  # noqa: PLC0415

    # Home Assistant is to find the integration in its config folder and nothing of ours.
    sys.path.remove(ROOT)
    _python, _m, module, *arguments = sys.argv
    result = Path(arguments[arguments.index("--config") + 1]) / RESULT
    stopwatch = Stopwatch()
    sys.meta_path.insert(0, TimedImports(stopwatch))

    def write(_number: int, _frame: object) -> None:
        result.write_text(json.dumps({title: asdict(spent) for title, spent in stopwatch.spent.items()}))

    signal.signal(signal.SIGUSR1, lambda _number, _frame: stopwatch.reset())
    signal.signal(signal.SIGUSR2, write)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
