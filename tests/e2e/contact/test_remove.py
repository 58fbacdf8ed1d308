"""The meter is deleted: what is left, and what comes back when it is added again."""

from datetime import UTC, datetime
import json
from typing import Any

from playwright.async_api import expect
import pytest

from demo.process import DOMAIN
from demo.waiting import until
from tests.e2e.expected import ELECTRICITY
from tests.e2e.home import Home

from .conftest import Household
from .person import Person
from .words import NAME

_PATIENCE = 60
_MONTH_PEAKS = f"{DOMAIN}:{ELECTRICITY.lower()}_month_peak"
# What Home Assistant itself keeps, whatever integration it is of: the choices of the Energy dashboard until
# they are changed, what was deleted for a month, so that it comes back under its old names, and the last
# happening of an event entity for a week.
_OF_HOME_ASSISTANT = {"energy", "core.device_registry", "core.entity_registry", "core.restore_state"}


@pytest.fixture(scope="module")
async def before(meter: Household) -> dict[str, Any]:
    """Return what there was of the meter, with everything that could be left behind."""
    home = meter.home
    # What is remembered is written when it is set up anew, and an issue comes when it cannot be read.
    await home.reload_entry((await home.entry())["entry_id"])
    for gateway in (meter.gateway, meter.other_gateway):
        if gateway.complete:
            await gateway.tell("fault encrypted")
    await until(lambda: _issues(home), seconds=_PATIENCE, otherwise="no repair issue came")
    devices = {device["id"]: device["name"] for device in await home.own_devices()}
    return {
        "entities": await home.entity_ids(),
        "devices": devices,
        "peaks": await _month_peaks(home),
        "files": _files(home),
    }


async def test_the_entry_is_deleted_by_its_menu(person: Person, home: Home, before: dict[str, Any]) -> None:
    assert all(before.values())
    await person.choose_from_menu("Delete")
    await person.look("delete")
    await person.button("Delete").click()
    await expect(person.words("No entries")).to_be_visible()
    await person.look("deleted")
    assert await home.entries(DOMAIN) == []


async def test_no_device_is_left(home: Home) -> None:
    assert DOMAIN not in str(await home.devices())


async def test_no_entity_is_left(home: Home, before: dict[str, Any]) -> None:
    assert await home.entity_ids() == {}
    assert {*before["entities"].values()} & {*await home.states()} == set()


async def test_no_repair_issue_is_left(home: Home) -> None:
    assert await _issues(home) is None


async def test_no_file_is_left(home: Home) -> None:
    assert _files(home) == []


async def test_month_peaks_stay_in_the_statistics(home: Home, before: dict[str, Any]) -> None:
    assert await _month_peaks(home) == before["peaks"]


async def test_integrations_show_it_no_more(person: Person) -> None:
    await person.open_settings("Devices & services")
    await expect(person.button("Add integration")).to_be_visible()
    await expect(person.words(NAME)).to_have_count(0)


async def test_added_again_it_has_its_old_names(
    person: Person, household: Household, before: dict[str, Any]
) -> None:
    home, gateway = household.home, household.other_gateway
    await gateway.tell("fault none")
    await person.add_meter(gateway.form)
    await person.look("added-again")
    assert await home.entity_ids() == before["entities"]
    assert {device["id"]: device["name"] for device in await home.own_devices()} == before["devices"]


async def test_added_again_its_month_peaks_are_there_once(
    household: Household, before: dict[str, Any]
) -> None:
    home = household.home
    await home.states_now.until_there([await household.entity("peak_threshold")], seconds=_PATIENCE)
    assert await _month_peaks(home) == before["peaks"]
    listed = [each["statistic_id"] for each in await home.ws("recorder/list_statistic_ids")]
    assert [each for each in listed if each.startswith(f"{DOMAIN}:")] == [_MONTH_PEAKS]


async def test_what_home_assistant_keeps_has_no_value_of_the_meter(person: Person, home: Home) -> None:
    await person.choose_from_menu("Delete")
    await person.button("Delete").click()
    await expect(person.words("No entries")).to_be_visible()
    # A page does not take it lightly when its server goes.
    await person.page.goto("about:blank")
    await home.stop()

    storage = home.process.config_dir / ".storage"
    tell = {
        file.name
        for file in storage.iterdir()
        if any(word in file.read_text() for word in (DOMAIN, "digital_meter"))
    }
    assert tell <= _OF_HOME_ASSISTANT
    restored = json.loads((storage / "core.restore_state").read_text())["data"]
    ours = [each["state"] for each in restored if "meter" in each["state"]["entity_id"]]
    assert {(each["entity_id"].partition(".")[0], each["state"]) for each in ours} <= {("event", "unknown")}


async def _issues(home: Home) -> list[str] | None:
    """Return our repair issues, None while there is none."""
    issues = (await home.ws("repairs/list_issues"))["issues"]
    return [issue["issue_id"] for issue in issues if issue["domain"] == DOMAIN] or None


async def _month_peaks(home: Home) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the months."""
    return await home.statistics(
        [_MONTH_PEAKS], start=datetime(2020, 1, 1, tzinfo=UTC), period="hour", types=["mean"]
    )


def _files(home: Home) -> list[str]:
    """Return the names of our files."""
    return sorted(file.name for file in (home.process.config_dir / ".storage").glob(f"{DOMAIN}*"))
