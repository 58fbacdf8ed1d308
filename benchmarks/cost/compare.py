"""Core's dsmr and ours side by side on the same streams, and an idle Home Assistant beside them."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
import time

from .alarms import QUARTER, WARNING, alarm, witnessed
from .homes import DSMR, OURS, Home, running
from .meters import street
from .report import Figure, table
from .responses import PATIENCE, Responses, respond
from .usage import MAIN, RECORDER
from .windows import Window, load, wait_for_window, watch

_TITLES = ("dsmr", "ours")
# What each round tries out between its window and the next; the meters are many.
_ADDED, _SILENT, _CLOSED, _CAR = range(4)
FEWEST = 4
# A quarter ends somewhere every 45 s with 20 meters.
_ALARM_SECONDS = 150.0

CPU_SHARE = 0.4
ROWS_RATIO = 1.2
ALARM_SECONDS = 1.0
FIRST_VALUE_SECONDS = 2.0
UNAVAILABLE_SECONDS = 20.0
RECOVERY_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Round:
    """A window of dsmr, ours and idle, and what was tried after it."""

    windows: tuple[Window, Window, Window]
    responses: tuple[Responses, Responses]
    warning: list[float]
    """Seconds from telegram to state."""
    quarters: list[float]


async def compare(folder: Path, *, count: int, minutes: float, rounds: int) -> AsyncGenerator[str]:
    """Yield the report, piece by piece as it comes about."""
    dsmr, ours = Home(folder / "dsmr", DSMR), Home(folder / "ours", OURS)
    idle = Home(folder / "idle", None)
    done: list[Round] = []
    async with street(count) as meters, witnessed(meters) as seen, running([dsmr, ours, idle]):
        yield f"{count} meters, {rounds} windows of {minutes:g} minutes, side by side\n"
        await asyncio.gather(dsmr.add(meters.ports), ours.add(meters.ports))
        for _ in range(rounds):
            await wait_for_window()
            before, begin = seen.telegrams, time.monotonic()
            windows = await watch([dsmr, ours, idle], 60 * minutes)
            pace = (seen.telegrams - before) / (time.monotonic() - begin)
            yield _brief(len(done) + 1, windows, pace)
            seen.shown.clear()
            watched = alarm(meters, ours, seen, car=_CAR, seconds=_ALARM_SECONDS)
            tried = respond(meters, [dsmr, ours], _ADDED, _SILENT, _CLOSED)
            _, responses = await asyncio.gather(watched, tried)
            done.append(
                Round(
                    windows=(windows[0], windows[1], windows[2]),
                    responses=(responses[0], responses[1]),
                    warning=seen.lateness(WARNING),
                    quarters=seen.lateness(QUARTER),
                )
            )
    yield report(done)


def _brief(number: int, windows: Sequence[Window], pace: float) -> str:
    theirs, ours, idle = windows
    figures = [f"{window.milliseconds_over(idle):.3f}" for window in (theirs, ours)]
    return (
        f"window {number}: dsmr {figures[0]}, ours {figures[1]} ms a telegram; "
        f"{pace:.2f} telegrams a second; load of the machine {load()}"
    )


def report(done: Sequence[Round]) -> str:
    """Return every figure of every round, with medians and targets."""
    return "\n".join([_cpu(done), _database(done), _memory(done), _times(done)])


def _figures(
    done: Sequence[Round], title: str, value: Callable[[Window, Window], float], *, digits: int
) -> list[Figure]:
    """Return a figure for each of the two, from its window and that of the idle one."""
    return [
        Figure(
            title=f"{title}, {name}",
            values=[value(each.windows[place], each.windows[2]) for each in done],
            digits=digits,
        )
        for place, name in enumerate(_TITLES)
    ]


def _cpu(done: Sequence[Round]) -> str:
    ratios = [
        each.windows[1].milliseconds_over(each.windows[2])
        / each.windows[0].milliseconds_over(each.windows[2])
        for each in done
    ]
    idle = [1000 * each.windows[2].cpu / each.windows[2].seconds for each in done]
    return table(
        "CPU",
        [
            *_figures(done, "ms a telegram, over idle", Window.milliseconds_over, digits=3),
            Figure(title="ours / dsmr", values=ratios, digits=3, target=CPU_SHARE),
            *_figures(done, "of it the event loop", partial(Window.thread_over, name=MAIN), digits=3),
            *_figures(done, "of it the recorder", partial(Window.thread_over, name=RECORDER), digits=3),
            Figure(title="idle process, ms a second", values=idle, digits=2),
        ],
    )


def _database(done: Sequence[Round]) -> str:
    return table(
        "Database",
        [
            *_figures(
                done, "rows of states an hour and meter", lambda window, _: window.rows_an_hour, digits=0
            ),
            Figure(
                title="ours / what the update interval alone costs",
                values=[each.windows[1].rows_over_interval for each in done],
                digits=3,
                target=ROWS_RATIO,
            ),
            *_figures(done, "MB a day and meter, over idle", Window.megabytes_a_day_over, digits=2),
        ],
    )


def _memory(done: Sequence[Round]) -> str:
    idle = [each.windows[2].resident for each in done]
    return table(
        "Memory, resident, MB",
        [
            *_figures(done, "at the end of the window", lambda window, _: window.resident, digits=1),
            Figure(title="at the end of the window, idle", values=idle, digits=1),
        ],
    )


_RESPONSES: tuple[tuple[str, Callable[[Responses], float | None], float], ...] = (
    ("submit to first value", lambda each: each.first_value, FIRST_VALUE_SECONDS),
    ("silent line to unavailable", lambda each: each.unavailable_silent, UNAVAILABLE_SECONDS),
    ("line speaks to new value", lambda each: each.recovery_silent, RECOVERY_SECONDS),
    ("closed port to unavailable", lambda each: each.unavailable_closed, UNAVAILABLE_SECONDS),
    ("port open to new value", lambda each: each.recovery_closed, RECOVERY_SECONDS),
)


def _times(done: Sequence[Round]) -> str:
    figures = [
        Figure(
            title=f"{title}, {name}",
            values=[value(each.responses[place]) for each in done],
            target=target if name == "ours" else None,
        )
        for title, value, target in _RESPONSES
        for place, name in enumerate(_TITLES)
    ]
    for title, late in (
        ("telegram to warning, ours, worst", [max(each.warning, default=None) for each in done]),
        ("telegram to finished quarter, ours, worst", [max(each.quarters, default=None) for each in done]),
    ):
        figures.append(Figure(title=title, values=late, digits=3, target=ALARM_SECONDS))
    return table("Seconds", figures) + f"- : not within {PATIENCE:.0f} s; an alarm: none came while watched\n"
