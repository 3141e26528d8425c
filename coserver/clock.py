"""The one source of time; tests bring their own."""

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time and nothing else."""

    def now(self) -> float:
        """Seconds since 1970 UTC."""

    def monotonic(self) -> float:
        """Seconds that never run backwards, for intervals."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Seconds since 1970 UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that never run backwards, for intervals."""
        return time.monotonic()


def milliseconds(clock: Clock) -> int:
    """The present moment as the store keeps it: milliseconds since 1970 UTC."""
    return int(clock.now() * 1000)
