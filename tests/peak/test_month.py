from datetime import datetime, timedelta, timezone

import pytest

from custom_components.emucs_p1.peak import is_of_this_month

SUMMER = timezone(timedelta(hours=2))
WINTER = timezone(timedelta(hours=1))


def test_a_quarter_of_this_month_is_this_months() -> None:
    assert is_of_this_month(datetime(2026, 7, 3, 18, 15, tzinfo=SUMMER), datetime(2026, 7, 30, tzinfo=SUMMER))


def test_a_quarter_of_an_earlier_month_is_not() -> None:
    assert not is_of_this_month(
        datetime(2026, 6, 30, 23, 45, tzinfo=SUMMER), datetime(2026, 7, 1, 0, 0, 5, tzinfo=SUMMER)
    )


def test_the_same_month_of_an_earlier_year_is_not() -> None:
    assert not is_of_this_month(
        datetime(2025, 7, 3, 18, tzinfo=SUMMER), datetime(2026, 7, 3, 19, tzinfo=SUMMER)
    )


def test_midnight_of_the_1st_ends_the_last_quarter_of_the_month_before() -> None:
    assert not is_of_this_month(
        datetime(2026, 7, 1, tzinfo=SUMMER), datetime(2026, 7, 1, 0, 0, 1, tzinfo=SUMMER)
    )


@pytest.mark.parametrize("minute", [15, 30])
def test_the_first_quarters_of_a_month_are_its_own(minute: int) -> None:
    assert is_of_this_month(
        datetime(2026, 7, 1, 0, minute, tzinfo=SUMMER), datetime(2026, 7, 1, 1, tzinfo=SUMMER)
    )


def test_a_peak_before_the_clocks_go_back_stays_this_months() -> None:
    assert is_of_this_month(
        datetime(2026, 10, 1, 0, 15, tzinfo=SUMMER), datetime(2026, 10, 31, 23, 59, tzinfo=WINTER)
    )
