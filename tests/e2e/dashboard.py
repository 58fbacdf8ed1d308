"""A dashboard of the running quarter, made of Home Assistant's own cards."""

from collections.abc import Mapping
from typing import Any

from demo.home_assistant import HomeAssistant

PATH = "the-quarter"
_BAND = "#b39ddb"


async def add_dashboard(
    ha: HomeAssistant, entity_ids: Mapping[str, str], *, minutes: float, threshold: float
) -> None:
    """Add the dashboard; its curves go back some minutes."""
    await ha.ws(
        "lovelace/dashboards/create",
        url_path=PATH,
        title="The quarter",
        icon="mdi:chart-timeline-variant",
    )
    config = _dashboard(entity_ids, minutes, threshold)
    await ha.ws("lovelace/config/save", url_path=PATH, config=config)


def _dashboard(ids: Mapping[str, str], minutes: float, threshold: float) -> dict[str, Any]:
    def curve(key: str, name: str, color: str) -> dict[str, str]:
        return {"entity": ids[key], "name": name, "color": color}

    def tile(key: str, name: str) -> dict[str, Any]:
        return {"type": "tile", "entity": ids[key], "name": name, "grid_options": {"columns": 6}}

    curves = {
        "type": "history-graph",
        "hours_to_show": minutes / 60,
        "min_y_axis": 0,
        "entities": [
            curve("quarter_forecast_high", "Forecast, high", _BAND),
            curve("quarter_forecast", "Forecast", "deep-purple"),
            curve("quarter_forecast_low", "Forecast, low", _BAND),
            curve("peak_threshold", "Threshold", "red"),
            curve("quarter_demand", "So far", "blue"),
        ],
        "grid_options": {"columns": "full", "rows": 7},
    }
    alarms = {
        "type": "history-graph",
        "hours_to_show": minutes / 60,
        "entities": [
            {"entity": ids["peak_warning"], "name": "Warning"},
            {"entity": ids["peak_act_now"], "name": "Act now"},
        ],
        "grid_options": {"columns": "full"},
    }
    forecast = {
        "type": "gauge",
        "entity": ids["quarter_forecast"],
        "name": "Forecast",
        "needle": True,
        "min": 0,
        "max": 10,
        "segments": [
            {"from": 0, "color": "var(--success-color)"},
            {"from": threshold, "color": "var(--error-color)"},
        ],
        "grid_options": {"columns": 6, "rows": 3},
    }
    probability = {
        "type": "gauge",
        "entity": ids["peak_probability"],
        "name": "Passes the threshold",
        "severity": {"green": 0, "yellow": 30, "red": 70},
        "grid_options": {"columns": 6, "rows": 3},
    }
    numbers = [
        tile("peak_warning", "Warning"),
        tile("peak_act_now", "Act now"),
        tile("spare_power", "Spare power"),
        tile("quarter_energy_left", "Energy left"),
        tile("peak_threshold", "Threshold"),
        tile("last_quarter", "Last quarter"),
    ]
    return {
        "views": [
            {
                "type": "sections",
                "max_columns": 2,
                "sections": [
                    {
                        "type": "grid",
                        "column_span": 2,
                        "cards": [{"type": "heading", "heading": "The running quarter"}, curves, alarms],
                    },
                    {"type": "grid", "cards": [forecast, probability]},
                    {"type": "grid", "cards": numbers},
                ],
            }
        ]
    }
