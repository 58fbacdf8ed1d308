"""A month of a meter's life, or less of it."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

from simulator import clock as calendar

from . import judge, leaks
from .acts import Scene, act
from .clock import Clock, Loop, stopwatch
from .faults import Strike, strikes
from .home import living
from .line import Line
from .logs import Logs, listen
from .meter import METER_ID, House
from .result import Result
from .watch import Watch

_DAY = 86_400
_HOUR = 3600
_LOOKS = 4
"""At what there is, in a life of less than so many days."""
_SETTLED = 660
"""Seconds after the end in which the last statistics are compiled."""
_STARTING = 900
"""Seconds for Home Assistant to start in, at the pace of the real clock."""
_ENTERING = 5
"""Seconds before the first telegram at which the meter is set up."""
_ENTERED = 50
"""Seconds after it at which every entity is there; the first fault comes later."""
_BEFORE = 15
"""Seconds before an hour at which is counted: the next fault has not begun."""


def run(clock: Clock, result: Result, folder: Path, say: Callable[[str], None]) -> None:
    """Live from the start to the end in a folder that may be thrown away; say how each day was."""
    clock.start(calendar.moment_of(result.start - _STARTING))
    loop = Loop(clock)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(_live(loop, result, folder, say))


async def _live(loop: Loop, result: Result, folder: Path, say: Callable[[str], None]) -> None:
    clock, house, chance = loop.clock, House(result.seed), Random(f"{result.seed}:line")
    line = Line(house, clock, chance, result.every)
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(living(folder, line.port, METER_ID))
        # Beginning and ending happen in threads, in real time.
        stack.callback(setattr, clock, "busy", lambda: True)
        clock.busy = lambda: home.lags
        watch = Watch(home, house, clock, since=result.start)
        line.on_sent.append(watch.meter_knows)
        logs = Logs(watch)
        listen(logs)
        with stopwatch() as real:
            await _Life(Scene(home, line, clock, chance), watch, loop, result).run(
                lambda text: say(f"{text}  {real():.0f} s")
            )
            result.seconds = real()
        truth = line.known
        judge.judge_watch(result, home, watch, truth)
        judge.judge_logs(result, logs)
        judge.judge_counts(result)
        await judge.judge_statistics(result, home, house, truth)


_DELIVERED = 1.0


class _Life:
    """From one fault to the next."""

    def __init__(self, scene: Scene, watch: Watch, loop: Loop, result: Result) -> None:
        self._scene, self._watch, self._loop, self._result = scene, watch, loop, result
        self._shown = 0

    async def run(self, say: Callable[[str], None]) -> None:
        """Live to the end."""
        result, scene = self._result, self._scene
        due = strikes(result.seed, result.start, result.end)
        step = min(_DAY, (result.end - result.start) // _LOOKS // _HOUR * _HOUR or _HOUR)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(scene.line.run(result.start, result.end + _SETTLED))
            await scene.clock.until(result.start - _ENTERING)
            await scene.home.set_up()
            await scene.clock.until(result.start + _ENTERED)
            entities = set(scene.home.entity_ids)
            for end in range(result.start + step, result.end + 1, step):
                while due and due[0].start < end:
                    await self._strike(due.pop(0))
                await scene.clock.until(end - _BEFORE)
                self._look(say)
        # What comes after a pause of seconds is delivered when no more follows.
        await scene.clock.until(scene.clock.time() + _DELIVERED)
        result.telegrams = scene.line.sent
        if appeared := set(scene.home.entity_ids) - entities:
            result.fail(judge.STATES_RIGHT, f"entities appeared: {sorted(appeared)}")

    async def _strike(self, strike: Strike) -> None:
        await self._scene.clock.until(strike.start)
        self._result.faults[strike.kind.value] += 1
        self._watch.struck(strike)
        await act(self._scene, strike)
        self._watch.mended()

    def _look(self, say: Callable[[str], None]) -> None:
        """Count everything and say how it goes."""
        scene, watch = self._scene, self._watch
        counts = leaks.count(scene.home.hass, self._loop.timers)
        self._result.counts.append(counts)
        local = scene.line.known.at.astimezone(calendar.BRUSSELS)
        say(
            f"{local:%Y-%m-%d %H:%M}  {scene.line.sent:7} telegrams  {watch.checked:9} states checked  "
            f"{sum(watch.wrong.values()):4} wrong  {counts}"
        )
        for example in watch.examples[self._shown :]:
            say(f"  WRONG {example}")
        self._shown = len(watch.examples)
        judge.judge_peaks(self._result, scene.home, scene.line.known)
