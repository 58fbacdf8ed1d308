from dataclasses import replace
from itertools import pairwise
import json

import pytest

from custom_components.emucs_p1.p1 import Telegram
from custom_components.emucs_p1.peak import EnergySource
from custom_components.emucs_p1.peak.energy import QuarterEnergy, is_stale

from .meter import NOON, at, sent, steady, without

KW = 900_000
"""Ws of a quarter."""


def counted(*telegrams: Telegram) -> QuarterEnergy:
    """Return the accounts of a quarter after some of its telegrams, the first of them at its begin."""
    energy = QuarterEnergy()
    first, *later = telegrams
    energy.begin(first, seconds(first))
    energy.observe(first, seconds(first))
    for before, telegram in pairwise((first, *later)):
        energy.pass_time(
            seconds(telegram) - seconds(before), before.power_import or 0.0, telegram.power_import or 0.0
        )
        energy.observe(telegram, seconds(telegram))
    return energy


def joined(telegram: Telegram) -> QuarterEnergy:
    """Return the accounts of a quarter whose begin nobody saw."""
    energy = QuarterEnergy()
    energy.observe(telegram, seconds(telegram))
    return energy


def seconds(telegram: Telegram) -> int:
    assert telegram.timestamp is not None
    return int((telegram.timestamp - NOON).total_seconds())


def believed(energy: QuarterEnergy) -> tuple[float | None, EnergySource | None]:
    """Return the mean of the full quarter so far, kW, and where it comes from."""
    return None if energy.energy is None else round(energy.energy / KW, 3), energy.source


HOUSE = sent(steady(1.8), 600, every=10)
"""Ten minutes at 1.8 kW: 0.3 kWh, 1.2 kW on the ramp."""


def test_the_ramp_is_believed_where_all_three_agree() -> None:
    assert believed(counted(*HOUSE)) == (1.2, EnergySource.RAMP)


def test_a_meter_without_a_ramp_is_counted_by_its_registers() -> None:
    assert believed(counted(*without(HOUSE, "quarter_demand"))) == (1.2, EnergySource.REGISTERS)


def test_a_meter_without_both_is_counted_by_its_power() -> None:
    telegrams = without(HOUSE, "quarter_demand", "energy_import")
    assert believed(counted(*telegrams)) == (1.2, EnergySource.POWER)


@pytest.mark.parametrize(
    ("ramp", "source"),
    [
        (0.0, EnergySource.REGISTERS),
        (1.0, EnergySource.REGISTERS),
        (1.08, EnergySource.RAMP),
        (1.3, EnergySource.RAMP),
    ],
    ids=["stuck", "low", "a little low", "a little high"],
)
def test_a_ramp_is_believed_as_long_as_the_registers_are_about_there(
    ramp: float, source: EnergySource
) -> None:
    assert counted(*(replace(telegram, quarter_demand=ramp) for telegram in HOUSE)).source is source


def test_a_stuck_ramp_is_found_out_by_registers_and_power() -> None:
    stuck = [replace(telegram, quarter_demand=0.12) for telegram in HOUSE]
    assert believed(counted(*stuck)) == (1.2, EnergySource.REGISTERS)


@pytest.mark.parametrize("glitch", [-900.0, 900.0])
def test_a_register_that_leaps_is_found_out_by_ramp_and_power(glitch: float) -> None:
    last = HOUSE[-1]
    leap = replace(last, energy_import=(last.energy_import or 0.0) + glitch)
    assert believed(counted(*HOUSE[:-1], leap)) == (1.2, EnergySource.RAMP)


@pytest.mark.parametrize("glitch", [-900.0, 900.0])
def test_a_register_that_leaps_alone_is_found_out_by_the_power(glitch: float) -> None:
    telegrams = without(HOUSE, "quarter_demand")
    leap = replace(telegrams[-1], energy_import=(telegrams[-1].energy_import or 0.0) + glitch)
    assert believed(counted(*telegrams[:-1], leap)) == (1.2, EnergySource.POWER)


def test_a_ramp_that_leaps_alone_is_found_out_by_the_power() -> None:
    telegrams = without(HOUSE, "energy_import")
    leap = replace(telegrams[-1], quarter_demand=9.9)
    assert believed(counted(*telegrams[:-1], leap)) == (1.2, EnergySource.POWER)


@pytest.mark.parametrize("glitch", [-900.0, 900.0])
def test_a_register_that_leaps_is_found_out_even_after_an_absence(glitch: float) -> None:
    first, *_, last = without(HOUSE, "quarter_demand")
    leap = replace(last, energy_import=(last.energy_import or 0.0) + glitch)
    assert believed(counted(first, leap)) == (None, None)


def test_a_ramp_that_no_house_could_have_drawn_is_found_out_in_a_joined_quarter() -> None:
    assert believed(joined(at(40, power=1.8, ramp=7.0))) == (None, None)


def test_a_negative_ramp_is_none() -> None:
    first, *_, last = without(HOUSE, "energy_import")
    assert believed(counted(first, replace(last, timestamp=at(60).timestamp, quarter_demand=-0.01)))[1] is (
        EnergySource.POWER
    )


def test_without_power_that_spans_it_the_ramp_is_believed() -> None:
    telegrams = [HOUSE[0], replace(HOUSE[-1], energy_import=0.0)]
    assert believed(counted(*telegrams)) == (1.2, EnergySource.RAMP)


def test_lost_telegrams_cost_ramp_and_registers_nothing() -> None:
    telegrams = [HOUSE[0], HOUSE[-1]]
    assert believed(counted(*telegrams)) == (1.2, EnergySource.RAMP)
    assert believed(counted(*without(telegrams, "quarter_demand"))) == (1.2, EnergySource.REGISTERS)


def test_a_minute_without_a_telegram_is_bridged_by_the_power() -> None:
    telegrams = [HOUSE[0], HOUSE[6], HOUSE[12]]
    assert believed(counted(*without(telegrams, "quarter_demand", "energy_import")))[0] == 0.24


def test_more_than_a_minute_without_a_telegram_is_not() -> None:
    telegrams = [HOUSE[0], HOUSE[6], HOUSE[13]]
    assert believed(counted(*without(telegrams, "quarter_demand", "energy_import"))) == (None, None)


def test_jumps_between_slow_telegrams_make_the_power_doubtful_not_the_registers() -> None:
    # A kettle of 3 kW boils just between the readings, another time just at them.
    telegrams = [
        at(0, power=0.2, register=10.0),
        at(60, power=0.2, register=10.028),
        at(120, power=3.0, register=10.031),
        at(180, power=0.2, register=10.059),
        at(240, power=3.0, register=10.062),
        at(300, power=0.2, register=10.09),
    ]
    assert believed(counted(*telegrams)) == (0.36, EnergySource.REGISTERS)


def test_a_quarter_joined_midway_has_what_the_ramp_says() -> None:
    assert believed(joined(HOUSE[-1])) == (1.2, EnergySource.RAMP)


def test_a_quarter_joined_midway_has_nothing_without_a_ramp() -> None:
    assert believed(joined(replace(HOUSE[-1], quarter_demand=None))) == (None, None)


def test_a_quarter_seen_from_its_first_seconds_is_counted_from_there() -> None:
    telegrams = without(sent(steady(1.8), 600, every=6)[1:], "quarter_demand")
    assert believed(counted(*telegrams)) == (1.2, EnergySource.REGISTERS)


def test_an_export_for_part_of_the_quarter_leaves_the_energy_where_it_is() -> None:
    telegrams = sent(lambda second: 1.8 if second < 300 else -4.0, 600, every=10)
    assert believed(counted(*telegrams)) == (0.6, EnergySource.RAMP)
    assert believed(counted(*without(telegrams, "quarter_demand"))) == (0.6, EnergySource.REGISTERS)


def test_a_damaged_line_costs_its_account_for_one_telegram() -> None:
    energy = counted(*HOUSE[:-1], replace(HOUSE[-1], quarter_demand=None))
    assert believed(energy) == (1.2, EnergySource.REGISTERS)
    energy = counted(*HOUSE[:-1], replace(HOUSE[-1], energy_import=None))
    assert believed(energy) == (1.2, EnergySource.RAMP)


@pytest.mark.parametrize(
    ("ramp", "old", "elapsed", "stale"),
    [
        (1.8, 1.8, 5, True),
        (1.81, 1.8, 29, True),
        (1.8, 1.8, 30, False),
        (0.01, 1.8, 5, False),
        (0.0, 0.0, 5, False),
        (1.8, None, 5, False),
    ],
    ids=["still there", "its last seconds", "too long", "fell", "both nothing", "not seen"],
)
def test_a_ramp_that_has_not_fallen_is_the_one_of_the_quarter_before(
    ramp: float, old: float | None, elapsed: int, *, stale: bool
) -> None:
    assert is_stale(ramp, old, elapsed) is stale


def test_a_ramp_of_the_quarter_before_is_not_taken_for_the_new_one() -> None:
    old, new = counted(*HOUSE), QuarterEnergy()
    lagging = at(5, power=1.8, ramp=1.2)
    new.follow(lagging, old, None, 5)
    new.observe(lagging, 5)
    assert believed(new) == (0.01, EnergySource.POWER)


def test_a_ramp_nobody_saw_begin_is_checked_by_the_power_in_its_first_seconds() -> None:
    assert believed(counted(at(5, power=1.8, ramp=1.2))) == (0.01, EnergySource.POWER)


def test_a_new_quarter_counts_on_from_the_register_at_its_begin() -> None:
    new = QuarterEnergy()
    telegram = at(5, power=1.8, register=10.103)
    new.follow(telegram, counted(*HOUSE), 10.1, 5)
    new.observe(telegram, 5)
    assert believed(new) == (0.012, EnergySource.REGISTERS)


def test_a_register_that_was_damaged_before_the_boundary_is_reckoned_from_behind_it() -> None:
    new = QuarterEnergy()
    telegram = at(5, power=3.6, register=10.005)
    new.begin(telegram, 5)
    new.follow(telegram, counted(*HOUSE), None, 5)
    assert new.start_register == pytest.approx(10.0)


def test_a_final_ramp_is_taken_from_behind_the_boundary() -> None:
    assert counted(*HOUSE).final_ramp(at(903, ramp=1.25), 3) == 1.25 * KW


@pytest.mark.parametrize("ramp", [None, 0.0, 1.1])
def test_a_ramp_that_fell_is_no_final_one(ramp: float | None) -> None:
    assert counted(*HOUSE).final_ramp(at(903, ramp=ramp), 3) is None


def test_a_ramp_that_was_not_believed_has_no_final_one() -> None:
    stuck = counted(*(replace(telegram, quarter_demand=0.12) for telegram in HOUSE))
    assert stuck.final_ramp(at(903, ramp=1.25), 3) is None


@pytest.mark.parametrize("telegrams", [HOUSE, without(HOUSE, "quarter_demand", "energy_import"), HOUSE[:1]])
def test_the_accounts_survive_a_restart(telegrams: list[Telegram]) -> None:
    energy = counted(*telegrams)
    assert QuarterEnergy.load(json.loads(json.dumps(energy.dump()))) == energy


def test_the_accounts_of_a_quarter_without_any_survive_too() -> None:
    energy = joined(at(400))
    assert QuarterEnergy.load(json.loads(json.dumps(energy.dump()))) == energy


@pytest.mark.parametrize("data", [{}, {"source": "sun"}, {"source": None, "wind": 1.0}, []])
def test_what_are_no_accounts_is_refused(data: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        QuarterEnergy.load(data)
