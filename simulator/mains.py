"""Voltage and current of a phase."""

from math import sin, tau

_NOMINAL = 2325
_DAILY_SWING = 28
_DAY = 86_400
_SAG_WATTS = 220
"""Watts on the phase that pull its voltage down by a tenth of a volt."""
_POWER_FACTOR_PERCENT = 96


def decivolts(phase: int, second: int, watts: int) -> int:
    """Return the voltage of a phase in tenths of a volt.

    It wanders through the day, is pulled by the load and never sits still.
    """
    # Multiplying by a big odd number scatters consecutive seconds.
    jitter = ((second * 2_654_435_761 + phase * 40_503) >> 9) % 7 - 3
    swing = _DAILY_SWING * sin(tau * second / _DAY + phase)
    return _NOMINAL + int(swing) - watts // _SAG_WATTS + jitter


def centiamperes(watts: int, tenths_of_a_volt: int) -> int:
    """Return the unsigned current of a phase in hundredths of an ampere."""
    return abs(watts) * 100_000 // (tenths_of_a_volt * _POWER_FACTOR_PERCENT)
