"""The stages that a telegram goes through, and a stopwatch that is put into them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
import time
from types import ModuleType
from typing import Any, override

_OURS = "custom_components.emucs_p1"


@dataclass(frozen=True, slots=True)
class Stage:
    """A function, as a name in the module that calls or defines it, and what it does."""

    title: str
    module: str
    name: str

    @property
    def where(self) -> str:
        """File and function."""
        return f"{self.module.removeprefix(f'{_OURS}.').replace('.', '/')}.py:{self.name}"


STAGES = (
    Stage("connection: piece handed over", f"{_OURS}.p1.connection", "Connection.data_received"),
    Stage("link: interval, patience", f"{_OURS}.p1.link", "Link._received"),
    Stage("framing", f"{_OURS}.p1.reader", "TelegramReader.feed"),
    Stage("CRC", f"{_OURS}.p1.reader", "crc16"),
    Stage("parse", f"{_OURS}.p1.parser", "BodyReader.read"),
    Stage("coordinator", f"{_OURS}.coordinator", "P1Coordinator.telegram_received"),
    Stage("quarter", f"{_OURS}.peak.quarter", "QuarterTracker.follow"),
    Stage("guard, registers", f"{_OURS}.coordinator", "P1Coordinator._guarded"),
    Stage("guard, M-Bus", f"{_OURS}.coordinator", "P1Coordinator._guarded_mbus"),
    Stage("mean powers, added", f"{_OURS}.reading", "MeanPowers.add"),
    Stage("forecast, when asked for", f"{_OURS}.peak.quarter", "QuarterTracker._reckon"),
    Stage("facts", f"{_OURS}.reading", "Facts.of"),
    Stage("happenings", f"{_OURS}.coordinator", "P1Coordinator._tell"),
    Stage("reading published", f"{_OURS}.coordinator", "P1Coordinator._publish"),
    Stage("entities: has it changed", f"{_OURS}.entity", "P1Entity._handle_coordinator_update"),
    Stage("entity state (Home Assistant)", "homeassistant.helpers.entity", "Entity.async_write_ha_state"),
    Stage("state machine (Home Assistant)", "homeassistant.core", "StateMachine.async_set_internal"),
    Stage("event and listeners (Home Assistant)", "homeassistant.core", "EventBus.async_fire_internal"),
)


@dataclass(slots=True)
class Spent:
    """CPU nanoseconds in a stage without the stages inside it, and how often it was entered."""

    own: int = 0
    calls: int = 0


class Stopwatch:
    """Time the stages of one thread, each without what it calls."""

    def __init__(self, clock: Callable[[], int] = time.thread_time_ns) -> None:
        self.spent: dict[str, Spent] = {}
        self._clock = clock
        self._inside: list[int] = []
        """Nanoseconds in the stages called so far, for every stage entered."""

    def reset(self) -> None:
        """Begin anew, also in the middle of a stage."""
        for spent in self.spent.values():
            spent.own = spent.calls = 0

    def timed[**P, R](self, function: Callable[P, R], title: str) -> Callable[P, R]:
        """Return a function that does the same and is timed."""
        spent = self.spent.setdefault(title, Spent())
        clock, inside = self._clock, self._inside

        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            inside.append(0)
            begin = clock()
            try:
                return function(*args, **kwargs)
            finally:
                took = clock() - begin
                spent.own += took - inside.pop()
                spent.calls += 1
                if inside:
                    inside[-1] += took

        return run

    def put_into(self, owner: Any, name: str, title: str) -> None:
        """Time a function of a module or a class from now on."""
        *outer, last = name.split(".")
        for each in outer:
            owner = getattr(owner, each)
        found = vars(owner)[last]
        if isinstance(found, classmethod):
            setattr(owner, last, classmethod(self.timed(found.__func__, title)))
        else:
            setattr(owner, last, self.timed(found, title))


class TimedImports(MetaPathFinder):
    """Put a stopwatch into the stages of every module as it is imported."""

    def __init__(self, stopwatch: Stopwatch, stages: tuple[Stage, ...] = STAGES) -> None:
        self._stopwatch = stopwatch
        self._stages: Mapping[str, list[Stage]] = {
            module: [stage for stage in stages if stage.module == module]
            for module in {stage.module for stage in stages}
        }

    @override
    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        stages = self._stages.get(fullname)
        spec = PathFinder.find_spec(fullname, path, target) if stages else None
        if stages is None or spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def execute_timed(module: ModuleType) -> None:
            execute(module)
            for stage in stages:
                self._stopwatch.put_into(module, stage.name, stage.title)

        spec.loader.exec_module = execute_timed  # type: ignore[method-assign]
        return spec
