"""A house that draws what a test says, and whose meter counts it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .ports import FakePort
from .variants import BRUSSELS, THREE_PHASE, UNDEFINED, Lines, build, kw, kwh, peak, stamp

_QUARTER = 900


def at(hour: int, minute: int, second: int = 0, day: int = 3) -> datetime:
    """Return a moment of the month that the meters of the tests are in."""
    return datetime(2026, 3, day, hour, minute, second, tzinfo=BRUSSELS)


NOON = at(12, 0)
YESTERDAY = at(18, 15, day=2)


@dataclass
class Later:
    """Lets the meter send a telegram some seconds later."""

    hass: HomeAssistant
    port: FakePort
    seconds: float = 1000.0

    async def __call__(self, telegram: bytes, seconds: float = 10.0) -> None:
        self.seconds += seconds
        self.port.send(telegram)
        await self.hass.async_block_till_done()

    def monotonic(self) -> float:
        return self.seconds


@dataclass
class House:
    """Registers, ramp and month peak go with what is drawn, as in a real meter.

    A meter whose lines have no ramp or no month peak sends none.
    """

    hass: HomeAssistant
    entry: MockConfigEntry
    later: Later
    now: datetime = NOON
    lines: Lines = field(default_factory=lambda: dict(THREE_PHASE))
    peak: float | None = 3.456
    """Of the month, kW; None: undefined."""
    peak_time: datetime = YESTERDAY
    drawn: float = 0.5
    """Now, kW."""
    counted: float = 1_000_001.0
    """Import by day, Wh."""
    quarter: float = 0.0
    """Of it in this quarter."""
    trouble: Lines = field(default_factory=dict)
    """Lines that are to be sent otherwise."""

    def telegram(self) -> bytes:
        """Return what the meter says now."""
        lines = {
            "0-0:1.0.0": stamp(self.now),
            "1-0:1.7.0": kw(self.drawn),
            "1-0:1.8.1": kwh(self.counted // 1 / 1000),
            "1-0:1.4.0": kw(self.quarter / 250),
            "1-0:1.6.0": UNDEFINED + kw(0) if self.peak is None else peak(self.peak_time, self.peak),
        }
        return build(self.lines | {code: lines[code] for code in lines if code in self.lines} | self.trouble)

    async def move_in(self) -> None:
        """Set the meter up."""
        self.later.port.greeting = self.telegram()
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()

    async def restart(self) -> None:
        """Unload the meter and set it up a second later."""
        await self.hass.config_entries.async_unload(self.entry.entry_id)
        self.pass_time(1)
        await self.move_in()

    async def draw(self, kilowatts: float, until: datetime, every: int = 30) -> None:
        """Draw so much until then, with a telegram every so many seconds and at the end of every quarter."""
        self.drawn = kilowatts
        while self.now < until:
            step = min(every, round((until - self.now).total_seconds()), self._to_go)
            self.pass_time(step)
            await self.later(self.telegram(), step)

    @property
    def _to_go(self) -> int:
        """Seconds to the end of the quarter."""
        return _QUARTER - int(self.now.timestamp()) % _QUARTER

    def pass_time(self, seconds: int) -> None:
        """Let time pass, within a quarter, without a telegram."""
        energy = self.drawn * seconds / 3.6
        self.counted += energy
        self.quarter += energy
        ended = seconds == self._to_go
        self.now += timedelta(seconds=seconds)
        if ended:
            mean = round(self.quarter / 250, 3)
            if self.peak is None or mean > self.peak:
                self.peak, self.peak_time = mean, self.now
            self.quarter = 0.0
