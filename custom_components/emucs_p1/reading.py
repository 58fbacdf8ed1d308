"""What the entities show."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from typing import Self

from .p1 import MbusDevice, Telegram
from .peak import FinishedQuarter, QuarterState

REGISTERS = (
    "energy_export",
    "energy_export_day",
    "energy_export_night",
    "energy_import",
    "energy_import_day",
    "energy_import_night",
)
registers_of = attrgetter(*REGISTERS)
"""Values of a telegram's registers, kWh, in that order."""
POWERS = (
    "power",
    "power_import",
    "power_export",
    *(f"power_{direction}_{phase}" for direction in ("import", "export") for phase in ("l1", "l2", "l3")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an automation must not miss: written at the telegram that decides it."""

    last_quarter: FinishedQuarter | None = None
    month_peak: float | None = None
    """kW; None when this month has none yet."""
    month_peak_time: datetime | None = None
    warning: bool | None = None
    """Whether the quarter will probably pass; None when that is not known."""
    act_now: bool | None = None

    @classmethod
    def of(cls, quarter: QuarterState | None) -> Self:
        """Return the facts of a quarter."""
        if quarter is None:
            return cls()
        known = quarter.outlook is not None
        return cls(
            last_quarter=quarter.last,
            month_peak=quarter.months.peak,
            month_peak_time=quarter.months.peak_time,
            warning=quarter.warning if known else None,
            act_now=quarter.act_now if known else None,
        )

    def raise_an_alarm(self, before: Self) -> bool:
        """Return whether an alarm is on that was not."""
        return bool((self.warning and not before.warning) or (self.act_now and not before.act_now))

    def first_of(self, before: Self) -> Self | None:
        """Return what is to be written first where both alarms change at once; None where they do not.

        Act now is never on without the warning, not for the instant between two states either.
        """
        if before.warning == self.warning or before.act_now == self.act_now:
            return None
        if self.act_now:
            return replace(self, act_now=before.act_now)
        return replace(self, warning=before.warning)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is known of a meter, as of the update interval; its facts as of the last telegram."""

    telegram: Telegram
    """The newest telegram of the interval."""
    registers: Mapping[str, float]
    """kWh by field, none of them falling."""
    powers: Mapping[str, float]
    """Means over the interval, kW by field."""
    mbus: Mapping[str, MbusDevice]
    """Meters on the M-Bus by identity, their registers never falling."""
    quarter: QuarterState | None
    facts: Facts

    @property
    def sent(self) -> AbstractSet[str]:
        """Fields whose line the meter sends."""
        return self.telegram.sent


class MeanPowers:
    """The means of the powers over an interval."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._counts: dict[str, int] = {}

    def add(self, telegram: Telegram) -> None:
        """Count the powers of a telegram."""
        for field in POWERS:
            if (value := getattr(telegram, field)) is not None:
                self._sums[field] = self._sums.get(field, 0.0) + value
                self._counts[field] = self._counts.get(field, 0) + 1

    def take(self) -> dict[str, float]:
        """Return the means, kW by field, and begin anew."""
        means = {field: round(total / self._counts[field], 3) for field, total in self._sums.items()}
        self.clear()
        return means

    def clear(self) -> None:
        """Begin anew."""
        self._sums.clear()
        self._counts.clear()
