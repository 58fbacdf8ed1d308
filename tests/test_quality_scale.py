"""Our ledger of Home Assistant's quality scale is complete and honest."""

from pathlib import Path

from homeassistant import components
from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components import emucs_p1

RULES = load_yaml_dict(str(Path(emucs_p1.__file__).with_name("quality_scale.yaml")))["rules"]


def test_the_ledger_has_every_rule_of_the_scale_and_no_other() -> None:
    every_rule = load_yaml_dict(str(Path(components.__file__).parent / "peblar" / "quality_scale.yaml"))[
        "rules"
    ]

    assert RULES.keys() == every_rule.keys()


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_is_not_done_says_why(rule: str) -> None:
    entry = RULES[rule]

    assert entry == "done" or (entry["status"] in ("exempt", "todo") and entry["comment"].strip())
