"""What Home Assistant says and shows while it is under attack."""

import asyncio
from collections.abc import Callable
import logging
from typing import Any, override

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State, callback

from .findings import Failure, place_of

PACKAGE = "custom_components.emucs_p1"

# Said on purpose: logger and how the message begins.
_EXPECTED = (
    ("aiohttp_fast_zlib", ""),
    ("homeassistant.loader", "We found a custom integration"),
    ("homeassistant.config_entries", "Config entry"),
    # It looks at the clock on the wall, which a busy machine stretches; a telegram that takes long is found
    # by the processor's time.
    ("homeassistant.helpers.entity", "Updating state for"),
    (PACKAGE, "The register "),
)
_SHORTEST_SECRET = 10


class Watch(logging.Handler):
    """Collect log records, errors nobody caught and changed states."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[Failure] = []
        self.states: list[State] = []
        self.secrets: set[str] = set()
        """What no line of our log may hold."""

    def begin(self, hass: HomeAssistant) -> Callable[[], None]:
        """Watch until what is returned is called."""
        root, ours = logging.getLogger(), logging.getLogger(PACKAGE)
        levels = root.level, ours.level
        root.addHandler(self)
        root.setLevel(logging.WARNING)
        # Every line is written out, so that none fails on the day it is wanted.
        ours.setLevel(logging.DEBUG)
        hass.loop.set_exception_handler(self._uncaught)
        forget = hass.bus.async_listen("state_changed", self._changed)

        def end() -> None:
            forget()
            root.removeHandler(self)
            root.setLevel(levels[0])
            ours.setLevel(levels[1])

        return end

    @override
    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except (TypeError, ValueError) as error:
            self.failures.append(Failure(f"log line in {record.filename} cannot be written", repr(error)))
            return
        if record.name.startswith(PACKAGE):
            if not message.isprintable():
                self.failures.append(Failure(f"{record.filename}:{record.lineno} logs signs", ascii(message)))
            if any(secret in message for secret in self.secrets):
                self.failures.append(Failure(f"{record.filename}:{record.lineno} logs a number", message))
        if record.levelno < logging.WARNING or any(
            record.name.startswith(name) and message.startswith(begin) for name, begin in _EXPECTED
        ):
            return
        error = record.exc_info[1] if record.exc_info else None
        where = place_of(error) if error else f"{record.filename}:{record.lineno}"
        self.failures.append(_traced(f"{record.name} logs {record.levelname}: {where}", message, error))

    def keep_secret(self, text: str | None) -> None:
        """Let a number be in no line of the log from here on."""
        if text and len(text) >= _SHORTEST_SECRET and text.isalnum():
            self.secrets.add(text)

    def _uncaught(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        where = place_of(error) if error else str(context.get("message"))
        self.failures.append(_traced(f"nobody catches {where}", str(context.get("message")), error))

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        if (state := event.data["new_state"]) is not None:
            self.states.append(state)


def _traced(kind: str, detail: str, error: BaseException | None) -> Failure:
    failure = Failure(kind, detail)
    failure.__cause__ = error
    return failure
