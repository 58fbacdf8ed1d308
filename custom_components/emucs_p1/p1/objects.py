"""The data objects of a telegram: eMUCS-P1 1.7.1 and 2.1.1, with what neighbours send instead."""

from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """How the text behind a code is read."""

    BREAKER = auto()
    """One digit."""
    GRID = auto()
    """Phase-to-phase voltage, a number without a unit."""
    HISTORY = auto()
    """Month peaks: count, two codes, then (row)(capture)(value)."""
    IDENTIFIER = auto()
    """Hex of ASCII, or text where it is masked."""
    MBUS_TYPE = auto()
    """Device type, decimal."""
    MESSAGE = auto()
    """Hex of a text."""
    NUMBER = auto()
    """A number with a unit."""
    PEAK = auto()
    """(capture)(value)."""
    READING = auto()
    """(time)(value*unit) of an M-Bus meter."""
    RELAY = auto()
    """0 or 1."""
    TARIFF = auto()
    """Four digits."""
    TEXT = auto()
    """Text as it stands."""
    TIME = auto()
    """YYMMDDhhmmss and S or W."""


@dataclass(frozen=True, slots=True)
class DataObject:
    """One row of the table."""

    code: str
    """OBIS code; `n` stands for the M-Bus channel."""
    field: str
    """Field of `Telegram`, or of `MbusDevice` where the code has a channel."""
    kind: Kind
    meaning: str
    unit: str = ""
    """Unit of the field; the text may use another of the same quantity."""
    harmless: bool = True
    """Whether the text may stand in diagnostics: it tells nothing of whose meter it is."""
    off: tuple[float, ...] = ()
    """Values by which the meter says that there is none."""


_PHASES = (("l1", 20, 30), ("l2", 40, 50), ("l3", 60, 70))

DATA_OBJECTS: tuple[DataObject, ...] = (
    DataObject("0-0:96.1.4", "version", Kind.TEXT, "eMUCS edition"),
    DataObject("1-3:0.2.8", "dsmr_version", Kind.TEXT, "DSMR version of a Dutch telegram"),
    DataObject("0-0:96.1.1", "equipment_id", Kind.IDENTIFIER, "meter id", harmless=False),
    DataObject(
        "0-0:96.1.0",
        "equipment_id_alternative",
        Kind.IDENTIFIER,
        "meter id of an Iskra",
        harmless=False,
    ),
    DataObject("0-0:96.1.2", "ean", Kind.IDENTIFIER, "EAN of the connection", harmless=False),
    DataObject("0-0:1.0.0", "timestamp", Kind.TIME, "meter time"),
    DataObject("1-0:1.8.0", "energy_import", Kind.NUMBER, "import, total", "kWh"),
    DataObject("1-0:1.8.1", "energy_import_day", Kind.NUMBER, "import, tariff 1", "kWh"),
    DataObject("1-0:1.8.2", "energy_import_night", Kind.NUMBER, "import, tariff 2", "kWh"),
    DataObject("1-0:2.8.0", "energy_export", Kind.NUMBER, "export, total", "kWh"),
    DataObject("1-0:2.8.1", "energy_export_day", Kind.NUMBER, "export, tariff 1", "kWh"),
    DataObject("1-0:2.8.2", "energy_export_night", Kind.NUMBER, "export, tariff 2", "kWh"),
    DataObject("0-0:96.14.0", "tariff", Kind.TARIFF, "active tariff"),
    DataObject(
        "1-0:1.4.0",
        "quarter_demand",
        Kind.NUMBER,
        "demand of the running quarter",
        "kW",
    ),
    DataObject("1-0:1.6.0", "month_peak", Kind.PEAK, "peak of the running month", "kW"),
    DataObject("0-0:98.1.0", "peak_history", Kind.HISTORY, "peaks of closed months", "kW"),
    DataObject("1-0:1.7.0", "power_import", Kind.NUMBER, "import power", "kW"),
    DataObject("1-0:2.7.0", "power_export", Kind.NUMBER, "export power", "kW"),
    *(
        row
        for name, power, electric in _PHASES
        for row in (
            DataObject(
                f"1-0:{power + 1}.7.0",
                f"power_import_{name}",
                Kind.NUMBER,
                f"import power {name}",
                "kW",
            ),
            DataObject(
                f"1-0:{power + 2}.7.0",
                f"power_export_{name}",
                Kind.NUMBER,
                f"export power {name}",
                "kW",
            ),
            DataObject(
                f"1-0:{electric + 2}.7.0",
                f"voltage_{name}",
                Kind.NUMBER,
                f"voltage {name}",
                "V",
            ),
            DataObject(
                f"1-0:{electric + 1}.7.0",
                f"current_{name}",
                Kind.NUMBER,
                f"current {name}",
                "A",
            ),
        )
    ),
    DataObject("0-0:96.3.10", "breaker", Kind.BREAKER, "breaker"),
    *(
        DataObject(f"0-{number}:96.3.10", f"relay_{number}", Kind.RELAY, f"relay {number}")
        for number in range(1, 5)
    ),
    DataObject(
        "0-0:17.0.0",
        "limiter_threshold",
        Kind.NUMBER,
        "limiter threshold",
        "kW",
        off=(99.999, 999.9),
    ),
    DataObject(
        "1-0:31.4.0",
        "fuse_threshold",
        Kind.NUMBER,
        "fuse supervision threshold",
        "A",
        off=(999.0, 999.99),
    ),
    DataObject("1-0:94.32.1", "grid", Kind.GRID, "grid configuration", "V"),
    DataObject("0-0:96.13.0", "message", Kind.MESSAGE, "text message", harmless=False),
    DataObject("0-n:24.1.0", "type", Kind.MBUS_TYPE, "device type"),
    DataObject("0-n:96.1.1", "equipment_id", Kind.IDENTIFIER, "device id", harmless=False),
    DataObject(
        "0-n:96.1.0",
        "equipment_id_alternative",
        Kind.IDENTIFIER,
        "device id of neighbours",
        harmless=False,
    ),
    DataObject("0-n:96.1.2", "ean", Kind.IDENTIFIER, "EAN of the meter", harmless=False),
    DataObject("0-n:24.4.0", "valve", Kind.BREAKER, "valve"),
    DataObject("0-n:24.2.1", "reading", Kind.READING, "reading, temperature corrected for gas"),
    DataObject("0-n:24.2.3", "reading", Kind.READING, "reading, not temperature corrected"),
)

MBUS_CHANNELS = range(1, 9)


def _by_code() -> dict[str, tuple[int, DataObject]]:
    """Write the table out by code; an M-Bus row once for each channel, 0 being the electricity meter."""
    rows: dict[str, tuple[int, DataObject]] = {}
    for row in DATA_OBJECTS:
        if row.code.startswith("0-n:"):
            for channel in MBUS_CHANNELS:
                rows[row.code.replace("n", str(channel))] = (channel, row)
        else:
            rows[row.code] = (0, row)
    return rows


BY_CODE = _by_code()


def is_harmless(code: str) -> bool:
    """Return whether the text behind a code tells nothing of whose meter it is; unknown codes may."""
    return code in BY_CODE and BY_CODE[code][1].harmless
