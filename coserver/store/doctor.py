"""Checking the store: bytes against hashes, counters against rows, files against names.

The check reads one snapshot and can run beside a serving process. Repair recomputes counters;
bytes that are damaged cannot be made whole and are only reported. Files that nothing names are no
fault: they are swept at every start.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, bindparam, case, func, select, text, update

from coserver.model.errors import Missing
from coserver.model.ids import BlobId
from coserver.model.item import Flag
from coserver.store import blobs
from coserver.store.engine import Store
from coserver.store.schema import store as schema
from coserver.store.schema.quota import usage
from coserver.store.tx import Tx

_item = schema.item
_collection = schema.collection
_blob = schema.blob


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `kind` is a fixed word, `mended` whether repair put it right."""

    kind: str
    text: str
    mended: bool = False


def check(store: Store, *, repair: bool = False, progress: Callable[[int, int], None] | None = None) -> list[Finding]:
    """Examine everything; return what is wrong.

    Args:
        repair: put right what can be put right.
        progress: called with the bytes read so far and the bytes there are.
    """
    with store.read() as tx:
        found = [*_database(tx), *_references(tx), *_counters(tx), *_usage(tx), *_segments(tx)]
        suspects = _damaged(tx, progress or _silent)
    with store.read() as tx:  # what was removed or compacted meanwhile is not damaged
        found += _reported(tx, suspects)
    if repair and any(finding.kind in _MENDABLE for finding in found):
        store.write(_mend)
        found = [Finding(one.kind, one.text, one.kind in _MENDABLE) for one in found]
    return found


def _silent(_done: int, _all: int) -> None:
    pass


_MENDABLE = {"references", "counters", "usage", "segment"}


def _database(tx: Tx) -> Iterator[Finding]:
    for row in tx.execute(text("PRAGMA quick_check")):
        if row[0] != "ok":
            yield Finding("database", f"SQLite says: {row[0]}. Restore the folder from a backup.")
    for row in tx.execute(text("PRAGMA foreign_key_check")):
        yield Finding("dangling", f"A row of table {row[0]} names one of {row[2]} that is not there.")


_USED = (
    select(_item.c.blob_id.label("blob_id"))
    .union_all(select(schema.outbox.c.blob_id.label("blob_id")), select(schema.copying.c.blob_id.label("blob_id")))
    .subquery("used")
)
_COUNTED = select(_USED.c.blob_id, func.count().label("n")).group_by(_USED.c.blob_id).subquery("counted")
_REFERENCES = (
    select(_blob.c.id, _blob.c.refs, func.coalesce(_COUNTED.c.n, 0).label("n"))
    .select_from(_blob.outerjoin(_COUNTED, _COUNTED.c.blob_id == _blob.c.id))
    .where(_blob.c.refs != func.coalesce(_COUNTED.c.n, 0))
)


def _references(tx: Tx) -> Iterator[Finding]:
    for row in tx.execute(_REFERENCES):
        yield Finding("references", f"Blob {row.id} is counted {row.refs} times and named {row.n} times.")


def _sum_where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


_TRUE = (
    select(
        _item.c.collection_id,
        func.count().label("n"),
        func.coalesce(func.sum(_item.c.size), 0).label("size"),
        _sum_where(_item.c.flags.bitwise_and(int(Flag.SEEN)) == 0).label("unseen"),
        _sum_where(_item.c.flags.bitwise_and(int(Flag.DELETED)) != 0).label("deleted"),
    )
    .group_by(_item.c.collection_id)
    .subquery("true_counts")
)
_n, _size = func.coalesce(_TRUE.c.n, 0), func.coalesce(_TRUE.c.size, 0)
_unseen, _deleted = func.coalesce(_TRUE.c.unseen, 0), func.coalesce(_TRUE.c.deleted, 0)
_COUNTERS = (
    select(_collection.c.id, _n.label("n"), _size.label("size"), _unseen.label("unseen"), _deleted.label("deleted"))
    .select_from(_collection.outerjoin(_TRUE, _TRUE.c.collection_id == _collection.c.id))
    .where(
        (_collection.c["items"] != _n)
        | (_collection.c.bytes != _size)
        | (_collection.c.unseen != _unseen)
        | (_collection.c.deleted != _deleted)
    )
)


def _counters(tx: Tx) -> Iterator[Finding]:
    for row in tx.execute(_COUNTERS):
        yield Finding("counters", f"Collection {row.id} holds {row.n} items of {row.size} bytes and says otherwise.")


_HELD = (
    select(
        _collection.c.space_id,
        _collection.c.tool,
        func.sum(_collection.c.bytes).label("size"),
        func.sum(_collection.c["items"]).label("n"),
    )
    .group_by(_collection.c.space_id, _collection.c.tool)
    .subquery("held")
)
_USAGE = (
    select(usage.c.space_id, usage.c.tool, _HELD.c.size, _HELD.c.n)
    .select_from(usage.join(_HELD, (_HELD.c.space_id == usage.c.space_id) & (_HELD.c.tool == usage.c.tool)))
    .where((usage.c.bytes != _HELD.c.size) | (usage.c["items"] != _HELD.c.n))
)


def _usage(tx: Tx) -> Iterator[Finding]:
    for row in tx.execute(_USAGE):
        yield Finding(
            "usage", f"Space {row.space_id} holds {row.n} items of {row.size} bytes in {row.tool} and says otherwise."
        )


_IN_SEGMENTS = select(_blob.c.segment_id, func.sum(_blob.c.size).label("size")).group_by(_blob.c.segment_id)


def _segments(tx: Tx) -> Iterator[Finding]:
    true = {row.segment_id: row.size for row in tx.execute(_IN_SEGMENTS.where(_blob.c.form == blobs.PACK))}
    for row in tx.execute(select(schema.segment.c.id, schema.segment.c.live)):
        if row.live != true.get(row.id, 0):
            yield Finding("segment", f"Segment {row.id} holds {true.get(row.id, 0)} live bytes and says {row.live}.")


_EVERY = select(_blob.c.id, _blob.c.size).order_by(_blob.c.segment_id, _blob.c.offset, _blob.c.id)
_NAMED = select(_blob.c.id).where(_blob.c.id == bindparam("which"))
_NAMES = select(_item.c.id, _item.c.name, _item.c.uid, _collection.c.name.label("collection")).join(
    _collection, _collection.c.id == _item.c.collection_id
)


def _damaged(tx: Tx, progress: Callable[[int, int], None]) -> list[BlobId]:
    every = tx.execute(_EVERY).all()
    total = sum(row.size for row in every)
    done = 0
    found = []
    for row in every:
        if not _sound(tx, BlobId(row.id)):
            found.append(BlobId(row.id))
        done += row.size
        progress(done, total)
    return found


def _sound(tx: Tx, blob: BlobId) -> bool:
    try:
        return blobs.open_(tx, blob).sound()
    except Missing:
        return False


def _reported(tx: Tx, suspects: list[BlobId]) -> Iterator[Finding]:
    for blob in suspects:
        if tx.execute(_NAMED, {"which": blob}).scalar() is None or _sound(tx, blob):
            continue
        users = [
            f"{one.name or one.uid} in {one.collection or 'the root'}"
            for one in tx.execute(_NAMES.where(_item.c.blob_id == blob))
        ]
        yield Finding("damaged", f"The bytes of {', '.join(users) or 'an outgoing message'} are damaged or gone.")


def _mend(tx: Tx) -> None:
    for row in tx.execute(_REFERENCES).all():
        blobs.hold(tx, {BlobId(row.id): row.n - row.refs})
        blobs.release(tx, {BlobId(row.id): 0})
    for row in tx.execute(_COUNTERS).all():
        tx.execute(
            update(_collection)
            .where(_collection.c.id == row.id)
            .values(items=row.n, bytes=row.size, unseen=row.unseen, deleted=row.deleted)
        )
    for row in tx.execute(_USAGE).all():
        tx.execute(
            update(usage)
            .where(usage.c.space_id == row.space_id, usage.c.tool == row.tool)
            .values(bytes=row.size, items=row.n)
        )
    true = {row.segment_id: row.size for row in tx.execute(_IN_SEGMENTS.where(_blob.c.form == blobs.PACK))}
    for number in tx.execute(select(schema.segment.c.id)).scalars().all():
        tx.execute(update(schema.segment).where(schema.segment.c.id == number).values(live=true.get(number, 0)))
