"""What Home Assistant and its marketplace read before they load anything."""

from importlib.metadata import version
import json
from pathlib import Path
import re
import tomllib

from awesomeversion import AwesomeVersion
from homeassistant.components.usb import USBDevice, usb_device_matches_matcher
from homeassistant.const import __version__ as home_assistant_version
from homeassistant.requirements import DEPRECATED_PACKAGES
from packaging.requirements import Requirement
import pytest

from custom_components.emucs_p1.const import DOMAIN

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "custom_components" / DOMAIN / "manifest.json").read_text()
MANIFEST = json.loads(TEXT)
HACS = json.loads((ROOT / "hacs.json").read_text())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

KEYS = {
    "after_dependencies",
    "codeowners",
    "config_flow",
    "dependencies",
    "documentation",
    "domain",
    "integration_type",
    "iot_class",
    "issue_tracker",
    "loggers",
    "name",
    "requirements",
    "usb",
    "version",
}
"""What hassfest lets a custom integration say."""


def test_the_keys_are_sorted_behind_domain_and_name() -> None:
    domain, name, *others = MANIFEST
    assert (domain, name) == ("domain", "name")
    assert others == sorted(others)


def test_no_key_is_there_that_hassfest_does_not_know() -> None:
    assert set(MANIFEST) <= KEYS


@pytest.mark.parametrize("key", ["codeowners", "documentation", "issue_tracker", "version"])
def test_what_the_marketplace_needs_is_there(key: str) -> None:
    assert MANIFEST[key]


def test_the_domain_is_the_folder() -> None:
    assert MANIFEST["domain"] == DOMAIN


def test_it_is_set_up_by_dialog_and_pushes_from_the_local_network() -> None:
    assert MANIFEST["config_flow"] is True
    assert (MANIFEST["integration_type"], MANIFEST["iot_class"]) == ("device", "local_push")


def test_serial_ports_are_home_assistants_usb_integrations_to_know() -> None:
    assert MANIFEST["dependencies"] == ["usb"]


def test_it_waits_for_dashboards_and_the_recorder_where_they_are_but_does_without() -> None:
    assert MANIFEST["after_dependencies"] == ["lovelace", "recorder"]


def found(name: str | None, vid: str = "0403", pid: str = "6001") -> bool:
    """Return whether Home Assistant would offer a USB device that calls itself so."""
    device = USBDevice(
        device="/dev/ttyUSB0", vid=vid, pid=pid, serial_number=None, manufacturer="FTDI", description=name
    )
    return any(usb_device_matches_matcher(device, matcher) for matcher in MANIFEST["usb"])


@pytest.mark.parametrize("name", ["P1 Converter Cable", "FTDI P1 converter"])
def test_a_cable_that_calls_itself_p1_is_offered(name: str) -> None:
    assert found(name)


@pytest.mark.parametrize("name", ["FT232R USB UART", "USB Serial Converter", "P1S printer", "", None])
def test_any_other_adapter_with_the_same_chip_is_left_alone(name: str | None) -> None:
    assert not found(name)


def test_another_chip_is_left_alone_whatever_it_calls_itself() -> None:
    assert not found("P1 Converter Cable", vid="10C4", pid="EA60")


@pytest.mark.parametrize("matcher", MANIFEST["usb"], ids=str)
def test_usb_devices_are_described_as_hassfest_wants_it(matcher: dict[str, str]) -> None:
    assert list(matcher) == ["description", "pid", "vid"]
    assert matcher["description"] == matcher["description"].lower()
    assert all(re.fullmatch(r"[0-9A-F]{4}", matcher[key]) for key in ("pid", "vid"))


def test_the_version_is_the_projects() -> None:
    assert MANIFEST["version"] == PROJECT["version"]
    assert AwesomeVersion(MANIFEST["version"]).valid


@pytest.mark.parametrize("requirement", MANIFEST["requirements"])
def test_every_requirement_is_installed_in_a_version_that_serves(requirement: str) -> None:
    wanted = Requirement(requirement)
    assert version(wanted.name) in wanted.specifier


@pytest.mark.parametrize("requirement", MANIFEST["requirements"])
def test_no_requirement_is_pinned_for_home_assistant_pins_its_own(requirement: str) -> None:
    assert {specifier.operator for specifier in Requirement(requirement).specifier} == {">="}


@pytest.mark.parametrize("requirement", MANIFEST["requirements"])
def test_no_requirement_is_on_its_way_out(requirement: str) -> None:
    assert Requirement(requirement).name not in DEPRECATED_PACKAGES


@pytest.mark.parametrize("requirement", MANIFEST["requirements"])
def test_the_tests_run_with_the_same_requirements(requirement: str) -> None:
    assert requirement in (ROOT / "requirements_test.txt").read_text().splitlines()


def test_the_log_level_of_the_shared_serial_library_is_not_ours() -> None:
    assert "serialx" not in MANIFEST.get("loggers", ())


def test_the_marketplace_shows_the_same_name() -> None:
    assert HACS["name"] == MANIFEST["name"]


def test_the_marketplace_offers_it_to_every_release_that_it_runs_on() -> None:
    assert AwesomeVersion(HACS["homeassistant"]) == "2026.10.0"
    assert AwesomeVersion(HACS["homeassistant"]) <= AwesomeVersion(home_assistant_version)


def test_the_marketplace_knows_every_key() -> None:
    assert set(HACS) <= {"name", "homeassistant", "zip_release", "filename", "hide_default_branch"}


def test_there_is_one_integration_in_the_repository() -> None:
    folders = [
        path.name for path in (ROOT / "custom_components").iterdir() if (path / "manifest.json").exists()
    ]
    assert folders == [DOMAIN]
