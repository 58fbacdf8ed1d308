"""Belgian digital meter (P1)."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.typing import ConfigType

from .const import DOMAIN
from .coordinator import P1ConfigEntry, P1Coordinator
from .issues import watch_of
from .memory import async_forget
from .services import async_setup_services
from .swaps import forget_swaps

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS = [Platform.BINARY_SENSOR, Platform.EVENT, Platform.NUMBER, Platform.SENSOR]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:  # noqa: ARG001
    """Set up what all meters share."""
    async_setup_services(hass)
    return True


# Set-up and unloading return a bool for Home Assistant 2026.10; 2026.11 takes None or this.
async def async_setup_entry(hass: HomeAssistant, entry: P1ConfigEntry) -> bool:
    """Set up a meter."""
    coordinator = P1Coordinator(hass, entry)
    await coordinator.async_start()
    entry.runtime_data = coordinator
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: P1ConfigEntry) -> bool:
    """Unload a meter; the coordinator closes its port."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: P1ConfigEntry) -> None:
    """Forget what was remembered of a meter."""
    watch_of(hass, entry).close()
    forget_swaps(hass, entry.entry_id)
    await async_forget(hass, entry.entry_id)


async def async_remove_config_entry_device(
    hass: HomeAssistant,
    entry: P1ConfigEntry,
    device: DeviceEntry,
) -> bool:
    """Let the user delete a meter that is no longer on the M-Bus."""
    if entry.state is not ConfigEntryState.LOADED:
        # Whether it is gone or all of them are silent, nobody knows.
        return False
    coordinator = entry.runtime_data
    present = {(DOMAIN, identity) for identity in (coordinator.equipment_id, *coordinator.data.mbus)}
    if gone := present.isdisjoint(device.identifiers):
        # Should it come back, it is a meter that appears: what was known of it is forgotten.
        coordinator.places.forget(identity for _, identity in device.identifiers)
        hass.config_entries.async_schedule_reload(entry.entry_id)
    return gone
