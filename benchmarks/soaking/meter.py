"""What comes out of the meter: its telegrams, and what a fault of the meter makes of them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
import re

from simulator import clock
from simulator.crc import crc16
from simulator.household import Household
from simulator.meter import Meter
from simulator.reading import Reading

METER_ID = "1SAG3100000001"
"""That of the simulator's three phases."""

_STAMP = re.compile(rb"(?<=\n0-0:1\.0\.0\()\d{12}[SW]")
_GAS = re.compile(rb"0-1:[^\r]*\r\n")

HOSTILE: tuple[Mapping[bytes, bytes], ...] = (
    {b"1-0:1.7.0": b"90000000.000*kW"},
    {b"1-0:1.7.0": b"99.999*MW"},
    {b"1-0:1.7.0": b"-5.000*kW", b"1-0:2.7.0": b"-3.000*kW"},
    {b"1-0:1.8.1": b"999999.999*kWh", b"1-0:1.8.2": b"999999.999*kWh"},
    {b"1-0:1.8.1": b"000000.000*kWh", b"1-0:1.8.2": b"000000.000*kWh"},
    {b"1-0:1.8.1": b"-00001.000*kWh"},
    {b"1-0:1.8.1": b"1e9*kWh", b"1-0:2.8.1": b"nan*kWh"},
    {b"1-0:2.8.1": b"900000.000*kWh"},
    {b"1-0:1.4.0": b"99999.999*kW"},
    {b"1-0:32.7.0": b"99999.9*V", b"1-0:31.7.0": b"99999.99*A"},
    {b"0-1:24.2.3": b"99999.999*m3", b"0-2:24.2.1": b"99999.999*m3"},
    {b"0-0:96.13.0": b"3C7363726970743E" * 64},
    {b"0-0:1.0.0": b"991399256199S"},
    {b"0-0:96.3.10": b"9", b"0-0:96.14.0": b"0009"},
)
"""The last value of some lines as no meter sends it, under a checksum that is right."""


class House:
    """A household and its meter; what it reads is the truth that everything is held against."""

    def __init__(self, seed: int) -> None:
        self.meter = Meter(Household(seed))

    def reading(self, second: int) -> Reading:
        """Return the truth at a unix second."""
        return self.meter.reading(clock.moment_of(second))

    def telegram(self, second: int) -> bytes:
        """Return what the meter sends at a unix second."""
        return self.meter.telegram(clock.moment_of(second))

    def imported_ws(self, second: int) -> int:
        """Return the watt-seconds imported up to a unix second."""
        reading = self.reading(second)
        return reading.import_day_ws + reading.import_night_ws

    def quarter_w(self, end: datetime) -> float:
        """Return the mean import of the quarter that ended then, W."""
        second = clock.second_of(end)
        return (self.imported_ws(second) - self.imported_ws(second - clock.QUARTER)) / clock.QUARTER


def sealed(frame: bytes) -> bytes:
    """Return a telegram with the checksum that its lines ask for."""
    body = frame[: frame.rindex(b"!") + 1]
    return b"%b%04X\r\n" % (body, crc16(body))


def stamped(telegram: bytes, at: datetime) -> bytes:
    """Return a telegram of a meter whose clock shows another moment."""
    local = at.astimezone(clock.BRUSSELS)
    text = f"{local:%y%m%d%H%M%S}{'S' if local.dst() else 'W'}"
    return sealed(_STAMP.sub(text.encode(), telegram))


def shifted(telegram: bytes, second: int, seconds: int) -> bytes:
    """Return a telegram of a meter whose clock is so many seconds fast."""
    return stamped(telegram, clock.moment_of(second) + timedelta(seconds=seconds))


def without_gas(telegram: bytes) -> bytes:
    """Return a telegram of a meter that has lost its gas meter."""
    return sealed(_GAS.sub(b"", telegram))


def hostile(telegram: bytes, lines: Mapping[bytes, bytes]) -> bytes:
    """Return a telegram in which the last value of some lines is another one."""
    for code, value in lines.items():
        line = re.compile(rb"(?<=\n)(" + re.escape(code) + rb"\(.*?)([^()\r]*)(\)\r)")
        telegram = line.sub(lambda found, value=value: found[1] + value + found[3], telegram)
    return sealed(telegram)
