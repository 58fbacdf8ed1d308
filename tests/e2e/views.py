"""A household whose dashboard has the views of its meter, and how to look at them."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

from playwright.async_api import Page, ViewportSize

from demo.dashboard import PATH, add_dashboard, create_views
from demo.process import DOMAIN, REPOSITORY

from .expected import ELECTRICITY
from .furnished import open_furnished
from .home import Home
from .sources import Network

DESKTOP: ViewportSize = {"width": 1280, "height": 1480}
PHONE: ViewportSize = {"width": 390, "height": 844}

_SETTLE = 60

# In whatever language they say what is wrong.
_COMPLAINTS = """() => {
  const complaints = [];
  const walk = (node) => {
    if (/^HUI-(ERROR|WARNING)/.test(node.nodeName)) complaints.push(node.nodeName);
    if (node.shadowRoot) walk(node.shadowRoot);
    node.childNodes.forEach(walk);
  };
  walk(document.body);
  return complaints;
}"""


@dataclass(frozen=True, kw_only=True)
class Viewed:
    """A household and its views."""

    language: str
    home: Home
    source: Network
    entity_ids: dict[str, str]
    """By key, of the electricity meter."""
    at_first: dict[str, Any]
    """What the action returned before anything was enabled."""
    views: dict[str, dict[str, Any]]
    """Those of now, by path."""

    def text(self, key: str) -> str:
        """Return a text of the integration that is on views."""
        file = REPOSITORY / "custom_components" / DOMAIN / "translations" / f"{self.language}.json"
        text: str = json.loads(file.read_text())["common"][f"dashboard_{key}"]
        return text

    def state(self, key: str) -> str:
        return self.home.states_now.now[self.entity_ids[key]]

    async def open(self, page: Page, path: str) -> list[str]:
        """Show a view; return the names of the elements that complain."""
        await page.goto(f"{self.home.url}/{PATH}/{path}")
        for heading in headings(self.views[path]):
            await page.get_by_text(heading, exact=True).first.wait_for(state="attached")
        complaints: list[str] = await page.evaluate(_COMPLAINTS)
        return complaints


@asynccontextmanager
async def open_viewed(folder: Path, language: str) -> AsyncGenerator[Viewed]:
    """Make the views of a furnished household, then again with everything that can be enabled."""
    source = Network(folder)
    async with open_furnished(folder, source=source, language=language) as home:
        unique_ids = await home.entity_ids()
        power = unique_ids[f"{ELECTRICITY}_power"]
        await add_dashboard(home, power)
        at_first = await create_views(home, power)
        await asyncio.gather(*(_enable(home, entity_id) for entity_id in at_first["disabled"]))
        await home.reload_entry((await home.entry())["entry_id"])
        views = (await create_views(home, power))["views"]
        await home.states_now.until_there([power], seconds=_SETTLE)
        yield Viewed(
            language=language,
            home=home,
            source=source,
            entity_ids={key.removeprefix(f"{ELECTRICITY}_"): value for key, value in unique_ids.items()},
            at_first=at_first,
            views={view["path"]: view for view in views},
        )


async def _enable(home: Home, entity_id: str) -> None:
    await home.ws("config/entity_registry/update", entity_id=entity_id, disabled_by=None)


def parts(card: Any) -> Iterator[dict[str, Any]]:
    """Yield everything that views are made of."""
    if isinstance(card, dict):
        yield card
        card = list(card.values())
    if isinstance(card, list):
        for item in card:
            yield from parts(item)


def shown(views: Any) -> set[str]:
    """Return the ids of the entities on views."""
    ids = {part["entity"] for part in parts(views) if "entity" in part}
    return {entity_id for entity_id in ids if not entity_id.startswith(f"{DOMAIN}:")}


def headings(view: Any) -> list[str]:
    return [part["heading"] for part in parts(view) if "heading" in part]
