"""Each floor of the house imports only the floors below it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = "custom_components.emucs_p1"

P1 = f"{PACKAGE}.p1"
PEAK = f"{PACKAGE}.peak"
ENTITIES = tuple(f"{PACKAGE}.{name}" for name in ("binary_sensor", "entity", "event", "number", "sensor"))
COORDINATOR = tuple(
    f"{PACKAGE}.{name}"
    for name in (
        "cables",
        "coordinator",
        "devices",
        "happenings",
        "issues",
        "links",
        "memory",
        "reading",
        "registers",
        "statistics",
        "swaps",
        "waiting",
    )
)
OUTSIDE = ("homeassistant", "voluptuous", "probatio")


def imports(path: Path) -> Iterator[str]:
    """Yield the full names of the modules that a file imports."""
    module = path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(module[: -node.level]) if node.level else ""
            name = ".".join(part for part in (base, node.module) if part)
            yield name
            yield from (f"{name}.{imported.name}" for imported in node.names)


def files(module: str) -> list[Path]:
    path = ROOT.joinpath(*module.split("."))
    found = sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    return [file for file in found if file.exists()]


def within(name: str, *modules: str) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def wrong(module: str, *forbidden: str, but: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Return what the files of a module import and must not."""
    assert files(module), module
    return [
        (path.name, name)
        for path in files(module)
        for name in imports(path)
        if within(name, *forbidden) and not within(name, *but)
    ]


def test_p1_knows_nothing_of_home_assistant() -> None:
    assert wrong(P1, *OUTSIDE) == []


def test_p1_knows_nothing_of_the_floors_above() -> None:
    # `from ..p1` names the package itself on its way in; what it must not name is anything in it.
    assert [found for found in wrong(P1, PACKAGE, but=(P1,)) if found[1] != PACKAGE] == []


def test_peak_knows_nothing_of_home_assistant() -> None:
    assert wrong(PEAK, *OUTSIDE) == []


def test_peak_knows_p1_at_most() -> None:
    assert [found for found in wrong(PEAK, PACKAGE, but=(P1, PEAK)) if found[1] != PACKAGE] == []


@pytest.mark.parametrize("module", COORDINATOR)
def test_the_coordinators_floor_knows_nothing_of_the_entities(module: str) -> None:
    assert wrong(module, *ENTITIES) == []


def test_the_dialog_knows_nothing_of_the_entities() -> None:
    assert wrong(f"{PACKAGE}.config_flow", *ENTITIES) == []


def test_the_simulator_shares_no_code_with_the_integration() -> None:
    assert wrong("simulator", "custom_components") == []


@pytest.mark.parametrize("module", [P1, PEAK])
def test_nobody_reaches_into_the_private_parts_of_a_floor(module: str) -> None:
    """The floors above take what the package offers, not its modules."""
    above = [path for path in files(PACKAGE) if not path.is_relative_to(ROOT.joinpath(*module.split(".")))]
    offered = __import__(module, fromlist=["__all__"]).__all__
    deep = [
        (path.name, name)
        for path in above
        for name in imports(path)
        if within(name, module) and name != module and name.removeprefix(f"{module}.") not in offered
    ]
    assert deep == []
