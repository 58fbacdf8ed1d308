from collections.abc import Callable, Iterable
import json
from random import Random
import tracemalloc

import pytest

from custom_components.emucs_p1.peak.moments import Moments

BEGIN = 29_000_000
"""A minute of 2025, since 1970."""
DAY = 1440
GAP = 60
KEPT_DAYS = 36


def lived(minutes: Iterable[float], *, begin: int = BEGIN, moments: Moments | None = None) -> Moments:
    """Return the memory of a house that drew so many W in each minute, and at its end."""
    moments = moments or Moments()
    for number, power in enumerate(minutes):
        moments.add(begin + number, power, power)
    return moments


def restarted(moments: Moments) -> Moments:
    return Moments.load(json.loads(json.dumps(moments.dump())))


def cycles(on: int, off: int, *, power: float = 2000, base: float = 100) -> Callable[[int], list[float]]:
    """Return a house whose one appliance is on for some minutes and off for others."""
    return lambda count: [base + power * (minute % (on + off) < on) for minute in range(count)]


def mean(atoms: list[tuple[float, float]]) -> float:
    return sum(value * weight for value, weight in atoms) / sum(weight for _, weight in atoms)


def values(moments: Moments) -> list[int]:
    return list(moments.recent(10_000))


# What is remembered of the minutes.


def test_the_minutes_are_kept_in_their_order() -> None:
    assert values(lived([100, 200.4, 300.6])) == [100, 200, 301]


def test_the_newest_are_asked_for() -> None:
    assert list(lived([100, 200, 300]).recent(2)) == [200, 300]


def test_nothing_was_before_the_first() -> None:
    assert values(Moments()) == []


def test_a_minute_nobody_measured_is_the_reading_at_its_end() -> None:
    moments = lived([100])
    moments.add(BEGIN + 1, None, 250)
    assert values(moments) == [100, 250]


@pytest.mark.parametrize(("missed", "kept"), [(1, 3), (5, 7), (6, 2), (500, 2)])
def test_a_few_missing_minutes_are_bridged_by_the_reading_after_them(missed: int, kept: int) -> None:
    moments = lived([100])
    moments.add(BEGIN + 1 + missed, 250, 250)
    assert values(moments) == [100, *[250] * (kept - 1)]


def test_a_minute_behind_an_absence_that_was_not_measured_is_not_known() -> None:
    moments = lived([100])
    moments.add(BEGIN + 20, None, 250)
    assert values(moments) == [100]


def test_a_minute_that_comes_twice_is_told_once() -> None:
    moments = lived([100, 200])
    moments.add(BEGIN + 1, 900, 900)
    assert values(moments) == [100, 200]


def test_minutes_behind_a_clock_set_back_are_new_ones() -> None:
    moments = lived([100] * 40)
    lived([300] * 20, begin=BEGIN - 500_000, moments=moments)
    assert values(moments) == [100] * 40 + [300] * 20


def test_what_lies_between_them_and_the_old_ones_is_not_known() -> None:
    moments = lived([100] * 40)
    lived([100] * 14, begin=BEGIN - 500_000, moments=moments)
    assert moments.alike(100, 5) == []


def test_more_than_a_house_can_draw_is_kept_as_much() -> None:
    assert values(lived([1e12])) == [65_534]


# What is looked up.


def test_nothing_is_alike_in_the_first_half_hour() -> None:
    assert lived([100] * 30).alike(100, 5) == []


def test_a_few_moments_are_no_sample() -> None:
    assert [len(lived([100] * minutes).alike(100, 5)) for minutes in (34, 35)] == [0, 6]


def test_a_house_that_always_draws_the_same_will_again() -> None:
    assert {value for value, _ in lived([100] * 120).alike(100, 15)} == {100}


def test_nothing_is_looked_up_within_fifteen_minutes_of_an_absence() -> None:
    moments = lived([100] * 120)
    lived([100] * 14, begin=BEGIN + 120 + GAP, moments=moments)
    assert moments.alike(100, 5) == []
    moments.add(BEGIN + 134 + GAP, 100, 100)
    assert moments.alike(100, 5) != []


def test_a_short_restart_blinds_nothing() -> None:
    moments = lived([100] * 120)
    moments.add(BEGIN + 124, None, 100)
    assert moments.alike(100, 5) != []


def test_an_appliance_that_runs_for_five_minutes_goes_off_after_five() -> None:
    house = cycles(5, 25)(2 * DAY)
    # Its second minute ends: three more, then twelve without it.
    moments = lived([*house, *house[:2]])
    assert mean(moments.alike(2100, 15)) == pytest.approx(100 + 2000 * 3 / 15, abs=20)


def test_an_appliance_that_runs_for_an_hour_runs_on() -> None:
    house = cycles(60, 60)(2 * DAY)
    moments = lived([*house, *house[:2]])
    assert mean(moments.alike(2100, 15)) > 1800


def test_what_follows_is_moved_to_the_present_level() -> None:
    ((value, _), *more) = lived([100] * 120).alike(140, 10)
    assert 120 < value <= 140
    assert {other for other, _ in more} == {value}


def test_nothing_less_than_none_is_expected() -> None:
    house = [100, 0] * DAY
    assert min(value for value, _ in lived(house).alike(1, 15)) >= 0


def test_the_nearer_a_moment_the_more_it_weighs() -> None:
    chance = Random(3)
    moments = lived([chance.uniform(200, 400) for _ in range(DAY)])
    weights = sorted(weight for _, weight in moments.alike(300, 5))
    assert weights[0] < weights[-1]


def test_only_the_likest_of_many_moments_are_looked_at() -> None:
    chance = Random(4)
    moments = lived([chance.uniform(100, 5000) for _ in range(3 * DAY)])
    assert 50 <= len(moments.alike(1000, 5)) <= 150


def test_a_power_never_seen_before_is_like_nothing() -> None:
    moments = lived([100] * 300)
    assert moments.alike(50_000, 5) == []


# How much is remembered.


def forty_days(seed: int = 20261121) -> list[float]:
    """Return a made-up life: nights, evenings, kettles, an oven, a car."""
    print(f"seed {seed}")  # noqa: T201
    chance = Random(seed)
    life, extra, left = [], 0.0, 0
    for minute in range(40 * DAY):
        if left == 0 and chance.random() < 0.02:
            extra, left = chance.choice(((2000, 3), (2500, 40), (7400, 90), (800, 20)))
        elif left:
            left -= 1
        hour = minute % DAY / 60
        usual = 150 if hour < 6 else 400 if hour < 17 else 900
        life.append(usual * chance.uniform(0.7, 1.3) + (extra if left else 0))
    return life


def test_a_house_of_all_powers_fills_less_than_a_megabyte() -> None:
    chance = Random(6)
    tracemalloc.start()
    try:
        moments = lived([2 ** chance.uniform(5, 16) for _ in range(36 * DAY)])
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 1_000_000
    assert len(json.dumps(moments.dump(), indent=2)) < 300_000


def test_the_memory_is_bounded_and_survives_a_restart() -> None:
    life = forty_days()
    moments = lived(life)
    dumped = json.dumps(moments.dump())
    assert len(dumped) < 300_000
    assert len(values(moments)) <= KEPT_DAYS * DAY
    successor = Moments.load(json.loads(dumped))
    for level in (life[-1], 300.0, 2500.0, 8000.0):
        assert successor.alike(level, 10) == moments.alike(level, 10)
    assert json.dumps(successor.dump()) == dumped
    lived(life[: 2 * DAY], begin=BEGIN + 40 * DAY, moments=moments)
    assert len(json.dumps(moments.dump())) < 300_000


def test_what_is_forgotten_is_not_looked_up() -> None:
    moments = lived([3000] * 60)
    most = (KEPT_DAYS - 1) * DAY
    lived([100] * most, begin=BEGIN + 60, moments=moments)
    assert moments.alike(3000, 5) != []
    lived([100] * DAY, begin=BEGIN + 60 + most, moments=moments)
    assert moments.alike(3000, 5) == []


@pytest.mark.parametrize("minutes", [0, 10, 100, 500])
def test_a_young_memory_goes_on_after_a_restart_as_if_there_was_none(minutes: int) -> None:
    chance = Random(5)
    life = [chance.uniform(100, 400) for _ in range(minutes + 200)]
    moments = lived(life[:minutes])
    successor = restarted(moments)
    for memory in (moments, successor):
        lived(life[minutes:], begin=BEGIN + minutes, moments=memory)
    assert successor.alike(200, 10) == moments.alike(200, 10)


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        lived([100] * 60).dump() | {"minutes": "AAA"},
        lived([100] * 60).dump() | {"waiting": [1]},
        lived([100] * 60).dump() | {"times": "AAAA"},
        lived([100] * 60).dump() | {"levels": ""},
        lived([100] * 60).dump() | {"next": None},
        lived([100] * 60).dump() | {"count": []},
    ],
)
def test_what_is_no_memory_is_refused(data: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Moments.load(data)
