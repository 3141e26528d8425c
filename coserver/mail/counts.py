"""How many messages a mailbox has for the account that looks: what STATUS and LIST tell.

Counted without a look at the messages: from the counters of the mailbox, less what is withheld and
what this account has read; only views, which are small, are counted row by row.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from coserver.mail import faces, reads, sights
from coserver.mail.mailboxes import Mailbox
from coserver.model.ids import CollectionId, PrincipalId
from coserver.model.item import Flag
from coserver.model.space import Collection
from coserver.store.tx import Tx
from coserver.store.views import item_place, shown_item

_AT_ONCE = 500
_WITH_PRIVATE = (
    select(item_place.c.collection_id)
    .where(item_place.c.collection_id.in_(bindparam("mailboxes", expanding=True)), item_place.c.privacy != 0)
    .distinct()
)
_shown = shown_item.c
_SHOWN = (
    select(
        _shown.collection_id, func.count(), func.sum(_shown.size),
        func.sum(1 - _shown.flags.op("&")(int(Flag.SEEN))),
    )
    .where(_shown.collection_id.in_(bindparam("mailboxes", expanding=True)))
    .group_by(_shown.collection_id)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counts:
    """Messages, those without \\Seen, those with \\Deleted, octets."""

    messages: int = 0
    unseen: int = 0
    deleted: int = 0
    size: int = 0


def of(tx: Tx, account: PrincipalId, mailboxes: Iterable[Mailbox]) -> dict[CollectionId, Counts]:
    """What an account counts in these mailboxes, in a few statements for all of them."""
    by_face: dict[faces.Face, list[Collection]] = {faces.OWN: [], faces.FOREIGN: [], faces.VIEW: []}
    for mailbox in mailboxes:
        by_face[mailbox.face].append(mailbox.collection)
    found = {one.id: Counts(one.items, one.unseen, one.deleted, one.bytes) for one in by_face[faces.OWN]}
    return found | _foreign(tx, account, by_face[faces.FOREIGN]) | _in_views(tx, by_face[faces.VIEW])


def _foreign(tx: Tx, account: PrincipalId, there: Sequence[Collection]) -> dict[CollectionId, Counts]:
    if not there:
        return {}
    read = reads.counts(tx, account)
    found = {one.id: Counts(one.items, one.items - read.get(one.id, 0), one.deleted, one.bytes) for one in there}
    private: set[CollectionId] = set()
    for start in range(0, len(there), _AT_ONCE):
        some = [one.id for one in there[start : start + _AT_ONCE]]
        private.update(tx.execute(_WITH_PRIVATE, {"mailboxes": some}).scalars())
    for one in there:
        if one.id in private:
            found[one.id] = _without_withheld(tx, account, one, found[one.id])
    return found


def _without_withheld(tx: Tx, account: PrincipalId, one: Collection, whole: Counts) -> Counts:
    withheld = sights.of(tx, account, one).withheld.values()
    read = reads.of(tx, account, [item.id for item in withheld])
    return Counts(
        whole.messages - len(withheld),
        whole.unseen - sum(item.id not in read or not read[item.id].seen for item in withheld),
        whole.deleted - sum(bool(item.flags & Flag.DELETED) for item in withheld),
        whole.size - sum(item.size for item in withheld),
    )


def _in_views(tx: Tx, there: Sequence[Collection]) -> dict[CollectionId, Counts]:
    found = {one.id: Counts() for one in there}
    if there:
        for mailbox, messages, size, unseen in tx.execute(_SHOWN, {"mailboxes": [one.id for one in there]}):
            found[CollectionId(mailbox)] = Counts(int(messages), int(unseen), 0, int(size))
    return found
