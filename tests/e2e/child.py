"""A process of ours: started, spoken to, ended by its id."""

import asyncio
from pathlib import Path

from demo.process import REPOSITORY

_END_TIMEOUT = 10


class Child:
    """One command that can be started again after it ended."""

    def __init__(self, *command: str | Path, log: Path) -> None:
        self._command = command
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> asyncio.StreamReader:
        """Start; return what it prints."""
        assert not self.running
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=REPOSITORY,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                # Ctrl-C is for pytest, whose fixtures stop us.
                start_new_session=True,
            )
        assert self._process.stdout is not None
        return self._process.stdout

    async def tell(self, line: str) -> None:
        """Type a line."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        await self._process.stdin.drain()

    async def kill(self) -> None:
        """End it as a power cut does."""
        if self._process is not None and self.running:
            self._process.kill()
            async with asyncio.timeout(_END_TIMEOUT):
                await self._process.wait()
