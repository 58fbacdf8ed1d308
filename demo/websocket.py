"""Speak Home Assistant's WebSocket API over one connection."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any

import aiohttp

from .errors import CommandError, DemoError


class WebSocket:
    """Match answers and events to the commands that asked for them."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = count(1)
        self._sending = asyncio.Lock()
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._events: dict[int, asyncio.Queue[Any]] = {}
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, session: aiohttp.ClientSession, url: str, token: str) -> WebSocket:
        """Open a connection and authenticate."""
        # A year of statistics in one answer is more than aiohttp's 4 MB.
        socket = await session.ws_connect(f"{url}/api/websocket", max_msg_size=0)
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": token})
        answer = await socket.receive_json()
        if answer["type"] != "auth_ok":
            await socket.close()
            raise DemoError(f"Home Assistant did not take the access token: {answer.get('message')}")
        return cls(socket)

    @property
    def closed(self) -> bool:
        """Tell whether the connection is gone."""
        return self._reader.done()

    async def close(self) -> None:
        """Close the connection; whoever still waits for something is told."""
        await self._socket.close()
        self._reader.cancel()
        with suppress(asyncio.CancelledError):
            await self._reader

    async def command(self, command: str, fields: dict[str, Any]) -> Any:
        """Send a command and return its result."""
        _, result = await self._send(command, fields, events=None)
        return result

    @asynccontextmanager
    async def subscribe(self, command: str, fields: dict[str, Any]) -> AsyncGenerator[asyncio.Queue[Any]]:
        """Send a command that is answered by events, and yield them as a queue."""
        events: asyncio.Queue[Any] = asyncio.Queue()
        subscription, _ = await self._send(command, fields, events=events)
        try:
            yield events
        finally:
            self._events.pop(subscription, None)
            if not self.closed:
                with suppress(DemoError):
                    await self.command("unsubscribe_events", {"subscription": subscription})

    async def _send(
        self, command: str, fields: dict[str, Any], *, events: asyncio.Queue[Any] | None
    ) -> tuple[int, Any]:
        """Send a command under the next id and wait for its result."""
        if self.closed:
            raise DemoError(f"Home Assistant closed the connection before {command}")
        # Home Assistant refuses an id lower than one it has seen: number and send as one.
        async with self._sending:
            number = next(self._ids)
            answer = self._answers[number] = asyncio.get_running_loop().create_future()
            if events is not None:
                self._events[number] = events
            try:
                await self._socket.send_json({**fields, "id": number, "type": command})
            except aiohttp.ClientError as err:
                del self._answers[number]
                raise DemoError(f"Home Assistant closed the connection at {command}") from err
        try:
            message = await answer
        finally:
            del self._answers[number]
        if not message["success"]:
            self._events.pop(number, None)
            raise CommandError(
                command,
                code=message["error"]["code"],
                message=message["error"]["message"],
            )
        return number, message["result"]

    async def _read(self) -> None:
        """Hand every message to whoever waits for it."""
        try:
            async for raw in self._socket:
                message = raw.json()
                number = message["id"]
                if message["type"] == "event" and number in self._events:
                    self._events[number].put_nowait(message["event"])
                elif message["type"] == "result" and number in self._answers:
                    self._answers[number].set_result(message)
        finally:
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(DemoError("Home Assistant closed the connection"))
            for events in self._events.values():
                events.shutdown()
