"""The clock of tests: they own it, and never wait."""


class OwnClock:
    """A clock that stands until it is moved; it begins on Friday, 15 January 2027, 08:00 UTC."""

    def __init__(self, seconds: float = 1_800_000_000.0) -> None:
        self.seconds = seconds

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds
