"""What the household chooses: its target, and what it can switch off."""

from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import EntityCategory, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import P1ConfigEntry
from .entity import P1Entity

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class P1NumberDescription(NumberEntityDescription):
    """A number that the household chooses."""

    setting: str
    """Name of the setting of the quarter."""


def _power(key: str, *, setting: str, least: float, most: float) -> P1NumberDescription:
    return P1NumberDescription(
        key=key,
        translation_key=key,
        device_class=NumberDeviceClass.POWER,
        entity_category=EntityCategory.CONFIG,
        native_min_value=least,
        native_max_value=most,
        native_step=0.1,
        native_unit_of_measurement=UnitOfPower.KILO_WATT,
        mode=NumberMode.BOX,
        setting=setting,
    )


NUMBERS: tuple[P1NumberDescription, ...] = (
    _power("peak_target", setting="target", least=0.5, most=30),
    _power("sheddable_power", setting="sheddable", least=0.1, most=20),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: P1ConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the numbers."""
    async_add_entities(P1Number(entry.runtime_data, number) for number in NUMBERS)


class P1Number(P1Entity, NumberEntity):
    """A choice of the household, which the meter knows nothing of."""

    entity_description: P1NumberDescription

    @property
    @override
    def available(self) -> bool:
        # It can be chosen while the meter is silent.
        return True

    @property
    @override
    def native_value(self) -> float:
        value: float = getattr(self.coordinator.settings, self.entity_description.setting)
        return value

    @override
    async def async_set_native_value(self, value: float) -> None:
        await self.coordinator.async_choose(**{self.entity_description.setting: value})
        self._handle_coordinator_update()

    @override
    def _shown(self) -> tuple[Any, ...]:
        return (self.native_value,)
