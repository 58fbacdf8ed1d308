"""What has to be there, told without the integration's help: the issue's table, the simulator's truth."""

from datetime import UTC, datetime, timedelta
from functools import cache
from math import isclose

from simulator.household import Household
from simulator.meter import Meter
from simulator.reading import Reading

from .sources import INSTALLED, SEED

ELECTRICITY = "1SAG3100000001"
GAS = "7FLO2100000001"
WATER = "8SEU0100000001"

_PHASES = ("l1", "l2", "l3")

# By unique id, of a meter with three phases.
ENABLED = {
    *(
        f"{ELECTRICITY}_{key}"
        for key in (
            "allowed_power",
            "billed_peak",
            "breaker",
            "energy_export",
            "energy_export_day",
            "energy_export_night",
            "energy_import",
            "energy_import_day",
            "energy_import_night",
            "forecast_error",
            "last_quarter",
            "message",
            "month_peak",
            "month_peak_time",
            "peak_act_now",
            "peak_gap",
            "peak_probability",
            "peak_target",
            "peak_threshold",
            "peak_warning",
            "power",
            "power_export",
            "power_import",
            "quarter",
            "quarter_demand",
            "quarter_energy_left",
            "quarter_forecast",
            "sheddable_power",
            "spare_current",
            "spare_power",
            "tariff",
            "text_message",
        )
    ),
    f"{GAS}_gas",
    f"{GAS}_valve",
    f"{WATER}_water",
}
DISABLED = {
    *(
        f"{ELECTRICITY}_{quantity}_{phase}"
        for quantity in ("current", "power_export", "power_import", "voltage")
        for phase in _PHASES
    ),
    *(
        f"{ELECTRICITY}_{key}"
        for key in (
            "fuse_threshold",
            "limiter_threshold",
            "meter_time",
            "p1_version",
            "quarter_end",
            "quarter_forecast_high",
            "quarter_forecast_low",
        )
    ),
    f"{GAS}_reading_time",
    f"{WATER}_reading_time",
}
# There is no message, nothing has happened, no quarter has been seen from its beginning to its end, and
# in the first quarter of a month there is no peak yet.
WITH_VALUE = ENABLED - {
    f"{ELECTRICITY}_{key}"
    for key in (
        "forecast_error",
        "last_quarter",
        "message",
        "month_peak",
        "month_peak_time",
        "quarter",
        "text_message",
    )
}
# What the household chooses stays when the meter goes silent.
CHOSEN = {f"{ELECTRICITY}_{key}" for key in ("peak_target", "sheddable_power")}

# A telegram is stamped with the second in which it is sent; Home Assistant shows it a little later.
_LATE = 3


@cache
def truth() -> Meter:
    """Return the meter that the simulator runs; its first reading takes seconds to compute."""
    meter = Meter(Household(SEED), installed=INSTALLED)
    meter.reading(datetime.now(UTC))
    return meter


def shown_at(second: datetime) -> dict[str, str | float]:
    """Return what Home Assistant is to show of the telegram of one second, by unique id."""
    reading = truth().reading(second)
    return {
        **{f"{ELECTRICITY}_{key}": value for key, value in by_key(reading).items()},
        f"{GAS}_gas": reading.gas_m3 or 0.0,
        f"{GAS}_valve": "connected",
        f"{WATER}_water": reading.water_m3 or 0.0,
    }


def by_key(reading: Reading) -> dict[str, str | float]:
    """Return what is to be shown of an electricity meter that is connected, by the entity's key."""
    return {
        "breaker": "connected",
        "energy_export": (reading.export_day_wh + reading.export_night_wh) / 1000,
        "energy_export_day": reading.export_day_wh / 1000,
        "energy_export_night": reading.export_night_wh / 1000,
        "energy_import": (reading.import_day_wh + reading.import_night_wh) / 1000,
        "energy_import_day": reading.import_day_wh / 1000,
        "energy_import_night": reading.import_night_wh / 1000,
        "month_peak": reading.month_peak_w / 1000 if reading.month_peak_time else "unknown",
        "month_peak_time": reading.month_peak_time.isoformat() if reading.month_peak_time else "unknown",
        "peak_threshold": max(2.5, reading.month_peak_w / 1000),
        "power": float(reading.power_w),
        "power_export": float(max(0, -reading.power_w)),
        "power_import": float(max(0, reading.power_w)),
        "quarter_demand": reading.demand_w / 1000,
        "tariff": "day" if reading.tariff == 1 else "night",
    }


def differences(shown: dict[str, str], heard: datetime) -> list[str]:
    """Return where what is shown differs from every telegram shortly before a moment: [] is right.

    All values have to be those of one and the same telegram.
    """
    seconds = [heard.replace(microsecond=0) - timedelta(seconds=late) for late in range(_LATE + 1)]
    return min((_differences(shown, shown_at(second)) for second in seconds), key=len)


def _differences(shown: dict[str, str], expected: dict[str, str | float]) -> list[str]:
    return [
        f"{unique_id}: {shown.get(unique_id)}, the meter says {value}"
        for unique_id, value in expected.items()
        if not equal(shown.get(unique_id, "nothing"), value)
    ]


def equal(shown: str, expected: str | float) -> bool:
    """Tell whether a state says what it is to say."""
    if isinstance(expected, str):
        return shown == expected
    try:
        return isclose(float(shown), expected, abs_tol=1e-6)
    except ValueError:
        return False
