"""What the store does for itself while it runs: compacting segments, trimming change log and journals.

A compaction copies what is alive out of a segment in small jobs, so that writers never wait long;
the old file is removed a little later, when nobody can be about to open it.
"""

import logging
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, select, update

from coserver.log import event
from coserver.model.ids import BlobId, SpaceId
from coserver.store import blobs, changes, journal
from coserver.store.engine import Store
from coserver.store.schema import store as schema
from coserver.store.tx import Tx

log = logging.getLogger(__name__)

KEEP_REMOVALS = 100_000  # removals remembered in each space, for clients that come back
_GRACE = 60_000  # milliseconds between the last row leaving a segment and its removal
_DEAD_FOR = 86_400_000  # milliseconds after which even a few dead bytes are worth a compaction
_AT_ONCE = 8 * 1024 * 1024  # bytes copied in one job

_blob = schema.blob
_segment = schema.segment
_SEGMENTS = select(_segment.c.id, _segment.c.live, _segment.c.dead_since).order_by(_segment.c.id)
_IN_SEGMENT = select(_blob.c.id, _blob.c.size).where(_blob.c.segment_id == bindparam("which")).order_by(_blob.c.offset)
_REHOUSE = (
    update(_blob)
    .where(_blob.c.id == bindparam("which"))
    .values(segment_id=bindparam("to"), offset=bindparam("at"))
)  # fmt: skip
_EMPTIED = update(_segment).where(_segment.c.id == bindparam("which")).values(live=0, dead_since=bindparam("now"))
_FORGET = delete(_segment).where(_segment.c.id == bindparam("which"), _segment.c.live == 0)
_LIVE = select(func.count()).select_from(_blob).where(_blob.c.segment_id == bindparam("which"))
_SPACES = select(schema.space.c.id)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a round of housekeeping did."""

    bytes_freed: int
    removals_forgotten: int


def keep_house(store: Store) -> Kept:
    """One round of everything: for a timer, or for an operator who does not want to wait."""
    freed = compact(store)
    with store.read() as tx:
        spaces = [SpaceId(number) for number in tx.execute(_SPACES).scalars()]
        long = [space for space in spaces if journal.is_long(tx, space)]
    for space in long:
        store.write(lambda tx, space=space: journal.trim(tx, space))  # type: ignore[misc]
    while store.write(journal.expire):
        pass
    forgotten = 0
    for space in spaces:
        forgotten += store.write(lambda tx, space=space: changes.trim(tx, space, keep=KEEP_REMOVALS))  # type: ignore[misc]
    store.checkpoint()
    if freed or forgotten:
        event(log, "house-kept", bytes_freed=freed, removals_forgotten=forgotten)
    return Kept(freed, forgotten)


def compact(store: Store, *, everything: bool = False) -> int:
    """Give back the room of deleted bytes in segments; return the bytes freed.

    A segment is rewritten when a quarter of it is dead or something in it is dead for a day; with
    `everything` when a single byte is, and emptied segments are removed without grace.
    """
    grace = 0 if everything else _GRACE
    with store.read() as tx:
        rows = [tuple(row) for row in tx.execute(_SEGMENTS)]
        now = tx.now
    for number, live, dead_since in rows:
        size = store.files.segment_size(number)
        overdue = bool(dead_since) and now - dead_since > _DEAD_FOR
        worth = everything or overdue or (size - live) * 4 >= size
        if live and size > live and worth:
            _empty(store, number)
    return sum(
        store.write(lambda tx, number=row[0]: _remove_if_empty(tx, number, grace=grace))  # type: ignore[misc]
        for row in rows
    )


def _empty(store: Store, number: int) -> None:
    """Copy what is alive in a segment into the current one, a piece at a time."""
    while store.write(lambda tx: _move_some(tx, number)):
        pass


def _move_some(tx: Tx, number: int) -> bool:
    if tx.files.segment == number:
        tx.files.close_segment()
    moved = 0
    for row in tx.execute(_IN_SEGMENT, {"which": number}).all():
        data = blobs.open_(tx, BlobId(row.id)).read()
        segment, offset = blobs.append(tx, data)
        tx.execute(_REHOUSE, {"which": row.id, "to": segment, "at": offset})
        moved += row.size
        if moved >= _AT_ONCE:
            return True
    tx.execute(_EMPTIED, {"which": number, "now": tx.now})
    return False


def _remove_if_empty(tx: Tx, number: int, *, grace: int) -> int:
    row = next((row for row in tx.execute(_SEGMENTS) if row.id == number), None)
    if row is None or row.live or tx.now - row.dead_since < grace:
        return 0
    if tx.execute(_LIVE, {"which": number}).scalar_one():
        return 0
    if tx.files.segment == number:
        tx.files.close_segment()
    size = tx.files.segment_size(number)
    tx.execute(_FORGET, {"which": number})
    tx.after_commit(lambda: tx.files.remove_segment(number))
    return size
