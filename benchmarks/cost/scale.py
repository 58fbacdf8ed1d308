"""One, ten and a hundred meters of ours, side by side, and an idle Home Assistant beside them."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

from .homes import OURS, Home, running
from .meters import street
from .report import Figure, table
from .windows import Window, load, wait_for_window, watch

COUNTS = (1, 10, 100)
CORE_SHARE = 0.12
"""Of one core, for the most meters."""


async def scale(folder: Path, *, minutes: float, rounds: int) -> AsyncGenerator[str]:
    """Yield the report, piece by piece as it comes about."""
    homes = [Home(folder / str(count), OURS, title=f"{count} meters") for count in COUNTS]
    idle = Home(folder / "idle", None)
    done: list[list[Window]] = []
    async with street(max(COUNTS)) as meters, running([*homes, idle]):
        yield f"{COUNTS} meters, {rounds} windows of {minutes:g} minutes, side by side\n"
        await asyncio.gather(
            *(home.add(meters.ports[:count]) for home, count in zip(homes, COUNTS, strict=True))
        )
        for _ in range(rounds):
            await wait_for_window()
            done.append(await watch([*homes, idle], 60 * minutes))
            yield f"round {len(done)}: load of the machine {load()}"
    yield report(done)


def report(done: list[list[Window]]) -> str:
    """Return every figure of every round; the idle window is the last of each."""
    tables = []
    for title, digits, value in (
        ("Share of a core, over idle", 4, Window.share_over),
        ("CPU over idle, ms a telegram", 3, Window.milliseconds_over),
        ("Memory, resident, MB", 1, lambda window, _: window.resident),
    ):
        figures = [
            Figure(
                title=f"{count} meters",
                values=[value(windows[place], windows[-1]) for windows in done],
                digits=digits,
                target=CORE_SHARE if value is Window.share_over and count == max(COUNTS) else None,
            )
            for place, count in enumerate(COUNTS)
        ]
        tables.append(table(title, figures))
    return "\n".join(tables)
