"""Drive a real Home Assistant through the interfaces that a person's browser uses."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import batched
from pathlib import Path
import sys
from typing import Any

from .client import Client
from .errors import CommandError
from .onboarding import promote_http_config, sign_in
from .process import HOST, Process, free_port, port_of
from .waiting import until

READY_TIMEOUT = 120
FLOW_TIMEOUT = 120
ROWS_A_MESSAGE = 2500

FLOWS = "/api/config/config_entries/flow"
OPTIONS_FLOWS = "/api/config/config_entries/options/flow"


class HomeAssistant(Client):
    """Run Home Assistant on a config folder and act as its owner.

    A new folder is onboarded at its first start, in the given language. After `stop` or `kill` it starts
    again.
    """

    def __init__(
        self,
        config_dir: Path,
        *,
        port: int | None = None,
        python: Path = Path(sys.executable),
        language: str = "en",
    ) -> None:
        port = port or port_of(config_dir) or free_port()
        super().__init__(f"http://{HOST}:{port}")
        self.process = Process(config_dir, port=port, python=python)
        self._language = language

    async def start(self) -> None:
        """Start, sign in and wait until every integration had its turn."""
        await self.process.start()
        try:
            await sign_in(self, language=self._language)
            await promote_http_config(self)
            self.process.confirm_port()
            await until(
                self._ready,
                seconds=READY_TIMEOUT,
                otherwise=f"Home Assistant was still starting after {READY_TIMEOUT} s",
            )
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Sign off and stop Home Assistant in good order."""
        await self.close()
        await self.process.stop()

    async def kill(self) -> None:
        """End Home Assistant as a power cut does."""
        await self.process.kill()
        await self.close()

    async def states(self) -> dict[str, dict[str, Any]]:
        """Return every state by entity id."""
        return {state["entity_id"]: state for state in await self.get("/api/states")}

    async def entries(self, domain: str) -> list[dict[str, Any]]:
        """Return the config entries of an integration."""
        entries: list[dict[str, Any]] = await self.ws("config_entries/get", domain=domain)
        return entries

    async def entities(self, platform: str) -> list[dict[str, Any]]:
        """Return the registered entities of an integration."""
        entities = await self.ws("config/entity_registry/list")
        return [entity for entity in entities if entity["platform"] == platform]

    async def devices(self) -> list[dict[str, Any]]:
        """Return every registered device."""
        devices: list[dict[str, Any]] = await self.ws("config/device_registry/list")
        return devices

    async def start_flow(self, handler: str, **context: str) -> dict[str, Any]:
        """Start a config flow, a reconfiguration if given an `entry_id`."""
        return await self._settled(FLOWS, await self.post(FLOWS, {"handler": handler, **context}))

    async def configure_flow(self, flow_id: str, data: dict[str, Any]) -> dict[str, Any]:
        """Submit a step of a config flow and return the next, past any progress.

        A menu is answered by `{"next_step_id": ...}`.
        """
        return await self._settled(FLOWS, await self.post(f"{FLOWS}/{flow_id}", data))

    async def start_options(self, entry_id: str) -> dict[str, Any]:
        """Start the options flow of a config entry and return its first step."""
        return await self._settled(OPTIONS_FLOWS, await self.post(OPTIONS_FLOWS, {"handler": entry_id}))

    async def configure_options(self, flow_id: str, data: dict[str, Any]) -> dict[str, Any]:
        """Submit a step of an options flow and return the next, past any progress."""
        return await self._settled(OPTIONS_FLOWS, await self.post(f"{OPTIONS_FLOWS}/{flow_id}", data))

    async def reload_entry(self, entry_id: str) -> None:
        """Reload a config entry."""
        await self.post(f"/api/config/config_entries/entry/{entry_id}/reload")

    async def delete_entry(self, entry_id: str) -> None:
        """Delete a config entry."""
        await self.delete(f"/api/config/config_entries/entry/{entry_id}")

    async def energy_prefs(self) -> dict[str, Any] | None:
        """Return the Energy dashboard's preferences, None before the first were saved."""
        try:
            prefs: dict[str, Any] = await self.ws("energy/get_prefs")
        except CommandError as err:
            if err.code != "not_found":
                raise
            return None
        return prefs

    async def save_energy_sources(self, sources: list[dict[str, Any]]) -> None:
        """Point the Energy dashboard at its sources."""
        await self.ws("energy/save_prefs", energy_sources=sources)

    async def validate_energy(self) -> dict[str, Any]:
        """Return the issues that the Energy dashboard sees, a list for every source."""
        issues: dict[str, Any] = await self.ws("energy/validate")
        return issues

    async def statistics(
        self, ids: Sequence[str], *, start: datetime, period: str, types: Sequence[str]
    ) -> dict[str, list[dict[str, Any]]]:
        """Return statistics since a moment; a row's `start` and `end` in milliseconds."""
        rows: dict[str, list[dict[str, Any]]] = await self.ws(
            "recorder/statistics_during_period",
            start_time=start.isoformat(),
            statistic_ids=list(ids),
            period=period,
            types=list(types),
        )
        return rows

    async def import_statistics(self, metadata: dict[str, Any], rows: Iterable[dict[str, Any]]) -> None:
        """Hand hourly statistics to the recorder, which writes them in its own time."""
        for batch in batched(rows, ROWS_A_MESSAGE, strict=False):
            await self.ws("recorder/import_statistics", metadata=metadata, stats=list(batch))

    async def _ready(self) -> bool | None:
        """Return True once every integration had its turn, None before."""
        return (await self.ws("get_config"))["state"] == "RUNNING" or None

    async def _settled(self, path: str, step: dict[str, Any]) -> dict[str, Any]:
        """Wait through a flow's progress."""

        async def get() -> dict[str, Any] | None:
            return _past_progress(await self.get(f"{path}/{step['flow_id']}"))

        settled = _past_progress(step)
        if settled is not None:
            return settled
        return await until(
            get, seconds=FLOW_TIMEOUT, otherwise=f"Still in progress after {FLOW_TIMEOUT} s: {step}"
        )


def _past_progress(step: dict[str, Any]) -> dict[str, Any] | None:
    """Return a step of a flow unless it only shows progress."""
    return None if step["type"] in ("progress", "progress_done") else step
