"""Put the views of a meter into a dashboard of their own."""

from typing import Any

from .errors import CommandError
from .home_assistant import HomeAssistant
from .process import DOMAIN

PATH = "digital-meter"
_TITLE = "Digital meter"
_ICON = "mdi:meter-electric"


async def add_dashboard(ha: HomeAssistant, entity_id: str) -> None:
    """Add it to the sidebar, unless it is there with views; an entity names the meter."""
    dashboards: list[dict[str, Any]] = await ha.ws("lovelace/dashboards/list")
    if PATH not in (dashboard["url_path"] for dashboard in dashboards):
        await ha.ws("lovelace/dashboards/create", url_path=PATH, title=_TITLE, icon=_ICON)
    # The demo may have been stopped between the dashboard and its views.
    if await _is_empty(ha):
        await create_views(ha, entity_id)


async def create_views(ha: HomeAssistant, entity_id: str) -> dict[str, Any]:
    """Put the views of the meter with an entity into it; return what the action returns."""
    entities = {entity["entity_id"]: entity for entity in await ha.entities(DOMAIN)}
    answer = await ha.ws(
        "call_service",
        domain=DOMAIN,
        service="create_dashboard_view",
        service_data={"device_id": entities[entity_id]["device_id"], "dashboard": PATH},
        return_response=True,
    )
    response: dict[str, Any] = answer["response"]
    return response


async def _is_empty(ha: HomeAssistant) -> bool:
    """Tell whether the dashboard shows nothing yet; one that a strategy makes shows something."""
    try:
        config = await ha.ws("lovelace/config", url_path=PATH)
    except CommandError as err:
        if err.code != "config_not_found":
            raise
        return True
    return not (config.get("views") or "strategy" in config)
