"""Which branches of the integration have run: cheap enough to leave on, as each one is seen only once."""

from collections.abc import Iterator
import gc
import sys
from types import CodeType, FunctionType
from typing import Self

_EVENTS = sys.monitoring.events.BRANCH_LEFT | sys.monitoring.events.BRANCH_RIGHT
# Not the one that coverage.py takes, which may measure this very run.
_TOOL = 4


class Coverage:
    """Count the branches taken in the functions whose file lies under a folder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        # By id: code that was compiled twice is equal, and not the same.
        self._watched: dict[int, CodeType] = {}
        self.reached = 0
        """How many branches have been taken, each way counted."""
        self.total = 0
        """How many there are in what is watched."""

    def __enter__(self) -> Self:
        sys.monitoring.use_tool_id(_TOOL, "fuzz")
        for event in (sys.monitoring.events.BRANCH_LEFT, sys.monitoring.events.BRANCH_RIGHT):
            sys.monitoring.register_callback(_TOOL, event, self._taken)
        self.watch()
        return self

    def __exit__(self, *_: object) -> None:
        sys.monitoring.free_tool_id(_TOOL)

    def watch(self) -> None:
        """Watch every function that has been made since; one that is watched stays so."""
        for made in gc.get_objects():
            if isinstance(made, FunctionType) and made.__code__.co_filename.startswith(self._folder):
                for code in _nested(made.__code__):
                    self._watch(code)

    def _watch(self, code: CodeType) -> None:
        if id(code) not in self._watched:
            self._watched[id(code)] = code
            self.total += 2 * sum(1 for _ in code.co_branches())
            sys.monitoring.set_local_events(_TOOL, code, _EVENTS)

    def _taken(self, _code: CodeType, _source: int, _destination: int) -> object:
        self.reached += 1
        return sys.monitoring.DISABLE


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)
