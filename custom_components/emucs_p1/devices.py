"""The meters in the device registry."""

from collections import Counter
from collections.abc import Mapping

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceInfo

from .const import DOMAIN
from .meters import edition_of, manufacturer_of, model_of
from .p1 import MbusDevice, MbusType, Telegram

_KINDS: dict[int | None, str] = {
    MbusType.ELECTRICITY: "electricity_submeter",
    MbusType.GAS: "gas_meter",
    MbusType.HEAT: "heat_meter",
    MbusType.WARM_WATER: "warm_water_meter",
    MbusType.WATER: "water_meter",
    MbusType.COOLING: "cooling_meter",
    MbusType.COOLING_INLET: "cooling_meter",
    MbusType.HEAT_INLET: "heat_meter",
    MbusType.HEAT_COOLING: "heat_meter",
    MbusType.HOT_WATER: "warm_water_meter",
    MbusType.COLD_WATER: "water_meter",
}
"""Translation key of the name of a meter on the M-Bus, by its type."""


def device_of(identity: str) -> DeviceInfo:
    """Return what ties an entity to a meter that is in the registry already."""
    return DeviceInfo(identifiers={(DOMAIN, identity)})


@callback
def register_electricity_meter(
    hass: HomeAssistant, entry_id: str, equipment_id: str, telegram: Telegram
) -> str:
    """Put the electricity meter into the device registry; return its id there."""
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry_id,
        identifiers={(DOMAIN, equipment_id)},
        manufacturer=manufacturer_of(equipment_id),
        model=model_of(telegram.identification),
        serial_number=equipment_id,
        sw_version=edition_of(telegram.version),
        translation_key="electricity_meter",
    )
    return device.id


@callback
def register_mbus_meters(
    hass: HomeAssistant, entry_id: str, via_device_id: str, meters: Mapping[str, MbusDevice]
) -> None:
    """Put all meters seen on the M-Bus into the device registry, numbered where two are of one kind."""
    registry = dr.async_get(hass)
    kinds = Counter(_KINDS.get(device.type) for device in meters.values())
    numbers: Counter[str] = Counter()
    for identity, device in sorted(meters.items(), key=lambda item: item[1].channel):
        if (kind := _KINDS.get(device.type)) is None:
            continue
        numbers[kind] += 1
        registry.async_get_or_create(
            config_entry_id=entry_id,
            identifiers={(DOMAIN, identity)},
            manufacturer=manufacturer_of(device.equipment_id),
            serial_number=device.equipment_id,
            translation_key=kind if kinds[kind] == 1 else f"{kind}_numbered",
            translation_placeholders={"number": str(numbers[kind])},
            via_device_id=via_device_id,
        )
