"""The usual model sends, byte by byte, what it sent before there were others."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from simulator.household import Household
from simulator.meter import Meter

BRUSSELS = ZoneInfo("Europe/Brussels")

# An evening, the end of summer time, the end of a month; ten telegrams from each on.
STARTS = (
    datetime(2025, 11, 12, 18, 7, 33, tzinfo=BRUSSELS),
    datetime(2025, 10, 26, 0, 20, tzinfo=BRUSSELS),
    datetime(2026, 2, 28, 23, 31, 5, tzinfo=BRUSSELS),
)
STEP = timedelta(seconds=347)

# Checksums of the telegrams of the first simulator, by seed, phases and gas.
CHECKSUMS = {
    (1, 3, True): (
        "CC3C 125C C8A2 CE4D DDCE 8CDD 4F36 1A92 F513 AA59",
        "2240 2ABC F6A7 75F9 3DB9 9F2A 0A73 EC66 5B08 A30B",
        "B2CA 3214 BF44 1A5B 9C6B C901 4B62 0EAE 4F13 1CC7",
    ),
    (1, 3, False): (
        "68C1 1DC3 D0C0 8366 C808 D855 FDC2 5DEC EC09 081D",
        "619C 1CC7 ECE9 1A3D 3E9E A66D 7E1E 90AD 16F8 FB3E",
        "7A5E 2387 BAAE B695 C0B5 B540 D337 683B 0204 208F",
    ),
    (2, 1, True): (
        "042D 9117 1546 6712 92AC 703B 5356 20FA 1B04 AD42",
        "4CAE 7063 128C AFE8 5FE2 0300 5091 757F 4281 A241",
        "43BE C3A7 3744 D88B 0299 1107 9E35 815B FD92 8805",
    ),
    (2, 1, False): (
        "A7DC 8604 2544 A2F2 A129 8AA5 D9A8 7861 01D0 CA82",
        "4C5A 4D4B BC24 F257 8FC3 B4A7 D696 6135 0B65 6195",
        "939C F9F9 96DA A939 84D4 2BB6 233F 1C1F EFDB A421",
    ),
}


@pytest.mark.parametrize(("seed", "phases", "gas"), CHECKSUMS)
def test_the_usual_telegrams_are_what_they_were(*, seed: int, phases: int, gas: bool) -> None:
    meter = Meter(Household(seed, phases), gas=gas)
    sent = [[meter.telegram(start + number * STEP)[-6:-2] for number in range(10)] for start in STARTS]
    assert sent == [line.encode().split() for line in CHECKSUMS[seed, phases, gas]]
