"""What the entities are given to show."""

from dataclasses import replace

import pytest

from custom_components.emucs_p1.peak import PeakMonths
from custom_components.emucs_p1.reading import POWERS, REGISTERS, Facts, MeanPowers

from .quarters import CALM, NOON, QUARTER, WARNED, finished
from .variants import THREE_PHASE, kw, parsed


def test_the_facts_of_a_quarter_are_what_it_knows() -> None:
    last = finished(NOON)
    assert Facts.of(replace(WARNED, last=last)) == Facts(
        last_quarter=last,
        month_peak=3.456,
        month_peak_time=CALM.months.peak_time,
        warning=True,
        act_now=False,
    )


def test_without_a_quarter_there_are_no_facts() -> None:
    assert Facts.of(None) == Facts()


@pytest.mark.parametrize("quarter", [CALM, replace(WARNED, act_now=True)])
def test_the_alarms_of_a_quarter_that_cannot_be_judged_are_unknown(quarter: object) -> None:
    facts = Facts.of(replace(quarter, outlook=None))
    assert (facts.warning, facts.act_now) == (None, None)
    assert facts.month_peak == 3.456


def test_a_month_without_a_peak_has_no_fact_of_it() -> None:
    facts = Facts.of(replace(CALM, months=PeakMonths()))
    assert (facts.month_peak, facts.month_peak_time) == (None, None)


@pytest.mark.parametrize(
    "changed",
    [
        {"elapsed": 421, "demand": 0.8},
        {"threshold": 9.0, "forecast_error": 100.0},
        {"outlook": WARNED.outlook, "allowance": None},
        {"start": NOON + QUARTER, "end": NOON + QUARTER * 2},
    ],
    ids=str,
)
def test_what_can_wait_changes_no_fact(changed: dict[str, object]) -> None:
    assert Facts.of(replace(CALM, **changed)) == Facts.of(CALM)


def test_every_register_and_power_is_a_field_of_the_telegram() -> None:
    telegram = parsed(THREE_PHASE)
    assert all(hasattr(telegram, field) for field in (*REGISTERS, *POWERS))


def test_a_mean_is_of_the_telegrams_that_tell_it() -> None:
    powers = MeanPowers()
    for value in (kw(1.0), "(?)", kw(2.0)):
        powers.add(parsed(THREE_PHASE | {"1-0:1.7.0": value}))
    assert powers.take()["power_import"] == 1.5


def test_a_power_that_was_never_told_has_no_mean() -> None:
    powers = MeanPowers()
    powers.add(parsed({"1-0:1.7.0": kw(1.0)}))
    assert powers.take() == {"power": 1.0, "power_import": 1.0}


def test_means_are_whole_watts() -> None:
    powers = MeanPowers()
    for value in (1.0, 1.0, 2.0):
        powers.add(parsed({"1-0:1.7.0": kw(value)}))
    assert powers.take()["power"] == 1.333


def test_what_was_taken_is_begun_anew() -> None:
    powers = MeanPowers()
    powers.add(parsed({"1-0:1.7.0": kw(9.0)}))
    powers.take()
    assert powers.take() == {}
