"""What a cable says of itself over USB, made fit to be shown and kept."""

from hashlib import sha256
import re

from homeassistant.components import usb
from homeassistant.helpers.service_info.usb import UsbServiceInfo

# Whoever made the cable wrote this, and dialogs read it as Markdown: letters, digits and blanks.
_FOREIGN = re.compile(r"[^0-9A-Za-z]+").sub
_NAME_LENGTH = 32
_NAMELESS = "P1"


def cable_name(cable: UsbServiceInfo) -> str:
    """Return what a cable calls itself, in plain text of at most 32 signs."""
    return _FOREIGN(" ", cable.description or "").strip()[:_NAME_LENGTH].strip() or _NAMELESS


def cable_id(cable: UsbServiceInfo) -> str:
    """Return what tells a cable from others without telling its serial number."""
    return f"usb_{sha256(usb.usb_unique_id_from_service_info(cable).encode()).hexdigest()[:16]}"
