"""What stands at the meter and what it sends."""

from dataclasses import dataclass
from datetime import datetime

from .mbus import GAS, MOST_METERS, WATER

_VERSIONS = range(50213, 50222)
_FINE_CURRENTS = 50214
_PHASE_POWERS = 50215
_WATER_METERS = 50216
_DEMAND = 50217
_SECOND_GENERATION = 50220

_SERIAL_LENGTH = 14
_MESSAGE_LENGTH = 1024
_BREAKER_STATES = range(3)
_SERIALS = {1: "1SAG1100000001", 3: "1SAG3100000001"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """A meter as it is built, set and wired; the next telegram follows a change."""

    version: int = 50217
    """The eMUCS-P1 edition as sent, 50213 to 50221: it decides which lines there are, and their formats."""
    serial: str | None = None
    """14 characters; without them the usual one by the number of phases."""
    delta: bool = False
    """A grid of 3x230 V without neutral; of no effect on one phase."""
    gas_serial: str = GAS.serial
    water_serial: str = WATER.serial
    gas_since: datetime | None = None
    """From when the gas meter counts, from zero: it was exchanged."""
    gas_sent: bool = True
    """False: the gas meter is not heard, its channel stays taken."""
    mbus: int = 2
    """How many meters stand behind this one, 0 to 8, in the order of ``mbus.METERS``."""
    breaker: int = 1
    """0 disconnected, 1 connected, 2 ready for reconnection; the loads do not follow it."""
    message: str = ""
    """What the operator has to say, up to 1024 characters of Latin 1."""
    peaks: bool = True
    """False: the consent lapsed, no peak of this month and none of the closed ones."""
    text_only: bool = False
    """The port is closed: the header and the text message alone."""

    def __post_init__(self) -> None:
        """Refuse what no meter is."""
        if self.version not in _VERSIONS:
            raise ValueError(f"not an edition from {_VERSIONS[0]} to {_VERSIONS[-1]}: {self.version}")
        for serial in (self.serial, self.gas_serial, self.water_serial):
            if serial is not None and (len(serial) != _SERIAL_LENGTH or not serial.isascii()):
                raise ValueError(f"not a serial number of {_SERIAL_LENGTH} characters: {serial!r}")
        if len(self.message.encode("latin-1")) > _MESSAGE_LENGTH:
            raise ValueError(f"a message of more than {_MESSAGE_LENGTH} characters")
        if not 0 <= self.mbus <= MOST_METERS:
            raise ValueError(f"not a number of M-Bus meters up to {MOST_METERS}: {self.mbus}")
        if self.breaker not in _BREAKER_STATES:
            raise ValueError(f"not a state of a breaker: {self.breaker}")

    @property
    def has_fine_currents(self) -> bool:
        """Whether currents come in hundredths of an ampere, not in whole ones."""
        return self.version >= _FINE_CURRENTS

    @property
    def has_phase_powers(self) -> bool:
        """Whether the power of each phase is sent."""
        return self.version >= _PHASE_POWERS

    @property
    def has_water_meters(self) -> bool:
        """Whether meters of water are heard."""
        return self.version >= _WATER_METERS

    @property
    def has_demand(self) -> bool:
        """Whether the demand of the running quarter is sent."""
        return self.version >= _DEMAND

    @property
    def has_peaks(self) -> bool:
        """Whether the peaks of the months are sent."""
        return self.has_demand and self.peaks

    @property
    def is_second_generation(self) -> bool:
        """Whether it is a meter of eMUCS-P1 2.x: other hardware, more lines."""
        return self.version >= _SECOND_GENERATION

    def serial_for(self, phases: int) -> str:
        """Return the serial number of a meter with this many phases."""
        return self.serial or _SERIALS[phases]
