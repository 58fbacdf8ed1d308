"""The household of the demo: thirteen months of life, and an Energy dashboard that shows them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from demo.history import import_history, load_hours
from demo.meter import add_meter, find_meter

from .home import Home
from .house import inhabited
from .sources import INSTALLED, SEED, Network


@asynccontextmanager
async def open_furnished(
    folder: Path, *, source: Network | None = None, language: str = "en"
) -> AsyncGenerator[Home]:
    """Do what scripts/develop does."""
    source, home = source or Network(folder), Home(folder / "config", language=language)
    now = datetime.now(UTC)
    past = await asyncio.to_thread(load_hours, SEED, now, installed=INSTALLED)
    async with inhabited(home, source):
        await add_meter(home, source.address)
        meter = await find_meter(home)
        await import_history(home, meter, past, started=now)
        await home.save_energy_sources(meter.energy_sources())
        yield home
    assert not home.complaints, "\n".join(home.complaints)
