"""A home whose automations act on what its meter counts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from homeassistant.components.number import NumberEntity
from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry, setup_test_component_platform

from custom_components.emucs_p1.const import DOMAIN

from ..conftest import device_of
from ..ports import FakePort
from ..variants import BRUSSELS, THREE_PHASE, Lines, build, kw, kwh, peak, stamp
from .passing import Passing

BLUEPRINTS = Path(__file__).parents[2] / "blueprints" / "automation" / DOMAIN
BEGIN = datetime(2026, 3, 3, 12, tzinfo=BRUSSELS)
"""Of the first quarter."""
QUARTER = 900
AUTOMATION = "automation.under_test"

type Call = tuple[int, str, str, Any]
"""Seconds since the begin, action, entity, value."""


class Setpoint(NumberEntity):
    """The number of a charger or a battery."""

    _attr_should_poll = False
    _attr_native_step = 1

    def __init__(self, name: str, lowest: float, highest: float, value: float) -> None:
        self._attr_name = name
        self._attr_unique_id = name
        self._attr_native_min_value = lowest
        self._attr_native_max_value = highest
        self._attr_native_value = value

    async def async_set_native_value(self, value: float) -> None:
        self._attr_native_value = value
        self.async_write_ha_state()


@dataclass
class Home:
    """Loads, a meter that counts them, and a record of what is called."""

    hass: HomeAssistant
    entry: MockConfigEntry
    port: FakePort
    passing: Passing
    now: datetime = BEGIN
    base: float = 300.0
    """What is always drawn, W; negative: the sun."""
    loads: dict[str, float] = field(default_factory=dict)
    """W by helper, while it is on."""
    other: Callable[[], float] = lambda: 0.0
    """What else is drawn, W."""
    lines: Lines = field(default_factory=dict)
    """What the meter says otherwise than usual."""
    calls: list[Call] = field(default_factory=list)
    """What was called, in order."""
    asked: list[int] = field(default_factory=list)
    """When the figures of the quarter were asked for."""
    runs: list[int] = field(default_factory=list)
    """When the automation ran."""
    finished: list[float] = field(default_factory=list)
    """Quarters that are over, kW."""
    silent: bool = False
    """Whether the meter is."""
    _imported: float = 1_000_000.0
    _exported: float = 300_000.0
    _quarter: float = 0.0
    """Import, Wh."""

    @property
    def device(self) -> str:
        return device_of(self.hass, self.entry)

    @property
    def second(self) -> int:
        """Seconds since the begin."""
        return round((self.now - BEGIN).total_seconds())

    @property
    def power(self) -> float:
        """What is drawn now, W, signed."""
        return self.base + self.other() + sum(watts for name, watts in self.loads.items() if self.is_on(name))

    def is_on(self, entity_id: str) -> bool:
        state = self.hass.states.get(entity_id)
        return state is not None and state.state == "on"

    def value(self, entity_id: str) -> float:
        state = self.hass.states.get(entity_id)
        assert state is not None
        return float(state.state)

    def telegram(self) -> bytes:
        watts = round(self.power)
        return build(
            THREE_PHASE
            | {
                "0-0:1.0.0": stamp(self.now),
                "1-0:1.7.0": kw(max(watts, 0) / 1000),
                "1-0:2.7.0": kw(max(-watts, 0) / 1000),
                "1-0:1.8.1": kwh(int(self._imported) / 1000),
                "1-0:2.8.1": kwh(int(self._exported) / 1000),
                "1-0:1.4.0": kw(self._quarter / 250),
                "1-0:1.6.0": peak(BEGIN - timedelta(days=1), 1.0),
            }
            | self.lines
        )

    async def furnish(self, *entities: Setpoint, **helpers: Any) -> None:
        """Set up numbers, helpers by domain, and, when they have been there for an hour, the meter."""
        for domain in ("homeassistant", "persistent_notification"):
            assert await async_setup_component(self.hass, domain, {})
        if entities:
            setup_test_component_platform(self.hass, "number", entities)
            assert await async_setup_component(self.hass, "number", {"number": {"platform": "test"}})
        for domain, config in helpers.items():
            assert await async_setup_component(self.hass, domain, {domain: config})
        self.passing.put_forward(3600)
        self.port.greeting = self.telegram()
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()
        # A line that is opened again must not bring this telegram once more.
        self.port.greeting = b""
        self.hass.bus.async_listen(EVENT_CALL_SERVICE, self._called)
        self.hass.bus.async_listen("automation_triggered", callback(lambda _: self.runs.append(self.second)))

    async def automate(self, blueprint: str, **inputs: Any) -> None:
        """Set an automation up from a blueprint."""
        use = {"path": f"{DOMAIN}/{blueprint}.yaml", "input": {"meter": self.device, **inputs}}
        config = {"id": "under_test", "alias": "Under test", "use_blueprint": use}
        assert await async_setup_component(self.hass, "automation", {"automation": config})
        await self.passing()
        assert self.is_on(AUTOMATION)

    async def stop(self) -> None:
        """Turn the automation off, with what it is in the middle of."""
        if self.hass.states.get(AUTOMATION):
            await self.call("automation.turn_off", entity_id=AUTOMATION)

    async def call(self, action: str, **data: Any) -> None:
        """Do what someone in the house does."""
        domain, name = action.split(".")
        await self.hass.services.async_call(domain, name, data, blocking=True)
        await self.passing()

    async def live(self, until: int) -> None:
        """Live until so many seconds after the begin; the meter speaks every ten seconds."""
        while self.second < until:
            self._count(min(10, until - self.second, self._to_go))
            if not self.silent:
                self.port.send(self.telegram())
            await self.passing()

    def _count(self, seconds: int) -> None:
        energy = self.power * seconds / 3600
        self._imported += max(energy, 0.0)
        self._exported += max(-energy, 0.0)
        self._quarter += max(energy, 0.0)
        ended = seconds == self._to_go
        self.now += timedelta(seconds=seconds)
        self.passing.put_forward(seconds)
        if ended:
            self.finished.append(self._quarter / 250)
            self._quarter = 0.0

    @property
    def _to_go(self) -> int:
        return QUARTER - self.second % QUARTER

    @callback
    def _called(self, event: Event) -> None:
        domain, name = event.data["domain"], event.data["service"]
        data = event.data["service_data"]
        if (domain, name) == (DOMAIN, "get_quarter"):
            self.asked.append(self.second)
        elif domain == "homeassistant" or name == "set_value":
            (entity_id,) = data["entity_id"]
            self.calls.append((self.second, f"{domain}.{name}", entity_id, data.get("value")))
