"""The three paths from a meter to Home Assistant: found, cut, silent, restarted, left.

The tests of a path share one Home Assistant and come in this order; each puts right what the one
before it may have left broken.
"""

import asyncio
import time
from typing import Any

import pytest

from demo.process import DOMAIN
from demo.waiting import until

from .expected import DISABLED, ELECTRICITY, ENABLED, differences
from .house import House
from .sources import Network, Ser2net

FIRST_VALUE = 2
GONE = 20
BACK = 5
BACK_AT_START = 10
RESTART = 60
RETRY = 15


@pytest.fixture(autouse=True)
async def whole(house: House) -> None:
    await house.whole()


async def test_first_values_come_within_two_seconds_of_the_form(house: House) -> None:
    _, _, seconds = house.first_states()
    house.note("first value after the form", seconds, limit=FIRST_VALUE)


async def test_every_value_of_the_meter_has_its_entity(house: House) -> None:
    assert house.entity_ids.keys() == ENABLED | DISABLED
    assert await house.home.disabled() == DISABLED


async def test_first_values_are_those_of_one_telegram(house: House) -> None:
    shown, written, _ = house.first_states()
    assert differences(shown, written) == []


async def test_meters_are_devices_of_their_own(house: House) -> None:
    devices = {device["name"]: device for device in await house.home.own_devices()}
    assert devices.keys() == {"Digital meter", "Gas meter", "Water meter"}
    meter = devices["Digital meter"]
    assert (meter["manufacturer"], meter["model"], meter["sw_version"]) == (
        "Sagemcom",
        "T211-D",
        "eMUCS-P1 1.7",
    )
    assert {devices[name]["via_device_id"] for name in ("Gas meter", "Water meter")} == {meter["id"]}


async def test_a_second_entry_for_the_same_port_is_refused(house: House) -> None:
    _, step = await house.home.submit(house.source)
    assert (step["type"], step["reason"]) == ("abort", "already_configured")


async def test_a_meter_cut_off_turns_unavailable_and_comes_back(house: House) -> None:
    await house.source.kill()
    house.note("unavailable, meter cut off", await house.until_gone(seconds=GONE), limit=GONE)
    await house.source.start()
    house.note("back, meter cut off", await house.until_there(seconds=RESTART), limit=BACK)


async def test_a_silent_meter_turns_unavailable_and_comes_back(house: House) -> None:
    await house.source.tell("fault silence")
    house.note("unavailable, meter silent", await house.until_gone(seconds=GONE), limit=GONE)
    await house.source.tell("fault none")
    house.note("back, meter silent", await house.until_there(seconds=RESTART), limit=BACK)


@pytest.mark.parametrize("house", [Ser2net], indirect=True, ids=["ser2net"])
async def test_a_gateway_cut_off_turns_unavailable_and_comes_back(house: House) -> None:
    assert isinstance(house.source, Ser2net)
    await house.source.kill_gateway()
    house.note("unavailable, gateway cut off", await house.until_gone(seconds=GONE), limit=GONE)
    await house.source.start()
    house.note("back, gateway cut off", await house.until_there(seconds=RESTART), limit=BACK)


@pytest.mark.parametrize("house", [Network], indirect=True, ids=["network"])
async def test_update_interval_changes_the_pace_and_nothing_else(house: House) -> None:
    begin = time.monotonic()
    entry = await house.home.entry()
    form = await house.home.start_options(entry["entry_id"])
    done = await house.home.configure_options(form["flow_id"], {"update_interval": 1})
    assert done["type"] == "create_entry", done

    power = house.entity_ids[f"{ELECTRICITY}_power"]
    for watts in (1000, 2000, 3000):
        shown = house.home.states_now.now[power]
        await house.source.tell(f"switch oven {watts}")
        await house.home.states_now.until(
            lambda shown=shown: house.home.states_now.now[power] != shown, seconds=3, what=f"{watts} W more"
        )
    await house.source.tell("switch oven 0")
    changes = house.home.states_now.since(begin, house.entity_ids.values())
    assert [
        change for change in changes if change.state is None or change.state["state"] == "unavailable"
    ] == []
    assert (await house.home.entry())["state"] == "loaded"


async def test_a_restart_keeps_every_entity(house: House) -> None:
    devices = {device["id"] for device in await house.home.own_devices()}
    await house.home.stop()
    begin = time.monotonic()
    await house.home.start()
    await house.until_there(seconds=RESTART)
    house.note("Home Assistant restarted", time.monotonic() - begin)
    assert await house.home.entity_ids() == house.entity_ids
    assert {device["id"] for device in await house.home.own_devices()} == devices
    duplicates = [entity_id for entity_id in house.home.states_now.now if entity_id.endswith("_2")]
    assert duplicates == []


async def test_a_meter_that_comes_after_home_assistant_is_found(house: House) -> None:
    await house.home.stop()
    await house.source.kill()
    await house.home.start()
    await until(lambda: _tries_again(house), seconds=RETRY, otherwise="the entry does not wait for its meter")
    await house.until_gone(seconds=1)
    await _next_retry(house)
    await house.source.start()
    house.note("back, after a start without", await house.until_there(seconds=RESTART), limit=BACK_AT_START)
    assert (await house.home.entry())["state"] == "loaded"
    assert await house.home.entity_ids() == house.entity_ids


async def test_reconfiguring_with_the_same_port_needs_no_second_connection(house: House) -> None:
    entry = await house.home.entry()
    submitted, step = await house.home.submit(house.source, entry_id=entry["entry_id"])
    assert (step["type"], step["reason"]) == ("abort", "reconfigure_successful")
    # Home Assistant sets the entry up anew.
    await house.until_reset(submitted, seconds=RESTART)
    await house.until_there(seconds=RESTART)
    house.note("back, reconfigured", time.monotonic() - submitted, limit=BACK)
    after = await house.home.entry()
    assert (after["entry_id"], after["title"], after["state"]) == (
        entry["entry_id"],
        entry["title"],
        "loaded",
    )
    assert await house.home.entity_ids() == house.entity_ids


async def test_a_deleted_meter_leaves_nothing_and_can_be_added_again(house: House) -> None:
    entry = await house.home.entry()
    storage = house.home.process.config_dir / ".storage"
    assert [*storage.glob(f"{DOMAIN}*")]

    await house.home.delete_entry(entry["entry_id"])
    assert [*storage.glob(f"{DOMAIN}*")] == []
    assert await house.home.entity_ids() == {}
    assert DOMAIN not in str(await house.home.devices())
    assert house.all_shown == set()

    submitted, step = await house.home.submit(house.source)
    assert step["type"] == "create_entry", step
    house.submitted = submitted
    house.entity_ids = await house.home.entity_ids()
    _, _, seconds = house.first_states()
    house.note("first value, added again", seconds, limit=FIRST_VALUE)


async def _tries_again(house: House) -> bool | None:
    """Return True once the set-up has failed and will be tried again."""
    return (await house.home.entry())["state"] == "setup_retry" or None


async def _next_retry(house: House) -> None:
    """Wait until Home Assistant has tried once more, so that its next own attempt is far."""

    async def retried(updates: asyncio.Queue[Any]) -> None:
        tried = False
        while True:
            for update in await updates.get():
                entry = update["entry"]
                if entry["domain"] == DOMAIN:
                    tried = tried or entry["state"] == "setup_in_progress"
                    if tried and entry["state"] == "setup_retry":
                        return

    async with house.home.subscribe("config_entries/subscribe") as updates, asyncio.timeout(RETRY):
        await retried(updates)
