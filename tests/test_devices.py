"""The meters in the device registry."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntry
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.emucs_p1.const import DOMAIN
from custom_components.emucs_p1.devices import _KINDS
from custom_components.emucs_p1.p1 import MbusType

from .conftest import Later, an_entry, set_up
from .ports import FakePort
from .variants import (
    GAS_ID,
    HEAT_ID,
    OTHER_GAS_ID,
    THREE_ID,
    THREE_PHASE,
    VARIANTS,
    WATER_ID,
    build,
    electricity,
    gas,
    mbus,
)


def device(hass: HomeAssistant, entry: MockConfigEntry, identity: str) -> DeviceEntry:
    found = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, identity), entry.entry_id)
    assert found is not None
    return found


def names(hass: HomeAssistant, entry: MockConfigEntry) -> set[str | None]:
    return {found.name for found in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)}


async def test_the_electricity_meter_says_what_it_is(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry
) -> None:
    assert meter.open_lines
    found = device(hass, entry, THREE_ID)
    assert (found.name, found.manufacturer, found.model) == ("Digital meter", "Sagemcom", "T211-D")
    assert (found.serial_number, found.sw_version) == (THREE_ID, "eMUCS-P1 1.7")


@pytest.mark.parametrize(
    ("variant", "expected"),
    [("iskra", (None, "2MIE5T-200", None)), ("dutch", (None, "KAIFA-METER", "DSMR 5.0"))],
)
async def test_a_foreign_meter_says_what_it_can(
    hass: HomeAssistant, port: FakePort, variant: str, expected: tuple[str | None, ...]
) -> None:
    header, equipment_id, lines = VARIANTS[variant]
    port.greeting = build(lines, header)
    entry = an_entry(hass, unique_id=equipment_id)
    await set_up(hass, entry)
    found = device(hass, entry, equipment_id)
    assert (found.manufacturer, found.model, found.sw_version) == expected


@pytest.mark.parametrize(
    ("identity", "described"), [(GAS_ID, "Gas meter, Flonidan"), (WATER_ID, "Water meter, SEU")]
)
async def test_a_meter_behind_it_is_linked_to_it(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry, identity: str, described: str
) -> None:
    assert meter.open_lines
    found = device(hass, entry, identity)
    assert f"{found.name}, {found.manufacturer}" == described
    assert found.serial_number == identity
    assert found.via_device_id == device(hass, entry, THREE_ID).id


async def test_the_edition_follows_a_firmware_update(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    port.greeting = build(electricity(THREE_ID, "50216"))
    await set_up(hass, entry)
    assert device(hass, entry, THREE_ID).sw_version == "eMUCS-P1 1.6"
    port.greeting = build(electricity(THREE_ID, "50217"))
    await hass.config_entries.async_reload(entry.entry_id)
    assert device(hass, entry, THREE_ID).sw_version == "eMUCS-P1 1.7"


async def test_the_edition_follows_a_firmware_update_while_running(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry, later: Later
) -> None:
    assert port.open_lines
    await later(build(electricity(THREE_ID, "50221")))
    assert device(hass, entry, THREE_ID).sw_version == "eMUCS-P1 2.1"


async def test_an_edition_that_is_garbled_for_once_is_still_known(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    await later(build(THREE_PHASE | {"0-0:96.1.4": "(50#)(17"}))
    assert device(hass, entry, THREE_ID).sw_version == "eMUCS-P1 1.7"


async def test_an_id_that_is_garbled_for_once_is_still_that_meters(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    await later(build(THREE_PHASE | {"0-1:96.1.1": "(3#)(46"}))
    assert names(hass, entry) == {"Digital meter", "Gas meter", "Water meter"}
    assert hass.states.get("sensor.gas_meter_gas").state == "1234.567"


async def test_an_id_that_is_garbled_from_the_start_waits_until_it_is_not(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    port.greeting = build(THREE_PHASE | {"0-1:96.1.1": "(3#)(46"})
    await set_up(hass, entry)
    assert names(hass, entry) == {"Digital meter", "Water meter"}


async def test_a_meter_whose_garbled_id_is_no_longer_sent_goes_by_its_channel(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry, clock: Later
) -> None:
    port.greeting = build(THREE_PHASE | {"0-1:96.1.1": "(3#)(46"})
    await set_up(hass, entry)
    await clock(build({code: value for code, value in THREE_PHASE.items() if code != "0-1:96.1.1"}))
    assert names(hass, entry) == {"Digital meter", "Gas meter", "Water meter"}


async def test_one_meter_of_a_type_has_no_number(
    hass: HomeAssistant, meter: FakePort, entry: MockConfigEntry
) -> None:
    assert meter.open_lines
    assert names(hass, entry) == {"Digital meter", "Gas meter", "Water meter"}


async def test_two_meters_of_a_type_are_numbered_by_channel(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    port.greeting = build(electricity(THREE_ID, "50217") | gas(4) | gas(2, own_id=OTHER_GAS_ID))
    await set_up(hass, entry)
    assert device(hass, entry, OTHER_GAS_ID).name == "Gas meter 1"
    assert device(hass, entry, GAS_ID).name == "Gas meter 2"


async def test_numbers_come_with_a_second_meter_and_keep_the_entities(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry
) -> None:
    await later(build(THREE_PHASE | gas(4, own_id=OTHER_GAS_ID)))
    assert device(hass, entry, GAS_ID).name == "Gas meter 1"
    assert device(hass, entry, OTHER_GAS_ID).name == "Gas meter 2"
    assert hass.states.get("sensor.gas_meter_gas").state == "1234.567"


async def test_numbers_go_when_one_meter_is_left_at_a_restart(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    port.greeting = build(electricity(THREE_ID, "50217") | gas(1) | gas(2, own_id=OTHER_GAS_ID))
    await set_up(hass, entry)
    port.greeting = build(electricity(THREE_ID, "50217") | gas(1))
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert device(hass, entry, GAS_ID).name == "Gas meter"


async def test_a_type_that_is_garbled_for_once_renames_nobody(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    lines = electricity(THREE_ID, "50217") | gas(1) | gas(2, own_id=OTHER_GAS_ID)
    port.greeting = build(lines)
    await set_up(hass, entry)
    entry.runtime_data._published = 0.0
    port.send(build(lines | {"0-2:24.1.0": "(?)"}))
    await hass.async_block_till_done()
    assert names(hass, entry) == {"Digital meter", "Gas meter 1", "Gas meter 2"}


async def test_a_meter_whose_type_comes_late_is_named_by_it(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    port.greeting = build(THREE_PHASE | {"0-1:24.1.0": "(?)"})
    await set_up(hass, entry)
    entry.runtime_data._published = 0.0
    port.send(build(THREE_PHASE))
    await hass.async_block_till_done()
    assert device(hass, entry, GAS_ID).name == "Gas meter"


async def test_a_meter_of_an_unknown_type_is_no_device(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry
) -> None:
    port.greeting = build(electricity(THREE_ID, "50217") | mbus(1, 255, HEAT_ID, "00001.000*m3"))
    await set_up(hass, entry)
    assert names(hass, entry) == {"Digital meter"}


@pytest.mark.parametrize("kind", MbusType)
def test_every_known_type_has_a_name(kind: MbusType) -> None:
    assert kind in _KINDS
