"""An automation is made in the editor, with our trigger."""

import re

from playwright.async_api import expect
import pytest

from demo.waiting import until
from tests.e2e.home import Home

from .person import Person
from .words import METERS, NAME, text

pytestmark = pytest.mark.usefixtures("meter")

_TRIGGER = text("triggers.peak_warning.name")
_ALIAS = "Tell me of a peak"
_PATIENCE = 30


async def test_trigger_is_found_by_its_words(person: Person) -> None:
    await person.open_settings("Automations & scenes")
    await person.button("Create automation").click()
    await person.page.get_by_text("Create new automation").click()
    await person.button("Add trigger").click()
    await person.page.get_by_placeholder("Search", exact=True).fill("peak warning")
    described = f"{_TRIGGER} {text('triggers.peak_warning.description')}"
    await expect(person.button(described)).to_be_visible()
    await person.look("trigger-search")


async def test_trigger_wants_a_digital_meter_and_nothing_else(person: Person) -> None:
    await person.button(_TRIGGER).click()
    (offered,) = await person.pick("Select a device", re.compile(f"^{METERS[0]} "))
    assert offered.endswith(NAME)
    await expect(person.words(text("triggers.peak_warning.fields.device_id.name"))).to_be_visible()
    await person.look("trigger")
    await person.album.page("config-trigger", height=640)


async def test_automation_is_saved_with_the_trigger(person: Person, home: Home) -> None:
    await person.button("Save").click()
    await person.field("Name").fill(_ALIAS)
    await person.look("automation-name")
    await person.button("Save").click()
    await until(lambda: _automation(home), seconds=_PATIENCE, otherwise="the automation was not saved")
    await expect(person.field("Name")).to_be_hidden()
    await person.look("automation")

    config = (await home.ws("automation/config", entity_id=await _automation(home)))["config"]
    (device,) = [device["id"] for device in await home.own_devices() if device["name"] == METERS[0]]
    assert config["triggers"] == [{"trigger": "emucs_p1.peak_warning", "options": {"device_id": [device]}}]


async def _automation(home: Home) -> str | None:
    """Return the entity of the automation once it runs."""
    running = [entity_id for entity_id, state in home.states_now.now.items() if state == "on"]
    return next((entity_id for entity_id in running if entity_id.startswith("automation.")), None)
