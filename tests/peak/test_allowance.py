from math import sqrt
from typing import Any

import pytest

from custom_components.emucs_p1.p1 import Telegram
from custom_components.emucs_p1.peak import Allowance
from custom_components.emucs_p1.peak.allowance import allowance, is_delta, volts_of
from tests.variants import V2, VARIANTS, parsed

KWH = 3_600_000
HALF = 2500 * 900 / 2
"""Ws: half of what 2.5 kW allow in a quarter."""

SINGLE = frozenset({"power", "power_import", "voltage_l1"})
THREE = SINGLE | {"power_import_l2", "voltage_l2"}


def drawing(power: float | None, **more: Any) -> Telegram:
    """Return a telegram of a house on one phase that draws so many kW, or feeds them in."""
    return Telegram(identification="", power=power, **{"sent": SINGLE, **more})


def allowed(
    power: float = 1.0, *, energy: float = HALF, rest: float = 450, threshold: float = 2500, **more: Any
) -> Allowance:
    current = more.pop("connection_current", None)
    result = allowance(
        drawing(power, **more), energy=energy, rest=rest, threshold=threshold, connection_current=current
    )
    assert result is not None
    return result


def test_what_is_left_may_be_drawn_over_the_rest() -> None:
    assert allowed(1.0) == Allowance(
        allowed_power=2500, spare_power=1500, spare_current=6.5, energy_left=0.312
    )


def test_what_was_saved_may_be_drawn_later() -> None:
    assert allowed(energy=0.0).allowed_power == 5000


def test_a_house_that_draws_too_much_has_to_shed() -> None:
    result = allowed(6.1)
    assert (result.spare_power, result.spare_current) == (-3600, -15.7)


def test_nothing_is_left_once_the_threshold_is_passed() -> None:
    result = allowed(2.0, energy=2500 * 900 + 1)
    assert (result.allowed_power, result.spare_power, result.energy_left) == (0, -2000, 0.0)


def test_export_is_spare_beside_what_may_be_imported() -> None:
    result = allowed(-3.0)
    assert (result.allowed_power, result.spare_power) == (2500, 5500)


def test_the_energy_left_is_in_kwh() -> None:
    assert allowed(energy=0.0, threshold=4000).energy_left == 1.0


def test_the_limiter_caps_it() -> None:
    assert allowed(energy=0.0, limiter_threshold=3.2).allowed_power == 3200


def test_the_fuse_caps_it() -> None:
    assert allowed(energy=0.0, fuse_threshold=16.0).allowed_power == 16 * 230


def test_the_connection_caps_it() -> None:
    assert allowed(energy=0.0, connection_current=10.0).allowed_power == 2300


def test_the_connection_carries_its_current_on_every_phase() -> None:
    result = allowed(energy=0.0, threshold=20_000, sent=THREE, connection_current=25.0)
    assert result.allowed_power == 25 * 3 * 230


def test_the_lowest_cap_holds() -> None:
    result = allowed(energy=0.0, limiter_threshold=3.2, fuse_threshold=12.0, connection_current=40.0)
    assert result.allowed_power == 12 * 230


def test_a_cap_above_what_is_left_changes_nothing() -> None:
    assert allowed(limiter_threshold=9.2, fuse_threshold=40.0, connection_current=40.0) == allowed()


def test_in_the_last_minute_a_rest_does_not_become_a_power() -> None:
    assert allowed(energy=0.0, rest=61).allowed_power == round(2500 * 900 / 61)
    assert allowed(energy=0.0, rest=60).allowed_power == 2500


def test_in_the_last_minute_what_runs_may_run_on() -> None:
    result = allowed(7.4, energy=0.0, rest=30)
    assert (result.allowed_power, result.spare_power) == (7400, 0)


def test_in_the_last_minute_what_is_left_still_binds() -> None:
    result = allowed(7.4, energy=2500 * 900 - 30_000.0, rest=30)
    assert (result.allowed_power, result.spare_power) == (1000, -6400)


def test_nothing_is_allowed_while_the_meter_does_not_tell_the_power() -> None:
    assert allowance(drawing(None), energy=0.0, rest=450, threshold=2500) is None


def test_no_spare_current_is_written_without_a_sign() -> None:
    assert str(allowed(2.501).spare_current) == "0.0"


@pytest.mark.parametrize(
    ("sent", "grid", "volts"),
    [
        (SINGLE, None, 230),
        (SINGLE, "230", 230),
        (THREE, None, 690),
        (THREE, "400", 690),
        (THREE, "230", sqrt(3) * 230),
        (SINGLE | {"voltage_l2"}, "400", 690),
        (SINGLE | {"power_import_l2"}, "400", 690),
    ],
)
def test_an_ampere_carries_what_the_connection_makes_of_it(
    sent: frozenset[str], grid: str | None, volts: float
) -> None:
    assert volts_of(drawing(1.0, sent=sent, grid=grid)) == pytest.approx(volts)


@pytest.mark.parametrize(
    ("second", "third", "delta"),
    [(0.0, 231.0, True), (230.1, 231.0, False), (0.0, 23.0, False), (0.0, None, False), (None, 231.0, False)],
    ids=["delta", "star", "bench meter", "damaged third", "damaged second"],
)
def test_without_its_word_a_delta_shows_no_voltage_on_its_second_phase(
    second: float | None, third: float | None, *, delta: bool
) -> None:
    assert is_delta(drawing(1.0, sent=THREE, voltage_l2=second, voltage_l3=third)) is delta


def test_the_word_of_the_meter_goes_before_its_voltages() -> None:
    assert not is_delta(drawing(1.0, sent=THREE, grid="400", voltage_l2=0.0, voltage_l3=231.0))


@pytest.mark.parametrize(
    ("variant", "volts"),
    [
        ("50213_single_phase", 230),
        ("50217_three_phase", 690),
        ("50221_relays", 690),
        ("delta", sqrt(3) * 230),
    ],
)
def test_the_meters_of_belgium_are_told_apart(variant: str, volts: float) -> None:
    header, _, lines = VARIANTS[variant]
    assert volts_of(parsed(lines, header)) == pytest.approx(volts)


def test_a_delta_says_so_since_edition_2() -> None:
    assert volts_of(parsed(V2 | {"1-0:94.32.1": "(230)"})) == pytest.approx(398.37, abs=0.01)


def test_a_limiter_and_a_fuse_that_are_off_cap_nothing() -> None:
    header, _, lines = VARIANTS["50213_single_phase"]
    result = allowance(parsed(lines, header), energy=0.0, rest=450, threshold=20_000)
    assert result is not None
    assert result.allowed_power == 40_000
