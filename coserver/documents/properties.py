"""Dead properties: what clients note on folders and files for themselves (RFC 4918 4).

Invariants: kept by the row of the folder or file, so that a move costs nothing and what is removed
takes them along. A value is the XML of the whole element. They are charged to nobody, and bounded: in number
and length on each folder and file, and where they are long also in what all of a space hold together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from sqlalchemy import Column, bindparam, delete, func, insert, select

from coserver.documents.paths import Spot
from coserver.model.errors import NoRoom, TooBig
from coserver.model.ids import CollectionId, ItemId
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.store import collections
from coserver.store.schema import documents as schema
from coserver.store.tx import Tx
from coserver.store.views import collection_place, item_place

MOST = 200  # on one folder or file
LONGEST = 65_536  # characters of names and XML on one folder or file
SHORT = 4_096  # up to here those of one folder or file go by themselves
PART = 10  # of the bytes that a plan allows, where they are longer: all of a space together
_AT_ONCE = 500  # rows asked for by one query

_TABLE = schema.dead_property
_LENGTH = func.coalesce(func.sum(func.length(_TABLE.c.name) + func.length(_TABLE.c.value)), 0)
_here = (collection_place.c.space_id == bindparam("space"), collection_place.c.tool == Tool.DOCUMENTS)
_OF_FOLDERS = select(_LENGTH).join(collection_place, collection_place.c.id == _TABLE.c.collection_id).where(*_here)
_OF_FILES = (
    select(_LENGTH)
    .join(item_place, item_place.c.id == _TABLE.c.item_id)
    .join(collection_place, collection_place.c.id == item_place.c.collection_id)
    .where(*_here)
)
_INSIDE = select(item_place.c.collection_id).where(item_place.c.id == bindparam("item"))
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
        NoRoom: all in the space would.
    """
    column, key = _place(one)
    drop = delete(_TABLE).where(column == bindparam("key"), _TABLE.c.name == bindparam("old"))
    for name, value in changes.items():
        tx.execute(drop, {"key": key, "old": name})
        if value is not None:
            tx.execute(insert(_TABLE), {column.name: key, "name": name, "value": value})
    held = select(func.count(), _LENGTH).select_from(_TABLE).where(column == bindparam("key"))
    count, characters = tx.execute(held, {"key": key}).one()
    if count > MOST or characters > LONGEST:
        raise TooBig(f"The properties of a file or folder can be {MOST}, and {LONGEST} characters together, at most.")
    if characters > SHORT and any(value is not None for value in changes.values()):
        _need_room(tx, one)


def copy(tx: Tx, source: Owner, target: Owner) -> None:
    """Let `target` have the properties of `source` and no others (RFC 4918 9.8.2)."""
    column, key = _place(target)
    tx.execute(delete(_TABLE).where(column == bindparam("key")), {"key": key})
    found = of(tx, source)
    if found:
        tx.execute(insert(_TABLE), [{column.name: key, "name": name, "value": value} for name, value in found.items()])
    if sum(len(name) + len(value) for name, value in found.items()) > SHORT:
        _need_room(tx, target)


def _need_room(tx: Tx, one: Owner) -> None:
    """NoRoom if the properties of all folders and files in a space are too long together."""
    inside = one.collection
    if inside is None:
        inside = tx.execute(_INSIDE, {"item": one.item}).scalar_one()
    space = collections.get(tx, CollectionId(inside)).space
    held = sum(int(tx.execute(statement, {"space": space}).scalar_one()) for statement in (_OF_FOLDERS, _OF_FILES))
    if held > usage.room(tx, space, Tool.DOCUMENTS).bytes_limit // PART:
        raise NoRoom("There are too many long properties on these folders and files: remove some first.", held=held)


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
