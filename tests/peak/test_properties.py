"""Whatever a meter sends: what always holds of the states."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
import json
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from custom_components.emucs_p1.p1 import MonthPeak, Telegram
from custom_components.emucs_p1.peak import PeakSettings, QuarterState, QuarterTracker

from .meter import NOON, QUARTER, local, restarted

# A failure prints its example and a line to repeat it with.
LIVELY = settings(deadline=None, max_examples=60, print_blob=True)
QUARTER_LENGTH = timedelta(seconds=QUARTER)


@dataclass
class House:
    """The truth behind the telegrams, for whatever the clock says."""

    time: int = int(NOON.timestamp())
    power: float = 0.5
    energy: float = 1_000_000.0
    begun: float = 1_000_000.0

    def go_on(self, seconds: int, power: float) -> None:
        before, self.time = self.time, self.time + seconds
        self.energy += self.power * max(seconds, 0)
        self.power = power
        if self.time // QUARTER != before // QUARTER:
            self.begun = self.energy - power * min(self.time % QUARTER, max(seconds, 0))

    def telegram(self, **wrong: Any) -> Telegram:
        told = {
            "timestamp": local(datetime.fromtimestamp(self.time, UTC)),
            "power": self.power,
            "power_import": self.power,
            "quarter_demand": round(max(self.energy - self.begun, 0.0) / QUARTER, 3),
            "energy_import": round(self.energy / 3600, 3),
            "sent": frozenset({"power", "voltage_l1"}),
        }
        return Telegram(identification="", **told | wrong)


def pick(chance: Random) -> tuple[datetime, float | None]:
    """Return the time and the height of a peak, some of them undefined."""
    return local(NOON + timedelta(days=chance.randint(-500, 5))), round(chance.uniform(0, 9), 3)


def history(chance: Random) -> tuple[MonthPeak, ...]:
    ends = (local(NOON + timedelta(days=chance.randint(-500, 20))) for _ in range(chance.randint(0, 5)))
    return tuple(MonthPeak(end, *chance.choice((pick(chance), (None, None)))) for end in ends)


PACES = (1, 5, 10, 10, 10, 10, 10, 20, 59, 60)
LEAPS = (*PACES, *PACES, 0, 0, -1, -10, -700, -4000, -(10**7), 61, 300, 900, 1000, 7000, 10**7)
POWERS = (0.0, 0.2, 0.2, 2.4, 7.4, 11.0)
DAMAGE: tuple[dict[str, Any], ...] = (
    {"timestamp": None},
    {"power_import": None, "power": None},
    {"power": None},
    {"power_import": -1.0},
    {"power_import": 99.999, "power": 99.999},
    {"quarter_demand": None},
    {"quarter_demand": -0.5},
    {"quarter_demand": 99.999},
    {"quarter_demand": 0.0},
    {"energy_import": None},
    {"energy_import": 0.0},
    {"energy_import": 1e15},
    {"limiter_threshold": 3.0, "fuse_threshold": 25.0},
    {"malformed": ("1-0:1.6.0(", "0-0:98.1.0(")},
    {"sent": frozenset({"power", "voltage_l2"}), "grid": "230"},
)


def wrong(chance: Random, often: float) -> dict[str, Any]:
    """Return what is wrong with a telegram, or new in it."""
    if chance.random() > often:
        return {}
    time, peak = pick(chance)
    return chance.choice(
        (*DAMAGE, {"month_peak_time": time, "month_peak": peak}, {"peak_history": history(chance)})
    )


def lived(seed: int, paces: tuple[int, ...]) -> list[Telegram]:
    """Return a made-up life of a house and its meter."""
    chance, house, telegrams = Random(seed), House(), []
    often, lacking = chance.choice((0.0, 0.05, 0.4)), chance.choice(LACKING)
    for _ in range(chance.randint(50, 250)):
        power = chance.choice(POWERS) if chance.random() < 0.1 else house.power
        house.go_on(chance.choice(paces), power)
        telegrams.append(house.telegram(**(lacking | wrong(chance, often))))
    return telegrams


LACKING: tuple[dict[str, Any], ...] = (
    {},
    {"quarter_demand": None},
    {"energy_import": None},
    {"quarter_demand": None, "energy_import": None},
)
seeds = st.integers(0, 2**32)
choices = st.builds(
    PeakSettings,
    target=st.floats(0.5, 30),
    sheddable=st.floats(0.1, 20),
    hold_target=st.booleans(),
    connection_current=st.one_of(st.none(), st.floats(6, 80)),
)


def check(state: QuarterState) -> None:
    """Assert what holds of any state."""
    assert state.end - state.start == QUARTER_LENGTH
    assert 0 <= state.elapsed < QUARTER
    assert (state.demand is None) == (state.source is None) == (state.outlook is None)
    assert not state.act_now or state.warning
    assert state.months.billed is None or state.months.billed >= 2.5
    assert len(state.months.closed) <= 13
    assert state.last is None or (state.last.end == state.start and state.last.demand >= 0)
    if state.outlook is not None:
        assert state.demand is not None
        assert 0 <= state.outlook.low <= state.outlook.mean <= state.outlook.high
        assert state.demand <= state.outlook.mean + 0.001
        assert 0 <= state.outlook.probability <= 1
        if state.demand > state.threshold + 0.001:
            assert state.passed
            assert state.outlook.probability == 1
    if state.allowance is not None:
        assert state.allowance.allowed_power >= 0
        assert state.allowance.energy_left >= 0


def check_alarms(states: Sequence[QuarterState]) -> None:
    """Assert that each goes on once and off once in its quarter, and never in its first minute."""
    for _, group in groupby(states, lambda state: state.start):
        quarter = list(group)
        for alarm in ("warning", "act_now"):
            on = [False, *(getattr(state, alarm) for state in quarter)]
            assert sum(now and not before for before, now in pairwise(on)) <= 1
        assert not any(state.warning for state in quarter if state.elapsed < 60)


def followed(tracker: QuarterTracker, telegrams: Sequence[Telegram]) -> list[QuarterState]:
    states = [state for telegram in telegrams if (state := tracker.observe(telegram)) is not None]
    for state in states:
        check(state)
    json.dumps([tracker.dump(), tracker.dump_learned()], allow_nan=False)
    return states


def test_a_running_clock_makes_sense_whatever_else_is_wrong() -> None:
    seen: Counter[str] = Counter()

    @LIVELY
    @given(choices, seeds)
    def check_them(chosen: PeakSettings, seed: int) -> None:
        states = followed(QuarterTracker(chosen), lived(seed, PACES))
        check_alarms(states)
        seen["known"] += sum(state.outlook is not None for state in states)
        seen["warned"] += any(state.warning for state in states)
        seen["finished"] += any(state.last is not None for state in states)

    check_them()
    # Or it would say little.
    assert min(seen["known"] / 100, seen["warned"], seen["finished"]) > 10


@LIVELY
@given(choices, seeds)
def test_a_leaping_clock_makes_sense_too(chosen: PeakSettings, seed: int) -> None:
    followed(QuarterTracker(chosen), lived(seed, LEAPS))


SAME = ("start", "elapsed", "demand", "source", "whole", "threshold", "passed", "allowance", "last", "months")


@LIVELY
@given(seeds, st.integers(0, 200))
def test_a_restart_changes_nothing_that_is_known_of_quarter_and_months(seed: int, place: int) -> None:
    tracker, telegrams = QuarterTracker(), lived(seed, PACES)
    followed(tracker, telegrams[:place])
    successor = restarted(tracker)
    for telegram in telegrams[place:]:
        stayed, back = tracker.observe(telegram), successor.observe(telegram)
        if stayed is not None and back is not None:
            assert [getattr(back, field) for field in SAME] == [getattr(stayed, field) for field in SAME]


@LIVELY
@given(seeds, st.integers(1, 60))
def test_telegrams_sent_twice_are_read_once(seed: int, every: int) -> None:
    telegrams = lived(seed, PACES)
    twice = [
        each
        for number, telegram in enumerate(telegrams)
        for each in [telegram] * (2 if number % every == 0 else 1)
    ]
    one, other = QuarterTracker(), QuarterTracker()
    assert followed(one, telegrams)[-1:] == followed(other, twice)[-1:]
    assert one.dump() == other.dump()
