"""The views that the action makes, in an English and in a Dutch household."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from playwright.async_api import Page, ViewportSize
import pytest

from .browser import picture, signed_in, texts
from .states import ABSENT
from .views import DESKTOP, PHONE, Viewed, open_viewed, shown

_PATHS = ("now", "peaks", "meter")
_TROUBLE = (
    "Configuration error",
    "Configuratiefout",
    "Custom element",
    "Entity not",
    "Entiteit niet",
    "No statistics",
    "Unavailable",
    "Niet beschikbaar",
)
_MOST_BYTES = 300_000
_QUARTER = 900
_CAR = 22_000
"""W: more than the house has ever drawn for a quarter of an hour."""
_WARNED = 200
"""Seconds until the end of the minute at which the alarms are judged, with time to spare."""
_TOO_LATE = 180
"""Seconds before the end of a quarter from which on no load makes it pass for sure."""
_OVEN = 3500
_HEIGHTS = {"now": 650, "peaks": 800, "meter": 1150}
"""Pixels on a desktop: below stand graphs of hours, which are empty in a household that has just begun."""
_IN_DOCS = ("now.png", "now-dark.png", "now-phone.png", "peaks.png", "meter.png")


@dataclass(frozen=True, kw_only=True)
class _Look:
    """A screen in a light or a dark room."""

    name: str
    size: ViewportSize
    scheme: Literal["dark", "light"]


_LOOKS = (
    _Look(name="", size=DESKTOP, scheme="light"),
    _Look(name="-dark", size=DESKTOP, scheme="dark"),
    _Look(name="-phone", size=PHONE, scheme="light"),
    _Look(name="-phone-dark", size=PHONE, scheme="dark"),
)


@pytest.fixture(scope="module")
async def houses(folder: Path) -> AsyncGenerator[dict[str, Viewed]]:
    places = {language: folder / f"views_{language}" for language in ("en", "nl")}
    for place in places.values():
        place.mkdir()
    async with AsyncExitStack() as stack:
        opened = await asyncio.gather(
            *(stack.enter_async_context(open_viewed(place, language)) for language, place in places.items())
        )
        houses = {house.language: house for house in opened}
        await houses["en"].source.tell(f"switch oven {_OVEN}")
        yield houses


@pytest.fixture(scope="module")
async def pages(houses: dict[str, Viewed], folder: Path) -> AsyncGenerator[dict[str, Page]]:
    locales = {"en": "en-GB", "nl": "nl-BE"}
    async with AsyncExitStack() as stack:
        opened = {
            language: await stack.enter_async_context(
                signed_in(houses[language].home.url, size=DESKTOP, locale=locale)
            )
            for language, locale in locales.items()
        }
        yield opened
        for language, page in opened.items():
            await page.screenshot(path=folder / f"last_view_{language}.png")


@pytest.fixture(params=("en", "nl"))
def house(request: pytest.FixtureRequest, houses: dict[str, Viewed]) -> Viewed:
    return houses[request.param]


def test_views_are_made_of_what_is_there(house: Viewed) -> None:
    assert shown(house.at_first["views"]) < shown([*house.views.values()])
    assert shown([*house.views.values()]) <= house.home.states_now.now.keys()


def test_a_dutch_household_has_dutch_entity_ids(houses: dict[str, Viewed]) -> None:
    assert "sensor.digitale_meter_maandpiek" in shown(houses["nl"].views["peaks"])


@pytest.mark.parametrize("path", _PATHS)
async def test_a_view_shows_its_values(house: Viewed, pages: dict[str, Page], path: str) -> None:
    page = pages[house.language]
    assert await house.open(page, path) == []
    await picture(page, house.source.folder / f"{path}.png")
    seen = await texts(page)
    assert [text for text in seen if any(trouble in text for trouble in _TROUBLE)] == []
    assert house.text(path) in seen
    # They stand for minutes at least, and are written as the household writes numbers.
    for key in ("peak_threshold", "billed_peak", "energy_export_day"):
        if house.entity_ids[key] in shown(house.views[path]):
            assert _as_read(house, key) in " ".join(seen)


async def test_now_is_calm_when_a_car_begins_to_charge(
    houses: dict[str, Viewed], pages: dict[str, Page]
) -> None:
    house, page = houses["nl"], pages["nl"]
    await page.set_viewport_size(PHONE)
    if (left := _QUARTER - datetime.now(UTC).timestamp() % _QUARTER) < _TOO_LATE:
        await asyncio.sleep(left)
    await house.source.tell(f"switch car {_CAR}")
    assert await house.open(page, "now") == []
    assert not await page.get_by_text(house.text("will_pass")).is_visible()


# While these are taken, the forecast follows.
@pytest.mark.parametrize("look", _LOOKS, ids=lambda look: f"pictures{look.name}")
async def test_pictures_of_the_views(
    houses: dict[str, Viewed], pages: dict[str, Page], pictures: Path, folder: Path, look: _Look
) -> None:
    page = pages["en"]
    await page.set_viewport_size(look.size)
    await page.emulate_media(color_scheme=look.scheme)
    for path in _PATHS:
        assert await houses["en"].open(page, path) == []
        name = f"{path}{look.name}.png"
        file = (pictures if name in _IN_DOCS else folder / "pictures") / name
        height = _HEIGHTS[path] if look.size is DESKTOP else None
        assert await picture(page, file, height=height) < _MOST_BYTES


async def test_now_is_red_when_the_quarter_will_pass(
    houses: dict[str, Viewed], pages: dict[str, Page], pictures: Path
) -> None:
    house, page = houses["nl"], pages["nl"]
    warning, states = house.entity_ids["peak_warning"], house.home.states_now
    await states.until(lambda: states.now[warning] == "on", seconds=_WARNED, what="the warning is on")
    # The figures follow with the next update interval.
    await states.until(lambda: float(house.state("peak_gap")) < 0, seconds=_WARNED, what="it shows why")
    await page.get_by_text(house.text("will_pass")).wait_for()
    assert await picture(page, pictures / "now-red.png") < _MOST_BYTES


def _as_read(house: Viewed, key: str) -> str:
    """Return a state as the household reads it."""
    state = house.state(key)
    assert state not in ABSENT
    english = f"{float(state):,.3f}"
    return english if house.language == "en" else english.translate(str.maketrans(",.", ".,"))
