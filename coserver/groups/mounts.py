"""What others share with an account, as it appears under ``Shared/<owner>/<name>`` on every protocol.

Invariants: one resource appears once, however many groups it was shared through; what lies inside
another shared collection that can be read appears there only; names are unique under one owner: what
was shared later under a taken name gets a number. Nothing here says what may be done: `rights` does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from sqlalchemy import bindparam, select

from coserver.groups import shares
from coserver.groups.shares import Share
from coserver.model.ids import CollectionId, ItemId, PrincipalId
from coserver.model.rights import PRESETS, Right
from coserver.model.space import Tool
from coserver.store.tx import Tx
from coserver.store.views import collection_place

SHARED = "Shared"

_at = collection_place.alias("at")
_upward = (
    select(_at.c.id.label("start"), _at.c.parent_id.label("above"))
    .where(_at.c.id.in_(bindparam("collections", expanding=True)))
    .cte("upward", recursive=True)
)
_next = collection_place.alias("next")
_upward = _upward.union_all(select(_upward.c.start, _next.c.parent_id).where(_next.c.id == _upward.c.above))
_ABOVE = select(_upward.c.start, _upward.c.above).where(_upward.c.above.is_not(None))
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Mount:
    """One shared collection, or one shared item with the collection it lies `inside`."""

    owner: PrincipalId
    owner_login: str
    name: str
    tool: Tool
    collection: CollectionId | None
    item: ItemId | None = None
    inside: CollectionId | None = None


def listed(tx: Tx, account: PrincipalId, tool: Tool) -> list[Mount]:
    """Everything of one tool that is shared with an account, by owner, oldest share first."""
    found = [share for share in shares.received(tx, account) if share.tool is tool]
    outer = _outermost(tx, found)
    return _named(sorted(outer, key=_by_owner))


def of_owner(tx: Tx, account: PrincipalId, tool: Tool, login: str) -> list[Mount]:
    """Those that lie in the space of one owner."""
    return [mount for mount in listed(tx, account, tool) if mount.owner_login == login]


def _by_owner(share: Share) -> tuple[str, int]:
    return share.owner_login, share.id


def _outermost(tx: Tx, found: Sequence[Share]) -> Iterable[Share]:
    """Each resource once, without those inside another collection that is shared to be read."""
    readable = {
        share.collection for share in found if share.collection is not None and Right.READ in PRESETS[share.preset]
    }
    above = _above(tx, found) if readable else {}
    once: dict[tuple[CollectionId | None, ItemId | None], Share] = {}
    for share in found:
        around = above.get(share.collection or share.inside or CollectionId(0), set())
        inside = around | ({share.inside} if share.inside is not None else set())
        if not inside & readable:
            once.setdefault((share.collection, share.item), share)
    return once.values()


def _above(tx: Tx, found: Sequence[Share]) -> dict[CollectionId, set[CollectionId]]:
    """The collections around each shared one."""
    wanted = sorted({share.collection or share.inside or CollectionId(0) for share in found})
    above: dict[CollectionId, set[CollectionId]] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        for row in tx.execute(_ABOVE, {"collections": wanted[start : start + _AT_ONCE]}):
            above.setdefault(CollectionId(row.start), set()).add(CollectionId(row.above))
    return above


def _named(found: Iterable[Share]) -> list[Mount]:
    taken: set[tuple[str, str]] = set()
    mounts = []
    for share in found:
        name = _free(share, taken)
        taken.add((share.owner_login, name))
        mounts.append(
            Mount(share.owner, share.owner_login, name, share.tool, share.collection, share.item, share.inside)
        )
    return mounts


def _free(share: Share, taken: set[tuple[str, str]]) -> str:
    name, number = share.name, 1
    while (share.owner_login, name) in taken:
        number += 1
        path = PurePosixPath(share.name)
        ending = path.suffix if share.item is not None else ""
        name = f"{share.name.removesuffix(ending)} ({number}){ending}"
    return name
