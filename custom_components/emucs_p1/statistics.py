"""The peaks of closed months in the statistics of the recorder, which outlive its history and the entry."""

import asyncio
from datetime import UTC, datetime, timedelta

from homeassistant.components.recorder.const import DOMAIN as RECORDER
from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import (
    async_add_external_statistics,
    statistics_during_period,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import UnitOfPower
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.recorder import get_instance
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import slugify
from homeassistant.util.unit_conversion import PowerConverter
from sqlalchemy.exc import SQLAlchemyError

from .const import DOMAIN
from .p1 import BRUSSELS, MonthPeak
from .peak import QUARTER, Month, moment, month_of

type _Row = tuple[datetime, float]
"""Hour and kW."""


def statistic_id(equipment_id: str) -> str:
    """Return the id of the statistics of a meter."""
    return f"{DOMAIN}:{slugify(f'{equipment_id}_month_peak')}"


class MonthStatistics:
    """A row for every closed month of a meter.

    A month keeps the hour under which it was written first: its peak may come again from another
    source that tells another time, and a second row would be a second peak. The recorder is asked
    once what it has, for that is true after a restart, a restored backup and a removed entry alike.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, equipment_id: str) -> None:
        self._hass = hass
        self._entry = entry
        self._equipment_id = equipment_id
        self._closed: tuple[MonthPeak, ...] = ()
        self._loading: asyncio.Task[None] | None = None
        self._name: str | None = None
        self._rows: dict[Month, _Row] | None = None
        """What the recorder has; None while that is not known."""

    @callback
    def keep(self, closed: tuple[MonthPeak, ...]) -> None:
        """Write what is new of the closed months, without waiting for the database."""
        if closed == self._closed or RECORDER not in self._hass.config.components:
            return
        self._closed = closed
        if self._rows is not None:
            self._write(self._rows)
        elif self._loading is None or self._loading.done():
            self._loading = self._entry.async_create_background_task(
                self._hass, self._async_load(), f"{DOMAIN} month statistics"
            )

    async def _async_load(self) -> None:
        """Ask the recorder for its rows, then write what it lacks."""
        self._name = await _async_name(self._hass, self._equipment_id)
        recorder = get_instance(self._hass)
        # What was written just before a reload may still be on its way.
        await recorder.async_block_till_done()
        try:
            rows = await recorder.async_add_executor_job(_load, self._hass, statistic_id(self._equipment_id))
        except SQLAlchemyError:
            # The recorder has told the log; the next month, or a restart, tries again.
            return
        self._rows = rows
        self._write(rows)

    def _write(self, rows: dict[Month, _Row]) -> None:
        new: dict[Month, _Row] = {}
        for peak in self._closed:
            month = month_of(peak.month_end)
            start = rows[month][0] if month in rows else _hour_of(month, peak.captured)
            if peak.demand is not None and rows.get(month) != (start, peak.demand):
                new[month] = (start, peak.demand)
        if not new:
            return
        rows.update(new)
        _add(self._hass, self._equipment_id, self._name, new)


async def async_pass_on_statistics(hass: HomeAssistant, old: str, new: str) -> None:
    """Give the rows of a meter to its successor; months that it has already are left alone.

    The recorder renames statistics of entities only.
    """
    if RECORDER not in hass.config.components:
        return
    recorder = get_instance(hass)
    await recorder.async_block_till_done()
    try:
        rows = await recorder.async_add_executor_job(_load, hass, statistic_id(old))
        there = await recorder.async_add_executor_job(_load, hass, statistic_id(new))
    except SQLAlchemyError:
        # The recorder has told the log; the old rows stay where they are.
        return
    if rows:
        missing = {month: row for month, row in rows.items() if month not in there}
        _add(hass, new, await _async_name(hass, new), missing)
        recorder.async_clear_statistics([statistic_id(old)])


async def _async_name(hass: HomeAssistant, equipment_id: str) -> str:
    texts = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
    name = texts[f"component.{DOMAIN}.common.month_peak_statistics"]
    return name.format(meter=equipment_id[-4:])


def _add(hass: HomeAssistant, equipment_id: str, name: str | None, rows: dict[Month, _Row]) -> None:
    """Hand rows to the recorder, which writes them later."""
    async_add_external_statistics(
        hass,
        StatisticMetaData(
            has_sum=False,
            mean_type=StatisticMeanType.ARITHMETIC,
            name=name,
            source=DOMAIN,
            statistic_id=statistic_id(equipment_id),
            unit_class=PowerConverter.UNIT_CLASS,
            unit_of_measurement=UnitOfPower.KILO_WATT,
        ),
        [StatisticData(start=start, mean=demand, min=demand, max=demand) for start, demand in rows.values()],
    )


def _load(hass: HomeAssistant, of_meter: str) -> dict[Month, _Row]:
    """Return the rows of the recorder by month."""
    found = statistics_during_period(hass, moment(0), None, {of_meter}, "hour", None, {"mean"})
    rows = (
        (datetime.fromtimestamp(row["start"], UTC), row.get("mean") or 0.0) for row in found.get(of_meter, ())
    )
    return {_month_around(start): (start, mean) for start, mean in rows}


def _hour_of(month: Month, captured: datetime | None) -> datetime:
    """Return the hour in which the quarter began that ended then; the first of the month if undefined."""
    year, number = month
    begin = datetime(year, number, 1, tzinfo=BRUSSELS).astimezone(UTC)
    if captured is not None:
        told = captured.astimezone(UTC) - timedelta(seconds=QUARTER)
        # In another month it would stand for that month's peak.
        if _month_around(told) == month:
            begin = told
    return begin.replace(minute=0, second=0, microsecond=0)


def _month_around(instant: datetime) -> Month:
    local = instant.astimezone(BRUSSELS)
    return local.year, local.month
