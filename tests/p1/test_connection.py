import asyncio
from pathlib import Path
from typing import Any, NoReturn

import pytest
import serialx

from custom_components.emucs_p1.p1 import LinkError, LinkProblem
from custom_components.emucs_p1.p1 import connection as connection_module
from custom_components.emucs_p1.p1.connection import Connection, connect

from .ports import PATIENCE, Gateway, a_cable, open_files, until

pytestmark = pytest.mark.usefixtures("socket_enabled")


class SomethingElseError(Exception):
    """What Home Assistant raises through the opener, such as ConfigEntryNotReady."""


def nothing(_: bytes) -> None:
    """Take bytes without a use for them."""


async def problem_of(url: str) -> LinkProblem:
    with pytest.raises(LinkError) as caught:
        await connect(url, nothing)
    return caught.value.problem


def opener_that_raises(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    async def opener(*_: object, **__: object) -> NoReturn:
        raise error

    monkeypatch.setattr(serialx, "create_serial_connection", opener)


@pytest.mark.parametrize("scheme", ["socket", "tcp"])
async def test_bytes_come_over_tcp(scheme: str) -> None:
    received = bytearray()
    async with Gateway(b"hello") as gateway:
        connection = await connect(f"{scheme}://127.0.0.1:{gateway.port}", received.extend)
        await until(lambda: received == b"hello")
        await connection.close()


async def test_bytes_come_over_a_serial_port() -> None:
    received = bytearray()
    with a_cable() as cable:
        connection = await connect(cable.path, received.extend)
        cable.send(b"hello\xff\0")
        await until(lambda: received == b"hello\xff\0")
        await connection.close()


async def test_a_port_opens_at_115200_baud_without_low_latency(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []

    async def opener(_: object, __: object, *args: object, **options: object) -> None:
        asked.append((*args, options))

    monkeypatch.setattr(serialx, "create_serial_connection", opener)
    await connect("/dev/meter", nothing)
    assert asked == [("/dev/meter", 115200, {"low_latency": False})]


async def test_a_refused_connection_cannot_connect() -> None:
    async with Gateway() as gateway:
        url = gateway.url
    assert await problem_of(url) is LinkProblem.CANNOT_CONNECT


async def test_a_missing_device_cannot_connect(tmp_path: Path) -> None:
    assert await problem_of(str(tmp_path / "ttyUSB0")) is LinkProblem.CANNOT_CONNECT


async def test_what_is_no_terminal_cannot_connect(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert await problem_of(str(tmp_path / "file")) is LinkProblem.CANNOT_CONNECT


async def test_a_port_that_somebody_holds_is_in_use() -> None:
    with a_cable() as cable:
        connection = await connect(cable.path, nothing)
        assert await problem_of(cable.path) is LinkProblem.PORT_IN_USE
        await connection.close()


@pytest.mark.parametrize(
    "url",
    [
        "socket://",
        "socket://meter",
        "socket://127.0.0.1:99999",
        "socket://[::1",
        "nothing://meter:23",
        "/dev/tty\0",
        "tcp://x:y",
    ],
)
async def test_what_names_no_port_is_an_invalid_address(url: str) -> None:
    assert await problem_of(url) is LinkProblem.INVALID_ADDRESS


async def test_a_port_that_never_opens_cannot_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    async def opener(*_: object, **__: object) -> None:
        await asyncio.sleep(PATIENCE)

    monkeypatch.setattr(serialx, "create_serial_connection", opener)
    monkeypatch.setattr(connection_module, "CONNECT_TIMEOUT", 0.01)
    assert await problem_of("socket://meter:23") is LinkProblem.CANNOT_CONNECT


@pytest.mark.parametrize("error", [serialx.SerialException("odd"), TimeoutError(), OSError(5, "odd")])
async def test_other_refusals_cannot_connect(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    opener_that_raises(monkeypatch, error)
    assert await problem_of("/dev/meter") is LinkProblem.CANNOT_CONNECT


@pytest.mark.parametrize("error", [SomethingElseError(), asyncio.CancelledError()])
async def test_what_is_not_about_the_port_passes(
    error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    opener_that_raises(monkeypatch, error)
    with pytest.raises(type(error)):
        await connect("esphome://meter", nothing)


async def test_a_connection_closes_with_its_other_side() -> None:
    async with Gateway() as gateway:
        connection = await connect(gateway.url, nothing)
        await until(lambda: gateway.clients)
        gateway.drop()
        async with asyncio.timeout(PATIENCE):
            await connection.closed
        await connection.close()


async def test_a_connection_closes_with_its_cable() -> None:
    with a_cable() as cable:
        connection = await connect(cable.path, nothing)
        cable.unplug()
        async with asyncio.timeout(PATIENCE):
            await connection.closed
        await connection.close()


async def test_a_port_that_is_closed_opens_again_at_once() -> None:
    with a_cable() as cable:
        for _ in range(5):
            await (await connect(cable.path, nothing)).close()


async def test_closing_twice_is_fine() -> None:
    with a_cable() as cable:
        connection = await connect(cable.path, nothing)
        await connection.close()
        await connection.close()


@pytest.mark.parametrize("steps", range(6))
async def test_an_attempt_given_up_leaves_the_port_free(steps: int) -> None:
    with a_cable() as cable:
        before = open_files()
        attempt = asyncio.ensure_future(connect(cable.path, nothing))
        for _ in range(steps):
            await asyncio.sleep(0)
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt
        assert open_files() == before
        await (await connect(cable.path, nothing)).close()


async def test_nothing_is_handed_over_behind_the_end() -> None:
    received = bytearray()
    connection = Connection(received.extend)
    connection.connection_lost(None)
    connection.connection_lost(None)
    connection.data_received(b"late")
    assert received == b""


async def test_a_port_that_does_not_close_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stuck(asyncio.Transport):
        def abort(self) -> None:
            """Do nothing."""

    monkeypatch.setattr(connection_module, "_CLOSE_TIMEOUT", 0.01)
    connection = Connection(nothing)
    connection.connection_made(Stuck())
    async with asyncio.timeout(PATIENCE):
        await connection.close()
    assert not connection.closed.done()


class Counted:
    """Counts what is handed over, and in how large pieces."""

    def __init__(self) -> None:
        self.bytes = self.largest = 0

    def __call__(self, data: bytes) -> None:
        self.bytes += len(data)
        self.largest = max(self.largest, len(data))


async def test_what_a_gateway_saved_up_for_a_minute_comes_at_once_and_whole() -> None:
    counted = Counted()
    begin = asyncio.get_running_loop().time()
    async with Gateway(b"x" * 100_000) as gateway:
        connection = await connect(gateway.url, counted)
        await until(lambda: counted.bytes == 100_000)
        await connection.close()
    assert counted.largest <= 8192
    assert asyncio.get_running_loop().time() - begin < 5


async def test_a_flood_is_taken_at_the_pace_of_many_meters_and_no_faster(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection_module, "_MOST_PER_SECOND", 64 * 1024)
    monkeypatch.setattr(connection_module, "_AHEAD", 0.0)
    counted = Counted()
    async with Gateway(b"x" * 8_000_000) as gateway:
        connection = await connect(gateway.url, counted)
        await asyncio.sleep(0.5)
        taken = counted.bytes
        await connection.close()
        assert counted.bytes == taken
    assert 8192 <= taken <= 128 * 1024


async def test_a_flood_that_ends_lets_the_port_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "_AHEAD", 0.0)
    received = bytearray()
    async with Gateway(b"x" * 50_000) as gateway:
        connection = await connect(gateway.url, received.extend)
        await until(lambda: len(received) == 50_000)
        gateway.send(b"hello")
        await until(lambda: received.endswith(b"hello"))
        await connection.close()


class CanWait(asyncio.Transport):
    """A port that can be told to wait."""

    def pause_reading(self) -> None:
        """Wait."""

    def resume_reading(self) -> None:
        """Go on."""


async def test_a_port_that_cannot_be_told_to_wait_is_read_at_once() -> None:
    counted = Counted()
    connection = Connection(counted)
    connection.connection_made(asyncio.Transport())
    connection.data_received(b"x" * 1_000_000)
    connection.data_received(b"x" * 100)
    assert (counted.bytes, counted.largest) == (1_000_100, 8192)


async def test_what_comes_though_the_port_was_told_to_wait_is_not_lost() -> None:
    counted = Counted()
    connection = Connection(counted)
    connection.connection_made(CanWait())
    for _ in range(3):
        connection.data_received(b"x" * 10_000)
    await until(lambda: counted.bytes == 30_000)


async def test_a_port_that_closes_in_the_middle_of_a_flood_hands_nothing_over_any_more() -> None:
    counted = Counted()
    connection = Connection(counted)
    connection.connection_made(CanWait())
    connection.data_received(b"x" * 100_000)
    connection.connection_lost(None)
    await asyncio.sleep(0.05)
    assert counted.bytes == 8192


async def test_a_reader_that_closes_the_port_is_handed_no_more() -> None:
    received: list[int] = []

    def receive(data: bytes) -> None:
        received.append(len(data))
        connection.connection_lost(None)

    connection = Connection(receive)
    connection.connection_made(CanWait())
    connection.data_received(b"x" * 100_000)
    await asyncio.sleep(0.05)
    assert received == [8192]


async def test_a_port_whose_reader_fails_is_closed() -> None:
    class Aborted(CanWait):
        aborted = False

        def abort(self) -> None:
            self.aborted = True

    def receive(_: bytes) -> None:
        raise SomethingElseError

    port, connection = Aborted(), Connection(receive)
    connection.connection_made(port)
    with pytest.raises(SomethingElseError):
        connection.data_received(b"x")
    assert port.aborted
