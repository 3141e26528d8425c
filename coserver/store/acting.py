"""Who acts, carried from the edges to the writer; and the acts of one tx until they are kept.

Invariants: an edge says once who acts, around its call into the core (`by`); it goes with the context onto
threads and with the job into its tx, so that no function between has to pass it on. Where nobody was named the
house itself acts. A tx keeps at most `MOST` rows however many things it touches: acts of one kind in one
collection are one row with a count.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from coserver.model.act import ActKind, Actor, Way
from coserver.model.ids import CollectionId, PrincipalId, SpaceId
from coserver.model.space import Tool

HOUSE = Actor(None, "", Way.HOUSE)
OPERATOR = Actor(None, "", Way.COMMAND)
MOST = 100  # rows of one tx

_actor: ContextVar[Actor] = ContextVar("actor", default=HOUSE)


def current() -> Actor:
    """Who acts now."""
    return _actor.get()


@contextmanager
def by(actor: Actor) -> Iterator[None]:
    """Whatever is written or queued inside is this actor's."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


@dataclass(slots=True)
class Draft:
    """An act before it is kept: `name` in the collection `place`, and likewise for where it went."""

    kind: ActKind
    space: SpaceId
    actor: Actor
    tool: Tool | None = None
    place: CollectionId | None = None
    name: str = ""
    target: CollectionId | None = None
    detail: str = ""
    whom: PrincipalId | None = None
    count: int = 1


class Drafts:
    """The acts of one tx."""

    def __init__(self) -> None:
        self._held: dict[tuple[object, ...], Draft] = {}
        self._gone: set[SpaceId] = set()
        self._closed = False

    def add(self, draft: Draft, *, alone: bool = False) -> None:
        """Note an act; `alone`: it is not counted together with others of its kind and place."""
        if self._closed or draft.space in self._gone:
            return
        key: tuple[object, ...] = (draft.space, draft.kind, draft.place, draft.target)
        if alone:
            key = (*key, draft.name, draft.detail)
        if key not in self._held and len(self._held) >= MOST:
            key = (draft.space, draft.kind)
        held = self._held.setdefault(key, draft)
        if held is not draft:
            held.count += draft.count

    def is_new(self, space: SpaceId, place: CollectionId | None, name: str) -> bool:
        """Whether what has this name there was made in this tx."""
        return (space, ActKind.ADDED, place, None, name, "") in self._held

    def forget(self, space: SpaceId) -> None:
        """A space goes: its acts with it, those to come too."""
        self._gone.add(space)
        self._held = {key: draft for key, draft in self._held.items() if draft.space != space}

    def close(self) -> list[Draft]:
        """What is to be kept; what is noted afterwards only follows from it and is dropped."""
        self._closed = True
        return list(self._held.values())
