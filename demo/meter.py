"""Add a meter to Home Assistant and find its entities."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from .errors import DemoError
from .home_assistant import HomeAssistant
from .process import DOMAIN
from .waiting import until

ENTITIES_TIMEOUT = 60


@dataclass(frozen=True, kw_only=True)
class Meter:
    """The entity ids of an electricity meter and of the meters behind it, by key."""

    electricity: Mapping[str, str]
    gas: tuple[str, ...]
    water: tuple[str, ...]

    def energy_sources(self) -> list[dict[str, Any]]:
        """Return what the Energy dashboard is to show."""
        return [
            {
                "type": "grid",
                "stat_energy_from": self.electricity["energy_import"],
                "stat_energy_to": self.electricity["energy_export"],
                "stat_rate": self.electricity["power"],
                "cost_adjustment_day": 0,
            },
            *({"type": "gas", "stat_energy_from": gas} for gas in self.gas),
            *({"type": "water", "stat_energy_from": water} for water in self.water),
        ]


async def add_meter(ha: HomeAssistant, source: str) -> None:
    """Add the meter at a path, URL or host:port, unless it has been added before."""
    serial = source.startswith("/")
    step = await ha.start_flow(DOMAIN)
    step = await ha.configure_flow(step["flow_id"], {"next_step_id": "serial" if serial else "network"})
    step = await ha.configure_flow(step["flow_id"], {"port" if serial else "host": source})
    known = step["type"] == "abort" and step["reason"] == "already_configured"
    if step["type"] != "create_entry" and not known:
        raise DemoError(f"No meter at {source}: {await _reason(ha, step)}")


async def find_meter(ha: HomeAssistant) -> Meter:
    """Return the first electricity meter, once Home Assistant shows its values."""
    before: Meter | None = None

    async def find() -> Meter | None:
        # Entities come one by one: the meter is whole when a second look finds no more.
        nonlocal before
        found = _meter_in(await _shown(ha))
        whole = found is not None and found == before
        before = found
        return found if whole else None

    return await until(
        find,
        seconds=ENTITIES_TIMEOUT,
        otherwise=f"No value of the meter came within {ENTITIES_TIMEOUT} s. "
        f"Look into {ha.process.config_dir}/home-assistant.log",
    )


def _meter_in(shown: Mapping[str, str]) -> Meter | None:
    """Return the meter whose entities stand among the given, by unique id."""
    # Sub-meters count energy too; only the meter at the grid counts what goes out.
    prefixes = (unique_id.removesuffix("energy_export") for unique_id in shown)
    needed = ("energy_export", "energy_import", "power")
    prefix = next((each for each in prefixes if all(f"{each}{key}" in shown for key in needed)), None)
    if prefix is None:
        return None
    return Meter(
        electricity={
            unique_id.removeprefix(prefix): entity_id
            for unique_id, entity_id in shown.items()
            if unique_id.startswith(prefix)
        },
        gas=tuple(shown[key] for key in shown if key.endswith("_gas")),
        water=tuple(shown[key] for key in shown if key.endswith("_water")),
    )


async def _shown(ha: HomeAssistant) -> dict[str, str]:
    """Return the integration's entities that have a number, by unique id."""
    states = await ha.states()
    shown = {}
    for entity in await ha.entities(DOMAIN):
        with suppress(KeyError, ValueError):
            float(states[entity["entity_id"]]["state"])
            shown[entity["unique_id"]] = entity["entity_id"]
    return shown


async def _reason(ha: HomeAssistant, step: dict[str, Any]) -> str:
    """Return why a config flow did not get through, in the integration's words."""
    texts = await ha.ws(
        "frontend/get_translations",
        category="config",
        integration=[DOMAIN],
        language="en",
    )
    path = f"component.{DOMAIN}.config"
    if step["type"] == "abort":
        keys = {f"{path}.abort.{step['reason']}": step["reason"]}
    else:
        keys = {f"{path}.error.{code}": code for code in step["errors"].values()}
    words = [texts["resources"].get(key, code) for key, code in keys.items()]
    return " ".join(words) or f"the flow ended at step {step['step_id']}"
