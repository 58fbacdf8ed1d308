"""Faults of Home Assistant's own side, each in a process of its own, all at the same time."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

from ..expected import truth
from ..timings import Timings
from .home_plays import Clocks, Ended, Full, Late, play_clocks, play_ended, play_full, play_late

AT_ONCE = 2
BACK = 10
GONE = 20
# Home Assistant commits once a second here.
UNRECORDED = 5
PAUSE = 12

_PLAYS: Mapping[str, Callable[[Path], Awaitable[object]]] = {
    "killed": partial(play_ended, kill=True),
    "killed_unsaved": partial(play_ended, kill=True, saved_since=False),
    "stopped": partial(play_ended, kill=False),
    "full": play_full,
    "clocks": play_clocks,
    "late": play_late,
}
_SAVED = ("killed", pytest.param("stopped", marks=pytest.mark.thorough))
_ENDED = (*_SAVED, pytest.param("killed_unsaved", marks=pytest.mark.thorough))
_ALL = ("killed", *(pytest.param(name, marks=pytest.mark.thorough) for name in list(_PLAYS)[1:]))
_REMEMBERED = ("month_peak", "peak_target", "peak_threshold", "sheddable_power")

each_saved = pytest.mark.parametrize("play", _SAVED)
each_ended = pytest.mark.parametrize("play", _ENDED)
each = pytest.mark.parametrize("play", _ALL)


@pytest.fixture(scope="module")
async def playing(
    request: pytest.FixtureRequest, folder: Path
) -> AsyncGenerator[dict[str, asyncio.Task[object]]]:
    """Yield what goes on in the houses that a chosen test asks for."""
    chosen = {
        item.callspec.params["play"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == request.path and hasattr(item, "callspec")
    }
    await asyncio.to_thread(truth)
    tasks = {}
    for name, play in _PLAYS.items():
        if name in chosen:
            place = folder / name
            place.mkdir()
            tasks[name] = asyncio.create_task(_run(play, place))
    yield tasks
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)


async def _run(play: Callable[[Path], Awaitable[object]], place: Path) -> object:
    return await play(place)


@pytest.fixture
async def ended(playing: dict[str, asyncio.Task[object]], play: str) -> Ended:
    outcome = await playing[play]
    assert isinstance(outcome, Ended)
    return outcome


@pytest.fixture
async def full(playing: dict[str, asyncio.Task[object]], play: str) -> Full:
    outcome = await playing[play]
    assert isinstance(outcome, Full)
    return outcome


@pytest.fixture
async def clocks(playing: dict[str, asyncio.Task[object]], play: str) -> Clocks:
    outcome = await playing[play]
    assert isinstance(outcome, Clocks)
    return outcome


@pytest.fixture
async def late(playing: dict[str, asyncio.Task[object]], play: str) -> Late:
    outcome = await playing[play]
    assert isinstance(outcome, Late)
    return outcome


@each
async def test_no_wrong_number_is_shown(playing: dict[str, asyncio.Task[object]], play: str) -> None:
    assert (await playing[play]).wrong == []  # type: ignore[attr-defined]


@each_ended
def test_what_was_known_in_mid_quarter_is_back(ended: Ended) -> None:
    kept = {key: ended.before[key] for key in _REMEMBERED}
    assert "unknown" not in kept.values()
    assert {key: ended.after[key] for key in kept} == kept


@each_ended
def test_last_quarter_is_as_it_was(ended: Ended) -> None:
    before, after = (float(shown["last_quarter"]) for shown in (ended.before, ended.after))
    assert after == pytest.approx(before, abs=0.0045)


@pytest.mark.thorough
@pytest.mark.parametrize("play", ["stopped"])
def test_event_is_as_it_was(ended: Ended) -> None:
    # After a kill it is what Home Assistant saved of it last, every quarter of an hour.
    assert ended.after["quarter"] == ended.before["quarter"] != "unknown"


@each_ended
def test_registers_never_fall(ended: Ended) -> None:
    for key in ("energy_import", "energy_export"):
        assert float(ended.after[key]) >= float(ended.before[key])


@each_ended
def test_forecast_is_back_at_once(ended: Ended, play: str, timings: Timings) -> None:
    timings.note(play, "forecast back, after the entity", ended.back, limit=AT_ONCE)


@each_saved
def test_quarter_is_still_whole(ended: Ended) -> None:
    before, after = (memory["quarters"]["quarter"] for memory in (ended.saved, ended.kept))
    assert (after["number"], after["whole"]) == (before["number"], True)


@each_saved
def test_what_happened_is_not_told_again(ended: Ended) -> None:
    assert ended.told == []


@each_saved
def test_what_was_learned_is_kept(ended: Ended) -> None:
    saved, left, kept = ended.learned
    assert 1 <= saved <= left <= kept


@each_ended
def test_database_is_sane(ended: Ended, play: str, timings: Timings) -> None:
    assert ended.integrity == "ok"
    timings.note(play, "states not recorded", ended.unrecorded, limit=UNRECORDED)


@each_ended
def test_nothing_is_complained_of_after_the_end(ended: Ended) -> None:
    assert ended.complaints == []


@pytest.mark.parametrize("play", ["killed", pytest.param("killed_unsaved", marks=pytest.mark.thorough)])
def test_a_kill_leaves_what_was_saved_last(ended: Ended) -> None:
    assert ended.left == ended.saved


@pytest.mark.thorough
@pytest.mark.parametrize("play", ["killed_unsaved"])
def test_what_was_not_saved_is_told_again_at_most_once(ended: Ended) -> None:
    # The boundary was not saved: nobody knows any more that it was told.
    assert ended.told in ([], ["quarter_completed"])


@pytest.mark.thorough
@pytest.mark.parametrize("play", ["full"])
class TestFullDisk:
    """Nothing can be written where Home Assistant keeps what it knows."""

    def test_values_go_on(self, full: Full) -> None:
        assert full.written > 0
        assert not full.gone

    def test_choice_holds_until_the_restart(self, full: Full) -> None:
        assert full.target == 5.5

    def test_it_is_said_once_for_each_attempt(self, full: Full) -> None:
        assert len(full.logged) == full.attempts

    def test_nothing_else_is_complained_of(self, full: Full) -> None:
        assert all("No space left on device" in complaint for complaint in full.complaints)

    def test_it_is_said_without_secrets(self, full: Full) -> None:
        assert full.secrets == []

    def test_what_was_saved_before_is_not_spoiled(self, full: Full) -> None:
        assert full.left["target"] == 4.5

    def test_with_room_it_is_saved_again(self, full: Full) -> None:
        assert full.saved["target"] == 6.0


@pytest.mark.thorough
@pytest.mark.parametrize("play", ["clocks"])
class TestClocks:
    """The computer's clock is more than an hour off, or the meter's."""

    def test_quarter_ends_by_the_clock_of_the_meter(self, clocks: Clocks) -> None:
        for told, ended in clocks.ends:
            assert told == ended

    def test_its_end_is_told_at_once(self, clocks: Clocks, timings: Timings) -> None:
        for which, late in zip(("ahead", "behind"), clocks.late, strict=True):
            timings.note(which, "quarter completed, after the boundary", max(0.0, late), limit=AT_ONCE)

    def test_it_took_what_the_meter_counted(self, clocks: Clocks) -> None:
        for told, took in clocks.demands:
            assert told == pytest.approx(took, abs=0.0045)

    def test_nobody_is_warned(self, clocks: Clocks) -> None:
        assert clocks.complaints == []


@pytest.mark.thorough
@pytest.mark.parametrize("play", ["late"])
class TestLate:
    """Home Assistant is up before the gateway of one of two meters."""

    def test_set_up_waits(self, late: Late) -> None:
        assert late.waiting == "setup_retry"

    def test_values_come_with_the_gateway(self, late: Late, timings: Timings) -> None:
        timings.note("late", "values, after the gateway came", late.back[0], limit=BACK)

    def test_values_go_and_come_back_with_it(self, late: Late, timings: Timings) -> None:
        timings.note("late", "unavailable, after the gateway went", late.gone, limit=GONE)
        timings.note("late", "values, after it came back", late.back[1], limit=BACK)

    def test_the_other_meter_is_not_disturbed(self, late: Late, timings: Timings) -> None:
        assert late.disturbed == []
        timings.note("late", "longest pause of the other meter", late.pause, limit=PAUSE)

    def test_nothing_is_complained_of(self, late: Late) -> None:
        assert late.complaints == []
