"""Diagnostics by allow-list: what is not known to be harmless is masked."""

from dataclasses import asdict
import re
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant

from .coordinator import P1ConfigEntry
from .links import link_of
from .meters import known_model
from .p1 import is_harmless

_MASKED = "**masked**"
# What a harmless value is made of: nothing, a moment, a number that no phone has, the code in 98.1.0.
_PLAIN = re.compile(r"(?:\((?:\d{12}[SW]?|\d{1,8}(?:\.\d{1,3})?(?:\*\w{1,3})?|1-0:1\.6\.0)?\))+").fullmatch
_OBIS = re.compile(r"\d-\d{1,2}:\d{1,3}\.\d{1,3}\.\d{1,3}").fullmatch


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant,
    entry: P1ConfigEntry,
) -> dict[str, Any]:
    """Return the link's counters, the options and the last telegram without what tells whose it is.

    Also while the meter is not heard yet, which is when people need them most.
    """
    loaded = entry.state is ConfigEntryState.LOADED
    link = link_of(hass, entry)
    available = loaded and entry.runtime_data.last_update_success
    telegram = link.last_telegram if link else None
    return {
        "options": dict(entry.options),
        "port": _kind_of(entry.data[CONF_PORT]),
        "available": available,
        "problem": entry.runtime_data.problem if loaded and not available else None,
        "refused_values": entry.runtime_data.refused_values if loaded else None,
        "link": {
            "up": link.up,
            "problem": link.problem,
            "connections": link.connections,
            "outages": link.outages,
            "usual_interval": link.usual_interval,
            **asdict(link.stats),
        }
        if link
        else None,
        "model": (known_model(telegram.identification) or _MASKED) if telegram else None,
        "telegram": [
            masked(line, readable=line not in telegram.malformed) for line in telegram.lines if "(" in line
        ]
        if telegram
        else None,
    }


def masked(line: str, *, readable: bool) -> str:
    """Return a line as sent if its data object is harmless and its value is one, else only its code."""
    code, parenthesis, value = line.strip().partition("(")
    if readable and is_harmless(code) and _PLAIN(parenthesis + value):
        return line
    return f"{code}({_MASKED})" if _OBIS(code) else _MASKED


def _kind_of(port: str) -> str:
    """Return the scheme of a port: its address tells where somebody lives on the network."""
    return port.partition("://")[0] if "://" in port else "serial"
