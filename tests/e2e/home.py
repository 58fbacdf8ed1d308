"""A Home Assistant with a meter in it, and what to ask of it."""

from pathlib import Path
import re
import time
from typing import Any, override

from demo.home_assistant import HomeAssistant
from demo.process import DOMAIN

from .sources import Source
from .states import States

_RECORD = re.compile(r"\d{4}-\d\d-\d\d \S+ (?P<level>[A-Z]+) \(.*?\) \[(?P<logger>.*?)\]")
_BAD = ("WARNING", "ERROR", "CRITICAL")
# What Home Assistant says of every custom integration, and of every one that has to wait at its start.
_USUAL = ("which has not been tested by Home Assistant", "not ready yet")


class Home(HomeAssistant):
    """Follow the states while it runs and read the log when it stopped."""

    def __init__(self, config_dir: Path, *, language: str = "en") -> None:
        super().__init__(config_dir, language=language)
        self.states_now = States()
        self.complaints: list[str] = []
        """What the logs say against the integration."""

    @override
    async def start(self) -> None:
        await super().start()
        self.states_now = States()
        await self.states_now.open(self)

    @override
    async def stop(self) -> None:
        running = self.running
        await self.states_now.close()
        await super().stop()
        if running:
            self._read_log()

    @override
    async def kill(self) -> None:
        await super().kill()
        await self.states_now.close()
        self._read_log()

    def _read_log(self) -> None:
        """Note what it complains of; Home Assistant begins a new log at every start."""
        self.complaints += complaints(self.log.read_text(errors="replace"))

    @property
    def log(self) -> Path:
        return self.process.config_dir / "home-assistant.log"

    @property
    def running(self) -> bool:
        return self.process.pid is not None

    async def submit(self, source: Source, *, entry_id: str | None = None) -> tuple[float, dict[str, Any]]:
        """Take the config flow to its form and submit that; return when and what came of it."""
        context = {"entry_id": entry_id} if entry_id else {}
        menu = await self.start_flow(DOMAIN, **context)
        assert menu["type"] == "menu", menu
        form = await self.configure_flow(menu["flow_id"], {"next_step_id": source.step})
        assert form["type"] == "form", form
        submitted = time.monotonic()
        return submitted, await self.configure_flow(form["flow_id"], dict(source.form))

    async def entry(self) -> dict[str, Any]:
        """Return the one config entry."""
        (entry,) = await self.entries(DOMAIN)
        return entry

    async def entity_ids(self) -> dict[str, str]:
        """Return the entity ids by unique id."""
        entities = await self.entities(DOMAIN)
        ids = {entity["unique_id"]: entity["entity_id"] for entity in entities}
        assert len(ids) == len(entities), "two entities have the same unique id"
        return ids

    async def disabled(self) -> set[str]:
        """Return the unique ids of the entities that a user has to enable first."""
        return {entity["unique_id"] for entity in await self.entities(DOMAIN) if entity["disabled_by"]}

    async def own_devices(self) -> list[dict[str, Any]]:
        """Return the devices of the integration."""
        entry_ids = {entry["entry_id"] for entry in await self.entries(DOMAIN)}
        return [device for device in await self.devices() if entry_ids & {*device["config_entries"]}]


def complaints(log: str) -> list[str]:
    """Return the records of a log that a household should not see.

    Warnings and errors that name the integration, in whatever logger, traceback included.
    """
    records: list[list[str]] = []
    for line in log.splitlines():
        if _RECORD.match(line) or not records:
            records.append([])
        records[-1].append(line)
    return [text for lines in records if _is_bad(text := "\n".join(lines))]


def _is_bad(record: str) -> bool:
    match = _RECORD.match(record)
    if match is None or match["level"] not in _BAD or any(usual in record for usual in _USUAL):
        return False
    return DOMAIN in record
