import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import pytest
import serialx

from custom_components.emucs_p1.p1 import (
    Link,
    LinkProblem,
    ReaderStats,
    Telegram,
    parse_telegram,
)
from custom_components.emucs_p1.p1 import (
    link as link_module,
)
from custom_components.emucs_p1.p1.link import SLOW_INTERVAL, diagnose, next_delay, pause
from simulator.server import MeterServer, PtyServer

from .ports import PATIENCE, Gateway, a_cable, open_files, until
from .telegrams import ENCRYPTED_HEADER, a_meter, simulated

pytestmark = pytest.mark.usefixtures("socket_enabled")

DAMAGED = simulated().replace(b"1-0:1.7.0(0", b"1-0:1.7.0(9")


class SomethingElseError(Exception):
    """What Home Assistant raises through the opener, such as ConfigEntryNotReady."""


class Heard:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.telegrams: list[Telegram] = []
        self.newest: list[bool] = []
        self.problems: list[LinkProblem] = []
        self.failures: list[BaseException] = []

    def telegram_received(self, telegram: Telegram, *, newest: bool = True) -> None:
        self.telegrams.append(telegram)
        self.newest.append(newest)

    def link_lost(self, problem: LinkProblem) -> None:
        self.problems.append(problem)

    def link_failed(self, error: BaseException) -> None:
        self.failures.append(error)

    async def count(self, telegrams: int) -> None:
        await until(lambda: len(self.telegrams) >= telegrams)

    async def problem(self) -> LinkProblem:
        await until(lambda: self.problems)
        return self.problems[-1]


@asynccontextmanager
async def a_link(url: str, **options: Any) -> AsyncIterator[tuple[Link, Heard]]:
    link, heard = Link(url, **options), Heard()
    link.listener = heard
    link.start(asyncio.get_running_loop().create_task)
    try:
        yield link, heard
    finally:
        await link.stop()


def closed_url() -> Awaitable[str]:
    async def url() -> str:
        async with Gateway() as gateway:
            return gateway.url

    return url()


@pytest.fixture
def tune(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what sets the constants of the link."""

    def set_constants(**values: float) -> None:
        for name, value in values.items():
            monkeypatch.setattr(link_module, name, value)

    return set_constants


@pytest.fixture(autouse=True)
def quick(tune: Callable[..., None]) -> None:
    """Let nobody wait for a whole second."""
    tune(_FIRST_DELAY=0.02, _DELAY_AT_FIRST=0.05)


# Telegrams


async def test_telegrams_come_over_tcp() -> None:
    async with MeterServer(a_meter()) as server, a_link(f"tcp://127.0.0.1:{server.port}") as (link, heard):
        await heard.count(1)
        assert link.last_telegram == heard.telegrams[-1]
        assert (link.up, link.problem, link.connections, link.outages) == (True, None, 1, 0)
        assert link.last_received is not None


async def test_telegrams_come_over_a_serial_port() -> None:
    async with PtyServer(a_meter()) as server, a_link(str(server.path)) as (link, heard):
        await heard.count(1)
        assert link.stats.telegrams == len(heard.telegrams)


async def test_telegrams_come_in_order() -> None:
    stream = [simulated(second) for second in range(20)]
    async with Gateway(b"".join(stream)) as gateway, a_link(gateway.url) as (_, heard):
        await heard.count(20)
        assert heard.telegrams == [parse_telegram(frame) for frame in stream]


async def test_without_a_listener_telegrams_are_kept() -> None:
    async with Gateway(simulated()) as gateway, a_link(gateway.url) as (link, _):
        link.listener = None
        await until(lambda: link.last_telegram)


async def test_a_new_link_is_neither_up_nor_down() -> None:
    link = Link("/dev/meter")
    assert (link.up, link.problem, link.last_telegram, link.usual_interval) == (False, None, None, None)


# What is wrong


async def test_a_port_that_refuses_cannot_connect() -> None:
    async with a_link(await closed_url()) as (link, heard):
        assert await heard.problem() is LinkProblem.CANNOT_CONNECT
        assert (link.up, link.problem, link.outages) == (False, LinkProblem.CANNOT_CONNECT, 1)


async def test_a_port_that_somebody_holds_is_in_use() -> None:
    with a_cable() as cable:
        async with a_link(cable.path) as (link, _), a_link(cable.path) as (other, _):
            await until(lambda: link.problem or other.problem)
            assert {link.problem, other.problem} == {None, LinkProblem.PORT_IN_USE}


async def test_an_address_that_is_none_is_told() -> None:
    async with a_link("nothing://meter") as (_, heard):
        assert await heard.problem() is LinkProblem.INVALID_ADDRESS


async def test_a_problem_is_told_once_per_outage() -> None:
    async with a_link(await closed_url()) as (link, heard):
        await heard.problem()
        await asyncio.sleep(0.3)
        assert (len(heard.problems), link.outages) == (1, 1)


@pytest.mark.parametrize(
    ("greeting", "problem"),
    [
        (b"", LinkProblem.NO_DATA),
        (b"login: ", LinkProblem.NOT_P1),
        (DAMAGED, LinkProblem.CRC_ERRORS),
        (ENCRYPTED_HEADER + b"x" * 50, LinkProblem.ENCRYPTED),
    ],
)
async def test_a_port_without_telegrams_is_down_when_patience_ends(
    greeting: bytes, problem: LinkProblem, tune: Callable[..., None]
) -> None:
    tune(PATIENCE=0.5)
    async with Gateway(greeting) as gateway, a_link(gateway.url) as (_, heard):
        assert await heard.problem() is problem


@pytest.mark.parametrize(
    ("last", "problem"),
    [
        (b"", LinkProblem.NO_DATA),
        (simulated()[:400], LinkProblem.NO_DATA),
        (b"\xff" * 30_000, LinkProblem.NOT_P1),
        (DAMAGED, LinkProblem.CRC_ERRORS),
    ],
    ids=["silence", "half a telegram", "garbage", "damaged telegram"],
)
async def test_what_came_before_the_last_telegram_is_not_held_against_the_port(
    last: bytes, problem: LinkProblem, tune: Callable[..., None]
) -> None:
    tune(PATIENCE=0.5)
    stream = b"noise\r\n" + DAMAGED + simulated(1)
    async with Gateway(stream) as gateway, a_link(gateway.url) as (_, heard):
        await heard.count(1)
        gateway.send(last)
        assert await heard.problem() is problem


async def test_garbage_is_no_sign_of_life(tune: Callable[..., None]) -> None:
    tune(PATIENCE=0.5)
    async with Gateway(simulated()) as gateway, a_link(gateway.url) as (_, heard):
        async with asyncio.timeout(PATIENCE):
            while not heard.problems:
                gateway.send(b"\xff" * 1000)
                await asyncio.sleep(0.02)
        assert heard.problems == [LinkProblem.NOT_P1]


async def test_a_port_that_is_silent_is_opened_again(tune: Callable[..., None]) -> None:
    tune(PATIENCE=0.2)
    async with Gateway() as gateway, a_link(gateway.url) as (link, _):
        await until(lambda: link.connections >= 3)
        assert link.outages == 1


@pytest.mark.parametrize("error", [SomethingElseError("not ready"), LookupError("bug")])
async def test_an_error_that_is_not_the_ports_ends_the_link(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def opener(*_: object, **__: object) -> NoReturn:
        raise error

    monkeypatch.setattr(serialx, "create_serial_connection", opener)
    async with a_link("esphome://meter") as (_, heard):
        await until(lambda: heard.failures)
        assert (heard.failures, heard.problems) == ([error], [])


async def test_an_error_is_nobodys_when_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    async def opener(*_: object, **__: object) -> NoReturn:
        raise SomethingElseError

    monkeypatch.setattr(serialx, "create_serial_connection", opener)
    async with a_link("esphome://meter") as (link, heard):
        link.listener = None
        await until(lambda: link._task is not None and link._task.done())
        assert heard.failures == []


def test_the_diagnosis_names_the_most_telling_first() -> None:
    now = ReaderStats(bytes=9, crc_errors=1, encrypted_frames=1)
    assert diagnose(ReaderStats(), now) is LinkProblem.ENCRYPTED
    assert diagnose(ReaderStats(encrypted_frames=1), now) is LinkProblem.CRC_ERRORS
    assert diagnose(ReaderStats(encrypted_frames=1, crc_errors=1), now) is LinkProblem.NOT_P1
    assert diagnose(now, now) is LinkProblem.NO_DATA
    assert diagnose(now, now, closed=True) is LinkProblem.CANNOT_CONNECT


# Gone and back


async def test_a_gateway_that_is_back_at_once_is_not_shown() -> None:
    async with Gateway(simulated()) as gateway, a_link(gateway.url) as (link, heard):
        for telegrams in range(1, 4):
            await heard.count(telegrams)
            gateway.drop()
        await heard.count(4)
        assert (heard.problems, link.outages, link.up) == ([], 0, True)


async def test_a_gateway_that_stays_away_is_down_after_the_grace(tune: Callable[..., None]) -> None:
    tune(GRACE=0.3)
    loop = asyncio.get_running_loop()
    async with Gateway(simulated()) as gateway, a_link(gateway.url) as (link, heard):
        await heard.count(1)
        gone = loop.time()
        await gateway.close()
        assert link.up
        assert await heard.problem() is LinkProblem.CANNOT_CONNECT
        assert loop.time() - gone > 0.28
        assert not link.up


async def test_a_gateway_that_is_back_just_in_time_gets_time_for_its_telegram(
    tune: Callable[..., None],
) -> None:
    # Back well within the grace; its telegram well after that, and well within the second one.
    tune(GRACE=1.5, _FIRST_DELAY=0.9, _DELAY_AT_FIRST=0.9)
    async with Gateway(simulated()) as gateway, a_link(gateway.url) as (link, heard):
        await heard.count(1)
        gateway.greeting = b""
        gateway.drop()
        await until(lambda: gateway.connections == 2)
        await asyncio.sleep(0.9)
        gateway.send(simulated())
        await heard.count(2)
        assert (heard.problems, link.up) == ([], True)


def test_an_attempt_that_hung_was_a_wait_already() -> None:
    assert 3 <= pause(4, 0) <= 4
    assert pause(4, 4) == 0.5


async def test_a_gateway_that_is_back_without_telegrams_is_down_after_the_grace(
    tune: Callable[..., None],
) -> None:
    tune(GRACE=1)
    async with Gateway(simulated()) as gateway, a_link(gateway.url) as (link, heard):
        await heard.count(1)
        gateway.greeting = b""
        gateway.drop()
        assert await heard.problem() is LinkProblem.CANNOT_CONNECT
        assert link.connections == 2


async def test_a_gateway_that_closes_again_and_again_is_down_after_one_grace(
    tune: Callable[..., None],
) -> None:
    tune(GRACE=0.5)
    async with Gateway(simulated()) as gateway, a_link(gateway.url) as (_, heard):
        await heard.count(1)
        gateway.greeting = b""
        async with asyncio.timeout(PATIENCE):
            while not heard.problems:
                gateway.drop()
                await asyncio.sleep(0.02)
        assert gateway.connections > 2


async def test_a_connection_that_never_brought_anything_has_no_grace(tune: Callable[..., None]) -> None:
    tune(GRACE=10 * PATIENCE)
    async with Gateway() as gateway, a_link(gateway.url) as (_, heard):
        await until(lambda: gateway.clients)
        gateway.drop()
        assert await heard.problem() is LinkProblem.CANNOT_CONNECT


async def test_a_gateway_that_was_down_is_up_with_its_first_telegram(tune: Callable[..., None]) -> None:
    tune(GRACE=0.05)
    async with Gateway(simulated()) as gateway, a_link(gateway.url) as (link, heard):
        await heard.count(1)
        await gateway.close()
        await heard.problem()
        await gateway.open()
        await heard.count(2)
        assert (link.up, link.problem, link.outages) == (True, None, 1)


async def test_every_outage_is_told(tune: Callable[..., None]) -> None:
    tune(GRACE=0.05)
    async with Gateway(simulated()) as gateway, a_link(gateway.url) as (link, heard):
        for outages in range(1, 4):
            await until(lambda: link.up)
            await gateway.close()
            await until(lambda outages=outages: len(heard.problems) == outages)
            await gateway.open()
        assert link.outages == 3


async def test_a_cable_that_is_unplugged_is_down_after_the_grace(tune: Callable[..., None]) -> None:
    tune(GRACE=0.05)
    with a_cable() as cable:
        async with a_link(cable.path) as (link, heard):
            await cable.send_until(lambda: link.up, simulated())
            cable.unplug()
            assert await heard.problem() is LinkProblem.CANNOT_CONNECT


async def test_half_a_telegram_does_not_continue_on_the_next_connection() -> None:
    frame = simulated()
    async with Gateway(frame[:500]) as gateway, a_link(gateway.url) as (link, heard):
        await until(lambda: link.stats.bytes == 500)
        gateway.greeting = frame[500:] + simulated(1)
        gateway.drop()
        await heard.count(1)
        assert heard.telegrams == [parse_telegram(simulated(1))]


async def test_a_hurry_tries_at_once(tune: Callable[..., None]) -> None:
    tune(_FIRST_DELAY=100, _DELAY_AT_FIRST=100)
    async with Gateway(simulated()) as gateway:
        await gateway.close()
        async with a_link(gateway.url) as (link, heard):
            await heard.problem()
            await gateway.open()
            link.hurry()
            await heard.count(1)


def test_the_first_quarter_of_an_hour_is_tried_often_and_then_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    # As in real life.
    monkeypatch.undo()
    tried, delay, outage = [], 0.0, 0.0
    while outage < 1200:
        delay = next_delay(delay, outage)
        tried.append((outage, delay))
        outage += delay
    assert [delay for _, delay in tried[:5]] == [1, 2, 3.5, 3.5, 3.5]
    assert {delay for outage, delay in tried[2:] if outage < 900} == {3.5}
    assert [delay for outage, delay in tried if outage >= 900][:6] == [7, 14, 28, 56, 60, 60]


# Slow gateways


def told(link: Link, *seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let telegrams come at these moments after the port was opened."""
    loop = asyncio.get_running_loop()
    for second in seconds:
        monkeypatch.setattr(loop, "time", lambda second=second: second)
        link._received(simulated())


async def test_the_usual_interval_is_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    link = Link("/dev/meter")
    told(link, *range(60, 1200, 60), monkeypatch=monkeypatch)
    assert link.usual_interval == pytest.approx(60)


async def test_patience_is_five_usual_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    link = Link("/dev/meter")
    told(link, 10, 20, 30, monkeypatch=monkeypatch)
    assert link._patience() == pytest.approx(50)


async def test_patience_is_fifteen_seconds_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    link = Link("/dev/meter")
    told(link, 1, 2, 3, monkeypatch=monkeypatch)
    assert link._patience() == 15


def test_patience_is_long_for_a_gateway_known_to_be_slow() -> None:
    assert Link("/dev/meter", usual_interval=SLOW_INTERVAL + 0.1)._patience() == 90


@pytest.mark.parametrize("usual", [None, 1.0, SLOW_INTERVAL])
def test_patience_is_short_for_any_other(usual: float | None) -> None:
    assert Link("/dev/meter", usual_interval=usual)._patience() == 15


async def test_one_late_telegram_is_a_suspicion_of_slowness(monkeypatch: pytest.MonkeyPatch) -> None:
    link = Link("/dev/meter")
    told(link, 5, monkeypatch=monkeypatch)
    assert link._patience() == 90


async def test_an_outage_is_no_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    link = Link("/dev/meter")
    told(link, 1, 2, 3, monkeypatch=monkeypatch)
    link._lose(LinkProblem.CANNOT_CONNECT)
    link._opened = 3600
    told(link, 3601, 3602, monkeypatch=monkeypatch)
    assert link.usual_interval == pytest.approx(1)


async def test_an_interval_longer_than_patience_is_learnt_from_the_outage_that_it_makes(
    tune: Callable[..., None],
) -> None:
    tune(PATIENCE=0.2, PATIENCE_SLOW=0.2)
    async with Gateway(simulated()) as gateway, a_link(gateway.url) as (link, heard):
        await heard.count(1)
        gateway.greeting = b""
        assert await heard.problem() is LinkProblem.NO_DATA
        await asyncio.sleep(0.3)
        tune(PATIENCE_SLOW=90)
        async with asyncio.timeout(PATIENCE):
            while len(heard.telegrams) < 2:
                gateway.send(simulated())
                await asyncio.sleep(0.05)
        assert link.usual_interval is not None
        assert link.usual_interval > 0.4


async def test_a_silence_is_no_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    link = Link("/dev/meter")
    told(link, 1, 2, 3, monkeypatch=monkeypatch)
    link._lose(LinkProblem.NO_DATA)
    told(link, 48, 49, 50, monkeypatch=monkeypatch)
    assert link._patience() == 15


async def test_patience_that_shrinks_is_noticed(tune: Callable[..., None]) -> None:
    # It is not opened again before we have looked.
    tune(PATIENCE=1, _FIRST_DELAY=100)
    async with Gateway(simulated()) as gateway, a_link(gateway.url, usual_interval=60.0) as (link, heard):
        for number in range(1, 6):
            await heard.count(number)
            await asyncio.sleep(0.11)
            gateway.send(simulated())
        assert await heard.problem() is LinkProblem.NO_DATA
        assert link.connections == 1


async def test_a_gateway_that_saves_telegrams_up_is_known_by_the_gap_before_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    link = Link("/dev/meter")
    told(
        link, *(batch + i / 1000 for batch in range(20, 400, 20) for i in range(20)), monkeypatch=monkeypatch
    )
    assert link.usual_interval == pytest.approx(20, rel=0.01)


async def test_of_what_a_slow_gateway_hands_over_in_pieces_only_the_last_is_the_newest(
    tune: Callable[..., None],
) -> None:
    async with Gateway(simulated()) as gateway, a_link(gateway.url) as (_, heard):
        await heard.count(1)
        tune(SLOW_INTERVAL=0.1, BATCH=1)
        await asyncio.sleep(0.15)
        for _ in range(3):
            gateway.send(simulated() * 2)
            await asyncio.sleep(0.01)
        await heard.count(7)
    assert heard.newest == [True, *[False] * 5, True]


async def test_a_slow_gateway_that_closes_after_each_telegram_is_called_again_soon(
    tune: Callable[..., None],
) -> None:
    tune(SLOW_INTERVAL=0.05, BATCH=0.1, _FIRST_DELAY=0.02, _DELAY_AT_FIRST=5.0)
    async with Gateway(simulated()) as gateway, a_link(gateway.url) as (_, heard):
        for number in range(1, 9):
            await heard.count(number)
            await asyncio.sleep(0.1)
            gateway.drop()


async def test_a_link_that_is_stopped_delivers_nothing_any_more(tune: Callable[..., None]) -> None:
    tune(BATCH=0.5)
    async with Gateway(simulated()) as gateway, a_link(gateway.url, usual_interval=60.0) as (link, heard):
        await until(lambda: link._batch)
        await link.stop()
        await asyncio.sleep(0.6)
    assert heard.telegrams == []


async def test_a_slow_gateway_that_reconnects_at_once_is_not_shown(tune: Callable[..., None]) -> None:
    tune(GRACE=0.3)
    async with Gateway(simulated()) as gateway, a_link(gateway.url, usual_interval=60.0) as (link, heard):
        await heard.count(1)
        link.usual_interval = 60.0
        gateway.greeting = b""
        gateway.drop()
        await until(lambda: gateway.connections == 2)
        await asyncio.sleep(0.5)
        assert (heard.problems, link.up) == ([], True)


# The end


async def test_a_port_is_free_when_its_link_has_stopped() -> None:
    with a_cable() as cable:
        for _ in range(3):
            async with a_link(cable.path) as (link, _):
                await cable.send_until(lambda link=link: link.up, simulated())
                assert link.outages == 0


async def test_nothing_is_heard_of_a_link_that_has_stopped(tune: Callable[..., None]) -> None:
    tune(GRACE=0.05)
    async with Gateway(simulated()) as gateway:
        async with a_link(gateway.url) as (_, heard):
            await heard.count(1)
            await gateway.close()
        await asyncio.sleep(0.2)
        assert heard.problems == []


async def test_stopping_what_has_not_started_is_fine() -> None:
    await Link("/dev/meter").stop()


async def test_stopping_twice_is_fine() -> None:
    async with a_link(await closed_url()) as (link, _):
        await link.stop()


async def test_stopping_what_has_failed_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    async def opener(*_: object, **__: object) -> NoReturn:
        raise SomethingElseError

    monkeypatch.setattr(serialx, "create_serial_connection", opener)
    async with a_link("esphome://meter") as (link, heard):
        await until(lambda: heard.failures)
        await link.stop()


@pytest.mark.parametrize("kind", ["cable", "gateway", "refused"])
async def test_fifty_starts_leave_nothing_behind(kind: str) -> None:
    async with Gateway(simulated()) as gateway:
        with a_cable() as cable:
            url = {"cable": cable.path, "gateway": gateway.url, "refused": await closed_url()}[kind]
            files, tasks = open_files(), asyncio.all_tasks()
            for number in range(50):
                async with a_link(url) as (link, heard):
                    # In every state of an attempt: from its first step to a port that is open.
                    if number % 10 == 0:
                        await until(lambda link=link, heard=heard: link.connections or heard.problems)
                    else:
                        await asyncio.sleep(0.002 * (number % 10))
            await until(lambda: not gateway.clients)
            await until(lambda: asyncio.all_tasks() <= tasks)
            await until(lambda: open_files() <= files)
