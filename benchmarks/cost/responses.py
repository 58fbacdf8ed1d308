"""How long a home takes to show a new meter, to see one vanish, and to see it come back."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
import time

from .homes import ABSENT, Home
from .meters import Street

# Whoever has not seen a meter vanish by then will not see it while somebody looks.
PATIENCE = 120.0

_SHOWN = ("sensor.", "binary_sensor.")

type Happened = Callable[[str, str], bool]
"""Whether a state written of an entity is what was waited for."""


@dataclass(frozen=True, kw_only=True)
class Responses:
    """Seconds; None: not within the patience."""

    first_value: float | None
    unavailable_silent: float | None
    """After the meter fell silent on an open connection."""
    recovery_silent: float | None
    """From its speaking again to the first state written."""
    unavailable_closed: float | None
    """After the port closed."""
    recovery_closed: float | None


async def respond(street: Street, homes: list[Home], added: int, silent: int, closed: int) -> list[Responses]:
    """Try three meters (numbers from 0) at once in each of the homes: one of each kind of trouble."""
    first = asyncio.gather(*(_first_value(home, street.ports[added]) for home in homes))
    mute = _outage(street, homes, silent, cut="fault silence", mend="fault none")
    shut = _outage(street, homes, closed, cut="close", mend="open")
    return [
        Responses(
            first_value=value,
            unavailable_silent=silenced[0],
            recovery_silent=silenced[1],
            unavailable_closed=shut_off[0],
            recovery_closed=shut_off[1],
        )
        for value, silenced, shut_off in zip(*await asyncio.gather(first, mute, shut), strict=True)
    ]


async def _first_value(home: Home, port: int) -> float | None:
    """Delete a meter, add it again; return the seconds from submitting the form to a value."""
    await home.delete_entry(home.meters.pop(port))
    known = set(await home.states())
    form = await home.form(port)
    async with _watched(home) as wait_for:
        begin = time.monotonic()
        adding = asyncio.create_task(home.submit(port, form))
        seen = await wait_for(
            lambda entity_id, state: entity_id not in known and state not in ABSENT, PATIENCE
        )
        await adding
    return None if seen is None else seen - begin


async def _outage(
    street: Street, homes: list[Home], number: int, *, cut: str, mend: str
) -> list[tuple[float | None, float | None]]:
    """Cut and mend the line of a meter; return the seconds to unavailable and to a new value, by home."""
    port = street.ports[number]
    ids = [await _values_of(home, port) for home in homes]
    begin = time.monotonic()
    street.tell(number, cut)
    gone = await asyncio.gather(*(_all_gone(home, own) for home, own in zip(homes, ids, strict=True)))
    mended = time.monotonic()
    street.tell(number, mend)
    back = await asyncio.gather(*(_one_back(home, own) for home, own in zip(homes, ids, strict=True)))
    return [
        (None if left is None else left - begin, None if found is None else found - mended)
        for left, found in zip(gone, back, strict=True)
    ]


async def _values_of(home: Home, port: int) -> set[str]:
    """Return what a meter tells and has a value; what a user sets stays available without it."""
    states = await home.states()
    own = (await home.entities_by_meter())[home.meters[port]]
    shown = (each["entity_id"] for each in own if each["entity_id"].startswith(_SHOWN))
    return {entity_id for entity_id in shown if states[entity_id]["state"] not in ABSENT}


async def _all_gone(home: Home, ids: set[str]) -> float | None:
    """Wait until all of these are unavailable; return when that was."""
    left = set(ids)

    def gone(entity_id: str, state: str) -> bool:
        if state == "unavailable":
            left.discard(entity_id)
        return not left

    async with _watched(home) as wait_for:
        return await wait_for(gone, PATIENCE)


async def _one_back(home: Home, ids: set[str]) -> float | None:
    """Wait until one of these has a new value; return when that was."""
    async with _watched(home) as wait_for:
        return await wait_for(lambda entity_id, state: entity_id in ids and state not in ABSENT, PATIENCE)


type _Wait = Callable[[Happened, float], Awaitable[float | None]]


@asynccontextmanager
async def _watched(home: Home) -> AsyncGenerator[_Wait]:
    """Yield what waits for a state that is written from now on and returns when it came, monotonic."""
    async with home.subscribe(event_type="state_changed") as events:

        async def wait_for(happened: Happened, seconds: float) -> float | None:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while True:
                        data = (await events.get())["data"]
                        state = data["new_state"]
                        if state is not None and happened(data["entity_id"], state["state"]):
                            return time.monotonic()
            return None

        yield wait_for
