"""The tests' own event loop keeps its threads apart, though not in debug mode."""

import asyncio
from collections.abc import Callable

from homeassistant.core import HomeAssistant
import pytest


@pytest.mark.parametrize("name", ["call_soon", "call_later", "call_at"])
async def test_a_call_from_another_thread_is_refused(hass: HomeAssistant, name: str) -> None:
    call: Callable[..., object] = getattr(hass.loop, name)
    when = () if name == "call_soon" else (0,)
    with pytest.raises(RuntimeError, match="Non-thread-safe"):
        await asyncio.to_thread(call, *when, print)
