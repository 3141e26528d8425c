"""Dead properties: what clients note on folders and files for themselves (RFC 4918 4).

Invariants: kept by the row of the folder or file, so that a move costs nothing and what is removed
takes them along. A value is the XML of the whole element. They are bounded in number and length.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from sqlalchemy import Column, bindparam, delete, func, insert, select

from coserver.documents.paths import Spot
from coserver.model.errors import TooBig
from coserver.model.ids import CollectionId, ItemId
from coserver.store.schema import documents as schema
from coserver.store.tx import Tx

MOST = 200  # on one folder or file
LONGEST = 65_536  # characters of names and XML on one folder or file: they are not charged
_AT_ONCE = 500  # rows asked for by one query

_TABLE = schema.dead_property
Key = TypeVar("Key", CollectionId, ItemId)


@dataclass(frozen=True, slots=True)
class Owner:
    """The row that properties hang on: a folder or a file, never both."""

    collection: CollectionId | None = None
    item: ItemId | None = None


def owner(place: Spot) -> Owner:
    """What the properties of an existing place hang on."""
    if place.folder is not None:
        return Owner(collection=place.folder.id)
    return Owner(item=place.item.id if place.item else None)


def of(tx: Tx, one: Owner) -> dict[str, str]:
    """The properties of one folder or file: name in Clark notation to XML."""
    column, key = _place(one)
    return {name: value for _, name, value in _read(tx, column, [key])}


def of_folders(tx: Tx, ids: Sequence[CollectionId]) -> dict[CollectionId, dict[str, str]]:
    """The properties of many folders; those without any are left out."""
    return _grouped(tx, _TABLE.c.collection_id, ids)


def of_files(tx: Tx, ids: Sequence[ItemId]) -> dict[ItemId, dict[str, str]]:
    """The properties of many files; those without any are left out."""
    return _grouped(tx, _TABLE.c.item_id, ids)


def put(tx: Tx, one: Owner, changes: Mapping[str, str | None]) -> None:
    """Set properties, or remove them where the value is None; removing what is not there is no error.

    Raises:
        TooBig: they would be too many, or too long together.
    """
    column, key = _place(one)
    drop = delete(_TABLE).where(column == bindparam("key"), _TABLE.c.name == bindparam("old"))
    for name, value in changes.items():
        tx.execute(drop, {"key": key, "old": name})
        if value is not None:
            tx.execute(insert(_TABLE), {column.name: key, "name": name, "value": value})
    length = func.coalesce(func.sum(func.length(_TABLE.c.name) + func.length(_TABLE.c.value)), 0)
    held = select(func.count(), length).select_from(_TABLE).where(column == bindparam("key"))
    count, characters = tx.execute(held, {"key": key}).one()
    if count > MOST or characters > LONGEST:
        raise TooBig(f"The properties of a file or folder can be {MOST}, and {LONGEST} characters together, at most.")


def copy(tx: Tx, source: Owner, target: Owner) -> None:
    """Let `target` have the properties of `source` and no others (RFC 4918 9.8.2)."""
    column, key = _place(target)
    tx.execute(delete(_TABLE).where(column == bindparam("key")), {"key": key})
    found = of(tx, source)
    if found:
        tx.execute(insert(_TABLE), [{column.name: key, "name": name, "value": value} for name, value in found.items()])


def _place(one: Owner) -> tuple[Column[int], int]:
    if one.collection is not None:
        return _TABLE.c.collection_id, one.collection
    if one.item is None:
        raise ValueError("no row to hang properties on")
    return _TABLE.c.item_id, one.item


def _read(tx: Tx, column: Column[int], keys: Sequence[int]) -> list[tuple[int, str, str]]:
    query = select(column, _TABLE.c.name, _TABLE.c.value).where(column.in_(bindparam("keys", expanding=True)))
    return [(row[0], row[1], row[2]) for row in tx.execute(query.order_by(_TABLE.c.id), {"keys": list(keys)})]


def _grouped(tx: Tx, column: Column[int], ids: Sequence[Key]) -> dict[Key, dict[str, str]]:
    found: dict[Key, dict[str, str]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        for key, name, value in _read(tx, column, ids[start : start + _AT_ONCE]):
            found.setdefault(cast(Key, key), {})[name] = value
    return found
