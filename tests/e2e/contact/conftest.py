"""One household and one person at its browser; the modules tell the story in their order."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page, expect
import pytest

from demo.process import DOMAIN
from tests.e2e.browser import signed_in
from tests.e2e.expected import ELECTRICITY
from tests.e2e.home import Home
from tests.e2e.house import inhabited
from tests.e2e.sources import Network

from .album import Album
from .person import Person

_PATIENCE = 30
_BROKEN = pytest.StashKey[str]()

expect.set_options(timeout=_PATIENCE * 1000)


@dataclass(frozen=True, kw_only=True)
class Household:
    """A Home Assistant, and a meter behind two gateways."""

    home: Home
    gateway: Network
    other_gateway: Network

    async def entity(self, key: str, *, of: str = ELECTRICITY) -> str:
        """Return the entity id by the key: that depends on the area that was chosen for the device."""
        return (await self.home.entity_ids())[f"{of}_{key}"]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tell a story no further than to where it broke: a dialog is left open for the test that follows."""
    if _at_the_screen(item) and item.parent and (broken := item.parent.stash.get(_BROKEN, None)):
        pytest.skip(f"the story broke at {broken}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
    failed = call.excinfo and not call.excinfo.errisinstance(pytest.skip.Exception)
    if failed and item.parent and _at_the_screen(item):
        item.parent.stash[_BROKEN] = item.name
    return (yield)


def _at_the_screen(item: pytest.Item) -> bool:
    return "person" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="package")
async def household(folder: Path) -> AsyncGenerator[Household]:
    """Yield a house into which a person has just moved."""
    place = folder / "contact"
    gateways = [Network(place / name) for name in ("gateway", "other_gateway")]
    for gateway in gateways:
        gateway.folder.mkdir(parents=True)
    home = Home(place / "config")
    starting = asyncio.create_task(gateways[1].start())
    try:
        async with inhabited(home, gateways[0]):
            await starting
            yield Household(home=home, gateway=gateways[0], other_gateway=gateways[1])
    finally:
        starting.cancel()
        await gateways[1].close()
    assert not home.complaints, "\n".join(home.complaints)


@pytest.fixture(scope="package")
def home(household: Household) -> Home:
    return household.home


@pytest.fixture(scope="package")
async def browser(home: Home) -> AsyncGenerator[Page]:
    """Yield a page on which the person has logged in."""
    async with signed_in(home.url) as page:
        yield page


@pytest.fixture(scope="package")
def album(pytestconfig: pytest.Config, browser: Page, steps: Path, pictures: Path) -> Album:
    return Album(browser, steps, pictures, patient=pytestconfig.getoption("--steps") is not None)


@pytest.fixture(scope="module")
async def arrived(browser: Page, home: Home) -> Page:
    """Open the frontend anew, whatever the module before has left on the screen."""
    await browser.goto(home.url)
    return browser


@pytest.fixture
async def person(arrived: Page, album: Album, folder: Path) -> AsyncGenerator[Person]:
    """Yield the person, and take a picture of how a test left the screen."""
    yield Person(arrived, album)
    await arrived.screenshot(path=folder / "last_look.png")


@pytest.fixture(scope="module")
async def meter(household: Household) -> Household:
    """See to it that there is a meter, also when the module that adds it does not run."""
    if not await household.home.entries(DOMAIN):
        _, step = await household.home.submit(household.gateway)
        assert step["type"] == "create_entry", step
    return household
