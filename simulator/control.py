"""The control lines: ``fault silence``, ``switch oven 3000``, ``switch car 11000 2026-01-31T23:46``."""

from . import clock
from .faults import Fault
from .server import MeterServer, PtyServer


def obey(line: str, server: MeterServer | PtyServer) -> None:
    """Do what a control line says; raise ValueError if it says nothing known.

    A load is switched now or at a moment of the meter's clock, past or to come: what the registers
    counted since follows.
    """
    match line.split():
        case ["fault", fault]:
            server.fault = Fault(fault)
        case ["switch", name, watts]:
            server.meter.household.switch(name, int(watts), at=server.clock.now())
        case ["switch", name, watts, moment]:
            server.meter.household.switch(name, int(watts), at=clock.moment_from(moment))
        case _:
            raise ValueError(f"not a control line: {line.strip()!r}")
