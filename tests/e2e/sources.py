"""Where a meter's telegrams come from: the three ways that a household has them."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
import sys
from typing import override

from demo.process import HOST, free_port
from simulator.meter import installation_for

from .child import Child
from .ser2net import Daemon

SEED = 1
# Settled once, or a run across the end of a month would have two meters in it.
INSTALLED = installation_for(datetime.now(UTC))
NOW = ("--seed", str(SEED), "--installed", INSTALLED.isoformat())
"""The life of a meter whose clock is right, as arguments of the simulator."""

_START_TIMEOUT = 60


class Source:
    """A simulated meter, and how to tell the config flow where it is."""

    name: str
    step: str
    """The config flow's step that asks for it."""

    def __init__(self, folder: Path, *where: str | Path, life: Sequence[str] = NOW) -> None:
        self.folder = folder
        self._meter = Child(sys.executable, "-m", "simulator", *where, *life, log=folder / "simulator.log")

    @property
    def form(self) -> Mapping[str, object]:
        """What to fill in there."""
        raise NotImplementedError

    @property
    def complete(self) -> bool:
        """Whether all of it runs."""
        return self._meter.running

    async def start(self) -> None:
        """Run what does not run; return when the meter is ready to send."""
        if not self._meter.running:
            printed = await self._meter.start()
            async with asyncio.timeout(_START_TIMEOUT):
                assert await printed.readline(), f"The simulator ended: {self.folder}/simulator.log"

    async def kill(self) -> None:
        """Cut the meter's power."""
        await self._meter.kill()

    async def tell(self, line: str) -> None:
        """Steer the simulator."""
        await self._meter.tell(line)

    async def close(self) -> None:
        """End everything."""
        await self._meter.kill()


class Network(Source):
    """A gateway that passes telegrams on over TCP."""

    name = "network"
    step = "network"

    def __init__(self, folder: Path, *, life: Sequence[str] = NOW) -> None:
        self._port = free_port()
        super().__init__(folder, "--tcp", str(self._port), life=life)

    @property
    @override
    def form(self) -> Mapping[str, object]:
        return {"host": HOST, "port": self._port}

    @property
    def address(self) -> str:
        """Where it serves, in one word."""
        return f"{HOST}:{self._port}"


class Serial(Source):
    """A cable: a pseudo-terminal."""

    name = "serial"
    step = "serial"

    def __init__(self, folder: Path) -> None:
        self.device = folder / "meter"
        super().__init__(folder, "--pty", self.device)

    @property
    @override
    def form(self) -> Mapping[str, object]:
        return {"port": str(self.device)}

    @override
    async def kill(self) -> None:
        await super().kill()
        # As udev does. Left behind, it would lead to whoever gets that terminal next.
        self.device.unlink(missing_ok=True)

    @override
    async def close(self) -> None:
        await self.kill()


class Ser2net(Serial):
    """A cable on another machine, whose ser2net passes the bytes on over TCP."""

    name = "ser2net"
    step = "network"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._gateway = Daemon(folder, self.device)

    @property
    @override
    def form(self) -> Mapping[str, object]:
        return {"host": self._gateway.address}

    @property
    @override
    def complete(self) -> bool:
        return super().complete and self._gateway.running

    @override
    async def start(self) -> None:
        await super().start()
        await self._gateway.start()

    async def kill_gateway(self) -> None:
        """Cut the power of the machine between us and the meter."""
        await self._gateway.kill()

    @override
    async def close(self) -> None:
        await self._gateway.kill()
        await super().close()


SOURCES: tuple[type[Source], ...] = (Ser2net, Serial, Network)
