"""The link of an entry, whether its meter is heard or not yet."""

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from .p1 import Link
from .waiting import listening_link


@callback
def link_of(hass: HomeAssistant, entry: ConfigEntry) -> Link | None:
    """Return the link that an entry has open, loaded or waiting for its meter."""
    if entry.state is ConfigEntryState.LOADED:
        return entry.runtime_data.link  # type: ignore[no-any-return]
    return listening_link(hass, entry)
