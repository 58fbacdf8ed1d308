"""Shed and restore: off one by one while it is too much, on again in reverse order when there is room."""

from itertools import pairwise
from typing import Any

from homeassistant.components.switch import SwitchEntity
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import setup_test_component_platform

from ..variants import peak
from .home import AUTOMATION, BEGIN, QUARTER, Home

BOILER = "input_boolean.boiler"
HEATER = "input_boolean.heater"
DRYER = "input_boolean.dryer"
DEVICES = [BOILER, HEATER, DRYER]
MEMORY = "input_text.shed"
OFF, ON = "homeassistant.turn_off", "homeassistant.turn_on"


@pytest.fixture
async def home(home: Home) -> Home:
    """Furnish a home with three devices that have been on for an hour, and 300 W beside them."""
    home.loads = {BOILER: 2000, HEATER: 1500, DRYER: 1000}
    devices = {entity_id.partition(".")[2]: {"initial": True} for entity_id in DEVICES}
    await home.furnish(input_boolean=devices, input_text={"shed": {"max": 255}})
    return home


async def shed(home: Home, **inputs: Any) -> None:
    await home.automate("shed_and_restore", **{"devices": DEVICES, "powers": "2000, 1500, 1000"} | inputs)


def switched(home: Home) -> list[tuple[str, str]]:
    """Return what was switched, in order."""
    return [(action, entity_id) for _, action, entity_id, _ in home.calls if action in (OFF, ON)]


def when(home: Home, action: str, entity_id: str) -> int:
    """Return the second of the one call of its kind."""
    (second,) = [call[0] for call in home.calls if call[1:3] == (action, entity_id)]
    return second


def strain_the_fuse(home: Home) -> None:
    """Have spare power negative without any alarm."""
    home.lines = {"1-0:1.6.0": peak(BEGIN, 20.0), "1-0:31.4.0": "(005.00*A)"}


async def test_devices_go_off_in_order_until_it_is_enough(home: Home) -> None:
    await shed(home)
    await home.live(QUARTER)
    assert switched(home) == [(OFF, BOILER), (OFF, HEATER)]
    assert home.finished[0] < 2.5


async def test_a_step_is_left_time_to_show_in_the_meter(home: Home) -> None:
    home.base = 2400
    await shed(home, settling=70)
    await home.live(QUARTER)
    assert switched(home) == [(OFF, BOILER), (OFF, HEATER), (OFF, DRYER)]
    assert [later[0] - call[0] for call, later in pairwise(home.calls)] == [70, 70]


async def test_act_now_does_not_wait(home: Home) -> None:
    await shed(home, patience=600)
    await home.live(120)
    assert home.entry.runtime_data.quarter.act_now
    assert home.calls == [(60, OFF, BOILER, None), (90, OFF, HEATER, None)]


async def test_a_kettle_switches_nothing_off(home: Home) -> None:
    for name in (BOILER, HEATER):
        await home.call("input_boolean.turn_off", entity_id=name)
    await shed(home)
    await home.live(120)
    home.base += 2500
    await home.live(160)
    assert home.entry.runtime_data.quarter.allowance.spare_power < 0
    home.base -= 2500
    await home.live(QUARTER)
    assert switched(home) == []


async def test_lasting_strain_needs_no_alarm(home: Home) -> None:
    await shed(home)
    strain_the_fuse(home)
    await home.live(QUARTER)
    assert switched(home) == [(OFF, BOILER)]
    assert 60 <= when(home, OFF, BOILER) <= 90
    assert not home.entry.runtime_data.quarter.warning


async def test_what_is_off_already_is_passed_over_and_never_switched_on(home: Home) -> None:
    await home.call("input_boolean.turn_off", entity_id=BOILER)
    home.base = 1000
    await shed(home)
    await home.live(QUARTER)
    home.base = -2000
    await home.live(2 * QUARTER)
    assert switched(home) == [(OFF, HEATER), (ON, HEATER)]


async def test_what_was_switched_on_just_now_is_passed_over(home: Home) -> None:
    await home.call("input_boolean.turn_off", entity_id=BOILER)
    home.base = 2400
    await shed(home)
    await home.live(30)
    await home.call("input_boolean.turn_on", entity_id=BOILER)
    await home.live(600)
    assert switched(home) == [(OFF, HEATER), (OFF, DRYER), (OFF, BOILER)]
    assert 330 <= when(home, OFF, BOILER) <= 340


async def test_devices_come_back_in_reverse_order(home: Home) -> None:
    home.base = 2400
    await shed(home)
    await home.live(QUARTER)
    home.base = -2000
    home.calls.clear()
    await home.live(2 * QUARTER)
    assert switched(home) == [(ON, DRYER), (ON, HEATER), (ON, BOILER)]
    assert all(later[0] - call[0] >= 30 for call, later in pairwise(home.calls))


async def test_a_device_stays_off_for_a_while(home: Home) -> None:
    await shed(home, minimum_off=20)
    await home.live(QUARTER)
    home.base = -2000
    await home.live(1400)
    assert switched(home)[2:] == [(ON, HEATER), (ON, BOILER)]
    assert when(home, ON, HEATER) - when(home, OFF, HEATER) >= 1200
    assert when(home, ON, BOILER) - when(home, OFF, BOILER) >= 1200


async def test_nothing_comes_back_while_the_alarm_is_on(home: Home) -> None:
    await shed(home, minimum_off=0)
    await home.live(120)
    home.base = -2000
    while home.entry.runtime_data.quarter.warning:
        await home.live(home.second + 10)
    assert (ON, HEATER) not in switched(home)
    await home.live(home.second + 60)
    assert (ON, HEATER) in switched(home)


async def test_a_device_comes_back_only_when_it_fits_with_a_reserve(home: Home) -> None:
    strain_the_fuse(home)
    home.base = 600
    await shed(home, reserve=400)
    await home.live(600)
    assert switched(home) == [(OFF, BOILER)]
    # 5 A on three phases are 3450 W: 2250 W of them are to spare, then 2450 W.
    home.base = -1300
    await home.live(1200)
    assert switched(home) == [(OFF, BOILER)]
    home.base = -1500
    await home.live(1300)
    assert switched(home) == [(OFF, BOILER), (ON, BOILER)]


async def test_one_power_stands_for_all(home: Home) -> None:
    strain_the_fuse(home)
    await shed(home, powers=700)
    await home.live(600)
    assert switched(home) == [(OFF, BOILER)]
    home.loads[BOILER] = 700
    home.base = 0
    await home.live(1200)
    assert switched(home) == [(OFF, BOILER), (ON, BOILER)]


async def test_nothing_comes_back_shortly_before_the_end(home: Home) -> None:
    await shed(home)
    await home.live(QUARTER)
    home.calls.clear()
    # 2200 W leave 300 W to spare, and 1800 W when nearly all of the quarter is over.
    home.base = 1200
    await home.live(1660)
    assert home.entry.runtime_data.quarter.allowance.spare_power > 1700
    await home.live(2 * QUARTER)
    assert switched(home) == []


async def test_nothing_comes_back_in_the_last_minute(home: Home) -> None:
    await shed(home)
    await home.live(QUARTER)
    home.calls.clear()
    home.base = 1400
    await home.live(1745)
    home.base = -2000
    await home.live(1790)
    assert switched(home) == []
    await home.live(1820)
    assert switched(home) == [(ON, HEATER)]


async def test_early_enough_a_device_comes_back_for_the_rest_of_the_quarter(home: Home) -> None:
    await shed(home)
    await home.live(QUARTER)
    home.calls.clear()
    home.loads[DRYER] = 100
    home.base = 800
    await home.live(2 * QUARTER)
    assert switched(home) == [(ON, HEATER)]
    assert home.finished[1] < 2.5


async def test_what_someone_switched_on_again_is_theirs(home: Home) -> None:
    await shed(home)
    await home.live(QUARTER)
    assert switched(home) == [(OFF, BOILER), (OFF, HEATER)]
    home.base = -4000
    await home.call("input_boolean.turn_on", entity_id=HEATER)
    await home.live(QUARTER + 10)
    await home.call("input_boolean.turn_off", entity_id=HEATER)
    await home.live(2 * QUARTER)
    assert switched(home)[2:] == [(ON, BOILER)]


class Stuck(SwitchEntity):
    """A plug out of reach."""

    _attr_name = "stuck"
    _attr_should_poll = False
    _attr_is_on = True

    async def async_turn_off(self, **_kwargs: Any) -> None:
        pass


async def test_a_device_that_does_not_obey_does_not_keep_the_next_from_being_shed(
    hass: HomeAssistant, home: Home
) -> None:
    setup_test_component_platform(hass, "switch", [Stuck()])
    assert await async_setup_component(hass, "switch", {"switch": {"platform": "test"}})
    home.passing.put_forward(600)
    await home.live(60)
    await shed(home, devices=["switch.stuck", *DEVICES], powers="60, 2000, 1500, 1000")
    await home.live(QUARTER)
    assert switched(home) == [(OFF, "switch.stuck"), (OFF, BOILER), (OFF, HEATER)]
    home.base = -2000
    await home.live(2 * QUARTER)
    assert switched(home)[3:] == [(ON, HEATER), (ON, BOILER)]
    # Nobody waits for it.
    assert hass.states.get(AUTOMATION).attributes["current"] == 0


async def test_what_is_off_outlives_a_restart_in_the_memory(home: Home) -> None:
    await shed(home, memory=MEMORY)
    await home.live(QUARTER)
    assert home.hass.states.get(MEMORY).state == f"{BOILER}, {HEATER}"
    await home.stop()
    home.base = -2000
    await home.call("automation.turn_on", entity_id=AUTOMATION)
    await home.live(2 * QUARTER)
    assert switched(home) == [(OFF, BOILER), (OFF, HEATER), (ON, HEATER), (ON, BOILER)]
    assert home.hass.states.get(MEMORY).state == ""


async def test_a_meter_that_stays_silent_keeps_nothing_off(home: Home) -> None:
    await shed(home)
    await home.live(300)
    assert switched(home) == [(OFF, BOILER), (OFF, HEATER)]
    home.silent = True
    await home.live(300 + QUARTER)
    assert len(switched(home)) == 2
    await home.live(300 + QUARTER + 180)
    assert switched(home)[2:] == [(ON, HEATER), (ON, BOILER)]


async def test_a_calm_quarter_costs_nothing(home: Home) -> None:
    for name in (BOILER, HEATER):
        await home.call("input_boolean.turn_off", entity_id=name)
    await shed(home, memory=MEMORY)
    await home.live(QUARTER)
    assert (home.calls, home.asked, home.runs) == ([], [], [])


async def test_a_silent_meter_costs_nothing(home: Home) -> None:
    home.silent = True
    await home.live(120)
    await shed(home)
    await home.live(QUARTER)
    assert (home.calls, home.asked, home.runs) == ([], [], [])
