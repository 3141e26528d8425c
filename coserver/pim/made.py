"""Books that the house makes in the space of every group: its members, and when they are busy.

Invariants: each group has one of each kind, from the tx that makes the group on; what is in them follows
from other things in the tx that changes those (`settle` of their modules), and is written by nobody; it
counts against no capacity. Their names cannot be those of a calendar or address book.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import BindParameter, bindparam, or_, select

from coserver.groups import rights
from coserver.groups.standing import DELETED
from coserver.model.ids import CollectionId, PrincipalId, SpaceId
from coserver.model.rights import Right
from coserver.model.space import Tool
from coserver.store import collections
from coserver.store.tx import Tx
from coserver.store.views import collection_place, membership, owned_space

PEOPLE, BUSY = "people", "busy"  # roles of collections
KINDS = {PEOPLE: "VCARD", BUSY: "VEVENT"}
_TOOLS = {PEOPLE: Tool.CONTACTS, BUSY: Tool.CALENDAR}
_AT_ONCE = 500

_groups = select(owned_space.c.id, owned_space.c.owner_id).where(
    owned_space.c.group_name.is_not(None), owned_space.c.group_state != DELETED
)
_told: BindParameter[int] = bindparam("told", expanding=True)
_CONCERNED = _groups.where(
    or_(
        owned_space.c.owner_id.in_(_told),
        owned_space.c.owner_id.in_(select(membership.c.group_id).where(membership.c.account_id.in_(_told))),
    )
)
_HELD = select(collection_place.c.id, collection_place.c.space_id).where(
    collection_place.c.space_id.in_(bindparam("spaces", expanding=True)), collection_place.c.role == bindparam("which")
)
_BARE = _groups.where(
    owned_space.c.id.not_in(select(collection_place.c.space_id).where(collection_place.c.role == PEOPLE))
)


@dataclass(frozen=True, slots=True)
class View:
    """One such book of a group."""

    id: CollectionId
    space: SpaceId
    group: PrincipalId


def of_those(tx: Tx, told: Iterable[PrincipalId], role: str) -> Iterator[list[View]]:
    """The books of that role of the groups among these principals, and of those they are members of.

    A group that has none yet gets one. A deleted group is left as it is.
    """
    for some in _pieces(sorted(told)):
        rows = tx.execute(_CONCERNED, {"told": some}).all()
        groups = {SpaceId(row.id): PrincipalId(row.owner_id) for row in rows}
        if groups:
            held = tx.execute(_HELD, {"spaces": sorted(groups), "which": role}).all()
            views = [View(CollectionId(row.id), SpaceId(row.space_id), groups.pop(row.space_id)) for row in held]
            yield views + [View(_make(tx, space, role), space, group) for space, group in groups.items()]


def without(tx: Tx) -> frozenset[PrincipalId]:
    """The groups that have no such books, as those that an older version made."""
    return frozenset(PrincipalId(row.owner_id) for row in tx.execute(_BARE))


def _make(tx: Tx, space: SpaceId, role: str) -> CollectionId:
    root = collections.root(tx, space, _TOOLS[role])
    return collections.add(tx, root, f"\x1f{role}", role=role, grant=rights.house(tx, root, Right.ADD)).id


def _pieces(numbers: Iterable[PrincipalId]) -> Iterator[Sequence[PrincipalId]]:
    left = iter(numbers)
    while some := list(islice(left, _AT_ONCE)):
        yield some
