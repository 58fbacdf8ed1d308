"""What the tracker costs beside dsmr-parser, which takes turns with it: a slow moment hits both."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from time import perf_counter
from typing import Any

from custom_components.emucs_p1.p1 import Telegram
from custom_components.emucs_p1.peak import QuarterState, QuarterTracker
from simulator.crc import crc16
from simulator.household import Household
from simulator.meter import Meter

try:
    from dsmr_parser import telegram_specifications
    from dsmr_parser.parsers import TelegramParser
except ImportError:  # pragma: no cover
    TelegramParser = None

_START = datetime(2026, 3, 3, 17, 30, tzinfo=UTC)
_HISTORY = b"0-0:98.1.0"
# The parser's turn comes once in so many observations.
_TURN = 1000


@dataclass
class Clock:
    """Seconds that observing took, and that dsmr-parser took for some telegrams, by their title."""

    telegrams: Mapping[str, str]
    observed: list[float] = field(default_factory=lambda: [0.0, 0.0])
    """Within minutes, and at their ends: there the forecast is made anew."""
    count: list[int] = field(default_factory=lambda: [0, 0])
    parsed: dict[str, float] = field(default_factory=dict)
    turns: int = 0

    def observe(
        self, follower: QuarterTracker, telegram: Telegram, *, minute_ends: bool
    ) -> QuarterState | None:
        """Let a tracker observe a telegram, and time it."""
        begin = perf_counter()
        state = follower.observe(telegram)
        self.observed[minute_ends] += perf_counter() - begin
        self.count[minute_ends] += 1
        if sum(self.count) % _TURN == 0:
            self._parse()
        return state

    def _parse(self) -> None:
        self.turns += 1
        for title, text in self.telegrams.items():
            begin = perf_counter()
            _parser().parse(text)
            self.parsed[title] = self.parsed.get(title, 0.0) + perf_counter() - begin


def microseconds(clocks: Iterable[Clock]) -> dict[str, dict[str, float]]:
    """Return what observing a telegram cost on average, by circumstance, and parsing one, by title; µs."""
    every = list(clocks)
    within, end = (
        1e6 * sum(clock.observed[at] for clock in every) / max(sum(clock.count[at] for clock in every), 1)
        for at in (False, True)
    )
    parsed, turns = Counter[str](), sum(clock.turns for clock in every)
    for clock in every:
        parsed.update(clock.parsed)
    return {
        "observe": {
            "within a minute": within,
            "at a minute's end": end,
            "mean, a telegram every second": (59 * within + end) / 60,
            "mean, a telegram every 10 s": (5 * within + end) / 6,
        },
        "parse": {title: 1e6 * took / turns for title, took in parsed.items()},
    }


def telegrams() -> dict[str, str]:
    """Return two telegrams of a simulated household by their titles; none where dsmr-parser is missing."""
    if TelegramParser is None:
        return {}
    lines = Meter(Household(seed=1)).telegram(_START).split(b"\r\n")[:-2]
    return {
        "13 months of history": _closed(lines),
        "no history": _closed([line for line in lines if not line.startswith(_HISTORY)]),
    }


def _closed(lines: list[bytes]) -> str:
    """Return a telegram of these lines, with its checksum."""
    body = b"\r\n".join((*lines, b"!"))
    return (body + b"%04X\r\n" % crc16(body)).decode("ascii")


@cache
def _parser() -> Any:
    return TelegramParser(telegram_specifications.BELGIUM_FLUVIUS, apply_checksum_validation=True)
