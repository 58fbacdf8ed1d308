"""What a meter knows at one second, as plain numbers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from .mbus import MbusMeter

WATT_SECONDS_PER_WH = 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class MonthPeak:
    """A closed month: when it closed, and the end and mean W of its highest quarter.

    A month without import has no such end.
    """

    closed: datetime
    time: datetime | None
    watts: int


@dataclass(frozen=True, kw_only=True, slots=True)
class MbusReading:
    """What a meter behind the meter said when it was last read.

    ``value`` is in the unit of the meter, truncated as a display counts.
    """

    channel: int
    meter: MbusMeter
    serial: str
    time: datetime
    value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """The truth behind one telegram; every datetime is UTC.

    The energies are exact watt-seconds (``_ws``); their ``_wh``, ``demand_w`` and the
    cubic metres are truncated, as a display counts.
    Powers and currents held during the second before ``at``; export is negative. On a
    3x230 V grid they are of the two lines that are measured, and nothing is the second.
    """

    at: datetime
    tariff: int
    import_day_ws: int
    import_night_ws: int
    export_day_ws: int
    export_night_ws: int
    quarter_ws: int
    month_peak_w: int
    month_peak_time: datetime | None
    history: tuple[MonthPeak, ...]
    power_w: int
    phases_w: tuple[int, ...]
    voltages_v: tuple[float, ...]
    currents_a: tuple[float, ...]
    gas_m3: float | None
    gas_time: datetime | None
    water_m3: float | None
    water_time: datetime | None
    mbus: tuple[MbusReading, ...]
    """Every M-Bus meter that is heard, gas and water among them."""

    @property
    def import_day_wh(self) -> int:
        """The register 1.8.1 in Wh."""
        return self.import_day_ws // WATT_SECONDS_PER_WH

    @property
    def import_night_wh(self) -> int:
        """The register 1.8.2 in Wh."""
        return self.import_night_ws // WATT_SECONDS_PER_WH

    @property
    def export_day_wh(self) -> int:
        """The register 2.8.1 in Wh."""
        return self.export_day_ws // WATT_SECONDS_PER_WH

    @property
    def export_night_wh(self) -> int:
        """The register 2.8.2 in Wh."""
        return self.export_night_ws // WATT_SECONDS_PER_WH

    @property
    def quarter_wh(self) -> float:
        """The energy in Wh imported since the quarter began."""
        return self.quarter_ws / WATT_SECONDS_PER_WH

    @property
    def demand_w(self) -> int:
        """The register 1.4.0 in W: the quarter's energy so far over a full quarter."""
        return self.quarter_ws // 900

    def stamped(self, shown: Callable[[datetime], datetime]) -> Reading:
        """Return the same with the stamps of a clock that shows what it likes."""
        peak, gas, water = (
            moment and shown(moment) for moment in (self.month_peak_time, self.gas_time, self.water_time)
        )
        return replace(
            self,
            at=shown(self.at),
            month_peak_time=peak,
            gas_time=gas,
            water_time=water,
            mbus=tuple(replace(meter, time=shown(meter.time)) for meter in self.mbus),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class HourlyTotals:
    """A full hour: registers as displayed at its end, and the net power during it.

    Power is in W; export is negative.
    """

    start: datetime
    import_wh: int
    import_day_wh: int
    import_night_wh: int
    export_wh: int
    export_day_wh: int
    export_night_wh: int
    gas_m3: float | None
    water_m3: float | None
    mean_power_w: float
    min_power_w: int
    max_power_w: int
