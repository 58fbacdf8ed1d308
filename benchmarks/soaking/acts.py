"""What each fault does, from its begin to its end."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from simulator.clock import QUARTER

from . import line as lines
from .clock import Clock
from .faults import Kind, Strike
from .home import Home
from .line import Line, Trouble

_OPTIONS: tuple[dict[str, Any], ...] = (
    {"update_interval": 1},
    {"update_interval": 30},
    {"update_interval": 60},
    {"hold_target": True},
    {"connection_current": 25},
)
_JUMPS = (-300, -60, -7, -1, 1, 7, 60, 300)
_SMALL_JUMPS = (1, 7)
_TARGETS = (2.5, 4.0, 6.0)


@dataclass(frozen=True, slots=True)
class Scene:
    """Where faults strike."""

    home: Home
    line: Line
    clock: Clock
    chance: Random


def _with(**trouble: Any) -> Callable[[Scene, Strike], Awaitable[None]]:
    async def act(scene: Scene, strike: Strike) -> None:
        scene.line.trouble = Trouble(**trouble)
        await scene.clock.until(strike.end)
        scene.line.trouble = Trouble()

    return act


async def _clock_jump(scene: Scene, strike: Strike) -> None:
    jumps = [jump for jump in _JUMPS if _stays(strike, jump)] or _SMALL_JUMPS
    await _with(shift=scene.chance.choice(jumps))(scene, strike)


def _stays(strike: Strike, jump: int) -> bool:
    """Tell whether a wrong clock stays in its quarter: a real meter would close the quarter by it."""
    seconds = (strike.start, strike.end, strike.start + jump, strike.end + jump)
    return len({second // QUARTER for second in seconds}) == 1


async def _clock_stuck(scene: Scene, strike: Strike) -> None:
    await _with(stuck_at=strike.start)(scene, strike)


async def _cut(scene: Scene, strike: Strike) -> None:
    scene.line.port.drop()
    await scene.clock.until(strike.end)


async def _refused(scene: Scene, strike: Strike) -> None:
    port = scene.line.port
    port.refusal = ConnectionRefusedError("refused by the soak")
    port.drop()
    await scene.clock.until(strike.end)
    port.refusal = None


async def _restart(scene: Scene, strike: Strike) -> None:
    await scene.home.unload()
    await scene.clock.until(strike.end)
    await scene.home.set_up()


async def _kill(scene: Scene, strike: Strike) -> None:
    await scene.home.kill()
    await scene.clock.until(strike.end)
    await scene.home.set_up()


async def _restart_silent(scene: Scene, strike: Strike) -> None:
    scene.line.trouble = Trouble(silent=True)
    await scene.home.unload()
    await asyncio.sleep(5)
    await scene.home.set_up()
    await scene.clock.until(strike.end)
    scene.line.trouble = Trouble()


async def _reload(scene: Scene, strike: Strike) -> None:
    await scene.home.reload()
    await scene.clock.until(strike.end)


async def _options(scene: Scene, strike: Strike) -> None:
    options = scene.chance.choice(_OPTIONS)
    target = scene.chance.choice(_TARGETS)
    await scene.home.choose(**options)
    await scene.home.set_number("peak_target", target)
    await scene.clock.until(strike.end)
    await scene.home.choose()


_ACTS: dict[Kind, Callable[[Scene, Strike], Awaitable[None]]] = {
    Kind.BAD_CRC: _with(spoil=lines.bad_crc),
    Kind.CHUNKS: _with(chunks=True),
    Kind.CLOCK_JUMP: _clock_jump,
    Kind.CLOCK_STUCK: _clock_stuck,
    Kind.CUT: _cut,
    Kind.CUT_TELEGRAMS: _with(spoil=lines.cut_short),
    Kind.DAMAGED: _with(spoil=lines.damaged),
    Kind.GARBLED: _with(spoil=lines.garbled),
    Kind.GAS_GONE: _with(gas_gone=True),
    Kind.HOSTILE: _with(hostile=True),
    Kind.KILL: _kill,
    Kind.NOISE: _with(spoil=lines.noise),
    Kind.OPTIONS: _options,
    Kind.REFUSED: _refused,
    Kind.RELOAD: _reload,
    Kind.RESTART: _restart,
    Kind.RESTART_SILENT: _restart_silent,
    Kind.SILENCE: _with(silent=True),
    Kind.SLOW: _with(slow=True),
}


async def act(scene: Scene, strike: Strike) -> None:
    """Have a fault strike, and mend it."""
    await _ACTS[strike.kind](scene, strike)
