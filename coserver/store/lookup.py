"""Finding items: the reading half of the gate. Who calls has asked groups.rights before."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select

from coserver.model.ids import BlobId, CollectionId, ItemId
from coserver.model.item import Item
from coserver.store.items import COLUMNS, from_row
from coserver.store.schema import store as schema
from coserver.store.tx import Tx

_item = schema.item
_ALL = select(*COLUMNS)
_LIST = _ALL.where(_item.c.collection_id == bindparam("which")).order_by(_item.c.uid, _item.c.name)
_BY_NAME = (
    _ALL.where(_item.c.collection_id == bindparam("which"))
    .order_by(_item.c.name)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)  # fmt: skip
_LATEST = (
    _ALL.where(_item.c.collection_id == bindparam("which"))
    .order_by(_item.c.modseq.desc(), _item.c.id.desc())
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)  # fmt: skip
_FIND = _ALL.where(_item.c.collection_id == bindparam("which"), _item.c.name == bindparam("name"))
_GET = _ALL.where(_item.c.id == bindparam("which"))
_NAMED = _ALL.where(_item.c.collection_id == bindparam("which"), _item.c.name.in_(bindparam("names", expanding=True)))
_SINCE = (
    _ALL.where(_item.c.collection_id == bindparam("which"), _item.c.modseq > bindparam("since"))
    .order_by(_item.c.uid, _item.c.name)
)  # fmt: skip
_CHOSEN = _ALL.where(_item.c.id.in_(bindparam("ids", expanding=True)))
_SAME = (_item.c.blob_id == bindparam("blob"), _item.c.collection_id == bindparam("which"))
_COUNT_OF = select(func.count()).where(*_SAME)
_AT_ONCE = 500  # names or ranges in one statement


def list_(tx: Tx, collection: CollectionId) -> list[Item]:
    """Everything in a collection, by uid or name."""
    return _items(tx, _LIST, {"which": collection})


def latest(tx: Tx, collection: CollectionId, *, skip: int, most: int) -> list[Item]:
    """So many of the things in a collection, the one that changed last first, after having skipped so many."""
    return _items(tx, _LATEST, {"which": collection, "skip": skip, "most": most})


def by_name(tx: Tx, collection: CollectionId, *, skip: int, most: int) -> list[Item]:
    """So many of the things in a collection by name, after having skipped so many."""
    return _items(tx, _BY_NAME, {"which": collection, "skip": skip, "most": most})


def find(tx: Tx, collection: CollectionId, name: str) -> Item | None:
    """The item of that name."""
    found = _items(tx, _FIND, {"which": collection, "name": name})
    return found[0] if found else None


def count_of(tx: Tx, collection: CollectionId, blob: BlobId) -> int:
    """How many items of a collection have these bytes."""
    return int(tx.execute(_COUNT_OF, {"which": collection, "blob": blob}).scalar_one())


def get(tx: Tx, item: ItemId) -> Item | None:
    """The item of that id."""
    found = _items(tx, _GET, {"which": item})
    return found[0] if found else None


def named(tx: Tx, collection: CollectionId, names: Sequence[str]) -> list[Item]:
    """The items of these names, in no order; names that are not there are left out."""
    found: list[Item] = []
    for start in range(0, len(names), _AT_ONCE):
        found += _items(tx, _NAMED, {"which": collection, "names": list(names[start : start + _AT_ONCE])})
    return found


def chosen(tx: Tx, ids: Sequence[ItemId]) -> list[Item]:
    """The items of these ids, in no order; those that are gone are left out."""
    found: list[Item] = []
    for start in range(0, len(ids), _AT_ONCE):
        found += _items(tx, _CHOSEN, {"ids": list(ids[start : start + _AT_ONCE])})
    return found


def by_uids(tx: Tx, collection: CollectionId, ranges: Sequence[tuple[int, int | None]]) -> list[Item]:
    """Messages whose uid lies in one of the ranges (both ends in; None: no upper end), by uid.

    Ranges must not overlap.
    """
    found: list[Item] = []
    for start in range(0, len(ranges), _AT_ONCE):
        wanted = or_(*(_within(low, high) for low, high in ranges[start : start + _AT_ONCE]))
        found += _items(tx, _ALL.where(_item.c.collection_id == collection, wanted).order_by(_item.c.uid), {})
    found.sort(key=_by_uid)
    return found


def changed_since(tx: Tx, collection: CollectionId, modseq: int) -> list[Item]:
    """The items that were added or altered after `modseq`."""
    return _items(tx, _SINCE, {"which": collection, "since": modseq})


def ranges(numbers: Iterable[int]) -> list[tuple[int, int | None]]:
    """Ascending numbers as the fewest ranges."""
    found: list[tuple[int, int | None]] = []
    first = last = None
    for number in numbers:
        if last is not None and number == last + 1:
            last = number
            continue
        if first is not None:
            found.append((first, last))
        first = last = number
    if first is not None:
        found.append((first, last))
    return found


def _within(low: int, high: int | None) -> ColumnElement[bool]:
    if high is None:
        return _item.c.uid >= low
    if high == low:
        return _item.c.uid == low
    return and_(_item.c.uid >= low, _item.c.uid <= high)


def _by_uid(item: Item) -> int:
    return item.uid or 0


def _items(tx: Tx, statement: Select[*tuple[Any, ...]], parameters: dict[str, object]) -> list[Item]:
    return [from_row(row) for row in tx.execute(statement, parameters)]
