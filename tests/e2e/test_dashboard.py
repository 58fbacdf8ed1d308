"""What a household looks at: the Energy dashboard, the meter's page, the dialog that adds a meter."""

from collections.abc import AsyncGenerator
from itertools import pairwise
from pathlib import Path
import re

from playwright.async_api import Page
import pytest

from demo.process import DOMAIN
from demo.waiting import until

from .browser import picture, signed_in, taller, texts
from .furnished import open_furnished
from .home import Home

_MOST_BYTES = 300_000
_TROUBLE = ("Configuration error", "Connection lost", "Entity not available", "No data", "Unknown error")
_PERIOD = "Last 30 days"
_DEVICE_PAGE = 2112
_PATIENCE = 20


@pytest.fixture(scope="module")
async def home(folder: Path) -> AsyncGenerator[Home]:
    place = folder / "furnished"
    place.mkdir()
    async with open_furnished(place) as opened:
        yield opened


@pytest.fixture(scope="module")
async def browser(home: Home) -> AsyncGenerator[Page]:
    async with signed_in(home.url) as opened:
        yield opened


@pytest.fixture
async def page(browser: Page, folder: Path) -> AsyncGenerator[Page]:
    """Yield the page, and take a picture of how a test left it."""
    yield browser
    await browser.screenshot(path=folder / "last_look.png")


async def test_energy_dashboard_takes_grid_power_gas_and_water(home: Home) -> None:
    prefs = await home.energy_prefs()
    assert prefs is not None
    assert [source["type"] for source in prefs["energy_sources"]] == ["grid", "gas", "water"]
    assert prefs["energy_sources"][0]["stat_rate"] == "sensor.digital_meter_power"
    issues = await home.validate_energy()
    assert issues == {
        "device_consumption": [],
        "device_consumption_water": [],
        "energy_sources": [[], [], []],
    }


async def test_energy_dashboard_shows_a_month_of_life(page: Page, home: Home, pictures: Path) -> None:
    await page.goto(f"{home.url}/energy")
    await page.locator("ha-date-range-picker").first.click()
    await page.get_by_text(_PERIOD, exact=True).click()
    await page.get_by_text("Water total").wait_for()
    await until(lambda: _full(page), seconds=_PATIENCE, otherwise="The dashboard stays empty")
    shown = await texts(page)
    assert {"Digital meter Energy import", "Digital meter Energy export"} <= {*shown}
    _assert_no_trouble(shown)
    assert await picture(page, pictures / "energy-dashboard.png") < _MOST_BYTES


async def test_device_page_names_every_value(page: Page, home: Home, pictures: Path) -> None:
    devices = {device["name"]: device["id"] for device in await home.own_devices()}
    await page.goto(f"{home.url}/config/devices/device/{devices['Digital meter']}")
    await page.get_by_text("Quarter forecast").wait_for()
    shown = await texts(page)
    assert {
        "T211-D",
        "by Sagemcom",
        "Energy import",
        "Energy export",
        "Month peak",
        "Peak target",
        "Peak warning",
        "Power",
        "Tariff",
        "Gas meter",
        "Water meter",
    } <= {*shown}
    assert _number_after(shown, "Energy import") > 1
    assert _number_after(shown, "Energy export") > 1
    _assert_no_trouble(shown)
    async with taller(page, _DEVICE_PAGE):
        assert await picture(page, pictures / "device-page.png") < _MOST_BYTES


async def test_dialog_asks_for_a_gateway_in_words(page: Page, home: Home, pictures: Path) -> None:
    await page.goto(f"{home.url}/config/integrations/dashboard/add?domain={DOMAIN}")
    await page.get_by_text("OK", exact=True).click()
    await page.get_by_text("Through a gateway in the network").click()
    await page.locator("input[name=host]").fill("192.168.1.20")
    await page.locator("input[type=number]").fill("2000")
    shown = await texts(page)
    assert {"Network gateway", "Host*", "Port", "Submit"} <= {*shown}
    _assert_no_trouble(shown)
    assert await picture(page, pictures / "config-flow.png", middle=(660, 540)) < _MOST_BYTES


def _assert_no_trouble(shown: list[str]) -> None:
    assert [text for text in shown if any(trouble in text for trouble in _TROUBLE)] == []


async def _full(page: Page) -> bool | None:
    """Return True once the table has numbers for grid, gas and water."""
    shown = await texts(page)
    amounts = [_number_after(shown, f"{source} total") for source in ("Grid", "Gas", "Water")]
    return True if all(amount != 0 for amount in amounts) else None


def _number_after(shown: list[str], label: str) -> float:
    """Return the number in the text that follows a label, 0 while there is none."""
    following = dict(pairwise(shown)).get(label, "")
    match = re.match(r"-?[\d,]+\.?\d*", following)
    return float(match[0].replace(",", "")) if match else 0.0
