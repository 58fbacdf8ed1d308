"""The Energy dashboard is set up by its own wizard, with our sensors out of its pickers."""

from playwright.async_api import expect
import pytest

from tests.e2e.browser import taller
from tests.e2e.expected import GAS, WATER

from .conftest import Household
from .person import Person
from .words import METERS

pytestmark = pytest.mark.usefixtures("meter")

# The whole dialog of the grid, with its three groups of choices.
_GRID_DIALOG = 1640
_LAST_STEP = 6
_REGISTERS = {
    f"Energy {direction}{tariff}" for direction in ("import", "export") for tariff in ("", " day", " night")
}


async def test_settings_lead_to_the_wizard(person: Person) -> None:
    await person.open_settings("Dashboards")
    await person.look("dashboards")
    await person.page.get_by_role("row", name="Energy").get_by_role("button", name="Energy").click()
    await expect(person.button("Add grid connection")).to_be_visible()
    await person.look("energy-wizard")


async def test_grid_takes_registers_and_power(person: Person, household: Household) -> None:
    await person.button("Add grid connection").click()
    offered = await person.pick_sensor("Energy imported from grid", "Energy import", METERS[0])
    assert {*offered} == _REGISTERS
    await person.pick_sensor("Energy exported to grid", "Energy export", METERS[0])
    await person.page.get_by_role("radio", name="Standard").click()
    await person.pick_sensor("Power measurement", "Power", METERS[0])
    async with taller(person.page, _GRID_DIALOG):
        await person.look("energy-grid")
        await person.album.dialog("energy-grid")
    await _save(person)

    assert await _sources(household) == {
        "grid": {
            "stat_energy_from": await household.entity("energy_import"),
            "stat_energy_to": await household.entity("energy_export"),
            "stat_rate": await household.entity("power"),
        }
    }


@pytest.mark.parametrize(("kind", "of", "step"), [("gas", GAS, 4), ("water", WATER, 5)], ids=["gas", "water"])
async def test_what_is_behind_the_meter_is_a_source_too(
    person: Person, household: Household, kind: str, of: str, step: int
) -> None:
    await person.go_to_step(step)
    await person.button(f"Add {kind} source").click()
    await person.pick_sensor(f"{kind.title()} consumption", kind.title(), f"{kind.title()} meter")
    await person.look(f"energy-{kind}")
    await person.album.dialog(f"energy-{kind}")
    await _save(person)
    assert (await _sources(household))[kind] == {"stat_energy_from": await household.entity(kind, of=of)}


async def test_dashboard_has_nothing_to_complain_of(person: Person, household: Household) -> None:
    await person.go_to_step(_LAST_STEP)
    await person.button("Show me my energy dashboard!").click()
    await expect(person.words("Energy distribution")).to_be_visible()
    await person.look("energy-dashboard")
    issues = (await household.home.validate_energy())["energy_sources"]
    # Statistics are made every five minutes; until the first are, Home Assistant says so.
    assert {issue["type"] for source in issues for issue in source} <= {"statistics_not_defined"}


async def _save(person: Person) -> None:
    await person.button("Save").click()
    await person.page.locator("dialog[open]").first.wait_for(state="hidden")


async def _sources(household: Household) -> dict[str, dict[str, str]]:
    """Return the statistics of every kind of source."""
    prefs = await household.home.energy_prefs()
    assert prefs is not None
    return {
        source["type"]: {key: value for key, value in source.items() if key.startswith("stat_") and value}
        for source in prefs["energy_sources"]
    }
