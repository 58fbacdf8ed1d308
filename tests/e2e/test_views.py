"""The views that the action makes, in an English and in a Dutch household."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from playwright.async_api import Page, ViewportSize
import pytest

from demo.waiting import until

from .browser import picture, signed_in, texts
from .states import ABSENT
from .views import DESKTOP, PHONE, Viewed, open_viewed, shown

_VIEWS = ("now", "peaks", "meter")
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
_PATIENCE = 30
_CAR = 22_000
"""W: more than the house has ever drawn for a quarter of an hour."""
_WARNED = 200
"""Seconds until the end of the minute at which the alarms are judged, with time to spare."""
_TOO_LATE = 300
"""Seconds before the end of a quarter from which on it may end before somebody has looked at its alarm."""
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


@pytest.fixture(scope="module")
async def telephone(houses: dict[str, Viewed], pages: dict[str, Page]) -> Page:
    """Return a screen with the view of now, in a house where a car has this moment begun to charge."""
    house, page = houses["nl"], pages["nl"]
    await page.set_viewport_size(PHONE)
    end, now = (datetime.fromisoformat(house.state(key)) for key in ("quarter_end", "meter_time"))
    left = (end - now).total_seconds()
    # The warning of a quarter ends with it.
    if left < _TOO_LATE or house.state("peak_warning") == "on":
        await asyncio.sleep(left)
    assert await house.open(page, "now") == []
    await house.source.tell(f"switch car {_CAR}")
    return page


@pytest.fixture(params=("en", "nl"))
def house(request: pytest.FixtureRequest, houses: dict[str, Viewed]) -> Viewed:
    return houses[request.param]


def test_views_are_made_of_what_is_there(house: Viewed) -> None:
    assert shown(house.at_first["views"]) < shown([*house.views.values()])
    assert shown([*house.views.values()]) <= house.home.states_now.now.keys()


def test_a_dutch_household_has_dutch_entity_ids(houses: dict[str, Viewed]) -> None:
    assert "sensor.digitale_meter_maandpiek" in shown(houses["nl"].views["peaks"])


@pytest.mark.parametrize("name", _VIEWS)
async def test_a_view_shows_its_values(house: Viewed, pages: dict[str, Page], name: str) -> None:
    page = pages[house.language]
    assert await house.open(page, name) == []
    await picture(page, house.source.folder / f"{name}.png")
    seen = await texts(page)
    assert [text for text in seen if any(trouble in text for trouble in _TROUBLE)] == []
    assert house.text(name) in seen
    on_view = shown(house.views[name])
    for key in ("peak_threshold", "billed_peak", "energy_export_day"):
        if house.entity_ids[key] in on_view:
            await _until_read(house, page, key)


async def test_now_is_calm_when_a_car_begins_to_charge(houses: dict[str, Viewed], telephone: Page) -> None:
    assert not await telephone.get_by_text(houses["nl"].text("will_pass")).is_visible()


# While these are taken, the forecast follows.
@pytest.mark.parametrize("look", _LOOKS, ids=lambda look: f"pictures{look.name}")
async def test_pictures_of_the_views(
    houses: dict[str, Viewed], pages: dict[str, Page], pictures: Path, folder: Path, look: _Look
) -> None:
    page = pages["en"]
    await page.set_viewport_size(look.size)
    await page.emulate_media(color_scheme=look.scheme)
    for view in _VIEWS:
        assert await houses["en"].open(page, view) == []
        name = f"{view}{look.name}.png"
        file = (pictures if name in _IN_DOCS else folder / "pictures") / name
        height = _HEIGHTS[view] if look.size is DESKTOP else None
        assert await picture(page, file, height=height) < _MOST_BYTES


async def test_now_is_red_when_the_quarter_will_pass(
    houses: dict[str, Viewed], telephone: Page, pictures: Path
) -> None:
    house = houses["nl"]

    def warned() -> bool:
        gap = house.state("peak_gap")
        return house.state("peak_warning") == "on" and gap not in ABSENT and float(gap) < 0

    # If the sun keeps this quarter below the threshold, it is the next that passes it.
    await house.home.states_now.until(warned, seconds=_TOO_LATE + _WARNED, what="it warns and shows why")
    # The quarter may have ended meanwhile: the next one warns too.
    await telephone.get_by_text(house.text("will_pass")).wait_for(timeout=_WARNED * 1000)
    assert await picture(telephone, pictures / "now-red.png") < _MOST_BYTES


async def _until_read(house: Viewed, page: Page, key: str) -> None:
    """Wait until the page shows the state of now, written as the household writes numbers."""

    async def read() -> bool | None:
        seen = " ".join(await texts(page))
        state = house.state(key)
        return (state not in ABSENT and _as_written(float(state), house.language) in seen) or None

    await until(read, seconds=_PATIENCE, otherwise=f"{key} is not on the page as it is")


def _as_written(number: float, language: str) -> str:
    english = f"{number:,.3f}"
    return english if language == "en" else english.translate(str.maketrans(",.", ".,"))
