"""The lines between a simulated meter and Home Assistant; the meters run in the test's own process."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
import fcntl
import os
from pathlib import Path
from typing import override

from demo.process import HOST
from simulator.meter import Meter
from simulator.server import MeterServer, PtyServer

from ..ser2net import Daemon
from .gateway import Gateway


class Line:
    """A meter's port, and how to tell the config flow where it is."""

    step: str
    """The config flow's step that asks for it."""
    server: MeterServer | PtyServer

    @property
    def form(self) -> Mapping[str, object]:
        """What to fill in there."""
        raise NotImplementedError

    async def open(self) -> None:
        """Begin to send."""
        await self.server.__aenter__()

    async def close(self) -> None:
        """End everything."""
        await self.server.__aexit__()


class Network(Line):
    """A gateway that passes telegrams on over TCP."""

    step = "network"

    def __init__(self, meter: Meter, folder: Path) -> None:  # noqa: ARG002
        self.server: MeterServer = MeterServer(meter)
        self.gateway = Gateway()

    @property
    @override
    def form(self) -> Mapping[str, object]:
        return {"host": HOST, "port": self.gateway.port}

    @override
    async def open(self) -> None:
        await super().open()
        self.gateway.meter_port = self.server.port
        await self.gateway.listen()

    @override
    async def close(self) -> None:
        await self.gateway.close()
        await super().close()


class Cable(Line):
    """A serial device: a pseudo-terminal under a name that stays."""

    step = "serial"

    def __init__(self, meter: Meter, folder: Path) -> None:
        self.device = folder / "meter"
        self.server: PtyServer = PtyServer(meter, link=self.device)
        self._plugged_in = False

    @property
    @override
    def form(self) -> Mapping[str, object]:
        return {"port": str(self.device)}

    @override
    async def open(self) -> None:
        await super().open()
        self._plugged_in = True

    @override
    async def close(self) -> None:
        if self._plugged_in:
            await self.unplug()

    async def unplug(self) -> None:
        """Pull the cable out: its device goes."""
        self._plugged_in = False
        await super().close()

    async def plug_in(self) -> None:
        """Put the cable back: another device under the same name."""
        self.server = PtyServer(self.server.meter, link=self.device, clock=self.server.clock)
        await self.open()

    @contextmanager
    def taken(self) -> Generator[None]:
        """Hold the device as another program does: this process is another one to Home Assistant."""
        device = os.open(self.device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            fcntl.flock(device, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        finally:
            os.close(device)


class Ser2net(Cable):
    """A cable on another machine, whose ser2net passes the bytes on over TCP."""

    step = "network"

    def __init__(self, meter: Meter, folder: Path) -> None:
        super().__init__(meter, folder)
        self._daemon = Daemon(folder, self.device)

    @property
    @override
    def form(self) -> Mapping[str, object]:
        return {"host": self._daemon.address}

    @override
    async def open(self) -> None:
        await super().open()
        await self.restart()

    async def restart(self) -> None:
        """Start ser2net, which does not run."""
        await self._daemon.start()

    async def kill(self) -> None:
        """Cut the power of the machine that ser2net runs on."""
        await self._daemon.kill()

    @override
    async def close(self) -> None:
        await self.kill()
        await super().close()
