"""What people do in a house while its meter speaks."""

from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
import json
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir

from custom_components.emucs_p1.const import DOMAIN
from custom_components.emucs_p1.diagnostics import async_get_config_entry_diagnostics

from .findings import Failure

if TYPE_CHECKING:
    from .home import Home

_LATIN = "".join(map(chr, range(0x20, 0x100)))
_OPTIONS = (
    {},
    {"update_interval": 1, "hold_target": True, "connection_current": 6.0},
    {"update_interval": 300, "hold_target": False, "connection_current": 125.0},
)
_MOST_STEPS = 20


async def add_by_dialog(home: Home, url: str) -> ConfigEntry | None:
    """Add a meter as a person does; return its entry, None when the dialog refuses."""
    host, _, number = url.partition("://")[2].partition(":")
    flow = home.hass.config_entries.flow
    shown = await home.through(flow.async_init(DOMAIN, context={"source": SOURCE_USER}))
    answers: list[dict[str, Any] | None] = [
        {"next_step_id": "network"},
        {CONF_HOST: host, CONF_PORT: int(number)},
    ]
    for _ in range(_MOST_STEPS):
        if shown["type"] in (FlowResultType.CREATE_ENTRY, FlowResultType.ABORT):
            break
        if shown["type"] is FlowResultType.FORM and not answers:
            flow.async_abort(shown["flow_id"])
            break
        answer = answers.pop(0) if answers else None
        shown = await home.through(flow.async_configure(shown["flow_id"], answer))
        await home.through(home.hass.async_block_till_done())
    if shown["type"] is FlowResultType.CREATE_ENTRY:
        return shown["result"]
    return None


def _entry(home: Home) -> ConfigEntry:
    assert home.entry is not None  # noqa: S101
    return home.entry


async def _diagnostics(home: Home) -> None:
    """Download the diagnostics: plain data, nobody's number in it."""
    told = json.dumps(await async_get_config_entry_diagnostics(home.hass, _entry(home)))
    if any(secret in told for secret in home.secrets):
        raise Failure("diagnostics tell a number", told)


async def _drop(home: Home) -> None:
    home.port.drop()


async def _health(home: Home) -> None:
    """Ask for the system health, where the integration has any."""
    try:
        module = import_module("custom_components.emucs_p1.system_health")
    except ImportError:
        return
    asked: list[Callable[..., Awaitable[Mapping[str, Any]]]] = []

    class Register:
        def async_register_info(self, info: Any, *_: Any) -> None:
            asked.append(info)

    module.async_register(home.hass, Register())
    for info in asked:
        told = json.dumps(dict(await info(home.hass)), default=str)
        if any(secret in told for secret in home.secrets):
            raise Failure("system health tells a number", told)


async def _noise(home: Home) -> None:
    """Bring what is no telegram."""
    home.port.send(_LATIN.encode("latin-1") * 3 + b"\n/x!\n!0000\n/FLU5\\cut\r\n1-0:1.8.1(")


async def _number(home: Home) -> None:
    """Choose every number anew."""
    entities = er.async_entries_for_config_entry(er.async_get(home.hass), _entry(home).entry_id)
    for entity in entities:
        if entity.domain == "number" and home.hass.states.get(entity.entity_id):
            await home.through(
                home.hass.services.async_call(
                    "number", "set_value", {"entity_id": entity.entity_id, "value": 0.5}, blocking=True
                )
            )


async def _options(home: Home) -> None:
    """Choose the next of some options."""
    chosen = dict(_entry(home).options)
    following = (_OPTIONS.index(chosen) + 1) % len(_OPTIONS) if chosen in _OPTIONS else 1
    home.hass.config_entries.async_update_entry(_entry(home), options=_OPTIONS[following])


async def _probe(home: Home) -> None:
    """Try to add the same meter at another address."""
    entry = await add_by_dialog(home, "socket://other.example:23")
    if entry is not None:
        await home.judge()
        await home.through(home.hass.config_entries.async_remove(entry.entry_id))


async def _refresh(home: Home) -> None:
    """Ask the coordinator, as the service that updates an entity does."""
    if _entry(home).state is ConfigEntryState.LOADED:
        await home.through(_entry(home).runtime_data.async_refresh())


async def _reload(home: Home) -> None:
    await home.through(home.hass.config_entries.async_reload(_entry(home).entry_id))


async def _repair(home: Home) -> None:
    """Confirm every repair that can be."""
    issues = [issue for (domain, _), issue in ir.async_get(home.hass).issues.items() if domain == DOMAIN]
    for issue in issues:
        if not issue.is_fixable:
            continue
        repairs = import_module("custom_components.emucs_p1.repairs")
        flow = await repairs.async_create_fix_flow(home.hass, issue.issue_id, issue.data)
        flow.hass, flow.issue_id, flow.handler, flow.data = home.hass, issue.issue_id, DOMAIN, issue.data
        flow.flow_id, flow.context, flow.init_data = "fuzz", {}, {"issue_id": issue.issue_id}
        await home.through(flow.async_step_init())
        await home.through(flow.async_step_confirm({}))


ACTS: dict[str, Callable[[Home], Awaitable[None]]] = {
    "diagnostics": _diagnostics,
    "drop": _drop,
    "health": _health,
    "noise": _noise,
    "number": _number,
    "options": _options,
    "probe": _probe,
    "refresh": _refresh,
    "reload": _reload,
    "repair": _repair,
}
"""By the name that an episode gives it."""
