from datetime import UTC, datetime

import pytest

from .telegrams import parse


def rows(*months: int) -> str:
    return "".join(
        f"(26{month:02d}01000000W)(26{month - 1:02d}03181500W)({month:02d}.000*kW)" for month in months
    )


def history(text: str) -> list[float | None]:
    return [peak.demand for peak in parse(f"0-0:98.1.0{text}").peak_history]


CODES = "(1-0:1.6.0)(1-0:1.6.0)"


@pytest.mark.parametrize("months", [(2, 3, 4), (4, 3, 2), (3, 2, 4)])
def test_the_history_is_oldest_first_in_whatever_order_it_is_sent(months: tuple[int, ...]) -> None:
    assert history(f"(3){CODES}{rows(*months)}") == [2, 3, 4]


@pytest.mark.parametrize("text", [f"(0){CODES}()", f"(0){CODES}"])
def test_an_empty_history_is_none_malformed(text: str) -> None:
    read = parse(f"0-0:98.1.0{text}")
    assert (read.peak_history, read.malformed) == ((), ())


def test_a_history_may_miss_months() -> None:
    assert history(f"(2){CODES}{rows(2, 9)}") == [2, 9]


@pytest.mark.parametrize("count", ["0", "1", "13", "99", "", "x"])
def test_the_count_of_a_history_does_not_count(count: str) -> None:
    assert history(f"({count}){CODES}{rows(2, 3)}") == [2, 3]


def test_a_history_may_be_longer_than_thirteen_months() -> None:
    assert len(history(f"(22){CODES}{rows(*range(2, 13)) * 2}")) == 22


def test_a_month_without_a_peak_has_none() -> None:
    (peak,) = parse(f"0-0:98.1.0(1){CODES}(231101000000W)(632525252525W)(00.000*kW)").peak_history
    assert (peak.captured, peak.demand) == (None, None)


def test_a_month_of_no_import_has_a_peak_of_zero() -> None:
    assert history(f"(1){CODES}(260801000000S)(260701000000S)(00.000*kW)") == [0]


def test_a_month_that_closed_never_is_left_out() -> None:
    assert history(f"(2){CODES}(632525252525W)(260103181500W)(01.000*kW){rows(3)}") == [3]


def test_a_damaged_month_costs_no_other() -> None:
    assert history(f"(3){CODES}{rows(2)}(260301000000W)(2602031815x0W)(03.000*kW){rows(4)}") == [2, 4]


def test_a_row_of_an_impossible_moment_costs_no_other() -> None:
    assert history(f"(2){CODES}(261301000000W)(260103181500W)(01.000*kW){rows(3)}") == [3]


def test_an_empty_row_costs_no_other() -> None:
    assert history(f"(4){CODES}{rows(2)}(){rows(3, 4)}") == [2, 3, 4]


def test_a_missing_count_costs_nothing() -> None:
    assert history(f"{CODES}{rows(2, 3)}") == [2, 3]


def test_a_last_row_that_is_cut_costs_no_other() -> None:
    assert history(f"(3){CODES}{rows(2, 3)}{rows(4)[:-1]}") == [2, 3]


@pytest.mark.parametrize("line", [" 1-0:1.7.0(00.100*kW)", "1-0:1.7.0(00.100*kW) \0"])
def test_padding_around_a_line_costs_nothing(line: str) -> None:
    assert parse(line).power_import == 0.1


def test_a_message_is_one_plain_line() -> None:
    text = "first\r\nsecond\u202ethird\x1b[1m"
    assert parse(f"0-0:96.13.0({text.encode().hex()})").message == "first  second third [1m"


def test_a_message_has_an_end() -> None:
    message = parse(f"0-0:96.13.0({'x' * 4000})").message
    assert message == "x" * 2048


def test_a_message_holds_no_nul() -> None:
    assert parse("0-0:96.13.0(610062)").message == "ab"


def test_a_month_cut_short_costs_no_other() -> None:
    assert history(f"(3){CODES}{rows(2, 3)}(260401000000W)(260303181500W)") == [2, 3]


@pytest.mark.parametrize("text", ["(12)", "()", "", f"(1)(1-0:1.6.0)(1-0:2.6.0){rows(2)}"])
def test_a_history_of_another_shape_is_malformed(text: str) -> None:
    read = parse(f"0-0:98.1.0{text}", "1-0:1.7.0(00.500*kW)")
    assert (read.peak_history, len(read.malformed), read.power_import) == ((), 1, 0.5)


def test_the_month_peak_has_its_time() -> None:
    assert parse("1-0:1.6.0(260703120000S)(05.765*kW)").month_peak_time == datetime(
        2026, 7, 3, 10, tzinfo=UTC
    )
