"""A day of telegrams through a real Home Assistant, as fast as the link takes them."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
import time

from demo.waiting import until

from .homes import OURS, Home, running
from .meters import street
from .report import columns
from .usage import usage

_SETTLE_SECONDS = 60
# No less than half of the pace that the link allows.
_PER_SECOND = 80
_LOOK = 2.0


async def day(folder: Path, *, telegrams: int) -> AsyncGenerator[str]:
    """Yield the report, piece by piece as it comes about."""
    home, idle = Home(folder / "day", OURS), Home(folder / "idle", None)
    async with street(1, rushing=True) as meters, running([home, idle]):
        yield f"{telegrams} telegrams as fast as the link takes them\n"
        await home.add(meters.ports)
        await asyncio.sleep(_SETTLE_SECONDS)
        begin, before = time.monotonic(), (usage(home.pid), usage(idle.pid))
        read = await _telegrams(home)
        meters.tell(0, f"rush {telegrams}")

        async def taken() -> int | None:
            await asyncio.sleep(_LOOK)
            now = await _telegrams(home)
            return now if now >= read + telegrams else None

        last = await until(
            taken,
            seconds=60 + telegrams / _PER_SECOND,
            otherwise="The link did not take the telegrams in time",
        )
        seconds = time.monotonic() - begin
        after = (usage(home.pid), usage(idle.pid))
        cpu, rest = (now.cpu - then.cpu for now, then in zip(after, before, strict=True))
        count = last - read
        await asyncio.sleep(_SETTLE_SECONDS)
        yield columns(
            "A day at full speed",
            [""],
            [
                ("telegrams", [f"{count}"]),
                ("seconds", [f"{seconds:.0f}"]),
                ("telegrams a second", [f"{count / seconds:.0f}"]),
                ("CPU, s", [f"{cpu:.1f}"]),
                ("CPU of an idle process meanwhile, s", [f"{rest:.1f}"]),
                ("CPU over idle, ms a telegram", [f"{1000 * (cpu - rest) / count:.3f}"]),
                ("resident before, MB", [f"{before[0].resident:.1f}"]),
                ("resident after, MB", [f"{after[0].resident:.1f}"]),
                ("resident a minute later, MB", [f"{usage(home.pid).resident:.1f}"]),
                ("telegrams lost (CRC errors)", [f"{await _telegrams(home, 'crc_errors')}"]),
            ],
        )


async def _telegrams(home: Home, counter: str = "telegrams") -> int:
    """Return what the link of the one meter has counted."""
    (entry_id,) = home.meters.values()
    diagnostics = await home.get(f"/api/diagnostics/config_entry/{entry_id}")
    return int(diagnostics["data"]["link"][counter])
