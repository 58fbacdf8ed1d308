"""The view of what the meter tells of itself and of the meters behind it."""

from collections.abc import Mapping

from .cards import WHOLE, Card, bars, by_phase, heading, lines, part, section, tile, tiles, view, when
from .material import Material, Shown

_REGISTERS = (
    "energy_import_day",
    "energy_import_night",
    "energy_export_day",
    "energy_export_night",
    "energy_import",
    "energy_export",
)
_DAY = {"energy_import": "blue", "energy_export": "purple"}
_DAYS = 13
_OTHER = ("gas", "water", "heat", "cooling", "energy_import", "valve", "reading_time")
_SWITCHED = ("relay_1", "relay_2", "relay_3", "relay_4")


def meter_view(material: Material) -> Card:
    """Return registers, the connection to the grid, and what tells how old all of it is."""
    texts, meter = material.texts, material.electricity
    others = [card for other in material.others for card in part(other.name, tiles(other.of(*_OTHER)))]
    days = bars(lines(meter, _DAY), period="day", days=_DAYS, of="change")
    telegrams = [*_last_telegram(material), *_told(meter)]
    return view(
        texts["meter"],
        "p1-meter",
        "mdi:meter-electric-outline",
        [
            *section(heading(texts["registers"], "mdi:counter"), tiles(meter.of(*_REGISTERS))),
            *section(heading(texts["other_meters"], "mdi:meter-gas-outline"), others),
            *section(heading(texts["grid"], "mdi:transmission-tower"), _grid(meter, texts)),
            *section(heading(texts["telegrams"], "mdi:message-text-outline"), telegrams),
            *section(heading(texts["by_day"], "mdi:chart-bar"), days, column_span=2),
        ],
    )


def _grid(meter: Shown, texts: Mapping[str, str]) -> list[Card]:
    """Return what the grid operator switches and limits, and what comes in."""
    # A threshold that is switched off is unknown.
    limits = meter.of("limiter_threshold", "fuse_threshold")
    return [
        *tiles(meter.of("breaker"), grid_options=WHOLE),
        *(tile(limit, **when(limit, state_not="unknown")) for limit in limits),
        *tiles(meter.of("grid", *_SWITCHED)),
        *by_phase(texts["voltage_by_phase"], meter, "voltage"),
        *by_phase(texts["current_by_phase"], meter, "current"),
    ]


def _last_telegram(material: Material) -> list[Card]:
    """Return how long ago a telegram was shown: the meter's clock goes on with each, the power nearly."""
    newest = next(material.electricity.of("meter_time", "power", "quarter_demand"), None)
    if newest is None:
        return []
    name = {"name": material.texts["last_telegram"], "icon": "mdi:timer-sand"}
    return [tile(newest, state_content="last_updated", grid_options=WHOLE, **name)]


def _told(meter: Shown) -> list[Card]:
    messages = meter.of("message")
    return [
        *tiles(meter.of("meter_time"), time_format="datetime", grid_options=WHOLE),
        *tiles(meter.of("p1_version"), grid_options=WHOLE),
        *(tile(told, grid_options=WHOLE, **when(told, state_not="unknown")) for told in messages),
    ]
