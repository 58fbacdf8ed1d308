"""Listen on while Home Assistant waits before it tries a failed set-up again."""

import asyncio
from collections.abc import Callable

from homeassistant.components import usb
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .issues import watch_of
from .p1 import Link, LinkProblem, Telegram

_WAITING: HassKey[dict[str, Waiting]] = HassKey(f"{DOMAIN}_waiting")


class Waiting:
    """A link without a coordinator: its first telegram reloads the entry, which takes the link over.

    Home Assistant retries by itself, but after up to ten minutes; and a gateway that sends once a
    minute would never be caught by a set-up that opens the port anew each time.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, link: Link) -> None:
        self.link = link
        self._hass = hass
        self._entry = entry
        self.closing: asyncio.Task[None] | None = None
        """What closes the link, once it is not wanted any more."""
        self._reloading = False
        self._issues = watch_of(hass, entry)
        self._undo: list[Callable[[], None]] = [entry.async_on_state_change(self._state_changed)]
        if "://" not in link.url:
            self._undo.append(
                usb.async_register_port_event_callback(hass, lambda _added, _removed: link.hurry())
            )
        link.listener = self

    @callback
    def telegram_received(self, telegram: Telegram, *, newest: bool = True) -> None:  # noqa: ARG002
        """Set the entry up, once, if it is this entry's meter that speaks."""
        if telegram.equipment_id not in (None, self._entry.unique_id):
            self._issues.other_meter_heard()
        elif not self._reloading:
            self._reloading = True
            self._hass.config_entries.async_schedule_reload(self._entry.entry_id)

    @callback
    def link_lost(self, problem: LinkProblem) -> None:
        """Go on listening: nobody sees the link yet, but the user may have to do something."""
        self._issues.link_lost(problem)

    @callback
    def link_failed(self, error: BaseException) -> None:  # noqa: ARG002
        """Leave it to Home Assistant's own retry."""
        self.forget()

    @callback
    def forget(self) -> None:
        """Let go of the link without closing it."""
        self._hass.data[_WAITING].pop(self._entry.entry_id, None)
        while self._undo:
            self._undo.pop()()

    @callback
    def _state_changed(self) -> None:
        """Close the port when the entry is unloaded, disabled or removed meanwhile."""
        if self._entry.state is ConfigEntryState.NOT_LOADED and not self._reloading and not self.closing:
            self.link.listener = None
            self.closing = self._hass.async_create_task(self._close(), f"{DOMAIN} stop listening")

    async def _close(self) -> None:
        # Not while the entry walks through its callbacks, of which this is one.
        await asyncio.sleep(0)
        self.forget()
        await self.link.stop()


@callback
def keep_listening(hass: HomeAssistant, entry: ConfigEntry, link: Link) -> None:
    """Keep the link of a set-up that is about to fail."""
    hass.data.setdefault(_WAITING, {})[entry.entry_id] = Waiting(hass, entry, link)


async def async_take_listening_link(hass: HomeAssistant, entry: ConfigEntry) -> Link | None:
    """Return the link that was kept for this entry; if it is being closed, wait until its port is free.

    It goes to the entry's port: changing that unloads the entry, which closes the link.
    """
    waiting = hass.data.get(_WAITING, {}).get(entry.entry_id)
    if waiting is None:
        return None
    if waiting.closing:
        await waiting.closing
        return None
    waiting.forget()
    return waiting.link


@callback
def listening_link(hass: HomeAssistant, entry: ConfigEntry) -> Link | None:
    """Return the link that is being kept for this entry."""
    waiting = hass.data.get(_WAITING, {}).get(entry.entry_id)
    return waiting.link if waiting and not waiting.closing else None
