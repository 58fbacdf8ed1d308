"""Pictures of what a person sees on the way."""

from pathlib import Path

from playwright.async_api import Page

from tests.e2e.browser import picture

_MOST_BYTES = 300_000


class Album:
    """Take the pictures of one page: one of every step, and those that the documentation shows."""

    def __init__(self, page: Page, steps: Path, pictures: Path, *, patient: bool) -> None:
        self._page = page
        self._steps = steps
        self._pictures = pictures
        self._patient = patient
        self._taken = 0

    async def step(self, name: str) -> None:
        """Take the page as it is, or, for somebody who wants to see it, once all of it is drawn."""
        self._taken += 1
        file = self._steps / f"{self._taken:02}-{name}.png"
        if self._patient:
            await picture(self._page, file)
        else:
            await self._page.screenshot(path=file)

    async def page(self, name: str, *, height: int) -> None:
        """Take the upper part of the page for the documentation."""
        assert await picture(self._page, self._pictures / f"{name}.png", height=height) < _MOST_BYTES

    async def dialog(self, name: str) -> None:
        """Take the open dialog for the documentation."""
        around = self._page.locator("dialog[open]").last
        assert await picture(self._page, self._pictures / f"{name}.png", around=around) < _MOST_BYTES
