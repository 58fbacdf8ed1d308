"""Setting up, unloading, reloading and removing a meter."""

import asyncio
from collections import Counter
import errno
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util.async_ import get_scheduled_timer_handles
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.emucs_p1 import coordinator
from custom_components.emucs_p1.const import DOMAIN, HEARD
from custom_components.emucs_p1.p1 import Probed, parse_telegram
from custom_components.emucs_p1.p1 import link as p1_link

from .conftest import PORT, House, Later, an_entry, set_up, until
from .house import at
from .p1.ports import Gateway
from .p1.telegrams import ENCRYPTED_HEADER
from .ports import FakePort
from .variants import GAS_ID, THREE_ID, THREE_PHASE, build, hexed, three_phase

OTHER_METER = three_phase(meter_id=hexed("1SAG3100009999"))
DAMAGED = three_phase().replace(b"(0001)", b"(0002)")
POWER = "sensor.digital_meter_power"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for a silent port."""
    monkeypatch.setattr(p1_link, "PATIENCE", 0.03)
    monkeypatch.setattr(coordinator, "_SETUP_PATIENCE", 0.5)


async def test_the_first_telegram_brings_the_entities(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry
) -> None:
    assert meter.opened == [PORT]
    assert entry.state is ConfigEntryState.LOADED
    assert hass.states.get(POWER).state == "500.0"


async def test_a_real_gateway_brings_the_entities(hass: HomeAssistant, gateway: Gateway) -> None:
    await set_up(hass, an_entry(hass, port=gateway.url))
    assert hass.states.get(POWER).state == "500.0"
    assert gateway.connections == 1


@pytest.mark.parametrize(
    ("trouble", "problem"),
    [
        ((OSError(), b""), "cannot_connect"),
        ((OSError(errno.EBUSY, "busy"), b""), "port_in_use"),
        ((ValueError(), b""), "invalid_address"),
        ((None, b""), "no_data"),
        ((None, b"some other device\r\n"), "not_p1"),
        ((None, DAMAGED), "crc_errors"),
        ((None, ENCRYPTED_HEADER), "encrypted"),
        ((None, OTHER_METER), "other_meter"),
    ],
)
@pytest.mark.usefixtures("impatient")
async def test_a_set_up_without_a_telegram_says_why(
    hass: HomeAssistant,
    port: FakePort,
    entry: MockConfigEntry,
    trouble: tuple[BaseException | None, bytes],
    problem: str,
) -> None:
    port.refusal, port.greeting = trouble
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == problem


async def test_a_set_up_does_not_hang_on_a_meter_that_is_not_there(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coordinator, "_SETUP_PATIENCE", 0.02)
    port.greeting = b""
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "no_data"


async def test_an_esphome_that_is_not_up_yet_is_home_assistants_to_retry(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    port.refusal = ConfigEntryNotReady("ESPHome is not set up yet")
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.reason == "ESPHome is not set up yet"
    assert port.opened == [PORT]


@pytest.mark.usefixtures("quick")
async def test_an_esphome_that_goes_away_later_sets_the_meter_up_anew(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry
) -> None:
    meter.refusal = ConfigEntryNotReady("ESPHome is not set up yet")
    meter.drop()
    await until(lambda: entry.state is ConfigEntryState.SETUP_RETRY, hass)
    assert entry.reason == "ESPHome is not set up yet"


async def test_unloading_closes_the_port_at_once(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    assert meter.open_lines == []


async def test_unloading_disconnects_from_a_real_gateway(hass: HomeAssistant, gateway: Gateway) -> None:
    entry = an_entry(hass, port=gateway.url)
    await set_up(hass, entry)
    assert len(gateway.clients) == 1
    await hass.config_entries.async_unload(entry.entry_id)
    await until(lambda: not gateway.clients)


async def test_removing_leaves_nothing_of_the_meter_behind(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    await house.move_in()
    await house.draw(0.5, at(12, 1))
    await hass.config_entries.async_remove(house.entry.entry_id)
    await hass.async_block_till_done()
    assert [key for key in hass_storage if key.startswith(DOMAIN)] == []
    ours = {str(key): value for key, value in hass.data.items() if str(key).startswith(DOMAIN)}
    assert not any(ours.values()), ours


async def test_stopping_home_assistant_closes_the_port(hass: HomeAssistant, meter: FakePort) -> None:
    await hass.async_stop(force=True)
    assert meter.open_lines == []


async def test_reloading_opens_the_port_anew(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry
) -> None:
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    assert meter.opened == [PORT, PORT]
    assert len(meter.open_lines) == 1


async def test_fifty_reloads_leak_no_task_timer_or_listener(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry
) -> None:
    async def held() -> Counter[str]:
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
        timers = get_scheduled_timer_handles(asyncio.get_running_loop())
        return Counter(
            tasks=len(asyncio.all_tasks()),
            timers=sum(not timer.cancelled() for timer in timers),
            listeners=sum(hass.bus.async_listeners().values()),
            ports=len(meter.open_lines),
        )

    at_first = await held()
    for _ in range(49):
        at_last = await held()
    # Home Assistant's own stores come and go; a leak of ours would be forty-nine.
    assert (at_last - at_first).total() < 5
    assert len(meter.open_lines) == 1


@pytest.mark.parametrize("port_of_entry", ["/dev/ttyUSB0"])
@pytest.mark.usefixtures("quick")
async def test_plugging_a_cable_in_tries_the_port_at_once(
    hass: HomeAssistant, port: FakePort, port_of_entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = an_entry(hass, port=port_of_entry)
    await set_up(hass, entry)
    monkeypatch.setattr(p1_link, "_FIRST_DELAY", 60.0)
    monkeypatch.setattr(p1_link, "_DELAY_AT_FIRST", 60.0)
    port.drop()
    await until(lambda: not entry.runtime_data.link.up)
    plug_in(hass)
    await until(lambda: entry.runtime_data.link.up)
    assert port.opened == [port_of_entry] * 2


async def test_plugging_is_not_listened_to_any_more_after_unloading(
    hass: HomeAssistant, port: FakePort
) -> None:
    entry = an_entry(hass, port="/dev/ttyUSB0")
    await set_up(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    plug_in(hass)
    assert port.opened == ["/dev/ttyUSB0"]


def plug_in(hass: HomeAssistant) -> None:
    """Do what Home Assistant does when a USB device appears."""
    (discovery,) = [value for key, value in hass.data.items() if str(key) == "usb"]
    for listener in list(discovery._port_event_callbacks):
        listener(set(), set())


async def test_what_the_dialog_heard_of_a_slow_gateway_is_used_once(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    hass.data[HEARD] = {PORT: Probed(parse_telegram(three_phase()), waited=40.0)}
    port.greeting = b""
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data.link.usual_interval == 40
    assert hass.data[HEARD] == {}


async def test_a_meter_that_is_gone_can_be_deleted(
    hass: HomeAssistant, later: Later, hass_ws_client: WebSocketGenerator, entry: MockConfigEntry
) -> None:
    await later(build({code: value for code, value in THREE_PHASE.items() if not code.startswith("0-1:")}))
    assert await deleted(hass, hass_ws_client, entry, GAS_ID)


async def test_a_meter_that_was_deleted_and_comes_back_is_added_again(
    hass: HomeAssistant, later: Later, hass_ws_client: WebSocketGenerator, entry: MockConfigEntry
) -> None:
    await later(build({code: value for code, value in THREE_PHASE.items() if not code.startswith("0-1:")}))
    await deleted(hass, hass_ws_client, entry, GAS_ID)
    await hass.async_block_till_done()
    await later(three_phase())
    assert hass.states.get("sensor.gas_meter_gas").state == "1234.567"


@pytest.mark.parametrize("identity", [GAS_ID, THREE_ID])
async def test_a_meter_that_is_there_cannot_be_deleted(
    hass: HomeAssistant,
    meter: FakePort,
    hass_ws_client: WebSocketGenerator,
    entry: MockConfigEntry,
    identity: str,
) -> None:
    assert meter.open_lines
    assert not await deleted(hass, hass_ws_client, entry, identity)


@pytest.mark.usefixtures("quick")
async def test_no_meter_can_be_deleted_while_nothing_is_known(
    hass: HomeAssistant, meter: FakePort, hass_ws_client: WebSocketGenerator, entry: MockConfigEntry
) -> None:
    meter.refusal = OSError()
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert not await deleted(hass, hass_ws_client, entry, GAS_ID)


async def deleted(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, entry: MockConfigEntry, identity: str
) -> bool:
    """Ask as the frontend does; return whether the device is gone."""
    assert await async_setup_component(hass, "config", {})
    registry = dr.async_get(hass)
    device = registry.async_get_device_by_identifier((DOMAIN, identity), entry.entry_id)
    assert device is not None
    client = await hass_ws_client(hass)
    response = await client.remove_device(device.id)
    if not response["success"]:
        assert response["error"]["code"] != "unknown_error"
    return registry.async_get_device_by_identifier((DOMAIN, identity), entry.entry_id) is None
