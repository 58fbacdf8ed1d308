"""What can be put right with one click: another meter is on the port."""

from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.core import HomeAssistant
import voluptuous as vol

from .advice import advice_url
from .issues import OTHER_METER
from .links import link_of
from .swaps import SwapError, async_swap_electricity


async def async_create_fix_flow(
    hass: HomeAssistant,  # noqa: ARG001
    issue_id: str,  # noqa: ARG001
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Return the dialog that makes the other meter this entry's."""
    return OtherMeterFlow(str((data or {}).get("entry_id")))


class OtherMeterFlow(RepairsFlow):
    """Ask whether the meter was exchanged."""

    def __init__(self, entry_id: str) -> None:
        self._entry_id = entry_id

    async def async_step_init(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> RepairsFlowResult:
        """Begin with the question."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask, then hand the entry over to the meter that speaks by then."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None:
            return self.async_abort(reason="not_heard")
        if user_input is None:
            return self.async_show_form(
                step_id="confirm",
                data_schema=vol.Schema({}),
                description_placeholders={
                    "advice": advice_url(self.hass, OTHER_METER),
                    "title": entry.title,
                },
            )
        link = link_of(self.hass, entry)
        if link is None or not link.up or link.last_telegram is None:
            return self.async_abort(reason="not_heard")
        try:
            await async_swap_electricity(self.hass, entry, link.last_telegram)
        except SwapError as err:
            return self.async_abort(reason=str(err))
        return self.async_create_entry(data={})
