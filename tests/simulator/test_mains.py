from math import hypot, sqrt

import pytest

from simulator.mains import line_currents, two_wattmeters

# 10 A at a power factor of 0.96.
TEN_AMPERES = 2208
VOLTS = 2300


@pytest.mark.parametrize(
    ("between", "shown"),
    [
        ((1000, 0, 0), (1000, 0, 0)),
        ((0, 1000, 0), (0, 0, 1000)),
        ((0, 0, 1001), (500, 0, 501)),
        ((300, -2000, 500), (550, 0, -1750)),
        ((0, 0, -1), (-1, 0, 0)),
    ],
)
def test_two_wattmeters_measure_three_lines(between: tuple[int, int, int], shown: tuple[int, ...]) -> None:
    assert two_wattmeters(between) == shown
    assert sum(shown) == sum(between)


@pytest.mark.parametrize(
    ("between", "currents"),
    [
        ((TEN_AMPERES, 0, 0), (1000, 1000, 0)),
        ((0, TEN_AMPERES, 0), (0, 1000, 1000)),
        ((0, 0, TEN_AMPERES), (1000, 0, 1000)),
        ((TEN_AMPERES,) * 3, (1000 * sqrt(3),) * 3),
        ((-TEN_AMPERES,) * 3, (1000 * sqrt(3),) * 3),
        # One draws what the other feeds back: 120 degrees apart the rest is 10 A.
        ((TEN_AMPERES, -TEN_AMPERES, 0), (1000, hypot(500, 500 * sqrt(3)), 1000)),
    ],
)
def test_a_line_carries_the_difference_of_two_loads(
    between: tuple[int, int, int], currents: tuple[float, ...]
) -> None:
    assert line_currents(between, VOLTS) == pytest.approx(currents, abs=2)
