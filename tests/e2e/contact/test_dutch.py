"""A Dutch telephone shows Dutch words."""

from collections.abc import AsyncGenerator
from pathlib import Path

from playwright.async_api import Page, expect
import pytest

from demo.process import DOMAIN
from tests.e2e.browser import signed_in
from tests.e2e.home import Home

from .words import text


@pytest.fixture
async def telephone(home: Home, folder: Path) -> AsyncGenerator[Page]:
    async with signed_in(home.url, locale="nl-BE", size={"width": 390, "height": 844}) as page:
        yield page
        await page.screenshot(path=folder / "last_look.png")


async def test_dialog_asks_in_dutch(telephone: Page, home: Home, steps: Path) -> None:
    await telephone.goto(f"{home.url}/config/integrations/dashboard/add?domain={DOMAIN}")
    await telephone.get_by_role("button", name="OK").click()
    await expect(telephone.get_by_text(text("config.step.user.description", "nl"))).to_be_visible()
    await telephone.screenshot(path=steps / "dutch-way.png")
    await telephone.get_by_text(text("config.step.user.menu_options.network", "nl"), exact=True).click()
    for name, role in (("host", "textbox"), ("port", "spinbutton")):
        label = text(f"config.step.network.data.{name}", "nl")
        await expect(telephone.get_by_role(role, name=label)).to_be_visible()
    hint = telephone.get_by_text(text("config.step.network.data_description.host", "nl"))
    await expect(hint).to_be_visible()
    await telephone.screenshot(path=steps / "dutch-address.png")
