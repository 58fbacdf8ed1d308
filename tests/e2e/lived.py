"""A household that lives through the boundary of two quarters, at real speed, by a script."""

import asyncio
from datetime import UTC, datetime
import json
from pathlib import Path
from typing import Any

from demo.process import DOMAIN, REPOSITORY
from demo.waiting import until

from .boundary import Boundary
from .expected import ELECTRICITY
from .home import Home
from .relay import Relayed
from .states import ABSENT, Change
from .timings import Timings

_SETTLE = 60
_BLUEPRINT = "emucs_p1/tell_me.yaml"
_AUTOMATION = "tell_me"
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class LivedThrough:
    """What the tests of one boundary share; all times are seconds after it, by the meter's clock."""

    def __init__(self, folder: Path, boundary: Boundary, timings: Timings) -> None:
        self.boundary = boundary
        self.timings = timings
        self.home = Home(folder / "config")
        self.source = Relayed(folder, life=boundary.life)
        self.entity_ids: dict[str, str] = {}
        """By key."""
        self.device_id = self.entry_id = ""

    async def open(self) -> None:
        """Add the meter and the automation "tell me", once Home Assistant runs."""
        _, _ = await asyncio.gather(self.home.start(), asyncio.to_thread(lambda: self.boundary.truth))
        await self.home.ws(
            "blueprint/save",
            domain="automation",
            path=_BLUEPRINT,
            yaml=(REPOSITORY / "blueprints" / "automation" / _BLUEPRINT).read_text(),
        )
        await self.source.start()
        for line in self.boundary.lines:
            await self.source.tell(line)
        _, step = await self.home.submit(self.source)
        assert step["type"] == "create_entry", step
        self.entry_id = (await self.home.entry())["entry_id"]
        entities = [
            entity
            for entity in await self.home.entities(DOMAIN)
            if entity["unique_id"].startswith(f"{ELECTRICITY}_")
        ]
        self.entity_ids = {
            entity["unique_id"].removeprefix(f"{ELECTRICITY}_"): entity["entity_id"] for entity in entities
        }
        (self.device_id,) = {entity["device_id"] for entity in entities}
        await self.home.post(
            f"/api/config/automation/config/{_AUTOMATION}",
            {
                "alias": "Tell me",
                "use_blueprint": {"path": _BLUEPRINT, "input": {"meter": self.device_id}},
            },
        )

    async def close(self) -> None:
        await self.home.stop()
        await self.source.close()

    def note(self, step: str, seconds: float, *, limit: float | None = None) -> None:
        """Write a figure down; beyond its limit is a failure."""
        self.timings.note(self.boundary.name, step, seconds, limit=limit)

    def after(self, moment: datetime) -> float:
        """Return when something happened at a moment of the computer's clock."""
        return self.boundary.after(moment - self.source.behind)

    @property
    def now(self) -> float:
        return self.after(datetime.now(UTC))

    async def until(self, after: float) -> None:
        """Wait for a time."""
        await asyncio.sleep(after - self.now)

    async def settled(self) -> None:
        """Wait until the update interval has shown everything of now."""
        # It rises with every telegram.
        written = len(self.changes("quarter_demand"))
        await self.home.states_now.until(
            lambda: len(self.changes("quarter_demand")) > written,
            seconds=_SETTLE,
            what="the demand is written",
        )

    async def enable(self, *keys: str) -> None:
        """Enable entities; Home Assistant reloads the meter for it half a minute later."""
        for key in keys:
            entity_id = self.entity_ids[key]
            await self.home.ws("config/entity_registry/update", entity_id=entity_id, disabled_by=None)

    async def choose(self, key: str, value: float) -> None:
        """Set a number."""
        await self.home.ws(
            "call_service",
            domain="number",
            service="set_value",
            service_data={"value": value},
            target={"entity_id": self.entity_ids[key]},
        )

    async def until_shown(self, *keys: str, latest: float) -> None:
        """Wait until entities have values."""
        ids = [self.entity_ids[key] for key in keys]
        await self.home.states_now.until_there(ids, seconds=latest - self.now)

    async def until_on(self, alarm: str, *, latest: float) -> None:
        """Wait for an alarm."""
        await self.home.states_now.until(
            lambda: self.shown(alarm) == "on", seconds=latest - self.now, what=f"{alarm} on"
        )

    @property
    def shown_keys(self) -> set[str]:
        """Return the keys of the entities that have a state."""
        return {key for key, entity_id in self.entity_ids.items() if entity_id in self.home.states_now.now}

    def shown(self, key: str) -> str:
        """Return the state of an entity."""
        return self.home.states_now.now[self.entity_ids[key]]

    def number(self, key: str) -> float:
        return float(self.shown(key))

    def changes(self, key: str) -> list[tuple[float, dict[str, Any]]]:
        """Return when an entity was written, and how, since Home Assistant started."""
        changes: list[Change] = self.home.states_now.since(0, [self.entity_ids[key]])
        return [
            (self.after(datetime.fromisoformat(change.state["last_updated"])), change.state)
            for change in changes
            if change.state is not None
        ]

    def first_shown(self, key: str) -> float:
        """Return when an entity had its first value since Home Assistant started."""
        return next(after for after, state in self.changes(key) if state["state"] not in ABSENT)

    def events(self, kind: str) -> list[tuple[float, dict[str, Any]]]:
        """Return when something happened to the quarter, with its figures."""
        events: dict[str, tuple[float, dict[str, Any]]] = {}
        for after, state in self.changes("quarter"):
            if state["attributes"].get("event_type") == kind:
                # Its state is the time of the event: shown again after a silence, it is the same one.
                events.setdefault(state["state"], (after, state["attributes"]))
        return [*events.values()]

    async def event(self, kind: str, *, latest: float) -> tuple[float, dict[str, Any]]:
        """Wait for the only event of a kind."""
        await self.home.states_now.until(
            lambda: bool(self.events(kind)), seconds=max(latest - self.now, 1), what=f"event {kind}"
        )
        (event,) = self.events(kind)
        return event

    def switched_on(self, key: str) -> list[float]:
        """Return when an alarm went on."""
        return self._turned(key, "on")

    def switched_off(self, key: str) -> list[float]:
        """Return when an alarm went off."""
        return self._turned(key, "off")

    def _turned(self, key: str, into: str) -> list[float]:
        turned, before = [], None
        for after, state in self.changes(key):
            if state["state"] == into and before not in (None, into, *ABSENT):
                turned.append(after)
            before = state["state"]
        return turned

    async def notifications(self) -> list[dict[str, Any]]:
        """Return the notifications that stand in Home Assistant."""
        notifications: list[dict[str, Any]] = await self.home.ws("persistent_notification/get")
        return notifications

    async def tellings(self) -> list[float]:
        """Return when "tell me" told something in the new quarter, before a restart too."""
        traces = await self.home.ws("trace/list", domain="automation", item_id=_AUTOMATION)
        starts = [
            self.after(datetime.fromisoformat(trace["timestamp"]["start"]))
            for trace in traces
            if trace["script_execution"] == "finished"
        ]
        return [start for start in starts if start > 0]

    async def peak_history(self) -> dict[str, Any]:
        """Return what the action returns."""
        answer = await self.home.ws(
            "call_service",
            domain=DOMAIN,
            service="get_peak_history",
            service_data={"config_entry_id": self.entry_id},
            return_response=True,
        )
        history: dict[str, Any] = answer["response"]
        return history

    async def history(self, key: str, *, since: datetime) -> list[tuple[datetime, str]]:
        """Return the states that the recorder has of an entity, with the time of each."""
        entity_id = self.entity_ids[key]
        found = await self.home.get(
            f"/api/history/period/{since.isoformat()}"
            f"?filter_entity_id={entity_id}&no_attributes&skip_initial_state"
        )
        return [(datetime.fromisoformat(row["last_updated"]), row["state"]) for rows in found for row in rows]

    async def month_rows(self) -> list[tuple[datetime, float]]:
        """Return the month peaks that the recorder keeps for ever, with the hour of each."""
        statistic = f"{DOMAIN}:{ELECTRICITY.lower()}_month_peak"
        found = await self.home.statistics([statistic], start=_LONG_AGO, period="hour", types=["mean"])
        return [
            (datetime.fromtimestamp(row["start"] / 1000, UTC), row["mean"])
            for row in found.get(statistic, [])
        ]

    async def first_recorded(self, key: str, *, since: datetime) -> datetime:
        """Return when an entity had a value again, as the recorder has it."""

        async def find() -> datetime | None:
            rows = await self.history(key, since=since)
            return next((at for at, state in rows if state not in ABSENT), None)

        return await until(find, seconds=_SETTLE, otherwise=f"The recorder has no {key}")

    def learned(self) -> dict[str, Any]:
        """Return what was learned of the house, as it lies on the disk."""
        file = self.home.process.config_dir / ".storage" / f"{DOMAIN}.{self.entry_id}.learned"
        data: dict[str, Any] = json.loads(file.read_text())["data"]
        return data
