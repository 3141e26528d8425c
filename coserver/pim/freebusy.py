"""When an account is free or busy, for those who may ask: computed anew for each question (R49, S18).

Invariants: only co-members and the account itself get an answer, and what others may know is the same for
all of them: periods of calendars that count for availability, of what is neither transparent nor
cancelled, nor private when its owner hides that (C12). No word of an event is read beyond its times.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, or_, select

from coserver.auth import standing
from coserver.groups import comembers
from coserver.model.ids import ItemId, PrincipalId
from coserver.model.principal import State
from coserver.model.rights import Privacy
from coserver.pim import periods
from coserver.pim.busy import counting
from coserver.pim.periods import NeedTime, Period
from coserver.store import blobs, lookup
from coserver.store.schema.pim import object_index
from coserver.store.tx import Tx
from coserver.store.views import item_place, own_calendar, owned_space

_AT_ONCE = 500
_ABSENT = (State.CLOSED, State.PENDING)
_index, _place, _calendar = object_index.c, item_place.c, own_calendar.c
_OVERLAPPING = (
    select(_index.item_id, _index.first, _index.last, _index.once)
    .join(item_place, _place.id == _index.item_id)
    .join(own_calendar, _calendar.id == _place.collection_id)
    .join(owned_space, owned_space.c.owner_id == _calendar.owner_id)
    .where(_calendar.owner_id == bindparam("account"), counting, _index.busy != 0)
    .where(or_(owned_space.c.hides_private == 0, _place.privacy != int(Privacy.PRIVATE), bindparam("own") == 1))
    .where(or_(_index.first.is_(None), _index.first <= bindparam("end")))
    .where(or_(_index.last.is_(None), _index.last >= bindparam("start")))
)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the index knows of an event: its bounds, which are exact for one that takes place `once`."""

    first: int | None
    last: int | None
    once: bool


def may_ask(tx: Tx, asker: PrincipalId, other: PrincipalId) -> bool:
    """Whether an account may know when another is busy: itself, or a co-member who is there."""
    if asker == other:
        return True
    found = standing.get(tx, other)
    return found is not None and found.state not in _ABSENT and comembers.are(tx, asker, other)


def of(
    tx: Tx, account: PrincipalId, span: tuple[int, int], *, own: bool, need_time: NeedTime
) -> list[Period]:  # fmt: skip
    """When an account is busy between two moments (seconds since 1970): periods in order, without overlaps.

    `own` tells that it asks itself; `need_time` raises when the question has had its time.
    """
    start, end = span
    rows = tx.execute(_OVERLAPPING, {"account": account, "start": start, "end": end, "own": int(own)})
    known = {ItemId(row.item_id): _Known(row.first, row.last, bool(row.once)) for row in rows}
    found: list[Period] = []
    every = list(known)
    for first in range(0, len(every), _AT_ONCE):
        need_time()
        items = lookup.chosen(tx, every[first : first + _AT_ONCE])
        texts = blobs.load(tx, [item.blob for item in items])
        for item in items:
            if item.blob in texts:
                found += _periods(texts[item.blob], known[item.id], span, need_time)
        found = periods.merged(found)
    cut = (Period(max(one.start, start), min(one.end, end), one.tentative) for one in found)
    return [one for one in cut if one.start < one.end]


def _periods(data: bytes, known: _Known, span: tuple[int, int], need_time: NeedTime) -> list[Period]:
    if known.once and known.first is not None and known.last is not None:
        return [periods.once(data, known.first, known.last)]
    return list(periods.of(data, *span, need_time=need_time))
