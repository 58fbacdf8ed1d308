"""The documentation says everything that the code has, and its links lead somewhere."""

from collections.abc import Iterator
from functools import cache
from itertools import chain
import json
from pathlib import Path
import re
from urllib.parse import unquote, urlsplit

import pytest

from custom_components.emucs_p1.binary_sensor import ALARMS, RELAYS
from custom_components.emucs_p1.const import DOMAIN
from custom_components.emucs_p1.event import EVENTS
from custom_components.emucs_p1.number import NUMBERS
from custom_components.emucs_p1.sensor import MBUS_SENSORS, SENSORS

from .test_repository import REPOSITORY, ROOT, texts

README_LINES = 150

TEXTS = json.loads((ROOT / "custom_components" / DOMAIN / "translations/en.json").read_text())
KEYS = sorted({entity.key for entity in chain(ALARMS, EVENTS, MBUS_SENSORS, NUMBERS, RELAYS, SENSORS)})
PAGES = {path: text for path, text in texts() if path.endswith(".md")}

_FENCED = re.compile(r"^(`{3,}|~{3,}).*?^\1\s*$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_HEADING = re.compile(r"^#{1,6} +(.+?)(?: +#+)?$", re.MULTILINE)
_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)")
_DEFINED = re.compile(r"^\[[^\]]+\]: +<?(\S+?)>?$", re.MULTILINE)
_HTML = re.compile(r"\b(?:href|src|srcset)=\"([^\"]+)\"")
_NAMED = re.compile(r"<\w+ (?:id|name)=\"([^\"]+)\"")
_OWN = re.compile(rf"{re.escape(REPOSITORY)}/(?:blob|raw|tree)/main/([^\s)\"'#]+)")


def prose(path: str) -> str:
    """Return a page without what stands in it as code."""
    return _CODE.sub("", _FENCED.sub("", PAGES[path]))


@cache
def anchors(path: str) -> frozenset[str]:
    """Return what GitHub lets a link to a page end in: a second heading of the same words gets a number."""
    found: dict[str, int] = {}
    result = set(_NAMED.findall(PAGES[path]))
    for heading in _HEADING.findall(_FENCED.sub("", PAGES[path])):
        words = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", words).strip().replace(" ", "-")
        before = found.get(anchor, 0)
        found[anchor] = before + 1
        result.add(f"{anchor}-{before}" if before else anchor)
    return frozenset(result)


def links(path: str) -> Iterator[tuple[str, str]]:
    """Yield file and anchor of every link of a page that stays in the repository."""
    text = prose(path)
    for target in chain(_LINK.findall(text), _DEFINED.findall(text), _HTML.findall(text)):
        parts = urlsplit(unquote(target))
        if parts.scheme or parts.netloc:
            continue
        goal = (ROOT / path).parent / parts.path if parts.path else ROOT / path
        yield str(goal.resolve().relative_to(ROOT)), parts.fragment


@pytest.mark.parametrize("path", sorted(PAGES))
def test_every_link_leads_to_a_file(path: str) -> None:
    assert sorted({goal for goal, _ in links(path) if not (ROOT / goal).exists()}) == []


@pytest.mark.parametrize("path", sorted(PAGES))
def test_every_anchor_is_a_heading_of_its_page(path: str) -> None:
    assert [
        (goal, anchor)
        for goal, anchor in links(path)
        if anchor and goal in PAGES and anchor not in anchors(goal)
    ] == []


def test_every_link_into_the_published_repository_leads_to_a_file() -> None:
    found = [(path, unquote(goal)) for path, text in texts() for goal in _OWN.findall(unquote(text))]
    assert [(path, goal) for path, goal in found if "{" not in goal and not (ROOT / goal).exists()] == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[str](), ["README.md"]
    while waiting:
        path = waiting.pop()
        if path in PAGES and path not in reached:
            reached.add(path)
            waiting.extend(goal for goal, _ in links(path))
    assert sorted({path for path in PAGES if path.startswith("docs/")} - reached) == []


def test_the_index_names_every_page() -> None:
    named = {goal for goal, _ in links("docs/README.md")}
    pages = {path for path in PAGES if Path(path).parent == Path("docs")} - {"docs/README.md"}
    assert sorted(pages - named) == []


def test_every_picture_is_shown_somewhere() -> None:
    shown = {goal for path in PAGES for goal, _ in links(path)}
    pictures = {str(path.relative_to(ROOT)) for path in (ROOT / "docs/images").iterdir()}
    assert sorted(pictures - shown) == []


def test_the_readme_is_short() -> None:
    assert len(PAGES["README.md"].splitlines()) <= README_LINES


def test_every_entity_is_explained() -> None:
    assert [key for key in KEYS if f"`{key}`" not in PAGES["docs/entities.md"]] == []


def test_every_field_of_set_up_and_options_is_explained() -> None:
    steps = [*TEXTS["config"]["step"].values(), *TEXTS["options"]["step"].values()]
    labels = {label for step in steps for label in step.get("data", {}).values()}
    assert sorted(label for label in labels if label not in PAGES["docs/configuration.md"]) == []


@pytest.mark.parametrize(
    ("prefix", "keys"),
    [
        ("error-", TEXTS["config"]["error"]),
        ("stopped-", TEXTS["config"]["abort"]),
        ("", TEXTS["issues"]),
        ("repair-stopped-", TEXTS["issues"]["other_meter"]["fix_flow"]["abort"]),
    ],
)
def test_everything_that_can_go_wrong_has_a_heading(prefix: str, keys: dict[str, object]) -> None:
    wanted = {prefix + key.replace("_", "-") for key in keys}
    assert sorted(wanted - anchors("docs/troubleshooting.md")) == []


def test_everything_that_is_raised_has_a_heading() -> None:
    found = anchors("docs/troubleshooting.md")
    keys = {key: key.replace("_", "-") for key in TEXTS["exceptions"]}
    prefixes = ("action-", "error-", "")
    assert [
        key for key, words in keys.items() if not any(f"{prefix}{words}" in found for prefix in prefixes)
    ] == []
