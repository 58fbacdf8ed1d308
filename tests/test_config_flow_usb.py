"""A cable that was plugged in is offered."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
import logging
from pathlib import Path
from unittest.mock import patch

from homeassistant.components.usb import USBDevice
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_USB,
    ConfigEntryDisabler,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.usb import UsbServiceInfo
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.emucs_p1 import config_flow, coordinator
from custom_components.emucs_p1.cables import cable_id
from custom_components.emucs_p1.const import DOMAIN

from .conftest import PORT, an_entry, set_up, until
from .flows import Person
from .ports import FakePort
from .variants import THREE_ID, build, electricity, hexed, three_phase

SERIAL_NUMBER = "A10FTDI7Q"
OTHER = "1SAG3100009999"


class Stick(Person):
    """A person who sees what becomes of a cable that is plugged in."""

    async def plug_in(self, cable: UsbServiceInfo) -> Stick:
        self.shown = await self.hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_USB}, data=cable
        )
        return self


@pytest.fixture
def person(hass: HomeAssistant, port: FakePort) -> Stick:  # noqa: ARG001
    return Stick(hass)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for a silent port."""
    monkeypatch.setattr(config_flow, "_PATIENCE", 0.03)
    monkeypatch.setattr(config_flow, "_PATIENCE_SLOW", 0.3)


@pytest.fixture
def device(tmp_path: Path) -> Path:
    """Return a device, to which the link `by-id` beside it leads."""
    device = tmp_path / "ttyUSB0"
    device.touch()
    (tmp_path / "by-id").symlink_to(device)
    return device


def by_id(device: Path) -> str:
    return str(device.with_name("by-id"))


def moved(device: Path) -> Path:
    """Have the device come back under the next name; return that."""
    again = device.rename(device.with_name("ttyUSB1"))
    device.with_name("by-id").unlink()
    device.with_name("by-id").symlink_to(again)
    return again


def a_cable(
    device: Path | str,
    description: str | None = "P1 Converter Cable",
    serial_number: str | None = SERIAL_NUMBER,
) -> UsbServiceInfo:
    return UsbServiceInfo(
        device=str(device),
        vid="0403",
        pid="6001",
        serial_number=serial_number,
        manufacturer="FTDI",
        description=description,
    )


@contextmanager
def named(path: str) -> Iterator[None]:
    """Have every device known by this path."""
    with patch("homeassistant.components.usb.get_serial_by_id", return_value=path):
        yield


def offers(hass: HomeAssistant) -> list[ConfigFlowResult]:
    return hass.config_entries.flow.async_progress_by_handler(DOMAIN)


async def test_a_cable_is_offered_by_its_name_unopened(person: Stick, port: FakePort, device: Path) -> None:
    await person.plug_in(a_cable(device))
    assert (person.form, person.errors) == ("usb_confirm", {})
    assert person.shown["description_placeholders"]["name"] == "P1 Converter Cable"
    assert offers(person.hass)[0]["context"]["title_placeholders"] == {"name": "P1 Converter Cable"}
    assert port.opened == []


async def test_home_assistants_own_scan_offers_the_cable(
    hass: HomeAssistant, port: FakePort, device: Path
) -> None:
    cable = USBDevice(
        device=by_id(device),
        vid="0403",
        pid="6001",
        serial_number=SERIAL_NUMBER,
        manufacturer="FTDI",
        description="P1 Converter Cable",
    )
    with patch("homeassistant.components.usb.scan_serial_ports", return_value=[cable]):
        assert await async_setup_component(hass, "usb", {})
        hass.bus.async_fire("homeassistant_started")
        await until(lambda: offers(hass), hass)
    assert [offer["step_id"] for offer in offers(hass)] == ["usb_confirm"]
    assert port.opened == []


async def test_the_meter_is_added_when_the_person_wants_it(
    hass: HomeAssistant, person: Stick, port: FakePort, device: Path
) -> None:
    with named(by_id(device)):
        await person.plug_in(a_cable(device))
    await person.submit()
    assert person.shown["type"] is FlowResultType.CREATE_ENTRY
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert (entry.title, entry.data, entry.unique_id) == ("T211-D 0001", {"port": by_id(device)}, THREE_ID)
    assert port.opened[0] == by_id(device)


async def test_the_same_cable_is_offered_once(person: Stick, device: Path) -> None:
    other = await Stick(person.hass).plug_in(a_cable(device))
    await person.plug_in(a_cable(device.with_name("ttyUSB1")))
    assert person.reason == "already_in_progress"
    assert other.form == "usb_confirm"


async def test_two_cables_are_offered_both(person: Stick, device: Path) -> None:
    await Stick(person.hass).plug_in(a_cable(device))
    await person.plug_in(a_cable(device.with_name("ttyUSB1"), serial_number="A10FTDI8R"))
    assert len(offers(person.hass)) == 2


async def test_a_cable_that_is_ignored_is_not_offered_again(
    hass: HomeAssistant, person: Stick, device: Path
) -> None:
    await person.plug_in(a_cable(device))
    unique_id = offers(hass)[0]["context"]["unique_id"]
    await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_IGNORE},
        data={"unique_id": unique_id, "title": "P1 Converter Cable"},
    )
    assert offers(hass) == []
    await person.plug_in(a_cable(device))
    assert person.reason == "already_configured"


async def test_an_ignored_cable_can_be_set_up_by_hand(
    hass: HomeAssistant, person: Stick, device: Path
) -> None:
    MockConfigEntry(
        domain=DOMAIN, source=SOURCE_IGNORE, unique_id=cable_id(a_cable(device)), data={}
    ).add_to_hass(hass)
    await person.choose("serial")
    await person.submit(port=str(device))
    assert person.shown["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("paths", product(("by-id", "ttyUSB0"), repeat=2), ids=" found as ".join)
async def test_a_port_that_an_entry_reads_is_not_offered_under_any_path(
    hass: HomeAssistant, person: Stick, port: FakePort, device: Path, paths: tuple[str, str]
) -> None:
    held, found = (str(device.with_name(path)) for path in paths)
    await set_up(hass, an_entry(hass, port=held))
    await person.plug_in(a_cable(found))
    assert person.reason == "already_configured"
    assert port.opened == [held]


async def test_a_cable_that_comes_back_as_another_device_is_known_by_its_id(
    hass: HomeAssistant, person: Stick, meter: FakePort, entry: MockConfigEntry, device: Path
) -> None:
    hass.config_entries.async_update_entry(entry, data={"port": by_id(device)})
    again = moved(device)
    with named(by_id(device)):
        await person.plug_in(a_cable(again))
    assert person.reason == "already_configured"
    assert entry.data == {"port": by_id(device)}
    assert meter.opened == [PORT]


async def test_a_port_whose_entry_waits_for_its_meter_is_not_offered(
    hass: HomeAssistant, person: Stick, port: FakePort, device: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coordinator, "_SETUP_PATIENCE", 0.02)
    port.greeting = b""
    entry = an_entry(hass, port=by_id(device))
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await person.plug_in(a_cable(device))
    assert person.reason == "already_configured"
    assert port.opened == [by_id(device)]


async def test_a_port_whose_entry_is_disabled_is_not_offered(
    hass: HomeAssistant, person: Stick, port: FakePort, device: Path
) -> None:
    entry = an_entry(hass, port=by_id(device))
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    await person.plug_in(a_cable(device))
    assert person.reason == "already_configured"
    assert port.opened == []


async def test_a_port_that_got_an_entry_since_the_offer_is_not_opened(
    hass: HomeAssistant, person: Stick, port: FakePort, device: Path
) -> None:
    await person.plug_in(a_cable(device))
    an_entry(hass, port=by_id(device))
    await person.submit()
    assert person.reason == "already_configured"
    assert port.opened == []


@pytest.mark.parametrize("path", ["by-id", "ttyUSB0"])
async def test_a_dialog_by_hand_does_not_open_it_under_another_path_either(
    hass: HomeAssistant, person: Stick, port: FakePort, device: Path, path: str
) -> None:
    an_entry(hass, port=by_id(device))
    await person.choose("serial")
    await person.submit(port=str(device.with_name(path)))
    assert person.reason == "already_configured"
    assert port.opened == []


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        ((OSError(), b""), "cannot_connect"),
        ((ValueError(), b""), "invalid_address"),
        ((None, b""), "no_data"),
        ((None, b"\xff\xaa\x55" * 7000), "not_p1"),
        ((None, build({"1-0:1.7.0": "(00.500*kW)"})), "no_equipment_id"),
    ],
)
@pytest.mark.usefixtures("impatient")
async def test_a_problem_is_told_and_overcome(
    person: Stick, port: FakePort, device: Path, trouble: tuple[BaseException | None, bytes], error: str
) -> None:
    port.refusal, port.greeting = trouble
    await person.plug_in(a_cable(device))
    await person.submit()
    assert (person.form, person.errors) == ("usb_confirm", {"base": error})
    assert person.shown["description_placeholders"]["name"] == "P1 Converter Cable"

    port.refusal, port.greeting = None, three_phase()
    await person.submit()
    assert person.shown["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.usefixtures("impatient")
async def test_a_silent_cable_can_be_listened_to_for_longer(
    person: Stick, port: FakePort, device: Path
) -> None:
    port.greeting = b""
    await person.plug_in(a_cable(device))
    await person.submit()
    assert person.fields == ["listen_longer"]


async def test_a_meter_that_was_elsewhere_gets_the_cable_and_is_reloaded(
    hass: HomeAssistant, person: Stick, meter: FakePort, entry: MockConfigEntry, device: Path
) -> None:
    await person.plug_in(a_cable(device))
    await person.submit()
    assert person.reason == "already_configured"
    assert entry.data == {"port": str(device)}
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data.link.url == str(device)
    assert len(meter.open_lines) == 1
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


async def test_a_disabled_meter_gets_the_cable_and_stays_disabled(
    hass: HomeAssistant, person: Stick, port: FakePort, entry: MockConfigEntry, device: Path
) -> None:
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    await person.plug_in(a_cable(device))
    await person.submit()
    assert entry.data == {"port": str(device)}
    assert port.open_lines == []


async def test_another_meter_becomes_an_entry_of_its_own(
    hass: HomeAssistant, person: Stick, meter: FakePort, entry: MockConfigEntry, device: Path
) -> None:
    meter.greeting = three_phase(meter_id=hexed(OTHER))
    await person.plug_in(a_cable(device))
    await person.submit()
    assert person.shown["type"] is FlowResultType.CREATE_ENTRY
    assert entry.data == {"port": PORT}
    assert {entry.unique_id for entry in hass.config_entries.async_entries(DOMAIN)} == {THREE_ID, OTHER}


@pytest.mark.parametrize("known", [False, True], ids=["added", "moved"])
async def test_an_offer_goes_when_the_cable_is_set_up_by_hand(
    hass: HomeAssistant, person: Stick, port: FakePort, device: Path, *, known: bool
) -> None:
    assert port.greeting
    await Stick(hass).plug_in(a_cable(device))
    if known:
        await person.reconfigure(an_entry(hass), "serial")
    else:
        await person.choose("serial")
    await person.submit(port=str(device))
    assert offers(hass) == []


async def test_an_offer_of_another_cable_stays(hass: HomeAssistant, person: Stick, device: Path) -> None:
    other = await Stick(hass).plug_in(a_cable(device.with_name("ttyUSB7")))
    await person.choose("serial")
    await person.submit(port=str(device))
    assert [offer["flow_id"] for offer in offers(hass)] == [other.shown["flow_id"]]


async def test_unplugging_while_it_listens_closes_the_port(
    hass: HomeAssistant, person: Stick, port: FakePort, device: Path
) -> None:
    port.greeting = b""
    await person.plug_in(a_cable(device))
    await person.answer({})
    await until(lambda: port.open_lines)
    hass.config_entries.flow.async_abort(person.shown["flow_id"])
    await until(lambda: not port.open_lines)


async def test_the_serial_number_of_the_cable_is_not_logged(
    hass: HomeAssistant,
    person: Stick,
    port: FakePort,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "custom_components.emucs_p1")
    caplog.set_level(logging.DEBUG, "homeassistant")
    port.refusal = OSError()
    await person.plug_in(a_cable(tmp_path / f"usb-FTDI_P1_{SERIAL_NUMBER}"))
    await person.submit()
    port.refusal, port.greeting = None, build(electricity(OTHER, "50217"))
    await person.submit()
    await hass.async_block_till_done()
    assert person.shown["type"] is FlowResultType.CREATE_ENTRY
    assert SERIAL_NUMBER not in caplog.text
