"""Follow every state of a running Home Assistant as it changes."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
import time
from typing import Any

from demo.home_assistant import HomeAssistant

ABSENT = ("unavailable", "unknown")


@dataclass(frozen=True, slots=True)
class Change:
    """A state that was written, and when we heard of it (monotonic)."""

    at: float
    entity_id: str
    state: dict[str, Any] | None

    @property
    def has_value(self) -> bool:
        return self.state is not None and self.state["state"] not in ABSENT

    @property
    def written(self) -> datetime:
        """When it was written, by the computer's clock."""
        assert self.state is not None
        return datetime.fromisoformat(self.state["last_updated"]).astimezone(UTC)


class States:
    """The states of now and every change since we began to look."""

    def __init__(self) -> None:
        self.now: dict[str, str] = {}
        self.changes: list[Change] = []
        self._news = asyncio.Event()
        self._stack = AsyncExitStack()
        self._follower: asyncio.Task[None] | None = None

    async def open(self, ha: HomeAssistant) -> None:
        """Begin to follow."""
        events = await self._stack.enter_async_context(ha.subscribe(event_type="state_changed"))
        self.now = {entity_id: state["state"] for entity_id, state in (await ha.states()).items()}
        self._follower = asyncio.create_task(self._follow(events))

    async def close(self) -> None:
        """Look no more."""
        if self._follower is not None:
            self._follower.cancel()
        await self._stack.aclose()

    async def until(self, true: Callable[[], bool], *, seconds: float, what: str) -> float:
        """Wait for something to become true of the states; return the seconds that it took."""
        begin = time.monotonic()
        try:
            async with asyncio.timeout(seconds):
                while not true():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"Not within {seconds:.0f} s: {what}") from None
        return time.monotonic() - begin

    async def until_gone(self, entity_ids: Iterable[str], *, seconds: float) -> float:
        """Wait until all are unavailable."""
        ids = set(entity_ids)
        return await self.until(
            lambda: all(self.now.get(entity_id) == "unavailable" for entity_id in ids),
            seconds=seconds,
            what="all entities unavailable",
        )

    async def until_there(self, entity_ids: Iterable[str], *, seconds: float) -> float:
        """Wait until all have a value."""
        ids = set(entity_ids)
        return await self.until(
            lambda: all(self.now.get(entity_id, "unknown") not in ABSENT for entity_id in ids),
            seconds=seconds,
            what="all entities have a value",
        )

    def since(self, begin: float, entity_ids: Iterable[str]) -> list[Change]:
        """Return the changes of some entities since a moment."""
        ids = set(entity_ids)
        return [change for change in self.changes if change.at >= begin and change.entity_id in ids]

    async def _follow(self, events: asyncio.Queue[Any]) -> None:
        while True:
            try:
                event = await events.get()
            except asyncio.QueueShutDown:
                return
            data = event["data"]
            entity_id, state = data["entity_id"], data["new_state"]
            self.changes.append(Change(time.monotonic(), entity_id, state))
            if state is None:
                self.now.pop(entity_id, None)
            else:
                self.now[entity_id] = state["state"]
            self._news.set()
