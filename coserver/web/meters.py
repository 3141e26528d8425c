"""How full something is, as a page draws it."""

from dataclasses import dataclass

from coserver.model.plan import Usage
from coserver.model.space import Tool

LEVELS = (80, 90, 100)  # percent from which people are warned (S15)


@dataclass(frozen=True, slots=True)
class Meter:
    """One tool of one space: bytes and items, and the fuller of both in percent."""

    tool: Tool
    bytes: int
    bytes_limit: int
    items: int
    items_limit: int
    percent: int

    @property
    def level(self) -> int:
        """The highest level of warning that it reached; 0: none."""
        return max((one for one in LEVELS if self.percent >= one), default=0)


def meter(held: Usage) -> Meter:
    """The meter of what is held."""
    part = max(_part(held.bytes, held.bytes_limit), _part(held.items, held.items_limit))
    return Meter(held.tool, held.bytes, held.bytes_limit, held.items, held.items_limit, part)


def _part(count: int, limit: int) -> int:
    """Percent, rounded down, so that nothing shows as full that is not."""
    if not limit:
        return 100 if count else 0
    return count * 100 // limit
