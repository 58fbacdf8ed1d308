from datetime import UTC, datetime, timedelta

import pytest

from custom_components.emucs_p1.p1.values import moment, number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0.0),
        ("001072.076", 1072.076),
        ("-1.5", -1.5),
        ("007", 7.0),
        ("1234567890123.45", 1234567890123.45),
    ],
)
def test_a_decimal_number_is_read(text: str, value: float) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "-",
        "nan",
        "inf",
        "1e5",
        "1_0",
        " 1",
        "1 ",
        "+1",
        "--1",
        "1.2.3",
        "0x1",
        "\xb2",
        "1,5",
        ".-5",
        "9" * 17,
    ],
)
def test_what_float_would_take_but_no_meter_sends_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        number(text)


def test_summer_is_two_hours_ahead() -> None:
    assert moment("260703120000S") == datetime(2026, 7, 3, 10, tzinfo=UTC)


def test_winter_is_one_hour_ahead() -> None:
    assert moment("260103120000W") == datetime(2026, 1, 3, 11, tzinfo=UTC)


def test_the_flag_decides_and_not_the_calendar() -> None:
    assert moment("260703120000W") == datetime(2026, 7, 3, 11, tzinfo=UTC)


def test_the_repeated_hour_of_october_comes_twice() -> None:
    first, second = moment("261025023000S"), moment("261025023000W")
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert second == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_the_clock_changes_between_one_second_and_the_next() -> None:
    before, after = moment("261025025959S"), moment("261025020000W")
    assert before
    assert after
    assert after.astimezone(UTC) - before.astimezone(UTC) == timedelta(seconds=1)


@pytest.mark.parametrize(("text", "hour"), [("240405154953", 13), ("240105154953", 14)])
def test_without_a_flag_it_is_belgian_time(text: str, hour: int) -> None:
    value = moment(text)
    assert value
    assert value.astimezone(UTC).hour == hour


@pytest.mark.parametrize(
    "text",
    ["632525252525W", "632525252525S", "632525252525", "000101000000W", "000000000000W", "700101000000W"],
)
def test_a_moment_that_never_was_is_none(text: str) -> None:
    assert moment(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "W",
        "26070312000S",
        "260703120000X",
        "260703120000s",
        "260703120000SS",
        "261303120000W",
        "260230120000W",
        "260703250000S",
        "260703126000S",
        "260703120060S",
        "26070312000aS",
        "-60703120000S",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        moment(text)
