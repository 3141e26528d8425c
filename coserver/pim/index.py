"""What queries know of every event, task and contact without parsing it.

Invariants: every item of a calendar or address book has its row, written in the tx that writes the
item; the row goes with the item, and what is shown of it as busy follows. The bounds are outermost: a
query by them may bring too much, never too little.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select

from coserver.model.ids import CollectionId, ItemId
from coserver.model.item import Item
from coserver.pim import busy, register
from coserver.pim.objects import Object
from coserver.store.schema.pim import object_index
from coserver.store.tx import Tx

FORM = 2  # of what is written down; to be raised when objects are to be read again (`coserver.pim.again`)
_AT_ONCE = 500
_row = object_index.c
_here = _row.collection_id == bindparam("collection")
_ADD = insert(object_index)
_DROP = delete(object_index).where(_row.item_id == bindparam("which"))
_ALL = select(_row.item_id, _row.component, _row.ical_uid, _row.first, _row.last, _row.once, _row.busy, _row.days)
_IN = _ALL.where(_here)
_ONE = _ALL.where(_row.item_id == bindparam("which"))
_OF = _ALL.where(_row.item_id.in_(bindparam("ids", expanding=True)))
_NAMED = select(_row.item_id).where(_row.ical_uid == bindparam("uid"), _here)
_OLDER = select(_row.item_id).where(_row.form < bindparam("form")).limit(bindparam("most"))
_OVERLAP = register.overlapping(select(_row.item_id).where(_here))
_OVERLAP_KIND = register.overlapping(select(_row.item_id).where(_here, _row.component == bindparam("kind")))


def put(tx: Tx, item: Item, known: Object) -> None:
    """Write down, or write anew, what is known of an item."""
    label = known.label
    row = {
        "item_id": item.id, "ical_uid": known.ical_uid, "component": known.component, "first": known.first,
        "last": known.last, "once": int(known.once), "busy": int(known.busy), "days": int(known.days), "form": FORM,
        "collection_id": item.collection, "title": label.title, "detail": label.detail, "status": label.status,
        "sort": label.sort, "words": label.words,
    }  # fmt: skip
    tx.execute(_DROP, {"which": item.id})
    tx.execute(_ADD, row)
    if known.component == "VEVENT":
        busy.follow(tx, [item.id])


def of_collection(tx: Tx, collection: CollectionId) -> dict[ItemId, Object]:
    """All that is known of the items of a collection."""
    rows = tx.execute(_IN, {"collection": collection})
    return {ItemId(row.item_id): _object(row) for row in rows}


def of(tx: Tx, item: ItemId) -> Object | None:
    """What is known of an item."""
    row = tx.execute(_ONE, {"which": item}).first()
    return None if row is None else _object(row)


def of_items(tx: Tx, items: Sequence[ItemId]) -> dict[ItemId, Object]:
    """What is known of these items."""
    found: dict[ItemId, Object] = {}
    for start in range(0, len(items), _AT_ONCE):
        rows = tx.execute(_OF, {"ids": list(items[start : start + _AT_ONCE])})
        found |= {ItemId(row.item_id): _object(row) for row in rows}
    return found


def with_uid(tx: Tx, collection: CollectionId, ical_uid: str) -> list[ItemId]:
    """The items of a collection that have this UID: one at most, unless it is empty."""
    return [ItemId(number) for number in tx.execute(_NAMED, {"collection": collection, "uid": ical_uid}).scalars()]


def overlapping(tx: Tx, collection: CollectionId, *, kind: str | None, start: int, end: int) -> list[ItemId]:
    """The items of a collection that may take place between two moments (seconds since 1970), of one kind or any."""
    values = {"collection": collection, "start": start, "end": end}
    if kind is None:
        return [ItemId(number) for number in tx.execute(_OVERLAP, values).scalars()]
    return [ItemId(number) for number in tx.execute(_OVERLAP_KIND, {**values, "kind": kind}).scalars()]


def older(tx: Tx, form: int, *, most: int) -> list[ItemId]:
    """Some items whose rows were written in an older form than this."""
    return [ItemId(number) for number in tx.execute(_OLDER, {"form": form, "most": most}).scalars()]


def _object(row: Row[*tuple[Any, ...]]) -> Object:
    (_, kind, uid, first, last, once, busy, days) = row
    return Object(kind, uid, first, last, bool(once), bool(busy), bool(days))
