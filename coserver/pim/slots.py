"""What the busy calendar of a group holds: who is busy when, and nothing else (R49).

Invariants: an entry says `Busy (<name>)`, times, recurrence and whether it is tentative; its UID is its
own, another one in each group; no word of the event is in it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, or_, select

from coserver.model.change import Change, ChangeKind
from coserver.model.ids import BlobId, CollectionId, ItemId, Modseq
from coserver.model.rights import Privacy
from coserver.model.space import Collection
from coserver.pim import masks
from coserver.pim.objects import Object
from coserver.store import blobs, changes
from coserver.store.schema.pim import busy_feed, object_index
from coserver.store.tx import Tx
from coserver.store.views import shown_item

_shown, _feed, _index = shown_item.c, busy_feed.c, object_index.c
_ALL = (
    select(
        _shown.id, _shown.collection_id, _shown.name, _shown.modseq, _shown.stamp, _shown.blob_id,
        _feed.name.label("who"), _index.first, _index.last, _index.once,
    )
    .join(busy_feed, (_feed.view_id == _shown.collection_id) & (_feed.calendar_id == _shown.lies_in))
    .join(object_index, _index.item_id == _shown.id)
    .where(_shown.collection_id == bindparam("view"), _index.busy != 0)
    .where(or_(_feed.hides == 0, _shown.privacy != int(Privacy.PRIVATE)))
)  # fmt: skip
_LIST = _ALL.order_by(_shown.name)
_NAMED = _ALL.where(_shown.name.in_(bindparam("names", expanding=True)))
_BETWEEN = _ALL.where(or_(_index.first.is_(None), _index.first <= bindparam("end"))).where(
    or_(_index.last.is_(None), _index.last >= bindparam("start"))
)
_CHANGED = _ALL.where(_shown.modseq > bindparam("since"))
_AT_ONCE = 500
_UID = re.compile(rb"^UID:[^\r\n]*(?:\r\n [^\r\n]*)*", re.MULTILINE)
_UNTOLD = re.compile(rb"^(?:CLASS|SEQUENCE):[^\r\n]*\r\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Slot:
    """An entry: the event it stands for, and how it appears. `stamp` is in milliseconds since 1970."""

    item: ItemId
    name: str
    modseq: Modseq
    stamp: int
    blob: BlobId
    who: str
    known: Object


def listed(tx: Tx, view: Collection) -> list[Slot]:
    """Everything in the calendar."""
    return [_slot(row) for row in tx.execute(_LIST, {"view": view.id})]


def named(tx: Tx, view: Collection, names: Sequence[str]) -> list[Slot]:
    """The entries of these names."""
    found: list[Slot] = []
    for start in range(0, len(names), _AT_ONCE):
        some = {"view": view.id, "names": list(names[start : start + _AT_ONCE])}
        found += (_slot(row) for row in tx.execute(_NAMED, some))
    return found


def between(tx: Tx, view: Collection, *, start: int, end: int) -> list[Slot]:
    """Those that may take place between two moments (seconds since 1970)."""
    return [_slot(row) for row in tx.execute(_BETWEEN, {"view": view.id, "start": start, "end": end})]


def texts(tx: Tx, slots: Sequence[Slot]) -> Mapping[ItemId, bytes]:
    """What entries say."""
    data = blobs.load(tx, [slot.blob for slot in slots])
    written = ((slot, data.get(slot.blob)) for slot in slots)
    told = ((slot.item, None if event is None else said(event, slot)) for slot, event in written)
    return {item: text for item, text in told if text is not None}


def said(event: bytes, slot: Slot) -> bytes | None:
    """What the entry of an event says; None if it takes no time."""
    masked = masks.masked(event, uid=slot.known.ical_uid, summary=f"Busy ({_escaped(slot.who)})")
    if masked is None:
        return None
    uid = b"UID:" + slot.known.ical_uid.encode()
    return _UNTOLD.sub(b"", _UID.sub(lambda _: uid, masked))


def since(tx: Tx, view: Collection, modseq: int) -> list[Change]:
    """The last change of each entry after `modseq`; errors as those of `changes.since`."""
    gone = changes.since(tx, view, modseq)
    rows = tx.execute(_CHANGED, {"view": view.id, "since": modseq})
    there = [
        Change(ChangeKind.CHANGED, view.id, ItemId(row.id), row.name, None, Modseq(row.modseq)) for row in rows
    ]  # fmt: skip
    if not gone:
        return there
    present = {slot.item for slot in listed(tx, view)}
    return [*there, *(one for one in gone if one.item not in present)]


def _slot(row: Row[*tuple[Any, ...]]) -> Slot:
    known = Object("VEVENT", _uid(row.id, row.collection_id), row.first, row.last, bool(row.once), busy=True)
    return Slot(row.id, row.name, Modseq(row.modseq), row.stamp, row.blob_id, row.who, known)


def _uid(item: ItemId, view: CollectionId) -> str:
    return f"coserver-busy-{view}-{item}"


def _escaped(text: str) -> str:
    """RFC 5545 3.3.11"""
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return text
