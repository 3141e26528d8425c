"""Items of other spaces as they appear in a collection of this one: views.

A view is a collection whose contents lie elsewhere: single items that were shared with somebody, the
busy times of a group's members. Each row has a name or uid, flags and a modseq of its own, of the
space the view lies in: so a view has a sync token like any collection, and whoever waits for it is
told. Invariants: what happens to an item is noted in its views in the same tx (the gate calls
`follow` and `vanish`); an item that is gone leaves a removal in each of them; what is shown is
charged to nobody, and a view's collection counts no items.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Row, Select, bindparam, delete, insert, select, update

from coserver.model.ids import CollectionId, ItemId, Modseq, SpaceId
from coserver.model.item import Flag
from coserver.model.space import Collection, Tool
from coserver.store import changes
from coserver.store.schema import store as schema
from coserver.store.tx import Tx

_shown = schema.shown
_collection = schema.collection
_COLUMNS = (
    _shown.c.item_id, _shown.c.collection_id, _shown.c.name, _shown.c.uid, _shown.c.modseq, _shown.c.flags,
    _shown.c.keywords,
)  # fmt: skip
_AT_ONCE = 500
_placed = select(*_COLUMNS, _collection.c.space_id).join(_collection, _collection.c.id == _shown.c.collection_id)
_OF_ITEMS = _placed.where(_shown.c.item_id.in_(bindparam("items", expanding=True)))
_IN_COLLECTIONS = _placed.join(schema.item, schema.item.c.id == _shown.c.item_id).where(
    schema.item.c.collection_id.in_(bindparam("collections", expanding=True))
)
_LIST = (
    select(*_COLUMNS).where(_shown.c.collection_id == bindparam("which")).order_by(_shown.c.uid, _shown.c.name)
)  # fmt: skip
_CHOSEN = _LIST.where(_shown.c.item_id.in_(bindparam("items", expanding=True)))
_FIND = _LIST.where(_shown.c.name == bindparam("name"))
_ADD = insert(_shown)
_STAMP = (
    update(_shown)
    .where(_shown.c.item_id == bindparam("which"), _shown.c.collection_id == bindparam("view"))
    .values(modseq=bindparam("step"))
)
_MARK = (
    update(_shown)
    .where(_shown.c.item_id == bindparam("which"), _shown.c.collection_id == bindparam("view"))
    .values(modseq=bindparam("step"), flags=bindparam("new_flags"), keywords=bindparam("new_keywords"))
)
_REMOVE = delete(_shown).where(_shown.c.item_id == bindparam("which"), _shown.c.collection_id == bindparam("view"))
_TAKE_UIDS = (
    update(_collection)
    .where(_collection.c.id == bindparam("view"))
    .values(uidnext=_collection.c.uidnext + bindparam("more"))
    .returning(_collection.c.uidnext)
)


@dataclass(frozen=True, slots=True)
class Shown:
    """How an item appears in a view; `id` is the item's, the rest is the view's own."""

    id: ItemId
    collection: CollectionId
    name: str | None
    uid: int | None
    modseq: Modseq
    flags: Flag
    keywords: str


class View(Protocol):
    """The collection things appear in: the whole of it, or as much as is needed here."""

    @property
    def id(self) -> CollectionId:
        """Its id."""

    @property
    def space(self) -> SpaceId:
        """Where it lies."""

    @property
    def tool(self) -> Tool:
        """Of which it is."""


def list_(tx: Tx, view: CollectionId) -> list[Shown]:
    """Everything in a view, by uid or name."""
    return [_from(row) for row in tx.execute(_LIST, {"which": view})]


def find(tx: Tx, view: CollectionId, name: str) -> Shown | None:
    """What appears in a view under a name."""
    row = tx.execute(_FIND, {"which": view, "name": name}).first()
    return None if row is None else _from(row)


def put(tx: Tx, view: View, items: Sequence[tuple[ItemId, str | None]]) -> None:
    """Let items appear in a view, under a name or, in mail, the next uid; those that do already are stamped."""
    step = tx.stamp(view.id, view.space)
    present = {one.id for one in _present(tx, view, [item for item, _ in items])}
    again = [{"which": item, "view": view.id, "step": step} for item, _ in items if item in present]
    if again:
        tx.execute(_STAMP, again)
    new = [(item, name) for item, name in items if item not in present]
    mail = view.tool is Tool.MAIL
    first = 0
    if mail:
        first = int(tx.execute(_TAKE_UIDS, {"view": view.id, "more": len(new)}).scalar_one()) - len(new)
    rows = [
        {
            "collection_id": view.id,
            "item_id": item,
            "name": None if mail else name,
            "uid": first + position if mail else None,
            "modseq": step,
        }
        for position, (item, name) in enumerate(new)
    ]
    if rows:
        tx.execute(_ADD, rows)


def mark(tx: Tx, view: Collection, marks: Sequence[tuple[Shown, Flag, str]]) -> Modseq:
    """Set the flags and keywords that items have in a view; the step that was taken."""
    step = tx.stamp(view.id, view.space)
    rows = [
        {"which": one.id, "view": view.id, "step": step, "new_flags": int(flags), "new_keywords": keywords}
        for one, flags, keywords in marks
    ]
    if rows:
        tx.execute(_MARK, rows)
    return step


def drop(tx: Tx, view: View, items: Sequence[ItemId]) -> None:
    """Let items appear in a view no more; those that do not are ignored."""
    _drop(tx, view.space, _present(tx, view, items))


def follow(tx: Tx, items: Sequence[ItemId]) -> None:
    """Items changed: stamp them in every view they appear in. For the gate."""
    for space, found in _by_space(_rows(tx, _OF_ITEMS, "items", items)).items():
        step = tx.step(space)
        for view in {one.collection for one in found}:
            tx.stamp(view, space)
        tx.execute(_STAMP, [{"which": one.id, "view": one.collection, "step": step} for one in found])


def vanish(tx: Tx, items: Sequence[ItemId]) -> None:
    """Items are about to be gone: take them out of every view. For the gate."""
    for space, found in _by_space(_rows(tx, _OF_ITEMS, "items", items)).items():
        _drop(tx, space, found)


def vanish_with(tx: Tx, collections: Sequence[CollectionId]) -> None:
    """Collections are about to be gone with what they hold: take that out of every view."""
    for space, found in _by_space(_rows(tx, _IN_COLLECTIONS, "collections", collections)).items():
        _drop(tx, space, found)


def _present(tx: Tx, view: View, items: Sequence[ItemId]) -> list[Shown]:
    """Those of the items that appear in a view: the work depends on them alone, not on what else is there."""
    found: list[Shown] = []
    for start in range(0, len(items), _AT_ONCE):
        some = {"which": view.id, "items": list(items[start : start + _AT_ONCE])}
        found += (_from(row) for row in tx.execute(_CHOSEN, some))
    return found


def _drop(tx: Tx, space: SpaceId, found: Sequence[Shown]) -> None:
    if not found:
        return
    step = tx.step(space)
    tx.execute(_REMOVE, [{"which": one.id, "view": one.collection} for one in found])
    changes.record_gone(tx, space, found, modseq=step)
    for view in {one.collection for one in found}:
        tx.stamp(view, space)


def _rows(
    tx: Tx, statement: Select[*tuple[Any, ...]], name: str, numbers: Sequence[int]
) -> Iterator[Row[*tuple[Any, ...]]]:
    for start in range(0, len(numbers), _AT_ONCE):
        yield from tx.execute(statement, {name: list(numbers[start : start + _AT_ONCE])}).all()


def _by_space(rows: Iterator[Row[*tuple[Any, ...]]]) -> dict[SpaceId, list[Shown]]:
    found: dict[SpaceId, list[Shown]] = defaultdict(list)
    for row in rows:
        found[SpaceId(row.space_id)].append(_from(row))
    return found


def _from(row: Row[*tuple[Any, ...]]) -> Shown:
    return Shown(
        ItemId(row.item_id), CollectionId(row.collection_id), row.name, row.uid, Modseq(row.modseq), Flag(row.flags),
        row.keywords,
    )  # fmt: skip
