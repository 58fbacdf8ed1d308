"""The accounts of the quarter that is running."""

from typing import Any

from ..p1 import Telegram
from .alarms import Alarms
from .clock import QUARTER, moment
from .energy import QuarterEnergy, number_or_none


class RunningQuarter:
    """The running quarter, up to its last telegram."""

    def __init__(self, number: int, energy: QuarterEnergy, *, whole: bool) -> None:
        self.number = number
        """Unix time of its begin divided by its length."""
        self.start = moment(number * QUARTER)
        self.end = moment((number + 1) * QUARTER)
        self.energy = energy
        self.whole = whole
        self.alarms = Alarms()
        self.passed = False
        self.judged: float | None = None
        """The forecast of minute 5, W."""
        self.time = 0.0
        self.power = 0.0
        """Import, kW."""
        self.register: float | None = None
        """Import, kWh."""

    def read(self, time: float, telegram: Telegram) -> None:
        """Take what is needed of a telegram when the next one comes."""
        self.time = time
        self.power = telegram.power_import or 0.0
        self.register = telegram.energy_import

    def dump(self) -> dict[str, Any]:
        """Return the quarter as plain JSON."""
        return {
            "number": self.number,
            "energy": self.energy.dump(),
            "whole": self.whole,
            "alarms": self.alarms.dump(),
            "passed": self.passed,
            "judged": self.judged,
            "time": self.time,
            "power": self.power,
            "register": self.register,
        }

    @classmethod
    def load(cls, data: dict[str, Any]) -> RunningQuarter:
        """Return the quarter that was dumped."""
        quarter = cls(int(data["number"]), QuarterEnergy.load(data["energy"]), whole=bool(data["whole"]))
        quarter.alarms = Alarms.load(data["alarms"])
        quarter.passed, quarter.judged = bool(data["passed"]), number_or_none(data["judged"])
        quarter.time, quarter.power = float(data["time"]), float(data["power"])
        quarter.register = number_or_none(data["register"])
        return quarter
