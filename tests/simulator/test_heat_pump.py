from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from simulator import clock, heat_pump
from simulator.household import Household
from simulator.meter import Meter

WINTER, SUMMER = date(2026, 1, 20), date(2026, 7, 2)


def energy(day: date) -> float:
    """Return the kWh of a day."""
    return sum(load.watts * (load.end - load.start) for load in heat_pump.loads(1, day)) / 3.6e6


def test_it_draws_in_winter_and_rests_in_summer() -> None:
    assert 10 < energy(WINTER) < 80
    assert energy(SUMMER) == 0


def test_colder_days_take_more() -> None:
    days = sorted(
        (date(2026, 1, 5) + timedelta(days=number) for number in range(40)),
        key=lambda day: heat_pump.temperature(1, day, clock.start_of(day)),
    )
    assert sum(map(energy, days[:10])) > sum(map(energy, days[-10:]))


def test_the_compressor_cycles() -> None:
    runs = [load for load in heat_pump.loads(1, date(2026, 4, 2)) if 1500 < load.watts < 2000]
    pauses = [after.start - before.end for before, after in pairwise(runs)]
    assert len(runs) > 10
    assert all(300 < run.end - run.start < 3300 for run in runs[:-1])
    assert any(pause > 600 for pause in pauses)


def test_the_day_is_warmest_in_the_afternoon() -> None:
    start = clock.start_of(WINTER)
    by_hour = [heat_pump.temperature(1, WINTER, start + hour * clock.HOUR) for hour in range(24)]
    assert (by_hour.index(min(by_hour)), by_hour.index(max(by_hour))) == (5, 17)


def test_one_seed_gives_one_life_with_and_without_it() -> None:
    at = datetime(2026, 1, 20, 6, 2, 0, tzinfo=UTC)
    with_one = [Household(heat_pump=True).power(at + timedelta(minutes=number)) for number in range(120)]
    without = [Household().power(at + timedelta(minutes=number)) for number in range(120)]
    added = {sum(more) - sum(less) for more, less in zip(with_one, without, strict=True)}
    assert min(added) == 0
    assert 1500 < max(added) < 8000


def test_a_year_takes_as_much_as_a_heat_pump_does() -> None:
    assert 2000 < sum(energy(date(2026, 1, 1) + timedelta(days=number)) for number in range(365)) < 6000


def test_it_takes_the_place_of_the_gas_boiler() -> None:
    day = datetime(2026, 1, 21, tzinfo=UTC)
    installed = day - timedelta(days=2)
    with_one, without = (
        Meter(Household(heat_pump=there), installed=installed).reading(day).gas_m3 for there in (True, False)
    )
    assert 0 < with_one < without / 3
