"""What the system health page tells."""

import asyncio
import json
from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info

from custom_components.emucs_p1 import coordinator
from custom_components.emucs_p1.const import DOMAIN

from .conftest import an_entry, set_up, until
from .ports import FakePort
from .test_translations import TEXTS
from .variants import GAS_ID, THREE_ID, hexed, three_phase

OTHER = "1SAG3100009999"
OTHER_METER = three_phase(meter_id=hexed(OTHER))
DAMAGED = three_phase().replace(b"(0001)", b"(0002)")


async def health(hass: HomeAssistant) -> dict[str, Any]:
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    return await get_system_health_info(hass, DOMAIN)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no set-up wait for its meter."""
    monkeypatch.setattr(coordinator, "_SETUP_PATIENCE", 0.02)


async def test_a_meter_that_speaks_is_up(hass: HomeAssistant, meter: FakePort) -> None:
    meter.send(three_phase() + DAMAGED + three_phase())
    assert await health(hass) == {"link": "up", "telegrams": 3, "crc_errors": 1, "last_telegram": 0}


async def test_the_age_of_the_last_telegram_is_in_seconds(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry
) -> None:
    assert meter.open_lines
    entry.runtime_data.link.last_received = asyncio.get_running_loop().time() - 61.2
    assert (await health(hass))["last_telegram"] == 61


@pytest.mark.usefixtures("quick")
async def test_a_link_that_is_down_says_why(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry
) -> None:
    meter.refusal = OSError()
    meter.drop()
    await until(lambda: not entry.runtime_data.last_update_success)
    assert (await health(hass))["link"] == "cannot_connect"


async def test_another_meter_on_the_port_is_not_up(hass: HomeAssistant, meter: FakePort) -> None:
    meter.send(OTHER_METER)
    assert (await health(hass))["link"] == "other_meter"


@pytest.mark.parametrize(
    ("trouble", "word"),
    [
        ((None, b""), "no_data"),
        ((OSError(), b""), "cannot_connect"),
        ((None, OTHER_METER), "other_meter"),
    ],
)
@pytest.mark.usefixtures("hasty")
async def test_a_meter_that_is_waited_for_is_told_of_too(
    hass: HomeAssistant,
    port: FakePort,
    entry: MockConfigEntry,
    trouble: tuple[BaseException | None, bytes],
    word: str,
) -> None:
    port.refusal, port.greeting = trouble
    await set_up(hass, entry)
    assert (await health(hass))["link"] == word


@pytest.mark.usefixtures("hasty")
async def test_a_meter_that_was_never_heard_has_no_last_telegram(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    port.greeting = b""
    await set_up(hass, entry)
    assert await health(hass) == {
        "link": "no_data",
        "telegrams": 0,
        "crc_errors": 0,
        "last_telegram": "never",
    }


@pytest.mark.usefixtures("hasty", "meter")
async def test_several_meters_stand_side_by_side(hass: HomeAssistant, port: FakePort) -> None:
    port.greeting = b""
    await set_up(hass, an_entry(hass, port="socket://192.168.1.20:23", unique_id=OTHER))
    assert await health(hass) == {
        "link": "1: up, 2: no_data",
        "telegrams": "1: 1, 2: 0",
        "crc_errors": "1: 0, 2: 0",
        "last_telegram": "1: 0, 2: never",
    }


@pytest.mark.usefixtures("meter")
async def test_a_disabled_meter_is_left_out(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    await hass.async_block_till_done()
    assert await health(hass) == {}


@pytest.mark.usefixtures("meter")
async def test_nothing_tells_whose_meter_it_is_or_where(hass: HomeAssistant) -> None:
    text = json.dumps(await health(hass))
    assert not any(secret in text for secret in (THREE_ID, GAS_ID, "gateway.example", "0001"))


@pytest.mark.usefixtures("meter")
async def test_every_line_has_a_text_and_no_text_is_left_over(hass: HomeAssistant) -> None:
    assert set(await health(hass)) == set(TEXTS["system_health"]["info"])
    assert all(TEXTS["system_health"]["info"].values())
