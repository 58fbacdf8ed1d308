"""What a quarter ended with, from the telegrams on both sides of its end."""

from ..p1 import Telegram
from .clock import QUARTER
from .energy import EnergySource, is_stale
from .running import RunningQuarter
from .units import KW, KWH, MOST, WH

# The first telegram of a quarter may come this late, the last this early, for the quarter to be whole.
EDGE = 60
# The final ramp, where a telegram behind the boundary still shows it, may exceed the last one by this many
# times what the power would have added, and by this much, Ws; so may the registers, where they tell the end.
_SURPRISE = 3
_TRIFLE = 18_000


def register_by_ramp(begin: int, old: RunningQuarter, time: float, telegram: Telegram) -> float | None:
    """Return the import register at a boundary, kWh: the new quarter's ramp tells what came behind it."""
    before, after, ramp = old.register, telegram.energy_import, telegram.quarter_demand
    if before is None or after is None or ramp is None:
        return None
    if is_stale(ramp, old.energy.ramp, int(time) - begin):
        return None
    register = after - ramp * KW * QUARTER / KWH
    possible = before - WH / KWH <= register <= min(after, before + MOST * KW * (begin - old.time) / KWH)
    return max(register, before) if possible else None


def register_between(begin: int, old: RunningQuarter, time: float, telegram: Telegram) -> float | None:
    """Return about what the import register was at a boundary between two telegrams, kWh."""
    before, after = old.register, telegram.energy_import
    if before is None or after is None:
        return None
    return after - (after - before) * (time - begin) / (time - old.time)


def final_energy(
    old: RunningQuarter, begin: int, time: float, telegram: Telegram, register: float | None
) -> float | None:
    """Return the energy at the end of a quarter from what was known before and after it, Ws.

    `register` is what the new quarter's ramp tells of the boundary.
    """
    energy = old.energy.energy
    if energy is None:
        return None
    missing, elapsed = begin - old.time, int(time) - begin
    power = telegram.power_import or 0.0
    expected = old.power * KW * missing
    most = _SURPRISE * max(old.power, power) * KW * missing + _TRIFLE
    shown = old.energy.final_ramp(telegram, elapsed)
    if shown is not None and shown - energy <= most:
        # A quiet quarter ends so low that the new one may have passed it by now.
        new = power * KW * elapsed
        if abs(shown - energy - expected) <= abs(shown - new):
            return shown
    if register is not None:
        # Two of the meter's own accounts agree on it, whatever the power was in between.
        most = MOST * KW * missing
    else:
        register = register_between(begin, old, time, telegram)
    if register is not None and old.register is not None:
        taken = (register - old.register) * KWH
        if time - old.time <= EDGE:
            # As if the power had gone evenly from one telegram to the next: the registers agree or not.
            expected += (power - old.power) * KW * missing**2 / (time - old.time) / 2
        # The registers resolve a watt-hour: where the power agrees it knows better, unless all of the
        # energy is by the registers.
        finer = abs(taken - expected) <= WH and old.energy.source is not EnergySource.REGISTERS
        if 0 <= taken <= most and not finer:
            return energy + taken
    return energy + expected
