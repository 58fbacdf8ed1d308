"""What a meter would have told of a load: a telegram every 10 s, in the digits that it prints."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from custom_components.emucs_p1.p1 import Telegram

from .load import QUARTER, Floats, Ints, Load

_CADENCE = 10
"""s. A file with a sample a second gets a telegram a second."""

_SENT = frozenset(
    {
        "timestamp",
        "energy_import",
        "energy_import_day",
        "energy_import_night",
        "energy_export",
        "energy_export_day",
        "energy_export_night",
        "power",
        "power_import",
        "power_export",
        "quarter_demand",
    }
)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the telegrams of a load say, one entry a telegram."""

    times: Ints
    """Unix seconds."""
    power: Floats
    """What held just before, kW."""
    demand: Floats
    """The ramp: energy since the quarter began divided by the full quarter, kW."""
    register: Floats
    """kWh."""

    @classmethod
    def of(cls, load: Load, register: float = 0.0) -> Told:
        """Return what is told of a load by a meter that stands at so many kWh; nothing where samples miss."""
        cadence = 1 if load.step == 1 else _CADENCE
        times = np.arange(-(-load.times[0] // cadence) * cadence, load.end + 1, cadence)
        power = load.power(times)
        times, power = times[~np.isnan(power)], power[~np.isnan(power)]
        energy = load.energy(times)
        so_far = energy - load.energy(times // QUARTER * QUARTER)
        return cls(
            times=times,
            power=np.round(power / 1000, 3),
            demand=np.round(so_far / QUARTER / 1000, 3),
            register=np.round(register + energy / 3_600_000, 3),
        )

    def telegrams(self, first: int, last: int) -> Iterator[Telegram]:
        """Yield the telegrams from one entry up to before another."""
        span = slice(first, last)
        for time, power, demand, register in zip(
            self.times[span].tolist(),
            self.power[span].tolist(),
            self.demand[span].tolist(),
            self.register[span].tolist(),
            strict=True,
        ):
            yield Telegram(
                identification="FLU5\\253769484_A",
                timestamp=datetime.fromtimestamp(time, UTC),
                energy_import=register,
                energy_import_day=register,
                energy_import_night=0.0,
                energy_export=0.0,
                energy_export_day=0.0,
                energy_export_night=0.0,
                power=power,
                power_import=power,
                power_export=0.0,
                quarter_demand=demand,
                sent=_SENT,
            )


def told_of(loads: list[Load]) -> list[Told]:
    """Return what the meter of a house tells of its loads: the registers count on."""
    told: list[Told] = []
    for load in loads:
        told.append(Told.of(load, float(told[-1].register[-1]) if told else 0.0))
    return told
