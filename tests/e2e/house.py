"""A household: a meter, a Home Assistant that reads it, and a stopwatch."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .expected import CHOSEN, WITH_VALUE
from .home import Home
from .sources import Source
from .timings import Timings

_SETTLE = 60


@dataclass(kw_only=True)
class House:
    """What the tests of one path share."""

    home: Home
    source: Source
    timings: Timings
    submitted: float
    """When the config flow's form was sent (monotonic)."""
    entity_ids: dict[str, str]

    @property
    def with_value(self) -> set[str]:
        """Return the entity ids that show something while the meter sends."""
        return {self.entity_ids[unique_id] for unique_id in WITH_VALUE}

    @property
    def all_shown(self) -> set[str]:
        """Return the entity ids that have a state of the meter's at all."""
        chosen = {self.entity_ids[unique_id] for unique_id in CHOSEN}
        return set(self.entity_ids.values()) & self.home.states_now.now.keys() - chosen

    def note(self, step: str, seconds: float, *, limit: float | None = None) -> None:
        """Write a figure down; beyond its limit is a failure."""
        self.timings.note(self.source.name, step, seconds, limit=limit)

    async def whole(self) -> None:
        """Put right what an earlier test left broken."""
        if not self.source.complete:
            await self.source.start()
        await self.source.tell("fault none")
        if not self.home.running:
            await self.home.start()
        await self.home.states_now.until_there(self.with_value, seconds=_SETTLE)

    async def until_gone(self, *, seconds: float) -> float:
        """Wait until everything is unavailable."""
        return await self.home.states_now.until_gone(self.all_shown, seconds=seconds)

    async def until_there(self, *, seconds: float) -> float:
        """Wait until everything has a value."""
        return await self.home.states_now.until_there(self.with_value, seconds=seconds)

    async def until_reset(self, begin: float, *, seconds: float) -> None:
        """Wait until everything has been unavailable at some time since a moment."""
        ids = self.all_shown

        def gone() -> set[str]:
            changes = self.home.states_now.since(begin, ids)
            return {change.entity_id for change in changes if not change.has_value}

        await self.home.states_now.until(lambda: gone() == ids, seconds=seconds, what="all entities reset")

    def first_states(self) -> tuple[dict[str, str], datetime, float]:
        """Return the first state of every entity by unique id, when they were written, how fast."""
        unique_ids = {entity_id: unique_id for unique_id, entity_id in self.entity_ids.items()}
        states: dict[str, str] = {}
        written: datetime | None = None
        first = float("inf")
        for change in self.home.states_now.since(self.submitted, unique_ids):
            assert change.state is not None
            states.setdefault(unique_ids[change.entity_id], change.state["state"])
            written = written or datetime.fromisoformat(change.state["last_updated"]).astimezone(UTC)
            if change.has_value:
                first = min(first, change.at - self.submitted)
        assert written is not None, "no state came"
        return states, written, first


@asynccontextmanager
async def inhabited(home: Home, source: Source) -> AsyncGenerator[None]:
    """Run a household, without its meter added, and stop all of it."""
    try:
        await source.start()
        await home.start()
        yield
    finally:
        await home.stop()
        await source.close()


@asynccontextmanager
async def open_house(folder: Path, kind: type[Source], timings: Timings) -> AsyncGenerator[House]:
    """Run a household whose meter has been added through the config flow."""
    source, home = kind(folder), Home(folder / "config")
    async with inhabited(home, source):
        submitted, step = await home.submit(source)
        assert step["type"] == "create_entry", step
        house = House(
            home=home,
            source=source,
            timings=timings,
            submitted=submitted,
            entity_ids=await home.entity_ids(),
        )
        await house.until_there(seconds=_SETTLE)
        yield house
    assert not home.complaints, "\n".join(home.complaints)
