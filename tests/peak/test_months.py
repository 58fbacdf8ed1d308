from datetime import datetime
import json
from typing import Any

import pytest

from custom_components.emucs_p1.p1 import BRUSSELS, MonthPeak, Telegram
from custom_components.emucs_p1.peak import PeakMonths
from custom_components.emucs_p1.peak.months import MonthRecord

from .meter import SUMMER, WINTER, local

NOW = datetime(2026, 3, 20, 18, 0, 5, tzinfo=WINTER)
PEAK_TIME = datetime(2026, 3, 2, 18, 15, tzinfo=WINTER)


def first_of(year: int, month: int) -> datetime:
    return local(datetime(year, month, 1, tzinfo=BRUSSELS))


def closed(year: int, month: int, demand: float | None, *, end: datetime | None = None) -> MonthPeak:
    """Return the row of a month as the meter sends it: stamped with the begin of the next one."""
    row_end = end or first_of(year + month // 12, month % 12 + 1)
    captured = None if demand is None else local(datetime(year, month, 3, 18, 15, tzinfo=BRUSSELS))
    return MonthPeak(row_end, captured, demand)


def told(
    *rows: MonthPeak,
    peak: float | None = None,
    time: datetime | None = PEAK_TIME,
    malformed: tuple[str, ...] = (),
) -> Telegram:
    return Telegram(
        identification="",
        month_peak=peak,
        month_peak_time=None if peak is None else time,
        peak_history=rows,
        malformed=malformed,
    )


def read(*rows: MonthPeak, now: datetime = NOW, **peak: Any) -> PeakMonths:
    """Return what a record that knew nothing makes of one telegram."""
    return MonthRecord().observe(told(*rows, **peak), now)


def demands(months: PeakMonths) -> list[float | None]:
    return [row.demand for row in months.closed]


def restarted(record: MonthRecord) -> MonthRecord:
    successor = MonthRecord()
    successor.load(json.loads(json.dumps(record.dump())))
    return successor


def test_nothing_is_known_of_a_meter_that_tells_nothing() -> None:
    assert read() == PeakMonths()


# The running month.


def test_the_peak_of_the_month_is_what_the_meter_says() -> None:
    months = read(peak=3.456)
    assert (months.peak, months.peak_time) == (3.456, PEAK_TIME)


def test_a_peak_that_the_meter_calls_undefined_is_none() -> None:
    assert read(peak=None).peak is None


def test_a_peak_of_the_old_month_is_not_the_new_ones() -> None:
    assert read(peak=3.456, now=datetime(2026, 4, 1, 0, 0, 5, tzinfo=SUMMER)).peak is None


def test_a_peak_stamped_with_the_months_first_second_is_the_old_months() -> None:
    begun = datetime(2026, 4, 1, tzinfo=SUMMER)
    assert read(peak=3.456, time=begun, now=begun).peak is None


def test_a_month_without_import_yet_has_no_peak() -> None:
    # Edition 2 stamps it with the month's begin.
    begun = datetime(2026, 4, 1, tzinfo=SUMMER)
    assert read(peak=0.0, time=begun, now=datetime(2026, 4, 9, tzinfo=SUMMER)).peak is None


def test_a_peak_before_the_clocks_go_back_stays_this_months() -> None:
    captured = datetime(2026, 10, 1, 0, 15, tzinfo=SUMMER)
    assert read(peak=3.0, time=captured, now=datetime(2026, 10, 31, 23, 59, tzinfo=WINTER)).peak == 3.0


def test_the_same_month_of_last_year_is_another() -> None:
    assert read(peak=3.0, time=datetime(2025, 3, 2, 18, 15, tzinfo=WINTER)).peak is None


# Our own record, for meters before eMUCS 1.7.


def test_a_meter_without_peaks_has_those_of_our_own_record() -> None:
    record = MonthRecord()
    record.finished(PEAK_TIME, 2.9)
    months = record.observe(told(), NOW)
    assert (months.peak, months.peak_time, months.billed) == (2.9, PEAK_TIME, 2.9)


def test_a_lower_quarter_raises_no_peak() -> None:
    record = MonthRecord()
    record.finished(PEAK_TIME, 2.9)
    record.finished(NOW, 1.0)
    assert record.observe(told(), NOW).peak_time == PEAK_TIME


def test_of_two_equal_quarters_the_first_is_the_peak() -> None:
    record = MonthRecord()
    record.finished(PEAK_TIME, 2.9)
    record.finished(NOW, 2.9)
    assert record.observe(told(), NOW).peak_time == PEAK_TIME


def test_a_higher_quarter_raises_it_at_once() -> None:
    record = MonthRecord()
    record.finished(PEAK_TIME, 2.9)
    record.observe(told(), NOW)
    record.finished(NOW, 3.0)
    assert record.observe(told(), NOW).peak == 3.0


def test_the_last_quarter_of_a_month_counts_for_that_month() -> None:
    record = MonthRecord()
    end = datetime(2026, 4, 1, tzinfo=SUMMER)
    record.finished(end, 4.0)
    months = record.observe(told(), end)
    assert (months.peak, demands(months)) == (None, [4.0])


def test_the_last_quarter_of_a_year_counts_for_the_old_one() -> None:
    record = MonthRecord()
    end = datetime(2027, 1, 1, tzinfo=WINTER)
    record.finished(end, 4.0)
    (row,) = record.observe(told(), end).closed
    assert row == MonthPeak(end, end, 4.0)


def test_the_meters_word_goes_before_our_own_record() -> None:
    record = MonthRecord()
    record.finished(NOW, 3.001)
    assert record.observe(told(peak=3.0, time=NOW), NOW).peak == 3.0


def test_a_peak_that_the_meter_tells_no_more_is_kept() -> None:
    record = MonthRecord()
    record.observe(told(peak=3.456), NOW)
    assert record.observe(told(), NOW).peak == 3.456


def test_a_damaged_line_lowers_no_peak() -> None:
    record = MonthRecord()
    record.observe(told(peak=3.456), NOW)
    assert record.observe(told(malformed=("1-0:1.6.0(2603021815",)), NOW).peak == 3.456


def test_a_damaged_line_raises_none_either() -> None:
    assert read(malformed=("1-0:1.6.0(2603021815",)).peak is None


def test_a_damaged_line_keeps_no_peak_into_the_next_month() -> None:
    record = MonthRecord()
    record.observe(told(peak=3.456), NOW)
    damaged = told(malformed=("1-0:1.6.0(2603021815",))
    months = record.observe(damaged, datetime(2026, 4, 1, tzinfo=SUMMER))
    assert (months.peak, demands(months)) == (None, [3.456])


# The closed months.


def test_closed_months_are_told_oldest_first_in_whatever_order_they_come() -> None:
    rows = [closed(2026, 1, 3.1), closed(2025, 12, 3.2), closed(2026, 2, 3.3)]
    assert demands(read(*rows)) == [3.2, 3.1, 3.3]


def test_a_closed_month_is_stamped_with_the_end_of_its_calendar_month() -> None:
    (row,) = read(closed(2025, 12, 3.2)).closed
    assert row.month_end == datetime(2026, 1, 1, tzinfo=BRUSSELS)


def test_months_that_the_meter_leaves_out_stay_out() -> None:
    assert demands(read(closed(2023, 10, 3.1), closed(2026, 2, 3.3))) == [3.1, 3.3]


def test_a_month_that_a_change_of_contract_closed_early_is_the_higher_of_its_rows() -> None:
    early = datetime(2026, 2, 9, tzinfo=WINTER)
    for rows in ((5.0, 3.0), (3.0, 5.0)):
        months = read(closed(2026, 2, rows[0], end=early), closed(2026, 2, rows[1]))
        assert demands(months) == [5.0]


def test_a_row_closed_within_the_running_month_is_no_closed_month() -> None:
    months = read(closed(2026, 3, 5.0, end=datetime(2026, 3, 9, tzinfo=WINTER)), peak=2.0)
    assert (months.peak, months.closed) == (2.0, ())


def test_a_month_that_the_meter_calls_undefined_is_unknown() -> None:
    assert read(closed(2026, 1, None), closed(2026, 2, 3.3)).billed == 3.3


def test_a_month_that_the_meter_leaves_undefined_is_taken_from_our_own_record() -> None:
    record = MonthRecord()
    record.finished(datetime(2026, 2, 5, 12, tzinfo=WINTER), 2.8)
    assert demands(record.observe(told(closed(2026, 2, None)), NOW)) == [2.8]


def test_the_meters_row_goes_before_our_own_record() -> None:
    record = MonthRecord()
    record.finished(datetime(2026, 2, 5, 12, tzinfo=WINTER), 2.8)
    assert demands(record.observe(told(closed(2026, 2, 3.0)), NOW)) == [3.0]


def test_no_more_than_thirteen_months_are_told() -> None:
    rows = [closed(2025 + (month - 1) // 12, (month - 1) % 12 + 1, float(month)) for month in range(1, 15)]
    assert demands(read(*rows)) == [float(month) for month in range(2, 15)]


def test_the_month_that_has_just_ended_is_known_before_the_meter_has_its_row() -> None:
    record = MonthRecord()
    record.observe(told(closed(2026, 2, 3.3), peak=3.456), NOW)
    months = record.observe(told(closed(2026, 2, 3.3)), datetime(2026, 4, 1, tzinfo=SUMMER))
    assert (months.peak, demands(months)) == (None, [3.3, 3.456])


def test_damaged_rows_are_those_of_the_telegram_before() -> None:
    record = MonthRecord()
    record.observe(told(closed(2026, 2, 3.3)), NOW)
    record.finished(NOW, 1.0)
    assert demands(record.observe(told(malformed=("0-0:98.1.0(1",)), NOW)) == [3.3]


def test_rows_that_are_always_damaged_hide_no_new_peak() -> None:
    # A meter of Groupe E sends a count and nothing else.
    record = MonthRecord()
    damaged = ("0-0:98.1.0(12)",)
    record.observe(told(peak=3.0, malformed=damaged), NOW)
    assert record.observe(told(peak=3.5, malformed=damaged), NOW).peak == 3.5


def test_closed_months_that_the_meter_tells_no_more_are_kept() -> None:
    # They vanish when the customer's consent lapses.
    record = MonthRecord()
    record.observe(told(closed(2026, 1, 3.1), closed(2026, 2, 3.3)), NOW)
    assert demands(record.observe(told(), NOW)) == [3.1, 3.3]


# The billed mean.


def test_the_billed_mean_is_of_the_running_month_and_those_before_it() -> None:
    assert read(closed(2026, 1, 3.0), closed(2026, 2, 4.0), peak=5.0).billed == 4.0


def test_no_month_counts_for_less_than_the_floor() -> None:
    assert read(closed(2026, 1, 0.0), closed(2026, 2, 4.5), peak=1.0).billed == round(9.5 / 3, 3)


def test_the_floor_is_no_peak() -> None:
    months = read(closed(2026, 2, 0.5), peak=1.0)
    assert (months.peak, demands(months)) == (1.0, [0.5])


def test_a_running_month_without_a_peak_is_left_out() -> None:
    assert read(closed(2026, 1, 3.0), closed(2026, 2, 4.0)).billed == 3.5


def test_unknown_months_are_left_out() -> None:
    assert read(closed(2025, 5, 3.0), closed(2026, 2, 4.0)).billed == 3.5


def test_months_before_the_eleventh_are_ignored() -> None:
    # Eleven before March 2026: the oldest is April 2025.
    assert read(closed(2025, 3, 9.0), closed(2025, 4, 3.0), peak=5.0).billed == 4.0


def test_twelve_months_are_billed() -> None:
    rows = [closed(2025 + (month - 1) // 12, (month - 1) % 12 + 1, 3.0) for month in range(2, 15)]
    assert read(*rows, peak=9.0).billed == round((11 * 3 + 9) / 12, 3)


# What outlives a restart.


def test_our_own_record_survives_a_restart() -> None:
    record = MonthRecord()
    record.finished(datetime(2026, 2, 5, 12, tzinfo=WINTER), 2.8)
    record.finished(PEAK_TIME, 2.9)
    assert restarted(record).observe(told(), NOW) == record.observe(told(), NOW)


def test_what_the_meter_said_survives_a_restart() -> None:
    record = MonthRecord()
    said = record.observe(told(closed(2026, 1, 3.1), closed(2026, 2, 3.3), peak=3.456), NOW)
    assert restarted(record).observe(told(), NOW) == said


def test_a_record_of_nothing_survives_a_restart() -> None:
    assert restarted(MonthRecord()).observe(told(), NOW) == PeakMonths()


def test_our_own_record_is_bounded() -> None:
    record = MonthRecord()
    for month in range(60):
        record.finished(datetime(2020 + month // 12, month % 12 + 1, 5, tzinfo=WINTER), 1.0 + month)
    assert [row["demand"] for row in record.dump()] == [1.0 + month for month in range(46, 60)]


@pytest.mark.parametrize(
    "row",
    [{}, {"month": 3}, {"month": [2026, 3], "demand": "x", "captured": PEAK_TIME.isoformat()}, 1, None],
)
def test_what_is_no_record_is_refused(row: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        MonthRecord().load([row])
