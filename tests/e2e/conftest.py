"""Households to test in, what they leave behind when a test fails, and the table at the end."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
import shutil
from typing import Any

import pytest

from .expected import truth
from .house import House, open_house
from .sources import SOURCES, Source
from .timings import Timings

_HERE = Path(__file__).parent
ARTIFACTS = _HERE / "artifacts"
PICTURES = _HERE.parent.parent / "docs" / "images"
_TELLING = ("*.log", "*.log.*", "*.png", "*.yaml")

_TIMINGS = pytest.StashKey[Timings]()
_FOLDER = pytest.StashKey[Path]()
_FAILED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="write the pictures in docs/images")
    parser.addoption("--steps", metavar="FOLDER", type=Path, help="keep a picture of every step there")
    parser.addoption("--all", action="store_true", help="play every fault, not one of each kind")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TIMINGS] = Timings()
    shutil.rmtree(ARTIFACTS, ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--all"):
        return
    left_out = [item for item in items if item.get_closest_marker("thorough")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what tells why a test failed."""
    report = yield
    item.stash[_FAILED] = report.failed or item.stash.get(_FAILED, False)
    folder = item.config.stash.get(_FOLDER, None)
    # Once more when its fixtures have ended: the last of them took a picture.
    if item.stash[_FAILED] and folder is not None:
        kept = ARTIFACTS / "".join(sign if sign.isalnum() else "_" for sign in item.name)
        for pattern in _TELLING:
            for file in folder.rglob(pattern):
                copy = kept / file.relative_to(folder)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, copy)
        report.sections.append(("Logs and pictures", f"are kept in {kept}"))
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    lines = list(config.stash[_TIMINGS].table())
    if lines:
        terminalreporter.section("measured")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def timings(pytestconfig: pytest.Config) -> Timings:
    return pytestconfig.stash[_TIMINGS]


@pytest.fixture(scope="session")
def folder(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where everything of this run lies."""
    pytestconfig.stash[_FOLDER] = path = tmp_path_factory.mktemp("e2e")
    return path


@pytest.fixture(scope="session")
def pictures(pytestconfig: pytest.Config, folder: Path) -> Path:
    """Return where pictures go: into the documentation only when told so."""
    return PICTURES if pytestconfig.getoption("--pictures") else folder / "pictures"


@pytest.fixture(scope="session")
def steps(pytestconfig: pytest.Config, folder: Path) -> Path:
    """Return where the pictures of every step go: thrown away with the run unless told otherwise."""
    path: Path = pytestconfig.getoption("--steps") or folder / "steps"
    path.mkdir(parents=True, exist_ok=True)
    return path.resolve()


@pytest.fixture(scope="module", params=SOURCES, ids=lambda kind: kind.name)
async def house(request: pytest.FixtureRequest, folder: Path, timings: Timings) -> AsyncGenerator[House]:
    """Yield a household that reads its meter over one of the paths."""
    kind: type[Source] = request.param
    await asyncio.to_thread(truth)
    place = folder / kind.name
    place.mkdir()
    async with open_house(place, kind, timings) as opened:
        yield opened
