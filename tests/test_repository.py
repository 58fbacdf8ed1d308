"""Where the project lives is said in one place, the manifest: publishing elsewhere is one change."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
import subprocess

from custom_components.emucs_p1.const import DOMAIN

ROOT = Path(__file__).parent.parent
MANIFEST = json.loads((ROOT / "custom_components" / DOMAIN / "manifest.json").read_text())

REPOSITORY: str = MANIFEST["documentation"]
OWNER, NAME = REPOSITORY.removeprefix("https://github.com/").split("/")
CODE_OWNER = f"@{OWNER}"
DISPLAY_NAME: str = MANIFEST["name"]

OTHER_REPOSITORIES = frozenset({"home-assistant/core", "home-assistant/home-assistant.io", "remne/p1ib"})
"""Repositories of others that are mentioned on purpose, as owner/name."""

_MENTION = re.compile(r"github(?:usercontent)?\.com/([\w.-]+)/([\w-]+(?:\.io)?)")
_MY_LINK = re.compile(r"owner=([\w.-]+)&(?:amp;)?repository=([\w-]+)")
_SHOWN_AS = re.compile(r"Belgian digital meter \([^)]*\)")


def texts() -> Iterator[tuple[str, str]]:
    """Yield path and text of every file that is or could be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file() and path != Path(__file__):
            try:
                yield name, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def test_the_manifest_names_one_repository_and_its_owner() -> None:
    assert re.fullmatch(r"https://github\.com/[\w.-]+/[\w-]+", REPOSITORY)
    assert MANIFEST["issue_tracker"] == f"{REPOSITORY}/issues"
    assert MANIFEST["codeowners"] == [CODE_OWNER]


def test_every_mention_of_the_repository_is_of_that_one() -> None:
    strange = [
        (path, found[0])
        for path, text in texts()
        for pattern in (_MENTION, _MY_LINK)
        for found in pattern.finditer(text)
        if found.groups() != (OWNER, NAME)
        if f"{found[1]}/{found[2]}" not in OTHER_REPOSITORIES
    ]
    assert strange == []


def test_every_mention_of_a_code_owner_is_of_that_one() -> None:
    strange = [
        (path, owner)
        for path, text in texts()
        for owner in (
            re.findall(r"@[\w-]+", text) if path.endswith("CODEOWNERS") else re.findall(r"@emucs[\w-]*", text)
        )
        if owner != CODE_OWNER
    ]
    assert strange == []


def test_the_readme_says_where_to_get_it() -> None:
    assert REPOSITORY in (ROOT / "README.md").read_text()


def test_the_readme_begins_with_the_display_name() -> None:
    assert (ROOT / "README.md").read_text().startswith(f"# {DISPLAY_NAME}\n")


def test_the_display_name_is_the_same_everywhere() -> None:
    strange = [
        (path, name) for path, text in texts() for name in _SHOWN_AS.findall(text) if name != DISPLAY_NAME
    ]
    assert strange == []
