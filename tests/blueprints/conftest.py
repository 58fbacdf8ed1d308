"""What the tests of the blueprints share."""

from collections.abc import AsyncIterator
import logging
from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.emucs_p1 import coordinator
from custom_components.emucs_p1.const import DOMAIN

from ..ports import FakePort
from .home import BEGIN, BLUEPRINTS, Home
from .passing import Passing

EXPECTED = ("which has not been tested by Home Assistant", "zlib_ng and isal are not available")
"""What Home Assistant warns of in every test."""


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Put the blueprints where Home Assistant looks for them."""
    automations = Path(hass_tmp_config_dir, "blueprints", "automation")
    automations.mkdir(parents=True, exist_ok=True)
    (automations / DOMAIN).symlink_to(BLUEPRINTS)
    return hass_tmp_config_dir


@pytest.fixture
async def home(
    hass: HomeAssistant,
    port: FakePort,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> AsyncIterator[Home]:
    """Return a home at noon, not furnished yet, in which nothing may go wrong unnoticed."""
    # Only warnings are looked at below; all else need not be worded.
    caplog.set_level(logging.WARNING)
    passing = Passing(hass, monkeypatch, BEGIN)
    monkeypatch.setattr(coordinator, "time", passing)
    home = Home(hass, entry, port, passing)
    yield home
    await home.stop()
    assert [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelno >= logging.WARNING and not any(text in record.getMessage() for text in EXPECTED)
    ] == []
