"""What happens at a meter, to be seen in the logbook and listened to."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import P1ConfigEntry
from .entity import P1Entity, add_entities_when_sent
from .happenings import SIGNAL_HAPPENING, Figures, Happening
from .reading import Reading

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class P1EventDescription(EventEntityDescription):
    """An event entity of the electricity meter."""

    field: str
    """Field of the telegram whose line must be sent for the entity to exist."""
    types: Mapping[Happening, str]
    """Event type by what happens."""


EVENTS: tuple[P1EventDescription, ...] = (
    P1EventDescription(
        key="quarter",
        translation_key="quarter",
        field="power_import",
        types={
            happening: happening.value
            for happening in (
                Happening.QUARTER_COMPLETED,
                Happening.MONTH_PEAK_RAISED,
                Happening.THRESHOLD_PASSED,
            )
        },
    ),
    P1EventDescription(
        key="text_message",
        translation_key="text_message",
        field="message",
        types={Happening.MESSAGE_RECEIVED: "received"},
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: P1ConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entities."""
    coordinator = entry.runtime_data

    def offered(reading: Reading) -> Iterator[tuple[str, Callable[[], Entity]]]:
        for event in EVENTS:
            if event.field in reading.sent:
                yield event.key, partial(P1Event, coordinator, event)

    add_entities_when_sent(coordinator, async_add_entities, offered)


class P1Event(P1Entity, EventEntity):
    """Something that happens, with its figures."""

    entity_description: P1EventDescription

    @property
    @override
    def event_types(self) -> list[str]:
        return list(self.entity_description.types.values())

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        signal = SIGNAL_HAPPENING.format(self.coordinator.config_entry.entry_id)
        self.async_on_remove(async_dispatcher_connect(self.hass, signal, self._happened))

    @callback
    def _happened(self, happening: Happening, figures: Figures) -> None:
        if event_type := self.entity_description.types.get(happening):
            self._trigger_event(event_type, figures)
            self.async_write_ha_state()

    @override
    def _shown(self) -> tuple[Any, ...]:
        # Events are written when they happen; of the coordinator's news only the availability counts.
        return ()
