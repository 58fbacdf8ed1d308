"""Automations that tell a test when they run."""

from collections.abc import Iterable
from typing import Any

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.emucs_p1.const import DOMAIN
from custom_components.emucs_p1.happenings import SIGNAL_HAPPENING, Happening, quarter_figures

from .conftest import an_entry, set_up
from .ports import FakePort
from .quarters import WARNED
from .variants import hexed, three_phase

OTHER_ID = "1SAG3100000002"
RAN = "automation_ran"
"""Event that every automation of ours fires."""

FIGURES = quarter_figures(WARNED)


async def another_meter(hass: HomeAssistant, port: FakePort) -> MockConfigEntry:
    """Set a second meter of this integration up."""
    port.greeting = three_phase(meter_id=hexed(OTHER_ID))
    other = an_entry(hass, port="socket://other.example:23", unique_id=OTHER_ID)
    await set_up(hass, other)
    assert other.state is ConfigEntryState.LOADED
    return other


def problem_sensors(hass: HomeAssistant, device_id: str) -> list[str]:
    """Put a foreign problem sensor on a device; return all that there are, ours included."""
    helper = MockConfigEntry(domain="template")
    helper.add_to_hass(hass)
    registry = er.async_get(hass)
    registry.async_get_or_create(
        "binary_sensor",
        "template",
        "leak",
        config_entry=helper,
        device_id=device_id,
        original_device_class=BinarySensorDeviceClass.PROBLEM,
    )
    return [
        entity.entity_id
        for entity in registry.entities.values()
        if entity.original_device_class == BinarySensorDeviceClass.PROBLEM
    ]


async def automate(hass: HomeAssistant, *automations: dict[str, Any]) -> None:
    """Set automations up; each says what triggered it."""
    say = {"event": RAN, "event_data": {"trigger": "{{ trigger }}"}}
    config = [
        {"id": f"automation_{number}", "alias": f"Automation {number}", "actions": say, **automation}
        for number, automation in enumerate(automations)
    ]
    assert await async_setup_component(hass, "automation", {"automation": config})
    await hass.async_block_till_done()


def on(happening: Happening, device_id: Any) -> dict[str, Any]:
    """Return what an automation with one of our triggers is made of."""
    return {"triggers": {"trigger": f"{DOMAIN}.{happening}", "options": {"device_id": device_id}}}


async def happen(
    hass: HomeAssistant, entry: ConfigEntry[Any], *happenings: Happening, figures: Any = None
) -> None:
    """Let things happen at a meter, as its coordinator tells them."""
    for happening in happenings:
        signal = SIGNAL_HAPPENING.format(entry.entry_id)
        async_dispatcher_send(hass, signal, happening, figures or FIGURES)
    await hass.async_block_till_done()


def states_of(hass: HomeAssistant) -> Iterable[str]:
    """Return the states of all automations."""
    return [state.state for state in hass.states.async_all("automation")]
