"""What the system health page tells of every meter: how its link fares, nothing of whose it is."""

import asyncio
from typing import Any

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .issues import OTHER_METER
from .links import link_of
from .p1 import Link, LinkProblem

_UP = "up"
_NEVER = "never"


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:  # noqa: ARG001
    """Offer what is known of the meters."""
    register.async_register_info(_async_info)


async def _async_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return the figures of all meters that are listened to, in the order in which they were added."""
    meters = [
        _figures(entry, link)
        for entry in hass.config_entries.async_entries(DOMAIN)
        if (link := link_of(hass, entry)) is not None
    ]
    if len(meters) == 1:
        return meters[0]
    return {key: _side_by_side([meter[key] for meter in meters]) for key in (meters or [{}])[0]}


def _figures(entry: ConfigEntry, link: Link) -> dict[str, Any]:
    """Return the figures of one meter, time in seconds."""
    received = link.last_received
    return {
        "link": _link_word(entry, link),
        "telegrams": link.stats.telegrams,
        "crc_errors": link.stats.crc_errors,
        "last_telegram": _NEVER if received is None else round(asyncio.get_running_loop().time() - received),
    }


def _link_word(entry: ConfigEntry, link: Link) -> str:
    """Return `up`, or in one word why no telegrams of this meter come."""
    if entry.state is ConfigEntryState.LOADED:
        return _UP if entry.runtime_data.last_update_success else str(entry.runtime_data.problem)
    # The first telegram of its own meter would have ended the waiting.
    return OTHER_METER if link.up else (link.problem or LinkProblem.NO_DATA).value


def _side_by_side(values: list[Any]) -> str:
    return ", ".join(f"{number}: {value}" for number, value in enumerate(values, 1))
