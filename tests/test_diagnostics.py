"""What a person may post in public."""

import json
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.emucs_p1.diagnostics import masked
from custom_components.emucs_p1.p1.objects import DATA_OBJECTS

from .conftest import House, Later, an_entry, set_up
from .house import at
from .ports import FakePort
from .variants import (
    GAS_ID,
    THREE_ID,
    THREE_PHASE,
    VARIANTS,
    WATER_ID,
    build,
    hexed,
    kwh,
    three_phase,
)

EAN = "541448820000000001"
MESSAGE = "Beste Jan Peeters, Dorpsstraat 1"
SECRETS = {
    "0-0:96.1.2": hexed(EAN),
    "0-0:96.13.0": hexed(MESSAGE),
    "0-1:96.1.2": hexed("541448820000000002"),
    "0-9:96.1.1": hexed("9XYZ0000000009"),
    "1-0:99.99.9": "(neighbour)",
    "1-0:1.8.1": "(someone@example.org)",
}


@pytest.fixture
async def dump(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> dict[str, Any]:
    """Return the diagnostics of a meter that sends everything that is private."""
    port.greeting = build(THREE_PHASE | SECRETS)
    await set_up(hass, entry)
    return await get_diagnostics_for_config_entry(hass, hass_client, entry)


@pytest.mark.parametrize(
    "secret",
    [
        THREE_ID,
        GAS_ID,
        WATER_ID,
        EAN,
        MESSAGE,
        "Peeters",
        "9XYZ0000000009",
        "neighbour",
        "someone",
        "gateway.example",
    ],
)
def test_nothing_tells_whose_meter_it_is(dump: dict[str, Any], secret: str) -> None:
    text = json.dumps(dump)
    assert secret not in text
    assert hexed(secret)[1:-1] not in text.upper()


def test_harmless_lines_are_in_clear(dump: dict[str, Any]) -> None:
    for code in ("0-0:96.1.4", "0-0:1.0.0", "1-0:1.7.0", "0-0:98.1.0", "0-1:24.2.3"):
        assert f"{code}{THREE_PHASE[code]}" in dump["telegram"]


def test_every_line_is_there_if_only_by_its_code(dump: dict[str, Any]) -> None:
    assert [line.partition("(")[0] for line in dump["telegram"]] == list(THREE_PHASE | SECRETS)


def test_a_known_line_that_could_not_be_read_is_masked(dump: dict[str, Any]) -> None:
    assert "1-0:1.8.1(**masked**)" in dump["telegram"]


@pytest.mark.parametrize(
    "line",
    [
        "0-0:96.1.4(Peeters)",
        "0-0:96.14.0(0470123456)",
        "0-0:96.3.10(Peeters)",
        "0-0:1.0.0(632525252525Peeters)",
        "0-0:98.1.0(Peeters)(1-0:1.6.0)(1-0:1.6.0)()",
        "0-1:24.2.3(632525252525W)(Peeters)",
    ],
)
def test_a_harmless_line_of_another_shape_is_masked(line: str) -> None:
    assert masked(line, readable=True) == f"{line.partition('(')[0]}(**masked**)"


def test_a_line_that_is_none_is_masked_altogether() -> None:
    assert masked("Jan Peeters(1)", readable=True) == "**masked**"


def test_the_link_tells_how_it_fares(dump: dict[str, Any]) -> None:
    link = dump["link"]
    assert (link["up"], link["problem"], link["connections"], link["outages"]) == (True, None, 1, 0)
    assert (link["telegrams"], link["crc_errors"], link["bad_lines"]) == (1, 0, 1)
    assert dump["available"] is True


def test_the_port_is_named_by_its_kind_alone(dump: dict[str, Any]) -> None:
    assert dump["port"] == "socket"


def test_a_known_model_is_named(dump: dict[str, Any]) -> None:
    assert dump["model"] == "T211-D"


async def test_a_cable_is_named_serial_and_the_options_are_there(
    hass: HomeAssistant, port: FakePort, hass_client: ClientSessionGenerator
) -> None:
    assert port.greeting
    entry = an_entry(hass, port="/dev/serial/by-id/usb-P1-SERIAL1234")
    hass.config_entries.async_update_entry(entry, options={"update_interval": 30})
    await set_up(hass, entry)
    dump = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert (dump["port"], dump["options"]) == ("serial", {"update_interval": 30})
    assert "SERIAL1234" not in json.dumps(dump["link"])


async def test_an_unknown_header_is_masked(
    hass: HomeAssistant, port: FakePort, hass_client: ClientSessionGenerator
) -> None:
    header, equipment_id, lines = VARIANTS["iskra"]
    port.greeting = build(lines, header)
    entry = an_entry(hass, unique_id=equipment_id)
    await set_up(hass, entry)
    dump = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert dump["model"] == "**masked**"


async def test_a_meter_that_is_not_heard_yet_has_diagnostics_too(
    hass: HomeAssistant, port: FakePort, entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    port.refusal = OSError()
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    dump = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert (dump["available"], dump["port"], dump["link"]["problem"]) == (False, "socket", "cannot_connect")
    assert (dump["model"], dump["telegram"]) == (None, None)


@pytest.mark.parametrize("row", DATA_OBJECTS, ids=lambda row: row.code)
def test_an_id_an_ean_and_a_message_are_the_only_things_to_mask(row: Any) -> None:
    assert row.harmless is (row.kind.name not in ("IDENTIFIER", "MESSAGE"))


async def test_what_the_house_has_drawn_and_what_was_learned_of_it_are_not_told(
    hass: HomeAssistant, house: House, hass_client: ClientSessionGenerator
) -> None:
    await house.move_in()
    await house.draw(6.0, at(12, 40))
    dump = await get_diagnostics_for_config_entry(hass, hass_client, house.entry)
    assert set(dump) == {
        "available",
        "link",
        "model",
        "options",
        "port",
        "problem",
        "refused_values",
        "telegram",
    }
    assert all(isinstance(value, int | float | str | None) for value in dump["link"].values())
    assert len(dump["telegram"]) == len(THREE_PHASE)


async def test_values_that_were_refused_are_counted(
    hass: HomeAssistant, later: Later, entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    await later(three_phase(import_day=kwh(900_000)), 10)
    dump = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert dump["refused_values"] == 2
