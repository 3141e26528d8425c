"""Mail to groups that is on its way to their members: what was kept once, and who has a copy by now.

Invariants: a row is written in the tx that keeps the message, so what was acknowledged is copied whatever
breaks down meanwhile; it names the bytes, so that they stay until the last copy is made; members are taken
in the order of their ids, and a step moves the mark in the tx of its copies, so that nobody gets two.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select, update

from coserver.model.ids import BlobId, PrincipalId, SpaceId
from coserver.store import blobs
from coserver.store.schema.store import copying
from coserver.store.tx import Tx

_ADD = insert(copying)
_rows = select(copying.c.id, copying.c.space_id, copying.c.blob_id, copying.c.after, copying.c.without)
_FIRST = _rows.order_by(copying.c.id).limit(1)
_GET = _rows.where(copying.c.id == bindparam("which"))
_ADVANCE = update(copying).where(copying.c.id == bindparam("which")).values(after=bindparam("account"))
_REMOVE = delete(copying).where(copying.c.id == bindparam("which"))


@dataclass(frozen=True, slots=True)
class Errand:
    """A message kept in the space of a group, of which members above `after` are still to get a copy.

    `without`: who is not, since the same message went to him by itself.
    """

    id: int
    space: SpaceId
    blob: BlobId
    after: PrincipalId
    without: frozenset[PrincipalId]


def add(tx: Tx, space: SpaceId, blob: BlobId, *, without: Collection[PrincipalId] = ()) -> None:
    """Have a message that was kept in this tx copied to the members of the group."""
    blobs.hold(tx, {blob: 1})
    kept = "".join(f"{account} " for account in sorted(without))
    tx.execute(_ADD, {"space_id": space, "blob_id": blob, "without": kept, "created": tx.now})


def first(tx: Tx) -> Errand | None:
    """The message that has waited longest; None when all are copied."""
    return _errand(tx, None)


def again(tx: Tx, errand: Errand) -> bool:
    """Whether an errand is still as it was read: nobody else did a step of it."""
    return _errand(tx, errand.id) == errand


def advance(tx: Tx, errand: Errand, account: PrincipalId) -> None:
    """All members up to this account are dealt with."""
    tx.execute(_ADVANCE, {"which": errand.id, "account": account})


def finish(tx: Tx, errand: Errand) -> None:
    """There is nobody left to get a copy."""
    tx.execute(_REMOVE, {"which": errand.id})
    blobs.release(tx, {errand.blob: 1})


def _errand(tx: Tx, which: int | None) -> Errand | None:
    row = (tx.execute(_FIRST) if which is None else tx.execute(_GET, {"which": which})).first()
    if row is None:
        return None
    without = frozenset(PrincipalId(int(number)) for number in row.without.split())
    return Errand(row.id, SpaceId(row.space_id), BlobId(row.blob_id), PrincipalId(row.after), without)
