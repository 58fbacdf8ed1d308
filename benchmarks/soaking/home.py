"""A Home Assistant with a recorder on disk, in which the meter lives."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import logging
from pathlib import Path
from unittest.mock import patch

from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import recorder as recorder_helper
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from homeassistant.setup import async_setup_component

# Before Home Assistant starts: the test plugin has a package of the same name.
import custom_components.emucs_p1.const as product

# isort: split
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_test_home_assistant

from tests.ports import FakePort

_URL = "socket://gateway.example:23"
_TITLE = "Meter of the soak"
_ZONE = "Europe/Brussels"
_BACKLOG = 2000
"""Events that the recorder may lag behind before time waits for it."""


class Home:
    """The meter's entry and what stands around it."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry, folder: Path) -> None:
        self.hass = hass
        self.entry = entry
        self._folder = folder

    @property
    def recorder(self) -> Recorder:
        """Return the recorder."""
        return get_instance(self.hass)

    @property
    def lags(self) -> bool:
        """Whether the recorder has much to write yet."""
        return self.recorder.backlog > _BACKLOG

    @property
    def entity_ids(self) -> dict[str, str]:
        """Return the entities by key: the unique id without the meter's."""
        prefix = f"{self.entry.unique_id}_"
        entities = er.async_entries_for_config_entry(er.async_get(self.hass), self.entry.entry_id)
        return {entity.unique_id.removeprefix(prefix): entity.entity_id for entity in entities}

    def value(self, key: str) -> float | None:
        """Return the state of an entity by its key; None where it is no number.

        Of a meter on the M-Bus the key stands behind the meter's own id.
        """
        ids = self.entity_ids
        entity_id = ids.get(key) or next((ids[each] for each in ids if each.endswith(f"_{key}")), "")
        state = self.hass.states.get(entity_id)
        try:
            return float(state.state) if state else None
        except ValueError:
            return None

    @property
    def loaded(self) -> bool:
        """Whether the entry is set up."""
        return self.entry.state is ConfigEntryState.LOADED

    async def set_up(self) -> None:
        """Set the entry up as a start of Home Assistant does."""
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()

    async def unload(self) -> None:
        """Unload the entry as a stop of Home Assistant does."""
        await self.hass.config_entries.async_unload(self.entry.entry_id)
        await self.hass.async_block_till_done()

    async def reload(self) -> None:
        """Reload the entry."""
        await self.hass.config_entries.async_reload(self.entry.entry_id)
        await self.hass.async_block_till_done()

    async def kill(self) -> None:
        """Unload the entry; the disk keeps what it had before."""
        files = {path: path.read_bytes() for path in self._files()}
        await self.unload()
        for path in self._files():
            path.unlink()
        for path, content in files.items():
            path.write_bytes(content)

    def _files(self) -> list[Path]:
        return list((self._folder / ".storage").glob(f"{product.DOMAIN}.*"))

    async def choose(self, **options: object) -> None:
        """Have the user change options."""
        self.hass.config_entries.async_update_entry(self.entry, options=options)
        await self.hass.async_block_till_done()

    async def set_number(self, key: str, value: float) -> None:
        """Have the user set a number."""
        data = {"entity_id": self.entity_ids[key], "value": value}
        await self.hass.services.async_call("number", "set_value", data, blocking=True)

    async def recorded(self) -> None:
        """Wait until everything is in the database."""
        await self.recorder.async_block_till_done()


@asynccontextmanager
async def living(folder: Path, port: FakePort, meter_id: str) -> AsyncIterator[Home]:
    """Give a home whose meter is not set up yet; the port stands behind serialx."""
    with (
        # No mock: it would keep every connection that was ever opened.
        patch("custom_components.emucs_p1.p1.connection.serialx.create_serial_connection", port.open),
        patch("homeassistant.components.usb.AIOUSBWatcher.async_start", return_value=lambda: None),
        patch("homeassistant.components.usb.async_scan_serial_ports", return_value=[]),
    ):
        # It says of every custom integration that it is one.
        logging.getLogger("homeassistant.loader").setLevel(logging.ERROR)
        async with async_test_home_assistant(config_dir=str(folder)) as hass:
            del hass.data[DATA_CUSTOM_COMPONENTS]
            await hass.config.async_set_time_zone(_ZONE)
            recorder_helper.async_initialize_recorder(hass)
            # Time goes a thousand times faster than the disk: it is written less often, and kept shorter.
            recorder = {
                "db_url": f"sqlite:///{folder / 'home-assistant_v2.db'}",
                "commit_interval": 60,
                "purge_keep_days": 2,
            }
            for component, config in (("recorder", recorder), ("sensor", {})):
                if not await async_setup_component(hass, component, {component: config}):
                    raise RuntimeError(f"{component} could not be set up")
            await hass.async_block_till_done()
            entry = MockConfigEntry(
                domain=product.DOMAIN, data={CONF_PORT: _URL}, unique_id=meter_id, title=_TITLE
            )
            entry.add_to_hass(hass)
            try:
                yield Home(hass, entry, folder)
            finally:
                await hass.async_stop(force=True)
