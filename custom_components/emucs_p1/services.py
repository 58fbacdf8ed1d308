"""Actions: what a meter has to tell at length."""

from datetime import datetime
from typing import Any

from homeassistant.const import ATTR_CONFIG_ENTRY_ID, ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_get_config_entry, async_get_device_and_config_entry
import voluptuous as vol

from .const import DOMAIN
from .coordinator import P1ConfigEntry
from .happenings import quarter_figures, utc
from .peak import QuarterState, month_of
from .targets import entry_of, name_of

SERVICE_GET_PEAK_HISTORY = "get_peak_history"
SERVICE_GET_QUARTER = "get_quarter"


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions, which are there before and after any meter is."""
    hass.services.async_register(
        DOMAIN,
        SERVICE_GET_PEAK_HISTORY,
        _get_peak_history,
        schema=vol.Schema({vol.Required(ATTR_CONFIG_ENTRY_ID): cv.string}),
        supports_response=SupportsResponse.ONLY,
    )
    hass.services.async_register(
        DOMAIN,
        SERVICE_GET_QUARTER,
        _get_quarter,
        schema=vol.Schema({vol.Required(ATTR_DEVICE_ID): cv.string}),
        supports_response=SupportsResponse.ONLY,
    )


@callback
def _get_peak_history(call: ServiceCall) -> ServiceResponse:
    """Return the peaks of the running and the closed months, and what they make of the grid fee."""
    entry: P1ConfigEntry = async_get_config_entry(call.hass, DOMAIN, call.data[ATTR_CONFIG_ENTRY_ID])
    # Months do not change while the meter is silent.
    state = _known(entry)
    months = state.months
    return {
        "running": _month(state.end, months.peak, months.peak_time),
        "months": [_month(row.month_end, row.demand, row.captured) for row in months.closed],
        "billed_peak": months.billed,
    }


@callback
def _get_quarter(call: ServiceCall) -> ServiceResponse:
    """Return the figures of the running quarter."""
    device_id: str = call.data[ATTR_DEVICE_ID]
    # It knows how to tell an unknown device from another integration's and from a meter not loaded.
    async_get_device_and_config_entry(call.hass, DOMAIN, device_id)
    entry = entry_of(call.hass, device_id)
    if entry is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="not_electricity_meter",
            translation_placeholders={"device": name_of(call.hass, device_id)},
        )
    if not entry.runtime_data.last_update_success:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key=entry.runtime_data.problem)
    return quarter_figures(_known(entry))


def _known(entry: P1ConfigEntry) -> QuarterState:
    """Return the quarter as of the newest telegram; raise when that told none."""
    if (quarter := entry.runtime_data.quarter) is None:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="no_quarter")
    return quarter


def _month(end: datetime, peak: float | None, peak_time: datetime | None) -> dict[str, Any]:
    """Return a month by the end of any of its quarters, its last included."""
    year, month = month_of(end)
    return {"month": f"{year}-{month:02}", "peak": peak, "peak_time": utc(peak_time)}
