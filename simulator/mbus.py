"""The meters that may stand behind the meter, as a table."""

from dataclasses import dataclass
from typing import NamedTuple


class Used(NamedTuple):
    """What a household used so far: gas and water in millilitres, energies in watt-seconds."""

    gas: int
    water: int
    imported: int
    exported: int

    def plus(self, other: Used) -> Used:
        """Return the sums."""
        return Used(*(a + b for a, b in zip(self, other, strict=True)))


@dataclass(frozen=True, kw_only=True, slots=True)
class MbusMeter:
    """A meter behind the meter: how it is sent, and what it counts.

    Its register in thousandths of its unit is what the household used of ``source``
    times ``share`` over ``per``.
    """

    type: int
    """Device type of EN 13757-3."""
    serial: str
    unit: str
    source: str
    share: int
    per: int
    offset: int
    """Seconds after a multiple of five minutes at which it is read."""
    code: str = "24.2.1"
    has_valve: bool = False

    def register(self, used: Used) -> int:
        """Return what stands on it after this use, in thousandths of its unit."""
        amount: int = getattr(used, self.source)
        return amount * self.share // self.per


GAS = MbusMeter(
    type=3,
    serial="7FLO2100000001",
    unit="m3",
    source="gas",
    share=1,
    per=1000,
    offset=0,
    code="24.2.3",
    has_valve=True,
)
WATER = MbusMeter(type=7, serial="8SEU0100000001", unit="m3", source="water", share=1, per=1000, offset=130)
_HEAT = MbusMeter(
    type=4, serial="6KAM0400000001", unit="GJ", source="gas", share=324, per=10_000_000, offset=20
)
_SUBMETER = MbusMeter(
    type=2, serial="1EMH0200000001", unit="kWh", source="imported", share=3, per=36_000, offset=55
)
_WARM_WATER = MbusMeter(
    type=6, serial="8QDS0600000001", unit="m3", source="water", share=35, per=100_000, offset=85
)
_COOLING = MbusMeter(
    type=10, serial="6KAM1000000001", unit="GJ", source="exported", share=3, per=10_000_000, offset=165
)
_GARDEN = MbusMeter(
    type=7, serial="8SEU0100000002", unit="m3", source="water", share=2, per=10_000, offset=210
)
_HEAT_INLET = MbusMeter(
    type=12, serial="6ITW1200000001", unit="GJ", source="gas", share=90, per=10_000_000, offset=250
)

METERS = (GAS, WATER, _HEAT, _SUBMETER, _WARM_WATER, _COOLING, _GARDEN, _HEAT_INLET)
"""In the order in which they are installed; all but gas and water are rare in Belgium."""

MOST_METERS = len(METERS)
