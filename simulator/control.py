"""The control lines, in KNOWN_LINES."""

from dataclasses import replace
from datetime import datetime

from . import clock
from .faults import Fault
from .meter_clock import MeterClock
from .model import Model
from .server import MeterServer, PtyServer

KNOWN_LINES = f"""\
fault FAULT                 {" ".join(Fault)}
switch NAME WATTS [MOMENT]  a load, now or at a moment of the meter's clock (ISO 8601)
every N                     seconds between telegrams
clock jump N                the stamps go ahead by N seconds, back below 0
clock stick | run           the stamps stand still | are right again
model FIELD VALUE           version serial delta gas_serial water_serial gas_since gas_sent mbus
                            breaker message peaks text_only
swap electricity SERIAL     another meter, counting from the start of today
swap gas SERIAL             another gas meter, counting from now
"""

_SWITCHES = {"true": True, "false": False}
_NOTHING = "none"


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
        case ["every", seconds] if int(seconds) > 0:
            server.every = int(seconds)
        case ["clock", *order]:
            _set(server.clock, order)
        case ["model", field, *words]:
            server.meter.model = _with(server.meter.model, field, " ".join(words))
        case ["swap", kind, serial]:
            _swap(server, kind, serial)
        case _:
            raise ValueError(f"not a control line: {line.strip()!r}")


def _set(meter_clock: MeterClock, order: list[str]) -> None:
    match order:
        case ["jump", seconds]:
            meter_clock.jump(int(seconds))
        case ["stick"]:
            meter_clock.stick()
        case ["run"]:
            meter_clock.run()
        case _:
            raise ValueError(f"not an order to the clock: {' '.join(order)!r}")


def _swap(server: MeterServer | PtyServer, kind: str, serial: str) -> None:
    meter, now = server.meter, server.clock.now()
    match kind:
        case "electricity":
            server.meter = meter.exchanged(serial, at=now)
        case "gas":
            meter.model = replace(meter.model, gas_serial=serial, gas_since=now)
        case _:
            raise ValueError(f"not a meter to swap: {kind!r}")


def _with(model: Model, field: str, text: str) -> Model:
    """Return a model with a field set to what a text says: a number, true, false, none, a moment."""
    value: bool | int | str | datetime | None
    match field:
        case "version" | "mbus" | "breaker":
            value = int(text)
        case "delta" | "gas_sent" | "peaks" | "text_only":
            if text not in _SWITCHES:
                raise ValueError(f"not true or false: {text!r}")
            value = _SWITCHES[text]
        case "serial":
            value = None if text == _NOTHING else text
        case "gas_since":
            value = None if text == _NOTHING else clock.moment_from(text)
        case "gas_serial" | "water_serial" | "message":
            value = text
        case _:
            raise ValueError(f"not a field of a model: {field!r}")
    return replace(model, **{field: value})  # type: ignore[arg-type]
