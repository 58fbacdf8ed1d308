"""The view of this moment."""

from collections.abc import Mapping

from .cards import (
    WHOLE,
    Card,
    badge,
    by_phase,
    curves,
    heading,
    lines,
    named,
    part,
    section,
    tile,
    tiles,
    view,
    when,
)
from .material import Material, Shown

_BAND = "#b39ddb"
_QUARTER = {
    "quarter_forecast_high": _BAND,
    "quarter_forecast": "deep-purple",
    "quarter_forecast_low": _BAND,
    "peak_threshold": "red",
    "quarter_demand": "blue",
}
_POWER = {"power": "blue"}


def now_view(material: Material) -> Card:
    """Return what the quarter will come to, what the house draws, and what it still may."""
    texts, meter = material.texts, material.electricity
    end, tariff = map(badge, meter.of("quarter_end")), map(badge, meter.of("tariff"))
    return view(
        texts["now"],
        "p1-now",
        "mdi:flash",
        [
            *_alarms(material),
            *section(heading(texts["quarter"], "mdi:clock-time-three-outline", *end), _quarter(meter)),
            *section(heading(texts["power"], "mdi:flash", *tariff), _power(meter, texts)),
            *section(heading(texts["last_hour"], "mdi:chart-line"), _last_hour(meter), column_span=2),
        ],
    )


def _alarms(material: Material) -> list[Card]:
    """Return what stands above everything else, in red, while the quarter is about to pass the threshold."""
    texts = {"peak_warning": "will_pass", "peak_act_now": "act_now"}
    told = [
        (alarm, material.texts[text]) for key, text in texts.items() for alarm in material.electricity.of(key)
    ]
    cards = [
        # A tile would cut the sentence off on a phone.
        {
            "type": "markdown",
            "text_only": True,
            "content": f'<ha-alert alert-type="error">{text}</ha-alert>',
            "grid_options": {"columns": "full"},
        }
        | when(alarm, state="on")
        for alarm, text in told
    ]
    return [{"type": "grid", "cards": cards, "column_span": 2}] if cards else []


def _quarter(meter: Shown) -> list[Card]:
    gauge = {
        "type": "gauge",
        "min": 0,
        "max": 100,
        "needle": True,
        "severity": {"green": 0, "yellow": 30, "red": 70},
        "grid_options": {"columns": 12, "rows": 3},
    }
    others = ("quarter_forecast_low", "quarter_forecast_high", "peak_warning", "peak_act_now")
    return [
        *(gauge | named(entity) for entity in meter.of("peak_probability")),
        *_reddening(meter, "quarter_forecast"),
        *tiles(meter.of("quarter_demand", "peak_threshold")),
        *_reddening(meter, "peak_gap"),
        *tiles(meter.of(*others)),
    ]


def _reddening(meter: Shown, key: str) -> list[Card]:
    """Return a tile that is red while the quarter will probably pass the threshold."""
    entity, warning = meter.get(key), meter.get("peak_warning")
    if entity is None:
        return []
    if warning is None:
        return [tile(entity)]
    calm, red = when(warning, state_not="on"), when(warning, state="on")
    return [tile(entity, **calm), tile(entity, color="red", **red)]


def _power(meter: Shown, texts: Mapping[str, str]) -> list[Card]:
    """Return what is drawn, by phase too, and what may be."""
    spare = [
        *_reddening(meter, "spare_power"),
        *tiles(meter.of("spare_current", "allowed_power", "quarter_energy_left")),
    ]
    return [
        *tiles(meter.of("power"), grid_options=WHOLE),
        *tiles(meter.of("power_import", "power_export")),
        *by_phase(texts["import_by_phase"], meter, "power_import"),
        *by_phase(texts["export_by_phase"], meter, "power_export"),
        *part(texts["spare"], spare),
    ]


def _last_hour(meter: Shown) -> list[Card]:
    return [
        *curves(lines(meter, _QUARTER), hours=1, rows=6, min_y_axis=0),
        *curves(lines(meter, _POWER), hours=1, rows=4),
    ]
