from random import Random
from unittest.mock import patch

from homeassistant.core import State
import pytest

from benchmarks.fuzzing import episodes, rules, streams
from benchmarks.fuzzing.coverage import Coverage
from benchmarks.fuzzing.engine import Search
from benchmarks.fuzzing.findings import Failure, Findings, shorter, smallest
from benchmarks.fuzzing.lines import changed
from benchmarks.fuzzing.reading import Readings
from benchmarks.fuzzing.seeds import seal, series, unseal
from benchmarks.fuzzing.streams import Stream
from custom_components.emucs_p1.p1 import TelegramReader, parse_telegram

SEED = 20261121


@pytest.fixture(scope="module")
def meters() -> list[list[bytes]]:
    return series()


@pytest.fixture(scope="module")
def readings(meters: list[list[bytes]]) -> Readings:
    return Readings([telegram for meter in meters for telegram in meter])


def test_a_telegram_is_sealed_as_it_was(meters: list[list[bytes]]) -> None:
    for telegram in meters[0]:
        assert seal(unseal(telegram)) == telegram


def test_changed_lines_keep_a_valid_checksum(meters: list[list[bytes]]) -> None:
    random = Random(SEED)
    for telegram in meters[0]:
        assert parse_telegram(seal(changed(random, unseal(telegram))))


def test_a_search_comes_out_the_same_from_the_same_seed(meters: list[list[bytes]]) -> None:
    def lives() -> list[episodes.Episode]:
        random = Random(SEED)
        corpus = [episodes.fresh(random, meters) for _ in range(3)]
        return [episodes.mutated(random, random.choice(corpus), corpus, meters) for _ in range(50)]

    assert lives() == lives()


def test_the_reader_of_today_keeps_its_promises(readings: Readings) -> None:
    random = Random(SEED)
    corpus = [readings.fresh(random)]
    for _ in range(100):
        corpus.append(readings.mutated(random, corpus))
        readings.run(corpus[-1])


class Forgetful(TelegramReader):
    """Loses the last byte of every piece with a bang in the middle."""

    def feed(self, data: bytes) -> list:
        return super().feed(data[:-1] if b"!" in data[1:-1] and len(data) > 5 else data)


def test_a_reader_that_loses_bytes_is_found_and_the_input_made_small(readings: Readings) -> None:
    findings = Findings()
    with patch("benchmarks.fuzzing.reading.TelegramReader", Forgetful), Coverage("nowhere") as coverage:
        search = Search(readings, Random(SEED), coverage, findings, minimising=2)
        search.go_on(1)
    assert findings.found
    shortest = min(len(finding.literal) for finding in findings.found.values())
    assert shortest < 60


def test_only_new_branches_are_counted() -> None:
    # Made here: the test plugin hides from the garbage collector what was made before.
    def branching(number: int) -> str:
        return "odd" if number % 2 else "even"

    with Coverage(__file__) as coverage:
        for number, word, reached in ((1, "odd", 1), (3, "odd", 1), (2, "even", 2)):
            assert (branching(number), coverage.reached) == (word, reached)


def test_the_smallest_input_still_fails() -> None:
    found = smallest(
        tuple(range(100)), simpler=shorter, still_fails=lambda parts: {3, 77} <= set(parts), seconds=5
    )
    assert found == (3, 77)


def test_streams_come_in_pieces_that_make_the_whole() -> None:
    stream = Stream(b"abcdef", (1, 1, 4))
    assert stream.pieces == [b"a", b"", b"bcd", b"ef"]
    assert all(len(simple.data) + len(simple.cuts) < 9 for simple in streams.simpler(stream))


@pytest.mark.parametrize(
    ("key", "state", "attributes"),
    [
        ("message", "a\nb", {}),
        ("message", "x" * 256, {}),
        ("message", "x", {"text": ["\u202e"]}),
        ("power", "100001", {"unit_of_measurement": "W"}),
        ("power_import", "-1", {"unit_of_measurement": "kW"}),
        ("voltage_phase", "nan", {"unit_of_measurement": "V", "device_class": "voltage"}),
        ("voltage_phase", "501", {"unit_of_measurement": "V", "device_class": "voltage"}),
        ("peak_probability", "101", {"unit_of_measurement": "%"}),
    ],
)
def test_a_state_that_no_meter_has_is_found(key: str, state: str, attributes: dict[str, object]) -> None:
    # A State refuses more than 255 signs by itself.
    given = State("sensor.x", "", attributes)
    given.state = state
    with pytest.raises(Failure):
        rules.demand_state(key, given)


@pytest.mark.parametrize(
    ("rise", "seconds", "fits"),
    [(0.0, 1, True), (1.6, 1, True), (2.0, 1, False), (-1.0, 10, False), (90.0, 3600, True)],
)
def test_a_register_rises_as_fast_as_a_house_can_draw(rise: float, seconds: int, fits: bool) -> None:  # noqa: FBT001
    registers = rules.Registers()
    for now, value in ((0.0, 100.0), (float(seconds), 100.0 + rise)):
        registers.sent(now, {"energy_import": value})
        if fits or now == 0:
            registers.demand("sensor.x", "energy_import", value, "kWh", now)
        else:
            with pytest.raises(Failure):
                registers.demand("sensor.x", "energy_import", value, "kWh", now)


def test_a_register_may_fall_once_it_has_stood() -> None:
    registers = rules.Registers()
    for now, value in ((0.0, 100.0), (1.0, 5.0), (300.0, 5.0), (601.0, 5.0)):
        registers.sent(now, {"energy_import": value})
    registers.demand("sensor.x", "energy_import", 100.0, "kWh", 0.0)
    registers.demand("sensor.x", "energy_import", 5.0, "kWh", 601.0)
