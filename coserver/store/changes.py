"""The change log of a space.

What is there says itself when it last changed: every item carries the modseq of the tx that
touched it. Only what is gone needs a row of its own. Both together answer any client that comes
back with an older modseq (RFC 7162 3.2.5.1, RFC 6578 3.2).
"""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import Row, bindparam, delete, exists, func, insert, select, update

from coserver.model.change import Change, ChangeKind
from coserver.model.errors import Stale
from coserver.model.ids import CollectionId, ItemId, Modseq, SpaceId
from coserver.model.item import Item
from coserver.model.rights import Privacy
from coserver.model.space import Collection
from coserver.store.schema import store as schema
from coserver.store.tx import Tx

_gone = schema.gone
_item = schema.item
_AT_ONCE = 500  # names in one statement
_ADD = insert(_gone)
_CHANGED = (
    select(_item.c.id, _item.c.name, _item.c.uid, _item.c.modseq)
    .where(_item.c.collection_id == bindparam("which"), _item.c.modseq > bindparam("since"))
    .order_by(_item.c.modseq)
)
_LEFT = (
    select(_gone.c.item_id, _gone.c.name, _gone.c.uid, _gone.c.modseq, _gone.c.privacy, _gone.c.author_id, _gone.c.busy)
    .where(_gone.c.collection_id == bindparam("which"), _gone.c.modseq > bindparam("since"))
    .order_by(_gone.c.modseq)
)
_GONE = _LEFT.where(~exists().where(_item.c.collection_id == _gone.c.collection_id, _item.c.name == _gone.c.name))
_LEFT_NAMES = _LEFT.where(_gone.c.name.in_(bindparam("names", expanding=True)))
_WAS_FREE = (
    update(_gone)
    .where(_gone.c.collection_id == bindparam("which"), _gone.c.modseq == bindparam("step"))
    .where(_gone.c.item_id == bindparam("item"))
    .values(busy=0)
)
_EXPUNGED = (
    select(_gone.c.uid)
    .where(_gone.c.collection_id == bindparam("which"), _gone.c.modseq > bindparam("since"), _gone.c.uid.is_not(None))
    .order_by(_gone.c.uid)
)
_COUNT = select(func.count()).select_from(_gone).where(_gone.c.space_id == bindparam("space"))
_OLDEST_KEPT = (
    select(_gone.c.modseq)
    .where(_gone.c.space_id == bindparam("space"))
    .order_by(_gone.c.modseq.desc())
    .limit(1)
    .offset(bindparam("keep"))
)
_REACH = select(schema.space.c.modseq, schema.space.c.floor).where(schema.space.c.id == bindparam("space"))
_TRIM = delete(_gone).where(_gone.c.space_id == bindparam("space"), _gone.c.modseq <= bindparam("floor"))
_RAISE = update(schema.space).where(schema.space.c.id == bindparam("which")).values(floor=bindparam("to"))


class Leaving(Protocol):
    """What is about to leave a collection: an item, or one that is shown there."""

    @property
    def id(self) -> ItemId:
        """The item's."""

    @property
    def collection(self) -> CollectionId:
        """Where it was."""

    @property
    def name(self) -> str | None:
        """Its name there."""

    @property
    def uid(self) -> int | None:
        """Its uid there."""


def record_gone(tx: Tx, space: SpaceId, items: Sequence[Leaving], *, modseq: Modseq) -> None:
    """Write down that items left their collection. For the gate only."""
    if items:
        tx.execute(
            _ADD,
            [
                {
                    "space_id": space, "collection_id": item.collection, "item_id": item.id, "name": item.name,
                    "uid": item.uid, "modseq": modseq, "privacy": int(item.privacy) if isinstance(item, Item) else 0,
                    "author_id": item.author if isinstance(item, Item) else None,
                }
                for item in items
            ],
        )  # fmt: skip


def record_hidden(tx: Tx, space: SpaceId, item: Item, *, modseq: Modseq) -> None:
    """Write down that an item stays, but is seen by fewer than as it was: gone for those who see it no more."""
    if item.name is not None:  # a message that is withheld counts as expunged by itself
        record_gone(tx, space, [item], modseq=modseq)


def was_free(tx: Tx, item: Leaving, *, modseq: Modseq) -> None:
    """Of an item that left in this step: for those who see no more than busy times it was never there."""
    tx.execute(_WAS_FREE, {"which": item.collection, "item": item.id, "step": modseq})


def record_collection_gone(tx: Tx, collection: Collection, *, modseq: Modseq) -> None:
    """Write down, in its parent, that a collection left: as the name with a slash."""
    row = {"space_id": collection.space, "collection_id": collection.parent, "item_id": 0, "uid": None}
    tx.execute(_ADD, {**row, "name": f"{collection.name}/", "modseq": modseq})


def since(tx: Tx, collection: Collection, modseq: int) -> list[Change]:
    """The last change of each item of a collection after `modseq`, oldest first.

    An item that was removed and whose name is taken again is told as changed only.

    Raises:
        Stale: `modseq` lies before the floor or after the present: the client must start afresh.
    """
    space = tx.execute(_REACH, {"space": collection.space}).one()
    if modseq > space.modseq or (0 < modseq < space.floor):
        raise Stale("The sync token is too old or was never given out; synchronise from the start.", modseq=modseq)
    which = {"which": collection.id, "since": modseq}
    changes = [
        Change(ChangeKind.CHANGED, collection.id, ItemId(row.id), row.name, row.uid, Modseq(row.modseq))
        for row in tx.execute(_CHANGED, which)
    ]
    if modseq == 0:
        return changes
    changes += _told(collection.id, tx.execute(_GONE, which))
    changes.sort(key=_by_modseq)
    return changes


def left(tx: Tx, collection: CollectionId, names: Sequence[str], modseq: int) -> list[Change]:
    """Of these names those under which something left after `modseq`, whatever bears them now."""
    found: list[Change] = []
    for start in range(0, len(names), _AT_ONCE):
        some = {"which": collection, "since": modseq, "names": list(names[start : start + _AT_ONCE])}
        found += _told(collection, tx.execute(_LEFT_NAMES, some))
    return found


def expunged_since(tx: Tx, collection: CollectionId, modseq: int) -> list[int]:
    """The uids of messages that left a mailbox after `modseq`, ascending."""
    return list(tx.execute(_EXPUNGED, {"which": collection, "since": modseq}).scalars())


def trim(tx: Tx, space: SpaceId, *, keep: int) -> int:
    """Forget all but the `keep` newest removals of a space; return how many were forgotten.

    The floor rises to the newest one forgotten: whoever comes from before it starts afresh.
    """
    floor = tx.execute(_OLDEST_KEPT, {"space": space, "keep": keep}).scalar()
    if floor is None:
        return 0
    before = int(tx.execute(_COUNT, {"space": space}).scalar_one())
    tx.execute(_TRIM, {"space": space, "floor": floor})
    tx.execute(_RAISE, {"which": space, "to": floor})
    return before - int(tx.execute(_COUNT, {"space": space}).scalar_one())


def _told(collection: CollectionId, rows: Iterable[Row[*tuple[Any, ...]]]) -> list[Change]:
    """Removals, one of each name: that of which most were to know."""
    last: dict[tuple[str | None, int | None], Change] = {}
    for row in rows:
        change = Change(
            ChangeKind.GONE, collection, ItemId(row.item_id), row.name, row.uid, Modseq(row.modseq),
            Privacy(row.privacy), row.author_id, bool(row.busy),
        )  # fmt: skip
        before = last.get((row.name, row.uid))
        if before is None or (change.privacy, not change.busy) <= (before.privacy, not before.busy):
            last[row.name, row.uid] = change
    return list(last.values())


def _by_modseq(change: Change) -> Modseq:
    return change.modseq
