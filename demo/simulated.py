"""Run the simulated meter as a process of its own."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import sys

from .errors import DemoError
from .process import REPOSITORY

START_TIMEOUT = 60
STOP_TIMEOUT = 10


@asynccontextmanager
async def simulator(*arguments: str) -> AsyncGenerator[str]:
    """Run `python -m simulator` and yield where it serves: host:port or a path."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulator",
        *arguments,
        cwd=REPOSITORY,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        # Ctrl-C in the terminal is for us: we stop it after Home Assistant.
        start_new_session=True,
    )
    try:
        yield await _where(process)
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(STOP_TIMEOUT):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def _where(process: asyncio.subprocess.Process) -> str:
    """Return the line that the simulator prints when it is ready."""
    if process.stdout is None:
        raise DemoError("The simulator was started without a pipe to read from")
    try:
        async with asyncio.timeout(START_TIMEOUT):
            line = (await process.stdout.readline()).decode().strip()
    except TimeoutError:
        raise DemoError(f"The simulator was not ready within {START_TIMEOUT} s") from None
    if not line:
        raise DemoError(
            "The simulator ended at its start; what it said stands above. "
            "If its port is taken, start afresh with --fresh"
        )
    return line
