"""The faults of meters, and meters that are swapped."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from ..states import ABSENT
from .fault import BACK, BACK_AFTER_RETRY, DOWN, EXCHANGED, GONE, UP, Fault, Kind
from .neighbour import AFTERWARDS, SETTLE, Neighbour

_HOUR = 3600
_MINUTE = 60
_OTHER = 5000
"""What the serial number of a meter that takes another's place is ahead of it."""
_MBUS_DEVICES = 8
_HISTORY_MONTHS = 13
_WITH_INTERVAL = 12.0
"""Seconds for what waits for its update interval, of ten seconds."""
_CERTAIN = 60.0
"""Seconds for which a new meter on the M-Bus has to stand."""


def _ends_with(*keys: str) -> Callable[[str], bool]:
    return lambda unique_id: unique_id.endswith(keys)


async def _clock_jumps(there: Neighbour) -> None:
    for seconds in (_HOUR, -2 * _HOUR):
        there.line.server.clock.jump(seconds)
        await there.endure(AFTERWARDS)
    there.set_clock()


async def _clock_sticks(there: Neighbour) -> None:
    there.mark()
    there.line.server.clock.stick()
    there.outcome.others["quarter unknown after"] = await there.until(
        lambda: there.state("spare_power") == "unknown", what="quarter unknown"
    )
    await there.endure(AFTERWARDS)
    assert there.state("power") not in ABSENT
    assert there.state("energy_import") not in ABSENT
    there.set_clock()
    await there.until_back()


async def _gas_away(there: Neighbour) -> None:
    await there.suffer(lambda: there.becomes(gas_sent=False), lambda: there.becomes(gas_sent=True))


async def _port_closed(there: Neighbour) -> None:
    there.becomes(text_only=True)
    there.outcome.others["unknown after"] = await there.until(lambda: there.all_unknown, what="unknown")
    await there.until_issue("port_closed", seconds=2 * _MINUTE)
    there.becomes(text_only=False)
    await there.until_back()
    await there.until_no_issue("port_closed")


async def _breaker(there: Neighbour) -> None:
    there.becomes(breaker=2)
    await there.until_issue("breaker_waiting")
    assert there.state("breaker") == "ready_for_reconnection"
    there.becomes(breaker=1)
    await there.until_no_issue("breaker_waiting")


async def _consent(there: Neighbour) -> None:
    there.becomes(peaks=False)
    await there.until_issue("consent_lapsed", seconds=12 * _MINUTE)
    there.becomes(peaks=True)
    await there.until_no_issue("consent_lapsed")


async def _firmware(there: Neighbour) -> None:
    before = dict(there.entity_ids)
    there.becomes(version=50217)

    async def more() -> bool:
        return len(await there.registered()) > len(before)

    there.outcome.others["new entities after"] = await there.until(more, what="new entities")
    await asyncio.sleep(AFTERWARDS)
    after = await there.registered()
    assert before.items() <= after.items()
    assert {f"{there.model.serial}_{key}" for key in ("quarter_demand", "month_peak")} <= after.keys()
    there.entity_ids = after
    (meter,) = (
        device for device in await there.own_devices() if device["serial_number"] == there.model.serial
    )
    assert meter["sw_version"] == "eMUCS-P1 1.7"


async def _eight(there: Neighbour) -> None:
    assert len(await there.own_devices()) == 1 + _MBUS_DEVICES
    await there.until_months(_HISTORY_MONTHS)
    await there.endure(2 * AFTERWARDS)


async def _gas_swapped(there: Neighbour) -> None:
    before, old, new = await there.registered(), there.model.gas_serial, f"7FLO22{there.number + _OTHER:08d}"
    there.becomes(gas_serial=new, gas_since=datetime.now(UTC))
    await there.until_gone()
    assert await there.registered() == before, "entities before the swap was certain"
    await there.until_back(seconds=SETTLE + _CERTAIN)
    await _has_moved(there, before, old, new)


async def _electricity_swapped(there: Neighbour) -> None:
    before, old, new = await there.registered(), there.model.serial, f"1SAG31{there.number + _OTHER:08d}"
    assert old
    await there.until_months(_HISTORY_MONTHS)
    there.exchange(new)
    await there.until_gone()
    await there.until_issue("other_meter")
    done = await there.fix("other_meter")
    assert done["type"] == "create_entry", done
    await there.until_back()
    await there.until_no_issue("other_meter")
    await _has_moved(there, before, old, new)
    assert (await there.renew_entry())["title"].endswith(new[-4:])
    await there.until_months(_HISTORY_MONTHS)


async def _has_moved(there: Neighbour, before: dict[str, str], old: str, new: str) -> None:
    """Hold the registries against a meter that took the place of another."""
    moved = {unique_id.replace(old, new): entity_id for unique_id, entity_id in before.items()}
    assert await there.registered() == moved
    serials = {device["serial_number"] for device in await there.own_devices()}
    assert new in serials
    assert old not in serials


async def _electricity_back(there: Neighbour) -> None:
    old = there.model.serial
    there.exchange(f"1SAG31{there.number + _OTHER:08d}")
    await there.until_gone()
    await there.until_issue("other_meter")
    there.becomes(serial=old)
    await there.until_back()
    await there.until_no_issue("other_meter")


_is_gas = _ends_with("_gas", "_valve")
_is_mbus = _ends_with("_gas", "_valve", "_water")
_OF_GAS = {"concerns": _is_gas, "outages": 1}

METER_FAULTS = (
    Fault(
        name="clock_jumps",
        kind=Kind.METER,
        seen="nothing: every value stays",
        play=_clock_jumps,
    ),
    Fault(
        name="clock_sticks",
        kind=Kind.METER,
        seen="what is told of the quarter unknown, powers and registers go on",
        play=_clock_sticks,
        back=_WITH_INTERVAL,
    ),
    Fault(
        name="gas_away",
        kind=Kind.METER,
        seen="the gas meter's values unavailable until it is read again",
        play=_gas_away,
        gone=GONE,
        back=_WITH_INTERVAL,
        **_OF_GAS,
    ),
    Fault(
        name="port_closed",
        kind=Kind.METER,
        seen="all values unknown, those of gas and water unavailable; after a minute a repair",
        play=_port_closed,
        common=True,
        concerns=lambda unique_id: not _is_mbus(unique_id),
        outages_besides=1,
        back=_WITH_INTERVAL,
    ),
    Fault(
        name="breaker_waiting",
        kind=Kind.METER,
        seen="a repair: press the button of the meter",
        play=_breaker,
    ),
    Fault(
        name="consent_lapsed",
        kind=Kind.METER,
        seen="after ten minutes a repair about the grid operator's consent",
        play=_consent,
    ),
    Fault(
        name="firmware_update",
        kind=Kind.METER,
        seen="the entities of the new lines appear, the old ones stay",
        play=_firmware,
        before={"version": 50216},
    ),
    Fault(
        name="eight_on_the_mbus",
        kind=Kind.METER,
        seen="nothing: eight meters and thirteen months are read",
        play=_eight,
        before={"mbus": _MBUS_DEVICES},
    ),
    Fault(
        name="gas_swapped",
        kind=Kind.SWAP,
        seen="the gas meter's values unavailable for a minute, all for a moment, then the new meter's",
        play=_gas_swapped,
        gone=GONE,
        # Seen with one interval, certain with another.
        back=_CERTAIN + 2 * _WITH_INTERVAL,
        # The entry is set up anew.
        outages_besides=1,
        logged=(EXCHANGED,),
        **_OF_GAS,
    ),
    Fault(
        name="electricity_swapped",
        kind=Kind.SWAP,
        seen="all values unavailable, a repair; confirmed, the new meter's values in the same entities",
        play=_electricity_swapped,
        common=True,
        gone=GONE,
        back=BACK_AFTER_RETRY,
        outages=1,
        logged=(DOWN, EXCHANGED),
    ),
    Fault(
        name="other_meter_gone_again",
        kind=Kind.SWAP,
        seen="all values unavailable, a repair; it goes when the old meter speaks again",
        play=_electricity_back,
        gone=GONE,
        back=BACK,
        outages=1,
        logged=(DOWN, UP),
    ),
)
