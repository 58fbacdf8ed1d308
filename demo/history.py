"""Import the months that a simulated meter has counted before Home Assistant came.

The recorder counts `sum` from the first state that it compiles: its zero point. Imported
rows run into its own without a step when they count from there too, `sum = register - zero`:
from negative values up to 0. Every later row keeps that difference, so hours missed while
Home Assistant was off can be filled in alike.

What a row has more than the row before is its use, and before the very first row counts as
0: a first row of -4000 kWh would be a bar of -4000 kWh. So the first row lies years earlier.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.household import Household
from simulator.meter import Meter as SimulatedMeter
from simulator.meter import installation_for
from simulator.reading import HourlyTotals

from .home_assistant import HomeAssistant
from .meter import Meter
from .waiting import until

MONTHS = timedelta(days=396)
FIRST_ROW = datetime(2000, 1, 1, tzinfo=UTC)

# The recorder keeps its 5-minute rows for 10 days, and longer while it is off.
SHORT_TERM = timedelta(days=400)

# The recorder compiles an hour 10 seconds after its end; until then it is not ours to write.
COMPILED = timedelta(minutes=1)

RECORDED_TIMEOUT = 30
WRITTEN_TIMEOUT = 120
NO_VALUE = ("unavailable", "unknown")


@dataclass(frozen=True, kw_only=True)
class Register:
    """A statistic that only rises."""

    entity_id: str
    value: Callable[[HourlyTotals], float | None]
    unit: str
    unit_class: str


def load_hours(seed: int, now: datetime, *, installed: datetime | None = None) -> list[HourlyTotals]:
    """Return the past thirteen months of a simulated life. Takes seconds of computing."""
    meter = SimulatedMeter(Household(seed), installed=installed or installation_for(now))
    return list(meter.hours(now - MONTHS, _whole_hour(now - COMPILED)))


async def import_history(
    ha: HomeAssistant, meter: Meter, hours: list[HourlyTotals], *, started: datetime
) -> None:
    """Import the hours that the recorder does not have.

    `started` is when this run of Home Assistant began: before that, no state is its zero point.
    """
    registers = _registers(meter)
    power = meter.electricity["power"]
    ids = [*(register.entity_id for register in registers), power]
    last = hours[-1].start
    compiled = await ha.statistics(ids, start=last - SHORT_TERM, period="5minute", types=["state", "sum"])
    days = await ha.statistics(ids, start=hours[1].start, period="day", types=["state", "mean"])
    # Without 5-minute rows the recorder starts a new count, whatever was imported before.
    complete = {
        entity_id
        for entity_id in compiled.keys() & days.keys()
        if _start(days[entity_id][0]) <= hours[1].start
    }
    await ha.ws("recorder/clear_statistics", statistic_ids=sorted({*ids} - complete))

    def missing(entity_id: str) -> list[HourlyTotals]:
        if entity_id not in complete:
            return [replace(hours[0], start=FIRST_ROW), *hours[1:]]
        return [h for h in hours if h.start >= _start(days[entity_id][-1])]

    for register in registers:
        if register.entity_id in complete:
            row = compiled[register.entity_id][-1]
            zero = row["state"] - row["sum"]
        else:
            zero = await _first_recorded(ha, register.entity_id, since=started)
        await ha.import_statistics(
            _metadata(register.entity_id, register.unit_class, register.unit, mean=False),
            (
                {"start": hour.start.isoformat(), "state": value, "sum": value - zero}
                for hour in missing(register.entity_id)
                if (value := register.value(hour)) is not None
            ),
        )
    await ha.import_statistics(
        _metadata(power, "power", "W", mean=True),
        (
            {
                "start": hour.start.isoformat(),
                "mean": hour.mean_power_w,
                "min": hour.min_power_w,
                "max": hour.max_power_w,
            }
            for hour in missing(power)
        ),
    )
    await _written(ha, power, last)


def _registers(meter: Meter) -> list[Register]:
    """Return what the simulated meter's hours tell of a meter's entities."""
    energies: dict[str, Callable[[HourlyTotals], float]] = {
        "energy_import": lambda hour: hour.import_wh / 1000,
        "energy_import_day": lambda hour: hour.import_day_wh / 1000,
        "energy_import_night": lambda hour: hour.import_night_wh / 1000,
        "energy_export": lambda hour: hour.export_wh / 1000,
        "energy_export_day": lambda hour: hour.export_day_wh / 1000,
        "energy_export_night": lambda hour: hour.export_night_wh / 1000,
    }
    volumes: list[tuple[tuple[str, ...], Callable[[HourlyTotals], float | None]]] = [
        (meter.gas, lambda hour: hour.gas_m3),
        (meter.water, lambda hour: hour.water_m3),
    ]
    return [
        *(
            Register(
                entity_id=meter.electricity[key],
                value=value,
                unit="kWh",
                unit_class="energy",
            )
            for key, value in energies.items()
        ),
        *(
            Register(entity_id=entity_id, value=value, unit="m³", unit_class="volume")
            for entity_ids, value in volumes
            for entity_id in entity_ids
        ),
    ]


def _metadata(entity_id: str, unit_class: str, unit: str, *, mean: bool) -> dict[str, Any]:
    """Describe a statistic as the recorder itself does for a sensor."""
    return {
        "has_sum": not mean,
        "mean_type": int(mean),
        "name": None,
        "source": "recorder",
        "statistic_id": entity_id,
        "unit_class": unit_class,
        "unit_of_measurement": unit,
    }


async def _first_recorded(ha: HomeAssistant, entity_id: str, *, since: datetime) -> float:
    """Return the first state that the recorder will compile."""
    # It compiles whole 5 minutes: those that a run starts in may begin with an earlier run.
    begin = since.replace(minute=since.minute // 5 * 5, second=0, microsecond=0)

    async def first() -> float | None:
        states = await ha.ws(
            "history/history_during_period",
            start_time=begin.isoformat(),
            entity_ids=[entity_id],
            include_start_time_state=False,
            minimal_response=True,
            no_attributes=True,
            significant_changes_only=False,
        )
        texts = (state["s"] for state in states.get(entity_id, []))
        return next((float(s) for s in texts if s not in NO_VALUE), None)

    return await until(
        first,
        seconds=RECORDED_TIMEOUT,
        otherwise=f"The recorder has no value of {entity_id}",
    )


async def _written(ha: HomeAssistant, entity_id: str, hour: datetime) -> None:
    """Wait until the recorder, which works in its own time, has come to an hour's row."""

    async def row() -> list[dict[str, Any]] | None:
        rows = await ha.statistics([entity_id], start=hour, period="hour", types=["mean"])
        return rows.get(entity_id)

    await until(
        row,
        seconds=WRITTEN_TIMEOUT,
        otherwise=f"The recorder did not write the history in {WRITTEN_TIMEOUT} s",
    )


def _start(row: dict[str, Any]) -> datetime:
    """Return when a row of statistics begins."""
    return datetime.fromtimestamp(row["start"] / 1000, UTC)


def _whole_hour(moment: datetime) -> datetime:
    """Return the full hour before a moment."""
    return moment.replace(minute=0, second=0, microsecond=0)
