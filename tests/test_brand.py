"""The icon and the logo are there as Home Assistant shows them, and are what was drawn."""

import hashlib
from pathlib import Path
import re

from homeassistant.components.brands.const import ALLOWED_IMAGES
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components import emucs_p1

ROOT = Path(__file__).parent.parent
DRAWINGS = ROOT / "brand"
PICTURES = Path(emucs_p1.__file__).parent / "brand"

ICONS = sorted(name for name in ALLOWED_IMAGES if "icon" in name)
LOGOS = sorted(name for name in ALLOWED_IMAGES if "logo" in name)


def drawing(name: str) -> Path:
    """Return what a picture was rendered from."""
    return DRAWINGS / f"{name.removeprefix('dark_').removesuffix('.png').removesuffix('@2x')}.svg"


def test_every_picture_that_home_assistant_asks_for_is_there_and_no_other() -> None:
    assert {path.name for path in PICTURES.iterdir()} == ALLOWED_IMAGES


async def test_home_assistant_shows_them(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> None:
    await async_setup_component(hass, "brands", {})
    client = await hass_client()
    for name in sorted(ALLOWED_IMAGES):
        answer = await client.get(f"/api/brands/integration/{emucs_p1.DOMAIN}/{name}")
        assert await answer.read() == (PICTURES / name).read_bytes()


@pytest.mark.parametrize("name", sorted(ALLOWED_IMAGES))
def test_a_picture_is_what_was_drawn(name: str) -> None:
    with Image.open(PICTURES / name) as picture:
        rendered_from = picture.info["Source"]
    assert rendered_from == hashlib.sha256(drawing(name).read_bytes()).hexdigest(), "run scripts/brand"


@pytest.mark.parametrize("name", ICONS)
def test_an_icon_is_a_square_of_256_pixels_or_twice_that(name: str) -> None:
    with Image.open(PICTURES / name) as picture:
        assert picture.size == ((512, 512) if "@2x" in name else (256, 256))


@pytest.mark.parametrize("name", LOGOS)
def test_a_logo_is_wide_and_within_the_height_that_is_asked_for(name: str) -> None:
    lowest, highest = (256, 512) if "@2x" in name else (128, 256)
    with Image.open(PICTURES / name) as picture:
        assert lowest <= picture.height <= highest < picture.width


@pytest.mark.parametrize("name", sorted(ALLOWED_IMAGES))
def test_a_picture_is_a_png_with_nothing_behind_it_and_nothing_around_it(name: str) -> None:
    with Image.open(PICTURES / name) as picture:
        assert (picture.format, picture.mode) == ("PNG", "RGBA")
        assert picture.getchannel("A").getextrema() == (0, 255)
        assert picture.getbbox() == (0, 0, *picture.size)


@pytest.mark.parametrize("name", sorted(ALLOWED_IMAGES))
def test_a_picture_is_small(name: str) -> None:
    assert (PICTURES / name).stat().st_size < 60_000


@pytest.mark.parametrize("name", ["icon", "logo"])
def test_the_dark_picture_has_other_colours(name: str) -> None:
    assert (PICTURES / f"{name}.png").read_bytes() != (PICTURES / f"dark_{name}.png").read_bytes()


@pytest.mark.parametrize("name", ["icon.svg", "logo.svg"])
def test_a_drawing_needs_no_font_and_nothing_from_elsewhere(name: str) -> None:
    text = (DRAWINGS / name).read_text()
    assert not re.search(r"<text|<image|href|url\(|@import", text)


def test_the_logo_holds_the_icon() -> None:
    icon, logo = (
        re.findall(r' d="([^"]+)"', (DRAWINGS / f"{name}.svg").read_text()) for name in ("icon", "logo")
    )
    assert logo[: len(icon)] == icon
