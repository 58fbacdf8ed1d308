"""What a run has found: each distinct failure once, with the smallest input that shows it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
import time
from traceback import extract_tb

_PACKAGE = "emucs_p1"
_MOST = 20


class Failure(Exception):  # noqa: N818
    """Something that must hold does not."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind
        """What tells this failure from others, whatever the input."""


def place_of(error: BaseException) -> str:
    """Return type, file and line of an error: the innermost place of the integration, else of anything."""
    frames = extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _PACKAGE in Path(frame.filename).parts] or frames[-1:]
    where = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}{where}"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A failure and the smallest input found for it."""

    target: str
    kind: str
    detail: str
    literal: str
    """The input as Python, to be pasted into a regression test."""


@dataclass
class Findings:
    """The distinct failures of a run."""

    found: dict[str, Finding] = field(default_factory=dict)

    @property
    def enough(self) -> bool:
        """Return whether more would tell nothing."""
        return len(self.found) >= _MOST

    def add(self, finding: Finding) -> None:
        """Keep a failure."""
        self.found[finding.kind] = finding


def smallest[Input](
    failing: Input,
    *,
    simpler: Callable[[Input], Iterator[Input]],
    still_fails: Callable[[Input], bool],
    seconds: float,
) -> Input:
    """Return the simplest input reached in so many seconds that still fails in the same way."""
    end = time.monotonic() + seconds
    progress = True
    while progress:
        progress = False
        for candidate in simpler(failing):
            if time.monotonic() > end:
                return failing
            if still_fails(candidate):
                failing, progress = candidate, True
                break
    return failing


def shorter[Part](parts: tuple[Part, ...], *, least: int = 0) -> Iterator[tuple[Part, ...]]:
    """Yield the sequence with ever smaller runs of it left out."""
    size = len(parts) // 2 or 1
    while parts:
        for start in range(0, len(parts), size):
            rest = parts[:start] + parts[start + size :]
            if least <= len(rest) < len(parts):
                yield rest
        if size == 1:
            return
        size //= 2
