"""How much the house may still draw in the running quarter."""

from dataclasses import dataclass
from math import sqrt

from ..p1 import Telegram
from .clock import MINUTE, QUARTER
from .units import KW, KWH

_VOLTS = 230
_DELTA = "230"
"""Phase-to-phase voltage of a grid without a neutral (eMUCS-P1 2.1.1, 1-0:94.32.1)."""
# The voltage of a phase that is not there; a loose bench meter shows some 23 V (display guide).
_DEAD = 30


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the rest of the quarter may take."""

    allowed_power: float
    """W that the house may import from now to the end, never negative."""
    spare_power: float
    """W beside what it draws now; negative: shed this much."""
    spare_current: float
    """The same, A on each phase."""
    energy_left: float
    """kWh until the threshold, never negative."""


def volts_of(telegram: Telegram) -> float:
    """Return what one ampere on each phase of this connection carries, W."""
    if "power_import_l2" not in telegram.sent and "voltage_l2" not in telegram.sent:
        return _VOLTS
    return sqrt(3) * _VOLTS if is_delta(telegram) else 3 * _VOLTS


def is_delta(telegram: Telegram) -> bool:
    """Return whether a three-phase connection has no neutral: by its own word, else by its voltages."""
    if telegram.grid is not None:
        return telegram.grid == _DELTA
    second, third = telegram.voltage_l2, telegram.voltage_l3
    return second == 0 and third is not None and third > _DEAD


def allowance(
    telegram: Telegram,
    *,
    energy: float,
    rest: float,
    threshold: float,
    connection_current: float | None = None,
) -> Allowance | None:
    """Return what may be drawn; None while the meter does not tell the power.

    `energy` so far in Ws, `rest` in seconds, `threshold` in W, `connection_current` in A a phase.
    """
    if telegram.power is None:
        return None
    power = telegram.power * KW
    volts = volts_of(telegram)
    left = max(threshold * QUARTER - energy, 0.0)
    allowed = left / rest
    if rest <= MINUTE:
        # Little time makes much power of any rest: a charger that took it would carry it into the next
        # quarter. What runs may run on, up to the pace of a whole quarter more may come.
        allowed = min(allowed, max(threshold, power))
    if telegram.limiter_threshold is not None:
        allowed = min(allowed, telegram.limiter_threshold * KW)
    for current in (telegram.fuse_threshold, connection_current):
        if current is not None:
            allowed = min(allowed, current * volts)
    return Allowance(
        allowed_power=round(allowed),
        spare_power=round(allowed - power),
        spare_current=round((allowed - power) / volts, 1) + 0.0,  # no minus before a zero
        energy_left=round(left / KWH, 3),
    )
