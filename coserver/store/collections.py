"""Collections: mailboxes, folders, calendars and address books, as trees below the root of a tool.

A collection is one row; moving a whole tree is one update. Reading needs no grant here. Who made a
collection stays its author; who may delete only his own moves and removes what he made, as long as nothing
in it is another's.
"""

from collections.abc import Sequence
from dataclasses import replace as replaced
from typing import Any

from sqlalchemy import BindParameter, Row, Select, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from coserver.model.act import ActKind
from coserver.model.errors import Denied, Exists, Missing
from coserver.model.ids import BlobId, CollectionId, Modseq, SpaceId
from coserver.model.plan import Charge
from coserver.model.rights import Grant, Right
from coserver.model.space import Collection, Tool
from coserver.store import blobs, changes, journal, shown
from coserver.store.schema import store as schema
from coserver.store.tx import Tx

_collection = schema.collection
_item = schema.item
_property = schema.collection_property
_COLUMNS = (
    _collection.c.id, _collection.c.space_id, _collection.c.tool, _collection.c.parent_id, _collection.c.name,
    _collection.c.role, _collection.c.modseq, _collection.c.uidnext, _collection.c.recent, _collection.c["items"],
    _collection.c.bytes, _collection.c.unseen, _collection.c.deleted, _collection.c.created,
    _collection.c.author_id,
)  # fmt: skip
_AT_ONCE = 500
_ALL = select(*_COLUMNS)
_ROOT = _ALL.where(
    _collection.c.space_id == bindparam("space"),
    _collection.c.tool == bindparam("tool"),
    _collection.c.parent_id.is_(None),
)
_GET = _ALL.where(_collection.c.id == bindparam("which"))
_FIND = _ALL.where(_collection.c.parent_id == bindparam("parent"), _collection.c.name == bindparam("name"))
_CHILDREN = _ALL.where(_collection.c.parent_id == bindparam("parent")).order_by(_collection.c.name)
_parent = _collection.alias("parent")
_TOPS = (
    _ALL.join(_parent, _parent.c.id == _collection.c.parent_id)
    .where(_parent.c.space_id.in_(bindparam("spaces", expanding=True)), _parent.c.tool == bindparam("tool"))
    .where(_parent.c.parent_id.is_(None))
    .order_by(_collection.c.name)
)
_TREE = _ALL.where(
    _collection.c.space_id == bindparam("space"), _collection.c.tool == bindparam("tool")
).order_by(_collection.c.id)  # fmt: skip
_grown = (
    select(_collection.c.id)
    .where(_collection.c.id.in_(bindparam("starts", expanding=True)))
    .cte("grown", recursive=True)
)
_grown = _grown.union(select(_collection.c.id).where(_collection.c.parent_id == _grown.c.id))
_TREES = _ALL.where(_collection.c.id.in_(select(_grown.c.id))).order_by(_collection.c.id)
_INSERT = insert(_collection).returning(_collection.c.id)
_RENAME = (
    update(_collection)
    .where(_collection.c.id == bindparam("which"))
    .values(parent_id=bindparam("new_parent"), name=bindparam("new_name"), modseq=bindparam("step"))
)
_RECENT = (
    update(_collection)
    .where(_collection.c.id == bindparam("which"), _collection.c.recent < bindparam("first"))
    .values(recent=bindparam("first"))
)
_below = select(_collection.c.id).where(_collection.c.id == bindparam("which")).cte("below", recursive=True)
_below = _below.union_all(select(_collection.c.id).where(_collection.c.parent_id == _below.c.id))
_SUBTREE = select(_below.c.id)
_WEIGHT = select(
    func.coalesce(func.sum(_collection.c.bytes), 0), func.coalesce(func.sum(_collection.c["items"]), 0)
).where(_collection.c.id.in_(_SUBTREE))
_BLOBS = (
    select(_item.c.blob_id, func.count()).where(_item.c.collection_id.in_(_SUBTREE)).group_by(_item.c.blob_id)
)  # fmt: skip
_who: BindParameter[int] = bindparam("who")
_OTHERS = (  # whether anything in a tree was made by another
    select(_collection.c.id)
    .where(_collection.c.id.in_(_SUBTREE), func.coalesce(_collection.c.author_id, 0) != _who)
    .union_all(
        select(_item.c.id).where(_item.c.collection_id.in_(_SUBTREE), func.coalesce(_item.c.author_id, 0) != _who)
    )
    .limit(1)
)
_DELETE_ITEMS = delete(_item).where(_item.c.collection_id.in_(_SUBTREE))
_DELETE = delete(_collection).where(_collection.c.id == bindparam("which"))
_ABOVE = select(_collection.c.parent_id).where(_collection.c.id == bindparam("which"))
_PROPERTIES = select(_property.c.name, _property.c.value).where(_property.c.collection_id == bindparam("which"))
_VALUES = select(_property.c.collection_id, _property.c.value).where(
    _property.c.collection_id.in_(bindparam("these", expanding=True)), _property.c.name == bindparam("key")
)
_SET_PROPERTY = insert(_property)
_DELETE_PROPERTY = delete(_property).where(
    _property.c.collection_id == bindparam("which"), _property.c.name == bindparam("key")
)


def root(tx: Tx, space: SpaceId, tool: Tool) -> Collection:
    """The top of a tool in a space."""
    return _one(tx, _ROOT, {"space": space, "tool": str(tool)})


def get(tx: Tx, collection: CollectionId) -> Collection:
    """A collection by its id.

    Raises:
        Missing: there is none.
    """
    return _one(tx, _GET, {"which": collection})


def find(tx: Tx, parent: CollectionId, name: str) -> Collection | None:
    """The collection of that name in another."""
    row = tx.execute(_FIND, {"parent": parent, "name": name}).one_or_none()
    return None if row is None else _collection_of(row)


def children(tx: Tx, parent: CollectionId) -> list[Collection]:
    """The collections right below another, by name."""
    return [_collection_of(row) for row in tx.execute(_CHILDREN, {"parent": parent})]


def tops(tx: Tx, spaces: Sequence[SpaceId], tool: Tool) -> list[Collection]:
    """The collections right below the root of a tool, in all these spaces, by name."""
    found: list[Collection] = []
    for first in range(0, len(spaces), _AT_ONCE):
        some = {"spaces": list(spaces[first : first + _AT_ONCE]), "tool": str(tool)}
        found += (_collection_of(row) for row in tx.execute(_TOPS, some))
    return found


def tree(tx: Tx, space: SpaceId, tool: Tool) -> list[Collection]:
    """All collections of a tool in a space, the root first, then by age: a moved one may precede its parent."""
    return [_collection_of(row) for row in tx.execute(_TREE, {"space": space, "tool": str(tool)})]


def trees(tx: Tx, starts: Sequence[CollectionId]) -> list[Collection]:
    """These collections with all below them, each once, by age: a moved one may precede its parent."""
    found: dict[CollectionId, Collection] = {}
    for first in range(0, len(starts), _AT_ONCE):
        for row in tx.execute(_TREES, {"starts": list(starts[first : first + _AT_ONCE])}):
            found[CollectionId(row.id)] = _collection_of(row)
    return list(found.values())


def add(tx: Tx, parent: Collection, name: str, *, role: str = "", grant: Grant) -> Collection:
    """Make a collection in another.

    Raises:
        Exists: the name is taken.
    """
    _need(grant, parent.id, Right.ADD)
    step = tx.stamp(parent.id, parent.space)
    row = {
        "space_id": parent.space, "tool": str(parent.tool), "parent_id": parent.id, "name": name, "role": role,
        "modseq": step, "created": tx.now, "author_id": grant.who,
    }  # fmt: skip
    try:
        number = tx.execute(_INSERT, row).scalar_one()
    except IntegrityError as error:
        raise Exists(f"There is a “{name}” already.", parent=parent.id) from error
    tx.note(CollectionId(number), parent.space)
    made = get(tx, CollectionId(number))
    journal.collection(tx, ActKind.ADDED, made, by=grant)
    return made


def rename(tx: Tx, collection: Collection, *, parent: Collection, name: str, grant: Grant) -> Collection:
    """Give a collection another name or parent in its space; everything below comes along.

    Raises:
        Exists: the name is taken.
        Denied: it would come to lie inside itself, or in another space; or not all of it is one's own.
    """
    _need_own(tx, grant, collection)
    if parent.space != collection.space or parent.tool is not collection.tool or collection.parent is None:
        raise Denied("It can only be moved inside its own space.")
    _refuse_own_inside(tx, collection, parent)
    step = tx.stamp(parent.id, parent.space)
    if collection.parent != parent.id:
        tx.stamp(collection.parent, collection.space)
    changes.record_collection_gone(tx, collection, modseq=step)
    tx.note(collection.id, collection.space)
    try:
        tx.execute(_RENAME, {"which": collection.id, "new_parent": parent.id, "new_name": name, "step": step})
    except IntegrityError as error:
        raise Exists(f"There is a “{name}” already.", parent=parent.id) from error
    journal.collection(tx, ActKind.MOVED, collection, by=grant, to=(parent, name))
    return replaced(collection, parent=parent.id, name=name, modseq=step)


def weigh(tx: Tx, collection: Collection) -> tuple[int, int]:
    """Bytes and items of a collection and everything below it."""
    size, items = tx.execute(_WEIGHT, {"which": collection.id}).one()
    return int(size), int(items)


def subtree(tx: Tx, collection: CollectionId) -> list[CollectionId]:
    """The ids of a collection and everything below it."""
    return [CollectionId(number) for number in tx.execute(_SUBTREE, {"which": collection}).scalars()]


def remove(tx: Tx, collection: Collection, *, grant: Grant, charge: Charge) -> None:
    """Remove a collection with everything below it; the charge gives back what `weigh` said.

    Raises:
        Denied: not all of it is one's own, and no more may be removed.
    """
    _need_own(tx, grant, collection)
    size, items = weigh(tx, collection)
    if (charge.space, charge.tool, charge.bytes, charge.items) != (collection.space, collection.tool, -size, -items):
        raise RuntimeError(f"charge {charge} does not give back {items} items, {size} bytes")
    if collection.parent is None:
        raise Denied("The root of a tool stays.")
    step = tx.stamp(collection.parent, collection.space)
    whole = subtree(tx, collection.id)
    for below in whole:
        tx.note(below, collection.space)
    shown.vanish_with(tx, whole)
    journal.collection(tx, ActKind.REMOVED, collection, by=grant)
    changes.record_collection_gone(tx, collection, modseq=step)
    which = {"which": collection.id}
    held = {BlobId(blob): n for blob, n in tx.execute(_BLOBS, which).all()}
    tx.execute(_DELETE_ITEMS, which)
    blobs.release(tx, held)
    tx.execute(_DELETE, which)


def told_recent(tx: Tx, collection: Collection, *, first: int) -> None:
    """A session was told of the messages below uid `first` as \\Recent: no other will be."""
    tx.execute(_RECENT, {"which": collection.id, "first": first})


def properties(tx: Tx, collection: CollectionId) -> dict[str, str]:
    """What clients set on a collection: display name, colour and the like."""
    return {row.name: row.value for row in tx.execute(_PROPERTIES, {"which": collection})}


def values(tx: Tx, these: Sequence[CollectionId], name: str) -> dict[CollectionId, str]:
    """One property of several collections; where it is not set, there is none."""
    found: dict[CollectionId, str] = {}
    for first in range(0, len(these), _AT_ONCE):
        rows = tx.execute(_VALUES, {"these": list(these[first : first + _AT_ONCE]), "key": name})
        found |= {CollectionId(row.collection_id): row.value for row in rows}
    return found


def set_property(tx: Tx, collection: Collection, name: str, value: str | None, *, grant: Grant) -> None:
    """Set a property, or remove it with None."""
    _need(grant, collection.id, Right.ADD | Right.EDIT_ANY | Right.ADMINISTER)
    tx.stamp(collection.id, collection.space)
    tx.execute(_DELETE_PROPERTY, {"which": collection.id, "key": name})
    if value is not None:
        tx.execute(_SET_PROPERTY, {"collection_id": collection.id, "name": name, "value": value})
    journal.property_(tx, collection, name, by=grant)


def _refuse_own_inside(tx: Tx, collection: Collection, parent: Collection) -> None:
    above: int | None = parent.id
    while above is not None:
        if above == collection.id:
            raise Denied("It cannot be moved into itself.")
        above = tx.execute(_ABOVE, {"which": above}).scalar_one()


def _need(grant: Grant, collection: CollectionId, right: Right) -> None:
    if grant.collection != collection or not grant.rights & right:
        raise RuntimeError(f"grant {grant} does not show {right!r} on collection {collection}")


def _need_own(tx: Tx, grant: Grant, collection: Collection) -> None:
    """Taking away anything with one right, only what is one's own altogether with the other."""
    _need(grant, collection.id, Right.DELETE_ANY | Right.DELETE_OWN)
    if Right.DELETE_ANY in grant.rights:
        return
    if tx.execute(_OTHERS, {"which": collection.id, "who": grant.who}).first() is not None:
        raise Denied("Only what you made yourself may be moved or removed here, when all in it is yours, too.")


def _one(tx: Tx, statement: Select[*tuple[Any, ...]], parameters: dict[str, object]) -> Collection:
    row = tx.execute(statement, parameters).one_or_none()
    if row is None:
        raise Missing("It is not there (any more).", **parameters)
    return _collection_of(row)


def _collection_of(row: Row[*tuple[Any, ...]]) -> Collection:
    (number, space, tool, parent, name, role, modseq, *counters) = row
    return Collection(
        CollectionId(number),
        SpaceId(space),
        Tool(tool),
        None if parent is None else CollectionId(parent),
        name,
        role,
        Modseq(modseq),
        *counters,
    )
