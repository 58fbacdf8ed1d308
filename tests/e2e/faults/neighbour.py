"""One house of the street: its meter, its entry in Home Assistant, what is shown of it."""

import asyncio
from bisect import bisect_right
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
import time
from typing import Any

from demo.process import DOMAIN
from simulator.faults import Fault as LineFault
from simulator.household import Household
from simulator.meter import Meter
from simulator.meter_clock import MeterClock
from simulator.model import Model
from simulator.reading import Reading

from ..home import Home
from ..sources import INSTALLED
from ..states import ABSENT, Change
from .fault import Fault, Outcome

SETTLE = 90.0
"""Seconds that things may take before we give up; what they may take for the user is in the table."""
STAY = 4.0
"""Seconds for which a fault goes on after it has been seen."""
AFTERWARDS = 12.0
"""Seconds in which every value is written at least once."""
_LOOK = 0.05
_ASK = 0.5

# What the household chooses stays when the meter goes silent. Of a quarter that is over something is known
# only if it ended while the meter was being added.
_LEFT_OUT = ("peak_target", "sheddable_power", "_quarter")


@dataclass(frozen=True, kw_only=True)
class _Life:
    """What the meter is since a moment of the computer's clock, and what its own clock shows."""

    since: datetime
    meter: Meter
    clock: MeterClock


class Neighbour:
    """A meter, the line from it, and what a Home Assistant makes of it."""

    def __init__(self, fault: Fault, number: int, *, home: Home, household: Household, folder: Path) -> None:
        self.fault = fault
        self.number = number
        self.home = home
        self.outcome = Outcome()
        self.serial = f"1SAG31{number:08d}"
        """Of the electricity meter that is there at first."""
        self.model = Model(
            serial=self.serial,
            gas_serial=f"7FLO22{number:08d}",
            water_serial=f"8SEU02{number:08d}",
            **fault.before,
        )
        self._household = household
        self.line = fault.line(self._meter(), folder)
        server = self.line.server
        self._lives = [_Life(since=datetime.now(UTC), meter=server.meter, clock=server.clock)]
        self.entry: dict[str, Any] = {}
        self.entity_ids: dict[str, str] = {}
        """By unique id, as they were when the meter was added."""
        self.concerned: set[str] = set()
        """Entity ids that the fault takes the value from, of those that had one."""
        self.begin = 0.0
        """When it was about to be added (monotonic)."""
        self.began = datetime.now(UTC)
        """The same by the computer's clock."""
        self.titles: list[str] = []
        self._changed = 0.0
        """When the last thing was done to it (monotonic): what follows is timed from then."""

    # The meter

    def mark(self) -> None:
        """Time what follows from now on."""
        self._changed = time.monotonic()

    def set_line(self, fault: LineFault) -> None:
        """Give the line a fault, or none."""
        self.mark()
        self.line.server.fault = fault

    def becomes(self, **fields: object) -> None:
        """Change what the meter is, from the next telegram on."""
        self.model = replace(self.model, **fields)
        self._put(self._meter())

    def exchange(self, serial: str) -> None:
        """Put another electricity meter in its place, which counts from yesterday on.

        Just after midnight one that counts from today on has no month peak.
        """
        self._put(self.line.server.meter.exchanged(serial, at=datetime.now(UTC) - timedelta(days=1)))
        self.model = self.line.server.meter.model

    def _put(self, meter: Meter) -> None:
        self.mark()
        self._lives.append(replace(self._lives[-1], since=datetime.now(UTC), meter=meter))
        self.line.server.meter = meter

    def set_clock(self) -> None:
        """Set the meter's clock right; what it showed until now stays the truth about its time."""
        self.mark()
        self.line.server.clock = MeterClock()
        life = replace(self._lives[-1], since=datetime.now(UTC), clock=self.line.server.clock)
        self._lives.append(life)

    def said_at(self, moment: datetime) -> Reading:
        """Return what the meter said at a moment of the computer's clock."""
        life = self._life_at(moment)
        reading = life.meter.reading(moment)
        return reading.stamped(life.clock.shown) if life.clock.is_wrong else reading

    def breaker_at(self, moment: datetime) -> int:
        """Return what the meter said of its breaker at a moment of the computer's clock."""
        return self._life_at(moment).meter.model.breaker

    def _life_at(self, moment: datetime) -> _Life:
        number = bisect_right(self._lives, moment, key=lambda life: life.since)
        return self._lives[max(0, number - 1)]

    def _meter(self) -> Meter:
        # Never changed afterwards: it is the truth about its time.
        return Meter(self._household, installed=INSTALLED, model=self.model)

    # Adding it

    async def add(self) -> None:
        """Add the meter through the config flow, and wait until all of it is shown."""
        self.begin, self.began = time.monotonic(), datetime.now(UTC)
        step = await self.listen()
        if self.fault.slow and step["type"] == "form":
            # It sends less often than a person waits at first.
            assert step["errors"] == {"base": "no_data"}, step
            step = await self.home.configure_flow(step["flow_id"], {**self.line.form, "listen_longer": True})
        assert step["type"] == "create_entry", step
        self.entry = step["result"]
        self.titles.append(self.entry["title"])
        await self.until(self._settled, what="everything is shown")

    async def listen(self) -> dict[str, Any]:
        """Tell the config flow where the meter is; return what comes of it."""
        menu = await self.home.start_flow(DOMAIN)
        form = await self.home.configure_flow(menu["flow_id"], {"next_step_id": self.line.step})
        return await self.home.configure_flow(form["flow_id"], dict(self.line.form))

    async def _settled(self) -> bool:
        """Notice the entities; tell whether all of them show what they will show."""
        self.entity_ids = await self.registered()
        now = self.home.states_now.now
        shown = {key: now.get(entity_id) for key, entity_id in self.entity_ids.items()}
        self.concerned = {
            self.entity_ids[key]
            for key, state in shown.items()
            if state not in (None, *ABSENT) and not key.endswith(_LEFT_OUT) and self.fault.concerns(key)
        }
        whole = "unavailable" not in shown.values() and None not in shown.values()
        return whole and bool(self.concerned)

    async def registered(self) -> dict[str, str]:
        """Return the entity ids of its entities that are enabled, by unique id."""
        return {
            entity["unique_id"]: entity["entity_id"]
            for entity in await self.home.entities(DOMAIN)
            if entity["config_entry_id"] == self.entry["entry_id"] and not entity["disabled_by"]
        }

    async def own_devices(self) -> list[dict[str, Any]]:
        """Return its devices: the meter, and those behind it."""
        devices = await self.home.own_devices()
        return [device for device in devices if self.entry["entry_id"] in device["config_entries"]]

    async def renew_entry(self) -> dict[str, Any]:
        """Return its entry as it is now; the log may name it by its new title."""
        (self.entry,) = (
            entry for entry in await self.home.entries(DOMAIN) if entry["entry_id"] == self.entry["entry_id"]
        )
        self.titles.append(self.entry["title"])
        return self.entry

    # What is shown of it

    def state(self, key: str) -> str | None:
        """Return the state of the electricity meter's entity with a key."""
        return self.home.states_now.now.get(self.entity_id(key))

    def entity_id(self, key: str) -> str:
        """Return the entity id that the electricity meter's entity with a key was given at first."""
        return self.entity_ids[f"{self.serial}_{key}"]

    @property
    def all_gone(self) -> bool:
        """Whether all that the fault concerns is unavailable."""
        now = self.home.states_now.now
        return all(now.get(entity_id) == "unavailable" for entity_id in self.concerned)

    @property
    def all_unknown(self) -> bool:
        """Whether all that the fault concerns is unknown."""
        now = self.home.states_now.now
        return all(now.get(entity_id) == "unknown" for entity_id in self.concerned)

    @property
    def all_there(self) -> bool:
        """Whether all that the fault concerns has a value."""
        now = self.home.states_now.now
        return all(now.get(entity_id) not in (None, *ABSENT) for entity_id in self.concerned)

    @property
    def changes(self) -> list[Change]:
        """Return every state that was written since it was added."""
        return self.home.states_now.since(self.begin, self.entity_ids.values())

    async def until(
        self, true: Callable[[], bool | Awaitable[bool]], *, what: str, seconds: float = SETTLE
    ) -> float:
        """Wait for something to become true; return the seconds since the last thing was done."""
        begin = time.monotonic()
        while True:
            answer = true()
            asked = not isinstance(answer, bool)
            if answer if isinstance(answer, bool) else await answer:
                return time.monotonic() - self._changed
            if time.monotonic() - begin > seconds:
                raise AssertionError(f"Not within {seconds:.0f} s: {what}. {self._shown()}")
            await asyncio.sleep(_ASK if asked else _LOOK)

    def _shown(self) -> str:
        now = self.home.states_now.now
        shown = {entity_id: now.get(entity_id) for entity_id in sorted(self.concerned)}
        return ", ".join(f"{entity_id} {state}" for entity_id, state in shown.items())

    async def until_gone(self) -> None:
        """Wait until all that is concerned is unavailable, and note how long that took."""
        self.outcome.gone_after = await self.until(lambda: self.all_gone, what="unavailable")

    async def until_back(self, *, seconds: float = SETTLE) -> None:
        """Wait until all that is concerned has a value, and note how long that took."""
        self.outcome.back_after = await self.until(lambda: self.all_there, what="back", seconds=seconds)

    async def suffer(self, breaks: Callable[[], object], mends: Callable[[], object]) -> None:
        """Break something until it has been seen for a while, and mend it."""
        self.mark()
        await _done(breaks())
        await self.until_gone()
        await asyncio.sleep(STAY)
        assert self.all_gone, f"not all stay unavailable: {self._shown()}"
        self.mark()
        await _done(mends())
        await self.until_back()

    async def endure(self, seconds: float) -> None:
        """Let a fault that nobody is to notice go on."""
        await asyncio.sleep(seconds)
        gone = {change.entity_id for change in self.changes if _is_unavailable(change)}
        assert not gone, f"were unavailable: {sorted(gone)}"

    async def until_months(self, number: int) -> None:
        """Wait until so many month peaks are in the statistics of the meter that is there."""
        statistic_id = f"{DOMAIN}:{self.model.serial}_month_peak".lower()

        async def there() -> bool:
            rows = await self.home.statistics([statistic_id], start=INSTALLED, period="hour", types=["mean"])
            return len(rows.get(statistic_id, ())) == number

        await self.until(there, what=f"{number} months in {statistic_id}")

    # Repairs

    async def issues(self) -> dict[str, dict[str, Any]]:
        """Return the repair issues about it by translation key."""
        listed = (await self.home.ws("repairs/list_issues"))["issues"]
        return {
            issue["translation_key"]: issue
            for issue in listed
            if issue["domain"] == DOMAIN and issue["issue_id"].endswith(f"_{self.entry['entry_id']}")
        }

    async def until_issue(self, key: str, *, seconds: float = SETTLE) -> None:
        """Wait until a repair issue is there."""

        async def there() -> bool:
            return key in await self.issues()

        self.outcome.others["repair after"] = await self.until(there, what=f"issue {key}", seconds=seconds)

    async def until_no_issue(self, key: str, *, seconds: float = SETTLE) -> None:
        """Wait until a repair issue has gone."""

        async def gone() -> bool:
            return key not in await self.issues()

        self.outcome.others["repair gone after"] = await self.until(
            gone, what=f"no issue {key}", seconds=seconds
        )

    async def fix(self, key: str) -> dict[str, Any]:
        """Confirm the repair of an issue."""
        flows = "/api/repairs/issues/fix"
        issue_id = (await self.issues())[key]["issue_id"]
        step = await self.home.post(flows, {"handler": DOMAIN, "issue_id": issue_id})
        assert step["type"] == "form", step
        self.mark()
        result: dict[str, Any] = await self.home.post(f"{flows}/{step['flow_id']}", {})
        return result


def _is_unavailable(change: Change) -> bool:
    return change.state is not None and change.state["state"] == "unavailable"


async def _done(result: object) -> None:
    """Wait where there is something to wait for."""
    if isinstance(result, Awaitable):
        await result
