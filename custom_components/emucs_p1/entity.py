"""What all entities of a meter share."""

from abc import abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, override

from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback, async_get_current_platform
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import P1Coordinator
from .devices import device_of
from .p1 import MbusDevice
from .reading import Reading


class P1Entity(CoordinatorEntity[P1Coordinator]):
    """An entity of the electricity meter."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: P1Coordinator, description: EntityDescription) -> None:
        super().__init__(coordinator)
        self.entity_description = description
        self._attr_unique_id = f"{coordinator.equipment_id}_{description.key}"
        self._attr_device_info = device_of(coordinator.equipment_id)
        self._written: tuple[Any, ...] | None = None

    @abstractmethod
    def _shown(self) -> tuple[Any, ...]:
        """Return everything that the state consists of, to tell whether it changed."""

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self._written = (self.available, *self._shown())

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        # Most values stand for minutes; writing them anew would cost and tell nothing.
        shown = (self.available, *self._shown())
        if shown != self._written:
            self._written = shown
            self.async_write_ha_state()


class P1MbusEntity(P1Entity):
    """An entity of a meter on the M-Bus."""

    def __init__(self, coordinator: P1Coordinator, description: EntityDescription, identity: str) -> None:
        super().__init__(coordinator, description)
        self.identity = identity
        self._attr_unique_id = f"{identity}_{description.key}"
        self._attr_device_info = device_of(identity)

    @property
    def device(self) -> MbusDevice | None:
        """Return the meter as the last telegram shows it; None while it is not in it."""
        return self.coordinator.data.mbus.get(self.identity)

    @property
    @override
    def available(self) -> bool:
        return super().available and self.device is not None


@callback
def add_entities_when_sent(
    coordinator: P1Coordinator,
    async_add_entities: AddConfigEntryEntitiesCallback,
    offered: Callable[[Reading], Iterable[tuple[str, Callable[[], Entity]]]],
) -> None:
    """Add every entity as soon as the meter sends what it shows.

    `offered` names what a reading allows for and how to make it. A meter on the M-Bus may appear
    later, and a firmware update brings new lines. A gas meter that another entry has already, since the
    electricity meter before it was exchanged and added anew, stays there.
    """
    added: set[str] = set()
    last_offer: tuple[object, object] | None = None
    registry = er.async_get(coordinator.hass)
    domain = async_get_current_platform().domain

    def is_free(entity: Entity) -> bool:
        entity_id = registry.async_get_entity_id(domain, DOMAIN, entity.unique_id or "")
        known = registry.async_get(entity_id) if entity_id else None
        return known is None or known.config_entry_id == coordinator.config_entry.entry_id

    @callback
    def add_new() -> None:
        nonlocal last_offer
        reading = coordinator.data
        meters = {
            (identity, device.type, device.unit, device.valve is None)
            for identity, device in reading.mbus.items()
        }
        offer = (frozenset(reading.sent), meters)
        if offer == last_offer:
            return
        last_offer = offer
        new = [(name, make) for name, make in offered(reading) if name not in added]
        if new:
            added.update(name for name, _ in new)
            async_add_entities(filter(is_free, [make() for _, make in new]))

    add_new()
    coordinator.config_entry.async_on_unload(coordinator.async_add_listener(add_new))
