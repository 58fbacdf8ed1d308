"""What the user must do, told as repair issues, which go when their cause does."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from inspect import signature
import time
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.issue_registry import IssueSeverity, async_create_issue, async_delete_issue
from homeassistant.util.hass_dict import HassKey

from .advice import advice_url
from .budget import Budget
from .const import DOMAIN
from .p1 import Breaker, Link, LinkProblem, Telegram

BREAKER_WAITING = "breaker_waiting"
CONSENT_LAPSED = "consent_lapsed"
CRC_ERRORS = "crc_errors"
ENCRYPTED = "encrypted"
NO_TELEGRAMS = "no_telegrams"
OTHER_METER = "other_meter"
PORT_CLOSED = "port_closed"

_LOOK = timedelta(minutes=1)
_SILENT_SECONDS = 3600.0
_CRC_LOOKS = 10
_CRC_FEWEST = 3
_CRC_RAISED, _CRC_CLEARED = 0.10, 0.05
# A line that goes to and fro must not keep Home Assistant busy with issues.
_RAISED_AT_ONCE = 10
_RAISED_SECONDS = 60.0

_PEAK = "month_peak"
_REGISTERS = frozenset({"energy_import", "energy_import_day", "energy_import_night"})
_LEFT_OUT = _REGISTERS | {"timestamp"}

SEVERITIES = {
    BREAKER_WAITING: IssueSeverity.WARNING,
    CONSENT_LAPSED: IssueSeverity.WARNING,
    CRC_ERRORS: IssueSeverity.WARNING,
    ENCRYPTED: IssueSeverity.ERROR,
    NO_TELEGRAMS: IssueSeverity.ERROR,
    OTHER_METER: IssueSeverity.ERROR,
    PORT_CLOSED: IssueSeverity.WARNING,
}
# These have an issue of their own, whatever the time.
_TOLD_OTHERWISE = (LinkProblem.CRC_ERRORS, LinkProblem.ENCRYPTED)

# 2026.11 lets issues go with their entry by itself; 2026.10 does not know the argument.
_TAKES_ENTRY = "config_entry_id" in signature(async_create_issue).parameters

_WATCHES: HassKey[dict[str, IssueWatch]] = HassKey(f"{DOMAIN}_issues")


@dataclass(frozen=True, kw_only=True)
class Symptom:
    """An issue that the telegrams themselves show."""

    key: str
    seconds: float
    """How long it must show."""
    shows: Callable[[Telegram, bool], bool]
    """Told of a telegram, and whether month peaks were sent before."""


SYMPTOMS = (
    Symptom(
        key=BREAKER_WAITING,
        seconds=10.0,
        shows=lambda telegram, _: telegram.breaker is Breaker.READY_FOR_RECONNECTION,
    ),
    Symptom(
        key=CONSENT_LAPSED,
        seconds=600.0,
        shows=lambda telegram, peaks: (
            peaks and _PEAK not in telegram.sent and not telegram.sent.isdisjoint(_REGISTERS)
        ),
    ),
    Symptom(
        key=PORT_CLOSED,
        seconds=60.0,
        shows=lambda telegram, _: telegram.sent.isdisjoint(_LEFT_OUT),
    ),
)


class IssueWatch:
    """Watch over the meter of one entry, through reloads and set-ups that fail."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        self.link: Link | None = None
        """The newest link to the meter."""
        self.peaks_sent = False
        """Whether the meter has ever sent month peaks."""
        self._hass = hass
        self._entry = entry
        self._raised: dict[str, str] = {}
        """Translation key by the key of the issue."""
        self._budget = Budget(_RAISED_AT_ONCE, _RAISED_SECONDS)
        self._since: dict[str, float] = {}
        """When a symptom that is not an issue yet showed first."""
        self._signs: tuple[object, ...] = ()
        self._troubled = False
        """Whether an issue is raised that ends with a telegram."""
        self._heard = time.monotonic()
        self._counted: tuple[Link | None, int, int] = (None, 0, 0)
        """The link that was looked at last, its telegrams and damaged frames by then."""
        self._frames: deque[tuple[int, int]] = deque(maxlen=_CRC_LOOKS)
        """Telegrams and damaged frames of the last minutes."""
        self._undo = [
            entry.async_on_state_change(self._state_changed),
            async_track_time_interval(hass, self._look, _LOOK, cancel_on_shutdown=True),
        ]

    @callback
    def telegram_received(self, telegram: Telegram) -> None:
        """Take a telegram of this meter, or of one that does not say who it is."""
        sent = telegram.sent
        signs = (telegram.breaker, telegram.timestamp is None, "energy_import_day" in sent, _PEAK in sent)
        if signs == self._signs and not self._since and not self._troubled:
            return
        self._signs = signs
        if self._troubled:
            self._clear(NO_TELEGRAMS)
            self._clear(ENCRYPTED)
            if telegram.equipment_id is not None:
                self._clear(OTHER_METER)
        self.peaks_sent = self.peaks_sent or _PEAK in sent
        for symptom in SYMPTOMS:
            self._weigh(symptom, shows=symptom.shows(telegram, self.peaks_sent))

    @callback
    def other_meter_heard(self) -> None:
        """Learn that another meter is on the port."""
        self._clear(NO_TELEGRAMS)
        self._clear(ENCRYPTED)
        self._raise(OTHER_METER)

    @callback
    def link_lost(self, problem: LinkProblem) -> None:
        """Learn why no telegrams come."""
        if problem is LinkProblem.ENCRYPTED:
            self._raise(ENCRYPTED)

    @callback
    def begin_anew(self) -> None:
        """Take all issues back: another meter is to be watched."""
        for key in list(self._raised):
            self._clear(key)
        self._since.clear()
        self._signs = ()
        self.peaks_sent = False
        self._heard = time.monotonic()
        self._frames.clear()

    @callback
    def close(self) -> None:
        """Take all issues back and watch no more."""
        self.begin_anew()
        self._hass.data[_WATCHES].pop(self._entry.entry_id, None)
        while self._undo:
            self._undo.pop()()

    @callback
    def _state_changed(self) -> None:
        if self._entry.state is ConfigEntryState.NOT_LOADED and self._entry.disabled_by:
            # Not while the entry walks through its callbacks, of which this is one.
            self._hass.loop.call_soon(self.close)

    @callback
    def _look(self, _now: datetime) -> None:
        """Look at the link once a minute: nothing tells of what does not come."""
        link, now = self.link, time.monotonic()
        telegrams, damaged = self._count(link) if link else (0, 0)
        if telegrams:
            self._heard = now
        problem = link.problem if link else LinkProblem.CANNOT_CONNECT
        if problem is LinkProblem.ENCRYPTED:
            self._raise(ENCRYPTED)
        else:
            self._clear(ENCRYPTED)
        if now - self._heard >= _SILENT_SECONDS and problem not in _TOLD_OTHERWISE:
            self._raise(NO_TELEGRAMS, f"{NO_TELEGRAMS}_{(problem or LinkProblem.NO_DATA).value}")
        else:
            self._clear(NO_TELEGRAMS)
        self._frames.append((telegrams, damaged))
        self._judge_frames()

    def _count(self, link: Link) -> tuple[int, int]:
        """Return the telegrams and the damaged frames since the last look."""
        before, telegrams, damaged = self._counted
        if link is not before:
            telegrams = damaged = 0
        stats = link.stats
        self._counted = (link, stats.telegrams, stats.crc_errors)
        return stats.telegrams - telegrams, stats.crc_errors - damaged

    def _judge_frames(self) -> None:
        damaged = sum(crc for _, crc in self._frames)
        share = damaged / max(1, damaged + sum(telegrams for telegrams, _ in self._frames))
        if damaged >= _CRC_FEWEST and share > _CRC_RAISED:
            self._raise(CRC_ERRORS)
        elif share <= _CRC_CLEARED:
            self._clear(CRC_ERRORS)

    def _weigh(self, symptom: Symptom, *, shows: bool) -> None:
        """Raise the issue of a symptom once it has shown for long enough; take it back once it does not."""
        key = symptom.key
        if not shows:
            self._since.pop(key, None)
            self._clear(key)
        elif key not in self._raised:
            now = time.monotonic()
            if now - self._since.setdefault(key, now) >= symptom.seconds and self._raise(key):
                del self._since[key]

    def _raise(self, key: str, translation_key: str | None = None) -> bool:
        """Raise an issue unless it stands, or too many were raised; return whether it stands."""
        text = translation_key or key
        if self._raised.get(key) == text:
            return True
        if not self._budget.spend(time.monotonic()):
            return False
        self._raised[key] = text
        self._troubled = not self._raised.keys().isdisjoint((NO_TELEGRAMS, ENCRYPTED, OTHER_METER))
        entry_id = self._entry.entry_id
        of_entry: dict[str, Any] = {"config_entry_id": entry_id} if _TAKES_ENTRY else {}
        async_create_issue(
            self._hass,
            DOMAIN,
            f"{key}_{entry_id}",
            data={"entry_id": entry_id},
            is_fixable=key == OTHER_METER,
            learn_more_url=advice_url(self._hass, text),
            severity=SEVERITIES[key],
            translation_key=text,
            translation_placeholders={"title": self._entry.title},
            **of_entry,
        )
        return True

    def _clear(self, key: str) -> None:
        if self._raised.pop(key, None):
            async_delete_issue(self._hass, DOMAIN, f"{key}_{self._entry.entry_id}")
            self._troubled = not self._raised.keys().isdisjoint((NO_TELEGRAMS, ENCRYPTED, OTHER_METER))


@callback
def watch_of(hass: HomeAssistant, entry: ConfigEntry) -> IssueWatch:
    """Return who watches over the meter of an entry; the watch begins with the first call."""
    watches = hass.data.setdefault(_WATCHES, {})
    if (watch := watches.get(entry.entry_id)) is None:
        watch = watches[entry.entry_id] = IssueWatch(hass, entry)
    return watch
