"""The words that people read: ours, out of the translations."""

from functools import cache
import json
from typing import Any

from demo.process import DOMAIN, REPOSITORY

NAME = "Belgian digital meter (P1)"
AREA = "Living Room"
METERS = ("Digital meter", "Gas meter", "Water meter")

_FOLDER = REPOSITORY / "custom_components" / DOMAIN / "translations"


def text(path: str, language: str = "en") -> str:
    """Return what stands at a dotted path of the translations."""
    found = _texts(language)
    for key in path.split("."):
        found = found[key]
    assert isinstance(found, str)
    return found


@cache
def _texts(language: str) -> Any:
    return json.loads((_FOLDER / f"{language}.json").read_text())
