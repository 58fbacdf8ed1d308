"""What a fault is: what is done, what the user is to see of it, how long that may take."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from .lines import Line, Network

if TYPE_CHECKING:
    from .neighbour import Neighbour

GONE = 20.0
"""Seconds until everything is unavailable."""
BACK = 5.0
"""Seconds until everything has a value again."""
BACK_AFTER_RETRY = 10.0
"""The same where nobody tells us that trying anew would help."""
DOWN = "sends no telegrams any more"
UP = "sends telegrams again"
EXCHANGED = "was exchanged: its entities go on with the new one"


class Kind(StrEnum):
    """Where a fault is."""

    LINK = "link"
    LINE_QUALITY = "line quality"
    SERIAL = "serial"
    METER = "meter"
    SWAP = "swap"
    GATEWAY = "gateway"


@dataclass(frozen=True, kw_only=True, eq=False)
class Fault:
    """A fault that one house of the street is to suffer."""

    name: str
    kind: Kind
    seen: str
    """What the user sees of it, in words for the documentation."""
    play: Callable[[Neighbour], Awaitable[None]]
    line: type[Line] = Network
    before: Mapping[str, object] = field(default_factory=dict)
    """What the meter is when it is added: fields of the simulator's model."""
    prepare: Callable[[Neighbour], Awaitable[None]] | None = None
    """What is done before the meter is added."""
    common: bool = False
    """Whether it is the one of its kind that every run plays."""
    slow: bool = False
    """Whether its telegrams come less often than a person waits for the first."""
    gone: float | None = None
    """Seconds within which the values are to be gone; None where they are not to go."""
    back: float | None = None
    """Seconds within which they are to be back, once the cause has gone."""
    concerns: Callable[[str], bool] = lambda _unique_id: True
    """Which entities lose their value, by their unique ids."""
    outages: int = 0
    """How often they become unavailable."""
    outages_besides: int = 0
    """How often the other entities do."""
    logged: tuple[str, ...] = ()
    """What the log says of the meter, line by line: a part of each line."""

    def __str__(self) -> str:
        return self.name


@dataclass(kw_only=True)
class Outcome:
    """What came of a fault."""

    error: BaseException | None = None
    """Why it could not be played to its end."""
    gone_after: float | None = None
    back_after: float | None = None
    others: dict[str, float] = field(default_factory=dict)
    """Further seconds that things took."""
    logged: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """States that the meter never spoke of."""
    unrecorded: list[str] = field(default_factory=list)
    """Where history differs from what was shown."""
    outages: dict[str, int] = field(default_factory=dict)
    """How often history says unavailable, by unique id."""
