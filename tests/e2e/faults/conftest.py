"""The street in which the chosen faults are played, and the table of what came of them."""

from pathlib import Path
from typing import Any

import pytest

from .fault import Fault, Outcome
from .report import table
from .street import Street, open_street

_PLAYED = pytest.StashKey[dict[Fault, Outcome]]()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if played := config.stash.get(_PLAYED, {}):
        terminalreporter.section("faults")
        for line in table(played):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
async def street(request: pytest.FixtureRequest, folder: Path) -> Street:
    """Return a street whose houses have suffered every fault that a chosen test asks for."""
    chosen = dict.fromkeys(
        item.callspec.params["fault"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and "fault" in getattr(item, "fixturenames", ())
    )
    place = folder / "street"
    place.mkdir()
    async with open_street(list(chosen), place) as opened:
        await opened.play()
    opened.judge()
    request.config.stash[_PLAYED] = {fault: opened.outcomes[fault.name] for fault in chosen}
    return opened


@pytest.fixture
def outcome(street: Street, fault: Fault) -> Outcome:
    """Return what came of a fault."""
    return street.outcomes[fault.name]
