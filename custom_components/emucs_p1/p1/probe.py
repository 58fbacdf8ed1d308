"""One look at a port, for somebody who waits for the answer."""

import asyncio

from .connection import connect
from .errors import LinkError
from .link import Probed, diagnose
from .reader import MAX_HELD, ReaderStats, TelegramReader
from .telegram import Telegram

# So much of something else, or so many damaged telegrams, and more waiting will not help.
_ENOUGH_BYTES = 2 * MAX_HELD
_ENOUGH_CRC_ERRORS = 3


async def probe(url: str, patience: float) -> Probed:
    """Return the first telegram that comes within `patience` seconds; raise LinkError when none does.

    Decides as soon as it can: a closed port, an encrypted or a damaged stream need no waiting.
    """
    loop = asyncio.get_running_loop()
    begin = loop.time()
    reader = TelegramReader()
    found: asyncio.Future[Telegram | None] = loop.create_future()

    def receive(data: bytes) -> None:
        telegrams = reader.feed(data)
        if not found.done() and (telegrams or _hopeless(reader.stats)):
            found.set_result(telegrams[0] if telegrams else None)

    connection = await connect(url, receive)
    try:
        await asyncio.wait(
            (found, connection.closed),
            timeout=begin + patience - loop.time(),
            return_when=asyncio.FIRST_COMPLETED,
        )
        if found.done() and (telegram := found.result()):
            return Probed(telegram, loop.time() - begin)
        raise LinkError(diagnose(ReaderStats(), reader.stats, closed=connection.closed.done()))
    finally:
        await connection.close()


def _hopeless(stats: ReaderStats) -> bool:
    return (
        stats.encrypted_frames > 0
        or stats.crc_errors >= _ENOUGH_CRC_ERRORS
        or stats.dropped_bytes >= _ENOUGH_BYTES
    )
