"""Talk to Home Assistant as a browser does: REST and WebSocket, signed in as a user."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
import time
from typing import Any

import aiohttp

from .errors import DemoError, RequestError
from .websocket import WebSocket

# Seconds before a token's end at which no request should set off with it any more.
TOKEN_MARGIN = 60


class Client:
    """Hold a user's session with one Home Assistant."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session: aiohttp.ClientSession | None = None
        self._socket: WebSocket | None = None
        self._tokens: dict[str, Any] = {}
        self._token_end = 0.0
        self._connecting = asyncio.Lock()

    @property
    def client_id(self) -> str:
        """Name this client the way Home Assistant's own frontend does."""
        return f"{self.url}/"

    async def close(self) -> None:
        """Close every connection; the next request opens new ones."""
        if self._socket is not None:
            await self._socket.close()
            self._socket = None
        if self._session is not None:
            await self._session.close()
            self._session = None
        self._tokens = {}

    async def sign_in_with(self, code: str) -> None:
        """Exchange an authorization code for this session's tokens."""
        self._tokens = {}
        await self._fetch_tokens({"grant_type": "authorization_code", "code": code})

    async def get(self, path: str) -> Any:
        """Return what a REST resource holds."""
        return await self._request("GET", path)

    async def post(self, path: str, data: dict[str, Any] | None = None) -> Any:
        """Send JSON to a REST resource and return the answer."""
        return await self._request("POST", path, json=data or {})

    async def delete(self, path: str) -> Any:
        """Delete a REST resource."""
        return await self._request("DELETE", path)

    async def ws(self, command: str, **fields: Any) -> Any:
        """Send a WebSocket command and return its result."""
        return await (await self._connected()).command(command, fields)

    @asynccontextmanager
    async def subscribe(
        self, command: str = "subscribe_events", **fields: Any
    ) -> AsyncGenerator[asyncio.Queue[Any]]:
        """Yield the events that answer a WebSocket command, as a queue.

        Home Assistant closing the connection shuts it down: `asyncio.QueueShutDown`.
        """
        async with (await self._connected()).subscribe(command, fields) as events:
            yield events

    async def _connected(self) -> WebSocket:
        """Return the WebSocket connection, a new one when the last was closed."""
        async with self._connecting:
            if self._socket is None or self._socket.closed:
                token = await self._access_token()
                with self._reached():
                    self._socket = await WebSocket.connect(self._open_session(), self.url, token)
            return self._socket

    @contextmanager
    def _reached(self) -> Generator[None]:
        """Say plainly that nobody answers."""
        try:
            yield
        except aiohttp.ClientError as err:
            raise DemoError(f"Home Assistant does not answer at {self.url}: {err}") from err

    def _open_session(self) -> aiohttp.ClientSession:
        """Return the HTTP session, made inside the running loop."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    async def _access_token(self) -> str:
        """Return an access token that is good for the next request."""
        if time.monotonic() > self._token_end:
            refresh = self._tokens["refresh_token"]
            await self._fetch_tokens({"grant_type": "refresh_token", "refresh_token": refresh})
        return str(self._tokens["access_token"])

    async def _fetch_tokens(self, grant: dict[str, str]) -> None:
        """Ask for tokens; a refresh grant keeps the refresh token."""
        form = {**grant, "client_id": self.client_id}
        async with self._open_session().post(f"{self.url}/auth/token", data=form) as response:
            answer = await response.json()
            if response.status != HTTPStatus.OK:
                raise DemoError(f"Home Assistant gave no access token: {answer}")
        self._tokens |= answer
        self._token_end = time.monotonic() + answer["expires_in"] - TOKEN_MARGIN

    async def _request(self, method: str, path: str, **options: Any) -> Any:
        """Send a request, signed in if we are, and return the JSON or text."""
        headers = {"Authorization": f"Bearer {await self._access_token()}"} if self._tokens else {}
        session = self._open_session()
        with self._reached():
            response = await session.request(method, self.url + path, headers=headers, **options)
        async with response:
            if response.status >= HTTPStatus.BAD_REQUEST:
                raise RequestError(
                    f"{method} {path}",
                    status=response.status,
                    message=await response.text(),
                )
            if response.content_type == "application/json":
                return await response.json()
            return await response.text()
