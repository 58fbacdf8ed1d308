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
_SAVE_SOON = 30
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
    places: dict[str, tuple[str, int]]
    """Identity and type of the meters on the M-Bus by channel."""
    peaks_sent: bool
    """Whether the meter has ever sent month peaks."""


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

    @callback
    def save_soon(self) -> None:
        """See to it that what is known by then is saved within half a minute."""
        self._save_pending = True
        self._store.async_delay_save(self._data, _SAVE_SOON)

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


async def async_pass_on(hass: HomeAssistant, entry_id: str, old: str, new: str) -> None:
    """Forget what was of the old meter, for another one has its place; keep what is of the house.

    What cannot be read is left to the set-up, which begins anew then.
    """
    store = _stores(hass, entry_id)[0]
    try:
        if remembered := await store.async_load():
            await store.async_save(_passed_on(remembered, old, new))
    except UNREADABLE:
        return


def _passed_on(remembered: Remembered, old: str, new: str) -> Remembered:
    """Return what of it is true of the house whatever its meter."""
    kept = Remembered(**remembered)
    for of_the_meter in ("message", "peaks_sent"):
        kept.pop(of_the_meter, None)  # type: ignore[misc]
    kept["registers"] = {
        register: value
        for register, value in remembered.get("registers", {}).items()
        if not register.startswith(f"{old}_")
    }
    kept["places"] = {
        channel: (new + identity.removeprefix(old) if identity.startswith(f"{old}_mbus") else identity, kind)
        for channel, (identity, kind) in remembered.get("places", {}).items()
    }
    if quarters := remembered.get("quarters"):
        kept["quarters"] = quarters | {"quarter": None, "last": None}
    return kept


def _stores(hass: HomeAssistant, entry_id: str) -> tuple[Store[Any], Store[Any]]:
    key = f"{DOMAIN}.{entry_id}"
    return Store(hass, _VERSION, key), Store(hass, _VERSION, f"{key}.learned")
