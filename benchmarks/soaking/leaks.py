"""What must not pile up: counted now and then, when nothing is wrong."""

import asyncio
from dataclasses import asdict, dataclass
import gc
from pathlib import Path
from resource import getpagesize
import threading
from typing import override

from homeassistant.core import HomeAssistant

_MEGABYTE = 1_000_000
_OURS = "custom_components.emucs_p1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """What there is of everything."""

    tasks: int
    listeners: int
    signals: int
    timers: int
    files: int
    threads: int
    ours: int
    """Instances of the integration's own classes."""
    objects: int
    """Of any kind that the garbage collector knows."""
    megabytes: float
    """Resident."""

    @override
    def __str__(self) -> str:
        return "  ".join(f"{number:.0f} {what}" for what, number in asdict(self).items())


SLACK: dict[str, float] = {
    "tasks": 1,
    "listeners": 0,
    "signals": 0,
    "timers": 3,
    "files": 4,
    "threads": 4,
    "ours": 150,
    "objects": 60_000,
    "megabytes": 40.0,
}
"""How much more there may be at the end than at the first count that is compared.

Delayed saves come and go; the recorder opens connections and threads as it needs them. Of our own, meters
and months stay in caches of a fixed size. What was learned of the house grows for weeks, and so do the
caches of Home Assistant, SQLite and the simulator.
"""


def count(hass: HomeAssistant, timers: int) -> Counts:
    """Count everything now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    objects = gc.get_objects()
    signals = hass.data.get("dispatcher", {})
    return Counts(
        tasks=len(asyncio.all_tasks()),
        listeners=sum(hass.bus.async_listeners().values()),
        signals=sum(len(targets) for targets in signals.values()),
        timers=timers,
        files=sum(1 for _ in Path("/proc/self/fd").iterdir()),
        threads=threading.active_count(),
        ours=sum(str(type(each).__module__).startswith(_OURS) for each in objects),
        objects=len(objects),
        megabytes=pages * getpagesize() / _MEGABYTE,
    )


def grown(first: Counts, last: Counts) -> list[str]:
    """Say what there is more of than there may be."""
    before, after = asdict(first), asdict(last)
    return [
        f"{what}: {before[what]:.0f} grew to {after[what]:.0f}"
        for what, slack in SLACK.items()
        if after[what] > before[what] + slack
    ]
