"""What the user must do is told, and taken back when it is done."""

from datetime import timedelta
import json
from pathlib import Path
import re
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.loader import async_get_integration
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.emucs_p1 import coordinator, issues
from custom_components.emucs_p1.const import DOMAIN
from custom_components.emucs_p1.issues import SEVERITIES, watch_of
from custom_components.emucs_p1.p1 import LinkProblem
from custom_components.emucs_p1.p1 import link as p1_link

from .conftest import TITLE, Later, set_up, until
from .p1.telegrams import ENCRYPTED_HEADER
from .ports import FakePort
from .test_repository import REPOSITORY
from .variants import THREE_PHASE, Lines, build, hexed, three_phase

TEXTS = json.loads((Path(issues.__file__).parent / "translations/en.json").read_text())["issues"]

OTHER = build(THREE_PHASE | {"0-0:96.1.1": hexed("1SAG3100009999")})
NAMELESS = build({code: text for code, text in THREE_PHASE.items() if code != "0-0:96.1.1"})
WAITING = build(THREE_PHASE | {"0-0:96.3.10": "(2)"})
CLOSED = build({"0-0:96.1.4": "(50217)", "0-0:96.13.0": "()"})
DAMAGED = three_phase().replace(b"(0001)", b"(0002)")


def lapsed() -> Lines:
    gone = ("1-0:1.4.0", "1-0:1.6.0", "0-0:98.1.0")
    return {code: text for code, text in THREE_PHASE.items() if code not in gone}


LAPSED = build(lapsed())


def raised(hass: HomeAssistant) -> list[str]:
    """Return the translation keys of our issues that stand."""
    return sorted(
        str(issue.translation_key)
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and issue.active
    )


async def look(hass: HomeAssistant, later: Later, minutes: int = 1, telegram: bytes = b"") -> None:
    """Let minutes pass, each with some bytes before the look."""
    for _ in range(minutes):
        if telegram:
            await later(telegram, 60)
        else:
            later.seconds += 60
        look.passed += 61  # type: ignore[attr-defined]
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=look.passed))  # type: ignore[attr-defined]
        await hass.async_block_till_done()


@pytest.fixture(autouse=True)
def _begin() -> None:
    look.passed = 0  # type: ignore[attr-defined]


async def test_nothing_is_told_of_a_meter_that_is_well(hass: HomeAssistant, later: Later) -> None:
    await look(hass, later, 70, three_phase())
    assert raised(hass) == []


async def test_an_issue_names_the_entry_and_nothing_else(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    await later(OTHER, 1)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"other_meter_{entry.entry_id}")
    assert issue is not None
    assert issue.translation_placeholders == {"title": TITLE}
    assert issue.data == {"entry_id": entry.entry_id}
    assert issue.is_fixable


async def test_an_issue_leads_to_its_heading_in_the_documentation(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    await later(OTHER, 1)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"other_meter_{entry.entry_id}")
    assert issue is not None
    assert issue.learn_more_url == f"{REPOSITORY}/blob/main/docs/troubleshooting.md#other-meter"


async def test_an_hour_of_silence_is_told_and_the_first_telegram_takes_it_back(
    hass: HomeAssistant, later: Later
) -> None:
    await look(hass, later, 59)
    assert raised(hass) == []
    await look(hass, later, 2)
    assert raised(hass) == ["no_telegrams_no_data"]
    await later(three_phase(), 1)
    assert raised(hass) == []


async def test_a_look_takes_silence_back_too(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    await look(hass, later, 61)
    entry.runtime_data.link.stats.telegrams += 1
    await look(hass, later)
    assert raised(hass) == []


@pytest.mark.parametrize(
    "problem",
    [
        LinkProblem.CANNOT_CONNECT,
        LinkProblem.INVALID_ADDRESS,
        LinkProblem.NO_DATA,
        LinkProblem.NOT_P1,
        LinkProblem.PORT_IN_USE,
    ],
)
async def test_the_advice_is_by_what_is_wrong_with_the_link(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry, problem: LinkProblem
) -> None:
    entry.runtime_data.link.problem = problem
    await look(hass, later, 61)
    assert raised(hass) == [f"no_telegrams_{problem}"]


async def test_the_advice_follows_the_link(hass: HomeAssistant, later: Later, entry: MockConfigEntry) -> None:
    entry.runtime_data.link.problem = LinkProblem.CANNOT_CONNECT
    await look(hass, later, 61)
    entry.runtime_data.link.problem = LinkProblem.NOT_P1
    await look(hass, later)
    assert raised(hass) == ["no_telegrams_not_p1"]


async def test_a_reload_does_not_stop_the_clock_of_silence(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coordinator, "_SETUP_PATIENCE", 0.02)
    later.port.greeting = b""
    await look(hass, later, 40)
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await look(hass, later, 22)
    assert raised(hass) == ["no_telegrams_no_data"]
    await hass.config_entries.async_reload(entry.entry_id)
    assert raised(hass) == ["no_telegrams_no_data"]
    later.port.send(three_phase())
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert raised(hass) == []


async def test_silence_is_told_of_a_meter_without_a_link_too(
    hass: HomeAssistant, clock: Later, entry: MockConfigEntry
) -> None:
    await async_get_integration(hass, DOMAIN)
    watch = watch_of(hass, entry)
    await look(hass, clock, 61)
    assert raised(hass) == ["no_telegrams_cannot_connect"]
    watch.close()


@pytest.mark.parametrize("how", ["disable", "remove"])
async def test_issues_and_clocks_go_with_the_entry(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry, how: str
) -> None:
    await later(WAITING, 1)
    await later(WAITING, 11)
    await later(OTHER, 1)
    assert raised(hass) == ["breaker_waiting", "other_meter"]
    if how == "disable":
        await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    else:
        await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert raised(hass) == []
    await look(hass, later, 61)
    assert raised(hass) == []


async def test_issues_go_with_an_entry_that_is_disabled_while_it_waits(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry, clock: Later
) -> None:
    port.greeting = OTHER
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert raised(hass) == ["other_meter"]
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    await hass.async_block_till_done()
    assert raised(hass) == []
    await look(hass, clock, 61)
    assert raised(hass) == []


async def test_another_meter_is_told_while_the_set_up_waits_and_its_own_takes_it_back(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coordinator, "_SETUP_PATIENCE", 0.02)
    port.greeting = b""
    await set_up(hass, entry)
    port.send(OTHER)
    assert raised(hass) == ["other_meter"]
    port.send(three_phase())
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert raised(hass) == []


async def test_a_telegram_that_names_no_meter_is_not_another_one(hass: HomeAssistant, later: Later) -> None:
    await later(NAMELESS, 1)
    assert raised(hass) == []


async def test_nor_does_it_prove_that_the_own_meter_is_back(hass: HomeAssistant, later: Later) -> None:
    await later(OTHER, 1)
    await later(NAMELESS, 1)
    assert raised(hass) == ["other_meter"]
    await later(three_phase(), 1)
    assert raised(hass) == []


async def test_two_meters_that_take_turns_raise_few_issues(later: Later) -> None:
    create = issues.async_create_issue
    with patch.object(issues, "async_create_issue", side_effect=create) as creates:
        for _ in range(300):
            await later(OTHER, 0.5)
            await later(three_phase(), 0.5)
    assert creates.call_count <= 16


async def test_a_breaker_that_waits_is_told_until_its_button_is_pressed(
    hass: HomeAssistant, later: Later
) -> None:
    await later(WAITING, 1)
    await later(WAITING, 9)
    assert raised(hass) == []
    await later(WAITING, 1)
    assert raised(hass) == ["breaker_waiting"]
    await later(three_phase(), 1)
    assert raised(hass) == []


async def test_a_breaker_that_waits_stays_told_whatever_else_changes(
    hass: HomeAssistant, later: Later
) -> None:
    await later(WAITING, 1)
    await later(WAITING, 11)
    await later(build(lapsed() | {"0-0:96.3.10": "(2)"}), 1)
    assert raised(hass) == ["breaker_waiting"]


async def test_a_breaker_that_flaps_is_not_told(hass: HomeAssistant, later: Later) -> None:
    for _ in range(30):
        await later(WAITING, 1)
        await later(three_phase(), 1)
        assert raised(hass) == []


async def test_a_closed_port_is_told_after_a_minute_until_it_is_open(
    hass: HomeAssistant, later: Later
) -> None:
    await later(CLOSED, 1)
    await later(CLOSED, 59)
    assert raised(hass) == []
    await later(CLOSED, 1)
    assert raised(hass) == ["port_closed"]
    assert hass.states.get("sensor.digital_meter_power").state == "unknown"
    await later(three_phase(), 1)
    assert raised(hass) == []


async def test_peaks_that_stay_away_are_told_after_ten_minutes_until_they_are_back(
    hass: HomeAssistant, later: Later
) -> None:
    await later(LAPSED, 1)
    await later(LAPSED, 599)
    assert raised(hass) == []
    await later(LAPSED, 1)
    assert raised(hass) == ["consent_lapsed"]
    await later(three_phase(), 1)
    assert raised(hass) == []


async def test_peaks_that_stay_away_over_a_restart_are_told_too(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    watch_of(hass, entry).close()
    later.port.greeting = LAPSED
    await set_up(hass, entry)
    await later(LAPSED, 601)
    assert raised(hass) == ["consent_lapsed"]


async def test_a_meter_that_never_sent_peaks_has_no_consent_to_lapse(
    hass: HomeAssistant, port: FakePort, clock: Later, entry: MockConfigEntry
) -> None:
    port.greeting = LAPSED
    await set_up(hass, entry)
    for _ in range(3):
        await clock(LAPSED, 600)
    assert raised(hass) == []


async def test_many_damaged_telegrams_are_told_until_few_are(hass: HomeAssistant, later: Later) -> None:
    await look(hass, later, 1, three_phase() * 15)
    await look(hass, later, 1, DAMAGED)
    await look(hass, later, 1, DAMAGED)
    assert raised(hass) == []
    await look(hass, later, 1, DAMAGED)
    assert raised(hass) == ["crc_errors"]
    await look(hass, later, 4, three_phase() * 8)
    assert raised(hass) == ["crc_errors"]
    await look(hass, later, 1, three_phase() * 20)
    assert raised(hass) == []


async def test_damage_is_of_the_last_ten_minutes(hass: HomeAssistant, later: Later) -> None:
    await look(hass, later, 3, DAMAGED)
    assert raised(hass) == ["crc_errors"]
    await look(hass, later, 10, three_phase())
    assert raised(hass) == []


async def test_a_reload_is_no_damage(hass: HomeAssistant, later: Later, entry: MockConfigEntry) -> None:
    await look(hass, later, 1, three_phase() * 50)
    await hass.config_entries.async_reload(entry.entry_id)
    await look(hass, later, 2, DAMAGED + three_phase() * 30)
    assert raised(hass) == []


async def test_silence_after_an_hour_of_damage_has_one_issue(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    entry.runtime_data.link.problem = LinkProblem.CRC_ERRORS
    await look(hass, later, 65, DAMAGED)
    assert raised(hass) == ["crc_errors"]


async def test_an_encrypted_stream_is_told_at_once_until_it_is_not(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_up(hass, entry)
    monkeypatch.setattr(p1_link, "PATIENCE", 0.05)
    port.send(three_phase())
    port.send(ENCRYPTED_HEADER)
    port.greeting = b""
    await until(lambda: raised(hass) == ["encrypted"], hass)
    port.greeting = three_phase()
    await until(lambda: raised(hass) == [], hass)


async def test_an_encrypted_stream_is_found_by_a_look_too(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    entry.runtime_data.link.problem = LinkProblem.ENCRYPTED
    await look(hass, later, 61)
    assert raised(hass) == ["encrypted"]
    entry.runtime_data.link.problem = LinkProblem.NO_DATA
    await look(hass, later)
    assert raised(hass) == ["no_telegrams_no_data"]


async def test_an_encrypted_stream_is_told_while_the_set_up_waits(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coordinator, "_SETUP_PATIENCE", 0.02)
    monkeypatch.setattr(p1_link, "PATIENCE", 0.5)
    port.greeting = ENCRYPTED_HEADER
    await set_up(hass, entry)
    assert raised(hass) == []
    await until(lambda: raised(hass) == ["encrypted"], hass)
    assert entry.state is ConfigEntryState.SETUP_RETRY


@pytest.mark.parametrize("takes", [True, False])
async def test_home_assistant_is_told_the_entry_where_it_takes_it(
    later: Later, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch, *, takes: bool
) -> None:
    monkeypatch.setattr(issues, "_TAKES_ENTRY", takes)
    with patch.object(issues, "async_create_issue") as create, patch.object(issues, "async_delete_issue"):
        await later(OTHER, 1)
        await later(three_phase(), 1)
    assert create.call_args.kwargs.get("config_entry_id") == (entry.entry_id if takes else None)


def test_every_issue_has_a_text_with_nothing_but_the_title() -> None:
    problems = {problem.value for problem in LinkProblem if problem not in issues._TOLD_OTHERWISE}
    keys = {*SEVERITIES, *(f"no_telegrams_{problem}" for problem in problems)} - {"no_telegrams"}
    assert set(TEXTS) == keys
    for text in TEXTS.values():
        assert set(re.findall(r"\{(\w+)\}", json.dumps(text))) <= {"advice", "title"}
        assert ("fix_flow" in text) != ("description" in text)
