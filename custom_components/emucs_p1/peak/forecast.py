"""What the rest of the quarter will draw.

It is drawn anew when a minute ends, as a sample: the house's own moments like this one (moments.py),
and a few points around a plain rule that stand in while nothing like it has been seen.
"""

from dataclasses import dataclass
from math import ceil, exp, floor
from statistics import median
from typing import Any

from .clock import MINUTE, MINUTES, QUARTER
from .moments import KNEE, Moments
from .sample import Sample

# The plain rule weighs as much as one moment ten steps (a quarter more power) away.
_RULE_WEIGHT = 0.01
# It pulls the last minute's power to the hour's median with this time constant, s.
_TAU = 900.0
# ln(drawn / expected) of the plain rule at 5, 15 ... 95 %, for a whole quarter to go and for its last
# minute; when the house draws its usual power, and when it draws clearly more.
_CALM = (
    (-0.35, -0.19, -0.12, -0.05, -0.01, 0.02, 0.09, 0.15, 0.27, 0.68),
    (-0.13, -0.03, -0.02, -0.01, 0.0, 0.0, 0.0, 0.01, 0.02, 0.21),
)
_BUSY = (
    (-1.31, -0.74, -0.44, -0.25, -0.09, 0.02, 0.11, 0.19, 0.32, 0.69),
    (-1.25, -0.58, -0.16, 0.0, 0.01, 0.02, 0.02, 0.03, 0.1, 0.54),
)

# Each end of the band is to be missed in a tenth of the quarters. Its level starts careful and follows
# its own misses by this step a quarter, so that a day without a miss widens nothing for long.
_MISSES = 0.1
_FIRST_LEVEL = 0.06
_LEVEL_STEP = 0.005
_LEVELS = (0.01, 0.2)

# The memory of the highest power fades by half in five days.
_FADING = 0.9999


@dataclass(slots=True)
class Prospect:
    """How the quarter may end, from what it has taken so far; powers in W, energies in Ws."""

    energy: float
    """So far."""
    rest: float
    """Seconds to go."""
    power: float
    """Now."""
    highest: float
    """That the house may be expected to draw."""
    sample: Sample
    """Mean power of the rest."""
    moved: float
    """By how much the sample has moved with the power since it was drawn."""
    levels: tuple[float, float]
    """Shares below and above the band."""

    def at(self, share: float) -> float:
        """Return the mean of the quarter that this share (0 to 1) lies below."""
        return (self.energy + max(self.sample.quantile(share) + self.moved, 0.0) * self.rest) / QUARTER

    def band(self) -> tuple[float, float]:
        """Return the ends of the band that eight quarters in ten end in, to the watt outside.

        At night a whole band is a few watts wide: rounded inwards it would miss more than it says.
        """
        return floor(self.at(self.levels[0])), ceil(self.at(1 - self.levels[1]))

    def passing(self, threshold: float, *, shed: float = 0.0) -> float:
        """Return the probability that the quarter passes a threshold, less by some mean power shed."""
        room = self.headroom(threshold)
        # The rest may draw nothing, but not less: what is passed no shedding saves.
        return 1.0 if room < 0 else self.sample.above(room + shed - self.moved)

    def headroom(self, threshold: float) -> float:
        """Return the mean power that the rest may draw; negative once the threshold is passed."""
        return (threshold * QUARTER - self.energy) / self.rest


class Forecaster:
    """Learn the house from its readings; all powers in W, energies in Ws."""

    def __init__(self) -> None:
        self._moments = Moments()
        self._levels = [_FIRST_LEVEL, _FIRST_LEVEL]
        self._highest = 0.0
        self._time = 0.0
        self._sum = self._covered = 0.0
        self._sample: Sample | None = None
        self._level = 0.0
        """The power when the sample was drawn."""
        self._given: list[tuple[float, float]] = []
        """The bands of this quarter, one a minute."""

    def observe(self, time: float, power: float) -> bool:
        """Take the power up to an instant, Unix time; return whether a minute ended with it."""
        before, self._time = self._time, time
        if not 0 < time - before <= MINUTE:
            self._sum = self._covered = 0.0
            if time <= before:
                return False
            self._end_minute(time, power, int(time) // MINUTE - 1)
            return True
        end = int(before) // MINUTE * MINUTE + MINUTE
        part = min(time, end) - before
        self._sum += power * part
        self._covered += part
        if time < end:
            return False
        self._end_minute(time, power, end // MINUTE - 1)
        self._sum, self._covered = power * (time - end), time - end
        return True

    def prospect(self, elapsed: float, power: float, energy: float) -> Prospect:
        """Return how the quarter may end, after the reading of this instant was observed."""
        if self._sample is None:
            raise RuntimeError("nothing was observed yet")
        rest = QUARTER - elapsed
        # Between minutes the sample moves with the power, the less the longer the rest.
        moved = power - self._level
        return Prospect(
            energy=energy,
            rest=rest,
            power=power,
            highest=self._highest,
            sample=self._sample,
            moved=moved * _TAU / rest * (1 - exp(-rest / _TAU)) if moved else 0.0,
            levels=(self._levels[0], self._levels[1]),
        )

    def gave(self, band: tuple[float, float]) -> None:
        """Keep a band, one a minute, to be judged when the quarter is over."""
        self._given.append(band)

    def finish(self, mean: float | None) -> None:
        """Learn from a whole quarter's mean how wide the band has to be; None when it is not known."""
        given, self._given = self._given, []
        if mean is None or not given:
            return
        below = sum(mean < low for low, _ in given) / len(given)
        above = sum(mean > high for _, high in given) / len(given)
        for i, missed in enumerate((below, above)):
            level = self._levels[i] + _LEVEL_STEP * (_MISSES - missed)
            self._levels[i] = min(max(level, _LEVELS[0]), _LEVELS[1])

    def _end_minute(self, time: float, power: float, minute: int) -> None:
        mean = self._sum / self._covered if self._covered >= MINUTE / 2 else None
        self._moments.add(minute, mean, power)
        self._highest = max(self._highest * _FADING, power if mean is None else mean)
        self._draw(time, power)

    def _draw(self, time: float, power: float) -> None:
        horizon = MINUTES - int(time) // MINUTE % MINUTES
        self._sample = Sample.of(self._by_rule(power, horizon) + self._moments.alike(power, horizon))
        self._level = power

    def _by_rule(self, power: float, horizon: int) -> list[tuple[float, float]]:
        """Return what a plain rule expects of so many minutes: mean power, weight."""
        hour = self._moments.recent(MINUTE)
        usual = median(hour) if hour else power
        now = hour[-1] if hour else power
        rest = horizon * MINUTE
        expected = usual + (now - usual) * _TAU / rest * (1 - exp(-rest / _TAU))
        whole, last = _BUSY if now > 1.5 * usual + 2 * KNEE else _CALM
        part = (horizon - 1) / (MINUTES - 1)
        weight = _RULE_WEIGHT / len(whole)
        return [
            (max((expected + KNEE) * exp(b + (a - b) * part) - KNEE, 0.0), weight)
            for a, b in zip(whole, last, strict=True)
        ]

    def dump(self) -> dict[str, Any]:
        """Return what was learned, as plain JSON."""
        return {"levels": self._levels, "highest": self._highest, "moments": self._moments.dump()}

    def load(self, data: dict[str, Any]) -> None:
        """Take up what was dumped."""
        low, high = map(float, data["levels"])
        highest, moments = float(data["highest"]), Moments.load(data["moments"])
        self._levels, self._highest, self._moments = [low, high], highest, moments
