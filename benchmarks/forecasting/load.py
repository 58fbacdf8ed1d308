"""Load files: what a house drew. A sample holds from its time to the next one's."""

from dataclasses import dataclass
import gzip
from pathlib import Path
import re

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

MINUTE = 60
QUARTER = 900
MARKS: Ints = np.arange(MINUTE, QUARTER, MINUTE)
"""The minute marks of a quarter, s since it began: a forecast is judged at each."""

# STEPs_HOUSE_DATE, such as 60s_refit_h20_2014-06.csv.gz; a house may come without a date.
_NAME = re.compile(r"(\d+)s_(.+?)(?:_\d{4}-\d\d.*|\.csv(?:\.gz)?)")
# A meter read every 10 s may leave one out: what it told holds on for so many seconds.
_SILENCE = 20


class LoadError(Exception):
    """A file that is no load file."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """One load file."""

    name: str
    """Its base name."""
    house: str
    step: int
    """s."""
    times: Ints
    """Unix seconds, rising."""
    watts: Floats

    @property
    def end(self) -> int:
        """Return when the last sample ends."""
        return int(self.times[-1]) + self.step

    def energy(self, instants: Ints, *, above: float = 0.0) -> Floats:
        """Return the energy from the first sample to each instant, Ws; only of the power above so much."""
        edges = np.append(self.times, self.end)
        drawn = np.diff(edges) * np.maximum(self.watts - above, 0.0)
        return np.interp(instants, edges, np.append(0.0, np.cumsum(drawn)))

    def power(self, instants: Ints) -> Floats:
        """Return the power that held just before each instant, W; NaN where samples are missing."""
        at = np.searchsorted(self.times, instants) - 1
        known = (at >= 0) & (instants <= self.times[at] + self._held)
        return np.where(known, self.watts[at], np.nan)

    def covered(self, instants: Ints) -> Floats:
        """Return how many of the seconds up to each instant a sample covers."""
        ends = np.minimum(np.append(self.times[1:], self.end), self.times + self._held)
        sums = np.cumsum(ends - self.times)
        edges = np.column_stack((self.times, ends)).ravel()
        return np.interp(instants, edges, np.column_stack((np.append(0, sums[:-1]), sums)).ravel())

    @property
    def _held(self) -> int:
        return max(self.step, _SILENCE)


def read(path: Path) -> Load:
    """Read a load file."""
    name = _NAME.fullmatch(path.name)
    if name is None:
        raise LoadError(f"{path}: the name says no step, house and date, as 60s_refit_h20_2014-06 does")
    try:
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
            columns = lines.readline().strip().split(",")
            rows = np.loadtxt(lines, delimiter=",", usecols=(columns.index("t"), columns.index("w")), ndmin=2)
    except (OSError, ValueError) as error:
        raise LoadError(f"{path}: {error}") from error
    times = rows[:, 0].astype(np.int64)
    if not len(times) or np.any(np.diff(times) <= 0):
        raise LoadError(f"{path}: has no samples, or their times do not rise")
    return Load(name=path.name, house=name[2], step=int(name[1]), times=times, watts=rows[:, 1])


def by_house(loads: list[Load]) -> dict[str, list[Load]]:
    """Return the loads of each house, in the order of their times."""
    houses: dict[str, list[Load]] = {}
    for load in sorted(loads, key=lambda load: (load.house, load.times[0])):
        houses.setdefault(load.house, []).append(load)
    return houses
