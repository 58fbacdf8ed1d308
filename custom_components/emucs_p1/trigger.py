"""Triggers: what happens at a meter."""

from typing import override

from homeassistant.const import ATTR_DEVICE_ID, CONF_OPTIONS
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.device_registry import EventDeviceRegistryUpdatedData
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_track_device_registry_updated_event
from homeassistant.helpers.trigger import (
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .happenings import SIGNAL_HAPPENING, Figures, Happening
from .targets import METERS, entry_of, name_of, refuse_others

_SCHEMA = vol.Schema({vol.Required(CONF_OPTIONS): {vol.Required(ATTR_DEVICE_ID): METERS}})


class MeterTrigger(Trigger):
    """Trigger on one kind of happening, at the telegram that decides it.

    It listens to the coordinators, never to states of entities: those are many people's, may be
    renamed or disabled, and turn unavailable and back with every reload.
    """

    @classmethod
    @override
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Refuse devices that are no digital meters."""
        valid: ConfigType = _SCHEMA(config)
        refuse_others(hass, valid[CONF_OPTIONS][ATTR_DEVICE_ID])
        return valid

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        self._happening = Happening(config.key.partition(".")[2])
        self._device_ids: list[str] = (config.options or {})[ATTR_DEVICE_ID]

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Listen to the meters."""
        listening: dict[str, CALLBACK_TYPE] = {}

        @callback
        def listen(device_id: str) -> None:
            if stop := listening.pop(device_id, None):
                stop()
            if entry := entry_of(self._hass, device_id):
                listening[device_id] = self._listen(device_id, entry.entry_id, run_action)

        @callback
        def device_changed(event: Event[EventDeviceRegistryUpdatedData]) -> None:
            # A meter that is removed and added again gets its device back, but another entry.
            if event.data["action"] != "update":
                listen(event.data["device_id"])

        for device_id in self._device_ids:
            listen(device_id)
        stop_watching = async_track_device_registry_updated_event(
            self._hass, self._device_ids, device_changed
        )

        @callback
        def stop_listening() -> None:
            stop_watching()
            for stop in listening.values():
                stop()

        return stop_listening

    @callback
    def _listen(self, device_id: str, entry_id: str, run_action: TriggerActionRunner) -> CALLBACK_TYPE:
        """Listen to one meter. The signal is of its entry, so a reload of that changes nothing."""

        @callback
        def happened(happening: Happening, figures: Figures) -> None:
            if happening is self._happening:
                what = happening.replace("_", " ")
                run_action(
                    {ATTR_DEVICE_ID: device_id, **figures},
                    f"{what} of {name_of(self._hass, device_id)}",
                )

        return async_dispatcher_connect(self._hass, SIGNAL_HAPPENING.format(entry_id), happened)


TRIGGERS: dict[str, type[Trigger]] = {happening.value: MeterTrigger for happening in Happening}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:  # noqa: ARG001
    """Return the triggers."""
    return TRIGGERS
