"""A meter takes another one's place: which one does, and what then goes over to it."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, OperationNotAllowed
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN, LOGGER
from .issues import watch_of
from .memory import async_pass_on
from .meters import title_of
from .p1 import MbusDevice, Telegram
from .statistics import async_pass_on_statistics

# An id that was misread or made up goes again; a meter that a fitter hung there stays.
STANDING_SECONDS = 60.0
STANDING_TELEGRAMS = 3
# Nobody exchanges a meter more often; who pretends to would have the entry reloaded all day.
_REST = 3600.0
_STATISTICS_PATIENCE = 10.0

_LAST_CHANGE: HassKey[dict[tuple[str, int], float]] = HassKey(f"{DOMAIN}_last_change")
"""When a channel was let have another meter last, by entry and channel: seconds, monotonic."""


class SwapError(Exception):
    """Why a meter cannot take the other's place: a translation key."""


@dataclass(frozen=True, slots=True)
class Place:
    """Who is on a channel of the M-Bus."""

    identity: str
    type: int


@dataclass(slots=True)
class _Newcomer:
    """An identity that was never seen before, on another meter's channel."""

    identity: str
    since: float
    telegrams: int = 0


class MbusPlaces:
    """Who is on which channel of the M-Bus, and who takes whose place.

    An id that nobody knows, on a channel that has a meter, is not shown until it has stood for a minute
    and three telegrams, for its entities would be new ones. Then it is the meter's successor if it is
    of the same kind and the other one is on no other channel, and not shown until the entities are made
    anew; else it is one more meter.
    """

    def __init__(self, is_known: Callable[[str], bool], may_change: Callable[[int, float], bool]) -> None:
        self.places: dict[int, Place] = {}
        """By channel, 1 to 8."""
        self._is_known = is_known
        self._may_change = may_change
        self._newcomers: dict[int, _Newcomer] = {}
        self._successors: set[str] = set()
        self._settled: list[tuple[int, int | None, str]] | None = None
        """What the last telegram had on the M-Bus, if everybody was in place."""

    def observe(self, meters: dict[str, MbusDevice], now: float) -> list[tuple[int, str, str]]:
        """Take whoever is not to be shown out of `meters`; return channel, old and new identity of each swap.

        `now` is in seconds, monotonic.
        """
        seen = [(device.channel, device.type, identity) for identity, device in meters.items()]
        if seen == self._settled:
            return []
        taken = {place.identity for place in self.places.values()}
        swaps: list[tuple[int, str, str]] = []
        hidden: list[str] = []
        for channel, kind, identity in seen:
            place = self.places.get(channel)
            if identity in self._successors:
                hidden.append(identity)
                continue
            # Its own identity is among those taken.
            if place and identity not in taken and not self._is_known(identity):
                if kind is None or not self._may_come(channel, identity, now):
                    hidden.append(identity)
                    continue
                if kind == place.type and place.identity not in meters:
                    hidden.append(identity)
                    self._successors.add(identity)
                    swaps.append((channel, place.identity, identity))
            self._newcomers.pop(channel, None)
            if kind is not None:
                self.places[channel] = Place(identity, kind)
        self._leave(meters)
        for identity in hidden:
            del meters[identity]
        self._settled = None if hidden else seen
        return swaps

    @property
    def settled(self) -> bool:
        """Whether the meters of the last telegram need no second look: nobody waits to be let in."""
        return self._settled is not None

    def forget(self, identities: Iterable[str]) -> None:
        """Take these off the map: whoever comes to their channels is nobody's successor."""
        gone = set(identities)
        self.places = {channel: place for channel, place in self.places.items() if place.identity not in gone}
        self._settled = None

    def load(self, data: Mapping[str, tuple[str, int]]) -> None:
        """Take up what was dumped; raises TypeError or ValueError for what was not."""
        self.places = {
            int(channel): Place(str(identity), int(kind)) for channel, (identity, kind) in data.items()
        }

    def dump(self) -> dict[str, tuple[str, int]]:
        """Return the map as plain JSON."""
        return {str(channel): (place.identity, place.type) for channel, place in self.places.items()}

    def _may_come(self, channel: int, identity: str, now: float) -> bool:
        """Count one more telegram with a newcomer; return whether it is let in."""
        newcomer = self._newcomers.get(channel)
        if newcomer is None or newcomer.identity != identity:
            newcomer = self._newcomers[channel] = _Newcomer(identity, now)
        newcomer.telegrams += 1
        stood = newcomer.telegrams >= STANDING_TELEGRAMS and now - newcomer.since >= STANDING_SECONDS
        return stood and self._may_change(channel, now)

    def _leave(self, meters: Mapping[str, MbusDevice]) -> None:
        """Clear the places of those who have gone to another channel."""
        for channel, place in list(self.places.items()):
            device = meters.get(place.identity)
            if device is not None and device.channel != channel:
                del self.places[channel]


def with_ids(telegram: Telegram, before: Mapping[str, MbusDevice]) -> tuple[MbusDevice, ...]:
    """Return the meters on the M-Bus; one whose id arrived damaged is still who it was before."""
    if not telegram.malformed:
        return telegram.mbus
    damaged = {line.partition("(")[0] for line in telegram.malformed}
    known = {device.channel: device for device in before.values()}
    return tuple(
        replace(device, equipment_id=known[device.channel].equipment_id)
        if f"0-{device.channel}:96.1.1" in damaged
        else device
        for device in telegram.mbus
        if f"0-{device.channel}:96.1.1" not in damaged or device.channel in known
    )


@callback
def places_of(hass: HomeAssistant, entry: ConfigEntry) -> MbusPlaces:
    """Return an empty map of the M-Bus behind the meter of an entry."""
    registry = dr.async_get(hass)
    last = hass.data.setdefault(_LAST_CHANGE, {})

    def is_known(identity: str) -> bool:
        return registry.async_get_device_by_identifier((DOMAIN, identity), entry.entry_id) is not None

    def may_change(channel: int, now: float) -> bool:
        before = last.get((entry.entry_id, channel))
        if entry.state is not ConfigEntryState.LOADED or (before is not None and now - before < _REST):
            return False
        last[entry.entry_id, channel] = now
        return True

    return MbusPlaces(is_known, may_change)


@callback
def forget_swaps(hass: HomeAssistant, entry_id: str) -> None:
    """Forget when the meters behind an entry were exchanged."""
    last = hass.data.get(_LAST_CHANGE, {})
    for place in [place for place in last if place[0] == entry_id]:
        del last[place]


@callback
def swap_mbus(hass: HomeAssistant, entry: ConfigEntry, swaps: Iterable[tuple[int, str, str]]) -> None:
    """Have the entities of exchanged meters go on with their successors, which the reload makes."""
    for channel, old, new in swaps:
        LOGGER.info(
            "The meter on M-Bus channel %s of %s was exchanged: its entities go on with the new one",
            channel,
            entry.title,
        )
        move_identity(hass, entry.entry_id, old, new)
    hass.config_entries.async_schedule_reload(entry.entry_id)


@callback
def move_identity(hass: HomeAssistant, entry_id: str, old: str, new: str) -> None:
    """Give a meter's devices and entities its successor's identity; what has it already is left alone.

    Entity ids, names, areas and history stay; what is switched off is moved too.
    """
    entities = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(entities, entry_id):
        if (unique_id := _moved(entity.unique_id, old, new, "_")) is None:
            continue
        if entities.async_get_entity_id(entity.domain, DOMAIN, unique_id) is None:
            entities.async_update_entity(entity.entity_id, new_unique_id=unique_id)
    devices = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(devices, entry_id):
        for domain, identity in device.identifiers:
            moved = new if identity == old else _moved(identity, old, new, "_mbus")
            if moved is None or devices.async_get_device_by_identifier((domain, moved), entry_id):
                continue
            # Serial number, maker and model follow with the next telegram.
            devices.async_update_device(device.id, new_identifiers={(domain, moved)})


async def async_swap_electricity(hass: HomeAssistant, entry: ConfigEntry, telegram: Telegram) -> None:
    """Make an entry that of the meter which sent the telegram; raise SwapError where that cannot be.

    What belongs to the house stays; what belongs to the old meter is forgotten.
    """
    old, new = entry.unique_id or "", telegram.equipment_id
    if new is None or new == old:
        raise SwapError("same_meter")
    if hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, new):
        raise SwapError("already_configured")
    # Whoever asked for it may go away; the household must not be left without values.
    await asyncio.shield(
        hass.async_create_task(_async_hand_over(hass, entry, old, telegram), f"{DOMAIN} exchange")
    )


async def _async_hand_over(hass: HomeAssistant, entry: ConfigEntry, old: str, telegram: Telegram) -> None:
    new = telegram.equipment_id or ""
    try:
        unloaded = await hass.config_entries.async_unload(entry.entry_id)
    except OperationNotAllowed:
        unloaded = False
    if not unloaded:
        raise SwapError("busy")
    try:
        titled = entry.title == _title_given(hass, entry, old)
        move_identity(hass, entry.entry_id, old, new)
        hass.config_entries.async_update_entry(
            entry, unique_id=new, title=title_of(telegram) if titled else entry.title
        )
        watch_of(hass, entry).begin_anew()
        LOGGER.info("The meter of %s was exchanged: its entities go on with the new one", entry.title)
        await async_pass_on(hass, entry.entry_id, old, new)
        with suppress(TimeoutError):
            # A database that is being rebuilt takes hours.
            async with asyncio.timeout(_STATISTICS_PATIENCE):
                await async_pass_on_statistics(hass, old, new)
    finally:
        hass.config_entries.async_schedule_reload(entry.entry_id)


def _moved(text: str, old: str, new: str, then: str) -> str | None:
    """Return the text with the new beginning; None where it does not begin with the old one."""
    return new + text.removeprefix(old) if text.startswith(f"{old}{then}") else None


def _title_given(hass: HomeAssistant, entry: ConfigEntry, old: str) -> str | None:
    """Return the title that the meter was given when it was added."""
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, old), entry.entry_id)
    return f"{device.model} {old[-4:]}" if device else None
