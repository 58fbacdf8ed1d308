"""Every text is there, and none is left over."""

from collections.abc import Iterator
from dataclasses import replace
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.const import EntityCategory
from homeassistant.helpers.entity import EntityDescription
from homeassistant.util.yaml import load_yaml_dict
import pytest

import custom_components.emucs_p1
from custom_components.emucs_p1.binary_sensor import ALARMS, RELAYS
from custom_components.emucs_p1.condition import CONDITIONS
from custom_components.emucs_p1.config_flow import NO_EQUIPMENT_ID
from custom_components.emucs_p1.coordinator import OTHER_METER
from custom_components.emucs_p1.devices import _KINDS
from custom_components.emucs_p1.event import EVENTS, P1EventDescription
from custom_components.emucs_p1.happenings import what_happened
from custom_components.emucs_p1.number import NUMBERS
from custom_components.emucs_p1.p1 import LinkProblem
from custom_components.emucs_p1.sensor import MBUS_SENSORS, SENSORS
from custom_components.emucs_p1.services import (
    SERVICE_CREATE_DASHBOARD_VIEW,
    SERVICE_GET_PEAK_HISTORY,
    SERVICE_GET_QUARTER,
)
from custom_components.emucs_p1.trigger import TRIGGERS

from .quarters import CALM, NOON, QUARTER, WARNED, finished, later_by

HERE = Path(custom_components.emucs_p1.__file__).parent
TEXTS: dict[str, Any] = json.loads((HERE / "translations/en.json").read_text())
ICONS: dict[str, Any] = json.loads((HERE / "icons.json").read_text())

ENTITIES: dict[str, tuple[EntityDescription, ...]] = {
    "binary_sensor": (*ALARMS, *RELAYS),
    "event": EVENTS,
    "number": NUMBERS,
    "sensor": (*SENSORS, *MBUS_SENSORS),
}
AUTOMATION = {
    "conditions": set(CONDITIONS),
    "services": {SERVICE_CREATE_DASHBOARD_VIEW, SERVICE_GET_PEAK_HISTORY, SERVICE_GET_QUARTER},
    "triggers": set(TRIGGERS),
}

FILLED_IN = {
    ("dashboard_generated", "message"): {"dashboard"},
    ("dashboard_in_yaml", "message"): {"dashboard"},
    ("dashboard_unknown", "message"): {"dashboard"},
    ("flow_title",): {"name"},
    ("not_electricity_meter", "message"): {"device"},
    ("nothing_to_show", "message"): {"device"},
    ("step", "network", "description"): {"advice"},
    ("step", "serial", "description"): {"advice"},
    ("step", "usb_confirm", "description"): {"advice", "name"},
}
PROBLEMS = {problem.value for problem in LinkProblem}


def leaves(texts: dict[str, Any], *path: str) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, text in texts.items():
        if isinstance(text, dict):
            yield from leaves(text, *path, key)
        else:
            yield (*path, key), text


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("platform", ENTITIES)
def test_every_entity_has_a_name_and_no_name_is_left_over(platform: str) -> None:
    keys = {entity.translation_key for entity in ENTITIES[platform]}
    assert keys == set(TEXTS["entity"][platform])
    assert all(TEXTS["entity"][platform][key]["name"] for key in keys)


def test_only_these_platforms_have_texts_and_icons() -> None:
    assert set(TEXTS["entity"]) == set(ENTITIES)
    assert set(ICONS["entity"]) <= set(ENTITIES)


@pytest.mark.parametrize(
    ("platform", "entity"),
    [(platform, entity) for platform, entities in ENTITIES.items() for entity in entities],
    ids=lambda value: value.key if isinstance(value, EntityDescription) else value,
)
def test_the_placeholders_of_a_name_are_filled(platform: str, entity: EntityDescription) -> None:
    name = TEXTS["entity"][platform][entity.translation_key]["name"]
    assert placeholders(name) == set(entity.translation_placeholders or {})


@pytest.mark.parametrize(
    "entity",
    [entity for entity in ENTITIES["sensor"] if entity.device_class == "enum"],
    ids=lambda entity: entity.key,
)
def test_every_option_of_a_sensor_has_a_text(entity: Any) -> None:
    assert set(TEXTS["entity"]["sensor"][entity.translation_key]["state"]) == set(map(str, entity.options))


def test_only_sensors_with_options_have_texts_for_states() -> None:
    with_states = {key for key, texts in TEXTS["entity"]["sensor"].items() if "state" in texts}
    assert with_states == {
        entity.translation_key for entity in ENTITIES["sensor"] if entity.device_class == "enum"
    }


def test_every_attribute_has_a_name() -> None:
    with_attributes = {entity.translation_key for entity in SENSORS if entity.attributes}
    named = {key for key, texts in TEXTS["entity"]["sensor"].items() if "state_attributes" in texts}
    assert named == with_attributes


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.key)
def test_every_type_of_an_event_has_a_text(event: P1EventDescription) -> None:
    attributes = TEXTS["entity"]["event"][event.translation_key]["state_attributes"]
    assert set(attributes["event_type"]["state"]) == set(event.types.values())


@pytest.mark.parametrize("platform", ICONS["entity"])
def test_no_icon_is_left_over(platform: str) -> None:
    assert set(ICONS["entity"][platform]) <= set(TEXTS["entity"][platform])


@pytest.mark.parametrize("platform", ICONS["entity"])
def test_icons_by_state_are_of_states_that_exist(platform: str) -> None:
    known = {
        key: {"on", "off"} if platform == "binary_sensor" else set(texts.get("state", {}))
        for key, texts in TEXTS["entity"][platform].items()
    }
    for key, icons in ICONS["entity"][platform].items():
        assert set(icons.get("state", {})) <= known[key]


@pytest.mark.parametrize("platform", ENTITIES)
def test_an_entity_without_a_device_class_or_with_options_has_an_icon(platform: str) -> None:
    bare = {entity.translation_key for entity in ENTITIES[platform] if entity.device_class in (None, "enum")}
    assert bare <= set(ICONS["entity"][platform])


def test_every_device_has_a_name_with_and_without_a_number() -> None:
    kinds = set(_KINDS.values())
    assert set(TEXTS["device"]) == {"electricity_meter"} | kinds | {f"{kind}_numbered" for kind in kinds}
    for key, texts in TEXTS["device"].items():
        assert placeholders(texts["name"]) == ({"number"} if key.endswith("_numbered") else set())


def test_every_reason_for_a_failed_set_up_or_action_has_a_text() -> None:
    sources = [(HERE / file).read_text() for file in ("services.py", "dashboards/install.py")]
    of_actions = set(re.findall(r'(?:translation_key=|_refused\()"(\w+)"', "".join(sources)))
    assert set(TEXTS["exceptions"]) == PROBLEMS | {OTHER_METER} | of_actions


def test_every_error_of_the_dialog_has_a_text() -> None:
    assert set(TEXTS["config"]["error"]) == PROBLEMS | {NO_EQUIPMENT_ID}


def test_every_end_of_the_dialog_has_a_text() -> None:
    source = (HERE / "config_flow.py").read_text()
    ours = set(re.findall(r'reason="(\w+)"', source))
    # Home Assistant has a text of its own for a successful reconfiguration.
    assert set(TEXTS["config"]["abort"]) == ours


def test_the_dialog_shows_the_progress_that_has_a_text() -> None:
    source = (HERE / "config_flow.py").read_text()
    assert set(re.findall(r'progress_action="(\w+)"', source)) == set(TEXTS["config"]["progress"])


@pytest.mark.parametrize("step", ["user", "reconfigure"])
def test_both_ways_of_a_menu_have_a_text(step: str) -> None:
    assert set(TEXTS["config"]["step"][step]["menu_options"]) == {"serial", "network"}


@pytest.mark.parametrize(
    ("flow", "step", "fields"),
    [
        ("config", "serial", {"port", "listen_longer"}),
        ("config", "network", {"host", "port", "listen_longer"}),
        ("config", "usb_confirm", {"listen_longer"}),
        ("options", "init", {"connection_current", "hold_target", "update_interval"}),
    ],
)
def test_every_field_has_a_name_and_a_description(flow: str, step: str, fields: set[str]) -> None:
    texts = TEXTS[flow]["step"][step]
    assert set(texts["data"]) == set(texts["data_description"]) == fields


def test_no_step_is_left_over() -> None:
    assert set(TEXTS["config"]["step"]) == {"user", "reconfigure", "serial", "network", "usb_confirm"}
    assert set(TEXTS["options"]["step"]) == {"init"}


def test_little_is_filled_in_in_dialogs_and_reasons() -> None:
    for part in ("config", "options", "exceptions"):
        for path, text in leaves(TEXTS[part]):
            filled_in = FILLED_IN.get(path, set())
            assert placeholders(text) == filled_in, path


def test_no_text_is_empty_or_has_blanks_around_it() -> None:
    for path, text in leaves(TEXTS):
        assert text, path
        assert text == text.strip(), path


@pytest.mark.parametrize(("kind", "offered"), AUTOMATION.items())
def test_what_automations_are_made_of_has_texts_fields_and_icons(kind: str, offered: set[str]) -> None:
    described = load_yaml_dict(str(HERE / f"{kind}.yaml"))
    assert {key for key in described if not key.startswith(".")} == offered
    assert set(TEXTS[kind]) == set(ICONS[kind]) == offered
    for key, texts in TEXTS[kind].items():
        assert texts["name"]
        assert texts["description"]
        assert set(texts["fields"]) == set(described[key]["fields"])
        assert all(field["name"] and field["description"] for field in texts["fields"].values())
        assert ICONS[kind][key].keys() == {kind.removesuffix("s")}


def test_what_is_technical_is_off_by_default() -> None:
    technical = {
        entity.key: entity.entity_registry_enabled_default
        for entities in ENTITIES.values()
        for entity in entities
        if entity.entity_category is EntityCategory.DIAGNOSTIC
    }
    # How good the forecasts were is for whoever wonders, not for whoever digs.
    assert [key for key, enabled in technical.items() if enabled] == ["forecast_error"]


@pytest.mark.parametrize("platform", ENTITIES)
def test_only_numbers_are_choices(platform: str) -> None:
    choices = {entity.entity_category is EntityCategory.CONFIG for entity in ENTITIES[platform]}
    assert choices == {platform == "number"}


def test_every_figure_of_an_event_has_a_name() -> None:
    passed = replace(WARNED, passed=True)
    completed = later_by(CALM, 1, last=finished(NOON + QUARTER))
    raised = replace(completed, months=replace(CALM.months, peak=9.9, peak_time=NOON + QUARTER))
    told = [
        *what_happened(CALM, passed),
        *what_happened(passed, completed),
        *what_happened(completed, raised),
    ]
    shown = [(happening, figures) for happening, figures in told if happening in EVENTS[0].types]
    assert {happening for happening, _ in shown} == set(EVENTS[0].types)
    named = set(TEXTS["entity"]["event"]["quarter"]["state_attributes"]) - {"event_type"}
    assert {name for _, figures in shown for name in figures} == named
