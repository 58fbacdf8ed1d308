"""The energy of one quarter, by three accounts that check each other.

The ramp of the meter (1-0:1.4.0) is the one that is billed, to 0.25 Wh. The import registers resolve
1 Wh and need to have been seen at the quarter's begin. The power integral knows only what it saw.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from ..p1 import Telegram
from .clock import QUARTER
from .units import KW, KWH, MOST, WH

# A register may show the quarter before for some seconds after the boundary.
SETTLING = 30
# The longest time between two telegrams that the power integral bridges, s.
_BRIDGED = 60
# So far may the ramp and the registers be apart: Ws, and share of the larger.
_RESOLUTION = 30 * WH
_SHARE = 0.02
# The power between two telegrams is a guess: it may be that much more or less, as a share.
_GUESS = 0.25


class EnergySource(StrEnum):
    """Where the energy of a quarter comes from."""

    RAMP = "ramp"
    REGISTERS = "registers"
    POWER = "power"


@dataclass(slots=True)
class QuarterEnergy:
    """The accounts of a quarter, Ws."""

    start_register: float | None = None
    """Import register at its begin, kWh; None when nobody saw it."""
    old_ramp: float | None = None
    """Last ramp of the quarter before, kW; None when that one was not seen."""
    integral: float | None = None
    """Of the power; None when it has a gap."""
    slack: float = 0.0
    """By how much the integral may be wrong for jumps between two telegrams."""
    energy: float | None = None
    """The account that is believed; None when there is none."""
    source: EnergySource | None = None
    ramp: float | None = None
    """Last ramp of this quarter, kW."""

    def begin(self, telegram: Telegram, elapsed: int) -> None:
        """Count from the begin of the quarter, which was a few seconds ago."""
        power = telegram.power_import or 0.0
        self.integral = self.slack = power * KW * elapsed
        if telegram.energy_import is not None:
            self.start_register = telegram.energy_import - self.integral / KWH

    def follow(
        self, telegram: Telegram, old: QuarterEnergy, start_register: float | None, elapsed: int
    ) -> None:
        """Count on from the quarter before, whose end is known."""
        if elapsed <= _BRIDGED:
            self.integral = self.slack = (telegram.power_import or 0.0) * KW * elapsed
        if start_register is not None:
            self.start_register = start_register
        self.old_ramp = old.ramp

    def final_ramp(self, telegram: Telegram, elapsed: int) -> float | None:
        """Return the energy of this quarter, Ws, if a telegram of the next one still shows its ramp."""
        ramp = telegram.quarter_demand
        if ramp is None or self.source is not EnergySource.RAMP or not is_stale(ramp, self.ramp, elapsed):
            return None
        return ramp * KW * QUARTER

    def pass_time(self, seconds: float, before: float, power: float) -> None:
        """Integrate the power, kW, from one telegram to the next; the clock may have been set back."""
        if self.integral is None:
            return
        if not 0 <= seconds <= _BRIDGED:
            self.integral = None
            return
        self.integral += (before + power) / 2 * KW * seconds
        self.slack += abs(power - before) / 2 * KW * seconds

    def observe(self, telegram: Telegram, elapsed: int) -> None:
        """Decide which account is believed at a telegram, after its time has been passed."""
        ramp = None
        shown = telegram.quarter_demand
        if shown is not None and not is_stale(shown, self.old_ramp, elapsed):
            self.ramp = shown
            ramp = shown * KW * QUARTER
        registers = None
        if self.start_register is not None and telegram.energy_import is not None:
            registers = (telegram.energy_import - self.start_register) * KWH
        self.energy, self.source = self._believed(ramp, registers, elapsed)

    def _believed(
        self, ramp: float | None, registers: float | None, elapsed: int
    ) -> tuple[float, EnergySource] | tuple[None, None]:
        integral = self.integral
        accounts = [
            (account, source)
            for account, source in ((ramp, EnergySource.RAMP), (registers, EnergySource.REGISTERS))
            if account is not None and 0 <= account <= MOST * KW * elapsed
        ]
        if len(accounts) == 2:  # noqa: PLR2004
            (ramp, _), (registers, _) = accounts
            if integral is None or abs(ramp - registers) <= _RESOLUTION + _SHARE * max(ramp, registers):
                return accounts[0]
            return min(accounts, key=lambda each: abs(each[0] - integral))
        if accounts and self._is_likely(accounts[0][0]):
            return accounts[0]
        return (None, None) if integral is None else (integral, EnergySource.POWER)

    def _is_likely(self, account: float) -> bool:
        """Return whether an account that stands alone goes with the power."""
        if self.integral is None:
            return True
        return abs(account - self.integral) <= _RESOLUTION + self.slack + _GUESS * self.integral

    def dump(self) -> dict[str, Any]:
        """Return the accounts as plain JSON."""
        return asdict(self)

    @classmethod
    def load(cls, data: dict[str, Any]) -> QuarterEnergy:
        """Return the accounts that were dumped."""
        source = data["source"]
        return cls(
            start_register=number_or_none(data["start_register"]),
            old_ramp=number_or_none(data["old_ramp"]),
            integral=number_or_none(data["integral"]),
            slack=float(data["slack"]),
            energy=number_or_none(data["energy"]),
            source=None if source is None else EnergySource(source),
            ramp=number_or_none(data["ramp"]),
        )


def number_or_none(value: Any) -> float | None:
    """Return a number that was dumped; raise TypeError or ValueError for anything else."""
    return None if value is None else float(value)


def is_stale(ramp: float, old: float | None, elapsed: int) -> bool:
    """Return whether a ramp still is the one of the quarter before, which was last seen at `old`, kW."""
    return old is not None and elapsed < SETTLING and 0 < old <= ramp
