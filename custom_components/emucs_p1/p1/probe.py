"""One look at a port, for somebody who waits for the answer."""

import asyncio

from .connection import connect
from .errors import LinkError
from .link import BATCH, Probed, diagnose
from .reader import MAX_HELD, ReaderStats, TelegramReader
from .telegram import Telegram

# So much of something else, or so many damaged telegrams, and more waiting will not help.
_ENOUGH_BYTES = 2 * MAX_HELD
_ENOUGH_CRC_ERRORS = 3


async def probe(url: str, patience: float) -> Probed:
    """Return the first telegram that comes within `patience` seconds; raise LinkError when none does.

    Of many that a gateway hands over at once it is the newest. Decides as soon as it can: a closed port, an
    encrypted or a damaged stream need no waiting.
    """
    loop = asyncio.get_running_loop()
    begin = loop.time()
    reader = TelegramReader()
    heard: list[Telegram] = []
    decided: asyncio.Future[float] = loop.create_future()

    def receive(data: bytes) -> None:
        heard.extend(reader.feed(data))
        if not decided.done() and (heard or _hopeless(reader.stats)):
            decided.set_result(loop.time() - begin)

    connection = await connect(url, receive)
    try:
        await asyncio.wait(
            (decided, connection.closed),
            timeout=begin + patience - loop.time(),
            return_when=asyncio.FIRST_COMPLETED,
        )
        if heard:
            if len(heard) > 1:
                await asyncio.sleep(BATCH)
            return Probed(heard[-1], decided.result())
        raise LinkError(diagnose(ReaderStats(), reader.stats, closed=connection.closed.done()))
    finally:
        await connection.close()


def _hopeless(stats: ReaderStats) -> bool:
    return (
        stats.encrypted_frames > 0
        or stats.crc_errors >= _ENOUGH_CRC_ERRORS
        or stats.dropped_bytes >= _ENOUGH_BYTES
    )
