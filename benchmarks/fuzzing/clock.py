"""Time that passes when the fuzzer says so."""

import asyncio
import time
from typing import Any, override


class SkippingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock can be put on."""

    def __init__(self) -> None:
        self._skipped = 0.0
        self.threads_at_work = 0
        super().__init__()

    @override
    def time(self) -> float:
        return super().time() + self._skipped

    def skip(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        self._skipped += seconds

    @override
    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> asyncio.Future[Any]:
        """Count the threads at work: they need real time, however much of ours passes."""
        future = super().run_in_executor(executor, func, *args)
        self.threads_at_work += 1
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _future: asyncio.Future[Any]) -> None:
        self.threads_at_work -= 1

    @property
    def scheduled(self) -> list[asyncio.TimerHandle]:
        """Return what the loop is to do later."""
        return list(self._scheduled)  # type: ignore[attr-defined]


class LoopTime:
    """Stands for the module `time`, with the monotonic clock of a loop."""

    def __init__(self, loop: SkippingLoop) -> None:
        self.monotonic = loop.time

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)
