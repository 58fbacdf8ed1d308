"""What is changed later: the options, the port; and what is sent with a question."""

import json
import re

from playwright.async_api import expect
import pytest

from demo.process import HOST
from tests.e2e.expected import ELECTRICITY
from tests.e2e.home import Home

from .conftest import Household
from .person import Person
from .words import text

pytestmark = pytest.mark.usefixtures("meter")

_INTERVAL = text("options.step.init.data.update_interval")
_SETTLE = 30


async def test_options_are_kept(person: Person) -> None:
    await person.open_integration()
    await person.button("Configure").click()
    await expect(person.number(_INTERVAL)).to_have_value("10")
    await person.look("options")
    await person.album.dialog("config-options")
    await person.number(_INTERVAL).fill("5")
    await person.button("Submit").click()
    await person.finish()

    await person.button("Configure").click()
    await expect(person.number(_INTERVAL)).to_have_value("5")
    await person.page.keyboard.press("Escape")
    await expect(person.number(_INTERVAL)).to_be_hidden()


async def test_the_meter_is_read_through_another_gateway(person: Person, household: Household) -> None:
    home = household.home
    await person.choose_from_menu("Reconfigure")
    await person.look("reconfigure")
    await person.words(text("config.step.reconfigure.menu_options.network")).click()
    await expect(person.field("Host")).to_have_value(re.compile(re.escape(HOST)))
    await person.look("reconfigure-address")
    await person.fill(port=household.other_gateway.form["port"])
    await person.button("Submit").click()
    await expect(person.words("Reconfiguration was successful")).to_be_visible()
    await person.look("reconfigured")
    await person.button("Close").click()

    await household.gateway.kill()
    power = await household.entity("power")
    await home.states_now.until_there([power], seconds=_SETTLE)
    await household.other_gateway.tell("switch oven 9000")
    await home.states_now.until(
        lambda: float(home.states_now.now[power]) > 5000,
        seconds=_SETTLE,
        what="the oven is seen through the other gateway",
    )
    await household.other_gateway.tell("switch oven 0")


async def test_diagnostics_do_not_tell_who_the_meter_is(person: Person, home: Home) -> None:
    await person.open_device()
    async with person.page.expect_download() as coming:
        await person.button("Download diagnostics").click()
    downloaded = (await (await coming.value).path()).read_text()
    assert json.loads(downloaded)["data"]
    assert [secret for secret in (ELECTRICITY, HOST) if secret in downloaded] == []
    assert (await home.entry())["state"] == "loaded"
