"""The meters that an automation or an action names."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
import voluptuous as vol

from .const import DOMAIN
from .coordinator import P1ConfigEntry
from .peak import QuarterState

METERS = vol.All(cv.ensure_list, vol.Length(min=1), [cv.string])
"""A list of device ids."""


@callback
def entry_of(hass: HomeAssistant, device_id: str) -> P1ConfigEntry | None:
    """Return the entry of an electricity meter; None when the device is anything else, or gone."""
    device, entry = dr.async_get_device_and_config_entry_for_domain(
        hass, device_id, domain=DOMAIN, include_child_devices=False
    )
    if device is None or entry is None or (DOMAIN, entry.unique_id) not in device.identifiers:
        return None
    return entry


@callback
def refuse_others(hass: HomeAssistant, device_ids: list[str]) -> None:
    """Raise vol.Invalid when one of the devices is no electricity meter of ours."""
    for device_id in device_ids:
        if entry_of(hass, device_id) is None:
            raise vol.Invalid(f"{name_of(hass, device_id)} is not a digital meter of this integration")


@callback
def name_of(hass: HomeAssistant, device_id: str) -> str:
    """Return the name of any device; what the user named it comes first."""
    device = dr.async_get(hass).async_get(device_id)
    return (device.name_by_user or device.name if device else None) or device_id


@callback
def quarter_of(hass: HomeAssistant, device_id: str) -> QuarterState | None:
    """Return the running quarter of a meter; None while nothing is known of it."""
    entry = entry_of(hass, device_id)
    if entry is None or entry.state is not ConfigEntryState.LOADED:
        return None
    coordinator = entry.runtime_data
    return coordinator.quarter if coordinator.last_update_success else None
