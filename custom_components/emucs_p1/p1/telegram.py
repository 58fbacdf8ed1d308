"""What one telegram says, typed."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, fields, make_dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any


class Breaker(StrEnum):
    """State of the breaker, or of the valve of a gas meter (0-0:96.3.10, 0-n:24.4.0)."""

    DISCONNECTED = "disconnected"
    CONNECTED = "connected"
    READY_FOR_RECONNECTION = "ready_for_reconnection"


class MbusType(IntEnum):
    """Device types of EN 13757-3 that a household may have on its M-Bus (0-n:24.1.0)."""

    ELECTRICITY = 2
    GAS = 3
    HEAT = 4
    WARM_WATER = 6
    WATER = 7
    COOLING = 10
    COOLING_INLET = 11
    HEAT_INLET = 12
    HEAT_COOLING = 13
    HOT_WATER = 21
    COLD_WATER = 22


class Tariff(StrEnum):
    """The tariff that the import and export registers are counting in (0-0:96.14.0)."""

    DAY = "day"
    NIGHT = "night"


@dataclass(frozen=True, slots=True)
class MonthPeak:
    """The highest quarter-hour demand of one closed month (0-0:98.1.0)."""

    month_end: datetime
    """The moment of closing: the 1st of the following month, 00:00 local time."""
    captured: datetime | None
    """End of the quarter that set the peak; None when the meter marks it undefined."""
    demand: float | None
    """kW; None when the meter recorded no peak, which it marks by an undefined capture time."""


@dataclass(frozen=True, slots=True)
class MbusDevice:
    """A meter behind the electricity meter: gas, water, heat (eMUCS-P1 table of M-Bus objects)."""

    channel: int
    """1 to 8: the order of installation, which says nothing of the kind of meter."""
    type: int | None = None
    """Device type of EN 13757-3, mostly one of `MbusType`; None when not sent."""
    equipment_id: str | None = None
    """As text where the meter sends hex of printable ASCII, else as sent."""
    valve: Breaker | None = None
    reading: float | None = None
    """Register, in `unit`; None when the meter has no reading, never 0 instead."""
    unit: str | None = None
    """m3, kWh, GJ or MJ."""
    reading_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Telegram:
    """One telegram. A value that was not sent, is undefined or is malformed is None, never 0 or -1.

    Registers are in kWh, powers and demands in kW, voltages in V, currents in A.
    """

    identification: str
    """The header line without its slash, such as `FLU5\\253769484_A`."""
    version: str | None = None
    """The eMUCS edition as sent (50217 is 1.7), or the DSMR version of a Dutch meter."""
    equipment_id: str | None = None
    ean: str | None = None
    timestamp: datetime | None = None
    """The meter's clock, aware."""

    energy_import_day: float | None = None
    energy_import_night: float | None = None
    energy_export_day: float | None = None
    energy_export_night: float | None = None
    energy_import: float | None = None
    """The total register where sent, else the sum of day and night."""
    energy_export: float | None = None
    tariff: Tariff | None = None

    power: float | None = None
    """Import minus export: positive is import."""
    power_import: float | None = None
    power_export: float | None = None
    power_import_l1: float | None = None
    power_import_l2: float | None = None
    power_import_l3: float | None = None
    power_export_l1: float | None = None
    power_export_l2: float | None = None
    power_export_l3: float | None = None
    voltage_l1: float | None = None
    voltage_l2: float | None = None
    voltage_l3: float | None = None
    current_l1: float | None = None
    """Unsigned, also while exporting."""
    current_l2: float | None = None
    current_l3: float | None = None

    quarter_demand: float | None = None
    """Energy imported since the quarter began divided by the full quarter: a ramp, no mean."""
    month_peak: float | None = None
    """Highest quarter of the month; None while undefined."""
    month_peak_time: datetime | None = None
    """End of the quarter that set it."""
    peak_history: tuple[MonthPeak, ...] = ()
    """Closed months, oldest first; months may be missing."""

    breaker: Breaker | None = None
    relay_1: bool | None = None
    relay_2: bool | None = None
    relay_3: bool | None = None
    relay_4: bool | None = None
    limiter_threshold: float | None = None
    """kW; None when the limiter is off."""
    fuse_threshold: float | None = None
    """A; None when fuse supervision is off."""
    grid: str | None = None
    """Phase-to-phase voltage of the grid in V: 230 (delta) or 400 (star)."""
    message: str | None = None
    """Text message; None when empty."""

    mbus: tuple[MbusDevice, ...] = ()
    """By channel."""
    unknown: tuple[str, ...] = ()
    """Lines that no data object of the table matches, as sent."""

    lines: tuple[str, ...] = field(default=(), repr=False, compare=False)
    """Every line behind the header as sent: diagnostics show the harmless ones."""
    malformed: tuple[str, ...] = field(default=(), repr=False, compare=False)
    """Lines of known data objects whose value could not be read."""
    sent: AbstractSet[str] = field(default=frozenset(), repr=False, compare=False)
    """Names of the fields whose line was sent, whatever its value, and of those derived from them."""


Draft: Any = make_dataclass(
    "Draft",
    [(each.name, Any, field(default=each.default)) for each in fields(Telegram)],
    slots=True,
    kw_only=True,
)
"""A telegram that is not frozen yet."""


def frozen(draft: Any) -> Telegram:
    """Return the draft as a telegram.

    What is frozen from the start is filled through object.__setattr__, field by field: for fifty of them that
    takes four times as long and is a fifth of the parse.
    """
    draft.__class__ = Telegram
    telegram: Telegram = draft
    return telegram
