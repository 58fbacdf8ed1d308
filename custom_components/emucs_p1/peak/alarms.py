"""The two alarms of a quarter: it will probably pass, and act now."""

from dataclasses import dataclass, field
from typing import Any

from .clock import MINUTE, QUARTER
from .forecast import Prospect

# The chance that is worth a warning, at the quarter's begin and at its end: early there is time to choose.
_WARN = (0.57, 0.87)
# Act now: three to one that it passes, and one chance in four that by the reserve (s) from now shedding
# comes too late: a minute until it is judged again, half of one to switch. Before that waiting costs
# nothing and tells more. In the last minute nothing more can be learned and shedding costs least: a small
# chance suffices for both alarms.
_ACT = 0.77
_TOO_LATE = 0.25
_RESERVE = 90
_LAST_CHANCE = 0.1


@dataclass(slots=True)
class _Alarm:
    """On at most once in a quarter."""

    on: bool = False
    done: bool = False

    def follow(self, *, wanted: bool, safe: bool) -> None:
        if not self.on:
            self.on = wanted and not self.done
        elif safe:
            self.on, self.done = False, True


@dataclass(slots=True)
class Alarms:
    """The alarms of one quarter; a new quarter has new ones."""

    warning: _Alarm = field(default_factory=_Alarm)
    act_now: _Alarm = field(default_factory=_Alarm)

    def follow(self, prospect: Prospect, *, threshold: float, sheddable: float) -> None:
        """Judge them at the end of a minute; threshold and what can be shed in W."""
        rest = prospect.rest
        probability = prospect.passing(threshold)
        # Shedding that begins after the reserve takes away less, spread over the whole rest.
        too_late = prospect.passing(threshold, shed=sheddable * max(rest - _RESERVE, 0) / rest)
        last_chance = rest <= MINUTE and probability >= _LAST_CHANCE
        act = last_chance or (probability >= _ACT and too_late >= _TOO_LATE)
        early, late = _WARN
        warn = act or probability >= late - (late - early) * rest / QUARTER
        # An alarm cannot come back in its quarter, so it goes off early only when not even the highest
        # power in memory, held to the end, would pass the threshold.
        safe = prospect.headroom(threshold) > max(prospect.highest, prospect.power)
        self.warning.follow(wanted=warn, safe=safe)
        self.act_now.follow(wanted=act and self.warning.on, safe=safe)

    def dump(self) -> dict[str, Any]:
        """Return the alarms as plain JSON."""
        return {
            "warning": [self.warning.on, self.warning.done],
            "act_now": [self.act_now.on, self.act_now.done],
        }

    @classmethod
    def load(cls, data: dict[str, Any]) -> Alarms:
        """Return the alarms that were dumped."""
        return cls(_Alarm(*map(bool, data["warning"])), _Alarm(*map(bool, data["act_now"])))
