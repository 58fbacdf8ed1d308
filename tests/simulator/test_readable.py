"""What the simulator sends is what the integration reads."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from custom_components.emucs_p1.p1 import Telegram, parse_telegram
from simulator.household import Household
from simulator.meter import Meter
from simulator.model import Model

INSTALLED = datetime(2026, 2, 20, tzinfo=UTC)
AT = datetime(2026, 3, 2, 17, 3, 11, tzinfo=UTC)

METERS = {
    (phases, heat_pump): Meter(Household(1, phases, heat_pump=heat_pump), installed=INSTALLED)
    for phases, heat_pump in product((1, 3), (False, True))
}


def read(meter: Meter, **fields: object) -> Telegram:
    meter.model = Model(**fields)
    return parse_telegram(meter.telegram(AT))


@pytest.mark.parametrize("version", range(50213, 50222))
@pytest.mark.parametrize("phases", [1, 3])
@pytest.mark.parametrize("delta", [False, True])
@pytest.mark.parametrize("heat_pump", [False, True])
def test_every_line_is_known_and_well_formed(
    *, version: int, phases: int, delta: bool, heat_pump: bool
) -> None:
    for mbus in range(9):
        telegram = read(METERS[phases, heat_pump], version=version, delta=delta, mbus=mbus)
        assert (telegram.malformed, telegram.unknown) == ((), ())
        assert telegram.version == str(version)


@pytest.mark.parametrize("version", [50217, 50221])
def test_what_is_read_is_what_the_meter_knows(version: int) -> None:
    meter = METERS[3, False]
    telegram = read(meter, version=version, mbus=8, serial="1SAG3200000009", message="D'accord")
    reading = meter.reading(AT)
    assert telegram.equipment_id == "1SAG3200000009"
    assert telegram.message == "D'accord"
    assert telegram.timestamp == reading.at
    assert telegram.power == reading.power_w / 1000
    assert telegram.limiter_threshold is telegram.fuse_threshold is None
    assert telegram.month_peak == reading.month_peak_w / 1000
    assert [
        (device.channel, device.type, device.equipment_id, device.unit, device.reading, device.reading_time)
        for device in telegram.mbus
    ] == [
        (meter.channel, meter.meter.type, meter.serial, meter.meter.unit, meter.value, meter.time)
        for meter in reading.mbus
    ]


def test_the_lines_of_a_closed_port_are_known() -> None:
    telegram = read(METERS[3, False], text_only=True, message="Poort gesloten")
    assert (telegram.malformed, telegram.unknown) == ((), ())
    assert (telegram.message, telegram.timestamp) == ("Poort gesloten", None)


def test_the_grid_of_a_delta_meter_is_read() -> None:
    assert read(METERS[3, False], version=50221, delta=True).grid == "230"


def test_the_reader_does_not_mind_a_change_between_two_telegrams() -> None:
    meter = METERS[1, False]
    meter.model = Model()
    before = parse_telegram(meter.telegram(AT))
    meter.model = replace(meter.model, version=50221)
    after = parse_telegram(meter.telegram(AT))
    assert (before.version, after.version) == ("50217", "50221")
    assert before.energy_import == after.energy_import
