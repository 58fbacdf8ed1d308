"""Sensors of the electricity meter and of the meters behind it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfRatio,
    UnitOfVolume,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .coordinator import P1ConfigEntry
from .entity import P1Entity, P1MbusEntity, add_entities_when_sent
from .p1 import Breaker, MbusDevice, MbusType, Tariff
from .peak import Allowance, Outlook, QuarterState
from .reading import Reading

PARALLEL_UPDATES = 0

_MAX_STATE_LENGTH = 255


@dataclass(frozen=True, kw_only=True)
class P1SensorDescription(SensorEntityDescription):
    """A sensor of the electricity meter."""

    field: str
    """Field of the telegram whose line must be sent for the sensor to exist."""
    value: Callable[[Reading], StateType | datetime]
    attributes: Callable[[Reading], Mapping[str, Any]] | None = None


@dataclass(frozen=True, kw_only=True)
class P1MbusSensorDescription(SensorEntityDescription):
    """A sensor of a meter on the M-Bus."""

    types: frozenset[int]
    units: Mapping[str, str] | None = None
    """Unit of the entity by unit of the reading, of those that it can show."""
    exists: Callable[[MbusDevice], bool] = lambda _device: True
    value: Callable[[MbusDevice], StateType | datetime]


def _energy(field: str) -> P1SensorDescription:
    return P1SensorDescription(
        key=field,
        translation_key=field,
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=3,
        field=field,
        value=lambda reading: reading.registers.get(field),
    )


def _power(field: str) -> P1SensorDescription:
    """Describe a power: the meter counts in kW, people think of a house in W."""
    return P1SensorDescription(
        key=field,
        translation_key=field,
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.KILO_WATT,
        suggested_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        field=field,
        value=lambda reading: reading.powers.get(field),
    )


def _demand(
    key: str, *, value: Callable[[Reading], float | None], field: str = "power_import"
) -> P1SensorDescription:
    return P1SensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.KILO_WATT,
        suggested_display_precision=3,
        field=field,
        value=value,
    )


def _of_quarter(value: Callable[[QuarterState], float | None]) -> Callable[[Reading], float | None]:
    return lambda reading: value(reading.quarter) if reading.quarter else None


def _of_outlook(value: Callable[[Outlook, QuarterState], float]) -> Callable[[Reading], float | None]:
    return _of_quarter(lambda quarter: value(quarter.outlook, quarter) if quarter.outlook else None)


def _of_allowance(value: Callable[[Allowance], float]) -> Callable[[Reading], float | None]:
    return _of_quarter(lambda quarter: value(quarter.allowance) if quarter.allowance else None)


def _allowed(key: str, value: Callable[[Allowance], float]) -> P1SensorDescription:
    """Describe a power that the rest of the quarter may take."""
    return P1SensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        field="power_import",
        value=_of_allowance(value),
    )


def _phase_power(direction: str, phase: int) -> P1SensorDescription:
    return replace(
        _power(f"power_{direction}_l{phase}"),
        translation_key=f"power_{direction}_phase",
        translation_placeholders={"phase": f"L{phase}"},
        entity_registry_enabled_default=False,
    )


def _as_sent(field: str) -> P1SensorDescription:
    """Describe a sensor that shows a field of the telegram as it stands."""
    return P1SensorDescription(
        key=field,
        translation_key=field,
        field=field,
        value=lambda reading: getattr(reading.telegram, field),
    )


def _for_the_curious(field: str) -> P1SensorDescription:
    return replace(
        _as_sent(field),
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    )


def _phase(quantity: str, phase: int, device_class: SensorDeviceClass, unit: str) -> P1SensorDescription:
    return replace(
        _for_the_curious(f"{quantity}_l{phase}"),
        translation_key=f"{quantity}_phase",
        translation_placeholders={"phase": f"L{phase}"},
        device_class=device_class,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=unit,
    )


_PHASES = (1, 2, 3)

SENSORS: tuple[P1SensorDescription, ...] = (
    _energy("energy_import"),
    _energy("energy_import_day"),
    _energy("energy_import_night"),
    _energy("energy_export"),
    _energy("energy_export_day"),
    _energy("energy_export_night"),
    _power("power"),
    _power("power_import"),
    _power("power_export"),
    *(_phase_power(direction, phase) for direction in ("import", "export") for phase in _PHASES),
    *(_phase("voltage", phase, SensorDeviceClass.VOLTAGE, UnitOfElectricPotential.VOLT) for phase in _PHASES),
    *(_phase("current", phase, SensorDeviceClass.CURRENT, UnitOfElectricCurrent.AMPERE) for phase in _PHASES),
    replace(_as_sent("tariff"), device_class=SensorDeviceClass.ENUM, options=list(Tariff)),
    _demand("quarter_demand", field="quarter_demand", value=lambda reading: reading.telegram.quarter_demand),
    _demand("quarter_forecast", value=_of_outlook(lambda outlook, _: outlook.mean)),
    replace(
        _demand("quarter_forecast_low", value=_of_outlook(lambda outlook, _: outlook.low)),
        entity_registry_enabled_default=False,
    ),
    replace(
        _demand("quarter_forecast_high", value=_of_outlook(lambda outlook, _: outlook.high)),
        entity_registry_enabled_default=False,
    ),
    P1SensorDescription(
        key="peak_probability",
        translation_key="peak_probability",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
        field="power_import",
        value=_of_outlook(lambda outlook, _: round(100 * outlook.probability)),
    ),
    P1SensorDescription(
        key="quarter_end",
        translation_key="quarter_end",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_registry_enabled_default=False,
        field="power_import",
        value=lambda reading: reading.quarter.end if reading.quarter else None,
    ),
    _demand("peak_threshold", value=_of_quarter(lambda quarter: quarter.threshold)),
    _demand(
        "peak_gap", value=_of_outlook(lambda outlook, quarter: round(quarter.threshold - outlook.mean, 3))
    ),
    _allowed("allowed_power", lambda allowance: allowance.allowed_power),
    _allowed("spare_power", lambda allowance: allowance.spare_power),
    P1SensorDescription(
        key="spare_current",
        translation_key="spare_current",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=1,
        field="power_import",
        value=_of_allowance(lambda allowance: allowance.spare_current),
    ),
    # No state class: it is no counter, and its sum would mean nothing.
    P1SensorDescription(
        key="quarter_energy_left",
        translation_key="quarter_energy_left",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=3,
        field="power_import",
        value=_of_allowance(lambda allowance: allowance.energy_left),
    ),
    _demand(
        "last_quarter",
        value=lambda reading: reading.facts.last_quarter.demand if reading.facts.last_quarter else None,
    ),
    _demand("month_peak", value=lambda reading: reading.facts.month_peak),
    P1SensorDescription(
        key="month_peak_time",
        translation_key="month_peak_time",
        device_class=SensorDeviceClass.TIMESTAMP,
        field="power_import",
        value=lambda reading: reading.facts.month_peak_time,
    ),
    _demand("billed_peak", value=_of_quarter(lambda quarter: quarter.months.billed)),
    P1SensorDescription(
        key="forecast_error",
        translation_key="forecast_error",
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        field="power_import",
        value=_of_quarter(lambda quarter: quarter.forecast_error),
    ),
    replace(_as_sent("breaker"), device_class=SensorDeviceClass.ENUM, options=list(Breaker)),
    P1SensorDescription(
        key="message",
        translation_key="message",
        field="message",
        value=lambda reading: (reading.telegram.message or "")[:_MAX_STATE_LENGTH] or None,
        attributes=lambda reading: {"text": reading.telegram.message},
    ),
    replace(
        _for_the_curious("limiter_threshold"),
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.KILO_WATT,
    ),
    replace(
        _for_the_curious("fuse_threshold"),
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
    ),
    replace(_for_the_curious("grid"), device_class=SensorDeviceClass.ENUM, options=["230", "400"]),
    replace(
        _for_the_curious("timestamp"),
        key="meter_time",
        translation_key="meter_time",
        device_class=SensorDeviceClass.TIMESTAMP,
    ),
    replace(_for_the_curious("version"), key="p1_version", translation_key="p1_version"),
)

_ENERGY_UNITS = {
    "kWh": UnitOfEnergy.KILO_WATT_HOUR,
    "GJ": UnitOfEnergy.GIGA_JOULE,
    "MJ": UnitOfEnergy.MEGA_JOULE,
}
_VOLUME_UNITS = {"m3": UnitOfVolume.CUBIC_METERS}
_METERS = frozenset(MbusType)


def _register(
    key: str, device_class: SensorDeviceClass, units: Mapping[str, str], *types: MbusType
) -> P1MbusSensorDescription:
    return P1MbusSensorDescription(
        key=key,
        translation_key=f"mbus_{key}",
        device_class=device_class,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=3,
        types=frozenset(types),
        units=units,
        value=lambda device: device.reading,
    )


MBUS_SENSORS: tuple[P1MbusSensorDescription, ...] = (
    _register("cooling", SensorDeviceClass.ENERGY, _ENERGY_UNITS, MbusType.COOLING, MbusType.COOLING_INLET),
    _register("energy_import", SensorDeviceClass.ENERGY, _ENERGY_UNITS, MbusType.ELECTRICITY),
    _register("gas", SensorDeviceClass.GAS, _VOLUME_UNITS, MbusType.GAS),
    _register(
        "heat",
        SensorDeviceClass.ENERGY,
        _ENERGY_UNITS,
        MbusType.HEAT,
        MbusType.HEAT_INLET,
        MbusType.HEAT_COOLING,
    ),
    _register(
        "water",
        SensorDeviceClass.WATER,
        _VOLUME_UNITS,
        MbusType.COLD_WATER,
        MbusType.HOT_WATER,
        MbusType.WARM_WATER,
        MbusType.WATER,
    ),
    P1MbusSensorDescription(
        key="valve",
        translation_key="valve",
        device_class=SensorDeviceClass.ENUM,
        options=list(Breaker),
        types=_METERS,
        exists=lambda device: device.valve is not None,
        value=lambda device: device.valve,
    ),
    P1MbusSensorDescription(
        key="reading_time",
        translation_key="reading_time",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        types=_METERS,
        value=lambda device: device.reading_time,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: P1ConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of everything that the meter sends."""
    coordinator = entry.runtime_data

    def offered(reading: Reading) -> Iterator[tuple[str, Callable[[], Entity]]]:
        for sensor in SENSORS:
            if sensor.field in reading.sent:
                yield sensor.key, partial(P1Sensor, coordinator, sensor)
        for identity, device in reading.mbus.items():
            for mbus_sensor in MBUS_SENSORS:
                if _applies(mbus_sensor, device):
                    yield (
                        f"{identity}_{mbus_sensor.key}",
                        partial(P1MbusSensor, coordinator, mbus_sensor, identity),
                    )

    add_entities_when_sent(coordinator, async_add_entities, offered)


def _applies(sensor: P1MbusSensorDescription, device: MbusDevice) -> bool:
    return (
        device.type in sensor.types
        and sensor.exists(device)
        and (sensor.units is None or device.unit in sensor.units)
    )


class P1Sensor(P1Entity, SensorEntity):
    """A sensor of the electricity meter."""

    entity_description: P1SensorDescription
    # A message may be long; what it said is in the state.
    _unrecorded_attributes = frozenset({"text"})

    @property
    @override
    def native_value(self) -> StateType | datetime:
        return self.entity_description.value(self.coordinator.data)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        attributes = self.entity_description.attributes
        return attributes(self.coordinator.data) if attributes else None

    @override
    def _shown(self) -> tuple[Any, ...]:
        return (self.native_value, self.extra_state_attributes)


class P1MbusSensor(P1MbusEntity, SensorEntity):
    """A sensor of a meter on the M-Bus."""

    entity_description: P1MbusSensorDescription
    _attr_native_unit_of_measurement: str | None = None

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        # By the reading: a heat meter may count in GJ, MJ or kWh.
        units, device = self.entity_description.units, self.device
        if units and device and device.unit and device.unit in units:
            self._attr_native_unit_of_measurement = units[device.unit]
        return self._attr_native_unit_of_measurement

    @property
    @override
    def native_value(self) -> StateType | datetime:
        return self.entity_description.value(self.device) if self.device else None

    @override
    def _shown(self) -> tuple[Any, ...]:
        return (self.native_value,)
