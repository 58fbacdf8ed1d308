"""How late alarms and finished quarters are: our states beside a witness on the same lines."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
import time
from typing import Any, override

from custom_components.emucs_p1.p1 import TelegramReader
from custom_components.emucs_p1.peak import QuarterState, QuarterTracker
from demo.process import HOST

from .homes import Home
from .meters import Street, serial_of

WARNING = "peak_warning"
QUARTER = "last_quarter"
# More than any simulated month peak: the quarter will pass, and soon it is certain.
_CAR = 22_000
_WARNED_WITHIN = 60.0
# A state written well before its telegram came belongs to another.
_BEFORE = 5.0


@dataclass(frozen=True, slots=True)
class Moment:
    """What changed for a meter (number from 0), and at which unix second."""

    number: int
    what: str
    at: float


class Witness(asyncio.Protocol):
    """Read a meter's telegrams as the integration does and note when what they say changes."""

    def __init__(self, number: int, watch: Watch) -> None:
        self._number = number
        self._watch = watch
        self._reader = TelegramReader()
        self._tracker = QuarterTracker()
        self._before: QuarterState | None = None

    @override
    def data_received(self, data: bytes) -> None:
        now = time.time()
        for telegram in self._reader.feed(data):
            self._watch.telegrams += 1
            state, before = self._tracker.observe(telegram), self._before
            self._before = state
            if state is None or before is None:
                continue
            if state.warning and not before.warning:
                self._watch.decided.append(Moment(self._number, WARNING, now))
            if state.last != before.last and state.last is not None:
                self._watch.decided.append(Moment(self._number, QUARTER, now))


class Watch:
    """What the witnesses saw, and what our states showed."""

    def __init__(self) -> None:
        self.decided: list[Moment] = []
        self.shown: list[Moment] = []
        self.telegrams = 0
        """How many came to the witnesses."""

    def lateness(self, what: str) -> list[float]:
        """Return the seconds from each telegram that decided to the state that showed it."""
        return lateness([moment for moment in self.decided if moment.what == what], self.shown)


def lateness(decided: Sequence[Moment], shown: Sequence[Moment]) -> list[float]:
    """Return the seconds between what belongs together; nothing for what was not shown while we looked."""
    late = []
    for moment in decided:
        after = [
            other.at - moment.at
            for other in shown
            if (other.number, other.what) == (moment.number, moment.what) and other.at > moment.at - _BEFORE
        ]
        if after:
            late.append(min(after))
    return late


@asynccontextmanager
async def witnessed(street: Street) -> AsyncGenerator[Watch]:
    """Have a witness at every meter; they see the whole of each quarter, so begin before the homes do."""
    watch = Watch()
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        for number, port in enumerate(street.ports):
            transport, _ = await loop.create_connection(partial(Witness, number, watch), HOST, port)
            stack.callback(transport.abort)
        yield watch


async def alarm(street: Street, home: Home, watch: Watch, *, car: int, seconds: float) -> None:
    """Plug a big car in at a meter and note what our states show, for that one and all quarters, for a while.

    The watch is asked afterwards; the car is gone again.
    """
    numbers = {serial_of(number): number for number in range(len(street.ports))}
    ids = _ids(numbers, await home.entities(home.kind.domain if home.kind else ""))
    watch.decided.clear()
    begin = time.monotonic()
    plugged = True
    street.tell(car, f"switch car {_CAR}")
    try:
        async with home.subscribe(event_type="state_changed") as events, asyncio.timeout(seconds):
            while True:
                data = (await events.get())["data"]
                moment = _moment(ids, data)
                if moment is not None:
                    watch.shown.append(moment)
                warned = moment is not None and moment.what == WARNING and moment.number == car
                if plugged and (warned or time.monotonic() - begin > _WARNED_WITHIN):
                    plugged = False
                    street.tell(car, "switch car 0")
    except TimeoutError:
        pass
    finally:
        if plugged:
            street.tell(car, "switch car 0")


def _ids(numbers: Mapping[str, int], entities: list[dict[str, Any]]) -> dict[str, tuple[int, str]]:
    """Return the number of the meter and what an entity shows, by entity id."""
    found = {}
    for entity in entities:
        serial, _, what = entity["unique_id"].partition("_")
        if serial in numbers and what in (WARNING, QUARTER):
            found[entity["entity_id"]] = (numbers[serial], what)
    return found


def _moment(ids: Mapping[str, tuple[int, str]], data: Mapping[str, Any]) -> Moment | None:
    """Return what a state that was written shows, if an alarm has come or a quarter ended."""
    state, entity_id = data["new_state"], data["entity_id"]
    if state is None or entity_id not in ids:
        return None
    number, what = ids[entity_id]
    if what == WARNING and state["state"] != "on":
        return None
    return Moment(number, what, datetime.fromisoformat(state["last_updated"]).timestamp())
