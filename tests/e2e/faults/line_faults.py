"""The faults of lines: the link, its quality, cables, gateways."""

import asyncio
from collections.abc import Awaitable, Callable

from simulator.faults import Fault as LineFault

from .fault import BACK, BACK_AFTER_RETRY, DOWN, GONE, UP, Fault, Kind
from .gateway import Gateway
from .lines import Cable, Network, Ser2net
from .neighbour import Neighbour

_A_WHILE = 25.0
"""Longer than a silence may last before everything is unavailable."""
_MINUTE = 60


def _gateway(there: Neighbour) -> Gateway:
    assert isinstance(there.line, Network)
    return there.line.gateway


def _cable(there: Neighbour) -> Cable:
    assert isinstance(there.line, Cable)
    return there.line


def _line(fault: LineFault) -> Callable[[Neighbour], Awaitable[None]]:
    """Return how a fault of the line is played."""

    async def play(there: Neighbour) -> None:
        await there.suffer(lambda: there.set_line(fault), lambda: there.set_line(LineFault.NONE))

    return play


async def _blink(there: Neighbour) -> None:
    _gateway(there).cut(abruptly=True)
    await there.endure(_A_WHILE)


async def _cut(there: Neighbour) -> None:
    gateway = _gateway(there)

    def breaks() -> None:
        gateway.throws_out = True
        gateway.cut(abruptly=True)

    def mends() -> None:
        gateway.throws_out = False

    await there.suffer(breaks, mends)


async def _listener_gone(there: Neighbour) -> None:
    gateway = _gateway(there)

    def breaks() -> None:
        gateway.stop_listening()
        gateway.cut()

    await there.suffer(breaks, gateway.listen)


async def _half_open(there: Neighbour) -> None:
    there.mark()
    _gateway(there).forget()
    await there.until_gone()
    # A new connection works: the cause goes when the old one is given up.
    there.mark()
    await there.until_back()


async def _crc_errors(there: Neighbour) -> None:
    there.set_line(LineFault.BAD_CRC)
    await there.until_gone()
    await there.until_issue("crc_errors")
    there.set_line(LineFault.NONE)
    await there.until_back()


async def _crc_errors_to_the_end(there: Neighbour) -> None:
    await _crc_errors(there)
    await there.until_no_issue("crc_errors", seconds=11 * _MINUTE)


async def _encrypted(there: Neighbour) -> None:
    there.set_line(LineFault.ENCRYPTED)
    await there.until_gone()
    await there.until_issue("encrypted")
    there.set_line(LineFault.NONE)
    await there.until_back()
    await there.until_no_issue("encrypted")


async def _garbled(there: Neighbour) -> None:
    there.set_line(LineFault.GARBLED_LINES)
    await there.endure(_A_WHILE)
    there.set_line(LineFault.NONE)
    await there.until_back()


async def _vanishes(there: Neighbour) -> None:
    cable = _cable(there)
    await there.suffer(cable.unplug, cable.plug_in)


async def _is_in_use(there: Neighbour) -> None:
    with _cable(there).taken():
        step = await there.listen()
        assert step["errors"] == {"base": "port_in_use"}, step


async def _taken_meanwhile(there: Neighbour) -> None:
    cable = _cable(there)
    there.mark()
    await cable.unplug()
    await there.until_gone()
    await cable.plug_in()
    with cable.taken():
        await asyncio.sleep(_A_WHILE)
        assert there.all_gone
    there.mark()
    await there.until_back()


async def _ser2net_killed(there: Neighbour) -> None:
    assert isinstance(there.line, Ser2net)
    await there.suffer(there.line.kill, there.line.restart)


async def _once_a_minute(there: Neighbour) -> None:
    await there.endure(2.5 * _MINUTE)


async def _sends_seldom(there: Neighbour) -> None:
    there.line.server.every = _MINUTE
    # One is on its way still.
    await asyncio.sleep(2)


async def _saves_up(there: Neighbour) -> None:
    _gateway(there).saves_up = _MINUTE


async def _trickles(there: Neighbour) -> None:
    _gateway(there).trickles = True
    await there.endure(_A_WHILE)


_OUTAGE = {"gone": GONE, "back": BACK, "outages": 1, "logged": (DOWN, UP)}

LINE_FAULTS = (
    Fault(
        name="link_blinks",
        kind=Kind.LINK,
        seen="nothing: a connection that is back within three seconds is no outage",
        play=_blink,
    ),
    Fault(
        name="link_cut",
        kind=Kind.LINK,
        seen="all values unavailable until the gateway keeps a connection again",
        play=_cut,
        **_OUTAGE,
    ),
    Fault(
        name="listener_gone",
        kind=Kind.LINK,
        seen="all values unavailable until the gateway listens again",
        play=_listener_gone,
        **_OUTAGE,
    ),
    Fault(
        name="half_open",
        kind=Kind.LINK,
        seen="all values unavailable, then back by themselves over a new connection",
        play=_half_open,
        common=True,
        **_OUTAGE,
    ),
    Fault(
        name="silent",
        kind=Kind.LINK,
        seen="all values unavailable until telegrams come again",
        play=_line(LineFault.SILENCE),
        **_OUTAGE,
    ),
    Fault(
        name="noise",
        kind=Kind.LINE_QUALITY,
        seen="all values unavailable until telegrams come again",
        play=_line(LineFault.NOISE),
        **_OUTAGE,
    ),
    Fault(
        name="bad_crc",
        kind=Kind.LINE_QUALITY,
        seen="all values unavailable, a repair about the cable",
        play=_crc_errors,
        common=True,
        **_OUTAGE,
    ),
    Fault(
        name="bad_crc_forgotten",
        kind=Kind.LINE_QUALITY,
        seen="the repair goes once the line has been good for a while",
        play=_crc_errors_to_the_end,
        **_OUTAGE,
    ),
    Fault(
        name="telegrams_cut",
        kind=Kind.LINE_QUALITY,
        seen="all values unavailable until telegrams are whole again",
        play=_line(LineFault.CUT),
        **_OUTAGE,
    ),
    Fault(
        name="damaged_lines",
        kind=Kind.LINE_QUALITY,
        seen="all values unavailable: a telegram with one damaged line is thrown away whole",
        play=_line(LineFault.DAMAGED_LINES),
        **_OUTAGE,
    ),
    Fault(
        name="garbled_lines",
        kind=Kind.LINE_QUALITY,
        seen="single values unknown or as they were, none of them wrong",
        play=_garbled,
        # What is unknown waits for its update interval.
        back=12.0,
    ),
    Fault(
        name="device_vanishes",
        kind=Kind.SERIAL,
        seen="all values unavailable until the cable is back under its name",
        play=_vanishes,
        line=Cable,
        common=True,
        **_OUTAGE,
    ),
    Fault(
        name="port_in_use",
        kind=Kind.SERIAL,
        seen="set-up says that another program uses the port; taken later, all values unavailable",
        play=_taken_meanwhile,
        line=Cable,
        prepare=_is_in_use,
        **(_OUTAGE | {"back": BACK_AFTER_RETRY}),
    ),
    Fault(
        name="ser2net_killed",
        kind=Kind.GATEWAY,
        seen="all values unavailable until ser2net runs again",
        play=_ser2net_killed,
        line=Ser2net,
        common=True,
        **_OUTAGE,
    ),
    Fault(
        name="encrypted",
        kind=Kind.GATEWAY,
        seen="all values unavailable, a repair at once",
        play=_encrypted,
        **_OUTAGE,
    ),
    Fault(
        name="trickle",
        kind=Kind.GATEWAY,
        seen="nothing: telegrams may come in small pieces",
        play=_trickles,
    ),
    Fault(
        name="once_a_minute",
        kind=Kind.GATEWAY,
        seen="nothing but a slower pace",
        play=_once_a_minute,
        prepare=_sends_seldom,
        slow=True,
    ),
    Fault(
        name="minute_at_once",
        kind=Kind.GATEWAY,
        seen="nothing but a slower pace; the newest telegram of a batch is shown",
        play=_once_a_minute,
        prepare=_saves_up,
        slow=True,
    ),
)
