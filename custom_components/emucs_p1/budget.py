"""How often something may happen out of turn."""


class Budget:
    """So many times at once, and once more after every so many seconds."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._left = float(most)
        self._counted = 0.0

    def spend(self, now: float) -> bool:
        """Return whether there is one left at `now` (seconds, monotonic), and take it."""
        self._left = min(self._most, self._left + (now - self._counted) / self._seconds)
        self._counted = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
