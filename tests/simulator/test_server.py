import asyncio
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
import os
from pathlib import Path
import re
import tty
from unittest.mock import patch

import pytest

from simulator import server as server_module
from simulator.control import obey
from simulator.crc import crc16
from simulator.faults import Fault
from simulator.household import Household
from simulator.meter import Meter
from simulator.meter_clock import MeterClock
from simulator.server import MeterServer, PtyServer
from tests.p1.ports import until

# Home Assistant's test kit closes the network to tests that do not ask for it.
pytestmark = pytest.mark.usefixtures("socket_enabled")

START = datetime(2025, 11, 12, 17, 7, 33, tzinfo=UTC)
INSTALLED = datetime(2025, 11, 10, tzinfo=UTC)


def a_meter(**options: int) -> Meter:
    return Meter(Household(**options), installed=INSTALLED)


def fast(speed: float = 20) -> MeterClock:
    return MeterClock(start=START, speed=speed)


async def connect(
    server: MeterServer,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", server.port)


async def next_telegram(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(3):
        return await reader.readuntil(b"!") + await reader.readline()


def moment(telegram: bytes) -> datetime:
    stamp = re.search(rb"0-0:1\.0\.0\((\d{12})W\)", telegram)
    assert stamp
    winter_time = timezone(timedelta(hours=1))
    return datetime.strptime(stamp[1].decode(), "%y%m%d%H%M%S").replace(tzinfo=winter_time)


@pytest.fixture
def none_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a server that a busy machine held up send every telegram that it owes."""
    monkeypatch.setattr(server_module, "_MOST_WALL_SECONDS_BEHIND", 60)


def is_whole(telegram: bytes) -> bool:
    return crc16(telegram[:-6]) == int(telegram[-6:], 16)


@pytest.mark.usefixtures("none_skipped")
async def test_two_clients_get_the_same_telegrams_one_a_second() -> None:
    async with MeterServer(a_meter(), clock=fast()) as server:
        (first, _), (second, _) = clients = [await connect(server) for _ in range(2)]
        later = [await next_telegram(second) for _ in range(6)]
        # The first may have got some before the second was there.
        sooner = [await next_telegram(first)]
        while sooner[-1] != later[-1]:
            sooner.append(await next_telegram(first))
        for _, writer in clients:
            writer.close()
    assert sooner[-6:] == later
    assert all(is_whole(telegram) for telegram in later)
    assert {after - before for before, after in pairwise(map(moment, sooner))} == {timedelta(seconds=1)}


async def test_a_telegram_leaves_with_its_second() -> None:
    clock = MeterClock()
    meter = Meter(Household(), installed=clock.now())
    async with MeterServer(meter, clock=clock) as server:
        reader, writer = await connect(server)
        # A busy machine makes one of them late, not all of them.
        for _ in range(10):
            telegram = await next_telegram(reader)
            now = clock.now()
            late = now - now.replace(microsecond=0)
            if in_time := late < timedelta(milliseconds=500) and telegram == meter.telegram(now):
                break
        writer.close()
    assert in_time


async def test_above_fifty_telegrams_a_second_the_clock_jumps() -> None:
    async with MeterServer(a_meter(), clock=fast(3600)) as server:
        reader, writer = await connect(server)
        moments = [moment(await next_telegram(reader)) for _ in range(3)]
        writer.close()
    assert all(after - before >= timedelta(seconds=72) for before, after in pairwise(moments))


async def test_a_client_that_comes_later_joins_at_a_whole_telegram() -> None:
    async with MeterServer(a_meter(), clock=fast()) as server:
        reader, writer = await connect(server)
        await next_telegram(reader)
        late_reader, late_writer = await connect(server)
        assert is_whole(await next_telegram(late_reader))
        writer.close()
        late_writer.close()


async def test_a_client_that_does_not_read_is_dropped_and_stalls_nobody() -> None:
    async with MeterServer(a_meter(), clock=fast(50)) as server:
        _, stuck = await connect(server)
        stuck.transport.pause_reading()
        reader, writer = await connect(server)
        await next_telegram(reader)
        address = stuck.get_extra_info("sockname")
        (served,) = (client for client in server._clients if client.get_extra_info("peername") == address)
        # More than the kernel takes off our hands for a client that does not read.
        served.write(bytes(16_000_000))
        async with asyncio.timeout(3):
            while served in server._clients:
                await next_telegram(reader)
        assert len(server._clients) == 1
        writer.close()
        stuck.close()


async def test_a_client_that_leaves_is_forgotten() -> None:
    async with MeterServer(a_meter(), clock=fast()) as server:
        reader, writer = await connect(server)
        await next_telegram(reader)
        writer.close()
        for _ in range(100):
            if not server._clients:
                break
            await asyncio.sleep(0.02)
        assert not server._clients


async def test_what_a_client_says_is_ignored() -> None:
    async with MeterServer(a_meter(), clock=fast()) as server:
        reader, writer = await connect(server)
        writer.write(b"hello\r\n")
        assert is_whole(await next_telegram(reader))
        writer.close()


async def test_the_port_is_closed_after_the_server() -> None:
    async with MeterServer(a_meter(), clock=fast()) as server:
        reader, writer = await connect(server)
        await next_telegram(reader)
    async with asyncio.timeout(3):
        await reader.read(-1)
    with pytest.raises(ConnectionRefusedError):
        await connect(server)
    writer.close()


async def falls_silent(reader: asyncio.StreamReader) -> bool:
    # What was under way may still arrive.
    for _ in range(3):
        try:
            await asyncio.wait_for(reader.read(65_536), 0.3)
        except TimeoutError:
            return True
    return False


async def test_silence_keeps_the_connection_and_ends() -> None:
    async with MeterServer(a_meter(), clock=fast()) as server:
        reader, writer = await connect(server)
        await next_telegram(reader)
        server.fault = Fault.SILENCE
        assert await falls_silent(reader)
        server.fault = Fault.NONE
        assert is_whole(await next_telegram(reader))
        writer.close()


async def test_noise_has_high_bits_alone() -> None:
    async with MeterServer(a_meter(), clock=fast(), fault=Fault.NOISE) as server:
        reader, writer = await connect(server)
        noise = await reader.readexactly(3000)
        writer.close()
    assert min(noise) >= 0x80
    assert len(set(noise)) > 50


async def test_a_bad_crc_is_wrong_and_nothing_else_is() -> None:
    meter = a_meter()
    async with MeterServer(meter, clock=fast(), fault=Fault.BAD_CRC) as server:
        reader, writer = await connect(server)
        telegrams = [await next_telegram(reader) for _ in range(3)]
        writer.close()
    for telegram in telegrams:
        assert not is_whole(telegram)
        assert re.fullmatch(rb"[0-9A-F]{4}\r\n", telegram[-6:])


async def test_a_load_switched_by_a_control_line_shows_in_the_telegrams() -> None:
    meter = a_meter()
    async with MeterServer(meter, clock=fast()) as server:
        reader, writer = await connect(server)
        await next_telegram(reader)
        obey("switch oven 7000\n", server)
        telegrams = [await next_telegram(reader) for _ in range(6)]
        writer.close()
    (power,) = re.findall(rb"1-0:1\.7\.0\((\d\d\.\d{3})\*kW\)", telegrams[-1])
    assert float(power) > 7


async def test_a_load_can_be_switched_at_another_moment_of_the_meters_clock() -> None:
    meter, plain = a_meter(), a_meter()
    server = MeterServer(meter)
    obey("switch car 11000 2025-11-12T18:00", server)
    obey("switch car 0 2025-11-12T17:10:00+00:00", server)
    past, to_come = START.replace(minute=0, second=0), START.replace(minute=10, second=0)
    seconds = [past, past + timedelta(seconds=1), to_come, to_come + timedelta(seconds=1)]
    more = [meter.reading(at).power_w - plain.reading(at).power_w for at in seconds]
    assert more == [0, 11_000, 11_000, 0]


async def test_a_control_line_sets_the_fault() -> None:
    server = MeterServer(a_meter())
    obey("fault bad-crc\n", server)
    assert server.fault is Fault.BAD_CRC
    obey("fault none\n", server)
    assert server.fault is Fault.NONE


@pytest.mark.parametrize(
    "line", ["", "fault", "fault odd", "switch oven", "switch oven on", "switch oven 1 noon"]
)
async def test_an_unknown_control_line_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"not|invalid|Invalid"):
        obey(line, MeterServer(a_meter()))


async def test_a_clock_that_stands_still_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        MeterClock(speed=0)


def open_terminal(path: Path) -> int:
    terminal = os.open(path, os.O_RDONLY | os.O_NOCTTY)
    tty.setraw(terminal)
    return terminal


async def read_telegrams(terminal: int, count: int) -> list[bytes]:
    data = b""
    async with asyncio.timeout(5):
        while data.count(b"!") <= count:
            data += await asyncio.to_thread(os.read, terminal, 4096)
    return re.findall(rb"/FLU5.*?![0-9A-F]{4}\r\n", data, re.DOTALL)


async def test_a_pseudo_terminal_gives_whole_telegrams(tmp_path: Path) -> None:
    link = tmp_path / "p1"
    async with PtyServer(a_meter(phases=1), clock=fast(), link=link) as server:
        assert link.resolve() == server.path
        terminal = open_terminal(link)
        telegrams = await read_telegrams(terminal, 3)
        os.close(terminal)
    assert len(telegrams) >= 3
    assert all(is_whole(telegram) for telegram in telegrams)
    assert not link.is_symlink()


async def test_a_link_left_behind_is_replaced(tmp_path: Path) -> None:
    link = tmp_path / "p1"
    link.symlink_to(tmp_path / "gone")
    async with PtyServer(a_meter(), clock=fast(), link=link) as server:
        assert link.resolve() == server.path


async def test_a_pseudo_terminal_nobody_reads_stays_fresh() -> None:
    async with PtyServer(a_meter(), clock=fast(50)) as server:
        with patch.object(server, "_send", wraps=server._send) as sent:
            await until(lambda: sent.call_count >= 30)
        terminal = open_terminal(server.path)
        oldest = (await read_telegrams(terminal, 2))[0]
        os.close(terminal)
    # 30 telegrams went by unread.
    assert moment(oldest) > START + timedelta(seconds=15)


@pytest.mark.usefixtures("none_skipped")
@pytest.mark.parametrize("every", [2, 10])
async def test_a_slow_gateway_sends_one_telegram_in_so_many_seconds(every: int) -> None:
    async with MeterServer(a_meter(), clock=fast(100), every=every) as server:
        reader, writer = await connect(server)
        moments = [moment(await next_telegram(reader)) for _ in range(4)]
        writer.close()
    assert {after - before for before, after in pairwise(moments)} == {timedelta(seconds=every)}


async def test_a_pace_changed_while_it_waits_holds_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "_LONGEST_SLEEP", 0.1)
    async with MeterServer(a_meter(), clock=fast(), every=3600) as server:
        reader, writer = await connect(server)
        server.every = 1
        assert is_whole(await next_telegram(reader))
        writer.close()


async def test_another_meter_speaks_from_the_next_telegram_on() -> None:
    async with MeterServer(a_meter(), clock=fast()) as server:
        reader, writer = await connect(server)
        await next_telegram(reader)
        server.meter = server.meter.exchanged("1SAG3100000002", at=server.clock.now())
        telegrams = [await next_telegram(reader) for _ in range(3)]
        writer.close()
    assert b"1SAG3100000002".hex().upper().encode() in telegrams[-1]
    assert all(is_whole(telegram) for telegram in telegrams)


async def test_a_clock_that_jumps_shows_in_the_stamps() -> None:
    async with MeterServer(a_meter(), clock=fast()) as server:
        reader, writer = await connect(server)
        await next_telegram(reader)
        server.clock.jump(7200)
        later = [moment(await next_telegram(reader)) for _ in range(4)]
        writer.close()
        assert server.clock.now() < START + timedelta(hours=1)
    assert later[-1] >= START + timedelta(seconds=7200)


async def test_a_clock_that_sticks_shows_one_stamp_under_telegrams_that_go_on() -> None:
    async with MeterServer(a_meter(), clock=fast()) as server:
        server.clock.stick()
        reader, writer = await connect(server)
        telegrams = [await next_telegram(reader) for _ in range(6)]
        writer.close()
    assert len({moment(telegram) for telegram in telegrams}) == 1
    assert len(set(telegrams)) > 1


async def test_an_encrypting_meter_sends_frames_and_comes_back() -> None:
    async with MeterServer(a_meter(), clock=fast(), fault=Fault.ENCRYPTED) as server:
        reader, writer = await connect(server)
        assert (await reader.readexactly(10)).startswith(b"\xdb\x08")
        server.fault = Fault.NONE
        async with asyncio.timeout(3):
            await reader.readuntil(b"/FLU5")
        assert await next_telegram(reader)
        writer.close()
