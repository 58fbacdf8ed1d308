"""What holds for every blueprint."""

import json
from pathlib import Path
import re
from typing import Any
from urllib.parse import quote

from homeassistant.components.automation.helpers import async_get_blueprints
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import selector
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict, parse_yaml
import pytest

from custom_components.emucs_p1.const import DOMAIN

from .home import AUTOMATION, BLUEPRINTS, Home

ROOT = BLUEPRINTS.parents[2]
DOCS = (ROOT / "docs" / "automations.md").read_text()
COMPONENT = ROOT / "custom_components" / DOMAIN
REPOSITORY: str = json.loads((COMPONENT / "manifest.json").read_text())["documentation"]

EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", DOCS, re.MULTILINE | re.DOTALL)
assert EXAMPLES

CHOSEN = {
    "charge_the_car": {"meter", "current"},
    "home_battery": {"meter", "setpoint"},
    "shed_and_restore": {"meter", "devices"},
    "tell_me": {"meter"},
}
"""What has no default: only the household knows it."""

every_blueprint = pytest.mark.parametrize("name", sorted(CHOSEN))


@pytest.fixture
async def blueprint(hass: HomeAssistant, name: str) -> Blueprint:
    """Load a blueprint as Home Assistant does for the automation editor."""
    return await async_get_blueprints(hass).async_get_blueprint(f"{DOMAIN}/{name}.yaml")


def test_every_blueprint_is_tested() -> None:
    assert {path.stem for path in BLUEPRINTS.iterdir()} == set(CHOSEN)
    assert {f"test_{name}" for name in CHOSEN} <= {path.stem for path in Path(__file__).parent.iterdir()}


@every_blueprint
async def test_home_assistant_accepts_it(blueprint: Blueprint) -> None:
    assert blueprint.validate() is None
    assert blueprint.metadata["homeassistant"] == {"min_version": "2026.10.0"}
    assert blueprint.metadata["description"]


@every_blueprint
async def test_it_says_where_it_comes_from(blueprint: Blueprint, name: str) -> None:
    source = f"{REPOSITORY}/blob/main/blueprints/automation/{DOMAIN}/{name}.yaml"
    assert blueprint.metadata["source_url"] == source
    assert f"blueprint_import/?blueprint_url={quote(source, safe='')}" in DOCS


@every_blueprint
async def test_only_what_the_household_alone_knows_must_be_chosen(blueprint: Blueprint, name: str) -> None:
    assert {key for key, value in blueprint.inputs.items() if "default" not in value} == CHOSEN[name]


@every_blueprint
async def test_every_default_is_one_that_could_be_chosen(blueprint: Blueprint) -> None:
    chosen = {key: value for key, value in blueprint.inputs.items() if value.get("default", []) != []}
    assert chosen
    for key, value in chosen.items():
        assert selector(value["selector"])(value["default"]) == value["default"], key


@every_blueprint
async def test_every_input_is_used_and_documented(blueprint: Blueprint, name: str) -> None:
    used = set(re.findall(r"!input (\w+)", (BLUEPRINTS / f"{name}.yaml").read_text()))
    assert used == set(blueprint.inputs)
    assert [value["name"] for value in blueprint.inputs.values() if value["name"] not in DOCS] == []


@every_blueprint
async def test_only_the_electricity_meter_is_offered(blueprint: Blueprint) -> None:
    fields: Any = load_yaml_dict(str(COMPONENT / "triggers.yaml"))["peak_warning"]["fields"]
    ours = fields["device_id"]["selector"]["device"]
    assert blueprint.inputs["meter"]["selector"]["device"] == ours | {"multiple": False}


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
async def test_an_example_of_the_documentation_is_an_automation(
    hass: HomeAssistant, home: Home, number: int
) -> None:
    await home.furnish()
    config: Any = parse_yaml(EXAMPLES[number].replace("0123456789abcdef0123456789abcdef", home.device))
    assert await async_setup_component(hass, "automation", {"automation": config | {"alias": "Under test"}})
    assert home.is_on(AUTOMATION)


@pytest.mark.parametrize("kind", ["triggers", "conditions", "services"])
def test_all_that_automations_are_made_of_is_documented(kind: str) -> None:
    keys = [key for key in load_yaml_dict(str(COMPONENT / f"{kind}.yaml")) if not key.startswith(".")]
    assert keys
    assert [key for key in keys if f"| `{key}` |" not in DOCS] == []
