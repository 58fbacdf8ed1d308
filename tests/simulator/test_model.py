from dataclasses import replace
from datetime import UTC, datetime, timedelta
import re

import pytest

from simulator.household import Household
from simulator.meter import Meter
from simulator.model import Model

INSTALLED = datetime(2026, 2, 1, tzinfo=UTC)
AT = datetime(2026, 3, 2, 17, 3, 11, tzinfo=UTC)

PHASE_POWERS = {f"1-0:{group}.7.0" for group in (21, 41, 61, 22, 42, 62)}
WATER = {"0-2:24.1.0", "0-2:96.1.1", "0-2:24.2.1"}
PEAKS = {"1-0:1.6.0", "0-0:98.1.0"}
DEMAND = {"1-0:1.4.0", *PEAKS}
SECOND = {
    "0-0:96.1.2",
    "1-0:94.32.1",
    *(f"0-{relay}:96.3.10" for relay in range(1, 5)),
    "0-1:96.1.2",
    "0-2:96.1.2",
}


def codes(phases: int = 3, **fields: object) -> dict[str, str]:
    data = Meter(Household(1, phases), installed=INSTALLED, model=Model(**fields)).telegram(AT)
    lines = data.decode("ascii").split("\r\n")
    return dict(re.findall(r"^(\d-\d:[\d.]+)(\(.*\))$", line)[0] for line in lines[2:-2])


@pytest.mark.parametrize(
    ("version", "missing"),
    [
        (50213, PHASE_POWERS | WATER | DEMAND),
        (50214, PHASE_POWERS | WATER | DEMAND),
        (50215, WATER | DEMAND),
        (50216, DEMAND),
        (50217, set()),
    ],
)
def test_an_edition_sends_what_its_successors_send_but_what_they_brought(
    version: int, missing: set[str]
) -> None:
    assert codes().keys() - codes(version=version).keys() == missing
    assert codes(version=version).keys() <= codes().keys()


@pytest.mark.parametrize("version", [50220, 50221])
def test_the_second_generation_sends_more_lines(version: int) -> None:
    assert codes(version=version).keys() - codes().keys() == SECOND
    assert codes().keys() <= codes(version=version).keys()


def test_the_second_generation_names_its_grid_on_more_phases_alone() -> None:
    assert codes(version=50221)["1-0:94.32.1"] == "(400)"
    assert codes(version=50221, delta=True)["1-0:94.32.1"] == "(230)"
    assert "1-0:94.32.1" not in codes(phases=1, version=50221)


def test_the_second_generation_has_finer_thresholds() -> None:
    sent = codes(version=50221)
    assert (sent["0-0:17.0.0"], sent["1-0:31.4.0"]) == ("(99.999*kW)", "(999.99*A)")


def test_the_second_generation_begins_with_its_edition_and_each_channel_with_its_type() -> None:
    sent = list(codes(version=50221, mbus=8))
    assert sent[0] == "0-0:96.1.4"
    for channel in range(1, 9):
        first = next(code for code in sent if code.startswith(f"0-{channel}:") and "96.3.10" not in code)
        assert first == f"0-{channel}:24.1.0"


def test_the_second_generation_sends_an_empty_ean() -> None:
    assert codes(version=50221)["0-0:96.1.2"] == "()"


@pytest.mark.parametrize(("version", "shape"), [(50213, r"\(\d{3}\*A\)"), (50214, r"\(\d{3}\.\d\d\*A\)")])
def test_currents_became_finer(version: int, shape: str) -> None:
    assert re.fullmatch(shape, codes(version=version)["1-0:31.7.0"])


@pytest.mark.parametrize(
    ("phases", "version", "header"),
    [
        (1, 50213, b"/FLU5\\253770234_A\r\n"),
        (3, 50217, b"/FLU5\\253769484_A\r\n"),
        (1, 50221, b"/FLU5\\253972606_B\r\n"),
        (3, 50221, b"/FLU5\\253967035_D\r\n"),
    ],
)
def test_the_header_names_the_hardware(phases: int, version: int, header: bytes) -> None:
    meter = Meter(Household(1, phases), installed=INSTALLED, model=Model(version=version))
    assert meter.telegram(AT).startswith(header)


def test_a_serial_number_of_ones_own() -> None:
    assert codes(serial="1SAG3100000777")["0-0:96.1.1"] == f"({b'1SAG3100000777'.hex().upper()})"


def test_the_serial_numbers_behind_it() -> None:
    sent = codes(gas_serial="7MIT0000000001", water_serial="8AQM0000000001")
    assert sent["0-1:96.1.1"] == f"({b'7MIT0000000001'.hex().upper()})"
    assert sent["0-2:96.1.1"] == f"({b'8AQM0000000001'.hex().upper()})"


@pytest.mark.parametrize("breaker", [0, 1, 2])
@pytest.mark.parametrize("version", [50217, 50221])
def test_the_breaker_says_how_it_stands(breaker: int, version: int) -> None:
    assert codes(breaker=breaker, version=version)["0-0:96.3.10"] == f"({breaker})"


def test_a_message_is_sent_in_hex() -> None:
    assert codes(message="Tot 10 u.: één net")["0-0:96.13.0"] == "(546F7420313020752E3A20E9E96E206E6574)"


def test_without_consent_the_peaks_are_missing_and_the_demand_is_not() -> None:
    assert codes().keys() - codes(peaks=False).keys() == PEAKS


def test_a_closed_port_sends_the_header_and_the_text_alone() -> None:
    meter = Meter(Household(), installed=INSTALLED, model=Model(text_only=True))
    assert meter.telegram(AT)[:-6] == b"/FLU5\\253769484_A\r\n\r\n0-0:96.13.0()\r\n!"


def test_the_next_telegram_follows_a_change_of_the_model() -> None:
    meter, changed = (Meter(Household(), installed=INSTALLED) for _ in range(2))
    usual = meter.telegram(AT)
    changed.telegram(AT)
    changed.model = replace(changed.model, version=50221, mbus=4, serial="1SAG3200000001")
    assert changed.telegram(AT) != usual
    changed.model = Model()
    assert changed.telegram(AT) == usual


def test_on_a_delta_grid_the_second_line_shows_a_current_alone() -> None:
    sent = codes(delta=True)
    assert sent["1-0:52.7.0"] == "(000.0*V)"
    assert sent["1-0:41.7.0"] == sent["1-0:42.7.0"] == "(00.000*kW)"
    assert sent["1-0:51.7.0"] > "(000.00*A)"


def test_on_a_delta_grid_the_lines_make_the_power_of_the_house() -> None:
    household = Household()
    plain = Meter(household, installed=INSTALLED)
    delta = Meter(household, installed=INSTALLED, model=Model(delta=True))
    for hour in range(12):
        at = AT + timedelta(hours=hour)
        reading = delta.reading(at)
        assert sum(reading.phases_w) == reading.power_w == plain.reading(at).power_w


def test_on_a_delta_grid_the_lines_can_have_opposite_signs() -> None:
    meter = Meter(Household(), installed=INSTALLED, model=Model(delta=True))
    signs = set()
    for minute in range(0, 24 * 60, 10):
        first, _, third = meter.reading(AT + timedelta(minutes=minute)).phases_w
        signs.add((first > 0, third > 0))
    assert (True, False) in signs


def test_one_phase_knows_no_delta() -> None:
    assert codes(phases=1, delta=True) == codes(phases=1)


@pytest.mark.parametrize(
    "fields",
    [
        {"version": 50212},
        {"version": 50222},
        {"serial": "1SAG"},
        {"gas_serial": "7FLO210000000\u00e9"},
        {"water_serial": "8SEU01000000012"},
        {"mbus": 9},
        {"mbus": -1},
        {"breaker": 3},
        {"message": "x" * 1025},
        {"message": "\u20ac"},
    ],
)
def test_what_no_meter_is_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"not|message|encode"):
        Model(**fields)
