"""A household whose dashboard has the views of its meter, and how to look at them."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
import json
from pathlib import Path
from typing import Any

from playwright.async_api import Page, ViewportSize

from demo.dashboard import PATH, add_dashboard, create_views
from demo.process import DOMAIN, REPOSITORY
from simulator.clock import QUARTER

from .expected import ELECTRICITY
from .furnished import open_furnished
from .home import Home
from .sources import NOW, Network

DESKTOP: ViewportSize = {"width": 1280, "height": 1480}
PHONE: ViewportSize = {"width": 390, "height": 844}

_SETTLE = 60
_ENABLED = 90
"""Seconds; Home Assistant reloads the meter half a minute after the last of its entities was enabled."""
_LONG_ENOUGH = 600
"""Seconds: the houses take two minutes to open, on a slow machine four."""
_PATH_PREFIX = "p1-"

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
    """Those of now, by name: `now`, `peaks`, `meter`."""

    def text(self, key: str) -> str:
        """Return a text of the integration that is on views."""
        file = REPOSITORY / "custom_components" / DOMAIN / "translations" / f"{self.language}.json"
        text: str = json.loads(file.read_text())["common"][f"dashboard_{key}"]
        return text

    def state(self, key: str) -> str:
        return self.home.states_now.now[self.entity_ids[key]]

    async def open(self, page: Page, name: str) -> list[str]:
        """Show a view with its cards; return the names of the elements that complain."""
        view = self.views[name]
        await page.goto(f"{self.home.url}/{PATH}/{view['path']}")
        for heading in headings(view):
            await page.get_by_text(heading, exact=True).first.wait_for(state="attached")
        await page.locator("hui-tile-card").first.wait_for()
        complaints: list[str] = await page.evaluate(_COMPLAINTS)
        return complaints


@asynccontextmanager
async def open_viewed(folder: Path, language: str) -> AsyncGenerator[Viewed]:
    """Make the views of a furnished household, then again with everything that can be enabled."""
    source = Network(folder, life=_life())
    async with open_furnished(folder, source=source, language=language) as home:
        unique_ids = await home.entity_ids()
        power = unique_ids[f"{ELECTRICITY}_power"]
        await add_dashboard(home, power)
        at_first = await create_views(home, power)
        await _enable(home, at_first["disabled"])
        await home.states_now.until_there([power], seconds=_SETTLE)
        views = (await create_views(home, power))["views"]
        yield Viewed(
            language=language,
            home=home,
            source=source,
            entity_ids={key.removeprefix(f"{ELECTRICITY}_"): value for key, value in unique_ids.items()},
            at_first=at_first,
            views={view["path"].removeprefix(_PATH_PREFIX): view for view in views},
        )


def _life() -> Sequence[str]:
    """Return the life of a meter in whose quarter there is time to look at an alarm.

    Where the quarter of now is short of it, the meter's clock is that much ahead.
    """
    now = datetime.now(UTC).timestamp()
    left = QUARTER - now % QUARTER
    if left > _LONG_ENOUGH:
        return NOW
    return (*NOW, "--start", datetime.fromtimestamp(now + left, UTC).isoformat())


async def _enable(home: Home, entity_ids: list[str]) -> None:
    """Enable entities; return once Home Assistant has reloaded the meter for it."""
    for entity_id in entity_ids:
        await home.ws("config/entity_registry/update", entity_id=entity_id, disabled_by=None)
    now = home.states_now.now
    # Until then they are there and unavailable; what the meter does not tell stays unknown.
    await home.states_now.until(
        lambda: all(now.get(entity_id, "unavailable") != "unavailable" for entity_id in entity_ids),
        seconds=_ENABLED,
        what="all enabled entities have a state",
    )


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
