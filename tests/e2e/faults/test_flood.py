"""A stranger on a meter's port who sends as fast as he can, beside an honest meter."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from itertools import pairwise
import os
from pathlib import Path
import statistics
import sys
import time
from typing import Any

import pytest

from demo.process import HOST, free_port

from ..child import Child
from ..expected import truth
from .dwelling import Dwelling, Metered
from .recorder import recorded

_CALM = 20.0
_FLOOD = 60.0
_ENDLESS = 20.0
_RECONNECT = 2.0
_COMMITTED = 2.0
_BETWEEN_PINGS = 0.05
_INTERVAL = 10.0
_SERIAL = "1SAG3299999999"
_TICKS = os.sysconf("SC_CLK_TCK")

# Seconds; of these the first is of 95 of 100 round trips.
MOST_LAGS = (0.1, 0.5)
MOST_GROWTH = 20.0
"""MB in a minute."""
MOST_ROWS = 1.5
"""Times what the update interval allows."""
PAUSE = 12.0


@dataclass(kw_only=True)
class Spell:
    """What was measured of Home Assistant for a while."""

    seconds: float = 0.0
    pings: list[float] = field(default_factory=list)
    """Seconds."""
    cpu: float = 0.0
    """Of one core."""
    grown: float = 0.0
    """Memory, MB."""
    sent: int = 0
    """Telegrams, or bytes, that the stranger got rid of."""
    rows: int = 0
    """States of the stranger's that the database got."""
    paced: int = 0
    """The most that the update interval would have written of as many entities."""
    pause: float = 0.0
    """The longest time, in seconds, in which nothing of the honest meter was written."""

    @property
    def lags(self) -> tuple[float, float, float]:
        """Return the median, the 95th of 100, and the longest of the round trips, seconds."""
        parts = statistics.quantiles(self.pings, n=20)
        return statistics.median(self.pings), parts[-1], max(self.pings)

    def __str__(self) -> str:
        median, most, longest = (1000 * lag for lag in self.lags)
        return (
            f"round trip {median:.1f} ms, 95 % {most:.1f} ms, longest {longest:.1f} ms; "
            f"CPU {100 * self.cpu:.1f} %; memory {self.grown:+.1f} MB; "
            f"{self.rows} rows, {self.paced} would be paced; taken {self.sent / self.seconds:.0f} a second; "
            f"longest pause of the honest meter {self.pause:.1f} s"
        )


@dataclass(kw_only=True)
class Flooded:
    """What a stranger could do."""

    calm: Spell
    flood: Spell
    endless: Spell
    wrong: list[str]
    """Of the honest meter."""
    complaints: list[str]


class Figures:
    """What was measured, at the end of the run."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print it."""
        terminalreporter.section("flood")
        for line in self.lines:
            terminalreporter.write_line(line)


@pytest.fixture(scope="module")
def figures(pytestconfig: pytest.Config) -> list[str]:
    figures = Figures()
    pytestconfig.pluginmanager.register(figures)
    return figures.lines


@pytest.fixture(scope="module")
async def flooded(folder: Path, figures: list[str]) -> AsyncGenerator[Flooded]:
    await asyncio.to_thread(truth)
    place = folder / "flood"
    place.mkdir()
    dwelling, port = Dwelling(place), free_port()
    stranger = Child(
        sys.executable,
        "-m",
        "tests.e2e.faults.stranger",
        str(port),
        _SERIAL,
        log=place / "stranger.log",
    )
    try:
        printed = await stranger.start()
        await dwelling.start()
        honest = Metered()
        await dwelling.add(honest)
        assert (await printed.readline()).strip() == b"ready"
        _, ids = await dwelling.take(_SERIAL, {"host": HOST, "port": port})
        spells = {}
        for mode, seconds in (("calm", _CALM), ("flood", _FLOOD), ("endless", _ENDLESS)):
            await stranger.tell(mode)
            await printed.readline()
            # It has hung up.
            await asyncio.sleep(_RECONNECT)
            spell = await _measure(dwelling, honest, {*ids.values()}, seconds)
            await stranger.tell("calm")
            spell.sent = int(await printed.readline())
            spells[mode] = spell
            figures.append(f"{mode:<8} {spell}")
        await dwelling.stop()
        wrong = await asyncio.to_thread(dwelling.wrong)
        yield Flooded(**spells, wrong=wrong, complaints=dwelling.home.complaints)
    finally:
        await dwelling.close()
        await stranger.kill()


async def _measure(dwelling: Dwelling, honest: Metered, ids: set[str], seconds: float) -> Spell:
    spell, pid = Spell(), dwelling.home.process.pid
    assert pid is not None
    began, begun = time.time(), time.monotonic()
    cpu, memory = _cpu(pid), _memory(pid)
    while time.monotonic() - begun < seconds:
        asked = time.monotonic()
        # The least that it answers to.
        await dwelling.home.ws("supported_features", features={})
        spell.pings.append(time.monotonic() - asked)
        await asyncio.sleep(_BETWEEN_PINGS)
    spell.seconds = time.monotonic() - begun
    spell.cpu, spell.grown = (_cpu(pid) - cpu) / spell.seconds, _memory(pid) - memory
    ended = time.time()
    times = [begun, *(change.at for change in dwelling.changes_of(honest, since=begun)), time.monotonic()]
    spell.pause = max(after - before for before, after in pairwise(times))
    await asyncio.sleep(_COMMITTED)
    rows = [
        row.entity_id
        for row in await asyncio.to_thread(recorded, dwelling.database, since=began)
        if row.entity_id in ids and row.at <= ended
    ]
    spell.rows, spell.paced = len(rows), round(len(set(rows)) * (spell.seconds / _INTERVAL + 1))
    return spell


def _cpu(pid: int) -> float:
    """Return the seconds of a core that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory(pid: int) -> float:
    """Return the resident memory of a process, MB."""
    lines: dict[str, Any] = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    )
    return int(lines["VmRSS"].split()[0]) / 1024


@pytest.mark.thorough
class TestFlood:
    """A thousand telegrams a second."""

    def test_home_assistant_stays_responsive(self, flooded: Flooded) -> None:
        _, most, longest = flooded.flood.lags
        assert most < MOST_LAGS[0]
        assert longest < MOST_LAGS[1]

    def test_database_gets_what_the_update_interval_allows(self, flooded: Flooded) -> None:
        assert flooded.flood.rows <= MOST_ROWS * flooded.flood.paced

    def test_memory_does_not_grow(self, flooded: Flooded) -> None:
        assert flooded.flood.grown < MOST_GROWTH

    def test_honest_meter_is_shown_in_time(self, flooded: Flooded) -> None:
        assert flooded.flood.pause < PAUSE

    def test_honest_meter_is_shown_right(self, flooded: Flooded) -> None:
        assert flooded.wrong == []

    def test_log_is_not_flooded(self, flooded: Flooded) -> None:
        assert flooded.complaints == []


@pytest.mark.thorough
class TestEndlessLine:
    """Twenty megabytes a second, and no end of the line."""

    def test_memory_does_not_grow(self, flooded: Flooded) -> None:
        assert flooded.endless.grown < MOST_GROWTH

    def test_home_assistant_stays_responsive(self, flooded: Flooded) -> None:
        assert flooded.endless.lags[2] < MOST_LAGS[1]

    def test_honest_meter_is_shown_in_time(self, flooded: Flooded) -> None:
        assert flooded.endless.pause < PAUSE
