"""What happens to a Home Assistant, and what is found afterwards."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
import os
from pathlib import Path
import re
import time
from typing import Any

import pytest

from demo.process import DOMAIN

from ..states import ABSENT
from .dwelling import INTERVAL, Dwelling, Metered, later, next_quarter, quarter_ends_in
from .recorder import integrity, recorded

_TARGET, _SHEDDABLE = 4.5, 3.5
_MINUTE = timedelta(seconds=62)
_AWAY = 15.0
_DISK = "4m"
_WRITE_FAILED = re.compile(rf"Error writing config for {DOMAIN}\.(\S+): (.*)")


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What a Home Assistant that was ended in mid-quarter was, and what it is again."""

    before: dict[str, str]
    after: dict[str, str]
    """States by key, when all were back."""
    back: float
    """Seconds from the first sign of the forecast after the start to its first value."""
    unrecorded: float
    """Seconds before the end whose states the recorder lost."""
    integrity: str
    """What SQLite says of the database."""
    saved: dict[str, Any]
    """What was on the disk before."""
    left: dict[str, Any]
    """What was on the disk while Home Assistant was down."""
    kept: dict[str, Any]
    """What is on the disk at last."""
    learned: list[int]
    """Minutes of the house that are on the disk: before, while it was down, at last."""
    told: list[str]
    """What the quarter's event told after the start."""
    wrong: list[str]
    complaints: list[str]


async def play_ended(folder: Path, *, kill: bool, saved_since: bool = True) -> Ended:
    """End Home Assistant in mid-quarter, and start it again.

    What it knows was saved in that quarter, or last in the one before.
    """
    dwelling = Dwelling(folder)
    try:
        await dwelling.start()
        meter = Metered(clock=quarter_ends_in(30))
        boundary = next_quarter(meter.clock)
        await dwelling.add(meter)
        await dwelling.choose(meter, "peak_target", _TARGET)
        await dwelling.choose(meter, "sheddable_power", _SHEDDABLE)
        await later(meter.clock, boundary + _MINUTE)
        if saved_since:
            # A reload saves everything, as a quarter of an hour would.
            await dwelling.home.reload_entry(meter.entry_id)
            await dwelling.until_there(meter)
        saved, learned = dwelling.remembered(meter), [dwelling.learned(meter)]
        await asyncio.sleep(INTERVAL)
        before = dwelling.shown(meter)
        await (dwelling.kill() if kill else dwelling.stop())
        sane = await asyncio.to_thread(integrity, dwelling.database)
        last = (await asyncio.to_thread(recorded, dwelling.database))[-1].at
        shown = max(change.written.timestamp() for change in dwelling.changes_of(meter) if change.state)
        left = dwelling.remembered(meter)
        learned.append(dwelling.learned(meter))
        await asyncio.sleep(0 if kill else _AWAY)
        begun = datetime.now(UTC)
        await dwelling.start()
        await dwelling.until_there(meter)
        after = dwelling.shown(meter)
        await asyncio.sleep(INTERVAL)
        rows = await asyncio.to_thread(recorded, dwelling.database, since=begun.timestamp())
        forecasts = [row for row in rows if row.entity_id == meter.entity_id("quarter_forecast")]
        events = [
            change.state["attributes"]["event_type"]
            for change in dwelling.changes_of(meter)
            if change.has_value
            and change.state is not None
            and change.entity_id == meter.entity_id("quarter")
            and datetime.fromisoformat(change.state["state"]) > begun
        ]
        await dwelling.stop()
        learned.append(dwelling.learned(meter))
        return Ended(
            before=before,
            after=after,
            back=next(row.at for row in forecasts if row.state not in ABSENT) - forecasts[0].at,
            unrecorded=max(0.0, shown - last),
            integrity=sane,
            saved=saved,
            left=left,
            kept=dwelling.remembered(meter),
            learned=learned,
            told=events,
            wrong=await asyncio.to_thread(dwelling.wrong),
            complaints=dwelling.home.complaints,
        )
    finally:
        await dwelling.close()


@dataclass(frozen=True, kw_only=True)
class Full:
    """What a Home Assistant did whose disk was full."""

    attempts: int
    """How often the integration had to write meanwhile."""
    logged: list[tuple[str, str]]
    """Of which file that was said, and why."""
    secrets: list[str]
    """What must not be in the log and is."""
    left: dict[str, Any]
    """What was on the disk while it was full."""
    target: float
    """What was shown as chosen meanwhile."""
    written: int
    """States of the meter that were written meanwhile."""
    gone: bool
    """Whether any of them was not there."""
    saved: dict[str, Any]
    """What was on the disk after there was room again."""
    wrong: list[str]
    complaints: list[str]


async def play_full(folder: Path) -> Full:
    """Fill the disk up while Home Assistant runs, and make room again."""
    storage = folder / "config" / ".storage"
    storage.mkdir(parents=True)
    if not await _run("mount", "-t", "tmpfs", "-o", f"size={_DISK}", "tmpfs", storage):
        pytest.skip("A small disk cannot be mounted here: it takes root")
    dwelling = Dwelling(folder)
    try:
        await dwelling.start()
        meter = Metered()
        await dwelling.add(meter)
        await dwelling.choose(meter, "peak_target", _TARGET)
        filler = storage / "filler"
        await asyncio.to_thread(_fill, filler)
        begun = time.monotonic()
        for target in (5.0, 5.5):
            await dwelling.choose(meter, "peak_target", target)
        await asyncio.sleep(2 * INTERVAL)
        left = dwelling.remembered(meter)
        changes = dwelling.changes_of(meter, since=begun)
        target = float(dwelling.shown(meter)["peak_target"])
        filler.unlink()
        await dwelling.choose(meter, "peak_target", 6.0)
        saved = dwelling.remembered(meter)
        log = dwelling.home.log.read_text(errors="replace")
        await dwelling.stop()
        return Full(
            attempts=2,
            logged=_WRITE_FAILED.findall(log),
            secrets=[secret for secret in meter.serials if secret in log],
            left=left,
            target=target,
            written=len(changes),
            gone=any(change.state is None or change.state["state"] == "unavailable" for change in changes),
            saved=saved,
            wrong=await asyncio.to_thread(dwelling.wrong),
            complaints=dwelling.home.complaints,
        )
    finally:
        await dwelling.close()
        assert await _run("umount", storage)


@dataclass(frozen=True, kw_only=True)
class Clocks:
    """What was told of the quarters of meters whose clock is not the computer's."""

    ends: list[tuple[datetime, datetime]]
    """When each meter's quarter was told to end, and when it did by its clock."""
    late: list[float]
    """Seconds by each meter's clock until that was told."""
    demands: list[tuple[float, float]]
    """What each quarter was told to have taken, and what it took, kW."""
    wrong: list[str]
    complaints: list[str]


async def play_clocks(folder: Path) -> Clocks:
    """Live across a boundary with a meter an hour ahead and one an hour behind."""
    dwelling = Dwelling(folder)
    try:
        await dwelling.start()
        for number, hours in enumerate((1, -1), 1):
            # The first has to wait until the second is there.
            await dwelling.add(Metered(number, clock=quarter_ends_in(60 - 20 * number, hours=hours)))
        boundaries = [next_quarter(meter.clock) for meter in dwelling.meters]
        for meter, boundary in zip(dwelling.meters, boundaries, strict=True):
            await later(meter.clock, boundary)
        await asyncio.sleep(INTERVAL)
        told = [_completed(dwelling, meter) for meter in dwelling.meters]
        await dwelling.stop()
        pairs = list(zip(dwelling.meters, boundaries, told, strict=True))
        return Clocks(
            ends=[
                (datetime.fromisoformat(state["attributes"]["end"]), boundary) for _, boundary, state in pairs
            ],
            late=[
                (meter.shows(datetime.fromisoformat(state["state"])) - boundary).total_seconds()
                for meter, boundary, state in pairs
            ],
            demands=[
                (state["attributes"]["demand"], meter.took_before(boundary))
                for meter, boundary, state in pairs
            ],
            wrong=await asyncio.to_thread(dwelling.wrong),
            complaints=dwelling.home.complaints,
        )
    finally:
        await dwelling.close()


@dataclass(frozen=True, kw_only=True)
class Late:
    """What a Home Assistant did that was up before one of two gateways."""

    waiting: str
    """The state of the entry of the gateway that was not there."""
    back: list[float]
    """Seconds until its meter was shown: when it came up, and after it went once more."""
    gone: float
    """Seconds until its meter was unavailable."""
    disturbed: list[str]
    """States of the other meter that were not there meanwhile."""
    pause: float
    """The longest time, in seconds, in which nothing of the other meter was written."""
    wrong: list[str]
    complaints: list[str]


async def play_late(folder: Path) -> Late:
    """Start Home Assistant before the gateway of one of two meters, which goes once more later."""
    dwelling = Dwelling(folder)
    try:
        await dwelling.start()
        steady, failing = Metered(1), Metered(2)
        for meter in (steady, failing):
            await dwelling.add(meter)
        await dwelling.stop()
        await failing.close()
        await dwelling.start()
        await dwelling.until_there(steady)
        begun = time.monotonic()
        await asyncio.sleep(2 * INTERVAL)
        entries = {entry["entry_id"]: entry["state"] for entry in await dwelling.home.entries(DOMAIN)}
        await failing.open()
        back = [await dwelling.until_there(failing)]
        await asyncio.sleep(INTERVAL)
        await failing.close()
        gone = await dwelling.until(lambda: dwelling.is_gone(failing), what="unavailable")
        await asyncio.sleep(INTERVAL)
        await failing.open()
        back.append(await dwelling.until_there(failing))
        await asyncio.sleep(INTERVAL)
        changes = dwelling.changes_of(steady, since=begun)
        times = [begun, *(change.at for change in changes), time.monotonic()]
        await dwelling.stop()
        return Late(
            waiting=entries[failing.entry_id],
            back=back,
            gone=gone,
            disturbed=[
                change.entity_id
                for change in changes
                if change.state is None or change.state["state"] == "unavailable"
            ],
            pause=max(after - before for before, after in pairwise(times)),
            wrong=await asyncio.to_thread(dwelling.wrong),
            complaints=dwelling.home.complaints,
        )
    finally:
        await dwelling.close()


def _fill(file: Path) -> None:
    """Leave no room for a file."""
    with file.open("wb", buffering=0) as filler:
        size = 65_536
        while size:
            try:
                filler.write(b"0" * size)
            except OSError:
                size //= 2


def _completed(dwelling: Dwelling, meter: Metered) -> dict[str, Any]:
    """Return the state that told of the only quarter that was completed."""
    told = {
        change.state["state"]: change.state
        for change in dwelling.changes_of(meter)
        if change.state is not None
        and change.state["state"] not in ABSENT
        and change.state["attributes"].get("event_type") == "quarter_completed"
    }
    (state,) = told.values()
    return state


async def _run(*command: str | Path) -> bool:
    if os.geteuid():
        return False
    process = await asyncio.create_subprocess_exec(*command)
    return await process.wait() == 0
