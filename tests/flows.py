"""A person in front of the set-up dialog."""

from typing import Any

from homeassistant.config_entries import SOURCE_RECONFIGURE, SOURCE_USER, ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from custom_components.emucs_p1.const import DOMAIN


class Person:
    """Opens a dialog, types, reads what comes back."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.hass = hass
        self.shown: ConfigFlowResult = {}

    async def choose(self, way: str) -> Person:
        """Add a meter and say how it is reached."""
        self.shown = await self.hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
        return await self.answer({"next_step_id": way})

    async def reconfigure(self, entry: ConfigEntry, way: str) -> Person:
        self.shown = await self.hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
        )
        return await self.answer({"next_step_id": way})

    async def answer(self, typed: dict[str, Any] | None = None) -> Person:
        self.shown = await self.hass.config_entries.flow.async_configure(self.shown["flow_id"], typed)
        return self

    async def submit(self, **typed: Any) -> Person:
        """Fill the form in and wait for what comes of it."""
        await self.answer(typed)
        return await self.wait()

    async def wait(self) -> Person:
        """See the dialog through its progress."""
        while self.shown["type"] in (FlowResultType.SHOW_PROGRESS, FlowResultType.SHOW_PROGRESS_DONE):
            await self.hass.async_block_till_done()
            await self.answer()
        await self.hass.async_block_till_done()
        return self

    @property
    def form(self) -> str | None:
        """The form that is shown."""
        return self.shown["step_id"] if self.shown["type"] is FlowResultType.FORM else None

    @property
    def errors(self) -> dict[str, str] | None:
        return self.shown.get("errors")

    @property
    def reason(self) -> str | None:
        """Why the dialog gave up."""
        return self.shown["reason"] if self.shown["type"] is FlowResultType.ABORT else None

    @property
    def suggested(self) -> dict[str, Any]:
        """What stands in the fields."""
        return {
            str(field): field.description["suggested_value"]
            for field in self.shown["data_schema"].schema
            if field.description and "suggested_value" in field.description
        }

    @property
    def fields(self) -> list[str]:
        return [str(field) for field in self.shown["data_schema"].schema]
