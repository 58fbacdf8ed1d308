"""ser2net: passes the bytes of a cable on over TCP, from the machine that the cable is in."""

from pathlib import Path
import shutil

from demo.process import HOST, free_port, is_free
from demo.waiting import until

from .child import Child

_START_TIMEOUT = 60


class Daemon:
    """A ser2net that serves one device on one port of its own."""

    def __init__(self, folder: Path, device: Path) -> None:
        self._port = free_port()
        configuration = folder / "ser2net.yaml"
        configuration.write_text(
            "connection: &meter\n"
            f"  accepter: tcp,{HOST},{self._port}\n"
            # A lock would lie in /run/lock, for root alone, and outlive a kill.
            f"  connector: serialdev(nouucplock),{device},115200n81,local\n"
        )
        ser2net = shutil.which("ser2net")
        assert ser2net, "ser2net is missing: scripts/e2e installs it"
        self._child = Child(ser2net, "-d", "-n", "-c", configuration, log=folder / "ser2net.log")

    @property
    def address(self) -> str:
        """Where it serves, in one word, as people paste it."""
        return f"{HOST}:{self._port}"

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._child.running

    async def start(self) -> None:
        """Start it where it does not run; return when it listens."""
        if not self.running:
            await self._child.start()
            await until(self._listening, seconds=_START_TIMEOUT, otherwise="ser2net does not listen")

    async def kill(self) -> None:
        """Cut the power of the machine that it runs on."""
        await self._child.kill()

    async def _listening(self) -> bool | None:
        # Not by a connection: it would take the only one that there is.
        return None if is_free(self._port) else True
