"""Tell me: one notification in a quarter that is about to be too much."""

from typing import Any

from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from .home import AUTOMATION, QUARTER, Home

TELL_PHONE = [
    {"action": "notify.phone", "data": {"title": "{{ title }}", "message": "{{ message }}"}},
]

FIGURES = (
    "forecast",
    "low",
    "high",
    "threshold",
    "month_peak",
    "probability",
    "spare_power",
    "spare_current",
    "energy_left",
    "minutes_left",
)
"""What the words may use."""


async def warned(home: Home) -> Any:
    """Live until the warning; return the quarter as it was then."""
    while not home.runs:
        await home.live(home.second + 10)
    return home.entry.runtime_data.quarter


@pytest.fixture
async def phone(hass: HomeAssistant, home: Home) -> list[str]:
    """Furnish the home and return what its phone is told."""
    messages: list[str] = []
    hass.services.async_register("notify", "phone", lambda call: messages.append(call.data["message"]))
    await home.furnish()
    return messages


async def test_a_quarter_that_will_pass_is_told(hass: HomeAssistant, home: Home) -> None:
    await home.furnish()
    await home.automate("tell_me")
    home.base = 5000
    quarter = await warned(home)
    (note,) = hass.data[persistent_notification.DOMAIN].values()
    assert note["title"] == "Quarter-hour peak ahead"
    assert note["message"] == (
        f"This quarter-hour is heading for {quarter.outlook.mean:.2f} kW; the threshold is 2.5 kW. "
        f"Use {-quarter.allowance.spare_power} W less for 14 min."
    )


async def test_what_still_fits_is_told_too(home: Home, phone: list[str]) -> None:
    await home.automate("tell_me", notify=TELL_PHONE)
    home.base = 200
    await home.live(120)
    await home.call("automation.trigger", entity_id=AUTOMATION)
    assert "W more would still fit for 13 min." in phone[-1]


async def test_a_calm_quarter_is_not_told_and_costs_nothing(home: Home, phone: list[str]) -> None:
    await home.automate("tell_me", notify=TELL_PHONE)
    home.base = 800
    await home.live(QUARTER)
    assert (phone, home.runs, home.asked) == ([], [], [])


async def test_each_quarter_is_told_once(home: Home, phone: list[str]) -> None:
    await home.automate("tell_me", notify=TELL_PHONE)
    home.base = 5000
    await home.live(3 * QUARTER - 10)
    assert [run // QUARTER for run in home.runs] == [0, 1, 2]
    assert len(phone) == 3


async def test_a_quarter_is_not_told_again_after_a_restart(
    hass: HomeAssistant, home: Home, phone: list[str]
) -> None:
    await home.automate("tell_me", notify=TELL_PHONE)
    home.base = 5000
    await home.live(300)
    await hass.config_entries.async_unload(home.entry.entry_id)
    home.port.greeting = home.telegram()
    await hass.config_entries.async_setup(home.entry.entry_id)
    await home.live(QUARTER - 10)
    assert len(phone) == 1


async def test_act_now_is_told_when_chosen_and_the_warning_is_not(home: Home, phone: list[str]) -> None:
    await home.automate("tell_me", notify=TELL_PHONE, alarm="act_now")
    home.base = 3000
    warned, acted = None, None
    while home.second < QUARTER - 10:
        await home.live(home.second + 10)
        quarter = home.entry.runtime_data.quarter
        warned = warned or (quarter.warning and home.second)
        acted = acted or (quarter.act_now and home.second)
    assert warned is not None
    assert acted is not None
    assert warned < acted
    assert home.runs == [acted]
    assert len(phone) == 1


async def test_it_can_be_tried_out(home: Home, phone: list[str]) -> None:
    await home.automate("tell_me", notify=TELL_PHONE)
    await home.live(450)
    await home.call("automation.trigger", entity_id=AUTOMATION)
    assert "heading for 0.3 kW" in phone[0]
    assert "for 8 min" in phone[0]


async def test_words_are_the_households_own(hass: HomeAssistant, home: Home) -> None:
    calls = async_mock_service(hass, "notify", "phone")
    await home.furnish()
    await home.automate(
        "tell_me",
        notify=TELL_PHONE,
        title="Kwartierpiek",
        message=" | ".join(f"{{{{ {figure} }}}}" for figure in FIGURES),
    )
    home.base = 5000
    quarter = await warned(home)
    outlook, allowance = quarter.outlook, quarter.allowance
    (call,) = calls
    assert call.data["title"] == "Kwartierpiek"
    assert [float(figure) for figure in call.data["message"].split(" | ")] == [
        round(outlook.mean, 2),
        round(outlook.low, 2),
        round(outlook.high, 2),
        2.5,
        1.0,
        round(outlook.probability * 100),
        allowance.spare_power,
        allowance.spare_current,
        round(allowance.energy_left, 2),
        14,
    ]
