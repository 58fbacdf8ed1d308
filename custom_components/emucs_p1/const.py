"""Constants of the Belgian digital meter integration."""

import logging
from typing import Final

from homeassistant.util.hass_dict import HassKey

from .p1 import Probed

DOMAIN: Final = "emucs_p1"
LOGGER = logging.getLogger(__package__)

CONF_CONNECTION_CURRENT: Final = "connection_current"
CONF_HOLD_TARGET: Final = "hold_target"
CONF_UPDATE_INTERVAL: Final = "update_interval"
DEFAULT_UPDATE_INTERVAL: Final = 10
"""Seconds. Ten keeps the database small and a dashboard lively."""

HEARD: HassKey[dict[str, Probed]] = HassKey(f"{DOMAIN}_heard")
"""What the config flow heard, by port: the set-up that follows it need not wait for another telegram."""
