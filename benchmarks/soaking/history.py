"""What the recorder made of it: hourly statistics without a spike and with the right sum."""

from dataclasses import dataclass
from datetime import datetime

from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import HomeAssistant

from simulator import clock
from simulator.reading import Reading

from .home import Home
from .meter import House
from .watch import REGISTERS

MOST = {"energy_import": 17.3, "energy_export": 17.3, "gas": 6.0, "water": 5.0}
"""kWh and m3 in an hour: a connection of 3x25 A, a gas meter G4, a house connection."""
_EXACT = 0.002
_UPDATED = {"energy_import": 10, "energy_export": 10, "gas": 300, "water": 300}
"""Seconds by which the last state of an hour may be old: every fault is over ten minutes before it ends."""
_HOUR = 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class Statistics:
    """What the statistics say of one register."""

    name: str
    hours: int
    total: float
    """The sum over the hours."""
    registers: float
    """The difference of the meter's register over the same hours."""
    highest: float
    """In one hour."""
    wrong: tuple[str, ...]


async def judged(home: Home, house: House, start: int, end: int) -> list[Statistics]:
    """Return what the statistics say of the registers between two moments."""
    await home.recorded()
    names = {name: _entity_id(home, name) for name in MOST}
    begin = clock.moment_of(start)
    rows = await home.recorder.async_add_executor_job(_load, home.hass, begin, set(names.values()))
    return [judge(name, rows.get(entity_id, []), house, end) for name, entity_id in names.items()]


async def judged_months(home: Home, truth: Reading) -> list[str]:
    """Say where the statistics of closed months are not what the meter shows."""
    meter = home.entry.unique_id or ""
    of_meter = f"emucs_p1:{meter.lower()}_month_peak"
    begin = clock.moment_of(0)
    rows = await home.recorder.async_add_executor_job(_load, home.hass, begin, {of_meter})
    kept = [round(row["mean"] * 1000) for row in rows.get(of_meter, [])]
    shown = [month.watts for month in truth.history]
    # What the meter has forgotten meanwhile is kept.
    return [] if kept[-len(shown) :] == shown else [f"months: {kept} instead of {shown}"]


def _entity_id(home: Home, name: str) -> str:
    found = home.entity_ids
    return found.get(name) or next(found[key] for key in found if key.endswith(f"_{name}"))


def _load(hass: HomeAssistant, start: datetime, ids: set[str]) -> dict[str, list[dict[str, float]]]:
    types = {"state", "sum", "change", "mean"}
    return statistics_during_period(hass, start, None, ids, "hour", None, types)  # type: ignore[return-value,arg-type]


def judge(name: str, rows: list[dict[str, float]], house: House, end: int) -> Statistics:
    """Judge the hourly rows of a register: state, sum and change of each."""
    wrong: list[str] = []
    if not rows:
        return Statistics(name=name, hours=0, total=0, registers=0, highest=0, wrong=("no statistics",))
    true = REGISTERS[name]
    for row in rows:
        hour = clock.moment_of(int(row["start"]))
        if not 0 <= row["change"] <= MOST[name]:
            wrong.append(f"{row['change']:.3f} in the hour from {hour:%d %H:%M}")
        behind = true(house.reading(int(row["start"]) + _HOUR)) - row["state"]
        if not -_EXACT <= behind <= MOST[name] * _UPDATED[name] / _HOUR + _EXACT:
            wrong.append(f"{behind:.3f} behind the register at the end of the hour from {hour:%d %H:%M}")
    first, last = rows[0], rows[-1]
    total = last["sum"] - first["sum"]
    # Of the first and the last hour the last state is known, which is what they were summed up to.
    before, after = (true(house.reading(int(row["start"]) + _HOUR)) for row in (first, last))
    if abs(total - (last["state"] - first["state"])) > _EXACT:
        wrong.append(f"the sum is {total:.3f}, the register rose by {last['state'] - first['state']:.3f}")
    if end - last["start"] > 2 * _HOUR + 900:
        wrong.append("the last hours are missing")
    return Statistics(
        name=name,
        hours=len(rows),
        total=total,
        registers=after - before,
        highest=max(row["change"] for row in rows),
        wrong=tuple(wrong),
    )
