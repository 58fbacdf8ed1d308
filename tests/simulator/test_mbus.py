from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from simulator.household import Household
from simulator.mbus import GAS, METERS, WATER
from simulator.meter import Meter
from simulator.model import Model
from simulator.reading import MbusReading

INSTALLED = datetime(2026, 2, 1, tzinfo=UTC)
START = datetime(2026, 2, 14, 5, tzinfo=UTC)
FIVE_MINUTES = timedelta(minutes=5)


def a_meter(**fields: object) -> Meter:
    return Meter(Household(), installed=INSTALLED, model=Model(**fields))


def on_channel(meter: Meter, channel: int, at: datetime) -> MbusReading:
    (found,) = (reading for reading in meter.reading(at).mbus if reading.channel == channel)
    return found


@pytest.mark.parametrize("count", range(9))
def test_as_many_meters_stand_behind_as_the_model_says(count: int) -> None:
    readings = a_meter(mbus=count).reading(START).mbus
    assert [reading.channel for reading in readings] == list(range(1, count + 1))
    assert [reading.meter for reading in readings] == list(METERS[:count])


def test_no_two_meters_have_one_serial_number() -> None:
    assert len({meter.serial for meter in METERS}) == len(METERS)


@pytest.mark.parametrize("channel", range(1, 9))
def test_every_register_rises_and_none_falls(channel: int) -> None:
    # From a winter night into a sunny noon: heating, cooking, and export.
    meter = a_meter(mbus=8)
    values = [on_channel(meter, channel, START + number * FIVE_MINUTES).value for number in range(120)]
    assert all(after >= before for before, after in pairwise(values))
    assert values[-1] > values[0] > 0


@pytest.mark.parametrize("channel", range(1, 9))
def test_every_meter_is_read_every_five_minutes(channel: int) -> None:
    meter = a_meter(mbus=8)
    for second in range(0, 900, 7):
        at = START + timedelta(seconds=second)
        assert timedelta() <= at - on_channel(meter, channel, at).time < FIVE_MINUTES


def test_between_two_readings_nothing_changes_whatever_was_asked_before() -> None:
    asked = a_meter(mbus=8)
    for second in (0, 131, 40, 299, 7, 86_400, 600):
        at = START + timedelta(seconds=second)
        assert asked.reading(at) == a_meter(mbus=8).reading(at)


def test_an_exchanged_gas_meter_counts_from_zero_under_its_own_number() -> None:
    meter = a_meter()
    swap = START + timedelta(minutes=7)
    before = on_channel(meter, 1, swap)
    meter.model = replace(meter.model, gas_serial="7FLO2100000002", gas_since=swap)
    after = on_channel(meter, 1, swap)
    assert (before.serial, after.serial) == ("7FLO2100000001", "7FLO2100000002")
    assert before.value > 1
    assert (after.value, after.time) == (0, swap)


def test_an_exchanged_gas_meter_counts_what_is_burnt_from_then_on() -> None:
    plain, swapped = a_meter(), a_meter(gas_since=START)
    later = START + timedelta(hours=5)
    burnt = on_channel(plain, 1, later).value - on_channel(plain, 1, START).value
    assert on_channel(swapped, 1, later).value == pytest.approx(burnt, abs=0.0011)
    assert burnt > 0.5


def test_a_gas_meter_that_is_not_heard_leaves_its_channel_free() -> None:
    meter = a_meter(gas_sent=False)
    reading = meter.reading(START)
    assert [meter.channel for meter in reading.mbus] == [2]
    assert reading.gas_m3 is reading.gas_time is None
    assert reading.water_m3 is not None


def test_a_gas_meter_heard_again_has_counted_on() -> None:
    meter = a_meter()
    before = meter.reading(START).gas_m3
    meter.model = replace(meter.model, gas_sent=False)
    meter.reading(START)
    meter.model = replace(meter.model, gas_sent=True)
    assert meter.reading(START + timedelta(hours=5)).gas_m3 > before


def test_an_edition_before_water_meters_hears_none() -> None:
    kinds = [reading.meter.type for reading in a_meter(version=50215, mbus=8).reading(START).mbus]
    assert not {WATER.type, 6} & set(kinds)
    assert kinds[0] == GAS.type


def test_behind_an_exchanged_electricity_meter_the_others_count_on() -> None:
    old = a_meter(mbus=8)
    new = old.exchanged("1SAG3100000002", at=START)
    before, after = old.reading(START), new.reading(START)
    assert after.mbus == before.mbus
    assert after.import_day_wh + after.import_night_wh < before.import_day_wh + before.import_night_wh


def test_a_day_after_an_exchange_the_others_are_where_they_would_be() -> None:
    old, later = a_meter(mbus=8), START + timedelta(days=1, hours=3)
    assert old.exchanged("1SAG3100000002", at=START).reading(later).mbus == old.reading(later).mbus


def test_a_gas_meter_exchanged_first_counts_on_behind_an_exchanged_electricity_meter() -> None:
    swap, later = START - timedelta(days=3), START + timedelta(hours=5)
    old = a_meter(gas_since=swap)
    new = old.exchanged("1SAG3100000002", at=START)
    assert new.reading(later).mbus == old.reading(later).mbus
    assert new.reading(later).gas_m3 > 1


def test_a_meter_can_be_exchanged_more_than_once() -> None:
    old, later = a_meter(mbus=8), START + timedelta(days=4)
    second = old.exchanged("1SAG3100000002", at=START)
    third = second.exchanged("1SAG3100000003", at=START + timedelta(days=2))
    assert third.reading(later).mbus == old.reading(later).mbus


def test_a_gas_meter_older_than_all_counts_from_the_installation() -> None:
    early = INSTALLED - timedelta(days=30)
    assert a_meter(gas_since=early).reading(START).gas_m3 == a_meter().reading(START).gas_m3
