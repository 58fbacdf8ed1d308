"""Set a meter up, change its port, choose its pace."""

import asyncio
from collections.abc import Mapping
from typing import Any, override

from homeassistant.components import usb
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.const import CONF_HOST, CONF_PORT, UnitOfElectricCurrent, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SerialPortSelector,
    TextSelector,
)
import voluptuous as vol

from .address import AddressError, network_url, same_port
from .const import (
    CONF_CONNECTION_CURRENT,
    CONF_HOLD_TARGET,
    CONF_UPDATE_INTERVAL,
    DEFAULT_UPDATE_INTERVAL,
    DOMAIN,
    HEARD,
)
from .meters import title_of
from .p1 import Link, LinkError, LinkProblem, Probed, probe
from .waiting import listening_link

# A person waits for the answer: twelve seconds in all.
_PATIENCE = 11.5
_PATIENCE_SLOW = 90.0
# How often a running link is asked for its telegram.
_LOOK_AGAIN = 0.25

CONF_LISTEN_LONGER = "listen_longer"
NO_EQUIPMENT_ID = "no_equipment_id"

_PORT_SELECTOR = NumberSelector(NumberSelectorConfig(min=1, max=65535, step=1, mode=NumberSelectorMode.BOX))
_INTERVAL_SELECTOR = NumberSelector(
    NumberSelectorConfig(
        min=1, max=300, step=1, mode=NumberSelectorMode.BOX, unit_of_measurement=UnitOfTime.SECONDS
    )
)
_CURRENT_SELECTOR = NumberSelector(
    NumberSelectorConfig(
        min=6,
        max=125,
        step=1,
        mode=NumberSelectorMode.BOX,
        unit_of_measurement=UnitOfElectricCurrent.AMPERE,
    )
)


class P1ConfigFlow(ConfigFlow, domain=DOMAIN):
    """Ask where the meter is, listen until it speaks."""

    VERSION = 1

    def __init__(self) -> None:
        self._form = ""
        """The step that asked for the port, to go back to."""
        self._typed: Mapping[str, Any] = {}
        self._port = ""
        self._errors: dict[str, str] = {}
        self._listening: asyncio.Task[Probed] | None = None
        self._probed: Probed | None = None

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        return P1OptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Choose between a cable and a gateway."""
        return self.async_show_menu(step_id="user", menu_options=["serial", "network"])

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:  # noqa: ARG002
        """Choose anew."""
        return self.async_show_menu(step_id="reconfigure", menu_options=["serial", "network"])

    async def async_step_serial(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Pick the cable."""
        if user_input is not None:
            port = user_input[CONF_PORT].strip()
            if port.startswith("/dev/"):
                # The by-id path stays when the cable moves to another socket.
                port = await self.hass.async_add_executor_job(usb.get_serial_by_id, port)
            if port.startswith("/") or "://" in port:
                return await self._async_listen("serial", user_input, port)
            self._typed = user_input
            self._errors = {CONF_PORT: LinkProblem.INVALID_ADDRESS.value}
        return self._show_form("serial", {vol.Required(CONF_PORT): SerialPortSelector()})

    async def async_step_network(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Type the address of the gateway."""
        if user_input is not None:
            number = user_input.get(CONF_PORT)
            try:
                url = network_url(user_input[CONF_HOST], None if number is None else int(number))
            except AddressError as err:
                self._typed = user_input
                self._errors = {str(err): LinkProblem.INVALID_ADDRESS.value}
            else:
                return await self._async_listen("network", user_input, url)
        return self._show_form(
            "network", {vol.Required(CONF_HOST): TextSelector(), vol.Optional(CONF_PORT): _PORT_SELECTOR}
        )

    def _show_form(self, step_id: str, fields: dict[vol.Marker, Any]) -> ConfigFlowResult:
        """Show a form with what was typed and why it did not work."""
        if LinkProblem.NO_DATA in self._errors.values():
            fields = {**fields, vol.Optional(CONF_LISTEN_LONGER, default=False): BooleanSelector()}
        typed = self._typed
        if not typed and self.source == SOURCE_RECONFIGURE:
            typed = _as_typed(step_id, self._get_reconfigure_entry().data[CONF_PORT])
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(vol.Schema(fields), typed),
            errors=self._errors,
        )

    async def _async_listen(self, form: str, typed: dict[str, Any], port: str) -> ConfigFlowResult:
        """Listen on a port that no other entry has."""
        self._form, self._typed, self._port = form, typed, port
        self._errors = {}
        link = None
        if self.source == SOURCE_RECONFIGURE:
            entry = self._get_reconfigure_entry()
            if same_port(port, entry.data[CONF_PORT]):
                link = _link_of(self.hass, entry)
        if link is None and self._is_taken(port):
            return self.async_abort(reason="already_configured")
        patience = _PATIENCE_SLOW if typed.get(CONF_LISTEN_LONGER) else _PATIENCE
        self._listening = self.hass.async_create_task(
            _overhear(link, patience) if link else probe(port, patience),
            f"{DOMAIN} listen",
            eager_start=False,
        )
        return await self.async_step_listen()

    def _is_taken(self, port: str) -> bool:
        """Return whether another entry reads this port."""
        own = self._get_reconfigure_entry() if self.source == SOURCE_RECONFIGURE else None
        return any(
            entry is not own and same_port(port, entry.data.get(CONF_PORT, ""))
            for entry in self._async_current_entries()
        )

    async def async_step_listen(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:  # noqa: ARG002
        """Show that we listen."""
        assert self._listening is not None  # noqa: S101
        if not self._listening.done():
            return self.async_show_progress(
                step_id="listen", progress_action="listen", progress_task=self._listening
            )
        try:
            probed = self._listening.result()
        except LinkError as err:
            field = (
                CONF_HOST
                if err.problem is LinkProblem.INVALID_ADDRESS and self._form == "network"
                else "base"
            )
            self._errors = {field: err.problem.value}
            return self.async_show_progress_done(next_step_id=self._form)
        except ConfigEntryNotReady:
            # A serial port of an ESPHome device that Home Assistant has not reached yet.
            self._errors = {"base": LinkProblem.CANNOT_CONNECT.value}
            return self.async_show_progress_done(next_step_id=self._form)
        if probed.telegram.equipment_id is None:
            self._errors = {"base": NO_EQUIPMENT_ID}
            return self.async_show_progress_done(next_step_id=self._form)
        self._probed = probed
        return self.async_show_progress_done(next_step_id="finish")

    async def async_step_finish(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:  # noqa: ARG002
        """Add the meter that answered, or take its new port."""
        assert self._probed is not None  # noqa: S101
        telegram = self._probed.telegram
        await self.async_set_unique_id(telegram.equipment_id)
        data = {CONF_PORT: self._port}
        heard = self.hass.data.setdefault(HEARD, {})
        if self.source == SOURCE_RECONFIGURE:
            self._abort_if_unique_id_mismatch(reason="other_meter")
            heard[self._port] = self._probed
            return self.async_update_reload_and_abort(self._get_reconfigure_entry(), data_updates=data)
        self._abort_if_unique_id_configured()
        heard[self._port] = self._probed
        return self.async_create_entry(title=title_of(telegram), data=data)


def _link_of(hass: HomeAssistant, entry: ConfigEntry) -> Link | None:
    """Return the link that an entry has open, loaded or waiting for its meter."""
    if entry.state is ConfigEntryState.LOADED:
        return entry.runtime_data.link  # type: ignore[no-any-return]
    return listening_link(hass, entry)


async def _overhear(link: Link, patience: float) -> Probed:
    """Return the telegram of a running link: its port is locked, or its gateway takes one client."""
    begin = asyncio.get_running_loop().time()
    while (waited := asyncio.get_running_loop().time() - begin) < patience:
        if link.up and link.last_telegram:
            return Probed(link.last_telegram, waited)
        await asyncio.sleep(_LOOK_AGAIN)
    raise LinkError(link.problem or LinkProblem.NO_DATA)


class P1OptionsFlow(OptionsFlow):
    """Choose the pace and what the quarter is held against.

    The coordinator looks the options up, so nothing is reloaded and the quarter goes on.
    """

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the options."""
        if user_input is not None:
            user_input[CONF_UPDATE_INTERVAL] = int(user_input[CONF_UPDATE_INTERVAL])
            return self.async_create_entry(data=user_input)
        schema = vol.Schema(
            {
                vol.Required(CONF_UPDATE_INTERVAL, default=DEFAULT_UPDATE_INTERVAL): _INTERVAL_SELECTOR,
                vol.Required(CONF_HOLD_TARGET, default=False): BooleanSelector(),
                vol.Optional(CONF_CONNECTION_CURRENT): _CURRENT_SELECTOR,
            }
        )
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(schema, self.config_entry.options),
        )


def _as_typed(step_id: str, port: str) -> dict[str, Any]:
    """Return the fields of a form that would give this port."""
    if step_id == "serial":
        return {} if "://" in port and not port.startswith("esphome") else {CONF_PORT: port}
    return {CONF_HOST: port} if "://" in port and not port.startswith("esphome") else {}
