"""What the meters of Belgium send, line by line; every serial number is made up."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from custom_components.emucs_p1.p1 import Telegram, parse_telegram

from .p1.telegrams import telegram

type Lines = dict[str, str]
"""What stands behind the code of each line."""

S211 = r"/FLU5\253770234_A"
T211 = r"/FLU5\253769484_A"
XT211 = r"/FLU5\253967035_D"
ISKRA = r"/ISk5\2MIE5T-200"
DUTCH = r"/KFM5KAIFA-METER"

BRUSSELS = ZoneInfo("Europe/Brussels")
NOW = datetime(2026, 3, 3, 12, 0, 5, tzinfo=BRUSSELS)
"""The meter's time in every variant."""
READ = datetime(2026, 3, 3, 11, 55, 0, tzinfo=BRUSSELS)

SINGLE_ID = "1SAG1100000001"
THREE_ID = "1SAG3100000001"
V2_ID = "1SAG3200000001"
ISKRA_ID = "86543210"
DUTCH_ID = "E0043007052870318"
GAS_ID = "7FLO2100000001"
OTHER_GAS_ID = "7FLO2100000002"
WATER_ID = "8SEU0100000001"
HEAT_ID = "6KAM0100000001"
SUBMETER_ID = "2KAM0200000001"

UNDEFINED = "(632525252525W)"


def hexed(text: str) -> str:
    return f"({text.encode('ascii').hex().upper()})"


def stamp(at: datetime) -> str:
    local = at.astimezone(BRUSSELS)
    return f"({local:%y%m%d%H%M%S}{'S' if local.dst() else 'W'})"


def kwh(value: float) -> str:
    return f"({value:010.3f}*kWh)"


def kw(value: float) -> str:
    return f"({value:06.3f}*kW)"


def peak(at: datetime, value: float) -> str:
    return stamp(at) + kw(value)


def electricity(equipment_id: str, version: str, **powers: float) -> Lines:
    """Return the lines that every meter built to the Belgian specification sends."""
    return {
        "0-0:96.1.4": f"({version})",
        "0-0:96.1.1": hexed(equipment_id),
        "0-0:1.0.0": stamp(NOW),
        "1-0:1.8.1": kwh(1000.001),
        "1-0:1.8.2": kwh(2000.002),
        "1-0:2.8.1": kwh(300.003),
        "1-0:2.8.2": kwh(0.0),
        "0-0:96.14.0": "(0001)",
        "1-0:1.7.0": kw(powers.get("drawn", 0.5)),
        "1-0:2.7.0": kw(powers.get("fed", 0.0)),
        "0-0:96.3.10": "(1)",
        "0-0:17.0.0": "(999.9*kW)",
        "1-0:31.4.0": "(999*A)",
        "0-0:96.13.0": "()",
    }


def phases(*watts: int) -> Lines:
    lines: Lines = {}
    for base, power in zip((20, 40, 60), watts, strict=False):
        lines[f"1-0:{base + 1}.7.0"] = kw(max(0, power) / 1000)
        lines[f"1-0:{base + 2}.7.0"] = kw(max(0, -power) / 1000)
        lines[f"1-0:{base + 12}.7.0"] = "(230.1*V)"
        lines[f"1-0:{base + 11}.7.0"] = f"({abs(power) / 230:06.2f}*A)"
    return lines


def capacity(demand: float, month_peak: float) -> Lines:
    """Return the lines of the capacity tariff (1.7 and newer)."""
    return {
        "1-0:1.4.0": kw(demand),
        "1-0:1.6.0": peak(datetime(2026, 3, 2, 18, 15, tzinfo=BRUSSELS), month_peak),
        "0-0:98.1.0": "(1)(1-0:1.6.0)(1-0:1.6.0)(260301000000W)(260214181500W)(04.321*kW)",
    }


def gas(channel: int = 1, *, own_id: str | None = GAS_ID, m3: float = 1234.567, at: datetime = READ) -> Lines:
    return {
        f"0-{channel}:24.1.0": "(003)",
        f"0-{channel}:96.1.1": hexed(own_id) if own_id is not None else "()",
        f"0-{channel}:24.4.0": "(1)",
        f"0-{channel}:24.2.3": f"{stamp(at)}({m3:09.3f}*m3)",
    }


def water(
    channel: int = 2, *, own_id: str | None = WATER_ID, m3: float = 87.654, at: datetime = READ
) -> Lines:
    return {
        f"0-{channel}:24.1.0": "(007)",
        f"0-{channel}:96.1.1": hexed(own_id) if own_id is not None else "()",
        f"0-{channel}:24.2.1": f"{stamp(at)}({m3:09.3f}*m3)",
    }


def mbus(channel: int, kind: int, own_id: str, value: str) -> Lines:
    """Return the lines of any other meter behind the electricity meter."""
    return {
        f"0-{channel}:24.1.0": f"({kind:03d})",
        f"0-{channel}:96.1.1": hexed(own_id),
        f"0-{channel}:24.2.1": f"{stamp(READ)}({value})",
    }


THREE_PHASE: Lines = (
    electricity(THREE_ID, "50217") | capacity(0.123, 3.456) | phases(600, -200, 100) | gas() | water()
)
"""eMUCS-P1 1.7: the meter of most tests."""

OLD: Lines = electricity(THREE_ID, "50213") | phases(500)
"""The same house before eMUCS 1.7: no ramp, no month peaks."""

V2: Lines = {
    "0-0:96.1.4": "(50221)",
    **electricity(V2_ID, "50221"),
    **capacity(0.5, 2.5),
    **phases(200, 200, 100),
    "0-0:96.1.2": hexed("541448820000000001"),
    "1-0:94.32.1": "(400)",
    "0-0:17.0.0": "(09.200*kW)",
    "1-0:31.4.0": "(040.00*A)",
    "0-1:96.3.10": "(1)",
    "0-2:96.3.10": "(0)",
    "0-3:96.3.10": "(1)",
    "0-4:96.3.10": "(0)",
}

VARIANTS: dict[str, tuple[str, str, Lines]] = {
    "50213_single_phase": (S211, SINGLE_ID, electricity(SINGLE_ID, "50213") | phases(500)),
    "50217_three_phase": (T211, THREE_ID, THREE_PHASE),
    "50221_relays": (XT211, V2_ID, V2),
    "delta": (
        T211,
        THREE_ID,
        electricity(THREE_ID, "50217", drawn=0.602) | phases(681, 0, -79) | {"1-0:52.7.0": "(000.0*V)"},
    ),
    "iskra": (
        ISKRA,
        ISKRA_ID,
        {
            "1-0:0.0.0": "(00000000)",
            "0-0:96.1.0": f"({ISKRA_ID})",
            "0-0:1.0.0": "(260303120005)",
            "1-0:1.8.1": kwh(10.0),
            "1-0:1.8.2": kwh(20.0),
            "1-0:2.8.1": kwh(1.0),
            "1-0:2.8.2": kwh(2.0),
            "0-0:96.14.0": "(0002)",
            "1-0:1.7.0": kw(0.25),
            "1-0:2.7.0": kw(0.0),
            "0-0:96.3.10": "(1)",
            "0-0:96.13.0": "()",
            "0-1:96.1.1": "()",
        },
    ),
    "dutch": (
        DUTCH,
        DUTCH_ID,
        {
            "1-3:0.2.8": "(50)",
            "0-0:1.0.0": stamp(NOW),
            "0-0:96.1.1": hexed(DUTCH_ID),
            "1-0:1.8.1": kwh(1.0),
            "1-0:1.8.2": kwh(2.0),
            "1-0:2.8.1": kwh(3.0),
            "1-0:2.8.2": kwh(4.0),
            "0-0:96.14.0": "(0001)",
            "1-0:1.7.0": kw(0.3),
            "1-0:2.7.0": kw(0.0),
        },
    ),
    "two_gas_meters": (
        T211,
        THREE_ID,
        electricity(THREE_ID, "50217") | gas(1) | gas(2, own_id=OTHER_GAS_ID, m3=0.5),
    ),
    "heat_and_submeter": (
        T211,
        THREE_ID,
        electricity(THREE_ID, "50217")
        | mbus(1, 4, HEAT_ID, "00012.345*GJ")
        | mbus(2, 2, SUBMETER_ID, "00456.789*kWh")
        | mbus(3, 10, "6KAM0100000002", "00003.210*GJ"),
    ),
    "empty_mbus_id": (T211, THREE_ID, electricity(THREE_ID, "50217") | gas(1, own_id=None)),
}
"""Header, id and lines by name."""


def build(lines: Mapping[str, str], header: str = T211) -> bytes:
    """Return the telegram of these lines."""
    return telegram(*(f"{code}{value}" for code, value in lines.items()), header=header)


def parsed(lines: Mapping[str, str], header: str = T211) -> Telegram:
    return parse_telegram(build(lines, header))


def three_phase(at: datetime = NOW, **changed: str) -> bytes:
    """Return a telegram of the meter of most tests; keywords name lines by what they mean."""
    lines = THREE_PHASE | {"0-0:1.0.0": stamp(at)}
    return build(lines | {_CODES[name]: value for name, value in changed.items()})


_CODES = {
    "breaker": "0-0:96.3.10",
    "demand": "1-0:1.4.0",
    "drawn": "1-0:1.7.0",
    "fed": "1-0:2.7.0",
    "import_day": "1-0:1.8.1",
    "import_night": "1-0:1.8.2",
    "message": "0-0:96.13.0",
    "meter_id": "0-0:96.1.1",
    "month_peak": "1-0:1.6.0",
    "tariff": "0-0:96.14.0",
}
