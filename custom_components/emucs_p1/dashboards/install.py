"""Put views into a dashboard of the household."""

from typing import Any

from homeassistant.components.lovelace.const import LOVELACE_DATA, MODE_STORAGE, ConfigNotFound
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from ..const import DOMAIN


async def async_install(hass: HomeAssistant, address: str, views: list[dict[str, Any]]) -> None:
    """Put views into a dashboard in place of those with the same path; raise when it cannot take them."""
    lovelace = hass.data.get(LOVELACE_DATA)
    if lovelace is None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="dashboards_not_running")
    dashboard = lovelace.dashboards.get(address)
    if dashboard is None:
        raise _refused("dashboard_unknown", address)
    if dashboard.mode != MODE_STORAGE:
        raise _refused("dashboard_in_yaml", address)
    try:
        config = await dashboard.async_load(force=False)
    except ConfigNotFound:
        # Nobody has changed it since it was made.
        config = {}
    if "strategy" in config:
        raise _refused("dashboard_generated", address)
    new = {view["path"]: view for view in views}
    kept = [new.pop(view.get("path"), view) for view in config.get("views", []) if not _is_blank(view)]
    await dashboard.async_save({**config, "views": [*kept, *new.values()]})


def _is_blank(view: dict[str, Any]) -> bool:
    """Tell whether a view is what Home Assistant puts into a new dashboard: a heading with nothing below."""
    if view.keys() != {"type", "sections"} or len(view["sections"]) > 1:
        return False
    return all(
        section.keys() == {"type", "cards"}
        and all(card.keys() == {"type", "heading"} for card in section["cards"])
        for section in view["sections"]
    )


def _refused(reason: str, address: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=reason,
        translation_placeholders={"dashboard": address},
    )
