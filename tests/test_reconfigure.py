"""Changing the port of a meter."""

import errno
from pathlib import Path
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.emucs_p1 import config_flow
from custom_components.emucs_p1.const import HEARD
from custom_components.emucs_p1.p1 import Probed, parse_telegram

from .conftest import PORT, an_entry, set_up, until
from .flows import Person
from .ports import FakePort
from .test_repository import REPOSITORY
from .variants import hexed, three_phase

OTHER = "1SAG3100009999"


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_flow, "_LOOK_AGAIN", 0.005)
    monkeypatch.setattr(config_flow, "_PATIENCE", 0.1)


@pytest.fixture
def person(hass: HomeAssistant) -> Person:
    return Person(hass)


async def test_the_form_shows_the_gateway_that_is_in_use(person: Person, entry: MockConfigEntry) -> None:
    await person.reconfigure(entry, "network")
    assert person.suggested == {"host": "gateway.example", "port": 23}


@pytest.mark.parametrize("step", ["network", "serial"])
async def test_the_form_leads_to_what_its_errors_mean(
    person: Person, entry: MockConfigEntry, step: str
) -> None:
    await person.reconfigure(entry, step)
    advice = f"{REPOSITORY}/blob/main/docs/troubleshooting.md#errors-of-the-dialog"
    assert person.shown["description_placeholders"] == {"advice": advice}


async def test_a_cable_is_not_shown_as_a_gateway(hass: HomeAssistant, person: Person) -> None:
    await person.reconfigure(an_entry(hass, port="/dev/ttyUSB0"), "network")
    assert person.suggested == {}


@pytest.mark.parametrize("port", ["/dev/ttyUSB0", "esphome-hass://esphome/abc"])
async def test_the_form_shows_the_cable_that_is_in_use(
    hass: HomeAssistant, person: Person, port: str
) -> None:
    await person.reconfigure(an_entry(hass, port=port), "serial")
    assert person.suggested == {"port": port}


async def test_a_gateway_is_not_shown_as_a_cable(person: Person, entry: MockConfigEntry) -> None:
    await person.reconfigure(entry, "serial")
    assert person.suggested == {}


async def test_a_meter_moves_to_another_port(
    hass: HomeAssistant, person: Person, meter: FakePort, entry: MockConfigEntry
) -> None:
    await person.reconfigure(entry, "network")
    await person.submit(host="192.168.1.21:23")
    assert person.reason == "reconfigure_successful"
    assert entry.data == {"port": "socket://192.168.1.21:23"}
    assert entry.state is ConfigEntryState.LOADED
    assert len(meter.open_lines) == 1
    assert hass.states.get("sensor.digital_meter_power").state == "500.0"


async def test_another_meter_is_refused(person: Person, meter: FakePort, entry: MockConfigEntry) -> None:
    meter.greeting = three_phase(meter_id=hexed(OTHER))
    await person.reconfigure(entry, "network")
    await person.submit(host="192.168.1.21:23")
    assert person.reason == "other_meter"
    assert entry.data == {"port": PORT}


async def test_a_port_of_another_entry_is_refused_unopened(
    hass: HomeAssistant, person: Person, meter: FakePort, entry: MockConfigEntry
) -> None:
    an_entry(hass, port="socket://192.168.1.21:23", unique_id=OTHER)
    await person.reconfigure(entry, "network")
    await person.submit(host="192.168.1.21:23")
    assert person.reason == "already_configured"
    assert meter.opened == [PORT]


async def test_the_port_in_use_is_asked_over_the_running_link(
    person: Person, meter: FakePort, entry: MockConfigEntry
) -> None:
    await person.reconfigure(entry, "network")
    await person.answer({"host": PORT})
    assert meter.opened == [PORT]
    await person.wait()
    assert person.reason == "reconfigure_successful"
    assert meter.opened == [PORT, PORT]


@pytest.mark.usefixtures("quick")
async def test_the_port_in_use_that_fails_says_why(
    person: Person, meter: FakePort, entry: MockConfigEntry
) -> None:
    meter.refusal = OSError(errno.EBUSY, "busy")
    meter.drop()
    await until(lambda: entry.runtime_data.link.problem)
    await person.reconfigure(entry, "network")
    await person.submit(host=PORT)
    assert (person.form, person.errors) == ("network", {"base": "port_in_use"})


@pytest.mark.usefixtures("quick")
async def test_the_port_in_use_that_is_down_is_waited_for(
    person: Person, meter: FakePort, entry: MockConfigEntry
) -> None:
    meter.refusal = OSError()
    meter.drop()
    await until(lambda: not entry.runtime_data.link.up)
    await person.reconfigure(entry, "network")
    await person.answer({"host": PORT})
    meter.refusal = None
    await person.wait()
    assert person.reason == "reconfigure_successful"


async def test_an_entry_that_waits_for_its_meter_names_the_problem(
    hass: HomeAssistant, person: Person, port: FakePort, entry: MockConfigEntry
) -> None:
    port.refusal = OSError()
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await person.reconfigure(entry, "network")
    await person.submit(host=PORT)
    assert person.errors == {"base": "cannot_connect"}
    assert port.opened == [PORT]


@pytest.mark.usefixtures("quick")
async def test_an_entry_that_waits_for_its_meter_moves_to_another_port(
    hass: HomeAssistant, person: Person, port: FakePort, entry: MockConfigEntry
) -> None:
    port.refusal = OSError()
    await set_up(hass, entry)
    port.refusal = None
    await person.reconfigure(entry, "network")
    await person.submit(host="192.168.1.21:23")
    assert person.reason == "reconfigure_successful"
    assert entry.state is ConfigEntryState.LOADED
    assert len(port.open_lines) == 1


async def test_an_entry_that_is_not_loaded_opens_its_port(
    person: Person, port: FakePort, entry: MockConfigEntry
) -> None:
    await person.reconfigure(entry, "network")
    await person.submit(host=PORT)
    assert person.reason == "reconfigure_successful"
    assert port.opened[0] == PORT


@pytest.mark.usefixtures("quick")
async def test_an_entry_that_waits_is_asked_over_its_waiting_link(
    hass: HomeAssistant, person: Person, port: FakePort, entry: MockConfigEntry
) -> None:
    port.greeting = b""
    port.refusal = OSError()
    await set_up(hass, entry)
    port.refusal = None
    await until(lambda: port.open_lines)
    await person.reconfigure(entry, "network")
    await person.answer({"host": PORT})
    assert len(port.open_lines) == 1
    port.greeting = three_phase()
    port.send(three_phase())
    await person.wait()
    assert person.reason == "reconfigure_successful"
    assert entry.state is ConfigEntryState.LOADED


async def test_a_gateway_found_slow_is_given_the_time_that_it_needs(
    hass: HomeAssistant, person: Person, meter: FakePort, entry: MockConfigEntry
) -> None:
    heard = Probed(parse_telegram(three_phase()), waited=60.0)
    meter.greeting = b""
    await person.reconfigure(entry, "network")
    with patch.object(config_flow, "probe", return_value=heard):
        await person.submit(host="192.168.1.21:23")
    await hass.async_block_till_done()
    assert entry.runtime_data.link.url == "socket://192.168.1.21:23"
    assert entry.runtime_data.link.usual_interval == 60


async def test_what_a_disabled_meter_said_now_is_not_taken_for_news_when_it_is_enabled(
    hass: HomeAssistant, person: Person, port: FakePort, entry: MockConfigEntry
) -> None:
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    await person.reconfigure(entry, "network")
    await person.submit(host="192.168.1.21:23")
    assert person.reason == "reconfigure_successful"
    assert port.open_lines == []
    assert hass.data[HEARD] == {}


@pytest.mark.parametrize("paths", [("cable", "ttyP1"), ("ttyP1", "cable")], ids=" typed as ".join)
async def test_the_port_in_use_is_asked_over_the_running_link_by_whatever_path(
    hass: HomeAssistant, person: Person, port: FakePort, paths: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / "cable").symlink_to(tmp_path / "ttyP1")
    held, typed = (str(tmp_path / path) for path in paths)
    entry = an_entry(hass, port=held)
    await set_up(hass, entry)
    await person.reconfigure(entry, "serial")
    await person.answer({"port": typed})
    assert port.opened == [held]
    await person.wait()
    assert person.reason == "reconfigure_successful"
    assert port.opened == [held, typed]


async def test_a_port_of_two_entries_is_not_opened_for_the_one_that_does_not_read_it(
    hass: HomeAssistant, person: Person, meter: FakePort, entry: MockConfigEntry
) -> None:
    idle = an_entry(hass, port="tcp://gateway.example:23", unique_id=OTHER)
    assert entry.state is ConfigEntryState.LOADED
    await person.reconfigure(idle, "network")
    await person.submit(host=PORT)
    assert person.reason == "already_configured"
    assert meter.opened == [PORT]
