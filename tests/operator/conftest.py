"""An operator's desk, for the tests of this folder."""

from tests.office import office, people, post, strict, world

__all__ = ["office", "people", "post", "strict", "world"]
