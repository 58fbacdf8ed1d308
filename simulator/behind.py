"""The M-Bus side of a meter: who is there, on which channel, and what each last said."""

from collections.abc import Callable

from . import clock
from .mbus import GAS, METERS, WATER, MbusMeter, Used
from .model import Model
from .reading import MbusReading

_REFRESH_SECONDS = 300
_WATER_TYPES = frozenset((6, 7))


class Behind:
    """The meters behind a meter, each read every five minutes."""

    def __init__(self, used: Callable[[int], Used], *, without: tuple[MbusMeter, ...]) -> None:
        self._used = used
        self._without = without
        self._model: Model | None = None
        self._readings: tuple[MbusReading, ...] = ()
        # Between these unix seconds nothing is read anew.
        self._fresh = range(0)
        self._gas_at_its_start: tuple[int, int] | None = None

    def forget(self) -> None:
        """Read everything anew: the past has changed."""
        self._fresh = range(0)
        self._gas_at_its_start = None

    def readings(self, second: int, *, model: Model, installed: int) -> tuple[MbusReading, ...]:
        """Return what each meter said when it was last read, or first of all at the installation."""
        if model is not self._model:
            self.forget()
            self._model = model
        if second not in self._fresh:
            self._readings = tuple(
                self._reading(meter, channel=channel, second=second, model=model, installed=installed)
                for channel, meter in enumerate(self.listed(model), 1)
                if _is_heard(meter, model)
            )
            lasts = [second - (second - meter.offset) % _REFRESH_SECONDS for meter in METERS]
            self._fresh = range(max(lasts), min(lasts) + _REFRESH_SECONDS)
        return self._readings

    def listed(self, model: Model) -> list[MbusMeter]:
        """Return the meters in the order of their channels, heard or not."""
        return [meter for meter in METERS[: model.mbus] if meter not in self._without]

    def value(self, meter: MbusMeter, stamp: int, *, model: Model) -> float:
        """Return what stands on a meter at a unix second, in its unit."""
        register = meter.register(self._used(stamp))
        if meter is GAS and model.gas_since is not None:
            register -= self._register_before(stamp, clock.second_of(model.gas_since))
        return register / 1000

    def _reading(
        self, meter: MbusMeter, *, channel: int, second: int, model: Model, installed: int
    ) -> MbusReading:
        serial = meter.serial
        if meter is GAS:
            serial = model.gas_serial
            if model.gas_since is not None:
                installed = max(installed, clock.second_of(model.gas_since))
        elif meter is WATER:
            serial = model.water_serial
        stamp = last_read(meter, second, installed=installed)
        return MbusReading(
            channel=channel,
            meter=meter,
            serial=serial,
            time=clock.moment_of(stamp),
            value=self.value(meter, stamp, model=model),
        )

    def _register_before(self, stamp: int, since: int) -> int:
        """Return what stood on the gas meter when it was exchanged."""
        if stamp <= since:
            return GAS.register(self._used(stamp))
        if self._gas_at_its_start is None or self._gas_at_its_start[0] != since:
            self._gas_at_its_start = since, GAS.register(self._used(since))
        return self._gas_at_its_start[1]


def last_read(meter: MbusMeter, second: int, *, installed: int) -> int:
    """Return the unix second at which a meter was last read, at the earliest when it was installed."""
    return max(second - (second - meter.offset) % _REFRESH_SECONDS, installed)


def _is_heard(meter: MbusMeter, model: Model) -> bool:
    if meter is GAS:
        return model.gas_sent
    return model.has_water_meters or meter.type not in _WATER_TYPES
