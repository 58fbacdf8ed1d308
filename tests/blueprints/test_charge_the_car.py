"""Charge the car: what the quarter has to spare, down at once, up slowly, frozen before the boundary."""

from itertools import pairwise
from typing import Any

import pytest

from ..variants import peak
from .home import BEGIN, QUARTER, Home, Setpoint

CURRENT = "number.charger"
PLUGGED = "input_boolean.plugged"
ENABLED = "input_boolean.enabled"
OFF, ON, SET = "homeassistant.turn_off", "homeassistant.turn_on", "number.set_value"


class Charger(Setpoint):
    """Charges with what it is set to, while it is enabled and a car is plugged in."""

    def __init__(self, home: Home, amperes: float = 6, watts: float = 690) -> None:
        super().__init__("charger", 0, 32, amperes)
        self.home, self.watts = home, watts
        home.other = self.power

    def power(self) -> float:
        charging = self.home.is_on(PLUGGED) and self.home.is_on(ENABLED) and self.native_value >= 6
        return self.native_value * self.watts if charging else 0.0


async def charge(home: Home, charger: Charger | None = None, **inputs: Any) -> None:
    """Plug a car in and set the automation up."""
    switches = {"plugged": {"initial": True}, "enabled": {"initial": True}}
    await home.furnish(charger or Charger(home), input_boolean=switches)
    await home.automate("charge_the_car", current=CURRENT, **inputs)


def allow(home: Home, kilowatts: float) -> None:
    """Set a peak that this month already has."""
    home.lines = {"1-0:1.6.0": peak(BEGIN, kilowatts)}


def steps(home: Home) -> list[tuple[int, int]]:
    """Return second and amperes of every step."""
    return [(second, value) for second, action, _, value in home.calls if action == SET]


def ups(home: Home) -> list[int]:
    """Return the seconds of the steps up, from the minimum."""
    return [later[0] for step, later in pairwise([(0, 6), *steps(home)]) if later[1] > step[1]]


async def test_the_car_takes_what_the_quarter_has_to_spare_and_no_more(home: Home) -> None:
    await charge(home, below="zero")
    await home.live(3 * QUARTER)
    assert all(2.3 < quarter <= 2.5 for quarter in home.finished)


async def test_the_current_rises_by_one_ampere_at_a_time_and_slowly(home: Home) -> None:
    allow(home, 20)
    await charge(home, rise=40)
    await home.live(600)
    assert [value for _, value in steps(home)] == list(range(7, 17))
    assert all(later - step >= 40 for step, later in pairwise(ups(home)))


async def test_the_current_does_not_rise_while_it_is_time_to_act(home: Home) -> None:
    allow(home, 6)
    home.base = 9000
    await charge(home)
    await home.live(120)
    home.base = -2000
    spare = []
    while home.entry.runtime_data.quarter.act_now:
        spare.append(home.entry.runtime_data.quarter.allowance.spare_current)
        await home.live(home.second + 10)
    assert max(spare) > 2
    cleared = home.second
    await home.live(cleared + 40)
    assert min(ups(home)) >= cleared


async def test_the_current_falls_at_once_by_as_much_as_it_must(home: Home) -> None:
    allow(home, 12)
    await charge(home, Charger(home, 16))
    await home.live(60)
    assert steps(home) == []
    home.base = 3000
    await home.live(80)
    # 12 kW less 3 kW are 13 A on three phases; a little less, for what was drawn too much.
    assert steps(home) == [(70, 12)]


async def test_the_next_step_down_waits_until_the_first_one_shows(home: Home) -> None:
    allow(home, 12)
    await charge(home, Charger(home, 16), reaction=30)
    # It does not obey.
    home.other = lambda: 16 * 690
    home.base = 3000
    await home.live(80)
    assert [second for second, _ in steps(home)] == [10, 40, 70]


async def test_the_current_keeps_to_whole_amperes_between_minimum_and_maximum(home: Home) -> None:
    allow(home, 9)
    await charge(home, minimum=8, maximum=10)
    for base in (300, 7000, 2500, 9000, 0):
        home.base = base
        await home.live(home.second + 240)
    values = {value for _, value in steps(home)}
    assert values == {8, 9, 10}
    assert all(isinstance(value, int) for value in values)


@pytest.mark.parametrize("freeze", [60, 120, 240])
async def test_the_current_does_not_rise_before_the_quarter_ends(home: Home, freeze: int) -> None:
    allow(home, 6)
    home.base = 1500
    await charge(home, freeze=freeze)
    await home.live(QUARTER - freeze)
    before = len(ups(home))
    home.base = -2000
    await home.live(QUARTER - 10)
    assert home.entry.runtime_data.quarter.allowance.spare_current > 1
    assert len(ups(home)) == before
    await home.live(QUARTER + 60)
    assert len(ups(home)) > before


async def test_the_minimum_stays_when_nothing_else_is_chosen(home: Home) -> None:
    home.base = 2400
    await charge(home)
    await home.live(QUARTER)
    assert home.calls == []


async def test_the_current_is_set_to_zero_and_back_to_the_minimum(home: Home) -> None:
    home.base = 600
    await charge(home, below="zero", pause=4)
    await home.live(QUARTER)
    (paused, zero), (resumed, minimum), *_ = steps(home)
    assert (zero, minimum) == (0, 6)
    assert resumed - paused >= 240


async def test_a_pause_waits_for_lasting_strain(home: Home) -> None:
    allow(home, 20)
    await charge(home, below="zero", maximum=6, patience=120)
    await home.live(100)
    # 20 kW and then the fuse: spare power is negative, and nothing else is wrong.
    home.lines |= {"1-0:31.4.0": "(006.00*A)"}
    await home.live(200)
    assert steps(home) == []
    await home.live(250)
    assert steps(home) == [(230, 0)]


@pytest.mark.parametrize(
    ("inputs", "paused", "resumed"),
    [
        ({"below": "zero"}, (SET, CURRENT, 0), (SET, CURRENT, 6)),
        ({"below": "switch", "switch": ENABLED}, (OFF, ENABLED, None), (ON, ENABLED, None)),
    ],
)
async def test_a_pause_lasts_a_while(
    home: Home, inputs: dict[str, Any], paused: tuple[Any, ...], resumed: tuple[Any, ...]
) -> None:
    allow(home, 20)
    await charge(home, maximum=6, pause=4, **inputs)
    home.lines |= {"1-0:31.4.0": "(006.00*A)"}
    while not home.calls:
        await home.live(home.second + 10)
    home.lines.pop("1-0:31.4.0")
    await home.live(600)
    assert [call[1:] for call in home.calls] == [paused, resumed]
    assert 240 <= home.calls[1][0] - home.calls[0][0] <= 260


async def test_act_now_does_not_wait(home: Home) -> None:
    home.base = 1200
    await charge(home, below="zero", patience=600)
    await home.live(120)
    assert home.entry.runtime_data.quarter.act_now
    assert steps(home) == [(60, 0)]


async def test_the_car_does_not_begin_again_before_the_quarter_ends(home: Home) -> None:
    home.base = 1200
    await charge(home, below="zero", pause=1)
    await home.live(120)
    home.base = 2000
    await home.live(QUARTER - 120)
    assert [value for _, value in steps(home)] == [0]
    home.base = 0
    await home.live(QUARTER - 70)
    assert home.entry.runtime_data.quarter.allowance.spare_current > 7
    await home.live(QUARTER - 10)
    assert [value for _, value in steps(home)] == [0]


async def test_a_switch_pauses_and_goes_on_with_the_minimum(home: Home) -> None:
    home.base = 600
    await charge(home, Charger(home, 9), below="switch", switch=ENABLED)
    await home.live(QUARTER - 130)
    assert [(action, entity_id, value) for _, action, entity_id, value in home.calls[:3]] == [
        (SET, CURRENT, 6),
        (OFF, ENABLED, None),
        (ON, ENABLED, None),
    ]


async def test_without_a_switch_nothing_is_switched(home: Home) -> None:
    home.base = 2400
    await charge(home, below="switch")
    await home.live(QUARTER)
    assert home.calls == []


async def test_a_charger_on_one_phase_of_three_has_all_of_the_spare_power(home: Home) -> None:
    allow(home, 4)
    await charge(home, Charger(home, watts=230), phases="one", rise=10, margin=0)
    await home.live(600)
    assert home.value(CURRENT) == 16
    assert home.entry.runtime_data.quarter.allowance.spare_current < 1


async def test_charging_begins_with_the_minimum(home: Home) -> None:
    allow(home, 20)
    await charge(home, Charger(home, 16), charging=PLUGGED)
    await home.call("input_boolean.turn_off", entity_id=PLUGGED)
    await home.live(60)
    await home.call("input_boolean.turn_on", entity_id=PLUGGED)
    await home.live(100)
    assert [value for _, value in steps(home)] == [6, 7]


@pytest.mark.parametrize("below", ["minimum", "zero"])
async def test_charging_does_not_begin_shortly_before_the_boundary(home: Home, below: str) -> None:
    allow(home, 20)
    await charge(home, Charger(home, 0), charging=PLUGGED, below=below)
    await home.call("input_boolean.turn_off", entity_id=PLUGGED)
    await home.live(QUARTER - 40)
    await home.call("input_boolean.turn_on", entity_id=PLUGGED)
    await home.live(QUARTER + 20)
    assert [value for _, value in steps(home)] == [6]
    assert steps(home)[0][0] >= QUARTER


async def test_charging_does_not_begin_while_there_is_no_room_for_the_minimum(home: Home) -> None:
    allow(home, 6)
    home.base = 9000
    await charge(home, Charger(home, 0), charging=PLUGGED, below="zero")
    await home.call("input_boolean.turn_off", entity_id=PLUGGED)
    await home.live(700)
    await home.call("input_boolean.turn_on", entity_id=PLUGGED)
    await home.live(890)
    assert steps(home) == []


async def test_nothing_is_done_while_the_car_does_not_charge(home: Home) -> None:
    await charge(home, Charger(home, 16), charging=PLUGGED)
    await home.call("input_boolean.turn_off", entity_id=PLUGGED)
    home.base = 5000
    await home.live(QUARTER)
    assert (home.calls, home.asked, home.runs) == ([], [], [])


async def test_at_its_maximum_a_charger_costs_nothing(home: Home) -> None:
    allow(home, 20)
    await charge(home, Charger(home, 16))
    await home.live(QUARTER)
    assert (home.calls, home.asked, home.runs) == ([], [], [])


async def test_more_than_the_maximum_is_taken_back(home: Home) -> None:
    allow(home, 40)
    await charge(home, Charger(home, 32), maximum=20)
    await home.live(60)
    assert [value for _, value in steps(home)] == [20]


async def test_a_silent_meter_leaves_the_minimum(home: Home) -> None:
    allow(home, 20)
    await charge(home, Charger(home, 16))
    home.silent = True
    await home.live(QUARTER)
    assert [value for _, value in steps(home)] == [6]
    assert home.asked == []


async def test_a_number_with_limits_of_its_own_is_not_asked_for_more(home: Home) -> None:
    allow(home, 20)
    charger = Charger(home, 8)
    charger._attr_native_min_value, charger._attr_native_max_value = 8, 13
    await charge(home, charger)
    await home.live(400)
    home.base = 45_000
    await home.live(600)
    assert [value for _, value in steps(home)] == [9, 10, 11, 12, 13, 8]


async def test_the_margin_keeps_the_quarter_below_the_threshold(home: Home) -> None:
    allow(home, 6)
    await charge(home, margin=1)
    await home.live(2 * QUARTER)
    # 1 A on three phases is 690 W.
    assert 4.8 < home.finished[1] <= 5.31
