from datetime import UTC, datetime

import numpy as np
import pytest

from benchmarks.forecasting.load import Load
from benchmarks.forecasting.meter import Told, told_of
from custom_components.emucs_p1.p1 import Telegram

from .series import BEGIN, a_load, without


def telegrams(load: Load) -> list[Telegram]:
    told = Told.of(load)
    return list(told.telegrams(0, len(told.times)))


@pytest.mark.parametrize(("step", "cadence"), [(1, 1), (6, 10), (10, 10), (60, 10)])
def test_a_telegram_comes_every_10_s_and_every_second_for_files_of_1_s(step: int, cadence: int) -> None:
    told = Told.of(a_load([100] * 60, step=step))
    assert told.times.tolist() == list(range(BEGIN + cadence, BEGIN + 60 * step + 1, cadence))


def test_a_telegram_tells_the_power_of_just_before() -> None:
    told = Told.of(a_load([100, 200]))
    assert told.power.tolist() == [0.1] * 6 + [0.2] * 6


def test_a_telegram_tells_the_digits_that_a_meter_prints() -> None:
    told = Told.of(a_load([1234.4], step=60))
    assert (told.power[0], told.demand[0], told.register[-1]) == (1.234, 0.014, 0.021)


def test_the_ramp_begins_anew_with_each_quarter() -> None:
    told = Told.of(a_load([900] * 30))
    ramps = dict(zip((told.times - BEGIN).tolist(), told.demand.tolist(), strict=True))
    assert [ramps[second] for second in (450, 890, 900, 910)] == [0.45, 0.89, 0.0, 0.01]


def test_no_telegram_comes_while_samples_are_missing() -> None:
    told = Told.of(without(a_load([100] * 4), 60, 180))
    assert (told.times - BEGIN).tolist() == [*range(10, 61, 10), *range(190, 241, 10)]


def test_the_registers_count_on_from_file_to_file() -> None:
    june, december = told_of([a_load([3600] * 15), a_load([3600] * 15, begin=BEGIN + 90000)])
    assert (june.register[-1], december.register[-1]) == (0.9, 1.8)


def test_the_telegram_is_one_of_a_household_that_only_imports() -> None:
    first = telegrams(a_load([1000] * 15))[17]
    assert first.timestamp == datetime(2026, 3, 3, 12, 3, tzinfo=UTC)
    assert (first.power, first.power_import, first.power_export) == (1.0, 1.0, 0.0)
    assert (first.energy_import, first.energy_import_day, first.energy_import_night) == (0.05, 0.05, 0.0)
    assert first.quarter_demand == 0.2


def test_every_value_counts_as_sent() -> None:
    first = telegrams(a_load([1000] * 15))[0]
    told = {name for name in Telegram.__dataclass_fields__ if getattr(first, name) not in (None, ())}
    assert told - {"identification", "sent"} == first.sent


def test_numbers_are_plain_python() -> None:
    first = telegrams(a_load([1000] * 15))[0]
    assert not isinstance(first.power_import, np.generic)
