"""Meters on the M-Bus that change places, and what goes over to a successor."""

from collections.abc import Awaitable, Callable
import logging
import random

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.emucs_p1 import async_remove_config_entry_device
from custom_components.emucs_p1.const import DOMAIN
from custom_components.emucs_p1.p1 import MbusDevice
from custom_components.emucs_p1.swaps import MbusPlaces, move_identity

from .conftest import Later, device_of
from .variants import (
    GAS_ID,
    OTHER_GAS_ID,
    THREE_ID,
    THREE_PHASE,
    WATER_ID,
    build,
    electricity,
    gas,
    hexed,
    water,
)
from .watching import registered

GAS = "sensor.gas_meter_gas"
NEW_WATER_ID = "8SEU0100000002"
BARE = electricity(THREE_ID, "50217")


def on(channel: int, kind: int | None = 3) -> MbusDevice:
    return MbusDevice(channel=channel, type=kind)


class Bus:
    """An M-Bus whose telegrams come every half minute."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.changes: list[float] = []
        self.free = True
        self.places = MbusPlaces(lambda identity: identity in self.known, self._may_change)
        self.now = 1000.0
        self.shown: list[str] = []

    def _may_change(self, channel: int, now: float) -> bool:
        assert channel
        self.changes.append(now)
        return self.free

    def sends(self, times: int = 1, every: float = 30.0, **meters: MbusDevice) -> list[tuple[int, str, str]]:
        """Send the same some times; return the swaps that follow."""
        swaps = []
        for _ in range(times):
            self.now += every
            present = dict(meters)
            swaps += self.places.observe(present, self.now)
            self.shown = list(present)
        return swaps


@pytest.fixture
def bus() -> Bus:
    """Return a bus that has had a gas and a water meter."""
    bus = Bus()
    assert bus.sends(A=on(1), W=on(2, 7)) == []
    assert bus.shown == ["A", "W"]
    return bus


def test_a_new_id_on_a_meters_channel_swaps_after_a_minute_and_three_telegrams(bus: Bus) -> None:
    assert bus.sends(2, B=on(1), W=on(2, 7)) == []
    assert bus.shown == ["W"]
    assert bus.sends(B=on(1), W=on(2, 7)) == [(1, "A", "B")]


def test_three_telegrams_within_a_minute_are_not_enough(bus: Bus) -> None:
    assert bus.sends(60, every=1.0, B=on(1)) == []
    assert bus.sends(B=on(1), every=1.0) == [(1, "A", "B")]


def test_two_telegrams_are_not_enough(bus: Bus) -> None:
    assert bus.sends(2, every=600.0, B=on(1)) == []


def test_the_successor_is_not_shown_until_its_entities_are_made(bus: Bus) -> None:
    assert bus.sends(3, B=on(1)) == [(1, "A", "B")]
    assert bus.sends(3, B=on(1)) == []
    assert bus.shown == []


def test_absence_is_no_swap(bus: Bus) -> None:
    assert bus.sends(5, W=on(2, 7)) == []
    assert bus.places.dump() == {"1": ("A", 3), "2": ("W", 7)}


def test_the_old_meter_back_in_time_ends_it(bus: Bus) -> None:
    for _ in range(5):
        assert bus.sends(2, B=on(1)) == []
        assert bus.sends(A=on(1)) == []
        assert bus.shown == ["A"]


def test_two_meters_that_exchange_channels_are_no_swap(bus: Bus) -> None:
    bus.sends(B=on(3))
    assert bus.sends(5, A=on(3), B=on(1)) == []
    assert bus.shown == ["A", "B"]


def test_a_meter_that_moves_to_anothers_channel_is_no_swap(bus: Bus) -> None:
    bus.sends(A=on(1), B=on(3))
    assert bus.sends(5, B=on(1)) == []
    assert bus.shown == ["B"]
    assert bus.places.dump() == {"1": ("B", 3), "2": ("W", 7)}


def test_a_new_meter_where_the_old_one_moved_away_is_one_more(bus: Bus) -> None:
    assert bus.sends(3, A=on(4), B=on(1)) == []
    assert bus.shown == ["A", "B"]


def test_several_meters_are_swapped_at_once(bus: Bus) -> None:
    bus.sends(A=on(1), C=on(3))
    assert bus.sends(3, B=on(1), D=on(3)) == [(1, "A", "B"), (3, "C", "D")]


def test_a_meter_of_another_kind_is_one_more_and_waits_too(bus: Bus) -> None:
    assert bus.sends(2, V=on(1, 7)) == []
    assert bus.shown == []
    assert bus.sends(V=on(1, 7)) == []
    assert bus.shown == ["V"]


def test_a_meter_that_is_known_from_before_is_shown_at_once(bus: Bus) -> None:
    bus.known = {"B"}
    assert bus.sends(3, B=on(1)) == []
    assert bus.shown == ["B"]


def test_a_stranger_without_a_type_waits_for_it(bus: Bus) -> None:
    assert bus.sends(5, B=on(1, None)) == []
    assert bus.shown == []


def test_a_type_that_is_garbled_for_once_changes_nothing(bus: Bus) -> None:
    assert bus.sends(A=on(1, None), W=on(2, 7)) == []
    assert bus.shown == ["A", "W"]
    assert bus.places.dump() == {"1": ("A", 3), "2": ("W", 7)}


def test_a_meter_on_a_channel_that_never_had_one_is_shown_at_once(bus: Bus) -> None:
    assert bus.sends(A=on(1), B=on(5)) == []
    assert bus.shown == ["A", "B"]


def test_a_swap_that_may_not_be_yet_waits(bus: Bus) -> None:
    bus.free = False
    assert bus.sends(10, B=on(1)) == []
    assert bus.shown == []
    bus.free = True
    assert bus.sends(B=on(1)) == [(1, "A", "B")]


def test_a_new_id_with_every_telegram_is_never_shown(bus: Bus) -> None:
    for number in range(300):
        assert bus.sends(every=1.0, **{f"B{number}": on(1, 3 + number % 2 * 4)}) == []
        assert bus.shown == []
    assert bus.changes == []
    assert len(bus.places._newcomers) == 1


def test_a_meter_that_was_forgotten_has_no_successor(bus: Bus) -> None:
    bus.places.forget(["A"])
    assert bus.sends(B=on(1)) == []
    assert bus.shown == ["B"]


def test_the_map_outlives_a_restart(bus: Bus) -> None:
    other = Bus()
    other.places.load(bus.places.dump())
    assert other.sends(3, B=on(1)) == [(1, "A", "B")]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_is_on_the_bus_no_two_channels_have_one_meter(bus: Bus, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(2000):
        channels = chance.sample(range(1, 9), 4)
        names = chance.sample("ABCDEFGH", 4)
        bus.sends(
            **{
                name: on(channel, chance.choice((3, 7, None)))
                for name, channel in zip(names, channels, strict=True)
            }
        )
        identities = [identity for identity, _ in bus.places.dump().values()]
        assert len(identities) == len(set(identities))


async def stand(later: Later, telegram: bytes, seconds: int = 80, every: int = 20) -> None:
    for _ in range(seconds // every):
        await later(telegram, every)


def entities(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, str]:
    """Return the unique ids by entity id, switched off ones too."""
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {entity.entity_id: entity.unique_id for entity in found}


def without(unique_ids: dict[str, str], identity: str) -> dict[str, str]:
    return {entity_id: own.removeprefix(identity) for entity_id, own in unique_ids.items()}


NEW_GAS = build(THREE_PHASE | gas(1, own_id=OTHER_GAS_ID, m3=1.5))


async def test_a_new_gas_meter_takes_the_old_ones_entities(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "custom_components.emucs_p1")
    before, device = entities(hass, entry), device_of(hass, entry, GAS_ID)
    await later(NEW_GAS, 10)
    assert hass.states.get(GAS).state == "unavailable"
    assert entities(hass, entry) == before
    caplog.clear()

    later.port.greeting = NEW_GAS
    await stand(later, NEW_GAS)
    assert entry.state is ConfigEntryState.LOADED
    assert hass.states.get(GAS).state == "1.5"
    assert without(entities(hass, entry), OTHER_GAS_ID) == without(before, GAS_ID)
    assert device_of(hass, entry, OTHER_GAS_ID) == device
    moved = dr.async_get(hass).async_get(device)
    assert moved.serial_number == OTHER_GAS_ID
    assert moved.identifiers == {(DOMAIN, OTHER_GAS_ID)}
    told = [record.message for record in caplog.records if "exchanged" in record.message]
    assert told == [
        "The meter on M-Bus channel 1 of T211-D 0001 was exchanged: its entities go on with the new one"
    ]


async def test_no_error_is_logged_by_anybody_at_a_swap(
    hass: HomeAssistant, later: Later, caplog: pytest.LogCaptureFixture
) -> None:
    later.port.greeting = NEW_GAS
    await stand(later, NEW_GAS)
    assert hass.states.get(GAS).state == "1.5"
    assert [record for record in caplog.records if record.levelname in ("ERROR", "WARNING", "CRITICAL")] == []


async def test_a_swap_is_recognised_across_a_restart(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    before = entities(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    later.port.greeting = NEW_GAS
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await stand(later, NEW_GAS)
    assert hass.states.get(GAS).state == "1.5"
    assert without(entities(hass, entry), OTHER_GAS_ID) == without(before, GAS_ID)


async def test_the_registers_of_the_old_meter_do_not_hold_the_old_one_when_it_returns(
    hass: HomeAssistant, later: Later
) -> None:
    later.port.greeting = NEW_GAS
    await stand(later, NEW_GAS)
    low = build(THREE_PHASE | gas(1, m3=2.0))
    await later(low, 3600)
    later.port.greeting = low
    await stand(later, low)
    assert hass.states.get(GAS).state == "2.0"


async def test_a_second_swap_of_a_channel_waits_for_an_hour(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    later.port.greeting = NEW_GAS
    await stand(later, NEW_GAS)
    later.port.greeting = old = build(THREE_PHASE)
    await stand(later, old, 3400, 100)
    assert registered(hass, "sensor", f"{GAS_ID}_gas") is None
    await stand(later, old, 400)
    assert registered(hass, "sensor", f"{GAS_ID}_gas") is not None
    assert entry.state is ConfigEntryState.LOADED


async def test_two_meters_swapped_at_once_reload_once(hass: HomeAssistant, later: Later) -> None:
    both = build(BARE | gas(1, own_id=OTHER_GAS_ID) | water(2, own_id=NEW_WATER_ID))
    later.port.greeting = both
    opened = len(later.port.opened)
    await stand(later, both)
    assert len(later.port.opened) == opened + 1
    assert registered(hass, "sensor", f"{OTHER_GAS_ID}_gas") is not None
    assert registered(hass, "sensor", f"{NEW_WATER_ID}_water") is not None


@pytest.mark.parametrize("masked", [None, "XXXXXXXXXXXXXX"])
async def test_an_id_that_is_masked_keeps_its_entities_and_so_does_its_return(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry, masked: str | None
) -> None:
    before = entities(hass, entry)
    hidden = build(THREE_PHASE | gas(1, own_id=masked))
    later.port.greeting = hidden
    await stand(later, hidden)
    assert without(entities(hass, entry), f"{THREE_ID}_mbus1") == without(before, GAS_ID)
    later.port.greeting = plain = build(THREE_PHASE)
    await later(plain, 3600)
    await stand(later, plain)
    assert entities(hass, entry) == before
    assert hass.states.get(GAS).state == "1234.567"


async def test_a_meter_that_was_deleted_has_no_successor(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry, remove: Callable[[str], Awaitable[None]]
) -> None:
    await later(build(BARE | water(2)), 10)
    later.port.greeting = build(BARE | water(2))
    await remove(device_of(hass, entry, GAS_ID))
    later.port.greeting = NEW_GAS
    await later(NEW_GAS, 10)
    assert registered(hass, "sensor", f"{OTHER_GAS_ID}_gas") is not None


@pytest.fixture
def remove(hass: HomeAssistant, entry: MockConfigEntry) -> Callable[[str], Awaitable[None]]:
    """Return what deletes a device as a user does."""

    async def delete(device_id: str) -> None:
        registry = dr.async_get(hass)
        assert await async_remove_config_entry_device(hass, entry, registry.async_get(device_id))
        registry.async_remove_device(device_id)
        await hass.async_block_till_done()

    return delete


async def test_nothing_is_left_of_the_swaps_of_an_entry_that_is_removed(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    later.port.greeting = NEW_GAS
    await stand(later, NEW_GAS)
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert not any(value for key, value in hass.data.items() if str(key).startswith(DOMAIN))


async def test_what_has_the_new_identity_already_is_left_alone(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    await later(build(THREE_PHASE | gas(3, own_id=OTHER_GAS_ID)), 10)
    before = entities(hass, entry)
    move_identity(hass, entry.entry_id, GAS_ID, OTHER_GAS_ID)
    assert entities(hass, entry) == before
    assert device_of(hass, entry, GAS_ID) != device_of(hass, entry, OTHER_GAS_ID)


async def test_what_is_switched_off_is_moved_too(hass: HomeAssistant, later: Later) -> None:
    er.async_get(hass).async_update_entity(GAS, disabled_by=er.RegistryEntryDisabler.USER)
    await hass.async_block_till_done()
    later.port.greeting = NEW_GAS
    await stand(later, NEW_GAS)
    moved = registered(hass, "sensor", f"{OTHER_GAS_ID}_gas")
    assert moved is not None
    assert (moved.entity_id, moved.disabled_by) == (GAS, er.RegistryEntryDisabler.USER)


async def test_made_up_ids_reload_nothing_and_make_no_entity(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    before = entities(hass, entry)
    for number in range(200):
        await later(build(THREE_PHASE | {"0-1:96.1.1": hexed(f"7FLO21{number:08}")}), 1)
    assert entities(hass, entry) == before
    assert len(later.port.opened) == 1
    assert WATER_ID in entry.runtime_data.data.mbus
