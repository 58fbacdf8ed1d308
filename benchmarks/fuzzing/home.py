"""Second target: whatever a meter may say, through a Home Assistant into states."""

import asyncio
from collections.abc import Awaitable, Coroutine, Iterator
from contextlib import AsyncExitStack
from random import Random
import shutil
import sys
import tempfile
import time
from typing import Any, Self
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import frame, translation
from homeassistant.helpers import issue_registry as ir
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_test_home_assistant

from custom_components.emucs_p1.const import DOMAIN
from custom_components.emucs_p1.meters import identify_mbus
from custom_components.emucs_p1.p1 import Telegram, TelegramError, parse_telegram
from custom_components.emucs_p1.p1.link import BATCH
from custom_components.emucs_p1.reading import REGISTERS

from . import acts, episodes, rules
from .clock import LoopTime, SkippingLoop
from .episodes import Episode, Step
from .findings import Failure, place_of
from .port import Port
from .seeds import seal
from .watch import PACKAGE, Watch

_URL = "socket://gateway.example:23"
_UNIQUE_ID = "1SAG3100000001"
_TITLE = "T211-D 0001"

_SECONDS = 1.0
"""Of the processor, that one telegram may take; a loaded machine is no failure."""
_MOST_DEVICES = 1 + 8 * 3
_MOST_ENTITIES = 80 + 8 * 3 * 3
_PATIENCE = 3000
"""Rounds of the loop after which something hangs."""
_ROUNDS_AT_ONCE = 20


class Homes:
    """Play episodes in one Home Assistant; demand that it stays well."""

    name = "telegrams"

    def __init__(self, series: list[list[bytes]]) -> None:
        self._series = series
        self._runner = asyncio.Runner(loop_factory=SkippingLoop)
        self._home = Home()
        self.telegrams = 0
        """How many were sent."""

    def __enter__(self) -> Self:
        self._run(self._home.start())
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.close()

    def stop(self) -> None:
        """Stop Home Assistant; raise Failure when something outlives it."""
        self._run(self._home.stop())

    def fresh(self, random: Random) -> Episode:
        """Return an episode in which nothing is wrong."""
        return episodes.fresh(random, self._series)

    def mutated(self, random: Random, corpus: list[Episode]) -> Episode:
        """Return another one."""
        return episodes.mutated(random, random.choice(corpus), corpus, self._series)

    def simpler(self, episode: Episode) -> Iterator[Episode]:
        """Yield smaller ones."""
        return episodes.simpler(episode)

    def literal(self, episode: Episode) -> str:
        """Return an episode as Python."""
        return repr(episode)

    def run(self, episode: Episode) -> None:
        """Raise Failure when something is wrong in this episode."""
        self.telegrams += len(episode.steps)
        self._run(self._home.play(episode))

    def _run[Result](self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        return self._runner.run(coroutine)


class Home:
    """A Home Assistant with a meter that is not to be trusted."""

    def __init__(self) -> None:
        self.port = Port()
        self._watch = Watch()
        self._stack = AsyncExitStack()
        self._registers = rules.Registers()
        self.port.brought = self._note
        self._config = tempfile.mkdtemp(prefix="fuzz-")
        self._loop: SkippingLoop
        self.hass: HomeAssistant
        self.entry: ConfigEntry | None = None
        self._coordinator: object = None
        self._unread = False
        """Whether a telegram may wait for the rest of its batch."""

    async def start(self) -> None:
        """Start Home Assistant, with the port in memory behind serialx."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SkippingLoop)  # noqa: S101
        self._loop = loop
        enter = self._stack.enter_context
        self.hass = await self._stack.enter_async_context(async_test_home_assistant(config_dir=self._config))
        frame.async_setup(self.hass)
        await translation.async_load_integrations(self.hass, {"homeassistant"})
        self.hass.data.pop(DATA_CUSTOM_COMPONENTS)
        enter(patch(f"{PACKAGE}.p1.connection.serialx.create_serial_connection", self.port.open))
        enter(patch("homeassistant.components.usb.AIOUSBWatcher.async_start", return_value=lambda: None))
        enter(patch("homeassistant.components.usb.async_scan_serial_ports", return_value=[]))
        # No mock: it would remember every call.
        enabled = property(lambda _entity: True)
        enter(patch("homeassistant.helpers.entity.Entity.entity_registry_enabled_default", enabled))
        for name, module in tuple(sys.modules.items()):
            if name.startswith(PACKAGE) and getattr(module, "time", None) is time:
                enter(patch.object(module, "time", LoopTime(loop)))
        self._stack.callback(self._watch.begin(self.hass))

    async def stop(self) -> None:
        """Stop Home Assistant; raise Failure when a task outlives it."""
        try:
            await self.through(self.hass.async_stop(force=True))
            await asyncio.sleep(0)
            left = asyncio.all_tasks() - {asyncio.current_task()}
            if left:
                raise Failure("tasks outlive Home Assistant", ", ".join(map(str, left)))
        finally:
            await self._stack.aclose()
            shutil.rmtree(self._config, ignore_errors=True)

    async def play(self, episode: Episode) -> None:
        """Live through an episode, from the entry's beginning to its removal."""
        self._registers = rules.Registers()
        self._watch.secrets.clear()
        self.entry = None
        try:
            await self._enter(episode)
            for step in episode.steps:
                await self._take(step)
        except BaseException:
            await self._leave()
            self._watch.failures.clear()
            raise
        await self._leave()
        self._judge()
        self._demand_nothing_left()

    async def _enter(self, episode: Episode) -> None:
        first = episode.steps[0]
        self.port.greeting = seal(first.lines)
        found = await acts.add_by_dialog(self, _URL) if episode.by_flow else None
        if found is None:
            telegram = _parsed(self.port.greeting)
            unique_id = (telegram and telegram.equipment_id) or _UNIQUE_ID
            made = MockConfigEntry(domain=DOMAIN, data={CONF_PORT: _URL}, unique_id=unique_id, title=_TITLE)
            made.add_to_hass(self.hass)
            self.entry = made
            await self.through(self.hass.config_entries.async_setup(made.entry_id))
        else:
            self.entry = found
        self._watch.keep_secret(self.entry.unique_id)
        await self._settle()
        self._judge()

    async def _take(self, step: Step) -> None:
        """Take one telegram and what is done beside it."""
        await self._pass(step.after)
        for _ in range(_ROUNDS_AT_ONCE):
            if self.port.lines:
                break
            # A link that was lost comes back by itself.
            await self._pass(5.0)
        self._judge()
        self.port.greeting = seal(step.lines)
        begin = time.process_time()
        self.port.send(self.port.greeting)
        await self._settle()
        if (spent := time.process_time() - begin) > _SECONDS:
            raise Failure("a telegram takes too long", f"{spent:.2f} s")
        self._judge()
        if step.act:
            await acts.ACTS[step.act](self)
            await self._settle()
            self._judge()

    def _note(self, data: bytes) -> None:
        """Remember what a telegram says of the registers, and whose numbers it tells."""
        self._unread = True
        try:
            telegram = _parsed(data)
        except Failure as failure:
            self._watch.failures.append(failure)
            return
        if telegram is None:
            return
        values = {f"{field}": value for field in REGISTERS if (value := getattr(telegram, field)) is not None}
        for identity, device in identify_mbus(self._unique_id(), telegram.mbus).items():
            if device.reading is not None:
                values[f"{identity}_mbus_"] = device.reading
        if telegram.equipment_id in (None, self._unique_id()):
            self._registers.sent(self._loop.time(), values)
        for text in (telegram.equipment_id, telegram.ean, *(device.equipment_id for device in telegram.mbus)):
            self._watch.keep_secret(text)

    @property
    def secrets(self) -> set[str]:
        """Return what nobody may be told."""
        return self._watch.secrets

    async def judge(self) -> None:
        """Raise Failure when something is wrong by now."""
        await self._settle()
        self._judge()

    def _unique_id(self) -> str:
        """Return whose telegrams are read: a repair may change it."""
        return (self.entry and self.entry.unique_id) or _UNIQUE_ID

    def _judge(self) -> None:
        """Raise Failure when something was said or shown that must not be."""
        states, self._watch.states = self._watch.states, []
        if self._watch.failures:
            failure = self._watch.failures[0]
            self._watch.failures = []
            raise failure
        coordinator = getattr(self.entry, "runtime_data", None)
        if coordinator is not self._coordinator:
            self._coordinator = coordinator
            self._registers.forget_pace()
        entities = er.async_get(self.hass)
        for state in states:
            entity = entities.async_get(state.entity_id)
            if entity is None or entity.platform != DOMAIN:
                continue
            key = entity.translation_key or entity.entity_id
            rules.demand_state(key, state)
            value = rules.number_of(state)
            if self.entry is None or entity.config_entry_id != self.entry.entry_id:
                continue
            if value is not None and state.attributes.get("state_class") == "total_increasing":
                submeter = key.startswith("mbus_")
                identity = entity.unique_id.removesuffix(f"_{key.removeprefix('mbus_')}")
                register = f"{identity}_mbus_" if submeter else key
                unit = state.attributes["unit_of_measurement"]
                self._registers.demand(entity.unique_id, register, value, unit, self._loop.time())
        self._demand_plain_names()

    def _demand_plain_names(self) -> None:
        """Raise Failure when a name is not plain text, or the registries grow without end."""
        for entry in self.hass.config_entries.async_entries(DOMAIN):
            rules.demand_text("title of the entry", entry.title, most=255)
            devices = dr.async_entries_for_config_entry(dr.async_get(self.hass), entry.entry_id)
            entities = er.async_entries_for_config_entry(er.async_get(self.hass), entry.entry_id)
            if len(devices) > _MOST_DEVICES:
                raise Failure("devices grow without end", str(len(devices)))
            if len(entities) > _MOST_ENTITIES:
                raise Failure("entities grow without end", str(len(entities)))
            for device in devices:
                for part in ("name", "manufacturer", "model", "serial_number", "sw_version"):
                    rules.demand_text(f"{part} of a device", getattr(device, part), most=255)
        for (domain, _), issue in ir.async_get(self.hass).issues.items():
            if domain == DOMAIN:
                rules.demand_text("a repair", issue.translation_placeholders)

    async def _leave(self) -> None:
        """Remove what the episode has set up."""
        for entry in self.hass.config_entries.async_entries(DOMAIN):
            await self.through(self.hass.config_entries.async_remove(entry.entry_id))
        for flow in self.hass.config_entries.flow.async_progress(include_uninitialized=True):
            self.hass.config_entries.flow.async_abort(flow["flow_id"])
        await self._settle()
        self.port.drop()
        # Home Assistant remembers what was removed for a month.
        er.async_get(self.hass).deleted_entities.clear()
        dr.async_get(self.hass)._deleted_devices.clear()  # noqa: SLF001

    def _demand_nothing_left(self) -> None:
        """Raise Failure when something outlives the removal of its entry."""
        for task in asyncio.all_tasks():
            code = getattr(task.get_coro(), "cr_code", None)
            if code is not None and DOMAIN in code.co_filename:
                raise Failure(f"task {code.co_qualname} outlives its entry")
        for timer in self._loop.scheduled:
            called = getattr(timer, "_callback", None)
            module = getattr(called, "__module__", None) or ""
            if not timer.cancelled() and module.startswith(PACKAGE):
                raise Failure(f"timer of {getattr(called, '__qualname__', called)} outlives its entry")
        if any(_is_ours(self.hass, state.entity_id) for state in self.hass.states.async_all()):
            raise Failure("a state outlives its entry")
        if any(domain == DOMAIN for domain, _ in ir.async_get(self.hass).issues):
            raise Failure("a repair outlives its entry")
        if self.port.lines:
            raise Failure("a port stays open")

    async def _pass(self, seconds: float) -> None:
        """Let time pass; what waits for the rest of a batch is read when it comes, and not at the end."""
        while seconds:
            part = min(seconds, BATCH) if self._unread else seconds
            self._unread = False
            self._loop.skip(part)
            await self._settle()
            seconds -= part

    async def _settle(self) -> None:
        await self.through(self.hass.async_block_till_done())

    async def through[Result](self, work: Awaitable[Result]) -> Result:
        """Return what comes of some work, letting time pass while it waits."""
        task = asyncio.ensure_future(work)
        turn = idle = 0
        while idle < _PATIENCE:
            if task.done():
                return task.result()
            # Threads need real time, timers only ours.
            await asyncio.sleep(0 if turn < _ROUNDS_AT_ONCE else 0.0005)
            turn += 1
            if not self._loop.threads_at_work:
                idle += 1
                if turn > _ROUNDS_AT_ONCE:
                    self._loop.skip(0.1)
        task.cancel()
        raise Failure("something hangs", str(task))


def _is_ours(hass: HomeAssistant, entity_id: str) -> bool:
    entity = er.async_get(hass).async_get(entity_id)
    return entity is not None and entity.platform == DOMAIN


def _parsed(frame_: bytes) -> Telegram | None:
    try:
        return parse_telegram(frame_)
    except TelegramError:
        return None
    except Exception as error:
        raise Failure(f"parse_telegram raises {place_of(error)}", repr(error)) from error
