"""A meter is added by somebody who has just installed the integration: found, mistyped, corrected, shown."""

from playwright.async_api import expect
import pytest

from demo.process import HOST, free_port
from demo.waiting import until
from tests.e2e.browser import texts
from tests.e2e.home import Home
from tests.e2e.states import ABSENT

from .conftest import Household
from .person import Person
from .words import AREA, METERS, NAME, text

_PATIENCE = 30


@pytest.fixture(scope="module")
def mistyped() -> int:
    """Return a port at which nobody answers."""
    return free_port()


async def test_a_new_user_sees_no_meter(person: Person) -> None:
    await person.open_settings("Devices & services")
    await expect(person.button("Add integration")).to_be_visible()
    await expect(person.words(NAME)).to_have_count(0)
    await person.look("integrations")


@pytest.mark.parametrize("words", ["P1", "digital meter"])
async def test_search_finds_it_by_what_people_call_it(person: Person, words: str) -> None:
    await expect(await person.search_integration(words)).to_be_visible()
    await person.look("search")
    await person.album.dialog("step-search")


async def test_it_asks_how_the_meter_is_reached(person: Person) -> None:
    await (await person.search_integration("digital meter")).click()
    for way in ("serial", "network"):
        await expect(person.words(text(f"config.step.user.menu_options.{way}"))).to_be_visible()
    await expect(person.words(text("config.step.user.description"))).to_be_visible()
    await person.look("way")
    await person.album.dialog("step-way")


async def test_an_address_at_which_nobody_answers_is_explained(person: Person, mistyped: int) -> None:
    await person.words(text("config.step.user.menu_options.network")).click()
    await person.fill(host=HOST, port=mistyped)
    await person.look("address")
    await person.button("Submit").click()
    await expect(person.words(text("config.error.cannot_connect"))).to_be_visible()
    await person.look("wrong-address")
    await person.album.dialog("step-error")


async def test_what_was_typed_is_kept_to_be_corrected(person: Person, mistyped: int) -> None:
    await expect(person.field("Host")).to_have_value(HOST)
    await expect(person.number("Port")).to_have_value(str(mistyped))


async def test_it_tells_that_it_listens(person: Person, household: Household) -> None:
    await household.gateway.tell("fault silence")
    await person.fill(port=household.gateway.form["port"])
    await person.button("Submit").click()
    await expect(person.words(text("config.progress.listen"))).to_be_visible()
    await person.look("listening")


async def test_the_meters_found_are_named(person: Person, household: Household) -> None:
    await household.gateway.tell("fault none")
    names = person.field("Device name")
    await expect(names).to_have_count(len(METERS))
    for name, meter in zip(await names.all(), METERS, strict=True):
        await expect(name).to_have_attribute("placeholder", meter)
    await person.look("found")


async def test_the_meter_gets_its_place_in_the_house(person: Person, home: Home) -> None:
    await person.page.get_by_role("button", name="Area").first.click()
    await person.page.get_by_role("option", name=AREA).click()
    await person.look("area")
    await person.album.dialog("step-found")
    await person.finish()
    areas = {device["name"]: device["area_id"] for device in await home.own_devices()}
    assert areas == {"Digital meter": "living_room", "Gas meter": None, "Water meter": None}


async def test_device_page_shows_what_the_meter_says(person: Person, household: Household) -> None:
    await person.open_device()
    threshold = await household.entity("peak_threshold")

    async def seen() -> bool | None:
        # A number and its unit keep together by a space that does not break.
        on_page = " ".join(" ".join(await texts(person.page)).split())
        state = household.home.states_now.now[threshold]
        return (state not in ABSENT and f"Peak threshold {float(state):.3f} kW" in on_page) or None

    await until(seen, seconds=_PATIENCE, otherwise="the peak threshold is not on the page as it is")
    await person.look("device")
