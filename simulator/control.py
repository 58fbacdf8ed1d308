"""The control lines: ``fault silence``, ``switch oven 3000``."""

from .faults import Fault
from .server import MeterServer, PtyServer


def obey(line: str, server: MeterServer | PtyServer) -> None:
    """Do what a control line says; raise ValueError if it says nothing known."""
    match line.split():
        case ["fault", fault]:
            server.fault = Fault(fault)
        case ["switch", name, watts]:
            server.meter.household.switch(name, int(watts), at=server.clock.now())
        case _:
            raise ValueError(f"not a control line: {line.strip()!r}")
