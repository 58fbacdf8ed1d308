"""Where the documentation says what to do."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.loader import async_get_loaded_integration

from .const import DOMAIN

ERRORS = "errors_of_the_dialog"


@callback
def advice_url(hass: HomeAssistant, subject: str) -> str:
    """Return the address of a heading of the troubleshooting page, which is its subject in words."""
    project = async_get_loaded_integration(hass, DOMAIN).documentation
    return f"{project}/blob/main/docs/troubleshooting.md#{subject.replace('_', '-')}"
