"""Wait for what Home Assistant shows only when it is asked."""

import asyncio
from collections.abc import Awaitable, Callable

from .errors import DemoError

POLL = 0.1


async def until[T](ask: Callable[[], Awaitable[T | None]], *, seconds: float, otherwise: str) -> T:
    """Ask until the answer is not None, and raise what stands otherwise after a while."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                if (answer := await ask()) is not None:
                    return answer
                await asyncio.sleep(POLL)
    except TimeoutError:
        raise DemoError(otherwise) from None
