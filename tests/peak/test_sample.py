from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from custom_components.emucs_p1.peak.sample import Sample

weights = st.floats(1e-6, 10)
atoms = st.lists(st.tuples(st.floats(0, 20_000), weights), min_size=1, max_size=60)
shares = st.floats(0, 1)
PRINTED = settings(deadline=None, print_blob=True, max_examples=150)


def test_the_middle_of_equal_values_is_their_median() -> None:
    assert Sample.of([(300.0, 1.0), (100.0, 1.0), (200.0, 1.0)]).quantile(0.5) == 200


def test_between_two_values_it_is_a_straight_line() -> None:
    assert Sample.of([(100.0, 1.0), (200.0, 1.0)]).quantile(0.5) == 150


def test_a_heavy_value_pulls_the_middle_to_it() -> None:
    assert Sample.of([(100.0, 1.0), (200.0, 9.0)]).quantile(0.5) == 200 - 100 * 0.05 / 0.5


@pytest.mark.parametrize(("share", "value"), [(0.0, 100), (1.0, 300)])
def test_nothing_lies_beyond_the_values_seen(share: float, value: float) -> None:
    assert Sample.of([(100.0, 1.0), (200.0, 1.0), (300.0, 1.0)]).quantile(share) == value


@pytest.mark.parametrize(("value", "share"), [(99, 1.0), (100, 1.0), (150, 0.5), (200, 0.25), (201, 0.0)])
def test_a_share_of_it_lies_above_a_value(value: float, share: float) -> None:
    assert Sample.of([(100.0, 1.0), (200.0, 1.0)]).above(value) == share


def test_equal_values_are_one_step() -> None:
    sample = Sample.of([(100.0, 1.0)] * 3 + [(200.0, 1.0)])
    assert (sample.quantile(0.3), sample.above(100)) == (100, 1.0)


def test_a_single_value_is_certain() -> None:
    sample = Sample.of([(100.0, 0.5)])
    assert [sample.quantile(0.1), sample.quantile(0.9), sample.above(100), sample.above(101)] == [
        100,
        100,
        1.0,
        0.0,
    ]


@PRINTED
@given(atoms, shares, shares)
def test_a_higher_share_never_lies_below_a_lower_value(
    values: list[tuple[float, float]], one: float, other: float
) -> None:
    low, high = sorted((one, other))
    sample = Sample.of(values)
    assert min(values)[0] <= sample.quantile(low) <= sample.quantile(high) <= max(values)[0]


@PRINTED
@given(atoms, st.floats(-1000, 30_000), st.floats(-1000, 30_000))
def test_less_lies_above_a_higher_value(values: list[tuple[float, float]], one: float, other: float) -> None:
    low, high = sorted((one, other))
    sample = Sample.of(values)
    assert 1 >= sample.above(low) >= sample.above(high) >= 0
