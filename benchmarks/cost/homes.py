"""Home Assistants to measure: as a household has them, with meters read by one integration."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
import sys
from typing import Any, override

from demo.errors import DemoError, RequestError
from demo.home_assistant import HomeAssistant
from demo.process import DOMAIN, HOST, Process, free_port
from demo.waiting import until

# The demo commits every second, so that nobody waits for a picture; a household every five.
_IN_A_HURRY = "  commit_interval: 1\n"
_VALUES_TIMEOUT = 120
ABSENT = ("unavailable", "unknown")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """An integration that reads meters, and the steps of its config flow."""

    domain: str
    steps: tuple[Mapping[str, str], ...]
    interval: float
    """Seconds between two updates, by default."""

    def form(self, step: Mapping[str, str], port: int) -> dict[str, str]:
        """Fill in a step."""
        return {key: value.format(host=HOST, port=port) for key, value in step.items()}


OURS = Kind(
    domain=DOMAIN,
    steps=({"next_step_id": "network"}, {"host": "{host}:{port}"}),
    interval=10,
)
DSMR = Kind(
    domain="dsmr",
    steps=({"port": "socket://{host}:{port}", "dsmr_version": "5B"},),
    interval=30,
)


class _UsualProcess(Process):
    """Write the recorder's settings as everybody has them."""

    @override
    def _write_configuration(self) -> None:
        super()._write_configuration()
        path = self.config_dir / "configuration.yaml"
        text = path.read_text()
        if _IN_A_HURRY not in text:
            raise DemoError("The demo's recorder is not set as it was: the benchmark would not know how")
        path.write_text(text.replace(f"recorder:\n{_IN_A_HURRY}", "recorder:\n"))


class Home(HomeAssistant):
    """A Home Assistant whose meters one integration reads; without one it idles."""

    def __init__(
        self, folder: Path, kind: Kind | None, *, python: Path = Path(sys.executable), title: str = ""
    ) -> None:
        port = free_port()
        super().__init__(folder, port=port, python=python)
        self.process: Process = _UsualProcess(folder, port=port, python=python)
        self.kind = kind
        self.title = title or (kind.domain if kind else "idle")
        self.meters: dict[int, str] = {}
        """Ids of the config entries by the port of the meter."""

    @property
    def pid(self) -> int:
        """The process while it runs."""
        pid = self.process.pid
        if pid is None:
            raise DemoError(f"Home Assistant ({self.title}) ended: {self.process.config_dir}")
        return pid

    @property
    def database(self) -> Path:
        """The recorder's file."""
        return self.process.config_dir / "home-assistant_v2.db"

    async def form(self, port: int) -> tuple[str, dict[str, str]]:
        """Take the config flow to its last form; return its id and what to submit."""
        assert self.kind is not None  # noqa: S101
        step = await self.start_flow(self.kind.domain)
        *before, last = self.kind.steps
        for given in before:
            step = await self.configure_flow(step["flow_id"], self.kind.form(given, port))
        return step["flow_id"], self.kind.form(last, port)

    async def submit(self, port: int, form: tuple[str, dict[str, str]]) -> None:
        """Submit the last form and note the entry."""
        before, step = await self._entry_ids(), None
        try:
            step = await self.configure_flow(*form)
        except RequestError as error:
            # Asked in the instant in which the progress ends, the flow ends by itself without an answer.
            if error.status != HTTPStatus.NOT_FOUND:
                raise
        new = await self._entry_ids() - before
        if len(new) != 1:
            raise DemoError(f"{self.title} did not take the meter on port {port}: {step}")
        self.meters[port] = new.pop()

    async def add(self, ports: Sequence[int]) -> None:
        """Add meters one by one and wait until all have values."""
        for port in ports:
            await self.submit(port, await self.form(port))
        await until(
            self._all_speak,
            seconds=_VALUES_TIMEOUT,
            otherwise=f"Not all meters of {self.title} had values within {_VALUES_TIMEOUT} s",
        )

    async def entities_by_meter(self) -> dict[str, list[dict[str, Any]]]:
        """Return the registered entities that are enabled, by the id of their config entry."""
        entities = await self.entities(self.kind.domain) if self.kind else []
        enabled = [entity for entity in entities if entity["disabled_by"] is None]
        return {
            entry_id: [entity for entity in enabled if entity["config_entry_id"] == entry_id]
            for entry_id in self.meters.values()
        }

    async def _entry_ids(self) -> set[str]:
        """Return the config entries of the integration."""
        assert self.kind is not None  # noqa: S101
        return {entry["entry_id"] for entry in await self.entries(self.kind.domain)}

    async def _all_speak(self) -> bool | None:
        """Return True once each meter has an entity with a value."""
        states = await self.states()
        spoken = (
            any(states.get(each["entity_id"], {"state": "unknown"})["state"] not in ABSENT for each in own)
            for own in (await self.entities_by_meter()).values()
        )
        return all(spoken) or None


@asynccontextmanager
async def running(homes: Sequence[Home]) -> AsyncGenerator[None]:
    """Run these Home Assistants side by side until the end of the context."""
    async with AsyncExitStack() as stack:
        for home in homes:
            stack.push_async_callback(home.stop)
        await asyncio.gather(*(home.start() for home in homes))
        yield
