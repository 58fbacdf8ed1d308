"""Which faults there are, and when each strikes: settled by the seed."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

_HOUR = 3600
_LATEST_END = 3000
"""Seconds into its hour by which a fault is over: the rest is for recovering in."""


class Kind(StrEnum):
    """What goes wrong."""

    BAD_CRC = "every telegram with a bad CRC"
    CHUNKS = "bytes in chunks of any size"
    CLOCK_JUMP = "meter clock wrong, and back"
    CLOCK_STUCK = "meter clock stuck"
    CUT = "link cut"
    CUT_TELEGRAMS = "telegrams cut short"
    DAMAGED = "lines damaged"
    GARBLED = "lines garbled under a good CRC"
    GAS_GONE = "gas meter away from the M-Bus"
    HOSTILE = "hostile telegrams"
    KILL = "killed without saving"
    NOISE = "noise"
    OPTIONS = "options changed"
    REFUSED = "port refused"
    RELOAD = "reload"
    RESTART = "restart"
    RESTART_SILENT = "restart while the port is silent"
    SILENCE = "silence"
    SLOW = "one telegram a minute"


SECONDS: dict[Kind, tuple[int, int]] = {
    Kind.BAD_CRC: (10, 600),
    Kind.CHUNKS: (60, 900),
    Kind.CLOCK_JUMP: (5, 300),
    Kind.CLOCK_STUCK: (5, 300),
    Kind.CUT: (0, 2),
    Kind.CUT_TELEGRAMS: (10, 300),
    Kind.DAMAGED: (60, 900),
    Kind.GARBLED: (60, 900),
    Kind.GAS_GONE: (300, 1800),
    Kind.HOSTILE: (10, 120),
    Kind.KILL: (5, 300),
    Kind.NOISE: (10, 300),
    Kind.OPTIONS: (60, 1200),
    Kind.REFUSED: (5, 1200),
    Kind.RELOAD: (0, 2),
    Kind.RESTART: (5, 300),
    Kind.RESTART_SILENT: (20, 600),
    Kind.SILENCE: (5, 1200),
    Kind.SLOW: (600, 1800),
}
"""How long each lasts, at least and at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Strike:
    """A fault at its time."""

    kind: Kind
    start: int
    """Unix second."""
    seconds: int

    @property
    def end(self) -> int:
        """Return the unix second at which it is over."""
        return self.start + self.seconds


def strikes(seed: int, start: int, end: int) -> list[Strike]:
    """Return a fault for every full hour but the last; each kind comes as often as the others.

    The first hour brings one that needs nothing of the past, the last none: what is judged at the end is
    a meter that had the time to recover.
    """
    chance, deck, found = Random(f"{seed}:faults"), list[Kind](), list[Strike]()
    for hour in range(start, end - _HOUR, _HOUR):
        if not deck:
            deck = list(Kind)
            chance.shuffle(deck)
        kind = deck.pop()
        least, most = SECONDS[kind]
        # As many short ones as long ones: what happens within a grace differs from what happens after it.
        seconds = round(least * (most / least) ** chance.random()) if least else chance.randint(least, most)
        begin = hour + chance.randint(60, _LATEST_END - seconds)
        found.append(Strike(kind=kind, start=begin, seconds=seconds))
    return found
