"""Who has read what in mailboxes that are not his own: \\Seen, kept per account (S33).

A row says that \\Seen was set once; `seen` that it still is. Invariants: its modseq is a step of the
space in which the mailbox lies, stamped on the mailbox too, so that a mailbox keeps one line of
modseqs for all who look (RFC 7162 3.1); for whom the message did not change, nothing has.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, insert, select, update

from coserver.mail.sights import Sight
from coserver.model.ids import CollectionId, ItemId, Modseq, PrincipalId
from coserver.store.schema.mail import seen_by
from coserver.store.tx import Tx

_AT_ONCE = 500
_seen = seen_by.c
_OF = select(_seen.item_id, _seen.seen, _seen.modseq).where(
    _seen.account_id == bindparam("account"), _seen.item_id.in_(bindparam("items", expanding=True))
)
_COUNTS = (
    select(_seen.collection_id, func.sum(_seen.seen).label("seen"))
    .where(_seen.account_id == bindparam("account"))
    .group_by(_seen.collection_id)
)
_ADD = insert(seen_by)
_SET = (
    update(seen_by)
    .where(_seen.item_id == bindparam("which"), _seen.account_id == bindparam("account"))
    .values(seen=bindparam("now"), modseq=bindparam("step"), collection_id=bindparam("place"))
)
_MOVE = (
    update(seen_by)
    .where(_seen.item_id.in_(bindparam("items", expanding=True)))
    .values(collection_id=bindparam("place"))
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Read:
    """Whether an account has read a message, and the modseq at which that changed."""

    seen: bool
    modseq: Modseq


def of(tx: Tx, account: PrincipalId, items: Sequence[ItemId]) -> dict[ItemId, Read]:
    """What an account has read of some messages; those it never marked are left out."""
    found: dict[ItemId, Read] = {}
    for some in _slices(items):
        for row in tx.execute(_OF, {"account": account, "items": some}):
            found[ItemId(row.item_id)] = Read(bool(row.seen), Modseq(row.modseq))
    return found


def keep(tx: Tx, sight: Sight, read: Mapping[ItemId, bool]) -> Modseq:
    """Set or clear \\Seen of the account that looks, on messages of a mailbox that is not its own."""
    mailbox = sight.collection
    step = tx.stamp(mailbox.id, mailbox.space)
    had = of(tx, sight.account, list(read))
    old = [
        {"which": item, "account": sight.account, "now": int(seen), "step": step, "place": mailbox.id}
        for item, seen in read.items()
        if item in had
    ]
    new = [
        {"item_id": item, "account_id": sight.account, "seen": int(seen), "modseq": step, "collection_id": mailbox.id}
        for item, seen in read.items()
        if item not in had
    ]
    if old:
        tx.execute(_SET, old)
    if new:
        tx.execute(_ADD, new)
    return step


def counts(tx: Tx, account: PrincipalId) -> dict[CollectionId, int]:
    """How many messages an account has read in each mailbox that is not its own: one statement."""
    return {CollectionId(row.collection_id): int(row.seen) for row in tx.execute(_COUNTS, {"account": account})}


def moved(tx: Tx, items: Sequence[ItemId], to: CollectionId) -> None:
    """Messages lie in another mailbox now, with what everybody has read of them."""
    for some in _slices(items):
        tx.execute(_MOVE, {"items": some, "place": to})


def _slices(items: Sequence[ItemId]) -> Iterator[list[ItemId]]:
    for start in range(0, len(items), _AT_ONCE):
        yield list(items[start : start + _AT_ONCE])
