"""Home battery: discharges for the excess, charges from surplus and at night, and never harms the quarter."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from .home import QUARTER, Home, Setpoint

SETPOINT = "number.battery"
CHARGE = "sensor.battery_charge"
SUN = "sun.sun"
SET = "number.set_value"
NIGHT = {"0-0:96.14.0": "(0002)"}


class Battery(Setpoint):
    """Does what it is set to; `power` is what it delivers."""

    def __init__(self, home: Home, watts: float = 0, sign: int = 1, limit: float = 20_000) -> None:
        super().__init__("battery", -limit, limit, watts)
        self.sign = sign
        home.other = lambda: -self.power

    @property
    def power(self) -> float:
        return self.native_value * self.sign


@pytest.fixture
def battery(home: Home) -> Battery:
    return Battery(home)


@pytest.fixture(autouse=True)
def _day(hass: HomeAssistant) -> None:
    hass.states.async_set(SUN, "above_horizon")


async def use(home: Home, battery: Battery, **inputs: Any) -> None:
    await home.furnish(battery)
    await home.automate("home_battery", setpoint=SETPOINT, **inputs)


def set_to(home: Home) -> list[float]:
    """Return what the battery was set to, in order."""
    return [value for _, action, _, value in home.calls if action == SET]


def needs(home: Home, margin: float) -> tuple[float, float]:
    """Return what forecast and meter say is too much, W."""
    quarter = home.entry.runtime_data.quarter
    scale = QUARTER / (QUARTER - quarter.elapsed)
    excess = (quarter.outlook.mean - quarter.threshold) * 1000 + margin
    return excess * scale, margin * scale - quarter.allowance.spare_power


async def test_a_quarter_that_would_pass_does_not(home: Home, battery: Battery) -> None:
    await use(home, battery)
    await home.live(240)
    home.base = 4500
    await home.live(2 * QUARTER)
    assert all(quarter <= 2.5 for quarter in home.finished)


async def test_no_more_is_discharged_than_the_quarter_needs(home: Home, battery: Battery) -> None:
    await use(home, battery, margin=50)
    home.base = 4500
    await home.live(2 * QUARTER)
    assert all(quarter > 2.35 for quarter in home.finished)


async def test_the_excess_of_the_forecast_is_spread_over_the_rest(home: Home, battery: Battery) -> None:
    await use(home, battery, margin=80)
    await home.live(300)
    home.base = 3800
    while not home.calls:
        await home.live(home.second + 10)
    excess, strain = needs(home, margin=80)
    assert 50 <= excess < strain
    assert set_to(home) == [pytest.approx(excess, abs=6)]


async def test_a_forecast_that_lags_behind_discharges_no_more_than_the_meter_shows(
    hass: HomeAssistant, home: Home, battery: Battery
) -> None:
    hass.states.async_set(CHARGE, "5")
    await use(home, battery, charge_state=CHARGE, emptiest=10)
    home.base = 7000
    await home.live(200)
    home.base = 2600
    await home.live(250)
    assert home.calls == []
    hass.states.async_set(CHARGE, "50")
    await home.live(260)
    excess, strain = needs(home, margin=50)
    assert 50 <= strain < excess
    assert set_to(home) == [pytest.approx(strain, abs=6)]


async def test_a_forecast_that_lags_behind_saves_no_more_than_the_meter_shows(
    home: Home, battery: Battery
) -> None:
    await use(home, battery)
    home.base = 0
    await home.live(600)
    home.base = 8000
    await home.call(SET, entity_id=[SETPOINT], value=5000)
    home.calls.clear()
    await home.live(610)
    excess, strain = needs(home, margin=50)
    assert excess < strain <= -50
    assert set_to(home) == [pytest.approx(5000 + strain, abs=6)]


async def test_the_battery_rests_when_the_load_is_gone(home: Home, battery: Battery) -> None:
    await use(home, battery)
    home.base = 6000
    await home.live(300)
    assert battery.power > 2000
    home.base = 100
    await home.live(320)
    assert battery.power == 0


async def test_nothing_is_discharged_into_the_grid(home: Home, battery: Battery) -> None:
    await use(home, battery)
    home.base = 30_000
    await home.live(120)
    home.base = 1000
    # The threshold is passed for good, and the forecast stays above it.
    await home.live(800)
    assert home.entry.runtime_data.quarter.outlook.mean > 2.5
    assert home.power == pytest.approx(0, abs=50)


@pytest.mark.parametrize(
    ("inputs", "limit"),
    [
        ({}, 5000),
        ({"phases": "3"}, 10_000),
        ({"max_discharge": 3000}, 3000),
        ({"phases": "3", "max_discharge": 7000}, 7000),
    ],
)
async def test_no_more_is_delivered_than_the_rule_and_the_battery_allow(
    home: Home, battery: Battery, inputs: dict[str, Any], limit: float
) -> None:
    await use(home, battery, **inputs)
    home.base = 30_000
    await home.live(300)
    assert max(set_to(home)) == limit


@pytest.mark.parametrize(
    ("inputs", "limit"), [({}, 5000), ({"phases": "3"}, 10_000), ({"max_charge": 1500}, 1500)]
)
async def test_no_more_is_charged_than_the_rule_and_the_battery_allow(
    home: Home, battery: Battery, inputs: dict[str, Any], limit: float
) -> None:
    await use(home, battery, **inputs)
    home.base = -30_000
    await home.live(300)
    assert min(set_to(home)) == -limit


@pytest.mark.parametrize("sign", [1, -1])
async def test_a_number_with_limits_of_its_own_is_not_asked_for_more(home: Home, sign: int) -> None:
    battery = Battery(home, sign=sign)
    battery._attr_native_min_value, battery._attr_native_max_value = -800, 1200
    await use(home, battery, positive="discharge" if sign == 1 else "charge")
    home.base = 30_000
    await home.live(120)
    assert battery.native_value == (1200 if sign == 1 else -800)
    home.base = -30_000
    await home.live(240)
    assert battery.native_value == (-800 if sign == 1 else 1200)


async def test_a_setpoint_may_have_the_other_sign(home: Home) -> None:
    battery = Battery(home, sign=-1)
    await use(home, battery, positive="charge")
    home.base = -2000
    await home.live(120)
    assert (battery.native_value, home.power) == (2000, 0)
    home.base = 6000
    await home.live(QUARTER)
    assert battery.native_value < 0
    assert home.finished[0] <= 2.5


async def test_the_surplus_is_charged_and_no_more(home: Home, battery: Battery) -> None:
    await use(home, battery)
    home.base = -2000
    await home.live(120)
    assert home.power == 0
    home.base = -1300
    await home.live(150)
    assert home.power == 0
    home.base = 400
    await home.live(180)
    assert battery.power == 0


async def test_noise_writes_nothing(home: Home, battery: Battery) -> None:
    await use(home, battery)
    for second in range(10, QUARTER, 10):
        home.base = -2000 + second % 40
        await home.live(second)
    assert len(home.calls) == 1


async def test_a_charge_limit_ends_charging(hass: HomeAssistant, home: Home, battery: Battery) -> None:
    hass.states.async_set(CHARGE, "89")
    await use(home, battery, charge_state=CHARGE, fullest=90)
    home.base = -2000
    await home.live(120)
    assert battery.power == -2000
    hass.states.async_set(CHARGE, "90")
    await home.live(140)
    assert battery.power == 0


async def test_a_discharge_limit_ends_discharging(hass: HomeAssistant, home: Home, battery: Battery) -> None:
    hass.states.async_set(CHARGE, "21")
    await use(home, battery, charge_state=CHARGE, emptiest=20)
    home.base = 6000
    await home.live(120)
    assert battery.power > 0
    hass.states.async_set(CHARGE, "20")
    await home.live(140)
    assert battery.power == 0


@pytest.mark.parametrize("base", [6000, -2000])
async def test_the_battery_rests_while_its_charge_is_unknown(
    hass: HomeAssistant, home: Home, battery: Battery, base: float
) -> None:
    hass.states.async_set(CHARGE, "unavailable")
    await use(home, battery, charge_state=CHARGE)
    home.base = base
    await home.live(QUARTER)
    assert home.calls == []


async def test_the_night_tariff_charges_when_chosen(
    hass: HomeAssistant, home: Home, battery: Battery
) -> None:
    hass.states.async_set(SUN, "below_horizon")
    await use(home, battery, night=True, night_power=1800)
    await home.live(120)
    assert home.calls == []
    home.lines = NIGHT
    await home.live(200)
    assert battery.power == -1800
    home.lines = {}
    await home.live(220)
    assert battery.power == 0


async def test_the_night_tariff_charges_only_when_chosen(home: Home, battery: Battery) -> None:
    home.lines = NIGHT
    await use(home, battery)
    await home.live(QUARTER)
    assert home.calls == []


async def test_charging_at_night_leaves_spare_power(home: Home, battery: Battery) -> None:
    home.lines = NIGHT
    home.base = 900
    await use(home, battery, night=True, night_power=5000)
    while home.second < 2 * QUARTER - 10:
        await home.live(home.second + 10)
        assert home.entry.runtime_data.quarter.allowance.spare_power >= 0, home.second
    assert min(set_to(home)) < -1400
    assert home.finished[0] <= 2.5


async def test_charging_at_night_is_not_carried_into_a_quarter_that_has_no_room_for_it(
    home: Home, battery: Battery
) -> None:
    home.lines = NIGHT
    await use(home, battery, night=True, night_power=5000, phases="3")
    await home.live(30)
    home.base = -3000
    await home.live(700)
    home.base = 300
    await home.live(770)
    assert home.power > 4000
    await home.live(QUARTER)
    assert 2000 < home.power <= 2500


async def test_charging_at_night_makes_room_at_once(home: Home, battery: Battery) -> None:
    home.lines = NIGHT
    await use(home, battery, night=True)
    await home.live(200)
    assert battery.power == -2000
    home.base = 2300
    await home.live(210)
    assert -600 < battery.power <= 0


@pytest.mark.parametrize("freeze", [60, 120, 240])
async def test_charging_at_night_does_not_rise_before_the_quarter_ends(
    home: Home, battery: Battery, freeze: int
) -> None:
    home.lines = NIGHT
    home.base = 2300
    await use(home, battery, night=True, night_power=4000, freeze=freeze)
    await home.live(QUARTER - freeze)
    before = battery.power
    assert before < 0
    home.base = 0
    await home.live(QUARTER - 10)
    assert home.entry.runtime_data.quarter.allowance.spare_power > 1000
    assert battery.power >= before
    await home.live(QUARTER + 60)
    assert battery.power < before


@pytest.mark.parametrize("watts", [2000, -2000])
async def test_the_battery_rests_while_the_meter_is_silent(home: Home, watts: float) -> None:
    battery = Battery(home, watts)
    await use(home, battery)
    home.base = 6000 if watts > 0 else -6000
    await home.live(60)
    assert battery.power != 0
    home.silent = True
    await home.live(180)
    assert battery.power == 0


async def test_what_a_restart_left_is_taken_over(home: Home) -> None:
    battery = Battery(home, 3000)
    home.base = 3500
    await use(home, battery)
    await home.live(60)
    assert battery.power < 3000


async def test_a_calm_night_costs_nothing(hass: HomeAssistant, home: Home, battery: Battery) -> None:
    hass.states.async_set(SUN, "below_horizon")
    await use(home, battery)
    await home.live(QUARTER)
    assert (home.calls, home.asked, home.runs) == ([], [], [])


async def test_a_calm_day_is_looked_at_once_a_minute_in_one_run(home: Home, battery: Battery) -> None:
    await use(home, battery)
    await home.live(QUARTER)
    assert home.calls == []
    assert len(home.runs) == 1
    assert len(home.asked) == 15
