"""The view of the peaks that the grid fee is made of."""

from .cards import WHOLE, Card, bars, curves, heading, lines, section, tiles, view
from .material import Material, Shown

# Thirteen months, of which a meter tells, and what has passed of the running one.
_DAYS = 396
_QUARTERS = {"last_quarter": "blue", "peak_threshold": "red"}


def peaks_view(material: Material) -> Card:
    """Return the peaks of the months and of the last quarters, and the choices of the household."""
    texts, meter = material.texts, material.electricity
    quarters = curves(lines(meter, _QUARTERS), hours=24, rows=6, min_y_axis=0)
    return view(
        texts["peaks"],
        "p1-peaks",
        "mdi:chart-bell-curve",
        [
            *section(heading(texts["this_month"], "mdi:calendar-month"), _month(meter)),
            *section(heading(texts["choices"], "mdi:bullseye-arrow"), _choices(meter)),
            *section(heading(texts["months"], "mdi:chart-bar"), _months(material), column_span=2),
            *section(heading(texts["last_quarters"], "mdi:chart-timeline-variant"), quarters, column_span=2),
        ],
    )


def _month(meter: Shown) -> list[Card]:
    return [
        *tiles(meter.of("month_peak", "billed_peak")),
        *tiles(meter.of("month_peak_time"), time_format="datetime", grid_options=WHOLE),
        *tiles(meter.of("last_quarter", "peak_threshold")),
    ]


def _choices(meter: Shown) -> list[Card]:
    return tiles(
        meter.of("peak_target", "sheddable_power"),
        features=[{"type": "numeric-input", "style": "buttons"}],
        grid_options=WHOLE,
    )


def _months(material: Material) -> list[Card]:
    """Return the closed months; they are kept of every meter that has a month peak."""
    drawn = {"entity": material.month_peaks, "name": material.texts["short_month_peak"], "color": "blue"}
    months = [drawn] if material.electricity.get("month_peak") else []
    return bars(months, period="month", days=_DAYS, of="max")
