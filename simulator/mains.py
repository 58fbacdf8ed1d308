"""Voltage and current of a phase."""

from math import isqrt, sin, tau

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


def two_wattmeters(between: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return the watts that a meter on a 3x230 V grid shows for its three lines.

    The loads stand between lines 1 and 2, 2 and 3, 3 and 1. The second line is the one both
    measuring systems refer to; a load between the others shows by halves in each.
    """
    one_two, two_three, three_one = between
    first = one_two + three_one // 2
    return first, 0, one_two + two_three + three_one - first


def line_currents(between: tuple[int, int, int], tenths_of_a_volt: int) -> tuple[int, int, int]:
    """Return the currents of the three lines of a 3x230 V grid, in hundredths of an ampere."""
    # Loads of the same kind draw currents 120 degrees apart; a line carries the difference of two.
    a, b, c = (watts * 100_000 // (tenths_of_a_volt * _POWER_FACTOR_PERCENT) for watts in between)
    return _difference(a, c), _difference(a, b), _difference(b, c)


def _difference(one: int, other: int) -> int:
    """Return how big the difference of two currents is, one of which lags a third of a turn."""
    return isqrt(one * one + one * other + other * other)
