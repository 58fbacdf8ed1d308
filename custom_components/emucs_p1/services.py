"""Actions: what a meter has to tell at length."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from homeassistant.const import ATTR_CONFIG_ENTRY_ID, ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
    UnknownUser,
)
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_get_config_entry, async_get_device_and_config_entry
import voluptuous as vol

from .const import DOMAIN
from .coordinator import P1ConfigEntry
from .dashboards import async_install, async_render
from .happenings import quarter_figures, utc
from .peak import QuarterState, month_of
from .targets import entry_of, name_of

ATTR_DASHBOARD = "dashboard"

SERVICE_CREATE_DASHBOARD_VIEW = "create_dashboard_view"
SERVICE_GET_PEAK_HISTORY = "get_peak_history"
SERVICE_GET_QUARTER = "get_quarter"


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions, which are there before and after any meter is."""
    hass.services.async_register(
        DOMAIN,
        SERVICE_CREATE_DASHBOARD_VIEW,
        _create_dashboard_view,
        schema=vol.Schema(
            {
                vol.Required(ATTR_DEVICE_ID): cv.string,
                vol.Optional(ATTR_DASHBOARD): vol.All(cv.string, _address),
            }
        ),
        supports_response=SupportsResponse.OPTIONAL,
    )
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


def _address(text: str) -> str:
    """Return the address of a dashboard without what a browser shows around it."""
    text = text.strip()
    path = urlsplit(text).path if "://" in text else text
    return path.strip("/").partition("/")[0]


async def _create_dashboard_view(call: ServiceCall) -> ServiceResponse:
    """Return the views of a meter, put into a dashboard where one is named."""
    hass, device_id = call.hass, call.data[ATTR_DEVICE_ID]
    # Not only while it is heard: the registries know all that is needed.
    entry = _electricity_meter(hass, device_id)
    address: str = call.data.get(ATTR_DASHBOARD, "")
    if address:
        await _refuse_guests(call)
    response = await async_render(hass, entry)
    if address:
        if not response["views"]:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="nothing_to_show",
                translation_placeholders={"device": name_of(hass, device_id)},
            )
        await async_install(hass, address, response["views"])
    return response


async def _refuse_guests(call: ServiceCall) -> None:
    """Raise when whoever calls may not change dashboards; an automation may."""
    if (user_id := call.context.user_id) is None:
        return
    user = await call.hass.auth.async_get_user(user_id)
    if user is None:
        raise UnknownUser(context=call.context)
    if not user.is_admin:
        raise Unauthorized(context=call.context)


@callback
def _electricity_meter(hass: HomeAssistant, device_id: str) -> P1ConfigEntry:
    """Return the entry of a meter, loaded or not; raise when the device is no electricity meter."""
    if entry := entry_of(hass, device_id):
        return entry
    # It knows how to tell an unknown device from another integration's.
    async_get_device_and_config_entry(hass, DOMAIN, device_id)
    raise ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="not_electricity_meter",
        translation_placeholders={"device": name_of(hass, device_id)},
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
    # It tells of a meter that is not loaded.
    async_get_device_and_config_entry(call.hass, DOMAIN, device_id)
    entry = _electricity_meter(call.hass, device_id)
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
