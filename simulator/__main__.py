"""The command: ``python -m simulator --tcp 0``."""

import argparse
import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
import io
from pathlib import Path
import signal
import sys
import threading

from .clock import moment_from
from .control import KNOWN_LINES, obey
from .faults import Fault
from .household import Household
from .meter import Meter
from .meter_clock import MeterClock
from .model import Model
from .server import HOST, MeterServer, PtyServer

_STDIN = 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="simulator",
        description=__doc__,
        epilog=f"Lines on standard input change it while it runs:\n\n{KNOWN_LINES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--tcp",
        type=int,
        metavar="PORT",
        help="serve on 127.0.0.1; 0 takes a free port",
    )
    where.add_argument(
        "--pty",
        nargs="?",
        const="",
        metavar="LINK",
        help="serve on a pseudo-terminal",
    )
    parser.add_argument("--seed", type=int, default=1, help="whose life to live")
    parser.add_argument("--phases", type=int, choices=(1, 3), default=3)
    parser.add_argument("--heat-pump", action="store_true", help="heat by electricity, not by gas")
    parser.add_argument("--serial", help="serial number of the meter, 14 characters")
    parser.add_argument(
        "--version", type=int, default=50217, help="eMUCS-P1 edition as sent, 50213 to 50221 (50217)"
    )
    parser.add_argument("--delta", action="store_true", help="a grid of 3x230 V")
    parser.add_argument(
        "--mbus", type=int, default=2, metavar="N", help="gas, water and more behind the meter, up to 8 (2)"
    )
    parser.add_argument("--speed", type=float, default=1, help="meter seconds per second")
    parser.add_argument(
        "--start",
        type=moment_from,
        help="what the meter's clock shows at the start (ISO 8601)",
    )
    parser.add_argument(
        "--installed",
        type=moment_from,
        help="since when the meter counts (ISO 8601); else about fourteen months",
    )
    parser.add_argument("--fault", type=Fault, choices=list(Fault), default=Fault.NONE)
    parser.add_argument(
        "--every", type=_seconds, default=1, metavar="N", help="meter seconds between telegrams (1)"
    )
    arguments = parser.parse_args()
    try:
        arguments.model = Model(
            version=arguments.version, serial=arguments.serial, delta=arguments.delta, mbus=arguments.mbus
        )
    except ValueError as error:
        parser.error(str(error))
    return arguments


def _seconds(text: str) -> int:
    if (seconds := int(text)) < 1:
        raise ValueError(text)
    return seconds


def _read_control(tell: Callable[[str], None]) -> None:
    # Unbuffered: a thread that waits inside sys.stdin would hold its lock against the
    # interpreter's exit. OSError: no standard input, or another job's terminal.
    with suppress(OSError), io.FileIO(_STDIN, closefd=False) as lines:
        for line in lines:
            tell(line.decode(errors="replace"))


async def _serve(arguments: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)

    household = Household(arguments.seed, arguments.phases, heat_pump=arguments.heat_pump)
    meter = Meter(household, installed=arguments.installed, model=arguments.model)
    # Adding up more than a year takes a while: before the clock starts to run.
    meter.telegram(arguments.start or datetime.now(UTC))
    clock = MeterClock(start=arguments.start, speed=arguments.speed)
    server: MeterServer | PtyServer
    fault, every = arguments.fault, arguments.every
    if arguments.tcp is not None:
        server = MeterServer(meter, port=arguments.tcp, clock=clock, fault=fault, every=every)
    else:
        link = Path(arguments.pty) if arguments.pty else None
        server = PtyServer(meter, link=link, clock=clock, fault=fault, every=every)

    def control(line: str) -> None:
        try:
            obey(line, server)
        except ValueError as error:
            print(error, file=sys.stderr, flush=True)

    async with server:
        where = f"{HOST}:{server.port}" if isinstance(server, MeterServer) else server.path
        print(where, flush=True)
        threading.Thread(
            target=_read_control,
            args=(lambda line: loop.call_soon_threadsafe(control, line),),
            daemon=True,
        ).start()
        await stopped.wait()


if __name__ == "__main__":
    # In the background of a shell, reading its terminal fails instead of stopping us.
    signal.signal(signal.SIGTTIN, signal.SIG_IGN)
    asyncio.run(_serve(_arguments()))
