from itertools import pairwise
import json

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from custom_components.emucs_p1.peak.alarms import Alarms
from custom_components.emucs_p1.peak.forecast import Prospect
from custom_components.emucs_p1.peak.sample import Sample

THRESHOLD = 2500.0
SHEDDABLE = 2000.0


def prospect(
    *draws: float, rest: float = 600, room: float = 2500, power: float = 3000, highest: float = 9000
) -> Prospect:
    """Return a quarter whose rest may draw so many W on average, and will draw one of these, W."""
    return Prospect(
        energy=THRESHOLD * 900 - room * rest,
        rest=rest,
        power=power,
        highest=highest,
        sample=Sample.of([(draw, 1.0) for draw in draws]),
        moved=0.0,
        levels=(0.1, 0.1),
    )


def chance(percent: int, *, then: float = 3000, **quarter: float) -> Prospect:
    """Return a quarter that passes with this chance, in hundredths."""
    return prospect(*[then] * percent, *[100.0] * (100 - percent), **quarter)


def followed(*prospects: Prospect, alarms: Alarms | None = None) -> tuple[bool, bool]:
    """Return warning and act now after the ends of some minutes."""
    alarms = alarms or Alarms()
    for each in prospects:
        alarms.follow(each, threshold=THRESHOLD, sheddable=SHEDDABLE)
    return alarms.warning.on, alarms.act_now.on


NONE, WARNED, ACTING = (False, False), (True, False), (True, True)
CERTAIN = prospect(6000.0)
CALM = prospect(500.0)
SAFE = prospect(500.0, room=9500)
"""Not even the highest power that the house has drawn would pass the threshold now."""


def test_a_calm_quarter_raises_none() -> None:
    assert followed(CALM) == NONE


@pytest.mark.parametrize(("percent", "alarms"), [(30, NONE), (50, NONE), (90, WARNED), (100, WARNED)])
def test_it_warns_of_what_will_probably_pass(percent: int, alarms: tuple[bool, bool]) -> None:
    assert followed(chance(percent)) == alarms


def test_it_waits_with_act_now_while_shedding_can_wait() -> None:
    # 500 W too many: shedding 2 kW for a quarter of the rest would do.
    assert followed(prospect(3000.0)) == WARNED


def test_it_says_act_now_when_shedding_a_little_later_would_come_too_late() -> None:
    # 1.5 kW too many, and 2 kW that can be shed: with minutes less of it that is no more than 1.5.
    assert followed(prospect(4000.0, rest=840)) == WARNED
    assert followed(prospect(4000.0, rest=300)) == ACTING


def test_act_now_never_comes_without_the_warning() -> None:
    assert followed(CERTAIN) == ACTING


def test_what_can_be_shed_decides_how_long_it_waits() -> None:
    little, much = Alarms(), Alarms()
    late = prospect(4000.0)
    little.follow(late, threshold=THRESHOLD, sheddable=1000)
    much.follow(late, threshold=THRESHOLD, sheddable=5000)
    assert (little.act_now.on, much.act_now.on) == (True, False)


@pytest.mark.parametrize(("percent", "alarms"), [(2, NONE), (40, ACTING)])
def test_in_the_last_minute_a_small_chance_suffices(percent: int, alarms: tuple[bool, bool]) -> None:
    assert followed(chance(percent, rest=60)) == alarms


def test_before_that_a_small_chance_does_not() -> None:
    assert followed(chance(40, rest=61)) == NONE


def test_a_threshold_that_is_passed_is_certain() -> None:
    assert followed(prospect(3000.0, room=-100)) == ACTING


def test_they_stay_on_while_it_may_still_pass() -> None:
    assert followed(CERTAIN, CALM, CALM) == ACTING


def test_they_go_off_when_not_even_the_highest_power_would_pass() -> None:
    assert followed(CERTAIN, SAFE) == NONE


def test_they_stay_on_while_the_house_draws_more_than_ever() -> None:
    assert followed(CERTAIN, prospect(500.0, room=9500, power=9600)) == ACTING


def test_they_come_on_once_in_a_quarter() -> None:
    assert followed(CERTAIN, SAFE, CERTAIN) == NONE


def test_act_now_does_not_follow_a_warning_that_is_over() -> None:
    assert followed(prospect(3000.0), SAFE, CERTAIN) == NONE


@pytest.mark.parametrize("before", [(), (CALM,), (chance(75),), (CERTAIN,), (CERTAIN, SAFE)])
def test_they_survive_a_restart(before: tuple[Prospect, ...]) -> None:
    alarms = Alarms()
    followed(*before, alarms=alarms)
    successor = Alarms.load(json.loads(json.dumps(alarms.dump())))
    assert successor == alarms


@pytest.mark.parametrize("data", [{}, {"warning": [True]}, {"warning": 1, "act_now": 2}, []])
def test_what_are_no_alarms_is_refused(data: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Alarms.load(data)


powers = st.floats(0, 12_000)
prospects = st.builds(
    lambda draws, **quarter: prospect(*draws, **quarter),
    st.lists(powers, min_size=1, max_size=12),
    rest=st.integers(1, 840).map(float),
    room=st.floats(-5000, 12_000),
    power=powers,
    highest=powers,
)


@settings(deadline=None, print_blob=True, max_examples=200)
@given(st.lists(prospects, max_size=16))
def test_whatever_comes_each_goes_on_once_at_most_and_act_now_never_alone(minutes: list[Prospect]) -> None:
    alarms = Alarms()
    seen = [(False, False), *(followed(minute, alarms=alarms) for minute in minutes)]
    assert (False, True) not in seen
    for alarm in zip(*seen, strict=True):
        assert sum(now and not before for before, now in pairwise(alarm)) <= 1
