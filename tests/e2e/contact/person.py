"""Somebody at Home Assistant's frontend: what is clicked is found by the words on it."""

from collections.abc import Mapping
import re

from playwright.async_api import Locator, Page

from .album import Album
from .words import AREA, METERS, NAME, text

_STEP = re.compile(r"Step \d of \d")
_OPTION = re.compile(r'option "(.*?)"')
_FINISH = re.compile("finish", re.IGNORECASE)


class Person:
    """Click and type as one who has the mouse, the keyboard and the screen.

    A dialog's buttons are slotted into it: they are found on the page, not below the dialog's element.
    """

    def __init__(self, page: Page, album: Album) -> None:
        self.page = page
        self.album = album

    async def look(self, name: str) -> None:
        """Take a picture of this step."""
        await self.album.step(name)

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """Find a button, that of the dialog in front if there are several."""
        return self.page.get_by_role("button", name=name).last

    def field(self, name: str) -> Locator:
        """Find a field for text."""
        return self.page.get_by_role("textbox", name=name)

    def number(self, name: str) -> Locator:
        """Find a field for a number."""
        return self.page.get_by_role("spinbutton", name=name)

    def words(self, words: str) -> Locator:
        """Find words that stand alone."""
        return self.page.get_by_text(words, exact=True)

    async def fill(self, **fields: object) -> None:
        """Type host and port."""
        for name, value in fields.items():
            label = text(f"config.step.network.data.{name}")
            field = self.number(label) if isinstance(value, int) else self.field(label)
            await field.fill(str(value))

    async def pick_sensor(self, field: str, name: str, meter: str) -> list[str]:
        """Choose a sensor in a picker; return the names of those of its device that it offered."""
        # An area stands before the device once one has been chosen for it.
        device = rf" (?:{AREA} ▸ )?{meter}$"
        offered = await self.pick(field, re.compile(f"^{name}{device}"))
        return [re.sub(device, "", option) for option in offered if re.search(device, option)]

    async def pick(self, field: str, option: re.Pattern[str]) -> list[str]:
        """Choose in a picker; return what it offered, but for its questions."""
        await self.button(field).click()
        chosen = self.page.get_by_role("option", name=option)
        await chosen.wait_for()
        # What is slotted into an element is no text of that element, but it is its name.
        offered = _OPTION.findall(await self.page.get_by_role("listbox").aria_snapshot())
        await chosen.click()
        await chosen.wait_for(state="hidden")
        return [each for each in offered if "?" not in each]

    async def open_settings(self, page: str) -> None:
        """Go to a page of the settings."""
        # Its name ends with the number of repairs when there are any.
        await self.page.locator("ha-sidebar").get_by_role("link", name="Settings").click()
        await self.page.get_by_role("link", name=page).click()

    async def open_integration(self) -> None:
        """Go to the page of the integration, by its card."""
        await self.open_settings("Devices & services")
        await self.page.get_by_role("link", name=NAME).click()
        await self.page.locator("ha-config-entry-row").wait_for()

    async def open_device(self) -> None:
        """Go to the page of the electricity meter."""
        await self.open_integration()
        await self.page.get_by_role("button", name=METERS[0]).first.click()
        await self.words("Device info").wait_for()

    async def choose_from_menu(self, item: str) -> None:
        """Choose in the menu of the entry."""
        await self.open_integration()
        await self.page.locator("ha-config-entry-row").get_by_role("button", name="Menu").first.click()
        await self.page.get_by_role("menuitem", name=item, exact=True).click()

    async def go_to_step(self, number: int) -> None:
        """Go on in the Energy wizard."""
        while (step := int((await self.page.get_by_text(_STEP).inner_text()).split()[1])) < number:
            await self.button("Next").click()
            await self.page.get_by_text(f"Step {step + 1} of").wait_for()

    async def search_integration(self, words: str) -> Locator:
        """Look for an integration to add; return ours in what is found."""
        search = self.page.get_by_placeholder("Search for a brand name")
        if not await search.is_visible():
            await self.open_settings("Devices & services")
            await self.button("Add integration").click()
        await search.fill(words)
        return self.page.get_by_role("listitem").filter(has_text=NAME)

    async def add_meter(self, form: Mapping[str, object]) -> None:
        """Add the meter at a gateway, from the search to the end."""
        await (await self.search_integration("digital meter")).click()
        await self.words(text("config.step.user.menu_options.network")).click()
        await self.fill(**form)
        await self.button("Submit").click()
        await self.finish()

    async def finish(self) -> None:
        """Leave the dialog that tells what was added."""
        await self.button(_FINISH).click()
        await self.page.locator("dialog[open]").first.wait_for(state="hidden")
