"""Our ledger of Home Assistant's quality scale is complete and honest."""

from pathlib import Path

from homeassistant import components
from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components import emucs_p1

from .test_docs import PAGES, anchors

RULES = load_yaml_dict(str(Path(emucs_p1.__file__).with_name("quality_scale.yaml")))["rules"]


def test_the_ledger_has_every_rule_of_the_scale_and_no_other() -> None:
    every_rule = load_yaml_dict(str(Path(components.__file__).parent / "peblar" / "quality_scale.yaml"))[
        "rules"
    ]

    assert RULES.keys() == every_rule.keys()
    assert len(RULES) == 54


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_done_or_says_why_it_does_not_apply(rule: str) -> None:
    entry = RULES[rule]

    if entry != "done":
        assert entry.keys() == {"status", "comment"}
        assert entry["status"] in ("done", "exempt")
        assert entry["comment"].strip()


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.startswith("docs-")])
def test_a_rule_about_documentation_says_where_it_is_met(rule: str) -> None:
    path, _, anchor = RULES[rule]["comment"].partition("#")

    assert path in PAGES
    assert not anchor or anchor in anchors(path)
