from datetime import UTC, datetime, timedelta

import pytest

from simulator.household import Household

NOON = datetime(2025, 6, 18, 10, tzinfo=UTC)


def powers(
    household: Household, start: datetime = NOON, seconds: int = 3600, step: int = 7
) -> list[tuple[int, int, int]]:
    return [household.power(start + timedelta(seconds=second)) for second in range(0, seconds, step)]


def test_one_seed_gives_one_life() -> None:
    assert powers(Household(5)) == powers(Household(5))


def test_another_seed_gives_another_life() -> None:
    assert powers(Household(5)) != powers(Household(6))


def test_the_order_of_asking_does_not_matter() -> None:
    asked_later = Household(8)
    for days in (400, 3, 20):
        asked_later.power(NOON - timedelta(days=days))
    assert powers(asked_later) == powers(Household(8))


def test_one_phase_carries_the_whole_house() -> None:
    powers_one_phase = powers(Household(1, phases=1), NOON + timedelta(hours=8))
    assert all(two == three == 0 for _, two, three in powers_one_phase)
    assert all(one != 0 for one, _, _ in powers_one_phase)


def test_two_phases_are_refused() -> None:
    with pytest.raises(ValueError, match="1 or 3 phases"):
        Household(1, phases=2)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        Household().power(NOON.replace(tzinfo=None))


def test_the_sun_makes_the_house_export_in_summer_but_never_at_night() -> None:
    household = Household(1)
    week = [NOON + timedelta(days=day) for day in range(7)]
    assert any(sum(household.power(noon)) < 0 for noon in week)
    assert all(
        sum(household.power(noon + timedelta(hours=hours))) > 0
        for noon in week
        for hours in (11, 12, 13, 14, 15)
    )


def test_a_switched_load_comes_on_top_from_its_second_on() -> None:
    plain, switched = Household(1), Household(1)
    switched.switch("oven", 3000, at=NOON)
    before = NOON - timedelta(seconds=1)
    assert switched.power(before) == plain.power(before)
    assert sum(switched.power(NOON)) == sum(plain.power(NOON)) + 3000


def test_a_switched_load_goes_off_again_days_later() -> None:
    plain, switched = Household(1), Household(1)
    off = NOON + timedelta(days=3)
    switched.switch("oven", 3000, at=NOON)
    switched.switch("oven", 0, at=off)
    last = off - timedelta(seconds=1)
    assert sum(switched.power(last)) == sum(plain.power(last)) + 3000
    assert switched.power(off) == plain.power(off)


def test_switching_a_load_again_replaces_it() -> None:
    plain, switched = Household(1), Household(1)
    switched.switch("oven", 3000, at=NOON)
    switched.switch("oven", 1000, at=NOON)
    switched.switch("lamp", 60, at=NOON)
    assert sum(switched.power(NOON)) == sum(plain.power(NOON)) + 1060


def test_a_load_too_big_for_one_phase_is_spread() -> None:
    plain, switched = Household(1), Household(1)
    switched.switch("car", 11_000, at=NOON)
    added = [after - before for after, before in zip(switched.power(NOON), plain.power(NOON), strict=True)]
    assert sum(added) == 11_000
    assert max(added) - min(added) <= 1
