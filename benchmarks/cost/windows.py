"""Windows of time in which everything is counted, each with as many 5-minute statistics as the other."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import os
import time

from .database import Row, interval_rows, rows, used_bytes
from .homes import Home
from .usage import usage

STATISTICS_SECONDS = 300
# The recorder begins them ten seconds after the five minutes; a hundred meters take a while.
_STATISTICS_DONE = 25
# The recorder commits every five seconds.
_COMMITTED = 8
_HOUR = 3600
_DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class Window:
    """What one Home Assistant did in a window."""

    seconds: float
    meters: int
    cpu: float
    """Seconds, user and system, of all threads."""
    threads: Mapping[str, float]
    written: int
    """Rows of states of the meters."""
    interval_written: int
    """Rows that the update interval alone would have cost."""
    bytes: int
    """By which the pages in use of the whole database grew."""
    resident: float
    """MB at the end."""

    @property
    def telegrams(self) -> float:
        """How many telegrams were sent, one a second by every meter."""
        return self.seconds * self.meters

    def milliseconds_over(self, idle: Window) -> float:
        """Return the CPU over an idle process, ms a telegram."""
        return 1000 * (self.cpu - idle.cpu) / self.telegrams

    def thread_over(self, idle: Window, name: str) -> float:
        """Return the CPU of the threads of a name over that in an idle process, ms a telegram."""
        return 1000 * (self.threads.get(name, 0.0) - idle.threads.get(name, 0.0)) / self.telegrams

    def share_over(self, idle: Window) -> float:
        """Return the CPU over an idle process as a share of one core."""
        return (self.cpu - idle.cpu) / self.seconds

    @property
    def rows_an_hour(self) -> float:
        """Rows of states that a meter costs."""
        return self.written / self.meters / self.seconds * _HOUR

    @property
    def rows_over_interval(self) -> float:
        """How many times the rows that the update interval alone would have cost."""
        return self.written / self.interval_written

    def megabytes_a_day_over(self, idle: Window) -> float:
        """Return the growth of the database that a meter costs, MB a day."""
        return (self.bytes - idle.bytes) / self.meters / self.seconds * _DAY / 1e6


def next_window(now: float) -> float:
    """Return the unix second just after the next 5-minute statistics that begins a window."""
    begun = (now - _STATISTICS_DONE) // STATISTICS_SECONDS + 1
    return begun * STATISTICS_SECONDS + _STATISTICS_DONE


async def wait_for_window() -> None:
    """Wait until the next 5-minute statistics are done."""
    await asyncio.sleep(next_window(time.time()) - time.time())


async def watch(homes: Sequence[Home], seconds: float) -> list[Window]:
    """Count what each of these did in the seconds to come."""
    begin = time.time()
    before = [(usage(home.pid), used_bytes(home.database)) for home in homes]
    await asyncio.sleep(seconds)
    end = time.time()
    after = [(usage(home.pid), used_bytes(home.database)) for home in homes]
    await asyncio.sleep(_COMMITTED)
    windows = []
    for home, (used, size), (used_now, size_now) in zip(homes, before, after, strict=True):
        entities = await home.entities_by_meter()
        meter_of = {each["entity_id"]: entry_id for entry_id, own in entities.items() for each in own}
        written: list[Row] = [row for row in rows(home.database, begin, end) if row[0] in meter_of]
        interval = home.kind.interval if home.kind else 1.0
        windows.append(
            Window(
                seconds=end - begin,
                meters=len(home.meters),
                cpu=used_now.cpu - used.cpu,
                threads={name: cpu - used.threads.get(name, 0.0) for name, cpu in used_now.threads.items()},
                written=len(written),
                interval_written=interval_rows(written, meter_of, interval),
                bytes=size_now - size,
                resident=used_now.resident,
            )
        )
    return windows


def load() -> str:
    """Return how busy the machine is, to judge a figure by."""
    return " ".join(f"{average:.2f}" for average in os.getloadavg())
