"""The alarms of the quarter, and the relays that the grid operator switches."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, override

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import P1ConfigEntry
from .entity import P1Entity, add_entities_when_sent
from .reading import Facts, Reading

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class P1AlarmDescription(BinarySensorEntityDescription):
    """An alarm of the running quarter."""

    value: Callable[[Facts], bool | None]


ALARMS: tuple[P1AlarmDescription, ...] = (
    P1AlarmDescription(
        key="peak_act_now",
        translation_key="peak_act_now",
        device_class=BinarySensorDeviceClass.PROBLEM,
        value=lambda facts: facts.act_now,
    ),
    P1AlarmDescription(
        key="peak_warning",
        translation_key="peak_warning",
        device_class=BinarySensorDeviceClass.PROBLEM,
        value=lambda facts: facts.warning,
    ),
)

RELAYS = tuple(
    BinarySensorEntityDescription(
        key=f"relay_{number}",
        translation_key="relay",
        translation_placeholders={"number": str(number)},
        entity_registry_enabled_default=False,
    )
    for number in range(1, 5)
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: P1ConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the alarms, and the relays that the meter sends."""
    coordinator = entry.runtime_data

    def offered(reading: Reading) -> Iterator[tuple[str, Callable[[], Entity]]]:
        if "power_import" in reading.sent:
            for alarm in ALARMS:
                yield alarm.key, partial(P1Alarm, coordinator, alarm)
        for relay in RELAYS:
            if relay.key in reading.sent:
                yield relay.key, partial(P1Relay, coordinator, relay)

    add_entities_when_sent(coordinator, async_add_entities, offered)


class P1Alarm(P1Entity, BinarySensorEntity):
    """An alarm, unknown while the quarter cannot be judged."""

    entity_description: P1AlarmDescription

    @property
    @override
    def is_on(self) -> bool | None:
        return self.entity_description.value(self.coordinator.data.facts)

    @override
    def _shown(self) -> tuple[Any, ...]:
        return (self.is_on,)


class P1Relay(P1Entity, BinarySensorEntity):
    """A virtual relay of a meter of the second generation (eMUCS-P1 2.1.1, 0-x:96.3.10)."""

    @property
    @override
    def is_on(self) -> bool | None:
        relay: bool | None = getattr(self.coordinator.data.telegram, self.entity_description.key)
        return relay

    @override
    def _shown(self) -> tuple[Any, ...]:
        return (self.is_on,)
