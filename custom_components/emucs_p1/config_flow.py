"""Set a meter up, change its port, choose its pace."""

import asyncio
from collections.abc import Mapping
from typing import Any, override

from homeassistant.components import usb
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USB,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.const import CONF_HOST, CONF_PORT, UnitOfElectricCurrent, UnitOfTime
from homeassistant.core import callback
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SerialPortSelector,
    TextSelector,
)
from homeassistant.helpers.service_info.usb import UsbServiceInfo
import voluptuous as vol

from .address import AddressError, as_typed, network_url, resolved, same_port
from .advice import ERRORS, advice_url
from .cables import cable_id, cable_name
from .const import (
    CONF_CONNECTION_CURRENT,
    CONF_HOLD_TARGET,
    CONF_UPDATE_INTERVAL,
    DEFAULT_UPDATE_INTERVAL,
    DOMAIN,
    HEARD,
)
from .links import link_of
from .meters import title_of
from .p1 import Link, LinkError, LinkProblem, Probed, probe

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
        self._listening: asyncio.Task[Probed | LinkProblem] | None = None
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

    @override
    async def async_step_usb(self, discovery_info: UsbServiceInfo) -> ConfigFlowResult:
        """Offer a cable that was plugged in; nothing is opened before somebody wants it."""
        await self.async_set_unique_id(cable_id(discovery_info))
        self._abort_if_unique_id_configured()
        # The by-id path stays when the cable moves to another socket.
        port = await self.hass.async_add_executor_job(usb.get_serial_by_id, discovery_info.device)
        if await self._async_readers(port):
            return self.async_abort(reason="already_configured")
        self._port = port
        self.context["title_placeholders"] = {"name": cable_name(discovery_info)}
        return await self.async_step_usb_confirm()

    async def async_step_usb_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether there is a meter at the other end of the cable."""
        if user_input is not None:
            return await self._async_listen("usb_confirm", user_input, self._port)
        return self._show_form("usb_confirm", {})

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
            description_placeholders={
                "advice": advice_url(self.hass, ERRORS),
                **(self.context.get("title_placeholders") or {}),
            },
        )

    async def _async_listen(self, form: str, typed: dict[str, Any], port: str) -> ConfigFlowResult:
        """Listen on a port that no other entry has."""
        self._form, self._typed, self._port = form, typed, port
        self._errors = {}
        own = self._get_reconfigure_entry() if self.source == SOURCE_RECONFIGURE else None
        readers = await self._async_readers(port)
        link = link_of(self.hass, own) if own and own in readers else None
        if link is None and any(reader is not own for reader in readers):
            return self.async_abort(reason="already_configured")
        patience = _PATIENCE_SLOW if typed.get(CONF_LISTEN_LONGER) else _PATIENCE
        self._listening = self.hass.async_create_task(
            _hear(port, link, patience),
            f"{DOMAIN} listen",
            eager_start=False,
        )
        return await self.async_step_listen()

    async def _async_readers(self, port: str) -> list[ConfigEntry]:
        """Return the entries that read this port, by whatever path, be they loaded or not."""
        entries = self._async_current_entries()
        ports = [port, *(entry.data.get(CONF_PORT, "") for entry in entries)]
        device, *devices = await self.hass.async_add_executor_job(lambda: [*map(resolved, ports)])
        return [entry for entry, other in zip(entries, devices, strict=True) if same_port(device, other)]

    async def async_step_listen(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:  # noqa: ARG002
        """Show that we listen."""
        assert self._listening is not None  # noqa: S101
        if not self._listening.done():
            return self.async_show_progress(
                step_id="listen", progress_action="listen", progress_task=self._listening
            )
        probed = self._listening.result()
        if isinstance(probed, LinkProblem):
            typed_address = probed is LinkProblem.INVALID_ADDRESS and self._form == "network"
            self._errors = {CONF_HOST if typed_address else "base": probed.value}
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
            entry = self._get_reconfigure_entry()
            # Enabled some other day, a meter would take this for what it says then.
            if not entry.disabled_by:
                heard[self._port] = self._probed
            self._withdraw_offers()
            return self.async_update_reload_and_abort(entry, data_updates=data)
        # A cable that was plugged in is where its meter is now; what was typed may be a mistake.
        self._abort_if_unique_id_configured(updates=data if self.source == SOURCE_USB else None)
        heard[self._port] = self._probed
        self._withdraw_offers()
        return self.async_create_entry(title=title_of(telegram), data=data)

    def _withdraw_offers(self) -> None:
        """Offer a cable no longer that was set up by hand meanwhile."""
        flows = self.hass.config_entries.flow
        for offer in flows.async_progress_by_init_data_type(
            UsbServiceInfo, lambda cable: same_port(cable.device, self._port)
        ):
            if offer["handler"] == DOMAIN and offer["flow_id"] != self.flow_id:
                flows.async_abort(offer["flow_id"])


async def _hear(port: str, link: Link | None, patience: float) -> Probed | LinkProblem:
    """Return what is heard within `patience` seconds, or why nothing is.

    Nothing is raised: the error of a dialog that was closed meanwhile would be logged with its address.
    """
    try:
        return await (_overhear(link, patience) if link else probe(port, patience))
    except LinkError as err:
        return err.problem
    except ConfigEntryNotReady:
        # A serial port of an ESPHome device that Home Assistant has not reached yet.
        return LinkProblem.CANNOT_CONNECT


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
    in_network = "://" in port and not port.startswith("esphome")
    if in_network != (step_id == "network"):
        return {}
    if not in_network:
        return {CONF_PORT: port}
    host, number = as_typed(port)
    return {CONF_HOST: host} | ({} if number is None else {CONF_PORT: number})
