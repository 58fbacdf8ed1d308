"""Across the boundary of two quarters at real speed, an ordinary one and a month's.

Both households live at the same time, and their tests come in the order of the clock: a meter that is
joined 90 seconds before the boundary, an oven and a car, the alarms of the new quarter, a restart.
"""

import asyncio
from base64 import b64decode
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
import re

import pytest

from demo.waiting import until

from .boundary import END_OF_MONTH, ORDINARY, Boundary
from .browser import picture, signed_in, texts
from .dashboard import PATH, add_dashboard
from .lived import LivedThrough
from .timings import Timings

# Seconds that Home Assistant may take to show what a telegram tells.
AT_ONCE = 2
TOLD = 3
BACK = 2
WRITTEN = 20

_MINUTE = 60
_TARGET = 2.5
_FLOOR = 2.5
_SHEDDABLE = 6.0
_PICTURE = 147
_BANDS = ("quarter_forecast_high", "quarter_forecast_low")
_MOST_BYTES = 300_000


@pytest.fixture(scope="module")
async def houses(folder: Path, timings: Timings) -> AsyncGenerator[dict[Boundary, LivedThrough]]:
    opened = {}
    for boundary in (ORDINARY, END_OF_MONTH):
        place = folder / boundary.name
        place.mkdir()
        opened[boundary] = LivedThrough(place, boundary, timings)
    try:
        async with asyncio.TaskGroup() as group:
            for house in opened.values():
                group.create_task(house.open())
        yield opened
    finally:
        for house in opened.values():
            await house.close()
    assert [complaint for house in opened.values() for complaint in house.home.complaints] == []


@pytest.fixture(params=(ORDINARY, END_OF_MONTH), ids=lambda boundary: boundary.name)
def house(request: pytest.FixtureRequest, houses: dict[Boundary, LivedThrough]) -> LivedThrough:
    # Of the test and not of the module: both households go through each hour together.
    return houses[request.param]


@pytest.fixture
def ordinary(houses: dict[Boundary, LivedThrough]) -> LivedThrough:
    return houses[ORDINARY]


@pytest.fixture
def month(houses: dict[Boundary, LivedThrough]) -> LivedThrough:
    return houses[END_OF_MONTH]


@pytest.fixture(scope="module")
async def shown_at_first(houses: dict[Boundary, LivedThrough]) -> set[str]:
    """Enable the band; return what was shown before."""
    ordinary = houses[ORDINARY]
    keys = ordinary.shown_keys
    await ordinary.enable(*_BANDS)
    return keys


async def test_band_is_off_until_somebody_wants_it(shown_at_first: set[str]) -> None:
    assert not {*_BANDS} & shown_at_first


async def test_threshold_in_force_is_the_peak_that_the_month_already_has(house: LivedThrough) -> None:
    await house.settled()
    assert house.number("peak_target") == _TARGET < house.boundary.month_peak
    assert house.number("month_peak") == house.number("peak_threshold") == house.boundary.month_peak


@pytest.mark.usefixtures("shown_at_first")
async def test_band_surrounds_the_forecast(ordinary: LivedThrough) -> None:
    await ordinary.until_shown(*_BANDS, latest=0)
    low, forecast, high = (ordinary.number(f"quarter_forecast{end}") for end in ("_low", "", "_high"))
    assert low <= forecast <= high


async def test_what_can_be_shed_is_for_the_household_to_say(ordinary: LivedThrough) -> None:
    await ordinary.choose("sheddable_power", _SHEDDABLE)
    assert ordinary.number("sheddable_power") == _SHEDDABLE


async def test_a_joined_quarter_is_told_as_the_meter_counted_it(house: LivedThrough) -> None:
    at, figures = await house.event("quarter_completed", latest=5)
    house.note("quarter completed, after the boundary", max(at, 0.0), limit=AT_ONCE)
    assert figures["complete"] is False
    assert datetime.fromisoformat(figures["end"]) == house.boundary.at
    assert _apart(figures["demand"], house.boundary.joined) <= 4
    assert house.number("last_quarter") == figures["demand"]
    assert figures["threshold"] == house.boundary.month_peak


async def test_the_last_quarter_belongs_to_the_month_that_it_ends(month: LivedThrough) -> None:
    boundary = month.boundary
    assert boundary.joined > boundary.month_peak
    await month.settled()
    history = await month.peak_history()
    assert history["running"] == {"month": "2026-02", "peak": None, "peak_time": None}
    (*older, january) = history["months"]
    assert january["month"] == "2026-01"
    assert _apart(january["peak"], boundary.joined) <= 4
    assert datetime.fromisoformat(january["peak_time"]) == boundary.at
    # February has no peak yet: of the twelve months that are billed, eleven are known.
    billed = [max(row["peak"], _FLOOR) for row in (*older[-10:], january)]
    assert _apart(history["billed_peak"], sum(billed) / len(billed)) <= 1
    assert month.number("billed_peak") == history["billed_peak"]


async def test_a_month_that_closes_goes_into_the_statistics(month: LivedThrough) -> None:
    peaks = [row["peak"] for row in (await month.peak_history())["months"]]
    rows = await until(
        lambda: _month_rows(month, 14), seconds=WRITTEN, otherwise="The recorder has no row of January"
    )
    # The meter tells of thirteen months; what was written of December 2024 before stays.
    assert [peak for _, peak in rows][1:] == peaks
    # The peak quarter began at 23:45.
    assert rows[-1][0] == month.boundary.at - timedelta(hours=1)


async def test_a_new_month_begins_without_a_peak(month: LivedThrough) -> None:
    assert (month.shown("month_peak"), month.shown("month_peak_time")) == ("unknown", "unknown")
    assert month.number("peak_threshold") == _TARGET


async def test_alarms_of_a_quarter_end_with_it(month: LivedThrough) -> None:
    for alarm in ("peak_warning", "peak_act_now"):
        (off,) = month.switched_off(alarm)
        assert 0 <= round(off) < AT_ONCE


async def test_the_warning_comes_at_the_end_of_a_minute(house: LivedThrough) -> None:
    await house.until_on("peak_warning", latest=3 * _MINUTE)
    (warning,) = house.switched_on("peak_warning")
    assert _MINUTE - 1 < warning <= 2 * _MINUTE + AT_ONCE
    # It is written at the telegram that ends the minute, whatever the update interval.
    late = (warning + 1) % _MINUTE - 1
    house.note("warning, after the end of its minute", max(late, 0.0), limit=AT_ONCE)
    assert all(act_now > warning - 1 for act_now in house.switched_on("peak_act_now"))


async def test_tell_me_tells_once_in_a_quarter(house: LivedThrough) -> None:
    (warning,) = house.switched_on("peak_warning")
    (told,) = await until(
        lambda: _told(house), seconds=TOLD, otherwise="No notification followed the warning"
    )
    (notification,) = await house.notifications()
    house.note("notification, after the warning", max(told - warning, 0.0), limit=TOLD)
    message = notification["message"]
    forecast, threshold = map(float, re.findall(r"([\d.]+) kW", message))
    assert forecast > threshold == round(house.number("peak_threshold"), 2)
    assert re.search(r"\d W less for 1[34] min", message)


async def test_a_restart_before_the_threshold_is_passed_loses_nothing(month: LivedThrough) -> None:
    history, rows = await month.peak_history(), await month.month_rows()
    await _restart(month)
    assert await month.peak_history() == history
    assert await month.month_rows() == rows


async def test_act_now_follows_the_warning(ordinary: LivedThrough) -> None:
    await ordinary.until_on("peak_act_now", latest=4 * _MINUTE)
    (warning,), (act_now,) = map(ordinary.switched_on, ("peak_warning", "peak_act_now"))
    assert warning <= act_now


@pytest.mark.usefixtures("shown_at_first")
async def test_dashboard_shows_the_quarter(ordinary: LivedThrough, pictures: Path) -> None:
    await ordinary.until_shown(*_BANDS, "peak_threshold", latest=_PICTURE)
    minutes = (_PICTURE - ordinary.first_shown(_BANDS[0])) / 60
    threshold = ordinary.number("peak_threshold")
    await add_dashboard(ordinary.home, ordinary.entity_ids, minutes=minutes, threshold=threshold)
    async with signed_in(ordinary.home.url) as page:
        await ordinary.until(_PICTURE)
        await page.goto(f"{ordinary.home.url}/{PATH}")
        await page.get_by_text("So far").wait_for()
        size = await picture(page, pictures / "quarter.png", height=900)
        shown = await texts(page)
    assert {"Forecast", "Forecast, high", "Forecast, low", "Threshold", "So far", "Problem"} <= {*shown}
    assert size < _MOST_BYTES


async def test_passing_the_threshold_is_told_once_and_at_once(house: LivedThrough) -> None:
    threshold = house.number("peak_threshold")
    passes = house.boundary.passes(threshold)
    at, figures = await house.event("threshold_passed", latest=passes + 10)
    house.note("threshold passed, after the meter", max(at - passes, 0.0), limit=AT_ONCE)
    assert round(at) >= passes
    assert figures["demand"] > threshold == figures["threshold"]
    assert datetime.fromisoformat(figures["start"]) == house.boundary.at
    assert (figures["energy_left"], figures["allowed_power"]) == (0, 0)


async def test_a_restart_after_the_threshold_was_passed_tells_nothing_again(ordinary: LivedThrough) -> None:
    passed = ordinary.shown("quarter")
    await _restart(ordinary)
    assert ordinary.shown("quarter") == passed


async def test_what_was_learned_and_told_outlives_a_restart(house: LivedThrough) -> None:
    assert len(await house.tellings()) == 1
    assert await house.notifications() == []
    assert len(house.events("threshold_passed")) <= 1
    before = house.learned()
    await house.home.stop()
    after = house.learned()
    minutes = [b64decode(learned["moments"]["minutes"]) for learned in (before, after)]
    assert len(minutes[0]) // 2 >= 2
    assert minutes[1].startswith(minutes[0])
    assert after["moments"]["count"] >= before["moments"]["count"]


def _apart(one: float, other: float) -> int:
    """Return how many W two figures in kW are apart; the registers resolve 4."""
    return round(abs(one - other) * 1000)


async def _month_rows(house: LivedThrough, count: int) -> list[tuple[datetime, float]] | None:
    rows = await house.month_rows()
    return rows if len(rows) == count else None


async def _told(house: LivedThrough) -> list[float] | None:
    return await house.tellings() or None


async def _restart(house: LivedThrough) -> None:
    """Restart Home Assistant and find everything of the quarter as it was."""
    kept = {key: house.shown(key) for key in ("last_quarter", "peak_threshold", "sheddable_power")}
    await house.home.stop()
    assert house.learned()["moments"]["count"] > 0
    begin = datetime.now(UTC)
    await house.home.start()
    first = house.source.first(since=begin).at
    for key, what in (("quarter_forecast", "forecast"), ("peak_threshold", "threshold")):
        back = await house.first_recorded(key, since=begin)
        # Not before it either: what was known before the restart may be wrong by now.
        assert back >= first
        seconds = (back - first).total_seconds()
        house.note(f"{what} back, after the first telegram", seconds, limit=BACK)
    assert {key: house.shown(key) for key in kept} == kept
    assert house.number("quarter_forecast") > house.number("peak_threshold")
    for alarm in ("peak_warning", "peak_act_now"):
        values = {state for _, state in await house.history(alarm, since=begin)}
        assert values - {"unavailable", "unknown"} == {"on"}
