"""One meter: owns the link, holds the newest reading, tells the entities."""

import asyncio
from dataclasses import replace
import time
from typing import override

from homeassistant.components import usb
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_PORT
from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .budget import Budget
from .const import (
    CONF_CONNECTION_CURRENT,
    CONF_HOLD_TARGET,
    CONF_UPDATE_INTERVAL,
    DEFAULT_UPDATE_INTERVAL,
    DOMAIN,
    HEARD,
    LOGGER,
)
from .devices import Devices
from .happenings import SIGNAL_HAPPENING, what_happened, what_was_said
from .issues import OTHER_METER, watch_of
from .memory import UNREADABLE, Remembered, house_memory, meter_memory
from .meters import identify_mbus, same_form
from .p1 import Link, LinkProblem, MbusDevice, Telegram
from .peak import PeakSettings, QuarterState, QuarterTracker
from .reading import REGISTERS, Facts, MeanPowers, Reading, registers_of
from .registers import MBUS, RegisterGuard
from .statistics import MonthStatistics
from .swaps import places_of, swap_mbus, with_ids
from .waiting import async_take_listening_link, keep_listening

type P1ConfigEntry = ConfigEntry[P1Coordinator]

# Start-up must not hang on a meter that is not there; the link goes on listening by itself.
_SETUP_PATIENCE = 16.0
# A telegram that comes a little early for its interval is not left to the next one.
_EARLY = 0.5
# Out of turn: a quarter tells a few things, all of them at its end at worst. Whoever makes up more
# than that would fill the database.
_URGENT_AT_ONCE = 30
_URGENT_SECONDS = 10.0

_MESSAGE = "0-0:96.13.0"


class NoReadingError(Exception):
    """Why the set-up got no telegram of this meter: a translation key."""


class P1Coordinator(DataUpdateCoordinator[Reading]):
    """Read every telegram; tell the entities at the pace that the user chose."""

    config_entry: P1ConfigEntry

    def __init__(self, hass: HomeAssistant, entry: P1ConfigEntry) -> None:
        super().__init__(hass, LOGGER, config_entry=entry, name=entry.title)
        self.link: Link | None = None
        self.equipment_id = entry.unique_id or ""
        self._quarters = QuarterTracker()
        self._memory = meter_memory(hass, entry.entry_id, self._remembered)
        self._house = house_memory(hass, entry.entry_id, self._quarters.dump_learned)
        self.places = places_of(hass, entry)
        """Who is on which channel of the M-Bus."""
        self._issues = watch_of(hass, entry)
        self._guard = RegisterGuard({})
        self._sent: tuple[object, ...] = ()
        """Registers and M-Bus of the last telegram, as sent; empty where a line was damaged."""
        self._registers: dict[str, float] = {}
        self._mbus: dict[str, MbusDevice] = {}
        self._guarded_at = self._seen_at = 0.0
        """When these were guarded, and when they were sent last: seconds, monotonic."""
        self._usual_interval: float | None = None
        """Seconds between two telegrams, as remembered."""
        self._options: object = None
        self._urgent = Budget(_URGENT_AT_ONCE, _URGENT_SECONDS)
        self._news = False
        """Whether something is to be looked at that must not wait for the interval."""
        self._known: QuarterState | None = None
        """The last that was known of a quarter, and told."""
        self._message: str | None = None
        self._met = False
        """Whether the message on the display was seen before."""
        self._other: str | None = None
        """Id of another meter that the last telegram named."""
        self._first: asyncio.Future[None] | None = None
        self.problem = LinkProblem.NO_DATA.value
        """Why the entities are unavailable, while they are: a translation key."""
        self._devices = Devices(hass, entry.entry_id, self.equipment_id)
        self._published = 0.0
        self._interval = 0.0
        """Seconds between two updates."""
        self._powers = MeanPowers()
        self._statistics = MonthStatistics(hass, entry, self.equipment_id)

    @property
    def settings(self) -> PeakSettings:
        """Return what the household chose."""
        return self._quarters.settings

    @property
    def quarter(self) -> QuarterState | None:
        """The running quarter as of the newest telegram, whatever the update interval."""
        return self._quarters.state

    @property
    def refused_values(self) -> int:
        """How many values of registers were held back since the set-up."""
        return self._guard.refused

    async def async_choose(self, **chosen: float) -> None:
        """Take a target or what can be shed, kW, and write it to the disk at once."""
        self._quarters.settings = replace(self.settings, **chosen)  # type: ignore[arg-type]
        await self._memory.async_save()

    async def async_start(self) -> None:
        """Open the link and wait for the first telegram; raise ConfigEntryNotReady when none comes.

        Home Assistant tries a failed set-up again at ever longer intervals. The link does not wait
        for that: it goes on listening, and the first telegram reloads the entry.
        """
        await self._async_remember()
        port: str = self.config_entry.data[CONF_PORT]
        heard = self.hass.data.get(HEARD, {}).pop(port, None)
        link = await async_take_listening_link(self.hass, self.config_entry)
        if link is None:
            link = Link(port, usual_interval=self._usual_interval)
            if heard is not None:
                link.resume(heard)
            link.start(lambda run: self.hass.async_create_background_task(run, f"{DOMAIN} link"))
        self.link = self._issues.link = link
        self._first = asyncio.get_running_loop().create_future()
        link.listener = self
        try:
            if link.up and link.last_telegram:
                self.telegram_received(link.last_telegram)
            elif link.problem:
                self.link_lost(link.problem)
            async with asyncio.timeout(_SETUP_PATIENCE):
                await self._first
        except (NoReadingError, TimeoutError) as err:
            self.link = None
            keep_listening(self.hass, self.config_entry, link)
            reason = str(err) or LinkProblem.NO_DATA.value
            raise ConfigEntryNotReady(translation_domain=DOMAIN, translation_key=reason) from err
        if "://" not in port:
            self.config_entry.async_on_unload(
                usb.async_register_port_event_callback(self.hass, lambda _added, _removed: link.hurry())
            )

    @override
    async def async_shutdown(self) -> None:
        """Close the port."""
        await super().async_shutdown()
        if self.link is not None:
            await self.link.stop()
            if self.data is not None:
                await self._memory.async_save()
                await self._house.async_save()

    @override
    async def _async_update_data(self) -> Reading:
        """Return what is known: the meter cannot be asked, so asking must not revive old values."""
        if not self.last_update_success:
            raise UpdateFailed(translation_domain=DOMAIN, translation_key=self.problem)
        return self.data

    @callback
    def telegram_received(self, telegram: Telegram, *, newest: bool = True) -> None:
        """Take one telegram: everything reads it, few write it."""
        equipment_id = telegram.equipment_id
        if equipment_id is not None and equipment_id != self.equipment_id:
            self._hear_other(equipment_id)
            return
        self._other = None
        self._issues.telegram_received(telegram)
        if self.config_entry.options is not self._options:
            self._read_options()
        self._news |= self._quarters.follow(telegram)
        now = time.monotonic()
        self._powers.add(telegram)
        registers, mbus = self._guarded(telegram, now)
        if not self.last_update_success and not (newest and self._urgent.spend(now)):
            # Two meters that take turns would write everything anew with every telegram.
            return
        if newest and self._is_due(now):
            self._show_all(telegram, registers, mbus, now)
        elif self._news and self.last_update_success and self.data is not None:
            self._show_facts(now)
        if self._news or telegram.message != self._message or not self._met:
            self._tell(telegram, now)

    def _show_all(
        self,
        telegram: Telegram,
        registers: dict[str, float],
        mbus: dict[str, MbusDevice],
        now: float,
    ) -> None:
        """Write what the interval brought."""
        facts = Facts.of(self.quarter)
        if self.last_update_success and self.data is not None:
            self._show_first(facts)
        reading = Reading(
            telegram=telegram,
            registers=registers,
            powers=self._powers.take(),
            mbus=mbus,
            quarter=self.quarter,
            facts=facts,
        )
        self._publish(reading, now)

    def _show_facts(self, now: float) -> None:
        """Write at once what an automation must not miss; the rest waits for its interval."""
        facts = Facts.of(self.quarter)
        if facts != self.data.facts and self._urgent.spend(now):
            self._show_first(facts)
            self._show(facts)

    def _show_first(self, facts: Facts) -> None:
        if (first := facts.first_of(self.data.facts)) is not None:
            self._show(first)

    def _show(self, facts: Facts) -> None:
        # Whoever acts on an alarm looks at the forecast and the spare power too.
        quarter = self.quarter if facts.raise_an_alarm(self.data.facts) else self.data.quarter
        self.data = replace(self.data, facts=facts, quarter=quarter)
        self.async_update_listeners()

    def _hear_other(self, equipment_id: str) -> None:
        """Show nothing of another meter; an id of another form may be ours, damaged, the first time."""
        if equipment_id == self._other or self.data is None or same_form(equipment_id, self.equipment_id):
            self._issues.other_meter_heard()
            self._lose(OTHER_METER)
        self._other = equipment_id

    def _tell(self, telegram: Telegram, now: float) -> None:
        """Tell what has happened, after the states that show it."""
        readable = not any(line.startswith(_MESSAGE) for line in telegram.malformed)
        if readable and not self._met:
            # What was there before us is no news.
            self._message, self._met = telegram.message, True
        if not (self.config_entry.state is ConfigEntryState.LOADED and self.hass.state is CoreState.running):
            # Nobody listens yet: all that happens from here on, and an alarm that is on, is told later.
            if self._known is None and self.quarter is not None:
                self._known = replace(self.quarter, warning=False, act_now=False)
            return
        message = telegram.message if readable else self._message
        happenings = [
            *what_happened(self._known, self.quarter),
            *what_was_said(self._message, message),
        ]
        if happenings and not self._urgent.spend(now):
            return
        # What the budget had no room for waits for the interval, or for the next telegram.
        self._news = self.data is None or Facts.of(self.quarter) != self.data.facts
        self._known = self.quarter or self._known
        self._message = message
        if happenings:
            # After a power cut it must not be told again.
            self._memory.save_soon()
        signal = SIGNAL_HAPPENING.format(self.config_entry.entry_id)
        for happening, figures in happenings:
            async_dispatcher_send(self.hass, signal, happening, figures)

    @callback
    def link_lost(self, problem: LinkProblem) -> None:
        """Tell the entities that nothing is known any more."""
        self._issues.link_lost(problem)
        self._lose(problem.value)

    @callback
    def link_failed(self, error: BaseException) -> None:
        """Set up anew: the link ended by something that is not the port's, such as ESPHome being away."""
        if self._first is not None and not self._first.done():
            self._first.set_exception(error)
        else:
            self._lose(LinkProblem.CANNOT_CONNECT.value)
            self.hass.config_entries.async_schedule_reload(self.config_entry.entry_id)

    def _is_due(self, now: float) -> bool:
        return (
            not self.last_update_success
            or self.data is None
            or now - self._published >= self._interval - _EARLY
        )

    def _publish(self, reading: Reading, now: float) -> None:
        """Write the states of this interval."""
        if not self.last_update_success:
            LOGGER.info("%s sends telegrams again", self.config_entry.title)
        self._published = now
        self._memory.save_later()
        self._house.save_later()
        # Every meter is in the registry before its entities come.
        self._devices.register(reading.telegram, reading.mbus)
        self.async_set_updated_data(reading)
        if reading.quarter is not None:
            self._statistics.keep(reading.quarter.months.closed)
        if self._first is not None and not self._first.done():
            self._first.set_result(None)

    def _lose(self, reason: str) -> None:
        if self._first is not None and not self._first.done():
            self._first.set_exception(NoReadingError(reason))
        elif self.last_update_success:
            self.problem = reason
            LOGGER.info("%s sends no telegrams any more (%s)", self.config_entry.title, reason)
            self.last_update_success = False
            self._powers.clear()
            self.async_update_listeners()

    def _guarded(self, telegram: Telegram, now: float) -> tuple[dict[str, float], dict[str, MbusDevice]]:
        """Return what the registers show, those on the M-Bus by identity."""
        guard, sent = self._guard, (registers_of(telegram), telegram.mbus)
        # A damaged id counts as the one before, one that is not sent does not; they look alike in `sent`.
        damaged = bool(telegram.malformed)
        if damaged or sent != self._sent or not (guard.settled and self.places.settled):
            guard.stood(self._guarded_at, self._seen_at)
            self._sent, self._guarded_at = () if damaged else sent, now
            self._registers = {
                field: guard.accept(self.equipment_id, field, value, now)
                for field, value in zip(REGISTERS, sent[0], strict=True)
                if value is not None
            }
            self._mbus = self._guarded_mbus(telegram, now)
        self._seen_at = now
        return self._registers, self._mbus

    def _guarded_mbus(self, telegram: Telegram, now: float) -> dict[str, MbusDevice]:
        before = self.data.mbus if self.data else {}
        meters = identify_mbus(self.equipment_id, with_ids(telegram, before))
        if swaps := self.places.observe(meters, now):
            for _, old, _ in swaps:
                # The successor counts from where it stands.
                self._guard.accepted.pop(f"{old}_reading", None)
            swap_mbus(self.hass, self.config_entry, swaps)
        for identity, device in meters.items():
            if device.reading is not None:
                reading = self._guard.accept(identity, "reading", device.reading, now, MBUS[device.unit])
                if reading != device.reading:
                    meters[identity] = replace(device, reading=reading)
        return meters

    def _read_options(self) -> None:
        """Take the options; nothing is reloaded for them."""
        self._options = options = self.config_entry.options
        self._interval = float(options.get(CONF_UPDATE_INTERVAL, DEFAULT_UPDATE_INTERVAL))
        self._quarters.settings = replace(
            self.settings,
            hold_target=options.get(CONF_HOLD_TARGET, False),
            connection_current=options.get(CONF_CONNECTION_CURRENT),
        )

    async def _async_remember(self) -> None:
        """Take up what was known before the restart; what cannot be read begins anew."""
        title = self.config_entry.title
        try:
            self._take_up(await self._memory.async_load() or Remembered())
        except UNREADABLE:
            LOGGER.warning("What was known of %s cannot be read: it begins anew", title)
        try:
            if learned := await self._house.async_load():
                # Weeks are sorted into moments: too much for the event loop.
                await self.hass.async_add_executor_job(self._quarters.load_learned, learned)
        except UNREADABLE:
            LOGGER.warning("What was learned of the house of %s cannot be read: it begins anew", title)

    def _take_up(self, remembered: Remembered) -> None:
        if (usual_interval := remembered.get("usual_interval")) is not None:
            self._usual_interval = float(usual_interval)
        registers = remembered.get("registers", {})
        self._guard = RegisterGuard({register: float(value) for register, value in registers.items()})
        self._quarters.settings = replace(
            self.settings,
            target=float(remembered.get("target", self.settings.target)),
            sheddable=float(remembered.get("sheddable", self.settings.sheddable)),
        )
        self._message, self._met = remembered.get("message"), "message" in remembered
        self.places.load(remembered.get("places", {}))
        self._issues.peaks_sent = remembered.get("peaks_sent", False)
        if quarters := remembered.get("quarters"):
            self._quarters.load(quarters)
            # What happened while Home Assistant was away is told when it is back, and nothing twice.
            self._known = self._quarters.loaded

    @callback
    def _remembered(self) -> Remembered:
        remembered = Remembered(
            usual_interval=self.link.usual_interval if self.link else None,
            registers=dict(self._guard.accepted),
            target=self.settings.target,
            sheddable=self.settings.sheddable,
            quarters=self._quarters.dump(),
            places=self.places.dump(),
            peaks_sent=self._issues.peaks_sent,
        )
        if self._met:
            remembered["message"] = self._message
        return remembered
