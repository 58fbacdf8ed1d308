"""Run Home Assistant as a process of its own."""

import asyncio
from contextlib import suppress
import os
from pathlib import Path
import signal
import socket

import aiohttp

from .errors import DemoError
from .waiting import until

REPOSITORY = Path(__file__).resolve().parent.parent
DOMAIN = "emucs_p1"
HOST = "127.0.0.1"

# What Home Assistant's process ends with when its user asked for a restart.
RESTART = 100

START_TIMEOUT = 180
STOP_TIMEOUT = 60
LOG_TAIL = 30

CONFIGURATION = """\
# Written at every start by demo/process.py.
automation: !include automations.yaml
config:
energy:
frontend:
history:
logbook:
logger:
  default: warning
  logs:
    custom_components.emucs_p1: info
recorder:
  commit_interval: 1
usb:
"""

HTTP_CONFIGURATION = f"""\
http:
  server_host: {HOST}
  server_port: {{port}}
"""

# What voice control would need a compiler for, and the frontend fails without.
STAND_INS = Path(__file__).parent / "stand_ins"

# Those, and what onboarding adds to call somebody on the internet.
UNWANTED_PACKAGES = ("PyMetno", "pymicro-vad", "pyspeex-noise", "radios")


_given_out: set[int] = set()


def is_free(port: int) -> bool:
    """Tell whether nobody listens on a port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port that nobody listens on, and that was not given out before."""
    while True:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = int(probe.getsockname()[1])
        if port not in _given_out:
            _given_out.add(port)
            return port


def port_of(config_dir: Path) -> int | None:
    """Return the port that a config folder was last started on, None for a new one."""
    with suppress(FileNotFoundError):
        return int((config_dir / "port").read_text())
    return None


class Process:
    """Start, watch and stop Home Assistant on one config folder."""

    def __init__(self, config_dir: Path, *, port: int, python: Path) -> None:
        self.config_dir = config_dir.resolve()
        self.port = port
        self._python = python
        self._console = self.config_dir / "console.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Return the process id while it runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def start(self) -> None:
        """Spawn the process and wait until it answers over HTTP."""
        if self.pid is not None:
            raise DemoError(f"Home Assistant already runs on {self.config_dir}")
        if not is_free(self.port):
            # Home Assistant would fall back to its default: every network interface.
            raise DemoError(f"Port {self.port} is taken: stop what listens there or choose another")
        self._write_configuration()
        with self._console.open("wb") as console:
            self._process = await asyncio.create_subprocess_exec(
                self._python,
                "-m",
                "homeassistant",
                "--config",
                self.config_dir,
                "--skip-pip-packages",
                ",".join(UNWANTED_PACKAGES),
                "--log-no-color",
                cwd=self.config_dir,
                # No __pycache__ beside the sources, and yet compiled but once for all.
                env={
                    **os.environ,
                    "PYTHONDONTWRITEBYTECODE": "",
                    "PYTHONPATH": str(STAND_INS),
                    "PYTHONPYCACHEPREFIX": str(self._python.parent.parent / "pycache"),
                },
                stdin=asyncio.subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                # Ctrl-C in the terminal is for us: we stop it in good order.
                start_new_session=True,
            )
        try:
            async with aiohttp.ClientSession() as session:
                await until(
                    lambda: self._serving(session),
                    seconds=START_TIMEOUT,
                    otherwise=f"Home Assistant did not answer in {START_TIMEOUT} s. "
                    f"What it said: {self._console}",
                )
        except BaseException:
            await self.stop()
            raise

    def confirm_port(self) -> None:
        """Note that Home Assistant itself now remembers its port."""
        (self.config_dir / "port").write_text(f"{self.port}\n")

    async def wait(self) -> int:
        """Wait until the process ends and return its exit code."""
        if self._process is None:
            raise DemoError("Home Assistant was not started")
        return await self._process.wait()

    async def stop(self) -> None:
        """Stop the process as a service manager does: it writes everything to disk."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """End the process as a power cut does."""
        await self._end(signal.SIGKILL)

    async def _end(self, number: signal.Signals) -> None:
        """Send a signal and wait for the process to end."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(number)
        try:
            async with asyncio.timeout(STOP_TIMEOUT):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    def _write_configuration(self) -> None:
        """Write configuration.yaml and link the integration into the folder."""
        components = self.config_dir / "custom_components"
        components.mkdir(parents=True, exist_ok=True)
        link = components / DOMAIN
        sources = REPOSITORY / "custom_components" / DOMAIN
        if link.resolve() != sources:
            link.unlink(missing_ok=True)
            link.symlink_to(sources)
        configuration = CONFIGURATION
        if port_of(self.config_dir) != self.port:
            # It reads the section while it remembers no port, and complains later on. To make it forget
            # one, the file goes: nothing is ever written there by hand.
            configuration += HTTP_CONFIGURATION.format(port=self.port)
            (self.config_dir / ".storage" / "http").unlink(missing_ok=True)
        (self.config_dir / "configuration.yaml").write_text(configuration)
        (self.config_dir / "automations.yaml").touch()

    async def _serving(self, session: aiohttp.ClientSession) -> bool | None:
        """Return True once the frontend is served, None before."""
        if self._process is not None and self._process.returncode is not None:
            raise DemoError(
                f"Home Assistant ended with code {self._process.returncode} "
                f"while starting.\n{self._last_words()}"
            )
        try:
            async with session.get(f"http://{HOST}:{self.port}/manifest.json") as page:
                return page.ok or None
        except aiohttp.ClientError:
            return None

    def _last_words(self) -> str:
        """Return where the log is and how it ends."""
        lines = self._console.read_text(errors="replace").splitlines()[-LOG_TAIL:]
        return "\n".join([f"The end of {self._console}:", *lines])
