"""A front with the portal; see `tests.front`."""

from tests.front import fronts, seeded

__all__ = ["fronts", "seeded"]
