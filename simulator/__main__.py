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
from .control import obey
from .faults import Fault
from .household import Household
from .meter import Meter
from .meter_clock import MeterClock
from .server import HOST, MeterServer, PtyServer

_STDIN = 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
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
    return parser.parse_args()


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

    meter = Meter(Household(arguments.seed, arguments.phases), installed=arguments.installed)
    # Adding up more than a year takes a while: before the clock starts to run.
    meter.telegram(arguments.start or datetime.now(UTC))
    clock = MeterClock(start=arguments.start, speed=arguments.speed)
    server: MeterServer | PtyServer
    if arguments.tcp is not None:
        server = MeterServer(meter, port=arguments.tcp, clock=clock, fault=arguments.fault)
    else:
        link = Path(arguments.pty) if arguments.pty else None
        server = PtyServer(meter, link=link, clock=clock, fault=arguments.fault)

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
