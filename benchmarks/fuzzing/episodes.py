"""What happens to a house: telegrams one after another, and what people do meanwhile."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from . import lines
from .findings import shorter
from .seeds import Lines, unseal

ACTS = ("diagnostics", "drop", "health", "noise", "number", "options", "probe", "refresh", "reload", "repair")
"""What may happen beside a telegram."""

_WAITS = (0.0, 0.001, 0.2, 1.0, 1.0, 1.0, 9.8, 10.0, 30.0, 61.0, 200.0, 301.0, 601.0, 900.0, 3700.0, 90000.0)
_MOST_STEPS = 40
_COUNTING = (
    (b"1-0:1.8.1", b"(%.3f*kWh)"),
    (b"1-0:2.8.2", b"(%.3f*kWh)"),
    (b"0-1:24.2.3", b"(260303120000W)(%.3f*m3)"),
    (b"0-2:24.2.1", b"(260303120000W)(%.3f*m3)"),
)
"""Registers, and how a value of theirs is written."""


@dataclass(frozen=True, slots=True)
class Step:
    """One telegram, some seconds after the one before."""

    after: float
    lines: Lines
    act: str = ""
    """One of ACTS, done once the telegram is in."""


@dataclass(frozen=True, slots=True)
class Episode:
    """The life of one entry."""

    steps: tuple[Step, ...]
    by_flow: bool = False
    """Whether the entry comes from the dialog, with whatever the first telegram says of itself."""


def fresh(random: Random, series: list[list[bytes]]) -> Episode:
    """Return some telegrams of one meter as they come."""
    telegrams = random.choice(series)
    start = random.randrange(len(telegrams) - 2)
    steps = (
        Step(random.choice((1.0, 1.0, 10.0)), unseal(telegram))
        for telegram in telegrams[start : start + random.randint(2, 12)]
    )
    return Episode(tuple(steps), by_flow=random.random() < 0.2)  # noqa: PLR2004


def mutated(random: Random, episode: Episode, others: list[Episode], series: list[list[bytes]]) -> Episode:
    """Return an episode with one to five things done to it."""
    steps = list(episode.steps)
    for _ in range(random.choice((1, 1, 2, 3, 5))):
        mutation = random.choice(_MUTATIONS)
        mutation(random, steps, random.choice(others), series)
    by_flow = episode.by_flow if random.random() < 0.9 else not episode.by_flow  # noqa: PLR2004
    return Episode(tuple(steps[:_MOST_STEPS]), by_flow)


def simpler(episode: Episode) -> Iterator[Episode]:
    """Yield episodes with fewer steps, fewer lines and shorter ones."""
    if episode.by_flow:
        yield replace(episode, by_flow=False)
    for steps in shorter(episode.steps, least=1):
        yield replace(episode, steps=steps)
    codes = dict.fromkeys(_code_of(line) for step in episode.steps for line in step.lines[1:])
    for kept in shorter(tuple(codes)):
        yield replace(episode, steps=tuple(_with_codes(step, set(kept)) for step in episode.steps))
    for at, step in enumerate(episode.steps):
        for other in _simpler_steps(step):
            yield replace(episode, steps=(*episode.steps[:at], other, *episode.steps[at + 1 :]))


def _code_of(line: bytes) -> bytes:
    return line.partition(b"(")[0]


def _with_codes(step: Step, codes: set[bytes]) -> Step:
    kept = (line for line in step.lines[1:] if _code_of(line) in codes)
    return replace(step, lines=(step.lines[0], *kept))


def _simpler_steps(step: Step) -> Iterator[Step]:
    if step.act:
        yield replace(step, act="")
    if step.after != 1.0:
        yield replace(step, after=1.0)
    for fewer in shorter(step.lines[1:]):
        yield replace(step, lines=(step.lines[0], *fewer))
    for at, line in enumerate(step.lines):
        for less in shorter(tuple(line)):
            yield replace(step, lines=(*step.lines[:at], bytes(less), *step.lines[at + 1 :]))


def _change(random: Random, steps: list[Step], _other: Episode, _series: list[list[bytes]]) -> None:
    at = random.randrange(len(steps))
    steps[at] = replace(steps[at], lines=lines.changed(random, steps[at].lines))


def _keep_on(random: Random, steps: list[Step], _other: Episode, _series: list[list[bytes]]) -> None:
    """Send a line otherwise from a step on."""
    at, line = random.randrange(len(steps)), lines.line(random)
    code = _code_of(line) + b"("
    for number, step in enumerate(steps[at:], at):
        rest = tuple(one for one in step.lines if not one.startswith(code))
        steps[number] = replace(step, lines=(*rest, line))


def _wait(random: Random, steps: list[Step], _other: Episode, _series: list[list[bytes]]) -> None:
    at = random.randrange(len(steps))
    steps[at] = replace(steps[at], after=random.choice(_WAITS))


def _act(random: Random, steps: list[Step], _other: Episode, _series: list[list[bytes]]) -> None:
    at = random.randrange(len(steps))
    steps[at] = replace(steps[at], act=random.choice(ACTS))


def _repeat(random: Random, steps: list[Step], _other: Episode, _series: list[list[bytes]]) -> None:
    at = random.randrange(len(steps))
    again = replace(steps[at], after=random.choice(_WAITS))
    steps[at:at] = [again] * random.choice((1, 1, 3, 20))


def _leave_out(random: Random, steps: list[Step], _other: Episode, _series: list[list[bytes]]) -> None:
    if len(steps) > 1:
        del steps[random.randrange(len(steps))]


def _splice(random: Random, steps: list[Step], other: Episode, _series: list[list[bytes]]) -> None:
    at = random.randrange(len(steps) + 1)
    steps[at:] = other.steps[random.randrange(len(other.steps)) :]
    if not steps:
        steps.extend(other.steps)


def _go_on(random: Random, steps: list[Step], _other: Episode, series: list[list[bytes]]) -> None:
    """Append what a meter says next, perhaps another one."""
    steps.extend(fresh(random, series).steps)


def _climb(random: Random, steps: list[Step], _other: Episode, _series: list[list[bytes]]) -> None:
    """Let a register rise, or fall, with every telegram from a step on."""
    code, value = random.choice(_COUNTING)
    amount, by = random.choice((0.0, 5.0, 1e6)), random.choice((0.01, 1.6, 190.0, 1e5, -1.0))
    after = random.choice(_WAITS)
    first = random.randrange(len(steps))
    for number in range(first, min(first + random.choice((3, 12)), _MOST_STEPS)):
        step = steps[number] if number < len(steps) else steps[-1]
        rest = tuple(line for line in step.lines if not line.startswith(code))
        line = code + value % max(0.0, amount + by * (number - first))
        steps[number : number + 1] = [Step(after, (*rest, line), step.act)]


_MUTATIONS = (
    _change,
    _change,
    _change,
    _change,
    _climb,
    _keep_on,
    _wait,
    _act,
    _repeat,
    _leave_out,
    _splice,
    _go_on,
)
