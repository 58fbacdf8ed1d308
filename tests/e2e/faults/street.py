"""A street: one Home Assistant with a meter for every fault, all of which fail at the same time."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
import re
from typing import Any

from simulator.household import Household
from simulator.meter import Meter

from ..home import Home
from ..sources import INSTALLED, SEED
from .fault import Fault, Outcome
from .neighbour import AFTERWARDS, Neighbour
from .truth import Truth

# As many at a time as a household would ever add, or Home Assistant is busy with forms alone.
_ADDED_AT_ONCE = 6
_COMMITTED = timedelta(seconds=3)
# A busy recorder may take longer.
_AGAIN, _ASK = 10, 3.0
_INFO = re.compile(r"\d{4}-\d\d-\d\d \S+ INFO \(.*?\) \[custom_components\.emucs_p1[^]]*\] (?P<said>.*)")


class Street:
    """The houses, and what came of their faults."""

    def __init__(self, faults: Sequence[Fault], folder: Path) -> None:
        self.home = Home(folder / "config")
        household = Household(SEED)
        self.neighbours: list[Neighbour] = []
        for number, fault in enumerate(faults, start=1):
            place = folder / fault.name
            place.mkdir(parents=True)
            self.neighbours.append(
                Neighbour(fault, number, home=self.home, household=household, folder=place)
            )
        self._adding = asyncio.Semaphore(_ADDED_AT_ONCE)

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """Return what came of the faults, by name."""
        return {neighbour.fault.name: neighbour.outcome for neighbour in self.neighbours}

    async def play(self) -> None:
        """Add every meter, then let all of them fail; nothing that goes wrong with one stops another."""
        slow = [neighbour for neighbour in self.neighbours if neighbour.fault.slow]
        others = [neighbour for neighbour in self.neighbours if not neighbour.fault.slow]
        begun = [asyncio.create_task(self._live(neighbour)) for neighbour in slow]
        # Nothing fails while a neighbour is being added: that is not what is measured.
        await asyncio.gather(*(self._add(neighbour) for neighbour in others))
        await asyncio.gather(*(self._fail(neighbour) for neighbour in others), *begun)
        await asyncio.gather(*(_kept(neighbour, self._look_back(neighbour)) for neighbour in self.neighbours))

    def judge(self) -> None:
        """Hold all that was shown against what the meters said; takes a while of computing."""
        for neighbour in self.neighbours:
            truth = Truth(neighbour.entity_ids, neighbour.said_at, breaker_at=neighbour.breaker_at)
            neighbour.outcome.wrong = truth.wrong(neighbour.changes)

    async def _live(self, neighbour: Neighbour) -> None:
        await self._add(neighbour)
        await self._fail(neighbour)

    async def _add(self, neighbour: Neighbour) -> None:
        async with AsyncExitStack() as stack:
            if not neighbour.fault.slow:
                await stack.enter_async_context(self._adding)
            await _kept(neighbour, self._added(neighbour))

    async def _added(self, neighbour: Neighbour) -> None:
        await neighbour.line.open()
        if neighbour.fault.prepare is not None:
            await neighbour.fault.prepare(neighbour)
        await neighbour.add()

    async def _fail(self, neighbour: Neighbour) -> None:
        if neighbour.outcome.error is None:
            await _kept(neighbour, neighbour.fault.play(neighbour))
            await asyncio.sleep(AFTERWARDS)

    async def _look_back(self, neighbour: Neighbour) -> None:
        """Note what the log and the history say of a neighbour."""
        if not neighbour.entity_ids:
            return
        # The meters go on: what is not committed yet is left out on both sides.
        end = datetime.now(UTC) - _COMMITTED
        outcome, shown = neighbour.outcome, _sequences(neighbour, end)
        outcome.logged = self._logged(neighbour)
        for _ in range(_AGAIN):
            recorded = await self._recorded(neighbour, end)
            if all(recorded.get(entity_id, []) == states for entity_id, states in shown.items()):
                break
            await asyncio.sleep(_ASK)
        for unique_id, entity_id in neighbour.entity_ids.items():
            rows = recorded.get(entity_id, [])
            outcome.outages[unique_id] = rows.count("unavailable")
            if rows != shown.get(entity_id, []):
                outcome.unrecorded.append(f"{entity_id}: {rows} recorded, {shown.get(entity_id)} shown")

    def _logged(self, neighbour: Neighbour) -> list[str]:
        lines = self.home.log.read_text(errors="replace").splitlines()
        said = [match["said"] for line in lines if (match := _INFO.match(line))]
        return [line for line in said if any(title in line for title in neighbour.titles)]

    async def _recorded(self, neighbour: Neighbour, end: datetime) -> dict[str, list[str]]:
        """Return the states in the history of every entity until a moment, in order."""
        history = await self._history(neighbour, end)
        return {entity_id: _distinct(row["s"] for row in rows) for entity_id, rows in history.items()}

    async def _history(self, neighbour: Neighbour, end: datetime) -> dict[str, list[dict[str, Any]]]:
        rows: dict[str, list[dict[str, Any]]] = await self.home.ws(
            "history/history_during_period",
            start_time=neighbour.began.isoformat(),
            end_time=end.isoformat(),
            entity_ids=sorted(neighbour.entity_ids.values()),
            significant_changes_only=False,
            no_attributes=True,
            minimal_response=True,
        )
        return rows


def _sequences(neighbour: Neighbour, end: datetime) -> dict[str, list[str]]:
    """Return the states that were shown of every entity until a moment, in order."""
    shown: dict[str, list[str]] = {}
    for change in neighbour.changes:
        if change.state is not None and datetime.fromisoformat(change.state["last_updated"]) < end:
            shown.setdefault(change.entity_id, []).append(change.state["state"])
    return {entity_id: _distinct(states) for entity_id, states in shown.items()}


def _distinct(states: Iterable[str]) -> list[str]:
    """Return states without those that repeat the one before."""
    distinct: list[str] = []
    for state in states:
        if not distinct or distinct[-1] != state:
            distinct.append(state)
    return distinct


async def _kept(neighbour: Neighbour, doing: Awaitable[None]) -> None:
    """Keep what goes wrong with one house from the others."""
    try:
        await doing
    except Exception as error:  # noqa: BLE001
        # What went wrong first tells most.
        neighbour.outcome.error = neighbour.outcome.error or error


@asynccontextmanager
async def open_street(faults: Sequence[Fault], folder: Path) -> AsyncGenerator[Street]:
    """Run a street, without having played anything yet, and stop all of it."""
    street = Street(faults, folder)
    # Adding up more than a year takes a while: once for all, and not while clients wait.
    await asyncio.to_thread(Meter(Household(SEED), installed=INSTALLED).reading, datetime.now(UTC))
    try:
        await street.home.start()
        yield street
    finally:
        await street.home.stop()
        for neighbour in street.neighbours:
            await neighbour.line.close()
