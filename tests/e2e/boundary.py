"""The boundaries between two quarters that are lived through, and what their meter says of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from simulator.clock import BRUSSELS, QUARTER
from simulator.household import Household
from simulator.meter import Meter, installation_for

from .sources import SEED

BEFORE = 90
"""Seconds before the boundary at which the meter's clock starts."""


@dataclass(frozen=True, kw_only=True)
class Switch:
    """A load that is switched on, or to another power."""

    name: str
    watts: int
    after: int
    """Seconds after the boundary; negative: before it."""


@dataclass(frozen=True, kw_only=True)
class Boundary:
    """A boundary, and the script that switches loads around it."""

    name: str
    at: datetime
    script: tuple[Switch, ...]

    @property
    def life(self) -> tuple[str, ...]:
        """Return the life of the meter as arguments of the simulator."""
        return (
            *("--seed", str(SEED)),
            *("--start", self.moment(-BEFORE).isoformat()),
            *("--installed", self._installed.isoformat()),
        )

    @property
    def lines(self) -> Iterator[str]:
        """Yield the script as the simulator reads it."""
        for switch in self.script:
            yield f"switch {switch.name} {switch.watts} {self.moment(switch.after).isoformat()}"

    def moment(self, after: float) -> datetime:
        """Return the moment so many seconds after the boundary."""
        return self.at + timedelta(seconds=after)

    def after(self, moment: datetime) -> float:
        """Return how many seconds after the boundary a moment is."""
        return (moment - self.at).total_seconds()

    @cached_property
    def truth(self) -> Meter:
        """Return the meter that the simulator runs; its first reading takes seconds to compute."""
        household = Household(SEED)
        for switch in self.script:
            household.switch(switch.name, switch.watts, at=self.moment(switch.after))
        meter = Meter(household, installed=self._installed)
        meter.reading(self.at)
        return meter

    @property
    def joined(self) -> float:
        """Return the mean of the quarter before the boundary by the import registers, kW."""
        begin, end = (self.truth.reading(self.moment(after)) for after in (-QUARTER, 0))
        before, after = (reading.import_day_wh + reading.import_night_wh for reading in (begin, end))
        return (after - before) / 1000 * 4

    @property
    def month_peak(self) -> float:
        """Return the highest quarter of the month that finished before the clock starts, kW."""
        return self.truth.reading(self.moment(-BEFORE)).month_peak_w / 1000

    def passes(self, threshold: float) -> int:
        """Return after how many seconds the new quarter has taken more than a threshold (kW) allows."""
        return next(
            after
            for after in range(QUARTER)
            if self.truth.reading(self.moment(after)).quarter_ws > threshold * 1000 * QUARTER
        )

    @property
    def _installed(self) -> datetime:
        return installation_for(self.at)


# The car charges slowly, then as fast as it can.
ORDINARY = Boundary(
    name="quarter",
    at=datetime(2026, 1, 2, 19, 15, tzinfo=BRUSSELS),
    script=(
        Switch(name="oven", watts=3000, after=-40),
        Switch(name="car", watts=3700, after=10),
        Switch(name="car", watts=22_000, after=150),
    ),
)
# The car charges through the whole last quarter of January, which becomes its highest.
END_OF_MONTH = Boundary(
    name="month",
    at=datetime(2026, 2, 1, tzinfo=BRUSSELS),
    script=(
        Switch(name="car", watts=11_000, after=-QUARTER),
        Switch(name="oven", watts=3000, after=-40),
    ),
)
