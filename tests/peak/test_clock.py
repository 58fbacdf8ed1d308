from datetime import UTC, datetime, timedelta, timezone

import pytest

from custom_components.emucs_p1.p1 import BRUSSELS
from custom_components.emucs_p1.peak.clock import QUARTER, moment, month_of, months_before

from .meter import SUMMER, WINTER


def test_a_quarter_belongs_to_the_month_that_it_lies_in() -> None:
    assert month_of(datetime(2026, 7, 3, 18, 15, tzinfo=SUMMER)) == (2026, 7)


def test_midnight_of_the_1st_ends_the_last_quarter_of_the_month_before() -> None:
    assert month_of(datetime(2026, 7, 1, tzinfo=SUMMER)) == (2026, 6)


@pytest.mark.parametrize("minute", [15, 30])
def test_the_first_quarters_of_a_month_are_its_own(minute: int) -> None:
    assert month_of(datetime(2026, 7, 1, 0, minute, tzinfo=SUMMER)) == (2026, 7)


def test_the_last_quarter_of_a_year_belongs_to_the_old_one() -> None:
    assert month_of(datetime(2027, 1, 1, tzinfo=WINTER)) == (2026, 12)


def test_the_same_month_of_another_year_is_another_month() -> None:
    assert month_of(datetime(2025, 7, 3, 18, tzinfo=SUMMER)) != month_of(
        datetime(2026, 7, 3, 18, tzinfo=SUMMER)
    )


def test_the_month_is_the_belgian_one_whatever_clock_tells_the_moment() -> None:
    end = datetime(2026, 6, 30, 22, 15, tzinfo=UTC)
    assert month_of(end) == month_of(end.astimezone(SUMMER)) == (2026, 7)


@pytest.mark.parametrize("zone", [SUMMER, WINTER], ids=["S", "W"])
def test_a_month_is_the_same_on_both_sides_of_a_clock_change(zone: timezone) -> None:
    assert month_of(datetime(2026, 10, 25, 2, 30, tzinfo=zone)) == (2026, 10)


@pytest.mark.parametrize(
    ("month", "count", "before"),
    [
        ((2026, 7), 0, (2026, 7)),
        ((2026, 7), 6, (2026, 1)),
        ((2026, 7), 7, (2025, 12)),
        ((2026, 1), 1, (2025, 12)),
        ((2026, 1), 13, (2024, 12)),
        ((2026, 12), -1, (2027, 1)),
    ],
)
def test_months_are_counted_back_across_years(
    month: tuple[int, int], count: int, before: tuple[int, int]
) -> None:
    assert months_before(month, count) == before


@pytest.mark.parametrize("changed", [datetime(2026, 3, 29, 3), datetime(2026, 10, 25, 3)])  # noqa: DTZ001
def test_a_clock_change_is_the_boundary_of_two_quarters(changed: datetime) -> None:
    assert changed.replace(tzinfo=BRUSSELS).timestamp() % QUARTER == 0


def test_a_moment_is_told_in_utc() -> None:
    at = datetime(2026, 7, 3, 18, 15, tzinfo=SUMMER)
    assert moment(int(at.timestamp())) == at
    assert moment(0).utcoffset() == timedelta(0)
