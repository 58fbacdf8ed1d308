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


class Devices:
    """The meters of one entry, as far as they were seen."""

    def __init__(self, hass: HomeAssistant, entry_id: str, equipment_id: str) -> None:
        self._registry = dr.async_get(hass)
        self._entry_id = entry_id
        self._equipment_id = equipment_id
        self._device_id: str | None = None
        self._version: str | None = None
        self._mbus: dict[str, MbusDevice] = {}

    @callback
    def register(self, telegram: Telegram, mbus: Mapping[str, MbusDevice]) -> None:
        """Put into the device registry what a telegram shows for the first time, or anew."""
        if self._device_id is None or telegram.version not in (None, self._version):
            self._version = telegram.version
            self._device_id = self._register_electricity_meter(telegram)
        new = {
            identity: device
            for identity, device in mbus.items()
            if device.type is not None and identity not in self._mbus
        }
        if new:
            self._mbus |= new
            self._register_mbus_meters(self._device_id)

    def _register_electricity_meter(self, telegram: Telegram) -> str:
        device = self._registry.async_get_or_create(
            config_entry_id=self._entry_id,
            identifiers={(DOMAIN, self._equipment_id)},
            manufacturer=manufacturer_of(self._equipment_id),
            model=model_of(telegram.identification),
            serial_number=self._equipment_id,
            sw_version=edition_of(telegram.version),
            translation_key="electricity_meter",
        )
        return device.id

    def _register_mbus_meters(self, via_device_id: str) -> None:
        """Register all meters seen on the M-Bus, numbered where two are of one kind."""
        kinds = Counter(_KINDS.get(device.type) for device in self._mbus.values())
        numbers: Counter[str] = Counter()
        for identity, device in sorted(self._mbus.items(), key=lambda item: item[1].channel):
            if (kind := _KINDS.get(device.type)) is None:
                continue
            numbers[kind] += 1
            self._registry.async_get_or_create(
                config_entry_id=self._entry_id,
                identifiers={(DOMAIN, identity)},
                manufacturer=manufacturer_of(device.equipment_id),
                serial_number=device.equipment_id,
                translation_key=kind if kinds[kind] == 1 else f"{kind}_numbered",
                translation_placeholders={"number": str(numbers[kind])},
                via_device_id=via_device_id,
            )
