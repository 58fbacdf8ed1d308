"""What must outlive a restart."""

from collections.abc import Callable
from typing import Any, TypedDict

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store

from .const import DOMAIN

_VERSION = 1
# Often enough to lose little, seldom enough to spare an SD card. A clean stop writes anyway.
_SAVE_DELAY = 15 * 60
# What was learned of the house is large, and a few hours of weeks are no loss.
_SAVE_DELAY_LEARNED = 6 * 3600

UNREADABLE = (
    ArithmeticError,
    AttributeError,
    HomeAssistantError,
    LookupError,
    NotImplementedError,
    TypeError,
    ValueError,
)
"""What may be raised by a file that a newer release, a failing disk or a person wrote."""


class Remembered(TypedDict, total=False):
    """What is known of a meter and its running quarter; any of it may be missing."""

    usual_interval: float | None
    """Seconds between two telegrams."""
    registers: dict[str, float]
    """Last accepted value by unique id, in the unit of its entity."""
    target: float
    """What the user set, kW."""
    sheddable: float
    """What the user set, kW."""
    message: str | None
    """The text message that the meter showed last."""
    quarters: dict[str, Any]
    """Of the quarter tracker."""


class Memory[Content]:
    """One file: load at start, save now and then and at the end."""

    def __init__(self, store: Store[Any], content: Callable[[], Content], delay: float) -> None:
        self._store = store
        self._content = content
        self._delay = delay
        self._save_pending = False

    async def async_load(self) -> Content | None:
        """Return what was saved last; None when there is nothing yet."""
        loaded: Content | None = await self._store.async_load()
        return loaded

    @callback
    def save_later(self) -> None:
        """See to it that what is known by then is saved after the delay."""
        if not self._save_pending:
            self._save_pending = True
            self._store.async_delay_save(self._data, self._delay)

    async def async_save(self) -> None:
        """Save now."""
        await self._store.async_save(self._data())

    @callback
    def _data(self) -> Content:
        self._save_pending = False
        return self._content()


def meter_memory(hass: HomeAssistant, entry_id: str, content: Callable[[], Remembered]) -> Memory[Remembered]:
    """Return what is known of a meter: small, and quickly old."""
    return Memory(_stores(hass, entry_id)[0], content, _SAVE_DELAY)


def house_memory(
    hass: HomeAssistant, entry_id: str, content: Callable[[], dict[str, Any]]
) -> Memory[dict[str, Any]]:
    """Return what was learned of the house behind a meter: large, and slow to change."""
    return Memory(_stores(hass, entry_id)[1], content, _SAVE_DELAY_LEARNED)


async def async_forget(hass: HomeAssistant, entry_id: str) -> None:
    """Remove the files of an entry."""
    for store in _stores(hass, entry_id):
        await store.async_remove()


def _stores(hass: HomeAssistant, entry_id: str) -> tuple[Store[Any], Store[Any]]:
    key = f"{DOMAIN}.{entry_id}"
    return Store(hass, _VERSION, key), Store(hass, _VERSION, f"{key}.learned")
