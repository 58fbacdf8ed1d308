"""What the tests of the Home Assistant side share."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
import inspect
import logging
import os
import threading
from typing import Any
from unittest.mock import PropertyMock, create_autospec, patch

from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from hypothesis import settings
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
import serialx
from syrupy.assertion import SnapshotAssertion

# Before Home Assistant starts: the test plugin has a package of the same name.
from custom_components.emucs_p1 import coordinator, issues
from custom_components.emucs_p1.const import DOMAIN
from custom_components.emucs_p1.p1 import link as p1_link

from .house import House, Later
from .p1.ports import PATIENCE, Gateway
from .ports import FakePort
from .variants import THREE_ID, three_phase

PORT = "socket://gateway.example:23"
TITLE = "T211-D 0001"
_LONGEST_NAME = 60
"""Of a case, in characters."""

# The test plugin has every statement written out, by the recorder's thread beside the tests' own output.
logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)

# No run fails by the luck of the draw; whoever searches by hand names the other profile. Before the tests are
# imported: their own settings begin from what is loaded then.
settings.register_profile("repeated", derandomize=True)
settings.register_profile("search", derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeated"))


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a case after the beginning of a long text: some are whole telegrams, or floods."""
    if isinstance(val, str | bytes) and len(val) > _LONGEST_NAME:
        text = val if isinstance(val, str) else val.decode("latin-1")
        return text[:_LONGEST_NAME] + "..."
    return None


def _has_a_loop(request: pytest.FixtureRequest) -> bool:
    """Tell whether a test runs in an event loop; most do not, and take less time than making one does."""
    return "hass" in request.fixturenames or inspect.iscoroutinefunction(request.function)


@pytest.fixture(autouse=True)
def configure_event_loop(request: pytest.FixtureRequest) -> None:
    """Let the test plugin's own fixture do so, where there is a loop."""
    if _has_a_loop(request):
        request.getfixturevalue("configure_event_loop")


@pytest.fixture
async def _other_threads_refused() -> None:
    """Have the loop refuse calls from other threads."""
    loop = asyncio.get_running_loop()
    for name in ("call_soon", "call_at"):
        setattr(loop, name, partial(_in_its_thread, loop, getattr(loop, name)))


def _in_its_thread(loop: Any, call: Callable[..., Any], *args: Any, **options: Any) -> Any:
    loop._check_thread()
    return call(*args, **options)


@pytest.fixture(autouse=True)
def enable_event_loop_debug(request: pytest.FixtureRequest) -> None:
    """Keep what can fail a test of a loop's debug mode.

    The rest, a stack for each task and timer, takes more time than all that these tests do.
    """
    if _has_a_loop(request):
        request.getfixturevalue("_other_threads_refused")


@pytest.fixture(autouse=True)
def disable_http_server(request: pytest.FixtureRequest) -> None:
    """Let the test plugin's own fixture do so, where there is a Home Assistant to start one."""
    if "hass" in request.fixturenames:
        request.getfixturevalue("disable_http_server")


@pytest.fixture(autouse=True)
def verify_cleanup(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the test plugin's own fixture do so; without a loop only threads can be left behind."""
    if _has_a_loop(request):
        request.getfixturevalue("verify_cleanup")
        yield
        return
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.fixture(autouse=True)
def _integration_enabled(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant load the integration, where a test has Home Assistant at all."""
    if "hass" not in request.fixturenames:
        return
    if "recorder_mock" in request.fixturenames:
        # It must come before anything is set up.
        request.getfixturevalue("recorder_mock")
    request.getfixturevalue("enable_custom_integrations")


@pytest.fixture(autouse=True)
def _no_usb(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep the usb integration, which really is set up, from looking at this computer's ports."""
    if "hass" not in request.fixturenames:
        yield
        return
    with (
        patch("homeassistant.components.usb.AIOUSBWatcher.async_start", return_value=lambda: None),
        patch("homeassistant.components.usb.async_scan_serial_ports", return_value=[]),
    ):
        yield


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Keep snapshots where Home Assistant's own tests have them."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def port() -> Iterator[FakePort]:
    """Put a port in memory behind serialx, which greets with a telegram."""
    fake = FakePort()
    fake.greeting = three_phase()
    opener = create_autospec(serialx.create_serial_connection, side_effect=fake.open)
    with (
        patch("custom_components.emucs_p1.p1.connection.serialx.create_serial_connection", opener),
        # Where a test moves the clock, nothing more of a batch would come.
        patch.object(p1_link.Link, "_after_pause", return_value=False),
    ):
        yield fake


@pytest.fixture
async def gateway(socket_enabled: None) -> AsyncIterator[Gateway]:  # noqa: ARG001
    """Serve a real TCP port."""
    async with Gateway() as server:
        server.greeting = three_phase()
        yield server


@pytest.fixture
def entry(hass: HomeAssistant) -> MockConfigEntry:
    """Return the entry of the meter of most tests, not set up yet."""
    return an_entry(hass)


@pytest.fixture
async def meter(hass: HomeAssistant, port: FakePort, entry: MockConfigEntry) -> FakePort:
    """Set the meter of most tests up; return its port."""
    await set_up(hass, entry)
    return port


@pytest.fixture
def device_id(hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry) -> str:
    """Set the meter of most tests up; return its device."""
    assert meter.open_lines
    return device_of(hass, entry)


@pytest.fixture
def all_enabled() -> Iterator[None]:
    """Enable the entities that are off by default."""
    with patch(
        "homeassistant.helpers.entity.Entity.entity_registry_enabled_default",
        new_callable=PropertyMock,
        return_value=True,
    ):
        yield


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the link count its seconds in hundredths."""
    for name in ("GRACE", "_FIRST_DELAY", "_DELAY_AT_FIRST", "_DELAY_LATER"):
        monkeypatch.setattr(p1_link, name, getattr(p1_link, name) / 100)


@pytest.fixture
def clock(hass: HomeAssistant, port: FakePort, monkeypatch: pytest.MonkeyPatch) -> Later:
    """Give coordinators a clock that only the test moves."""
    clock = Later(hass, port)
    # Not freezer: it stops the event loop's timers too, and with them the link.
    monkeypatch.setattr(coordinator, "time", clock)
    monkeypatch.setattr(issues, "time", clock)
    return clock


@pytest.fixture
async def later(hass: HomeAssistant, clock: Later, entry: MockConfigEntry) -> Later:
    """Set the meter of most tests up, with a coordinator whose clock only the test moves."""
    await set_up(hass, entry)
    return clock


@pytest.fixture
def house(hass: HomeAssistant, clock: Later, entry: MockConfigEntry) -> House:
    """Return a house with the meter of most tests, not set up yet."""
    return House(hass, entry, clock)


def an_entry(hass: HomeAssistant, port: str = PORT, unique_id: str = THREE_ID) -> MockConfigEntry:
    entry = MockConfigEntry(domain=DOMAIN, data={CONF_PORT: port}, unique_id=unique_id, title=TITLE)
    entry.add_to_hass(hass)
    return entry


def device_of(hass: HomeAssistant, entry: MockConfigEntry, identity: str | None = None) -> str:
    """Return the device of a meter; without an identity the electricity meter's."""
    identifier = (DOMAIN, identity or entry.unique_id or "")
    device = dr.async_get(hass).async_get_device_by_identifier(identifier, entry.entry_id)
    assert device is not None
    return device.id


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


async def until(true: Callable[[], object], hass: HomeAssistant | None = None) -> None:
    """Wait until something is true; fail when a loaded machine would have it by now."""
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0.002)
            if hass is not None:
                await hass.async_block_till_done()
