"""The month itself is benchmarks/soak.py; here is shown that those who watch it see, and that time leaps."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
import threading
import time
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant
import pytest

from benchmarks import soak
from benchmarks.soaking import acts, line
from benchmarks.soaking.clock import Clock, Loop
from benchmarks.soaking.faults import SECONDS, Kind, Strike, strikes
from benchmarks.soaking.history import judge
from benchmarks.soaking.leaks import Counts, grown
from benchmarks.soaking.line import Line, Trouble
from benchmarks.soaking.meter import HOSTILE, House, hostile, shifted, stamped, without_gas
from benchmarks.soaking.watch import Watch
from custom_components.emucs_p1.p1 import TelegramReader, parse_telegram

BRUSSELS = ZoneInfo("Europe/Brussels")
NOON = int(datetime(2026, 3, 29, 12, tzinfo=BRUSSELS).timestamp())
MONTH = 31 * 86_400
HOUR = 3600
FEW = Counts(
    tasks=3, listeners=39, signals=6, timers=9, files=17, threads=7, ours=20, objects=330_000, megabytes=250.0
)


@pytest.fixture(scope="module")
def house() -> House:
    return House(7)


@pytest.fixture(scope="module")
def telegram(house: House) -> bytes:
    return house.telegram(NOON)


def test_every_hour_but_the_last_has_one_fault_that_is_over_before_the_next() -> None:
    due = strikes(1, NOON, NOON + MONTH)
    assert [(strike.start - NOON) // HOUR for strike in due] == list(range(MONTH // HOUR - 1))
    assert all((strike.end - NOON) % HOUR <= 3000 for strike in due)


def test_every_kind_of_fault_comes_as_often_and_as_long_as_the_table_says() -> None:
    due = strikes(1, NOON, NOON + MONTH)
    often = Counter(strike.kind for strike in due)
    assert max(often.values()) - min(often[kind] for kind in Kind) <= 1
    assert all(SECONDS[each.kind][0] <= each.seconds <= SECONDS[each.kind][1] for each in due)


def test_a_seed_settles_the_faults() -> None:
    assert strikes(1, NOON, NOON + MONTH) == strikes(1, NOON, NOON + MONTH) != strikes(2, NOON, NOON + MONTH)


def test_a_wrong_clock_changes_the_stamp_alone(telegram: bytes) -> None:
    before, after = parse_telegram(telegram), parse_telegram(shifted(telegram, NOON, -60))
    assert before.timestamp is not None
    assert after.timestamp == before.timestamp - timedelta(minutes=1)
    assert after.energy_import == before.energy_import


def test_a_wrong_clock_does_not_close_a_quarter() -> None:
    strike = Strike(kind=Kind.CLOCK_JUMP, start=NOON + 200, seconds=500)
    assert [jump for jump in (-300, 60, 300) if acts._stays(strike, jump)] == [60]


def test_a_clock_that_stands_keeps_its_season(telegram: bytes) -> None:
    winter = datetime(2026, 3, 29, 0, 59, 50, tzinfo=UTC)
    assert b"0-0:1.0.0(260329015950W)" in stamped(telegram, winter)


def test_without_gas_water_is_left(telegram: bytes) -> None:
    assert [device.channel for device in parse_telegram(without_gas(telegram)).mbus] == [2]


@pytest.mark.parametrize("lines", HOSTILE)
def test_every_hostile_telegram_has_a_good_checksum_and_its_lines(telegram: bytes, lines: Any) -> None:
    altered = hostile(telegram, lines)
    assert parse_telegram(altered)
    assert all(value in altered for value in lines.values())


@pytest.mark.parametrize("spoil", [line.noise, line.bad_crc, line.cut_short])
def test_what_is_spoiled_brings_no_telegram(telegram: bytes, spoil: Any) -> None:
    chance, reader = Random(1), TelegramReader()
    assert not [each for _ in range(20) for each in reader.feed(spoil(telegram, chance))]


def test_what_is_damaged_brings_some_telegrams(telegram: bytes) -> None:
    chance, reader = Random(1), TelegramReader()
    assert 0 < len([each for _ in range(20) for each in reader.feed(line.damaged(telegram, chance))]) < 20


def test_what_is_garbled_brings_every_telegram(telegram: bytes) -> None:
    chance, reader = Random(1), TelegramReader()
    assert len([each for _ in range(20) for each in reader.feed(line.garbled(telegram, chance))]) == 20


async def test_chunks_bring_every_telegram_but_the_last(house: House) -> None:
    reader, taken = TelegramReader(), list[Any]()
    meter = Line(house, Clock(), Random(1), 10, trouble=Trouble(chunks=True))
    await meter.port.open(
        asyncio.get_running_loop(), lambda: _Taker(lambda data: taken.extend(reader.feed(data))), "", 0
    )
    for second in range(NOON, NOON + 100, 10):
        meter.send(second)
        await asyncio.sleep(0)
    assert len(taken) in {9, 10}
    assert all(b.timestamp - a.timestamp == timedelta(seconds=10) for a, b in pairwise(taken))


class _Taker(asyncio.Protocol):
    def __init__(self, take: Any) -> None:
        self.data_received = take


def test_hours_of_sleep_take_no_time() -> None:
    clock, begin = Clock(), time.perf_counter()
    clock.busy = lambda: False
    clock.start(datetime(2026, 3, 28, tzinfo=UTC))

    async def sleep() -> datetime:
        await asyncio.sleep(5 * HOUR)
        return clock.now()

    with asyncio.Runner(loop_factory=lambda: Loop(clock)) as runner:
        assert runner.run(sleep()) == datetime(2026, 3, 28, 5, tzinfo=UTC)
    assert time.perf_counter() - begin < 2


def test_time_does_not_leap_while_a_thread_works() -> None:
    clock, go = Clock(), threading.Event()
    clock.busy = lambda: False

    async def work() -> bool:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(10):
            job = loop.run_in_executor(None, go.wait)
            loop.call_later(0.01, go.set)
            done = await job
        clock.busy = lambda: True
        return done

    with asyncio.Runner(loop_factory=lambda: Loop(clock)) as runner:
        assert runner.run(work())


@pytest.mark.parametrize(("days", "day"), [(1, "2026-03-31"), (4, "2026-03-28"), (31, "2026-03-10")])
def test_a_soak_of_any_length_sees_the_month_end(days: int, day: str) -> None:
    start = datetime.fromtimestamp(soak.begin(days), BRUSSELS)
    assert start.date().isoformat() == day
    assert start < datetime(2026, 4, 1, tzinfo=BRUSSELS) < start + timedelta(days=days)


def test_one_listener_too_many_is_a_leak() -> None:
    more = Counts(
        tasks=3,
        listeners=40,
        signals=6,
        timers=9,
        files=17,
        threads=7,
        ours=20,
        objects=330_000,
        megabytes=255.0,
    )
    assert grown(FEW, more) == ["listeners: 39 grew to 40"]


def test_a_spike_in_the_statistics_is_found(house: House) -> None:
    rows = _rows(house)
    assert judge("energy_import", rows, house, NOON + 4 * HOUR).wrong == ()
    rows[2]["change"] = 17.5
    assert "17.500 in the hour" in judge("energy_import", rows, house, NOON + 4 * HOUR).wrong[0]


def test_a_sum_that_is_not_the_registers_is_found(house: House) -> None:
    rows = _rows(house)
    rows[-1]["sum"] += 1
    assert "the sum is" in judge("energy_import", rows, house, NOON + 4 * HOUR).wrong[0]


def _rows(house: House) -> list[dict[str, float]]:
    rows, before = list[dict[str, float]](), _kwh(house, NOON)
    for start in range(NOON, NOON + 4 * HOUR, HOUR):
        state = _kwh(house, start + HOUR)
        change = state - (rows[-1]["state"] if rows else before)
        rows.append({"start": start, "state": state, "sum": state - before, "change": change})
    return rows


def _kwh(house: House, second: int) -> float:
    now = house.reading(second)
    return (now.import_day_wh + now.import_night_wh) / 1000


class _Home:
    """As much of a home as the watch looks at."""

    loaded = False

    def __init__(self, hass: HomeAssistant) -> None:
        self.hass = hass
        self.entity_ids = {
            "energy_import": "sensor.register",
            "power": "sensor.power",
            "quarter": "event.quarter",
        }


@pytest.fixture
def watch(hass: HomeAssistant, house: House) -> Watch:
    clock = Clock()
    clock.start(datetime.fromtimestamp(NOON, UTC))
    watch = Watch(_Home(hass), house, clock, since=NOON)  # type: ignore[arg-type]
    watch.meter_knows(house.reading(NOON))
    return watch


async def test_the_register_of_the_meter_is_right(hass: HomeAssistant, watch: Watch, house: House) -> None:
    hass.states.async_set("sensor.register", str(_kwh(house, NOON)))
    assert (watch.checked, watch.wrong) == (1, Counter())


@pytest.mark.parametrize(("more", "wrong"), [(-0.2, "fell"), (0.002, "instead of")])
async def test_a_register_that_falls_or_leaps_is_wrong(
    hass: HomeAssistant, watch: Watch, house: House, more: float, wrong: str
) -> None:
    hass.states.async_set("sensor.register", str(_kwh(house, NOON) - 0.1))
    hass.states.async_set("sensor.register", str(_kwh(house, NOON) + more))
    assert watch.wrong.total() == 1
    assert wrong in watch.examples[0]


async def test_a_power_that_nobody_drew_is_wrong(hass: HomeAssistant, watch: Watch) -> None:
    hass.states.async_set("sensor.power", "90000", {"unit_of_measurement": "W"})
    assert "were drawn" in watch.examples[0]


async def test_no_value_long_after_the_last_fault_is_wrong(
    hass: HomeAssistant, watch: Watch, house: House
) -> None:
    hass.states.async_set("sensor.register", str(_kwh(house, NOON)))
    watch._clock.elapsed += 600
    hass.states.async_set("sensor.register", "unavailable")
    assert "no value without a fault" in watch.examples[0]


@pytest.mark.parametrize(("error", "wrong"), [(3.0, 0), (5.0, 1)])
async def test_a_complete_quarter_is_held_against_the_registers(
    hass: HomeAssistant, watch: Watch, house: House, error: float, wrong: int
) -> None:
    end = datetime.fromtimestamp(NOON, UTC)
    demand = (house.quarter_w(end) + error) / 1000
    figures = {"event_type": "quarter_completed", "end": end.isoformat(), "demand": demand, "complete": True}
    hass.states.async_set("event.quarter", "2026-03-29T10:00:00", figures)
    assert watch.quarters.complete == {end}
    assert watch.wrong.total() == wrong


async def test_near_a_fault_a_quarter_may_differ_by_a_step_more(
    hass: HomeAssistant, watch: Watch, house: House
) -> None:
    end = datetime.fromtimestamp(NOON, UTC)
    watch.struck(Strike(kind=Kind.SILENCE, start=NOON - 20, seconds=10))
    demand = (house.quarter_w(end) + 7) / 1000
    figures = {"event_type": "quarter_completed", "end": end.isoformat(), "demand": demand, "complete": True}
    hass.states.async_set("event.quarter", "2026-03-29T10:00:00", figures)
    assert watch.wrong.total() == 0


@pytest.mark.parametrize(("kind", "wrong"), [(Kind.KILL, 0), (Kind.RESTART, 1)])
async def test_a_quarter_is_told_again_after_a_kill_alone(
    hass: HomeAssistant, watch: Watch, house: House, kind: Kind, wrong: int
) -> None:
    end = datetime.fromtimestamp(NOON, UTC)
    watch.struck(Strike(kind=kind, start=NOON, seconds=10))
    demand = house.quarter_w(end) / 1000
    figures = {"event_type": "quarter_completed", "end": end.isoformat(), "demand": demand, "complete": True}
    for told in ("2026-03-29T10:00:00", "2026-03-29T10:01:00"):
        hass.states.async_set("event.quarter", told, figures)
    assert watch.wrong.total() == wrong


async def test_quarters_near_a_fault_may_be_missed(watch: Watch) -> None:
    watch.struck(Strike(kind=Kind.SILENCE, start=NOON + 1000, seconds=10))
    watch._clock.elapsed += 1010
    watch.mended()
    ends = {int(end.timestamp()) - NOON for end in watch.untroubled(NOON, NOON + HOUR)}
    assert ends == {2700, 3600}
