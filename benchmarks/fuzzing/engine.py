"""The search: change what has shown something new, keep what shows more."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
import signal
import time
from traceback import format_exception
from typing import Any, Protocol

from .coverage import Coverage
from .findings import Failure, Finding, Findings, place_of, smallest

_HANGS = 30
"""Seconds after which an input will not end."""
_MOST_KEPT = 1000
_FRESH = 0.03


class Target[Input](Protocol):
    """What is fed, and what must hold."""

    name: str

    def fresh(self, random: Random) -> Input:
        """Return an input in which nothing is wrong."""

    def mutated(self, random: Random, corpus: list[Input]) -> Input:
        """Return another one, made of those that showed something new."""

    def simpler(self, given: Input) -> Iterator[Input]:
        """Yield smaller ones."""

    def literal(self, given: Input) -> str:
        """Return an input as Python."""

    def run(self, given: Input) -> None:
        """Raise Failure when something does not hold."""


@dataclass
class Search[Input]:
    """The search on one target."""

    target: Target[Input]
    random: Random
    coverage: Coverage
    findings: Findings
    minimising: float
    """Seconds that a failure is made smaller for."""
    found: Callable[[Finding], None] = lambda _finding: None
    corpus: list[Input] = field(default_factory=list)
    executions: int = 0
    seconds: float = 0.0

    def go_on(self, seconds: float) -> None:
        """Search for so many seconds, at least one input."""
        begin = time.monotonic()
        while True:
            self._try_one()
            if (spent := time.monotonic() - begin) >= seconds or self.findings.enough:
                self.seconds += spent
                return

    def _try_one(self) -> None:
        fresh = not self.corpus or self.random.random() < _FRESH
        given = self.target.fresh(self.random) if fresh else self.target.mutated(self.random, self.corpus)
        reached = self.coverage.reached
        self.executions += 1
        failure = self._failure_of(given)
        if failure is not None and failure.kind not in self.findings.found:
            self._keep(given, failure)
        if self.coverage.reached > reached:
            if len(self.corpus) >= _MOST_KEPT:
                self.corpus.pop(self.random.randrange(len(self.corpus)))
            self.corpus.append(given)

    def _failure_of(self, given: Input) -> Failure | None:
        previous = signal.signal(signal.SIGALRM, _hang)
        signal.alarm(_HANGS)
        try:
            self.target.run(given)
        except Failure as failure:
            return failure
        except Exception as error:  # noqa: BLE001 - any of them is what we look for
            failure = Failure(f"raises {place_of(error)}", repr(error))
            failure.__cause__ = error
            return failure
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, previous)
        return None

    def _keep(self, given: Input, failure: Failure) -> None:
        def still_fails(candidate: Input) -> bool:
            again = self._failure_of(candidate)
            return again is not None and again.kind == failure.kind

        small = given
        if again := still_fails(given):
            small = smallest(
                given, simpler=self.target.simpler, still_fails=still_fails, seconds=self.minimising
            )
        detail = str(failure) if again else f"{failure} (not every time)"
        if failure.__cause__ is not None:
            detail += "\n" + "".join(format_exception(failure.__cause__))
        finding = Finding(
            target=self.target.name, kind=failure.kind, detail=detail, literal=self.target.literal(small)
        )
        self.findings.add(finding)
        self.found(finding)


def _hang(*_: Any) -> None:
    raise Failure("does not end")
