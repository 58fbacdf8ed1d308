"""Closed months in the recorder's statistics."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
from threading import Event
from typing import Any
from unittest.mock import DEFAULT, Mock, patch

from homeassistant.components.recorder.models import StatisticMeanType
from homeassistant.components.recorder.statistics import (
    get_metadata,
    statistics_during_period,
    valid_statistic_id,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    BlockRecorderTask,
    async_wait_recording_done,
)
from sqlalchemy.exc import OperationalError

from custom_components.emucs_p1 import statistics
from custom_components.emucs_p1.p1 import MonthPeak
from custom_components.emucs_p1.statistics import MonthStatistics, statistic_id

from .conftest import Later, an_entry, set_up, until
from .ports import FakePort
from .variants import (
    BRUSSELS,
    NOW,
    S211,
    SINGLE_ID,
    THREE_ID,
    THREE_PHASE,
    V2,
    V2_ID,
    VARIANTS,
    XT211,
    build,
    kw,
    kwh,
    peak,
    stamp,
)

STATISTIC = "emucs_p1:1sag3100000001_month_peak"

recorder = pytest.mark.usefixtures("recorder_mock")

type Row = tuple[datetime, float]
"""Hour (UTC) and kW."""

FEBRUARY: Row = (datetime(2026, 2, 14, 17, tzinfo=UTC), 4.321)
"""What the meter of most tests has in its history: 14 February, 18:15 on its clock."""
MARCH_PEAK: Row = (datetime(2026, 3, 2, 18, 15, tzinfo=BRUSSELS), 3.456)


def row(closed: str, captured: str, demand: str) -> str:
    """Return one month of a history."""
    return f"({closed})({captured})({demand}*kW)"


def said(*history: str, at: datetime = NOW, month_peak: Row = MARCH_PEAK) -> bytes:
    """Return a telegram of the meter of most tests with these closed months, oldest first."""
    captured, demand = month_peak
    return build(
        THREE_PHASE
        | {
            "0-0:1.0.0": stamp(at),
            "1-0:1.6.0": peak(captured, demand),
            "0-0:98.1.0": f"({len(history)})(1-0:1.6.0)(1-0:1.6.0){''.join(history)}",
        }
    )


FEBRUARY_ROW = row("260301000000W", "260214181500W", "04.321")


async def rows(hass: HomeAssistant, of: str = STATISTIC) -> list[Row]:
    """Return what the recorder has when all is written; every row is mean, low and high at once."""
    found = await _ask(hass, statistics_during_period, datetime(2020, 1, 1, tzinfo=UTC), None, {of}, "hour")
    assert all(each["mean"] == each["min"] == each["max"] for each in found.get(of, ()))
    return [(datetime.fromtimestamp(each["start"], UTC), each["mean"]) for each in found.get(of, ())]


async def _ask(hass: HomeAssistant, query: Any, *arguments: Any, **named: Any) -> Any:
    for task in asyncio.all_tasks():
        if task.get_name() == "emucs_p1 month statistics":
            await task
    await async_wait_recording_done(hass)
    if query is statistics_during_period:
        arguments = (*arguments, None, {"mean", "min", "max"})
    return await get_instance(hass).async_add_executor_job(lambda: query(hass, *arguments, **named))


@pytest.fixture
def writes() -> Iterator[Mock]:
    """Count the jobs for the recorder, which does them nevertheless."""
    real = statistics.async_add_external_statistics
    with patch.object(statistics, "async_add_external_statistics", wraps=real) as spy:
        yield spy


@recorder
async def test_a_closed_month_is_one_row_at_the_hour_in_which_its_peak_quarter_began(
    hass: HomeAssistant, meter: FakePort
) -> None:
    assert meter.open_lines
    assert await rows(hass) == [FEBRUARY]


@recorder
async def test_the_statistics_say_what_they_are(hass: HomeAssistant, meter: FakePort) -> None:
    assert meter.open_lines
    found = await _ask(hass, get_metadata, statistic_ids={STATISTIC})
    metadata = found[STATISTIC][1]
    assert metadata == metadata | {
        "has_sum": False,
        "mean_type": StatisticMeanType.ARITHMETIC,
        "name": "Digital meter 0001 month peak",
        "source": "emucs_p1",
        "statistic_id": STATISTIC,
        "unit_class": "power",
        "unit_of_measurement": "kW",
    }


@recorder
@pytest.mark.parametrize(
    ("closed", "captured", "hour"),
    [
        ("260301000000W", "260214180000W", datetime(2026, 2, 14, 16, tzinfo=UTC)),
        ("260301000000W", "260201001500W", datetime(2026, 1, 31, 23, tzinfo=UTC)),
        ("260301000000W", "260301000000W", datetime(2026, 2, 28, 22, tzinfo=UTC)),
        ("250701000000S", "250614181500S", datetime(2025, 6, 14, 16, tzinfo=UTC)),
        ("251101000000W", "251026023000S", datetime(2025, 10, 26, 0, tzinfo=UTC)),
        ("251101000000W", "251026023000W", datetime(2025, 10, 26, 1, tzinfo=UTC)),
        ("260101000000W", "260101000000W", datetime(2025, 12, 31, 22, tzinfo=UTC)),
        ("260301000000W", "260114181500W", datetime(2026, 1, 31, 23, tzinfo=UTC)),
    ],
    ids=[
        "quarter before the full hour",
        "first quarter of the month",
        "last quarter of the month",
        "summer",
        "autumn night, first time",
        "autumn night, second time",
        "end of the year",
        "time in another month counts as undefined",
    ],
)
async def test_the_hour_is_that_of_the_meters_clock(
    hass: HomeAssistant, port: FakePort, closed: str, captured: str, hour: datetime
) -> None:
    port.greeting = said(row(closed, captured, "05.678"))
    await set_up(hass, an_entry(hass))
    assert await rows(hass) == [(hour, 5.678)]


@recorder
async def test_all_thirteen_months_of_a_meter_are_written_at_once(
    hass: HomeAssistant, port: FakePort, writes: Mock
) -> None:
    months = [(2025 + number // 12, number % 12 + 1) for number in range(1, 14)]
    port.greeting = said(
        *(
            row(f"{stamp(datetime(year, month, 1, tzinfo=BRUSSELS))[1:-1]}", at, f"{2 + index / 10:06.3f}")
            for index, (year, month) in enumerate((*months[1:], (2026, 3)))
            if (at := stamp(datetime(*months[index], 9, 12, 15, tzinfo=BRUSSELS))[1:-1])
        )
    )
    await set_up(hass, an_entry(hass))
    found = await rows(hass)
    assert [start.astimezone(BRUSSELS) for start, _ in found] == [
        datetime(year, month, 9, 12, tzinfo=BRUSSELS) for year, month in months
    ]
    assert [demand for _, demand in found] == [round(2 + index / 10, 3) for index in range(13)]
    assert writes.call_count == 1


@recorder
async def test_a_month_whose_peak_has_no_time_stands_at_its_first_hour(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    months = MonthStatistics(hass, entry, THREE_ID)
    months.keep((MonthPeak(datetime(2025, 7, 1, tzinfo=BRUSSELS), None, 3.2),))
    assert await rows(hass) == [(datetime(2025, 5, 31, 22, tzinfo=UTC), 3.2)]


@recorder
async def test_a_month_without_a_peak_has_no_row(
    hass: HomeAssistant, entry: MockConfigEntry, writes: Mock
) -> None:
    months = MonthStatistics(hass, entry, THREE_ID)
    months.keep((MonthPeak(datetime(2025, 7, 1, tzinfo=BRUSSELS), None, None),))
    assert await rows(hass) == []
    writes.assert_not_called()


@recorder
async def test_a_month_is_added_when_it_closes(hass: HomeAssistant, later: Later) -> None:
    await later(said(FEBRUARY_ROW, at=datetime(2026, 3, 31, 23, 59, 55, tzinfo=BRUSSELS)))
    assert await rows(hass) == [FEBRUARY]

    # 1.6.0 is still March's, and 98.1.0 has not got it yet: it is in our own record.
    await later(said(FEBRUARY_ROW, at=datetime(2026, 4, 1, 0, 0, 5, tzinfo=BRUSSELS)))
    assert await rows(hass) == [FEBRUARY, (datetime(2026, 3, 2, 17, tzinfo=UTC), 3.456)]


@recorder
async def test_a_row_that_the_meter_sends_later_corrects_the_peak_and_keeps_the_hour(
    hass: HomeAssistant, later: Later
) -> None:
    begin = datetime(2026, 4, 1, 0, 0, 5, tzinfo=BRUSSELS)
    hour = datetime(2026, 3, 2, 17, tzinfo=UTC)
    await later(said(FEBRUARY_ROW, at=begin))
    assert await rows(hass) == [FEBRUARY, (hour, 3.456)]

    march = row("260401000000S", "260331190000S", "03.789")
    april = (datetime(2026, 4, 1, 0, 15, tzinfo=BRUSSELS), 0.5)
    await later(said(FEBRUARY_ROW, march, at=begin + timedelta(minutes=16), month_peak=april))
    assert await rows(hass) == [FEBRUARY, (hour, 3.789)]


@recorder
async def test_it_does_so_after_a_restart_too(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    await set_up(hass, entry)
    assert await rows(hass) == [FEBRUARY]
    await hass.config_entries.async_unload(entry.entry_id)
    port.greeting = said(row("260301000000W", "260220081500W", "04.444"), at=NOW + timedelta(minutes=1))
    await set_up(hass, entry)
    assert await rows(hass) == [(FEBRUARY[0], 4.444)]


@recorder
async def test_a_meter_without_a_history_has_rows_of_our_own_record(
    hass: HomeAssistant, later: Later
) -> None:
    assert await rows(hass) == [FEBRUARY]
    midnight = datetime(2026, 4, 1, tzinfo=BRUSSELS).astimezone(UTC)
    silent = THREE_PHASE.keys() - {"1-0:1.4.0", "1-0:1.6.0", "0-0:98.1.0"}
    for seconds in range(-900, 31, 30):
        # 3.6 kW until midnight.
        lines = {
            "0-0:1.0.0": stamp(midnight + timedelta(seconds=seconds)),
            "1-0:1.7.0": kw(3.6),
            "1-0:1.8.1": kwh(2000.9 + min(seconds, 0) / 1000),
        }
        await later(build({code: THREE_PHASE[code] for code in THREE_PHASE if code in silent} | lines), 30)
    assert await rows(hass) == [FEBRUARY, (midnight - timedelta(hours=1), 3.6)]


@recorder
async def test_restarts_write_nothing_again(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry, writes: Mock
) -> None:
    assert meter.open_lines
    assert await rows(hass) == [FEBRUARY]
    writes.reset_mock()
    for _ in range(2):
        assert await hass.config_entries.async_reload(entry.entry_id)
        assert await rows(hass) == [FEBRUARY]
    writes.assert_not_called()


@recorder
async def test_a_reload_right_behind_a_write_waits_for_it(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry, writes: Mock
) -> None:
    def behind_other_work(*_arguments: Any) -> Any:
        get_instance(hass).queue_task(BlockRecorderTask(asyncio.Event(), 0.5))
        return DEFAULT

    writes.side_effect = behind_other_work
    await set_up(hass, entry)
    await until(lambda: writes.called)
    port.greeting = said(row("260301000000W", "260220081500W", "04.444"), at=NOW + timedelta(minutes=1))
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert await rows(hass) == [(FEBRUARY[0], 4.444)]


@recorder
async def test_telegrams_that_bring_no_news_of_the_months_write_nothing(
    hass: HomeAssistant, later: Later, writes: Mock
) -> None:
    assert await rows(hass) == [FEBRUARY]
    writes.reset_mock()
    for seconds in range(10, 100, 10):
        await later(said(FEBRUARY_ROW, at=NOW + timedelta(seconds=seconds)))
    writes.assert_not_called()


@recorder
async def test_months_that_close_while_the_recorder_is_asked_are_written_with_the_others(
    hass: HomeAssistant, entry: MockConfigEntry, writes: Mock
) -> None:
    first = MonthPeak(datetime(2025, 7, 1, tzinfo=BRUSSELS), None, 3.2)
    second = MonthPeak(datetime(2025, 8, 1, tzinfo=BRUSSELS), None, 3.3)
    months = MonthStatistics(hass, entry, THREE_ID)
    answer = Event()

    def slowly(*arguments: Any) -> Any:
        assert answer.wait(10)
        return statistics_during_period(*arguments)

    with patch.object(statistics, "statistics_during_period", slowly):
        months.keep((first,))
        months.keep((first, second))
        writes.assert_not_called()
        answer.set()
        assert [demand for _, demand in await rows(hass)] == [3.2, 3.3]
    assert writes.call_count == 1


@recorder
async def test_two_meters_do_not_mix(hass: HomeAssistant, port: FakePort) -> None:
    await set_up(hass, an_entry(hass))
    port.greeting = build(
        V2 | {"0-0:98.1.0": f"(1)(1-0:1.6.0)(1-0:1.6.0){row('260301000000W', '260203070000W', '06.543')}"},
        XT211,
    )
    await set_up(hass, an_entry(hass, port="socket://other.example:23", unique_id=V2_ID))
    assert await rows(hass) == [FEBRUARY]
    assert await rows(hass, statistic_id(V2_ID)) == [(datetime(2026, 2, 3, 5, tzinfo=UTC), 6.543)]


@recorder
async def test_removing_the_meter_keeps_the_rows_and_adding_it_again_makes_no_second_ones(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    await set_up(hass, entry)
    assert await rows(hass) == [FEBRUARY]
    await hass.config_entries.async_remove(entry.entry_id)
    assert await rows(hass) == [FEBRUARY]

    port.greeting = said(row("260301000000W", "260220081500W", "04.321"))
    await set_up(hass, an_entry(hass))
    assert await rows(hass) == [FEBRUARY]


@recorder
async def test_a_meter_that_has_no_closed_month_has_no_statistics(
    hass: HomeAssistant, port: FakePort
) -> None:
    port.greeting = build(VARIANTS["50213_single_phase"][2], S211)
    await set_up(hass, an_entry(hass, unique_id=SINGLE_ID))
    assert await _ask(hass, get_metadata, statistic_source="emucs_p1") == {}


async def test_without_the_recorder_the_meter_does_without(
    hass: HomeAssistant, meter: FakePort, writes: Mock, caplog: pytest.LogCaptureFixture
) -> None:
    assert "recorder" not in hass.config.components
    meter.send(said(FEBRUARY_ROW, row("260401000000S", "260331190000S", "03.789")))
    await hass.async_block_till_done()
    assert hass.states.get("sensor.digital_meter_month_peak").state == "3.456"
    writes.assert_not_called()
    assert not [record for record in caplog.records if record.levelname in ("ERROR", "WARNING")]


@recorder
async def test_a_database_that_fails_once_gets_everything_with_the_next_month(
    hass: HomeAssistant, entry: MockConfigEntry, writes: Mock
) -> None:
    first = MonthPeak(datetime(2025, 7, 1, tzinfo=BRUSSELS), None, 3.2)
    second = MonthPeak(datetime(2025, 8, 1, tzinfo=BRUSSELS), None, 3.3)
    months = MonthStatistics(hass, entry, THREE_ID)
    failure = OperationalError("SELECT", None, Exception("disk I/O error"))
    with patch.object(statistics, "statistics_during_period", side_effect=failure):
        months.keep((first,))
        assert await rows(hass) == []
    writes.assert_not_called()

    months.keep((first, second))
    assert [demand for _, demand in await rows(hass)] == [3.2, 3.3]


@pytest.mark.parametrize(
    "equipment_id", [THREE_ID, "E0043007052870318", "86543210", "AB  12__C-_", "ÀÉ/1", ""]
)
def test_whatever_a_meter_calls_itself_the_recorder_takes_the_id(equipment_id: str) -> None:
    assert valid_statistic_id(statistic_id(equipment_id))


def test_the_name_is_a_text_of_the_translations() -> None:
    texts = json.loads((Path(statistics.__file__).parent / "translations/en.json").read_text())
    assert "month_peak_statistics" in texts["common"]
    assert "{meter}" in texts["common"]["month_peak_statistics"]
