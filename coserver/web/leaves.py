"""Long lists a leaf at a time, so that a page costs the same however much there is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from coserver.web.visit import Visit

MOST = 20  # of one leaf, unless a list says otherwise
_DIGITS = 6

T = TypeVar("T")
Fetch = Callable[[int, int], tuple[Sequence[T], int]]
"""So many of a list after having skipped so many (the two in the order: skip, most), and how many there are."""


@dataclass(frozen=True, slots=True)
class Leaf(Generic[T]):
    """A part of a list; leaves are counted from 1, and there is always one."""

    these: Sequence[T]
    number: int
    last: int
    whole: int


def leaf(visit: Visit, whole: Sequence[T], *, most: int = MOST) -> Leaf[T]:
    """The leaf that the address asks for by ``page``; the nearest one where there is none such."""
    return fetched(visit, lambda skip, limit: (whole[skip : skip + limit], len(whole)), most=most)


def fetched(visit: Visit, fetch: Fetch[T], *, most: int = MOST) -> Leaf[T]:
    """The same of a list that is fetched in parts."""
    asked = visit.query.get("page", "")
    number = max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) <= _DIGITS else 1
    these, whole = fetch((number - 1) * most, most)
    last = max(1, -(-whole // most))
    if number > last:
        number = last
        these, whole = fetch((number - 1) * most, most)
    return Leaf(these, number, last, whole)
