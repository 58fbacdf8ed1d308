"""Read meters and only count bytes: what nobody who reads them in Python can go below.

`python -m benchmarks.cost.floor [--serialx] PORT...`
"""

import argparse
import asyncio
from collections.abc import Sequence
from typing import override

import serialx

from demo.process import HOST


class _Counter(asyncio.Protocol):
    def __init__(self) -> None:
        self._bytes = 0

    @override
    def data_received(self, data: bytes) -> None:
        self._bytes += len(data)


async def _count(ports: Sequence[int], *, through_serialx: bool) -> None:
    loop = asyncio.get_running_loop()
    for port in ports:
        if through_serialx:
            await serialx.create_serial_connection(loop, _Counter, f"socket://{HOST}:{port}", 115_200)
        else:
            await loop.create_connection(_Counter, HOST, port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ports", nargs="+", type=int)
    parser.add_argument(
        "--serialx", action="store_true", help="through the library that the integration uses"
    )
    chosen = parser.parse_args()
    asyncio.run(_count(chosen.ports, through_serialx=chosen.serialx))
