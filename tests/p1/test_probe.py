import asyncio

import pytest

from custom_components.emucs_p1.p1 import LinkError, LinkProblem, Telegram, parse_telegram, probe

from .ports import PATIENCE, Cable, Gateway, a_cable, until
from .telegrams import ENCRYPTED_HEADER, simulated

pytestmark = pytest.mark.usefixtures("socket_enabled")

# Where it decides as soon as it can, waiting for this is a failure.
LONG = 60.0
DAMAGED = simulated().replace(b"1-0:1.7.0(0", b"1-0:1.7.0(9")


async def problem_of(greeting: bytes, patience: float = LONG, *, closes: bool = False) -> LinkProblem:
    async with asyncio.timeout(PATIENCE), Gateway(greeting) as gateway:
        probing = asyncio.ensure_future(probe(gateway.url, patience))
        if closes:
            await until(lambda: gateway.clients)
            for client in gateway.clients:
                client.close()
        with pytest.raises(LinkError) as caught:
            await probing
    return caught.value.problem


async def probed(cable: Cable) -> Telegram:
    probing = asyncio.ensure_future(probe(cable.path, LONG))
    await cable.send_until(probing.done, simulated(1))
    return (await probing).telegram


async def test_a_telegram_is_found_over_tcp() -> None:
    async with Gateway(simulated(1)) as gateway:
        assert (await probe(gateway.url, LONG)).telegram == parse_telegram(simulated(1))


async def test_of_what_a_gateway_hands_over_at_once_the_newest_is_found() -> None:
    async with Gateway(simulated(1) + simulated(2)) as gateway:
        assert (await probe(gateway.url, LONG)).telegram == parse_telegram(simulated(2))


async def test_the_first_telegram_is_found_over_a_serial_port() -> None:
    with a_cable() as cable:
        assert await probed(cable) == parse_telegram(simulated(1))


async def test_the_wait_is_told() -> None:
    async with Gateway() as gateway:
        probing = asyncio.ensure_future(probe(gateway.url, LONG))
        await until(lambda: gateway.clients)
        await asyncio.sleep(0.2)
        gateway.send(simulated())
        assert 0.19 < (await probing).waited < PATIENCE


@pytest.mark.parametrize("before", [b"x" * 3000, simulated()[100:], DAMAGED, DAMAGED * 2])
async def test_what_comes_before_the_first_telegram_does_no_harm(before: bytes) -> None:
    async with Gateway(before + simulated(1)) as gateway:
        assert (await probe(gateway.url, LONG)).telegram == parse_telegram(simulated(1))


async def test_a_telegram_that_comes_with_what_seems_hopeless_counts() -> None:
    async with Gateway(DAMAGED * 5 + simulated(1)) as gateway:
        assert (await probe(gateway.url, LONG)).telegram == parse_telegram(simulated(1))


async def test_a_silent_port_has_no_data() -> None:
    assert await problem_of(b"", 0.2) is LinkProblem.NO_DATA


async def test_no_patience_is_no_data() -> None:
    assert await problem_of(b"", 0) is LinkProblem.NO_DATA


async def test_a_port_that_says_something_else_is_not_p1() -> None:
    assert await problem_of(b"login: ", 0.5) is LinkProblem.NOT_P1


async def test_much_of_something_else_is_not_p1_at_once() -> None:
    assert await problem_of(b"\xf0\x9a\xff" * 8000) is LinkProblem.NOT_P1


async def test_damaged_telegrams_are_crc_errors_at_once() -> None:
    assert await problem_of(DAMAGED * 3) is LinkProblem.CRC_ERRORS


async def test_one_damaged_telegram_is_a_crc_error_in_the_end() -> None:
    assert await problem_of(DAMAGED, 0.5) is LinkProblem.CRC_ERRORS


async def test_an_encrypted_stream_is_recognised_at_once() -> None:
    assert await problem_of(ENCRYPTED_HEADER + b"x" * 50) is LinkProblem.ENCRYPTED


async def test_a_port_that_is_closed_cannot_connect() -> None:
    assert await problem_of(b"", closes=True) is LinkProblem.CANNOT_CONNECT


async def test_a_port_that_is_closed_behind_damaged_telegrams_has_crc_errors() -> None:
    assert await problem_of(DAMAGED, closes=True) is LinkProblem.CRC_ERRORS


async def test_a_port_that_does_not_open_cannot_connect() -> None:
    async with Gateway() as gateway:
        url = gateway.url
    with pytest.raises(LinkError, match="cannot_connect"):
        await probe(url, LONG)


async def test_the_port_is_free_afterwards() -> None:
    with a_cable() as cable:
        for _ in range(3):
            await probed(cable)


async def test_the_port_is_free_when_the_probe_is_given_up() -> None:
    with a_cable() as cable:
        for _ in range(3):
            probing = asyncio.ensure_future(probe(cable.path, LONG))
            await asyncio.sleep(0.05)
            probing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await probing
        assert await probed(cable)
