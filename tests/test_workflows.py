"""What runs on the code host is safe, complete, and calls commands that exist."""

import json
import os
from pathlib import Path
import re
import subprocess
from typing import Any
from zipfile import ZipFile

from homeassistant.const import __version__ as home_assistant_version
from packaging.requirements import Requirement
import pytest
import yaml

from custom_components.emucs_p1.const import DOMAIN

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "custom_components" / DOMAIN
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").iterdir())
HACS = json.loads((ROOT / "hacs.json").read_text())

every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def load(path: Path) -> dict[str, Any]:
    """Return a YAML file, with text where YAML 1.1 sees a boolean in `on`."""
    loaded: dict[str, Any] = yaml.load(path.read_text(), Loader=yaml.BaseLoader)  # noqa: S506  # text alone
    return loaded


def steps(path: Path) -> list[dict[str, Any]]:
    """Return every step of every job."""
    return [step for job in load(path)["jobs"].values() for step in job.get("steps", ())]


@every_workflow
def test_an_action_of_others_is_pinned_to_a_commit_and_says_its_version(path: Path) -> None:
    used = re.findall(r"^\s*(?:- )?uses: (.+)$", path.read_text(), re.MULTILINE)
    assert used
    for action in used:
        assert action.startswith("$/") or re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # \S+", action)


@every_workflow
def test_nothing_is_permitted_but_what_a_job_names(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {}
    assert all(job["permissions"] for job in workflow["jobs"].values())


@every_workflow
def test_only_the_release_may_write(path: Path) -> None:
    writers = [
        name
        for name, job in load(path)["jobs"].items()
        if set(job["permissions"].values()) - {"read", "none"}
    ]
    assert writers == (["release"] if path.stem == "release" else [])


@every_workflow
def test_no_credentials_stay_behind_in_a_checkout(path: Path) -> None:
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] == "false"


@every_workflow
def test_no_command_is_made_of_what_others_wrote(path: Path) -> None:
    assert not [step for step in steps(path) if "${{" in step.get("run", "")]


@every_workflow
def test_no_job_runs_for_ever(path: Path) -> None:
    for job in load(path)["jobs"].values():
        assert "uses" in job or int(job["timeout-minutes"]) <= 60


@every_workflow
def test_a_newer_run_does_not_wait_for_an_older_one_but_a_release_is_never_cut_off(path: Path) -> None:
    concurrency = load(path)["concurrency"]
    # A called workflow sees its caller's name: a group of that name would wait for itself.
    assert concurrency["group"] == path.stem + "-${{ github.ref }}"
    assert concurrency["cancel-in-progress"] == ("false" if path.stem == "release" else "true")


@every_workflow
def test_every_script_and_workflow_that_is_called_exists(path: Path) -> None:
    called = [step["run"].split()[0] for step in steps(path) if step.get("run", "").startswith("scripts/")]
    assert all(os.access(ROOT / script, os.X_OK) for script in called)
    for job in load(path)["jobs"].values():
        if "uses" in job:
            assert (ROOT / job["uses"].removeprefix("$/")).is_file()


def test_the_tests_run_on_both_releases_of_home_assistant() -> None:
    demo = (ROOT / "requirements_demo.txt").read_text()
    newest = re.search(r"^homeassistant==(\d+\.\d+)", demo, re.MULTILINE)
    oldest = home_assistant_version.rpartition(".")[0]
    assert newest
    names = {
        job["name"]: job["steps"][1]["run"] for job in load(GITHUB / "workflows/tests.yml")["jobs"].values()
    }
    assert names == {
        f"Home Assistant {oldest}, unit tests": "scripts/test",
        f"Home Assistant {newest[1]}, end to end": "scripts/e2e",
    }


def test_what_ci_runs_here_runs_there_too() -> None:
    here = set(re.findall(r"^scripts/\w+", (ROOT / ".ci/run").read_text(), re.MULTILINE)) | {"scripts/test"}
    there = {step["run"] for path in WORKFLOWS for step in steps(path) if "run" in step}
    assert here <= there


def test_a_release_waits_for_lint_and_tests() -> None:
    jobs = load(GITHUB / "workflows/release.yml")["jobs"]
    needed = {jobs[name]["uses"].removeprefix("$/.github/workflows/") for name in jobs["release"]["needs"]}
    assert needed == {"lint.yml", "tests.yml"}
    assert all("workflow_call" in load(GITHUB / "workflows" / name)["on"] for name in needed)


def test_a_release_uploads_the_file_that_the_marketplace_asks_for() -> None:
    commands = [step["run"] for step in steps(GITHUB / "workflows/release.yml") if "run" in step]
    assert HACS["zip_release"] is True
    assert [command.split()[:2] for command in commands] == [
        ["scripts/release", '"$GITHUB_REF_NAME"'],
        ["gh", "release"],
    ]
    assert all(f" {HACS['filename']}" in command for command in commands)


def release(tag: str, target: Path) -> subprocess.CompletedProcess[str]:
    """Make a release as the workflow does."""
    return subprocess.run(  # noqa: S603  # ours
        [ROOT / "scripts/release", tag, target], capture_output=True, check=False, text=True
    )


def test_a_release_holds_the_integration_at_its_root_and_nothing_else(tmp_path: Path) -> None:
    made = release("v9.8.7", tmp_path / "it.zip")
    assert made.returncode == 0, made.stderr
    with ZipFile(tmp_path / "it.zip") as zipped:
        held = {name: zipped.read(name) for name in zipped.namelist()}
    there = {
        path.relative_to(SOURCE).as_posix(): path.read_bytes()
        for path in SOURCE.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert json.loads(held.pop("manifest.json")) == json.loads(there.pop("manifest.json")) | {
        "version": "9.8.7"
    }
    assert held == there


def test_the_same_release_is_the_same_file(tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        release("v9.8.7", tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_release_changes_nothing_in_the_repository(tmp_path: Path) -> None:
    before = (SOURCE / "manifest.json").read_bytes()
    release("v9.8.7", tmp_path / "it.zip")
    assert (SOURCE / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("tag", ["9.8.7", "v9.8", "v9.8.7-rc1", 'v1.0.0"', "main"])
def test_a_tag_that_is_no_version_is_refused(tag: str, tmp_path: Path) -> None:
    assert release(tag, tmp_path / "it.zip").returncode != 0
    assert not (tmp_path / "it.zip").exists()


FORMS = {path.stem: load(path) for path in (GITHUB / "ISSUE_TEMPLATE").iterdir()}


def test_nobody_reports_a_bug_without_versions_meter_and_diagnostics() -> None:
    required = {
        field["id"]
        for field in FORMS["bug"]["body"]
        if field.get("validations", {}).get("required") == "true"
    }
    assert required == {"version", "home-assistant", "meter", "link", "happened", "diagnostics"}
    assert FORMS["config"]["blank_issues_enabled"] == "false"


@pytest.mark.parametrize("name", sorted(FORMS.keys() - {"config"}))
def test_a_form_is_one(name: str) -> None:
    form = FORMS[name]
    asked = [field for field in form["body"] if field["type"] != "markdown"]
    assert form["name"]
    assert form["description"]
    assert all(field["attributes"]["label"] for field in asked)
    assert len({field["id"] for field in asked}) == len(asked)


def test_the_page_that_the_forms_send_to_exists() -> None:
    for link in FORMS["config"]["contact_links"]:
        assert (ROOT / link["url"].partition("/blob/main/")[2]).is_file()


def test_updates_are_asked_for_of_what_is_installed_and_pinned() -> None:
    pip = next(
        update
        for update in load(GITHUB / "dependabot.yml")["updates"]
        if update["package-ecosystem"] == "pip"
    )
    lines = [
        line
        for path in ROOT.glob("requirements_*.txt")
        for line in path.read_text().splitlines()
        if line and not line.startswith("#")
    ]
    pinned = {Requirement(line).name for line in lines if "==" in line}
    asked = {allowed["dependency-name"] for allowed in pip["allow"]}
    assert asked <= pinned
    assert asked == {name for group in pip["groups"].values() for name in group["patterns"]}
