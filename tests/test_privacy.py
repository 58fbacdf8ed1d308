"""A whole life of a meter, and nothing of whose it is or where in what is left behind."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
import json
import logging
import traceback
from typing import override

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
import serialx

from custom_components.emucs_p1 import config_flow, coordinator, system_health
from custom_components.emucs_p1.const import DOMAIN
from custom_components.emucs_p1.diagnostics import async_get_config_entry_diagnostics
from custom_components.emucs_p1.p1 import link as p1_link

from .conftest import Later, until
from .flows import Person
from .p1.telegrams import ENCRYPTED_HEADER
from .ports import FakePort
from .test_manifest import MANIFEST
from .variants import (
    GAS_ID,
    HEAT_ID,
    OTHER_GAS_ID,
    THREE_ID,
    THREE_PHASE,
    WATER_ID,
    build,
    gas,
    hexed,
    mbus,
    three_phase,
)

GATEWAY = "socket://user:secret@host.example:2001"
PROXY = "esphome://host.example?port_name=P1&key=K3Y0FTHEPROXY"
OTHER_ID = "1SAG3100009999"
EAN = "541448820000000001"
GAS_EAN = "541448820000000002"
MESSAGE = "Beste Jan Peeters, Dorpsstraat 1"
NEWS = "Uw teller wordt vervangen op 3 maart"

IN_WORDS = (THREE_ID, GAS_ID, OTHER_GAS_ID, WATER_ID, HEAT_ID, OTHER_ID, EAN, GAS_EAN, MESSAGE, NEWS)
SECRETS = (
    *IN_WORDS,
    *(hexed(word)[1:-1] for word in IN_WORDS),
    "Peeters",
    "neighbour",
    "user:",
    "secret",
    "host.example",
    "K3Y0FTHEPROXY",
)

LINES = (
    THREE_PHASE
    | mbus(3, 4, HEAT_ID, "00012.345*GJ")
    | {
        "0-0:96.1.2": hexed(EAN),
        "0-0:96.13.0": hexed(MESSAGE),
        "0-1:96.1.2": hexed(GAS_EAN),
        "1-0:1.8.1": "(neighbour)",
        "1-0:99.99.9": "(neighbour)",
    }
)
TELEGRAM = build(LINES)
OTHER_GAS = build(LINES | gas(own_id=OTHER_GAS_ID, m3=0.5))
OTHER_NEWS = build(LINES | {"0-0:96.13.0": hexed(NEWS), "0-0:96.3.10": "(2)"})
OTHER_METER = three_phase(meter_id=hexed(OTHER_ID))
DAMAGED = TELEGRAM.replace(b"(0001)", b"(0002)")
REFUSALS = (
    ConnectionRefusedError(111, "Connect call failed ('host.example', 2001)"),
    ValueError(f"no port in {GATEWAY}"),
    serialx.SerialException(f"cannot open {PROXY}"),
    TimeoutError(GATEWAY),
)


def leaks(text: str) -> list[str]:
    """Return the secrets that a text gives away."""
    return [secret for secret in SECRETS if secret.casefold() in text.casefold()]


class Ear(logging.Handler):
    """Writes down everything that is logged, as a file would have it and what it was made of."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(threadName)s %(message)s"))
        self.heard: list[tuple[str, int, str]] = []
        """Logger, level, text."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        text = f"{self.format(record)} {record.args!r} {record.exc_text} {record.stack_info}"
        if record.exc_info and record.exc_info[1]:
            text += "".join(traceback.format_exception(record.exc_info[1]))
        self.heard.append((record.name, record.levelno, text))

    def lines(self, name: str = "", level: int = logging.DEBUG) -> list[str]:
        return [text for logger, at, text in self.heard if logger.startswith(name) and at >= level]


@dataclass
class Life:
    """Leads a meter through all that can befall it, and keeps what it leaves behind."""

    hass: HomeAssistant
    port: FakePort
    later: Later
    ear: Ear
    dumps: list[str] = field(default_factory=list)
    issues: list[str] = field(default_factory=list)
    titles: set[str] = field(default_factory=set)

    @property
    def entry(self) -> ConfigEntry:
        (entry,) = self.hass.config_entries.async_entries(DOMAIN)
        return entry

    async def look(self) -> None:
        """Keep what diagnostics, system health and repairs tell now."""
        await self.hass.async_block_till_done()
        dump = await async_get_config_entry_diagnostics(self.hass, self.entry)
        self.dumps.append(json.dumps(dump, default=repr))
        self.dumps.append(json.dumps(await system_health._async_info(self.hass)))
        self.titles.add(self.entry.title)
        self.note_issues()

    def note_issues(self, *_: object) -> None:
        registry = ir.async_get(self.hass)
        self.issues += [repr(issue) for issue in registry.issues.values() if issue.domain == DOMAIN]

    async def lead(self) -> None:
        self.hass.bus.async_listen(ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED, self.note_issues)
        await self.be_added()
        await self.be_read()
        await self.lose_the_link()
        await self.hear_another_meter()
        await self.hear_encrypted_frames()
        await self.wait_for_the_port()
        await self.move_to_another_port()
        await self.end()

    async def be_added(self) -> None:
        person = await Person(self.hass).choose("network")
        for refusal in REFUSALS:
            self.port.refusal = refusal
            await person.submit(host=GATEWAY)
            assert person.errors
        self.port.refusal = None
        for noise in (b"neighbour" * 5000, DAMAGED * 3, ENCRYPTED_HEADER, b""):
            self.port.greeting = noise
            await person.submit(host=GATEWAY)
            assert person.errors
        self.port.greeting = TELEGRAM
        await person.submit(host=GATEWAY)
        assert self.entry.state is ConfigEntryState.LOADED
        await self.look()

    async def be_read(self) -> None:
        self.hass.config_entries.async_update_entry(self.entry, options={"update_interval": 1})
        for telegram in (TELEGRAM, DAMAGED, OTHER_NEWS, OTHER_GAS, b"/neighbour\r\n", TELEGRAM):
            await self.later(telegram, 90)
        await self.look()

    async def lose_the_link(self) -> None:
        self.port.refusal = REFUSALS[0]
        self.port.drop()
        await until(lambda: not self.entry.runtime_data.last_update_success)
        await self.pass_hours()
        await self.come_back()

    async def come_back(self) -> None:
        self.port.refusal, self.port.greeting = None, TELEGRAM
        await until(lambda: self.port.open_lines, self.hass)
        self.port.send(TELEGRAM)
        await until(lambda: self.entry.runtime_data.last_update_success, self.hass)
        await self.look()

    async def hear_another_meter(self) -> None:
        for _ in range(3):
            await self.later(OTHER_METER, 60)
        await self.look()
        await self.later(TELEGRAM)

    async def hear_encrypted_frames(self) -> None:
        with patience(0.05):
            self.port.greeting = ENCRYPTED_HEADER
            self.port.drop()
            await until(lambda: not self.entry.runtime_data.last_update_success)
            await self.look()
        await self.come_back()

    async def wait_for_the_port(self) -> None:
        """Be reloaded while the port does not open, brings nothing or another meter."""
        for refusal, greeting in (
            *((refusal, b"") for refusal in REFUSALS),
            (None, b""),
            (None, ENCRYPTED_HEADER),
            (None, OTHER_METER),
        ):
            self.port.refusal, self.port.greeting = refusal, greeting
            with patience(0.05):
                await self.hass.config_entries.async_reload(self.entry.entry_id)
                assert self.entry.state is ConfigEntryState.SETUP_RETRY
                await self.look()
        await self.pass_hours()
        self.port.refusal, self.port.greeting = None, TELEGRAM
        await self.hass.config_entries.async_reload(self.entry.entry_id)
        await until(lambda: self.entry.state is ConfigEntryState.LOADED, self.hass)

    async def pass_hours(self) -> None:
        """Let what waits for the hour to be over come."""
        self.later.seconds += 7200
        async_fire_time_changed(self.hass, dt_util.utcnow() + timedelta(hours=2))
        await self.look()

    async def move_to_another_port(self) -> None:
        person = await Person(self.hass).reconfigure(self.entry, "serial")
        self.port.refusal = REFUSALS[2]
        await person.submit(port=PROXY)
        assert person.errors
        self.port.refusal, self.port.greeting = None, OTHER_METER
        await person.submit(port=PROXY)
        assert person.reason == "other_meter"

        person = await Person(self.hass).reconfigure(self.entry, "serial")
        self.port.greeting = TELEGRAM
        await person.submit(port=PROXY)
        assert person.reason == "reconfigure_successful"
        assert self.port.opened[-1] == PROXY
        await self.later(TELEGRAM)
        await self.look()

    async def end(self) -> None:
        """Be closed in the middle of a dialog, then unloaded and removed."""
        person = await Person(self.hass).choose("network")
        self.port.refusal = REFUSALS[0]
        await person.answer({"host": "host.example:2002"})
        await asyncio.sleep(0)
        self.hass.config_entries.flow.async_abort(person.shown["flow_id"])
        await self.hass.config_entries.async_unload(self.entry.entry_id)
        await self.look()
        await self.hass.config_entries.async_remove(self.entry.entry_id)
        await self.hass.async_block_till_done()
        self.note_issues()


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(p1_link, "PATIENCE", seconds)
        patched.setattr(coordinator, "_SETUP_PATIENCE", 2 * seconds)
        yield


@pytest.fixture
async def life(
    hass: HomeAssistant,
    clock: Later,
    monkeypatch: pytest.MonkeyPatch,
    quick: None,  # noqa: ARG001
) -> AsyncIterator[Life]:
    """Lead the life while everybody logs everything."""
    monkeypatch.setattr(config_flow, "_PATIENCE", 0.05)
    monkeypatch.setattr(config_flow, "_LOOK_AGAIN", 0.005)
    ear, root, ours = Ear(), logging.getLogger(), logging.getLogger("custom_components.emucs_p1")
    before = ours.level
    root.addHandler(ear)
    ours.setLevel(logging.DEBUG)
    try:
        life = Life(hass, clock.port, clock, ear)
        await life.lead()
        yield life
    finally:
        root.removeHandler(ear)
        ours.setLevel(before)


def test_the_life_is_full_of_secrets() -> None:
    for secret in (THREE_ID, GAS_ID, WATER_ID, HEAT_ID, EAN, GAS_EAN, MESSAGE):
        assert hexed(secret).encode() in TELEGRAM
    assert leaks(f"{GATEWAY} {PROXY}") == ["user:", "secret", "host.example", "K3Y0FTHEPROXY"]


async def test_our_loggers_give_nothing_away_at_any_level(life: Life) -> None:
    lines = life.ear.lines("custom_components.emucs_p1")
    assert any("sends no telegrams any more" in line for line in lines)
    assert [(line, leaks(line)) for line in lines if leaks(line)] == []


async def test_what_home_assistant_logs_of_us_gives_nothing_away(life: Life) -> None:
    lines = [line for line in life.ear.lines() if DOMAIN in line]
    assert any("not ready yet" in line for line in lines)
    assert any("Traceback" in line for line in lines)
    assert [(line, leaks(line)) for line in lines if leaks(line)] == []


async def test_nobody_is_given_cause_to_complain_with_a_secret(life: Life) -> None:
    lines = life.ear.lines(level=logging.INFO)
    assert [(line, leaks(line)) for line in lines if leaks(line)] == []


async def test_diagnostics_and_system_health_give_nothing_away(life: Life) -> None:
    assert any('"telegram": [' in dump for dump in life.dumps)
    assert any('"telegram": null' in dump for dump in life.dumps)
    assert [leaks(dump) for dump in life.dumps if leaks(dump)] == []


async def test_repairs_give_nothing_away(life: Life) -> None:
    assert [(issue, leaks(issue)) for issue in life.issues if leaks(issue)] == []


async def test_the_title_tells_no_more_than_the_last_four_signs(life: Life) -> None:
    assert life.titles == {"T211-D 0001"}


def test_raw_bytes_are_not_logged_when_somebody_asks_for_our_debug_log() -> None:
    assert not [name for name in MANIFEST.get("loggers", ()) if name.partition(".")[0] == "serialx"]
