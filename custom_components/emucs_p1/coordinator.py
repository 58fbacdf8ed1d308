"""One meter: owns the link, holds the newest reading, tells the entities."""

import asyncio
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
import time
from typing import override

from homeassistant.components import usb
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .const import CONF_UPDATE_INTERVAL, DEFAULT_UPDATE_INTERVAL, DOMAIN, HEARD, LOGGER
from .devices import register_electricity_meter, register_mbus_meters
from .memory import Memory, Remembered
from .meters import identify_mbus
from .p1 import Link, LinkProblem, MbusDevice, Telegram
from .peak import FinishedQuarter, QuarterTracker, is_of_this_month
from .registers import RegisterGuard
from .waiting import async_take_listening_link, keep_listening

type P1ConfigEntry = ConfigEntry[P1Coordinator]

# Start-up must not hang on a meter that is not there; the link goes on listening by itself.
_SETUP_PATIENCE = 16.0
# A telegram that comes a little early for its interval is not left to the next one.
_EARLY = 0.5

REGISTERS = (
    "energy_export",
    "energy_export_day",
    "energy_export_night",
    "energy_import",
    "energy_import_day",
    "energy_import_night",
)
POWERS = (
    "power",
    "power_import",
    "power_export",
    *(f"power_{direction}_{phase}" for direction in ("import", "export") for phase in ("l1", "l2", "l3")),
)
OTHER_METER = "other_meter"


class NoReadingError(Exception):
    """Why the set-up got no telegram of this meter: a translation key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the entities show."""

    telegram: Telegram
    """The newest telegram of the interval."""
    registers: Mapping[str, float]
    """kWh by field, none of them falling."""
    powers: Mapping[str, float]
    """Means over the interval, kW by field."""
    mbus: Mapping[str, MbusDevice]
    """Meters on the M-Bus by identity, their registers never falling."""
    quarter_forecast: float | None
    """kW."""
    last_quarter: FinishedQuarter | None
    month_peak: float | None
    """kW; None when this month has none yet."""
    month_peak_time: datetime | None

    @property
    def sent(self) -> AbstractSet[str]:
        """Fields whose line the meter sends."""
        return self.telegram.sent


class P1Coordinator(DataUpdateCoordinator[Reading]):
    """Read every telegram; tell the entities at the pace that the user chose."""

    config_entry: P1ConfigEntry
    device_id: str | None = None
    """The electricity meter in the device registry."""

    def __init__(self, hass: HomeAssistant, entry: P1ConfigEntry) -> None:
        super().__init__(hass, LOGGER, config_entry=entry, name=entry.title)
        self.link: Link | None = None
        self.equipment_id = entry.unique_id or ""
        self._memory = Memory(hass, entry.entry_id, self._remembered)
        self._guard = RegisterGuard({})
        self._quarters = QuarterTracker()
        self._first: asyncio.Future[None] | None = None
        self._mbus_seen: dict[str, MbusDevice] = {}
        self.problem = LinkProblem.NO_DATA.value
        """Why the entities are unavailable, while they are: a translation key."""
        self._version: str | None = None
        self._published = 0.0
        self._sums: dict[str, float] = {}
        self._counts: dict[str, int] = {}

    async def async_start(self) -> None:
        """Open the link and wait for the first telegram; raise ConfigEntryNotReady when none comes.

        Home Assistant tries a failed set-up again at ever longer intervals. The link does not wait
        for that: it goes on listening, and the first telegram reloads the entry.
        """
        remembered = await self._memory.async_load()
        self._guard = RegisterGuard(remembered["registers"])
        port: str = self.config_entry.data[CONF_PORT]
        heard = self.hass.data.get(HEARD, {}).pop(port, None)
        link = await async_take_listening_link(self.hass, self.config_entry)
        if link is None:
            link = Link(port, usual_interval=remembered["usual_interval"])
            if heard is not None:
                link.resume(heard)
            link.start(lambda run: self.hass.async_create_background_task(run, f"{DOMAIN} link"))
        self.link = link
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

    @override
    async def _async_update_data(self) -> Reading:
        """Return what is known: the meter cannot be asked, so asking must not revive old values."""
        if not self.last_update_success:
            raise UpdateFailed(translation_domain=DOMAIN, translation_key=self.problem)
        return self.data

    @callback
    def telegram_received(self, telegram: Telegram) -> None:
        """Take one telegram: everything reads it, few write it."""
        if telegram.equipment_id not in (None, self.equipment_id):
            self._lose(OTHER_METER)
            return
        quarter = self._quarters.observe(telegram)
        now = time.monotonic()
        registers = self._guarded(telegram, now)
        mbus = self._guarded_mbus(telegram, now)
        self._add_powers(telegram)
        peak, peak_time = _month_peak(telegram)
        reading = Reading(
            telegram=telegram,
            registers=registers,
            powers={},
            mbus=mbus,
            quarter_forecast=quarter.forecast if quarter else None,
            last_quarter=quarter.last if quarter else None,
            month_peak=peak,
            month_peak_time=peak_time,
        )
        if self._is_due(now):
            self._publish(replace(reading, powers=self._mean_powers()), now)
        elif _urgent(reading) != _urgent(self.data):
            self._publish_urgent(reading)

    @callback
    def link_lost(self, problem: LinkProblem) -> None:
        """Tell the entities that nothing is known any more."""
        self._lose(problem.value)

    @callback
    def link_failed(self, error: BaseException) -> None:
        """Set up anew: the link ended by something that is not the port's, such as ESPHome being away."""
        if self._first is not None and not self._first.done():
            self._first.set_exception(error)
        else:
            self._lose(LinkProblem.CANNOT_CONNECT.value)
            self.hass.config_entries.async_schedule_reload(self.config_entry.entry_id)

    @property
    def _interval(self) -> float:
        return float(self.config_entry.options.get(CONF_UPDATE_INTERVAL, DEFAULT_UPDATE_INTERVAL))

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
        self._sums.clear()
        self._counts.clear()
        self._memory.save_later()
        self._register_devices(reading)
        self.async_set_updated_data(reading)
        if self._first is not None and not self._first.done():
            self._first.set_result(None)

    def _register_devices(self, reading: Reading) -> None:
        """Have every meter in the device registry before its entities come."""
        entry_id = self.config_entry.entry_id
        version = reading.telegram.version
        if self.device_id is None or version not in (None, self._version):
            self._version = version
            self.device_id = register_electricity_meter(
                self.hass, entry_id, self.equipment_id, reading.telegram
            )
        new = {
            identity: device
            for identity, device in reading.mbus.items()
            if device.type is not None and identity not in self._mbus_seen
        }
        if new:
            self._mbus_seen |= new
            register_mbus_meters(self.hass, entry_id, self.device_id, self._mbus_seen)

    def _publish_urgent(self, reading: Reading) -> None:
        """Write what an automation must not miss; the rest waits for its interval."""
        self.data = replace(
            self.data,
            last_quarter=reading.last_quarter,
            month_peak=reading.month_peak,
            month_peak_time=reading.month_peak_time,
        )
        self.async_update_listeners()

    def _lose(self, reason: str) -> None:
        if self._first is not None and not self._first.done():
            self._first.set_exception(NoReadingError(reason))
        elif self.last_update_success:
            self.problem = reason
            LOGGER.info("%s sends no telegrams any more (%s)", self.config_entry.title, reason)
            self.last_update_success = False
            self._sums.clear()
            self._counts.clear()
            self.async_update_listeners()

    def _guarded(self, telegram: Telegram, now: float) -> dict[str, float]:
        accept, meter = self._guard.accept, self.equipment_id
        return {
            field: accept(meter, field, value, now)
            for field in REGISTERS
            if (value := getattr(telegram, field)) is not None
        }

    def _guarded_mbus(self, telegram: Telegram, now: float) -> dict[str, MbusDevice]:
        meters = identify_mbus(self.equipment_id, self._with_ids(telegram))
        for identity, device in meters.items():
            if device.reading is not None:
                reading = self._guard.accept(identity, "reading", device.reading, now)
                if reading != device.reading:
                    meters[identity] = replace(device, reading=reading)
        return meters

    def _with_ids(self, telegram: Telegram) -> tuple[MbusDevice, ...]:
        """Return the meters on the M-Bus; one whose id arrived damaged is still who it was."""
        if not telegram.malformed:
            return telegram.mbus
        damaged = {line.partition("(")[0] for line in telegram.malformed}
        before = {device.channel: device for device in self.data.mbus.values()} if self.data else {}
        return tuple(
            replace(device, equipment_id=before[device.channel].equipment_id)
            if f"0-{device.channel}:96.1.1" in damaged
            else device
            for device in telegram.mbus
            if f"0-{device.channel}:96.1.1" not in damaged or device.channel in before
        )

    def _add_powers(self, telegram: Telegram) -> None:
        for field in POWERS:
            if (value := getattr(telegram, field)) is not None:
                self._sums[field] = self._sums.get(field, 0.0) + value
                self._counts[field] = self._counts.get(field, 0) + 1

    def _mean_powers(self) -> dict[str, float]:
        return {field: round(total / self._counts[field], 3) for field, total in self._sums.items()}

    @callback
    def _remembered(self) -> Remembered:
        return Remembered(
            usual_interval=self.link.usual_interval if self.link else None,
            registers=dict(self._guard.accepted),
        )


def _urgent(reading: Reading) -> tuple[object, ...]:
    """Return the facts that are written at the telegram that decides them."""
    return (reading.last_quarter, reading.month_peak, reading.month_peak_time)


def _month_peak(telegram: Telegram) -> tuple[float | None, datetime | None]:
    """Return the peak of the running month: meters show the old month's for a while."""
    captured, now = telegram.month_peak_time, telegram.timestamp
    if captured is None or (now is not None and not is_of_this_month(captured, now)):
        return None, None
    return telegram.month_peak, captured
