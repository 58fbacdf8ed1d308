import json
from random import Random

import pytest

from custom_components.emucs_p1.peak.forecast import Forecaster, Prospect
from custom_components.emucs_p1.peak.sample import Sample

BEGIN = 1_772_535_600
"""2026-03-03 12:00 in Brussels."""
MINUTE = 60
QUARTER = 900
DAY = 86_400


def prospect(*draws: float, **changed: float) -> Prospect:
    """Return a quarter at its minute 5 that has drawn 1 kW and will draw one of these, W."""
    known = {"energy": 300_000.0, "rest": 600.0, "power": 1000.0, "highest": 5000.0, "moved": 0.0}
    sample = Sample.of([(draw, 1.0) for draw in draws])
    return Prospect(sample=sample, levels=(0.1, 0.1), **{**known, **changed})


def watched(*readings: tuple[float, float], forecaster: Forecaster | None = None) -> Forecaster:
    """Return a forecaster after some readings: seconds since noon, W."""
    forecaster = forecaster or Forecaster()
    for second, power in readings:
        forecaster.observe(BEGIN + second, power)
    return forecaster


def steadily(power: float, end: int, *, first: int = 0, every: int = 10) -> list[tuple[float, float]]:
    return [(second, power) for second in range(first, end + 1, every)]


def minutes_of(forecaster: Forecaster) -> list[int]:
    return list(forecaster._moments.recent(10_000))


def restarted(forecaster: Forecaster) -> Forecaster:
    successor = Forecaster()
    successor.load(json.loads(json.dumps(forecaster.dump())))
    return successor


# From what the rest will draw to how the quarter ends.


def test_the_quarter_ends_with_what_it_took_and_what_the_rest_will_draw() -> None:
    assert prospect(1600.0).at(0.5) == (300_000 + 1600 * 600) / 900


def test_its_band_leaves_out_the_same_shares_as_the_rest() -> None:
    low, high = prospect(1000.0, 1600.0).band()
    assert (low, high) == ((300_000 + 1000 * 600) / 900, (300_000 + 1600 * 600) / 900)


def test_the_rest_never_gives_back() -> None:
    assert prospect(100.0, moved=-500).at(0.5) == 300_000 / 900


def test_it_passes_where_the_rest_draws_more_than_there_is_room_for() -> None:
    assert prospect(1000.0, 4000.0).passing(2500) == pytest.approx(1 - (3250 - 1000) / 3000 * 0.5 - 0.25)


@pytest.mark.parametrize(("shed", "passes"), [(0, True), (500, True), (1000, False)])
def test_what_is_shed_makes_room(shed: float, *, passes: bool) -> None:
    assert (prospect(4000.0).passing(2500, shed=shed) > 0) is passes


def test_a_threshold_that_is_passed_stays_passed_whatever_goes_off() -> None:
    # The house drew 9 kW when the sample was drawn and draws nothing now.
    assert prospect(6000.0, 9000.0, energy=2_300_000, moved=-8500, power=0).passing(2500) == 1.0


def test_a_quarter_that_takes_no_more_than_it_took_does_not_pass() -> None:
    assert prospect(6000.0, energy=2_200_000, moved=-8500, power=0).passing(2500) == 0.0


def test_headroom_is_what_the_rest_may_draw() -> None:
    assert prospect(1.0).headroom(2500) == (2500 * 900 - 300_000) / 600
    assert prospect(1.0, energy=2_300_000).headroom(2500) < 0


# The readings make minutes.


def test_a_minute_is_the_mean_of_its_time() -> None:
    # 600 W held up to second 50, 1200 W for the ten after.
    readings = [*steadily(600, 50), (60, 1200)]
    assert minutes_of(watched(*readings)) == [700]


@pytest.mark.parametrize("every", [1, 10, 7, 60])
def test_it_is_so_at_any_pace(every: int) -> None:
    assert minutes_of(watched(*steadily(500, 425, every=every)))[-5:] == [500] * 5


def test_the_end_of_a_minute_is_told() -> None:
    forecaster = watched(*steadily(500, 110))
    assert [forecaster.observe(BEGIN + second, 500) for second in (115, 120, 121)] == [False, True, False]


def test_it_is_told_where_telegrams_step_over_it() -> None:
    forecaster = watched(*steadily(500, 117, first=57))
    assert forecaster.observe(BEGIN + 127, 500)


def test_a_minute_measured_for_less_than_half_is_the_reading_at_its_end() -> None:
    assert minutes_of(watched((0, 100), (40, 100), (110, 100), (120, 400)))[-1] == 400


def test_a_minute_measured_for_half_is_its_mean() -> None:
    assert minutes_of(watched((0, 100), (90, 100), (100, 100), (120, 400)))[-1] == pytest.approx(300)


def test_a_gap_ends_a_minute_that_nobody_measured() -> None:
    forecaster = watched(*steadily(500, 60))
    assert forecaster.observe(BEGIN + 200, 800)
    assert minutes_of(forecaster) == [500, 800, 800]


def test_a_clock_that_goes_back_ends_none() -> None:
    forecaster = watched(*steadily(500, 130))
    assert not forecaster.observe(BEGIN + 100, 500)
    assert not forecaster.observe(BEGIN + 110, 500)
    assert forecaster.observe(BEGIN + 120, 500)


# What is expected before anything was learned.


def test_nothing_is_expected_before_the_first_reading() -> None:
    with pytest.raises(RuntimeError):
        Forecaster().prospect(0, 0, 0)


@pytest.mark.parametrize("power", [0.0, 300.0, 5000.0])
def test_the_first_reading_is_expected_to_last(power: float) -> None:
    mean = watched((0, power)).prospect(0, power, 0).at(0.5)
    assert mean == pytest.approx(power, abs=10 + power * 0.05)


def test_the_first_quarter_has_a_band_already() -> None:
    low, high = watched((300, 1000)).prospect(300, 1000, 300_000).band()
    mean = (300_000 + 600 * 1000) / 900
    assert low < mean - 50
    assert high > mean + 50


def test_the_band_narrows_towards_the_end() -> None:
    forecaster, widths = Forecaster(), []
    for second, power in steadily(1000, 14 * MINUTE):
        forecaster.observe(BEGIN + second, power)
        low, high = forecaster.prospect(second, power, power * second).band()
        widths.append(high - low)
    assert widths[-1] < widths[len(widths) // 2] / 2 < widths[0] / 4


def test_a_load_far_above_the_usual_is_expected_to_last_in_part() -> None:
    forecaster = watched(*steadily(200, 50 * MINUTE), *steadily(3200, 51 * MINUTE, first=50 * MINUTE + 10))
    mean = forecaster.prospect(6 * MINUTE, 3200, 0).at(0.5) * QUARTER / (9 * MINUTE)
    assert 1500 < mean < 3200


# Between the ends of two minutes.


def test_the_forecast_moves_with_the_power_within_a_minute() -> None:
    forecaster = watched(*steadily(500, 5 * MINUTE))
    before = forecaster.prospect(300, 500, 150_000).at(0.5)
    forecaster.observe(BEGIN + 310, 2500)
    after = forecaster.prospect(310, 2500, 170_000)
    assert before + 500 < after.at(0.5) < (170_000 + 2500 * 590) / 900
    assert 0 < after.moved < 2000


def test_it_stays_where_the_power_stays() -> None:
    forecaster = watched(*steadily(500, 5 * MINUTE + 10))
    assert forecaster.prospect(310, 500, 155_000).moved == 0


# What it learns.


def an_hour_before(*, power: float = 100, every: int = 10) -> list[tuple[float, float]]:
    return steadily(power, -every, first=-3600, every=every)


def test_it_learns_how_long_a_load_lasts() -> None:
    short, long = Forecaster(), Forecaster()
    for forecaster, minutes in ((short, 4), (long, 50)):
        for minute in range(-2 * 1440, 0):
            power = 100 + 3000 * (minute % 120 < minutes)
            forecaster._moments.add(BEGIN // MINUTE + minute, power, power)
        # The load has been on for a minute.
        watched(*steadily(3100, 60), forecaster=forecaster)
    assert short.prospect(60, 3100, 0).at(0.5) < 1500
    assert long.prospect(60, 3100, 0).at(0.5) > 2500


def test_the_highest_power_in_memory_fades() -> None:
    forecaster = watched((0, 100), (60, 8000), (120, 100))
    assert 7990 < forecaster.prospect(120, 100, 0).highest < 8000
    watched(*steadily(100, 2 * DAY // 10, first=180, every=60), forecaster=forecaster)
    assert forecaster.prospect(0, 100, 0).highest < 7800


def held(forecaster: Forecaster) -> tuple[float, float]:
    return tuple(forecaster._levels)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("mean", "low", "high"),
    [(500.0, -1, -1), (50.0, 1, -1), (5000.0, -1, 1)],
    ids=["held", "below", "above"],
)
def test_a_quarter_outside_its_band_widens_that_end(mean: float, low: int, high: int) -> None:
    forecaster = watched((0, 500))
    before = held(forecaster)
    for _ in range(14):
        forecaster.gave((400.0, 600.0))
    forecaster.finish(mean)
    after = held(forecaster)
    # The end that held comes in a little, the end that was missed goes out by more.
    assert [after[end] < before[end] for end in (0, 1)] == [low > 0, high > 0]


def test_the_ends_of_the_band_have_their_limits() -> None:
    forecaster = watched((0, 500))
    for _ in range(500):
        forecaster.gave((400.0, 600.0))
        forecaster.finish(50.0)
    assert held(forecaster) == (0.01, 0.2)


def test_a_quarter_that_is_not_known_teaches_nothing() -> None:
    forecaster = watched((0, 500))
    before = held(forecaster)
    forecaster.gave((400.0, 600.0))
    forecaster.finish(None)
    forecaster.finish(50.0)
    assert held(forecaster) == before


def test_the_band_comes_to_hold_eight_in_ten() -> None:
    print("seed 6")  # noqa: T201
    chance = Random(6)
    forecaster = watched((0, 500))
    inside = 0
    for number in range(1500):
        low, high = forecaster.prospect(0, 500, 0).band()
        forecaster.gave((low, high))
        mean = 500 * chance.lognormvariate(0, 0.25)
        inside += number >= 500 and low <= mean <= high
        forecaster.finish(mean)
    assert 0.75 < inside / 1000 < 0.87


# What outlives a restart.


def test_what_was_learned_survives_a_restart() -> None:
    forecaster = watched(*an_hour_before(), *steadily(3100, 180))
    forecaster.gave((400.0, 600.0))
    forecaster.finish(50.0)
    successor = restarted(forecaster)
    for each in (forecaster, successor):
        watched((240, 3100), (300, 3100), forecaster=each)
    assert successor.prospect(300, 3100, 900_000) == forecaster.prospect(300, 3100, 900_000)


@pytest.mark.parametrize("data", [{}, [], {"levels": [1], "highest": 0, "moments": {}}, {"levels": "ab"}])
def test_what_was_not_learned_here_is_refused(data: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Forecaster().load(data)


def test_what_cannot_be_read_changes_nothing() -> None:
    forecaster = watched(*an_hour_before())
    before = forecaster.dump()
    with pytest.raises(KeyError):
        forecaster.load({"levels": [0.1, 0.1], "highest": 9e9, "moments": {}})
    assert forecaster.dump() == before
