"""A gateway of our own between a meter and Home Assistant, that fails in the ways that gateways do."""

import asyncio
from contextlib import suppress
import socket
import struct
import time

from demo.process import HOST, free_port

_PIECE = 40
_BETWEEN_PIECES = 0.02
_AT_MOST = 65_536
# On, and no seconds to linger: closing is a reset.
_NO_LINGER = struct.pack("ii", 1, 0)


class Gateway:
    """Pass on what a meter says over TCP, well or badly."""

    def __init__(self) -> None:
        self.port = free_port()
        self.meter_port = 0
        """Where the meter is, on this machine."""
        self.throws_out = False
        """Whether whoever connects is reset at once."""
        self.trickles = False
        """Whether telegrams go on in small pieces, as over a bad radio."""
        self.saves_up = 0.0
        """Seconds for which telegrams are saved up, to be handed over at once; 0: none."""
        self._server: asyncio.Server | None = None
        self._passages: set[_Passage] = set()

    async def listen(self) -> None:
        """Take connections."""
        self._server = await asyncio.start_server(self._accept, HOST, self.port)

    def stop_listening(self) -> None:
        """Refuse new connections; those that are open stay so."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def cut(self, *, abruptly: bool = False) -> None:
        """Close every connection with a FIN, abruptly with a reset."""
        for passage in self._passages:
            passage.end(abruptly=abruptly)

    def forget(self) -> None:
        """Send nothing over the connections of now and do not close them, as after a power cut."""
        for passage in self._passages:
            passage.forgotten = True

    async def close(self) -> None:
        """End everything."""
        self.stop_listening()
        running = [passage.running for passage in self._passages]
        self.cut(abruptly=True)
        await asyncio.gather(*running, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passage = _Passage(self, reader, writer)
        if self.throws_out:
            passage.end(abruptly=True)
            return
        self._passages.add(passage)
        try:
            await passage.run(self.meter_port)
        finally:
            self._passages.discard(passage)


class _Passage:
    """One connection of Home Assistant's."""

    def __init__(self, gateway: Gateway, home: asyncio.StreamReader, to_home: asyncio.StreamWriter) -> None:
        self.forgotten = False
        task = asyncio.current_task()
        assert task is not None
        self.running: asyncio.Task[None] = task
        self._gateway = gateway
        self._home, self._to_home = home, to_home

    def end(self, *, abruptly: bool) -> None:
        """Close it; what follows is left to `run`."""
        if abruptly:
            peer: socket.socket = self._to_home.get_extra_info("socket")
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            self._to_home.transport.abort()
        else:
            self._to_home.close()

    async def run(self, meter_port: int) -> None:
        """Pass on until one of both sides ends it."""
        meter, to_meter = await asyncio.open_connection(HOST, meter_port)
        # Home Assistant says nothing: what comes from there is the end.
        ends = (asyncio.create_task(self._pass_on(meter)), asyncio.create_task(self._home.read()))
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
            to_meter.close()
            self._to_home.close()

    async def _pass_on(self, meter: asyncio.StreamReader) -> None:
        saved, handed_over = bytearray(), time.monotonic()
        with suppress(ConnectionError):
            while data := await meter.read(_AT_MOST):
                if self._to_home.is_closing():
                    return
                if self.forgotten:
                    continue
                saved += data
                if time.monotonic() - handed_over < self._gateway.saves_up:
                    continue
                await self._hand_over(bytes(saved))
                saved.clear()
                handed_over = time.monotonic()

    async def _hand_over(self, data: bytes) -> None:
        size = _PIECE if self._gateway.trickles else len(data)
        for begin in range(0, len(data), size):
            self._to_home.write(data[begin : begin + size])
            await self._to_home.drain()
            if self._gateway.trickles:
                await asyncio.sleep(_BETWEEN_PIECES)
