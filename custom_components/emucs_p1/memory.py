"""What must outlive a restart."""

from collections.abc import Callable
from typing import TypedDict

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from .const import DOMAIN

_VERSION = 1
# Often enough to lose little, seldom enough to spare an SD card. A clean stop writes anyway.
_SAVE_DELAY = 15 * 60


class Remembered(TypedDict):
    """The content of the file."""

    usual_interval: float | None
    """Seconds between two telegrams."""
    registers: dict[str, float]
    """Last accepted value by unique id, in the unit of its entity."""


def memory_store(hass: HomeAssistant, entry_id: str) -> Store[Remembered]:
    """Return the file of one entry."""
    return Store(hass, _VERSION, f"{DOMAIN}.{entry_id}")


class Memory:
    """Load at start, save now and then and at the end."""

    def __init__(self, hass: HomeAssistant, entry_id: str, content: Callable[[], Remembered]) -> None:
        self._store = memory_store(hass, entry_id)
        self._content = content
        self._save_pending = False

    async def async_load(self) -> Remembered:
        """Return what was saved last, or nothing yet."""
        return await self._store.async_load() or Remembered(usual_interval=None, registers={})

    @callback
    def save_later(self) -> None:
        """See to it that what is known by then is saved within a quarter of an hour."""
        if not self._save_pending:
            self._save_pending = True
            self._store.async_delay_save(self._data, _SAVE_DELAY)

    async def async_save(self) -> None:
        """Save now."""
        await self._store.async_save(self._content())

    @callback
    def _data(self) -> Remembered:
        self._save_pending = False
        return self._content()
