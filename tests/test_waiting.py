"""Home Assistant was there before the meter."""

import asyncio

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.emucs_p1 import coordinator
from custom_components.emucs_p1.memory import Memory, Remembered
from custom_components.emucs_p1.p1 import Link

from .conftest import PORT, an_entry, set_up, until
from .p1.ports import Gateway
from .ports import FakePort
from .test_init import plug_in
from .variants import hexed, three_phase

pytestmark = pytest.mark.usefixtures("quick")
POWER = "sensor.digital_meter_power"
OTHER_METER = three_phase(meter_id=hexed("1SAG3100009999"))


@pytest.fixture
async def waiting(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> FakePort:
    """Set up an entry whose port is open and silent; return the port."""
    monkeypatch.setattr(coordinator, "_SETUP_PATIENCE", 0.02)
    port.greeting = b""
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert len(port.open_lines) == 1
    return port


async def test_the_first_telegram_sets_the_meter_up(
    hass: HomeAssistant, waiting: FakePort, entry: MockConfigEntry
) -> None:
    waiting.send(three_phase())
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert hass.states.get(POWER).state == "500.0"


async def test_the_port_is_not_opened_again_for_it(hass: HomeAssistant, waiting: FakePort) -> None:
    waiting.send(three_phase())
    await hass.async_block_till_done()
    assert waiting.opened == [PORT]
    assert len(waiting.open_lines) == 1


async def test_a_port_that_could_not_be_opened_is_tried_again(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    port.refusal = OSError()
    await set_up(hass, entry)
    port.refusal = None
    await until(lambda: entry.state is ConfigEntryState.LOADED, hass)
    assert len(port.open_lines) == 1


async def test_a_real_gateway_that_comes_later_is_found(hass: HomeAssistant, gateway: Gateway) -> None:
    await gateway.close()
    entry = an_entry(hass, port=gateway.url)
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await gateway.open()
    await until(lambda: entry.state is ConfigEntryState.LOADED, hass)
    assert len(gateway.clients) == 1


async def test_another_meters_telegram_sets_nothing_up(
    hass: HomeAssistant, waiting: FakePort, entry: MockConfigEntry
) -> None:
    states = states_of(entry)
    waiting.send(OTHER_METER)
    await hass.async_block_till_done()
    assert states == []


async def test_telegrams_that_come_during_the_reload_do_not_reload_again(
    hass: HomeAssistant, waiting: FakePort, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = Memory.async_load

    async def load_slowly(memory: Memory) -> Remembered:
        await asyncio.sleep(0.01)
        return await load(memory)

    monkeypatch.setattr(Memory, "async_load", load_slowly)
    states = states_of(entry)
    waiting.send(three_phase() * 3)
    await asyncio.sleep(0)
    waiting.send(three_phase())
    await hass.async_block_till_done()
    assert states.count(ConfigEntryState.LOADED) == 1
    assert entry.state is ConfigEntryState.LOADED
    assert waiting.opened == [PORT]


def states_of(entry: MockConfigEntry) -> list[ConfigEntryState]:
    """Return a list that grows with every state that the entry takes on."""
    states: list[ConfigEntryState] = []
    entry.async_on_state_change(lambda: states.append(entry.state))
    return states


async def test_home_assistants_own_retry_takes_the_link_over(
    hass: HomeAssistant, waiting: FakePort, entry: MockConfigEntry
) -> None:
    for _ in range(3):
        await retry(hass, entry)
        assert entry.state is ConfigEntryState.SETUP_RETRY
    assert waiting.opened == [PORT]
    waiting.send(three_phase())
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED


async def retry(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Do what Home Assistant does when its time to wait is over."""
    entry.async_cancel_retry_setup()
    async with entry.setup_lock:
        await entry.async_setup(hass)
    await hass.async_block_till_done()


async def test_unloading_meanwhile_closes_the_port(
    hass: HomeAssistant, waiting: FakePort, entry: MockConfigEntry
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()
    assert waiting.open_lines == []


async def test_disabling_meanwhile_closes_the_port(
    hass: HomeAssistant, waiting: FakePort, entry: MockConfigEntry
) -> None:
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    await hass.async_block_till_done()
    assert waiting.open_lines == []


async def test_removing_meanwhile_closes_the_port(
    hass: HomeAssistant, waiting: FakePort, entry: MockConfigEntry
) -> None:
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert waiting.open_lines == []


async def test_stopping_home_assistant_meanwhile_closes_the_port(
    hass: HomeAssistant, waiting: FakePort
) -> None:
    await hass.async_stop(force=True)
    assert waiting.open_lines == []


async def test_a_port_closed_meanwhile_is_not_opened_again(
    hass: HomeAssistant, waiting: FakePort, entry: MockConfigEntry
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()
    await hass.config_entries.async_setup(entry.entry_id)
    waiting.send(three_phase())
    await hass.async_block_till_done()
    assert waiting.opened == [PORT, PORT]
    assert len(waiting.open_lines) == 1


async def test_reloading_by_hand_leaves_one_connection(
    hass: HomeAssistant, waiting: FakePort, entry: MockConfigEntry
) -> None:
    waiting.greeting = three_phase()
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert len(waiting.open_lines) == 1


async def test_an_esphome_that_goes_away_meanwhile_is_left_to_home_assistant(
    hass: HomeAssistant, waiting: FakePort, entry: MockConfigEntry
) -> None:
    waiting.refusal = ConfigEntryNotReady()
    waiting.drop()
    await until(lambda: len(waiting.opened) == 2)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.SETUP_RETRY

    waiting.refusal, waiting.greeting = None, three_phase()
    await retry(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert waiting.opened == [PORT] * 3


async def test_plugging_a_cable_in_tries_the_port_at_once(
    hass: HomeAssistant, port: FakePort, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = an_entry(hass, port="/dev/ttyUSB0")
    port.refusal = OSError()
    hurried: list[str] = []
    monkeypatch.setattr(Link, "hurry", lambda link: hurried.append(link.url))
    await set_up(hass, entry)
    plug_in(hass)
    assert hurried == ["/dev/ttyUSB0"]
