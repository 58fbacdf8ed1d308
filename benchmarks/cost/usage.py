"""What the kernel says a process used."""

from collections.abc import Mapping
from dataclasses import dataclass
import os
from pathlib import Path
import re

MAIN = "event loop"
"""The first thread of a process."""
RECORDER = "Recorder"
_TICK = os.sysconf("SC_CLK_TCK")
# Counted from the parenthesis that ends the name: user and system ticks.
_USER, _SYSTEM = 11, 12
_RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """CPU seconds since the start of a process, by all of it and by threads of a name, and MB resident."""

    cpu: float
    threads: Mapping[str, float]
    resident: float


def usage(pid: int) -> Usage:
    """Read what a process has used until now."""
    folder = Path("/proc") / str(pid)
    threads: dict[str, float] = {}
    for task in folder.glob("task/*/stat"):
        try:
            text = task.read_text()
        except FileNotFoundError, ProcessLookupError:
            # It ended while we looked; the process has its time.
            continue
        name = MAIN if task.parent.name == str(pid) else name_of(text)
        threads[name] = threads.get(name, 0.0) + cpu_of(text)
    found = _RESIDENT.search((folder / "status").read_text())
    return Usage(
        cpu=cpu_of((folder / "stat").read_text()),
        threads=threads,
        resident=int(found[1]) / 1024 if found else 0.0,
    )


def name_of(stat: str) -> str:
    """Return the name in a line of /proc/PID/stat; numbered workers have one name."""
    name = stat.partition("(")[2].rpartition(")")[0]
    return re.sub(r"[_-]?\d+$", "", name)


def cpu_of(stat: str) -> float:
    """Return the seconds, user and system, in a line of /proc/PID/stat."""
    fields = stat.rpartition(")")[2].split()
    return (int(fields[_USER]) + int(fields[_SYSTEM])) / _TICK
