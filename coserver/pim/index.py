"""What queries know of every event, task and contact without parsing it.

Invariants: every item of a calendar or address book has its row, written in the tx that writes the
item; the row goes with the item, and what is shown of it as busy follows. The bounds are outermost: a
query by them may bring too much, never too little.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, delete, exists, insert, or_, select

from coserver.model.ids import CollectionId, ItemId
from coserver.pim import busy
from coserver.pim.objects import Object
from coserver.store.schema.pim import object_index
from coserver.store.tx import Tx
from coserver.store.views import item_place

FORM = 1  # of what is written down; to be raised when objects are to be read again (`coserver.pim.again`)
_AT_ONCE = 500
_row = object_index.c
_place = item_place.c
_here = _row.item_id.in_(select(_place.id).where(_place.collection_id == bindparam("collection")))
_lies_here = exists().where(_place.id == _row.item_id, _place.collection_id == bindparam("collection"))
_ADD = insert(object_index)
_DROP = delete(object_index).where(_row.item_id == bindparam("which"))
_ALL = select(_row.item_id, _row.component, _row.ical_uid, _row.first, _row.last, _row.once, _row.busy)
_IN = _ALL.where(_here)
_ONE = _ALL.where(_row.item_id == bindparam("which"))
_OF = _ALL.where(_row.item_id.in_(bindparam("ids", expanding=True)))
_NAMED = select(_row.item_id).where(_row.ical_uid == bindparam("uid"), _lies_here)
_OVERLAP = (
    select(_row.item_id)
    .where(_here, or_(_row.first.is_(None), _row.first <= bindparam("end")))
    .where(or_(_row.last.is_(None), _row.last >= bindparam("start")))
)
_OLDER = select(_row.item_id).where(_row.form < bindparam("form")).limit(bindparam("most"))
_OVERLAP_KIND = _OVERLAP.where(_row.component == bindparam("kind"))


def put(tx: Tx, item: ItemId, known: Object) -> None:
    """Write down, or write anew, what is known of an item."""
    put_many(tx, {item: known})


def put_many(tx: Tx, known: Mapping[ItemId, Object]) -> None:
    """`put` of several."""
    if not known:
        return
    tx.execute(_DROP, [{"which": item} for item in known])
    tx.execute(
        _ADD,
        [
            {
                "item_id": item, "ical_uid": one.ical_uid, "component": one.component, "first": one.first,
                "last": one.last, "once": int(one.once), "busy": int(one.busy), "form": FORM,
            }
            for item, one in known.items()
        ],
    )  # fmt: skip
    busy.follow(tx, [item for item, one in known.items() if one.component == "VEVENT"])


def of_collection(tx: Tx, collection: CollectionId) -> dict[ItemId, Object]:
    """All that is known of the items of a collection."""
    rows = tx.execute(_IN, {"collection": collection})
    return {ItemId(number): _object(*known) for number, *known in rows}


def of(tx: Tx, item: ItemId) -> Object | None:
    """What is known of an item."""
    row = tx.execute(_ONE, {"which": item}).first()
    return None if row is None else _object(*row[1:])


def of_items(tx: Tx, items: Sequence[ItemId]) -> dict[ItemId, Object]:
    """What is known of these items."""
    found: dict[ItemId, Object] = {}
    for start in range(0, len(items), _AT_ONCE):
        rows = tx.execute(_OF, {"ids": list(items[start : start + _AT_ONCE])})
        found |= {ItemId(number): _object(*known) for number, *known in rows}
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


def _object(kind: str, uid: str, first: int | None, last: int | None, once: int, busy: int) -> Object:
    return Object(kind, uid, first, last, bool(once), bool(busy))
