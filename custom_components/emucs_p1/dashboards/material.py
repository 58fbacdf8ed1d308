"""What views are made of: the entities of the meters, and texts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from ..coordinator import P1ConfigEntry
from ..statistics import statistic_id

_SHORT = "short_"


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity that can be shown."""

    entity_id: str
    short_name: str | None
    """What it is called below a heading that says the rest."""


class Shown:
    """The entities of one meter that a view can show, by key.

    What is disabled is left out, for a card would say that it is not found; so is what the household hid.
    """

    def __init__(
        self,
        name: str,
        identity: str,
        entities: Iterable[er.RegistryEntry],
        short_names: Mapping[str, str],
    ) -> None:
        self.name = name
        """Of the meter."""
        prefix = f"{identity}_"
        self._entities = {
            entity.unique_id.removeprefix(prefix): entity
            for entity in entities
            if entity.unique_id.startswith(prefix)
        }
        self._short_names = short_names
        self.left_out: set[str] = set()
        """The ids of those that were asked for and are disabled."""

    def get(self, key: str) -> Entity | None:
        """Return an entity; None where there is nothing to show."""
        entity = self._entities.get(key)
        if entity is None or entity.hidden_by is not None:
            return None
        if entity.disabled_by is not None:
            self.left_out.add(entity.entity_id)
            return None
        # What the household called it, it wants to read.
        short_name = None if entity.name else self._short_names.get(key)
        return Entity(entity.entity_id, short_name)

    def of(self, *keys: str) -> Iterator[Entity]:
        """Yield those that can be shown."""
        for key in keys:
            if entity := self.get(key):
                yield entity


@dataclass(frozen=True, kw_only=True)
class Material:
    """What the views of one electricity meter are made of."""

    electricity: Shown
    others: tuple[Shown, ...]
    """The meters on the M-Bus."""
    month_peaks: str
    """Statistics of the closed months."""
    texts: Mapping[str, str]
    """Headings, in the language of the household."""

    @property
    def left_out(self) -> list[str]:
        """Return the ids of the entities that were asked for and are disabled."""
        return sorted(set().union(*(shown.left_out for shown in (self.electricity, *self.others))))


@callback
def material_of(hass: HomeAssistant, entry: P1ConfigEntry, texts: Mapping[str, str]) -> Material:
    """Read the registries; whether the meter is heard does not matter."""
    devices = {
        identity: device
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        for domain, identity in device.identifiers
        if domain == DOMAIN
    }
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    equipment_id = entry.unique_id or ""
    short_names = {key.removeprefix(_SHORT): text for key, text in texts.items() if key.startswith(_SHORT)}
    electricity = devices.pop(equipment_id)
    # Two digital meters bear the same name, unless the household gave one; their entries do not.
    name = electricity.name_by_user or entry.title
    names = {identity: device.name_by_user or device.name or "" for identity, device in devices.items()}
    return Material(
        electricity=Shown(name, equipment_id, entities, short_names),
        others=tuple(
            Shown(name, identity, entities, {})
            for identity, name in sorted(names.items(), key=lambda item: item[1])
        ),
        month_peaks=statistic_id(equipment_id),
        texts=texts,
    )
