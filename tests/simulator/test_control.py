from datetime import UTC, datetime, timedelta

import pytest

from simulator.control import KNOWN_LINES, obey
from simulator.faults import Fault
from simulator.household import Household
from simulator.meter import Meter
from simulator.meter_clock import MeterClock
from simulator.model import Model
from simulator.server import MeterServer

START = datetime(2026, 3, 2, 17, 3, 11, tzinfo=UTC)
INSTALLED = START - timedelta(days=3)


def a_server() -> MeterServer:
    return MeterServer(Meter(Household(), installed=INSTALLED), clock=MeterClock(start=START))


@pytest.mark.parametrize(
    ("line", "model"),
    [
        ("model version 50221", Model(version=50221)),
        ("model serial 1SAG3100000777", Model(serial="1SAG3100000777")),
        ("model delta true", Model(delta=True)),
        ("model gas_serial 7MIT0000000001", Model(gas_serial="7MIT0000000001")),
        ("model water_serial 8AQM0000000001", Model(water_serial="8AQM0000000001")),
        ("model gas_since 2026-03-02T12:00+01:00", Model(gas_since=datetime(2026, 3, 2, 11, tzinfo=UTC))),
        ("model gas_sent false", Model(gas_sent=False)),
        ("model mbus 8", Model(mbus=8)),
        ("model breaker 2", Model(breaker=2)),
        ("model message Beste klant, tot 10 uur", Model(message="Beste klant, tot 10 uur")),
        ("model peaks false", Model(peaks=False)),
        ("model text_only true", Model(text_only=True)),
    ],
)
def test_a_line_sets_a_field_of_the_model(line: str, model: Model) -> None:
    server = a_server()
    obey(line + "\n", server)
    assert server.meter.model == model


@pytest.mark.parametrize(
    ("line", "model"),
    [
        ("model serial none", Model(serial="1SAG3100000777")),
        ("model gas_since none", Model(gas_since=START)),
        ("model message", Model(message="Weg")),
        ("model peaks true", Model(peaks=False)),
    ],
)
def test_a_line_sets_a_field_back(line: str, model: Model) -> None:
    server = a_server()
    server.meter.model = model
    obey(line, server)
    assert server.meter.model == Model()


def test_a_line_sets_the_pace() -> None:
    server = a_server()
    obey("every 10", server)
    assert server.every == 10


def test_lines_set_the_clock() -> None:
    server = a_server()
    obey("clock jump -600", server)
    soon = START + timedelta(seconds=60)
    assert server.clock.shown(soon) == soon - timedelta(seconds=600)
    obey("clock stick", server)
    assert server.clock.shown(soon) == server.clock.shown(soon + timedelta(seconds=60))
    obey("clock run", server)
    assert server.clock.shown(soon) == soon


def test_a_line_swaps_the_electricity_meter() -> None:
    server = a_server()
    server.meter.model = Model(version=50221, mbus=5)
    before = server.meter.reading(START)
    obey("swap electricity 1SAG3200000002", server)
    after = server.meter.reading(START)
    assert server.meter.model == Model(version=50221, mbus=5, serial="1SAG3200000002")
    assert after.import_day_wh + after.import_night_wh < before.import_day_wh + before.import_night_wh
    assert after.power_w == before.power_w
    assert after.gas_m3 == before.gas_m3


def test_a_line_swaps_the_gas_meter() -> None:
    server = a_server()
    obey("swap gas 7FLO2100000002", server)
    reading = server.meter.reading(START + timedelta(seconds=1))
    assert reading.mbus[0].serial == "7FLO2100000002"
    assert reading.gas_m3 == 0


@pytest.mark.parametrize(
    "line",
    [
        "every",
        "every 0",
        "every now",
        "clock",
        "clock jump",
        "clock jump far",
        "clock dance",
        "model",
        "model colour red",
        "model version new",
        "model version 4",
        "model delta 1",
        "model serial short",
        "model gas_since noon",
        "swap",
        "swap electricity",
        "swap electricity short",
        "swap water 8SEU0100000002",
    ],
)
def test_a_line_that_says_nothing_known_is_refused_and_changes_nothing(line: str) -> None:
    server = a_server()
    meter = server.meter
    with pytest.raises(ValueError, match=r"not|invalid|Invalid"):
        obey(line, server)
    assert (server.meter, meter.model, server.every) == (meter, Model(), 1)
    assert not server.clock.is_wrong


@pytest.mark.parametrize("word", [*Fault, *Model.__dataclass_fields__])
def test_the_help_names_every_fault_and_field(word: str) -> None:
    assert word in KNOWN_LINES.split()
