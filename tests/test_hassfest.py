"""What Home Assistant's validator asks of an integration, as far as other tests do not already show it.

It is not part of an installed Home Assistant. What it asks of core alone is asked here too where it makes
sense, and what it asks of English is asked of every language.
"""

import ast
from collections.abc import Iterator
from itertools import chain
import json
from pathlib import Path
import re
from string import Formatter
from typing import Any

import homeassistant
from homeassistant.helpers import condition, service
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.trigger import descriptions
from homeassistant.util.yaml import load_yaml_dict
import pytest
import voluptuous as vol

from custom_components import emucs_p1

HERE = Path(emucs_p1.__file__).parent
COMPONENTS = Path(homeassistant.__file__).parent / "components"
MANIFEST = json.loads((HERE / "manifest.json").read_text())

TRANSLATIONS = sorted((HERE / "translations").glob("*.json"))
JSON_FILES = sorted(HERE.rglob("*.json"))

every_language = pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.stem)

_ADDRESS = re.compile(r"(?:\w://|\bwww\.)[\w.-]*\.[a-z]{2,5}", re.IGNORECASE)
_QUOTED_PLACEHOLDER = re.compile(r"'\{\w+\}'")
_KEY = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")


def key(value: str) -> str:
    """Accept what a text or an icon is found by."""
    if not _KEY.fullmatch(value):
        raise vol.Invalid(f"{value} is not a key")
    return value


def text(value: Any) -> str:
    """Accept a text that can be translated and shown."""
    value = cv.string_with_no_html(value)
    if value != value.strip() or not value:
        raise vol.Invalid("empty, or blanks around it")
    if _ADDRESS.search(value):
        raise vol.Invalid("an address belongs into a placeholder: translators change what they see")
    if _QUOTED_PLACEHOLDER.search(value):
        raise vol.Invalid("single quotes would switch the placeholder off")
    if "[%key:" in value:
        raise vol.Invalid("references are resolved for core only")
    if not all(name.isidentifier() for _, name, _, _ in Formatter().parse(value) if name is not None):
        raise vol.Invalid("a placeholder is not a name")
    return value


def plain(value: Any) -> str:
    """Accept a text in which nothing is filled in."""
    if "{" in text(value):
        raise vol.Invalid("nothing is filled in here")
    return str(value)


def icon(value: Any) -> str:
    """Accept the name of an icon."""
    if not re.fullmatch(r"mdi:[a-z0-9-]+", value):
        raise vol.Invalid(f"{value} is not an icon")
    return str(value)


def described_fields(step: dict[str, Any]) -> dict[str, Any]:
    """Accept a step that describes none but its own fields."""
    if set(step.get("data_description", ())) - set(step.get("data", ())):
        raise vol.Invalid("describes a field that it does not have")
    return step


def keyed(value: Any) -> vol.Schema:
    """Return a schema of any number of keys."""
    return vol.Schema({key: value})


SECTION = {
    vol.Optional("name"): text,
    vol.Optional("description"): text,
    vol.Optional("data"): keyed(text),
    vol.Optional("data_description"): keyed(text),
}
STEP = vol.All(
    {
        vol.Optional("title"): text,
        vol.Optional("description"): text,
        vol.Optional("data"): keyed(text),
        vol.Optional("data_description"): keyed(text),
        vol.Optional("menu_options"): keyed(text),
        vol.Optional("menu_option_descriptions"): keyed(text),
        vol.Optional("sections"): keyed(SECTION),
        vol.Optional("submit"): text,
    },
    described_fields,
)
FLOW = {
    vol.Optional("flow_title"): text,
    vol.Required("step"): keyed(STEP),
    vol.Optional("abort"): keyed(text),
    vol.Optional("create_entry"): keyed(text),
    vol.Optional("error"): keyed(text),
    vol.Optional("progress"): keyed(text),
}
ENTITY = {
    vol.Optional("name"): text,
    vol.Optional("state"): keyed(plain),
    vol.Optional("state_attributes"): keyed(
        {vol.Optional("name"): plain, vol.Optional("state"): keyed(plain)}
    ),
    vol.Optional("unit_of_measurement"): plain,
}
OFFERED = {
    vol.Required("name"): text,
    vol.Required("description"): text,
    vol.Optional("fields"): keyed({vol.Required("name"): text, vol.Required("description"): text}),
    vol.Optional("sections"): keyed({vol.Required("name"): text, vol.Optional("description"): text}),
}
ISSUE = vol.Any(
    {vol.Required("title"): text, vol.Required("description"): text},
    {vol.Required("title"): text, vol.Required("fix_flow"): FLOW},
)
TEXTS = vol.Schema(
    {
        vol.Optional("common"): keyed(text),
        vol.Optional("conditions"): keyed(OFFERED),
        vol.Optional("config"): FLOW,
        vol.Optional("device"): keyed({vol.Required("name"): text}),
        vol.Optional("entity"): keyed(keyed(ENTITY)),
        vol.Optional("exceptions"): keyed({vol.Required("message"): text}),
        vol.Optional("issues"): keyed(ISSUE),
        vol.Optional("options"): FLOW,
        vol.Optional("selector"): keyed({vol.Required("options"): keyed(plain)}),
        vol.Optional("services"): keyed(OFFERED),
        vol.Optional("system_health"): {vol.Required("info"): keyed(text)},
        vol.Optional("title"): text,
        vol.Optional("triggers"): keyed(OFFERED),
    }
)


def another_than_the_default(icons: dict[str, Any]) -> dict[str, Any]:
    """Accept an entity whose states have other icons than it has by default."""
    if icons.get("default") in icons.get("state", {}).values():
        raise vol.Invalid("a state has the icon that it would have anyway")
    return icons


ICONS = vol.Schema(
    {
        vol.Optional("conditions"): keyed({vol.Required("condition"): icon}),
        vol.Optional("entity"): keyed(
            keyed(
                vol.All(
                    {vol.Optional("default"): icon, vol.Optional("state"): keyed(icon)},
                    another_than_the_default,
                )
            )
        ),
        vol.Optional("services"): keyed({vol.Required("service"): icon}),
        vol.Optional("triggers"): keyed({vol.Required("trigger"): icon}),
    }
)

OWN_SCHEMAS: dict[str, vol.Schema] = {
    "conditions": condition._CONDITIONS_DESCRIPTION_SCHEMA,
    "services": service._SERVICES_SCHEMA,
    "triggers": descriptions._TRIGGERS_DESCRIPTION_SCHEMA,
}
"""Home Assistant's own, by the name of the file. They look at selectors, and let more through elsewhere."""

every_description = pytest.mark.parametrize("kind", OWN_SCHEMAS)


def without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON in which no key is there twice: the last one would win without a word."""
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), names
    return dict(pairs)


def fields_of(kind: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield action (trigger, condition), name and description of every field, also of those in sections."""
    for name, described in load_yaml_dict(str(HERE / f"{kind}.yaml")).items():
        for field, content in (described.get("fields") or {}).items():
            for inner, description in content.get("fields", {field: content}).items():
                yield name, inner, description


@pytest.mark.parametrize("path", JSON_FILES, ids=lambda path: path.stem)
def test_no_key_of_a_json_file_is_there_twice(path: Path) -> None:
    json.loads(path.read_text(), object_pairs_hook=without_repetition)


def test_texts_are_where_those_of_custom_integrations_belong() -> None:
    assert not (HERE / "strings.json").exists()
    assert not [path for path in HERE.rglob("*.json") if path.parent.name == ".translations"]


@every_language
def test_texts_have_the_form_that_home_assistant_reads(path: Path) -> None:
    TEXTS(json.loads(path.read_text()))


@pytest.mark.parametrize(
    "bad",
    [
        "<b>Meter</b>",
        " Meter",
        "",
        "See https://example.com/x",
        "See www.example.com",
        "'{name}'",
        "{0}",
        "[%key:x%]",
    ],
)
def test_a_text_that_could_not_be_shown_is_found(bad: str) -> None:
    with pytest.raises(vol.Invalid):
        TEXTS({"title": bad})


def test_icons_have_the_form_that_home_assistant_reads() -> None:
    ICONS(json.loads((HERE / "icons.json").read_text()))


@every_description
def test_descriptions_have_the_form_that_home_assistant_reads(kind: str) -> None:
    OWN_SCHEMAS[kind](load_yaml_dict(str(HERE / f"{kind}.yaml")))


@every_description
def test_a_description_has_fields_and_a_target_alone(kind: str) -> None:
    for name, described in load_yaml_dict(str(HERE / f"{kind}.yaml")).items():
        allowed = {"fields", "target"} if not name.startswith(".") else set(described)
        assert set(described or ()) <= allowed


@every_description
def test_a_field_has_a_selector_and_no_text_of_its_own(kind: str) -> None:
    for name, field, described in fields_of(kind):
        if not name.startswith("."):
            assert "selector" in described, (name, field)
            assert set(described) <= {"default", "example", "filter", "required", "selector"}
            assert None not in (described.get("default", ""), described.get("example", ""))


def test_actions_have_no_hidden_entries_which_only_triggers_and_conditions_may_have() -> None:
    assert not [name for name in load_yaml_dict(str(HERE / "services.yaml")) if name.startswith(".")]


@every_description
def test_a_choice_with_texts_has_them(kind: str) -> None:
    known = set(json.loads((HERE / "translations/en.json").read_text()).get("selector", ()))
    selectors = [described.get("selector", {}) for _, _, described in fields_of(kind)]
    wanted = {(selector.get("select") or {}).get("translation_key") for selector in selectors} - {None}
    assert wanted <= known


def imported() -> Iterator[tuple[Path, str]]:
    """Yield every module of Home Assistant that a file of ours imports."""
    for path in HERE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield path, node.module
                yield from ((path, f"{node.module}.{alias.name}") for alias in node.names)


def test_what_is_imported_from_another_integration_is_waited_for() -> None:
    waited_for = {*MANIFEST["dependencies"], *MANIFEST["after_dependencies"]}
    # A platform is imported by the integration that it is for.
    platforms = {path.stem for path in HERE.glob("*.py")}
    used = {
        (path.name, module.split(".")[2])
        for path, module in imported()
        if module.startswith("homeassistant.components.")
    }
    assert not {(path, name) for path, name in used if name not in waited_for | platforms}


def test_no_dependency_is_named_twice_or_does_not_exist() -> None:
    named = list(chain(MANIFEST["dependencies"], MANIFEST["after_dependencies"]))
    assert len(named) == len(set(named))
    assert all((COMPONENTS / name / "manifest.json").is_file() for name in named)


@pytest.mark.parametrize("requirement", MANIFEST["requirements"])
def test_a_requirement_is_a_package_with_a_version_and_no_blanks(requirement: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9][\w.-]*(?:==|>=)\d[\w.]*", requirement)


def test_the_dialog_is_there_and_tells_found_meters_apart() -> None:
    source = (HERE / "config_flow.py").read_text()
    assert MANIFEST["config_flow"] is True
    assert "async_step_usb" in source
    assert "async_set_unique_id" in source


def test_it_says_what_it_takes_from_configuration_yaml_which_is_nothing() -> None:
    assert "cv.config_entry_only_config_schema(DOMAIN)" in (HERE / "__init__.py").read_text()
