"""Adding a meter."""

import asyncio
import errno
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import ConfigEntryNotReady
import pytest
import serialx

from custom_components.emucs_p1 import config_flow
from custom_components.emucs_p1.const import DOMAIN
from custom_components.emucs_p1.p1 import Probed, link, parse_telegram

from .conftest import PORT, an_entry, until
from .flows import Person
from .p1.ports import Gateway
from .p1.telegrams import ENCRYPTED_HEADER
from .ports import FakePort
from .variants import THREE_ID, THREE_PHASE, build, hexed, three_phase

ANONYMOUS = build({code: value for code, value in THREE_PHASE.items() if code != "0-0:96.1.1"})
DAMAGED = three_phase().replace(b"(0001)", b"(0002)")


@pytest.fixture
def person(hass: HomeAssistant, port: FakePort) -> Person:  # noqa: ARG001
    return Person(hass)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for a silent port."""
    monkeypatch.setattr(config_flow, "_PATIENCE", 0.03)
    monkeypatch.setattr(config_flow, "_PATIENCE_SLOW", 0.3)


def added(person: Person) -> tuple[str, dict[str, str]]:
    """Return title and data of the entry that was made."""
    assert person.shown["type"] is FlowResultType.CREATE_ENTRY
    return person.shown["title"], person.shown["data"]


async def test_the_dialog_begins_with_a_choice_of_ways(hass: HomeAssistant) -> None:
    shown = await hass.config_entries.flow.async_init(DOMAIN, context={"source": "user"})
    assert (shown["type"], shown["menu_options"]) == (FlowResultType.MENU, ["serial", "network"])


async def test_a_gateway_is_added_by_host_and_port(person: Person) -> None:
    await person.choose("network")
    await person.submit(host="gateway.example", port=23)
    assert added(person) == ("T211-D 0001", {"port": PORT})


async def test_the_meter_is_the_entrys_identity(hass: HomeAssistant, person: Person) -> None:
    await person.choose("network")
    await person.submit(host="gateway.example", port=23)
    assert hass.config_entries.async_entries(DOMAIN)[0].unique_id == THREE_ID


async def test_a_real_gateway_on_the_network_is_added(hass: HomeAssistant, gateway: Gateway) -> None:
    person = await Person(hass).choose("network")
    await person.submit(host="127.0.0.1", port=gateway.port)
    assert added(person) == ("T211-D 0001", {"port": gateway.url})


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ({"host": "192.168.1.20:2000"}, "socket://192.168.1.20:2000"),
        ({"host": "tcp://gateway:2000", "port": 23}, "tcp://gateway:2000"),
        ({"host": "fe80::1", "port": 23}, "socket://[fe80::1]:23"),
    ],
    ids=["host and port in one", "pasted URL", "IPv6"],
)
async def test_the_host_field_takes_whole_addresses(
    person: Person, port: FakePort, typed: dict[str, str | int], url: str
) -> None:
    await person.choose("network")
    await person.submit(**typed)
    assert added(person)[1] == {"port": url}
    assert port.opened[0] == url


@pytest.mark.parametrize(
    ("host", "field"), [("gateway.example", "port"), ("two words:23", "host")], ids=["no port", "no host"]
)
async def test_an_address_that_is_none_is_an_error_of_its_field(
    person: Person, port: FakePort, host: str, field: str
) -> None:
    await person.choose("network")
    await person.submit(host=host)
    assert person.errors == {field: "invalid_address"}
    assert person.suggested == {"host": host}
    assert port.opened == []

    await person.submit(host="gateway.example", port=23)
    assert added(person)[1] == {"port": PORT}


async def test_a_cable_is_added_by_its_path(person: Person) -> None:
    await person.choose("serial")
    with patch("homeassistant.components.usb.get_serial_by_id", return_value="/dev/serial/by-id/usb-P1"):
        await person.submit(port="/dev/ttyUSB0")
    assert added(person) == ("T211-D 0001", {"port": "/dev/serial/by-id/usb-P1"})


async def test_a_port_of_an_esphome_device_is_taken_as_it_is(person: Person) -> None:
    await person.choose("serial")
    await person.submit(port="esphome-hass://esphome/abc?port_name=P1")
    assert added(person)[1] == {"port": "esphome-hass://esphome/abc?port_name=P1"}


async def test_a_meter_is_listened_to_at_115200_baud_without_low_latency(
    person: Person, port: FakePort
) -> None:
    await person.choose("network")
    await person.submit(host="gateway.example", port=23)
    assert port.options == {"baudrate": 115200, "low_latency": False}


async def test_the_person_sees_progress_until_the_meter_speaks(person: Person, port: FakePort) -> None:
    port.greeting = b""
    await person.choose("network")
    await person.answer({"host": "gateway.example", "port": 23})
    assert (person.shown["type"], person.shown["progress_action"]) == (FlowResultType.SHOW_PROGRESS, "listen")
    await until(lambda: port.open_lines)
    await person.answer()
    assert person.shown["type"] is FlowResultType.SHOW_PROGRESS

    port.greeting = three_phase()
    port.send(three_phase())
    await person.wait()
    assert added(person)[1] == {"port": PORT}


@pytest.mark.parametrize(
    ("refusal", "greeting", "error"),
    [
        (OSError(), b"", "cannot_connect"),
        (TimeoutError(), b"", "cannot_connect"),
        (serialx.SerialException(), b"", "cannot_connect"),
        (ConfigEntryNotReady(), b"", "cannot_connect"),
        (OSError(errno.EBUSY, "busy"), b"", "port_in_use"),
        (None, b"", "no_data"),
        (None, b"\xff\xaa\x55" * 7000, "not_p1"),
        (None, b"some other device\r\n", "not_p1"),
        (None, DAMAGED * 3, "crc_errors"),
        (None, ENCRYPTED_HEADER, "encrypted"),
        (None, ANONYMOUS, "no_equipment_id"),
    ],
)
@pytest.mark.usefixtures("impatient")
async def test_every_problem_is_named_and_overcome(
    person: Person, port: FakePort, refusal: BaseException | None, greeting: bytes, error: str
) -> None:
    port.refusal, port.greeting = refusal, greeting
    await person.choose("network")
    await person.submit(host="gateway.example", port=23)
    assert (person.form, person.errors) == ("network", {"base": error})
    assert person.suggested == {"host": "gateway.example", "port": 23}

    port.refusal, port.greeting = None, three_phase()
    await person.submit(host="gateway.example", port=23)
    assert added(person) == ("T211-D 0001", {"port": PORT})


async def test_a_gateway_that_closes_at_once_is_not_a_silent_one(person: Person, port: FakePort) -> None:
    port.greeting = b""
    await person.choose("network")
    await person.answer({"host": "gateway.example", "port": 23})
    await until(lambda: port.open_lines)
    port.drop()
    await person.wait()
    assert person.errors == {"base": "cannot_connect"}


@pytest.mark.parametrize(
    ("way", "typed", "field"),
    [("network", {"host": "gopher://gateway"}, "host"), ("serial", {"port": "nowhere://"}, "base")],
)
async def test_an_address_that_serialx_does_not_take_is_an_error(
    person: Person, port: FakePort, way: str, typed: dict[str, str], field: str
) -> None:
    port.refusal = ValueError()
    await person.choose(way)
    await person.submit(**typed)
    assert (person.form, person.errors) == (way, {field: "invalid_address"})


async def test_a_cable_that_failed_can_be_picked_again(person: Person, port: FakePort) -> None:
    port.refusal = OSError()
    await person.choose("serial")
    await person.submit(port="/dev/ttyP1")
    assert (person.form, person.errors) == ("serial", {"base": "cannot_connect"})
    assert person.suggested == {"port": "/dev/ttyP1"}


async def test_a_serial_port_that_is_none_is_told(person: Person, port: FakePort) -> None:
    await person.choose("serial")
    await person.submit(port="192.168.1.20:23")
    assert (person.form, person.errors) == ("serial", {"port": "invalid_address"})
    assert port.opened == []


async def test_a_broken_url_is_told_beside_another_meter(
    hass: HomeAssistant, person: Person, port: FakePort
) -> None:
    an_entry(hass)
    port.refusal = ValueError()
    await person.choose("serial")
    await person.submit(port="socket://gateway:twenty")
    assert person.errors == {"base": "invalid_address"}


async def test_a_path_that_cannot_be_one_is_told(person: Person, port: FakePort) -> None:
    port.refusal = ValueError("embedded null character")
    await person.choose("serial")
    await person.submit(port="/dev/tty\0")
    assert person.errors == {"base": "invalid_address"}


@pytest.mark.parametrize("same", ["tcp://gateway.example:23", "socket://GATEWAY.example:23/"])
async def test_a_port_that_is_set_up_is_known_however_it_is_written(
    hass: HomeAssistant, person: Person, port: FakePort, same: str
) -> None:
    an_entry(hass)
    await person.choose("network")
    await person.submit(host=same)
    assert person.reason == "already_configured"
    assert port.opened == []


@pytest.mark.usefixtures("impatient")
async def test_a_silent_port_can_be_listened_to_for_longer(
    person: Person, port: FakePort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config_flow, "_PATIENCE_SLOW", 2)
    port.greeting = b""
    await person.choose("network")
    assert person.fields == ["host", "port"]
    await person.submit(host="gateway.example", port=23)
    assert person.fields == ["host", "port", "listen_longer"]

    await person.answer({"host": "gateway.example", "port": 23, "listen_longer": True})
    # Longer than the short patience, shorter than the long one.
    await asyncio.sleep(0.1)
    port.greeting = three_phase()
    port.send(three_phase())
    await person.wait()
    assert added(person)[1] == {"port": PORT}


@pytest.mark.usefixtures("impatient")
async def test_listening_longer_in_vain_keeps_the_choice(person: Person, port: FakePort) -> None:
    port.greeting = b""
    await person.choose("serial")
    await person.submit(port="/dev/ttyP1")
    await person.submit(port="/dev/ttyP1", listen_longer=True)
    assert person.errors == {"base": "no_data"}
    assert person.suggested == {"port": "/dev/ttyP1", "listen_longer": True}


def test_a_person_waits_twelve_seconds_at_most_or_ninety() -> None:
    assert config_flow._PATIENCE <= 12
    assert config_flow._PATIENCE_SLOW == 90


async def test_a_port_that_is_set_up_is_not_opened_again(
    hass: HomeAssistant, person: Person, port: FakePort
) -> None:
    an_entry(hass)
    await person.choose("network")
    await person.submit(host="gateway.example", port=23)
    assert person.reason == "already_configured"
    assert port.opened == []


async def test_the_same_meter_on_another_port_is_not_added(hass: HomeAssistant, person: Person) -> None:
    an_entry(hass, port="/dev/ttyUSB0")
    await person.choose("network")
    await person.submit(host="gateway.example", port=23)
    assert person.reason == "already_configured"


async def test_two_meters_can_be_added(hass: HomeAssistant, person: Person, port: FakePort) -> None:
    an_entry(hass, port="/dev/ttyUSB0")
    port.greeting = three_phase(meter_id=hexed("1SAG3100009999"))
    await person.choose("network")
    await person.submit(host="gateway.example", port=23)
    assert added(person) == ("T211-D 9999", {"port": PORT})


async def test_closing_the_dialog_closes_the_port(
    hass: HomeAssistant, person: Person, port: FakePort
) -> None:
    port.greeting = b""
    await person.choose("network")
    await person.answer({"host": "gateway.example", "port": 23})
    await until(lambda: port.open_lines)
    hass.config_entries.flow.async_abort(person.shown["flow_id"])
    await until(lambda: not port.open_lines)


async def test_a_dialog_closed_before_it_listened_is_no_matter(hass: HomeAssistant, person: Person) -> None:
    await person.choose("network")
    hass.config_entries.flow.async_abort(person.shown["flow_id"])
    assert hass.config_entries.flow.async_progress() == []


async def test_the_same_meter_in_two_dialogs_at_once_is_added_once(
    hass: HomeAssistant, person: Person, port: FakePort
) -> None:
    other = await Person(hass).choose("network")
    await person.choose("network")
    await person.submit(host="gateway.example", port=23)
    await other.submit(host="gateway.example", port=24)
    assert added(person)[1] == {"port": PORT}
    assert other.reason == "already_configured"
    assert len(port.open_lines) == 1


@pytest.mark.usefixtures("impatient")
async def test_a_slow_gateway_is_remembered_for_the_set_up(
    hass: HomeAssistant, person: Person, port: FakePort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "SLOW_INTERVAL", 0.05)
    monkeypatch.setattr(config_flow, "_PATIENCE", 5)
    port.greeting = b""
    await person.choose("network")
    await person.answer({"host": "gateway.example", "port": 23})
    await asyncio.sleep(0.1)
    port.send(three_phase())
    await person.wait()
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert entry.runtime_data.link.usual_interval > 0.05


async def test_the_telegram_that_the_dialog_heard_is_shown_without_another(
    hass: HomeAssistant, person: Person, port: FakePort
) -> None:
    port.greeting = b""
    heard = Probed(parse_telegram(three_phase()), waited=0.5)
    await person.choose("network")
    with patch.object(config_flow, "probe", return_value=heard):
        await person.submit(host="gateway.example", port=23)
    await hass.async_block_till_done()
    assert float(hass.states.get("sensor.digital_meter_energy_import").state) > 0
