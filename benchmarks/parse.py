"""How fast telegrams are read, beside dsmr-parser 1.11 on the same telegrams in the same run.

Shows, for 600 consecutive seconds of a busy simulated household with and without 13 months of
history, every live line of which changes every second: microseconds a telegram of dsmr-parser
(checksum on), of `parse_telegram` and of `TelegramReader.feed`, and the ratios theirs / ours. The
parsers take turns, round by round, so that a slow moment of the machine hits them all; each figure
is the median of its rounds. Also: 10 MB of noise with `/` and `!` in it through the reader, and the
library's checksum beside a Python loop.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
import random
import re
from statistics import median
import sys
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dsmr_parser import telegram_specifications
from dsmr_parser.parsers import TelegramParser

from custom_components.emucs_p1.p1 import TelegramReader, parse_telegram
from custom_components.emucs_p1.p1.crc import crc16
from simulator.crc import crc16 as crc16_loop
from simulator.household import Household
from simulator.meter import Meter

ROUNDS = 7
SECONDS = 600
START = datetime(2026, 3, 3, 17, 30, tzinfo=UTC)
# Powers, voltages and currents, from the digit before the point.
LIVE = re.compile(rb"^(1-0:\d\d?\.7\.0\(\d+)\d\.(\d+)")
NOISE_BYTES = 10_000_000
NOISE_PIECE = 4096

type Work = Callable[[], object]


def telegrams(*, history: bool) -> list[bytes]:
    """Return a telegram for each second of ten minutes in which everything changes every second."""
    meter, chance = Meter(Household(seed=1)), random.Random(1)

    def altered(found: re.Match[bytes]) -> bytes:
        digits = len(found[2])
        return b"%s%d.%0*d" % (found[1], chance.randrange(10), digits, chance.randrange(10**digits))

    frames = []
    for second in range(SECONDS):
        lines = meter.telegram(START + timedelta(seconds=second)).split(b"\r\n")[:-2]
        kept = [LIVE.sub(altered, line) for line in lines if history or not line.startswith(b"0-0:98.1.0")]
        body = b"\r\n".join((*kept, b"!"))
        frames.append(body + b"%04X\r\n" % crc16_loop(body))
    return frames


def changing_lines(frames: list[bytes]) -> float:
    """Return how many lines differ from one telegram to the next, on average."""
    lines = [set(frame.split(b"\r\n")[:-2]) for frame in frames]
    return sum(len(after - before) for before, after in pairwise(lines)) / (len(lines) - 1)


def seconds_of(work: Work) -> float:
    """Return the seconds that some work takes."""
    begin = perf_counter()
    work()
    return perf_counter() - begin


def medians(*works: Work) -> list[float]:
    """Return the median seconds of each of the works, which take turns."""
    times = [[seconds_of(work) for work in works] for _ in range(ROUNDS)]
    return [median(column) for column in zip(*times, strict=True)]


def compare(title: str, frames: list[bytes]) -> None:
    """Print one row: dsmr-parser and ours on these telegrams."""
    theirs = TelegramParser(telegram_specifications.BELGIUM_FLUVIUS, apply_checksum_validation=True)
    texts = [frame.decode("ascii") for frame in frames]
    for text, frame in zip(texts, frames, strict=True):
        # Both do the whole work, or the comparison is none.
        if float(theirs.parse(text).CURRENT_ELECTRICITY_USAGE.value) != parse_telegram(frame).power_import:
            raise RuntimeError("the two disagree")

    def feed() -> None:
        reader = TelegramReader()
        if sum(len(reader.feed(frame)) for frame in frames) != len(frames):
            raise RuntimeError("the reader lost a telegram")

    times = medians(
        lambda: [theirs.parse(text) for text in texts],
        lambda: [parse_telegram(frame) for frame in frames],
        feed,
    )
    other, ours, fed = (1e6 * time / len(frames) for time in times)
    size = sum(map(len, frames)) / len(frames)
    print(
        f"{title:<16}{size:>6.0f}{changing_lines(frames):>10.1f}{other:>13.1f}{ours:>8.1f}{fed:>8.1f}"
        f"{other / ours:>9.1f} x{other / fed:>7.1f} x"
    )


def noise() -> list[bytes]:
    """Return 10 MB of random bytes in which many lines begin or end like a telegram."""
    chance = random.Random(1)
    block = bytearray(chance.randbytes(1_000_000))
    for _ in range(20_000):
        at = chance.randrange(len(block) - 10)
        block[at : at + 2] = chance.choice((b"\n/", b"\n!", b"/F", b"! "))
    data = bytes(block) * (NOISE_BYTES // len(block))
    return [data[at : at + NOISE_PIECE] for at in range(0, len(data), NOISE_PIECE)]


def main() -> None:
    """Print the figures."""
    print(
        f"{SECONDS} telegrams, medians of {ROUNDS} alternating rounds, µs a telegram, ratio theirs / ours\n"
    )
    print(
        f"{'':<16}{'bytes':>6}{'changing':>10}{'dsmr-parser':>13}{'parse':>8}{'feed':>8}{'parse':>11}{'feed':>9}"
    )
    compare("with history", frames := telegrams(history=True))
    compare("without history", telegrams(history=False))

    pieces, reader = noise(), TelegramReader()
    took = seconds_of(lambda: [reader.feed(piece) for piece in pieces])
    print(f"\n10 MB of noise in 4 kB pieces: {took:.2f} s, {reader.stats.crc_errors} false ends")

    bodies = [frame[:-6] for frame in frames]
    times = medians(lambda: list(map(crc16, bodies)), lambda: list(map(crc16_loop, bodies)))
    library, loop = (1e6 * time / SECONDS for time in times)
    print(f"checksum: anycrc {library:.2f} µs, Python loop {loop:.1f} µs a telegram")


if __name__ == "__main__":
    main()
