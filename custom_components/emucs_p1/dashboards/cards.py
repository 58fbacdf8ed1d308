"""Home Assistant's own cards, as these views use them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .material import Entity, Shown

type Card = dict[str, Any]

# The name of an entity without that of its device.
_OWN_NAME: Card = {"type": "entity"}

# A section is twelve columns wide.
HALF = {"columns": 6}
WHOLE = {"columns": 12}


def heading(text: str, icon: str, *badges: Card) -> Card:
    """Return the line above the cards of a section."""
    card: Card = {"type": "heading", "heading": text, "icon": icon}
    return card | {"badges": list(badges)} if badges else card


def badge(entity: Entity) -> Card:
    """Return a small value beside a heading."""
    return {"type": "entity", "entity": entity.entity_id, "show_state": True, "show_icon": True}


def named(entity: Entity) -> Card:
    """Return an entity and what it is called."""
    return {"entity": entity.entity_id, "name": entity.short_name or _OWN_NAME}


def tile(entity: Entity, **options: Any) -> Card:
    """Return a tile of half the width of a section."""
    return {"type": "tile"} | named(entity) | {"grid_options": HALF} | options


def tiles(entities: Iterable[Entity], **options: Any) -> list[Card]:
    """Return a tile of each."""
    return [tile(entity, **options) for entity in entities]


def by_phase(text: str, meter: Shown, quantity: str) -> list[Card]:
    """Return what a meter measures on each phase; nothing when it shows none of it."""
    phases = [
        {"entity": entity.entity_id, "name": phase}
        for phase in ("L1", "L2", "L3")
        for entity in meter.of(f"{quantity}_{phase.lower()}")
    ]
    glance = {
        "type": "glance",
        "entities": phases,
        "columns": len(phases),
        "show_icon": False,
        "grid_options": WHOLE,
    }
    return part(text, [glance] if phases else [])


def curves(drawn: Iterable[Card], *, hours: int, rows: int, **options: Any) -> list[Card]:
    """Return a graph of the last hours; nothing without a line."""
    entities = list(drawn)
    if not entities:
        return []
    size = {"columns": "full", "rows": rows}
    return [
        {"type": "history-graph", "entities": entities, "hours_to_show": hours, "grid_options": size}
        | options
    ]


def bars(drawn: Iterable[Card], *, period: str, days: int, of: str) -> list[Card]:
    """Return a graph of statistics, a bar for every period; nothing without a line."""
    entities = list(drawn)
    if not entities:
        return []
    return [
        {
            "type": "statistics-graph",
            "entities": entities,
            "chart_type": "bar",
            "period": period,
            "days_to_show": days,
            "stat_types": [of],
            "grid_options": {"columns": "full", "rows": 6},
        }
    ]


def lines(meter: Shown, colors: Mapping[str, str]) -> Iterator[Card]:
    """Yield what a graph shows, by key and color."""
    for key, color in colors.items():
        for entity in meter.of(key):
            yield named(entity) | {"color": color}


def when(entity: Entity, **state: str) -> Card:
    """Return what lets a card be seen only in some state, or in any but that (`state_not`)."""
    return {"visibility": [{"condition": "state", "entity": entity.entity_id} | state]}


def part(text: str, cards: list[Card]) -> list[Card]:
    """Return cards with a small heading of their own; nothing when there are none."""
    head: Card = {"type": "heading", "heading": text, "heading_style": "subtitle"}
    return [head, *cards] if cards else []


def section(head: Card, cards: list[Card], **options: Any) -> list[Card]:
    """Return a section; nothing when it would be empty."""
    return [{"type": "grid", "cards": [head, *cards]} | options] if cards else []


def view(title: str, path: str, icon: str, sections: list[Card]) -> Card:
    """Return a view, the tab of which shows both icon and title."""
    return {
        "type": "sections",
        "title": title,
        "path": path,
        "icon": icon,
        "show_icon_and_title": True,
        "max_columns": 2,
        "sections": sections,
    }
