"""What Home Assistant writes while a test looks on."""

from typing import Any

from homeassistant.const import (
    EVENT_STATE_CHANGED,
    EVENT_STATE_REPORTED,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from custom_components.emucs_p1.const import DOMAIN


def written(hass: HomeAssistant) -> list[str]:
    """Return a list that grows by an entity for every state that is written, changed or not."""
    entities: list[str] = []

    @callback
    def take(event: Event) -> None:
        entities.append(event.data["entity_id"])

    hass.bus.async_listen(EVENT_STATE_CHANGED, take)
    hass.bus.async_listen(EVENT_STATE_REPORTED, take, event_filter=callback(lambda _data: True))
    return entities


def told(hass: HomeAssistant, entity_id: str) -> list[dict[str, Any]]:
    """Return a list that grows by what an event entity tells, each event once: its type and its figures."""
    events: list[dict[str, Any]] = []
    seen = {STATE_UNAVAILABLE, STATE_UNKNOWN}
    if before := hass.states.get(entity_id):
        seen.add(before.state)

    @callback
    def take(event: Event) -> None:
        state = event.data["new_state"]
        if event.data["entity_id"] != entity_id or state is None or state.state in seen:
            return
        seen.add(state.state)
        own = {"event_types", "friendly_name"}
        events.append({name: value for name, value in state.attributes.items() if name not in own})

    hass.bus.async_listen(EVENT_STATE_CHANGED, take)
    return events


def registered(hass: HomeAssistant, platform: str, unique_id: str) -> er.RegistryEntry | None:
    """Return an entity, switched off or not."""
    registry = er.async_get(hass)
    entity_id = registry.async_get_entity_id(platform, DOMAIN, unique_id)
    return registry.async_get(entity_id) if entity_id else None
