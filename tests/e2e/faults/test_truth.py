"""The judge of all faults: what is right passes it, and a wrong number does not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulator.reading import Reading

from ..expected import ELECTRICITY, GAS, WATER, by_key, truth
from ..states import Change
from .truth import Truth

_EVENING = datetime.now(UTC).replace(hour=18, minute=7, second=30, microsecond=0) - timedelta(days=1)
_KEYS = ("breaker", "energy_import", "last_quarter", "month_peak", "power", "quarter_demand", "tariff")
_IDS = {
    **{f"{ELECTRICITY}_{key}": f"sensor.meter_{key}" for key in _KEYS},
    f"{GAS}_gas": "sensor.gas",
    f"{WATER}_water": "sensor.water",
}


def _change(entity_id: str, state: object, *, after: float = 0.4, **attributes: Any) -> Change:
    written = _EVENING + timedelta(seconds=after)
    return Change(
        0.0,
        entity_id,
        {"state": str(state), "last_updated": written.isoformat(), "attributes": attributes},
    )


def _right(second: datetime = _EVENING) -> dict[str, object]:
    reading = truth().reading(second)
    return {
        **{f"sensor.meter_{key}": value for key, value in by_key(reading).items() if key in _KEYS},
        "sensor.meter_last_quarter": _quarter(_EVENING.replace(minute=0, second=0)),
        "sensor.gas": reading.gas_m3,
        "sensor.water": reading.water_m3,
    }


def _quarter(end: datetime) -> float:
    """Return what the import registers make of a quarter, kW."""
    begin, last = (truth().reading(at) for at in (end - timedelta(minutes=15), end))
    wh = last.import_day_wh + last.import_night_wh - begin.import_day_wh - begin.import_night_wh
    return round(wh / 1000 * 4, 3)


def _judge(*changes: Change) -> list[str]:
    return Truth(_IDS, truth().reading).wrong(changes)


def test_what_the_meter_said_is_right() -> None:
    assert _judge(*(_change(entity_id, state) for entity_id, state in _right().items())) == []


def test_what_it_said_seconds_ago_is_right() -> None:
    right = _right(_EVENING - timedelta(seconds=9))
    assert _judge(*(_change(entity_id, state) for entity_id, state in right.items())) == []


@pytest.mark.parametrize("entity_id", _right())
def test_a_wrong_number_is_found(entity_id: str) -> None:
    right = _right()[entity_id]
    state = "disconnected" if isinstance(right, str) else float(str(right)) + 0.01
    if entity_id == "sensor.meter_power":
        state = 20_000
    (wrong,) = _judge(_change(entity_id, state))
    assert wrong.startswith(f"{entity_id} at 18:07:30: {state}; the meter ")


def test_a_value_of_a_minute_ago_is_wrong() -> None:
    old = _right(_EVENING - timedelta(minutes=1))["sensor.meter_energy_import"]
    (wrong,) = _judge(_change("sensor.meter_energy_import", old))
    assert str(_right()["sensor.meter_energy_import"]) in wrong


@pytest.mark.parametrize("state", ["unavailable", "unknown"])
def test_nothing_is_never_wrong(state: str) -> None:
    assert _judge(_change("sensor.meter_power", state)) == []


def test_a_quarter_that_was_joined_is_an_estimate() -> None:
    told = _change("event.meter_quarter", "2026", complete=False, demand=9.0)
    assert _judge(told, _change("sensor.meter_last_quarter", 9.0)) == []


def test_seconds_of_which_nobody_knows_are_not_judged() -> None:
    def meter_at(second: datetime) -> Reading | None:
        return truth().reading(second) if second < _EVENING else None

    assert Truth(_IDS, meter_at).wrong([_change("sensor.gas", 1.0)]) == []


def test_quarters_are_placed_by_the_clock_of_the_meter() -> None:
    ahead = timedelta(minutes=67)

    def meter_at(second: datetime) -> Reading | None:
        return truth().reading(second + ahead)

    change = _change("sensor.meter_last_quarter", _quarter((_EVENING + ahead).replace(minute=0, second=0)))
    assert Truth(_IDS, meter_at).wrong([change]) == []


def test_a_meter_that_took_the_place_of_another_is_held_to_what_it_says() -> None:
    def meter_at(second: datetime) -> Reading | None:
        return replace(truth().reading(second), gas_m3=0.5, mbus=())

    assert Truth(_IDS, meter_at).wrong([_change("sensor.gas", 0.5)]) == []
    assert Truth(_IDS, meter_at).wrong([_change("sensor.gas", 0.7)])
