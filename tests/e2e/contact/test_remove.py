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
from .words import METERS, NAME

_PATIENCE = 60
_MONTH_PEAKS = f"{DOMAIN}:{ELECTRICITY.lower()}_month_peak"
_AUTOMATION = "told_of_a_peak"
# What Home Assistant itself keeps, whatever integration it is of: the choices of the Energy dashboard until
# they are changed, what was deleted for a month, so that it comes back under its old names, the last
# happening of an event entity for a week, and the last runs of an automation.
_OF_HOME_ASSISTANT = {
    "energy",
    "core.device_registry",
    "core.entity_registry",
    "core.restore_state",
    "trace.saved_traces",
}


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
    await _run_an_automation(home)
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


async def test_home_assistant_keeps_no_more_than_the_docs_say(person: Person, home: Home) -> None:
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
    ours = [each["state"]["entity_id"] for each in restored if "meter" in each["state"]["entity_id"]]
    assert {entity_id.partition(".")[0] for entity_id in ours} <= {"event"}


async def _run_an_automation(home: Home) -> None:
    """Have an automation with our trigger that has run, whether or not the meter made it."""
    device_ids = [device["id"] for device in await home.own_devices() if device["name"] == METERS[0]]
    await home.post(
        f"/api/config/automation/config/{_AUTOMATION}",
        {
            "alias": "Told of a peak",
            "triggers": [{"trigger": f"{DOMAIN}.peak_warning", "options": {"device_id": device_ids}}],
            "actions": [],
        },
    )
    await until(lambda: _runs(home), seconds=_PATIENCE, otherwise="the automation did not run")


async def _runs(home: Home) -> list[dict[str, Any]] | None:
    """Run the automation; return the traces of it, None while there is none."""
    await home.post("/api/services/automation/trigger", {"entity_id": f"automation.{_AUTOMATION}"})
    runs: list[dict[str, Any]] = await home.ws("trace/list", domain="automation", item_id=_AUTOMATION)
    return runs or None


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
