"""Made-up loads."""

from collections.abc import Sequence
from pathlib import Path
import random

import numpy as np

from benchmarks.forecasting.load import Load

BEGIN = 1_772_539_200
"""2026-03-03 12:00 UTC: a quarter begins."""


def a_load(watts: Sequence[float], *, step: int = 60, begin: int = BEGIN, house: str = "house") -> Load:
    """Return a load without gaps."""
    times = begin + step * np.arange(len(watts))
    return Load(
        name=f"{step}s_{house}_2026-03-03",
        house=house,
        step=step,
        times=times,
        watts=np.array(watts, dtype=float),
    )


def without(load: Load, first: int, last: int) -> Load:
    """Return a load whose samples are missing from one second to before another."""
    kept = (load.times < BEGIN + first) | (load.times >= BEGIN + last)
    return Load(
        name=load.name, house=load.house, step=load.step, times=load.times[kept], watts=load.watts[kept]
    )


def some_life(hours: int, *, seed: int) -> list[float]:
    """Return a small and a large appliance now and then, by the minute."""
    chance = random.Random(seed)
    watts = [200.0 + chance.randrange(40) for _ in range(60 * hours)]
    for _ in range(3 * hours):
        start, power = chance.randrange(60 * hours), chance.choice((900, 2100))
        for at in range(start, min(start + chance.randrange(2, 30), 60 * hours)):
            watts[at] += power
    return watts


def written(path: Path, load: Load) -> Path:
    """Write a load as a plain file; return its path."""
    rows = [f"{time},{watts:.0f}" for time, watts in zip(load.times, load.watts, strict=True)]
    path.write_text("\n".join(("t,w", *rows, "")))
    return path
