"""The rows of items and the counters of their collections, written together; for the gate alone.

Invariants: what a collection counts (items, bytes, unseen, deleted, the next uid) moves in the statement that
stamps it, by the very items whose rows are written; a message gets the next uid wherever it arrives,
everything else keeps a name. Nothing here asks for a right: `coserver.store.items` did.
"""

from collections.abc import Sequence
from dataclasses import replace as replaced
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from coserver.model.errors import Exists
from coserver.model.ids import CollectionId, ItemId, Modseq, SpaceId
from coserver.model.item import Flag, Item
from coserver.model.rights import Privacy
from coserver.model.space import Collection, Tool
from coserver.store.schema import store as schema
from coserver.store.tx import Tx

_item = schema.item
_collection = schema.collection
COLUMNS = (
    _item.c.id, _item.c.collection_id, _item.c.name, _item.c.uid, _item.c.modseq, _item.c.flags, _item.c.keywords,
    _item.c.size, _item.c.stamp, _item.c.blob_id, _item.c.author_id, _item.c.privacy,
)  # fmt: skip
_INSERT = insert(_item).returning(_item.c.id, sort_by_parameter_order=True)
_TALLY = (
    update(_collection)
    .where(_collection.c.id == bindparam("which"))
    .values(
        modseq=bindparam("step"),
        items=_collection.c["items"] + bindparam("d_items"),
        bytes=_collection.c.bytes + bindparam("d_bytes"),
        unseen=_collection.c.unseen + bindparam("d_unseen"),
        deleted=_collection.c.deleted + bindparam("d_deleted"),
        uidnext=_collection.c.uidnext + bindparam("d_uid"),
    )
    .returning(_collection.c.uidnext)
)
_REHOUSE = (
    update(_item)
    .where(_item.c.id == bindparam("which"))
    .values(
        collection_id=bindparam("to"), name=bindparam("new_name"), uid=bindparam("new_uid"), modseq=bindparam("step")
    )
)
_SPACES = select(_collection.c.id, _collection.c.space_id).where(
    _collection.c.id.in_(bindparam("which", expanding=True))
)


def insert_(tx: Tx, collection: Collection, drafts: Sequence[Item]) -> list[Item]:
    """Put new items into a collection, in order; Exists if a name is taken."""
    step = tx.note(collection.id, collection.space)
    if not drafts:
        return []
    mail = collection.tool is Tool.MAIL
    uidnext = tally(tx, collection, step, **weights(drafts, 1), d_uid=len(drafts) if mail else 0)
    first = uidnext - len(drafts)
    placed = [
        replaced(item, uid=first + position if mail else None, name=None if mail else item.name, modseq=step)
        for position, item in enumerate(drafts)
    ]
    rows = [
        {
            "collection_id": item.collection, "name": item.name, "uid": item.uid, "modseq": step,
            "flags": int(item.flags), "keywords": item.keywords, "size": item.size, "stamp": item.stamp,
            "blob_id": item.blob, "author_id": item.author, "privacy": int(item.privacy),
        }
        for item in placed
    ]  # fmt: skip
    try:
        ids = tx.execute(_INSERT, rows).scalars().all()
    except IntegrityError as error:
        raise Exists("The name is taken already.", collection=collection.id) from error
    return [replaced(item, id=ItemId(number)) for item, number in zip(placed, ids, strict=True)]


def rehouse(tx: Tx, moved: Sequence[Item]) -> None:
    """Let the rows of items say where they are now; Exists if a name is taken there."""
    rows = [
        {"which": item.id, "to": item.collection, "new_name": item.name, "new_uid": item.uid, "step": item.modseq}
        for item in moved
    ]
    try:
        if rows:
            tx.execute(_REHOUSE, rows)
    except IntegrityError as error:
        raise Exists("The name is taken there already.", collection=moved[0].collection) from error


def leave_and_arrive(tx: Tx, items: Sequence[Item], source: Collection, target: Collection, step: Modseq) -> int:
    """Move the counters of items; return the first uid they get where they arrive."""
    if source.id == target.id:
        return tally(tx, source, step, d_uid=len(items)) - len(items)
    tally(tx, source, step, **weights(items, -1))
    mail = target.tool is Tool.MAIL
    return tally(tx, target, step, **weights(items, 1), d_uid=len(items) if mail else 0) - len(items)


def tally(tx: Tx, collection: Collection, step: Modseq, **deltas: int) -> int:
    """Stamp the step on a collection and move its counters; return its uidnext."""
    nothing = {"d_items": 0, "d_bytes": 0, "d_unseen": 0, "d_deleted": 0, "d_uid": 0}
    row = tx.execute(_TALLY, {**nothing, **deltas, "which": collection.id, "step": step})
    return int(row.scalar_one())


def weights(items: Sequence[Item], sign: int) -> dict[str, int]:
    """By how much items move the counters of a collection, as `tally` takes it."""
    return {
        "d_items": sign * len(items),
        "d_bytes": sign * sum(item.size for item in items),
        "d_unseen": sign * sum(lacks(item.flags, Flag.SEEN) for item in items),
        "d_deleted": sign * sum(not lacks(item.flags, Flag.DELETED) for item in items),
    }


def lacks(flags: Flag, flag: Flag) -> int:
    """1 if a flag is not among these, 0 if it is."""
    return 0 if flags & flag else 1


def spaces_of(tx: Tx, items: Sequence[Item]) -> dict[CollectionId, SpaceId]:
    """The spaces of the collections in which items lie."""
    which = sorted({item.collection for item in items})
    rows = tx.execute(_SPACES, {"which": which}) if which else ()
    return {CollectionId(row.id): SpaceId(row.space_id) for row in rows}


def from_row(row: Row[*tuple[Any, ...]]) -> Item:
    """The item of a row selected by COLUMNS, in that order."""
    (number, collection, name, uid, modseq, flags, keywords, size, stamp, blob, author, privacy) = row
    return Item(
        number, collection, name, uid, modseq, Flag(flags), keywords, size, stamp, blob, author, Privacy(privacy)
    )
