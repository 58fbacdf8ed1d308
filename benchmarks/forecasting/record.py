"""How the scored quarters of one house or of several ended, and what was said of them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .load import Floats, Ints

type Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Record:
    """Scored quarters, a row each; by minute mark where there are two axes; powers in W."""

    days: NDArray[np.str_]
    """House and UTC day."""
    mean: Floats
    shed: Floats
    """What the mean would have been had the house shed from the mark on."""
    forecast: Floats
    low: Floats
    high: Floats
    probability: Floats
    alarms: dict[str, Bools]
    """By alarm: whether it is on."""
    switches: dict[str, Ints]
    """By alarm: how often it went on or off, once a quarter."""
    baselines: dict[str, Floats]

    def __len__(self) -> int:
        return len(self.mean)


def pooled(records: Sequence[Record]) -> Record:
    """Return the quarters of several records as one."""

    def joined(parts: list[Any]) -> Any:
        if isinstance(parts[0], dict):
            return {key: joined([part[key] for part in parts]) for key in parts[0]}
        return np.concatenate(parts)

    return Record(
        **{each.name: joined([getattr(record, each.name) for record in records]) for each in fields(Record)}
    )
