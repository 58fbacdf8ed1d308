"""Conditions: how the running quarter stands."""

from typing import Any, ClassVar, Unpack, override

from homeassistant.const import ATTR_DEVICE_ID, CONF_OPTIONS
from homeassistant.core import HomeAssistant
from homeassistant.helpers.condition import Condition, ConditionCheckParams, ConditionConfig
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .peak import QuarterState
from .targets import METERS, quarter_of, refuse_others

CONF_POWER = "power"


class MeterCondition(Condition):
    """Test the running quarter of every meter chosen, as of its newest telegram.

    Meters are looked up at each test: they may be loaded later, reloaded or gone.
    """

    _fields: ClassVar[dict[Any, Any]] = {vol.Required(ATTR_DEVICE_ID): METERS}

    @classmethod
    @override
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Refuse devices that are no digital meters."""
        valid: ConfigType = vol.Schema({vol.Required(CONF_OPTIONS): cls._fields})(config)
        refuse_others(hass, valid[CONF_OPTIONS][ATTR_DEVICE_ID])
        return valid

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        super().__init__(hass, config)
        self._options: dict[str, Any] = config.options or {}

    def _quarters(self) -> list[QuarterState | None]:
        return [quarter_of(self._hass, device_id) for device_id in self._options[ATTR_DEVICE_ID]]


class PeakIsThreatening(MeterCondition):
    """Test whether the quarter will probably pass the threshold, at one of the meters or more."""

    @override
    def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
        # An alarm whose forecast got lost is not known any more, as its binary sensor says.
        return any(
            quarter is not None and quarter.outlook is not None and quarter.warning
            for quarter in self._quarters()
        )


class SparePowerSuffices(MeterCondition):
    """Test whether so much more may be drawn until the quarter ends, at every one of the meters."""

    _fields: ClassVar[dict[Any, Any]] = MeterCondition._fields | {
        vol.Required(CONF_POWER): vol.All(vol.Coerce(float), vol.Range(min=0)),
    }

    @override
    def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
        power: float = self._options[CONF_POWER]
        return all(
            quarter is not None and quarter.allowance is not None and quarter.allowance.spare_power >= power
            for quarter in self._quarters()
        )


CONDITIONS: dict[str, type[Condition]] = {
    "peak_is_threatening": PeakIsThreatening,
    "spare_power_suffices": SparePowerSuffices,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:  # noqa: ARG001
    """Return the conditions."""
    return CONDITIONS
