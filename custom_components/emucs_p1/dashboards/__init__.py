"""Dashboard views of a meter, made of Home Assistant's own cards."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from ..const import DOMAIN
from ..coordinator import P1ConfigEntry
from .install import async_install
from .material import Material, material_of
from .meter import meter_view
from .now import now_view
from .peaks import peaks_view

__all__ = ["async_install", "async_render"]

_PREFIX = f"component.{DOMAIN}.common.dashboard_"
_VIEWS = (now_view, peaks_view, meter_view)


async def async_render(hass: HomeAssistant, entry: P1ConfigEntry) -> dict[str, Any]:
    """Return the views of a meter, and the disabled entities that they would show too.

    Made of the registries alone: neither a silent meter nor a new name spoils them.
    """
    translations = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
    texts = {key.removeprefix(_PREFIX): text for key, text in translations.items() if key.startswith(_PREFIX)}
    material = material_of(hass, entry, texts)
    views = [view for make in _VIEWS if (view := make(material))["sections"]]
    return {
        "views": [_placed(hass, entry, view, material) for view in views],
        "disabled": material.left_out,
    }


def _placed(
    hass: HomeAssistant, entry: P1ConfigEntry, view: dict[str, Any], material: Material
) -> dict[str, Any]:
    """Tell the views of a household's second meter from those of its first."""
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    if len(entries) == 1:
        return view
    number = entries.index(entry) + 1
    return {
        **view,
        "title": f"{view['title']}: {material.electricity.name}",
        "path": view["path"] if number == 1 else f"{view['path']}-{number}",
    }
