"""Where the time of a telegram goes, thread by thread and stage by stage, and the floor."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
import json
import os
from pathlib import Path
import signal
import sys

from demo.errors import DemoError
from demo.process import REPOSITORY

from .homes import OURS, Home, running
from .meters import street
from .profiled import RESULT
from .report import columns
from .stages import STAGES, Spent
from .usage import MAIN, usage
from .windows import Window, load, wait_for_window, watch

_TAKES_EFFECT = 1.0
# Not worth a line: µs a telegram.
_LITTLE = 1.0

_FLOORS: tuple[tuple[str, list[str]], ...] = (
    ("asyncio alone", []),
    ("asyncio through serialx", ["--serialx"]),
)


async def breakdown(folder: Path, *, count: int, minutes: float) -> AsyncGenerator[str]:
    """Yield the report, piece by piece as it comes about."""
    plain, idle = Home(folder / "plain", OURS), Home(folder / "idle", None)
    timed = Home(folder / "timed", OURS, python=_stopwatch_in(folder / "stopwatch"), title="with stopwatch")
    homes = [plain, timed, idle]
    async with street(count) as meters, running(homes), _floors(meters.ports) as floors:
        yield f"{count} meters, one window of {minutes:g} minutes\n"
        await asyncio.gather(plain.add(meters.ports), timed.add(meters.ports))
        await wait_for_window()
        counted, windows = await asyncio.gather(
            _counted(timed.pid, floors, 60 * minutes), watch(homes, 60 * minutes)
        )
        await asyncio.sleep(_TAKES_EFFECT)
        spent = {
            title: Spent(**found)
            for title, found in json.loads((timed.process.config_dir / RESULT).read_text()).items()
        }
        yield f"load of the machine {load()}\n"
        yield _threads(windows[0], windows[2])
        yield _stages(spent, windows[1], windows[2])
        yield _floor(counted, windows[0])


async def _counted(timed: int, floors: Sequence[int], seconds: float) -> list[float]:
    """Let the stopwatch run for a while; return the CPU seconds of the floors meanwhile."""
    os.kill(timed, signal.SIGUSR1)
    before = [usage(pid).cpu for pid in floors]
    await asyncio.sleep(seconds)
    os.kill(timed, signal.SIGUSR2)
    return [usage(pid).cpu - cpu for pid, cpu in zip(floors, before, strict=True)]


def _stopwatch_in(folder: Path) -> Path:
    """Write what runs like this Python with the stopwatch in it; return its path."""
    python = folder.resolve() / "bin" / "python"
    python.parent.mkdir(parents=True)
    script = Path(__file__).with_name("profiled.py")
    # Compiled files are shared with the others.
    compiled = Path(sys.executable).parents[1] / "pycache"
    python.write_text(
        f'#!/bin/sh\nPYTHONPYCACHEPREFIX="{compiled}" exec "{sys.executable}" -P "{script}" "$@"\n'
    )
    python.chmod(0o755)
    return python


@asynccontextmanager
async def _floors(ports: Sequence[int]) -> AsyncGenerator[list[int]]:
    """Run what only counts bytes; yield the process ids."""
    async with AsyncExitStack() as stack:
        pids = []
        for _, options in _FLOORS:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "benchmarks.cost.floor", *options, *map(str, ports)), cwd=REPOSITORY
            )
            stack.push_async_callback(process.wait)
            stack.callback(process.terminate)
            pids.append(process.pid)
        yield pids


def _threads(window: Window, idle: Window) -> str:
    """Return the CPU over idle by thread, without the stopwatch."""
    over = {name: 1000 * window.thread_over(idle, name) for name in window.threads}
    lines = [
        (name, [f"{value:.0f}"])
        for name, value in sorted(over.items(), key=lambda item: -item[1])
        if value >= _LITTLE
    ]
    total = ("all", [f"{1000 * window.milliseconds_over(idle):.0f}"])
    return columns("By thread, over idle, µs a telegram", [""], [*lines, total])


def _stages(spent: Mapping[str, Spent], window: Window, idle: Window) -> str:
    """Return the CPU by stage; what no stage holds is the rest."""
    missing = [stage.where for stage in STAGES if stage.title not in spent]
    if missing:
        raise DemoError(f"No such stages any more: {', '.join(missing)}")
    telegrams = window.telegrams
    lines = [
        (
            stage.title,
            [
                f"{spent[stage.title].own / 1000 / telegrams:.1f}",
                f"{spent[stage.title].calls / telegrams:.2f}",
                f"  {stage.where}",
            ],
        )
        for stage in STAGES
    ]
    stages = sum(each.own for each in spent.values()) / 1000 / telegrams
    # Home Assistant's own states stand among its stages: an idle one writes hardly any.
    total = 1000 * window.thread_over(idle, MAIN)
    lines += [
        ("rest: event loop, sockets, the stopwatch itself", [f"{total - stages:.1f}", "", ""]),
        ("the event loop's thread, over idle, with all that", [f"{total:.1f}", "", ""]),
    ]
    return columns("By stage, without the stages inside", ["µs", "calls", "where"], lines)


def _floor(used: Sequence[float], window: Window) -> str:
    lines = [
        (title, [f"{1e6 * cpu / window.telegrams:.0f}"])
        for (title, _), cpu in zip(_FLOORS, used, strict=True)
    ]
    return columns("Floor: bytes counted and nothing else, µs a telegram", [""], lines)
