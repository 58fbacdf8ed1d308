"""A person's browser: Debian's chromium, driven by Playwright."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
import shutil
from typing import Literal

from playwright.async_api import FloatRect, Locator, Page, ViewportSize, async_playwright

from demo.onboarding import PASSWORD, USERNAME

_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Tall enough for all cards of the dashboard: the frontend scrolls inside itself.
_SIZE: ViewportSize = {"width": 1280, "height": 1320}
_PATIENCE = 30.0
_LOOK_AGAIN = 0.7
_MARGIN = 24

# What charts have drawn, and what stands around them.
_DRAWN = """() => {
  const drawn = [];
  const walk = (node) => {
    if (node.nodeName === "CANVAS") drawn.push(node.toDataURL());
    if (node.nodeType === Node.TEXT_NODE) drawn.push(node.textContent);
    if (node.shadowRoot) walk(node.shadowRoot);
    node.childNodes.forEach(walk);
  };
  walk(document.body);
  return drawn.join();
}"""

# The frontend is made of elements within elements, each with a document of its own.
_VISIBLE_TEXTS = """() => {
  const texts = [];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      if (node.textContent.trim()) texts.push(node.textContent.trim());
    } else if (!["SCRIPT", "STYLE"].includes(node.nodeName)) {
      if (node.shadowRoot) walk(node.shadowRoot);
      node.childNodes.forEach(walk);
    }
  };
  walk(document.body);
  return texts;
}"""


@asynccontextmanager
async def taller(page: Page, height: int) -> AsyncGenerator[None]:
    """Show more of a long page."""
    await page.set_viewport_size({"width": _SIZE["width"], "height": height})
    yield
    await page.set_viewport_size(_SIZE)


@asynccontextmanager
async def signed_in(
    url: str,
    *,
    size: ViewportSize = _SIZE,
    scheme: Literal["dark", "light"] = "light",
    locale: str = "en-GB",
) -> AsyncGenerator[Page]:
    """Yield a page behind the login form; no script on it may fail."""
    chromium = shutil.which("chromium")
    assert chromium, "chromium is missing: scripts/e2e installs it"
    failures: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        try:
            page = await browser.new_page(
                viewport=size,
                color_scheme=scheme,
                locale=locale,
                reduced_motion="reduce",
                timezone_id="Europe/Brussels",
            )
            page.set_default_timeout(_PATIENCE * 1000)
            page.on("pageerror", lambda error: failures.append(str(error)))
            await page.goto(url)
            await page.locator("input[name=username]").fill(USERNAME)
            await page.locator("input[name=password]").fill(PASSWORD)
            await page.keyboard.press("Enter")
            await page.locator("home-assistant-main").wait_for(state="attached")
            yield page
        finally:
            await browser.close()
    assert failures == []


async def texts(page: Page) -> list[str]:
    """Return every text on the page, in its order."""
    found: list[str] = await page.evaluate(_VISIBLE_TEXTS)
    return found


async def picture(
    page: Page,
    file: Path,
    *,
    middle: tuple[int, int] | None = None,
    height: int | None = None,
    around: Locator | None = None,
) -> int:
    """Take a picture of the page once nothing is drawn any more; return its bytes.

    Of its middle if told how wide and high, of its upper part if told how high, of a part of it and some
    pixels around that if told which.
    """
    before = None
    async with asyncio.timeout(_PATIENCE):
        # Charts draw themselves in their own time and tell nobody.
        while (now := await page.evaluate(_DRAWN)) != before:
            before = now
            await asyncio.sleep(_LOOK_AGAIN)
    file.parent.mkdir(parents=True, exist_ok=True)
    size = page.viewport_size or _SIZE
    clip: FloatRect = {"x": 0, "y": 0, "width": size["width"], "height": height or size["height"]}
    if middle:
        width, height = middle
        left, top = (size["width"] - width) // 2, (size["height"] - height) // 2
        clip = {"x": left, "y": top, "width": width, "height": height}
    if around:
        clip = await _frame(around, clip)
    return len(await page.screenshot(path=file, clip=clip))


async def _frame(part: Locator, page: FloatRect) -> FloatRect:
    """Return where a part of the page stands, with a margin."""
    box = await part.bounding_box()
    assert box, "what the picture is of cannot be seen"
    left, top = max(0, box["x"] - _MARGIN), max(0, box["y"] - _MARGIN)
    return {
        "x": left,
        "y": top,
        "width": min(page["width"], box["x"] + box["width"] + _MARGIN) - left,
        "height": min(page["height"], box["y"] + box["height"] + _MARGIN) - top,
    }
