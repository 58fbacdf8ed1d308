"""The command behind scripts/develop: Home Assistant with a meter, until Ctrl-C."""

import argparse
import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
import fcntl
from pathlib import Path
import shutil
import signal
import sys

from simulator.meter import installation_for

from .dashboard import add_dashboard
from .errors import DemoError
from .history import import_history, load_hours
from .home_assistant import HomeAssistant
from .meter import add_meter, find_meter
from .onboarding import PASSWORD, USERNAME
from .process import REPOSITORY, RESTART, free_port, is_free, port_of
from .simulated import simulator

FOLDER = REPOSITORY / ".demo"
SEED = 1
FIRST_PORT = 8123


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line asks for."""

    meter: str | None
    port: int | None
    fresh: bool


def main() -> int:
    """Run the demo and return the exit code."""
    options = _options()
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("The demo already runs: stop that one first", file=sys.stderr)
            return 1
        try:
            asyncio.run(_run_until_signal(options))
        except DemoError as err:
            print(err, file=sys.stderr)
            return 1
    return 0


def _options() -> Options:
    parser = argparse.ArgumentParser(
        prog="scripts/develop",
        description="Run Home Assistant with the integration and a meter.",
    )
    parser.add_argument(
        "--meter",
        metavar="PATH_OR_URL",
        help="a real meter instead: /dev/..., host:port, socket://host:port",
    )
    parser.add_argument("--port", type=int, help="where Home Assistant listens")
    parser.add_argument("--fresh", action="store_true", help="throw the old state away")
    return Options(**vars(parser.parse_args()))


async def _run_until_signal(options: Options) -> None:
    """Run; when told to stop, stop everything in good order."""
    task = asyncio.ensure_future(_run(options))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


async def _run(options: Options) -> None:
    config_dir = _config_dir(options)
    ha = HomeAssistant(config_dir, port=_port(options, config_dir))
    installed = _installed(config_dir)
    async with _meter(options, config_dir, installed) as source:
        started = datetime.now(UTC)
        print(f"Starting Home Assistant in {config_dir}", flush=True)
        past = None
        if options.meter is None:
            # Takes a second or two, as Home Assistant does to start.
            past = asyncio.create_task(asyncio.to_thread(load_hours, SEED, started, installed=installed))
        try:
            await ha.start()
            await add_meter(ha, source)
            meter = await find_meter(ha)
            if past is not None:
                await import_history(ha, meter, await past, started=started)
            if await ha.energy_prefs() is None:
                await ha.save_energy_sources(meter.energy_sources())
            await add_dashboard(ha, meter.electricity["power"])
            print(f"\n  {ha.url}\n  user {USERNAME}, password {PASSWORD}\n")
            print("Ctrl-C stops it.", flush=True)
            while (code := await ha.process.wait()) == RESTART:
                await ha.close()
                await ha.start()
            raise DemoError(f"Home Assistant ended by itself with code {code}")
        finally:
            print("Stopping", flush=True)
            await ha.stop()


@asynccontextmanager
async def _meter(options: Options, config_dir: Path, installed: datetime) -> AsyncGenerator[str]:
    """Yield where the meter is; a simulated one lives as long as the context."""
    if options.meter is not None:
        yield options.meter
        return
    port = _meter_port(config_dir)
    since = installed.isoformat()
    async with simulator("--tcp", port, "--seed", str(SEED), "--installed", since) as where:
        yield where


def _config_dir(options: Options) -> Path:
    """Return the config folder, made afresh where that is asked for or needed."""
    # A real meter's house and the simulated one never mix.
    config_dir = FOLDER / ("simulated" if options.meter is None else "real")
    if options.fresh:
        shutil.rmtree(config_dir, ignore_errors=True)
    config_dir.mkdir(parents=True, exist_ok=True)
    return config_dir


def _meter_port(config_dir: Path) -> str:
    """Return the same port at every start: to Home Assistant it is the same gateway."""
    note = config_dir / "meter_port"
    if not note.exists():
        note.write_text(f"{free_port()}\n")
    return note.read_text().strip()


def _installed(config_dir: Path) -> datetime:
    """Return the same day at every start: registers only rise."""
    note = config_dir / "meter_installed"
    if not note.exists():
        note.write_text(f"{installation_for(datetime.now(UTC)).isoformat()}\n")
    return datetime.fromisoformat(note.read_text().strip())


def _port(options: Options, config_dir: Path) -> int:
    """Return where to listen: as told, as before, or the first free port."""
    if options.port is not None:
        return options.port
    port = port_of(config_dir) or FIRST_PORT
    while not is_free(port):
        port += 1
    return port


if __name__ == "__main__":
    sys.exit(main())
