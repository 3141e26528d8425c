"""Messages picked for a deed: as the account sees them, and as they are kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import replace as replaced

from coserver.mail import faces, reads
from coserver.mail.reads import Read
from coserver.mail.rows import Ranges
from coserver.mail.sights import Sight
from coserver.model.ids import ItemId, Modseq
from coserver.model.item import Flag, Item
from coserver.store import lookup, shown
from coserver.store.shown import Shown
from coserver.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Picked:
    """A message: `seen` has the uid, flags and modseq that the account sees, `kept` those in the store."""

    seen: Item
    kept: Item
    shown: Shown | None = None  # its row, in a view


def by_uids(tx: Tx, sight: Sight, ranges: Ranges) -> list[Picked]:
    """The messages of a mailbox in these ranges of uids, by uid; what is withheld is left out."""
    if sight.face is faces.VIEW:
        return _in_view(tx, sight, ranges)
    return of(tx, sight, lookup.by_uids(tx, sight.collection.id, ranges))


def of(tx: Tx, sight: Sight, kept: Iterable[Item]) -> list[Picked]:
    """Messages that lie in the mailbox itself, as the account sees them."""
    if sight.face is faces.OWN:
        return [Picked(item, item) for item in kept]
    there = [item for item in kept if item.uid not in sight.withheld]
    read = reads.of(tx, sight.account, [item.id for item in there])
    return [Picked(_as_read(item, read.get(item.id)), item) for item in there]


def _as_read(item: Item, read: Read | None) -> Item:
    flags = item.flags & ~Flag.SEEN
    if read is None:
        return replaced(item, flags=flags)
    if read.seen:
        flags |= Flag.SEEN
    return replaced(item, flags=flags, modseq=Modseq(max(item.modseq, read.modseq)))


def _in_view(tx: Tx, sight: Sight, ranges: Ranges) -> list[Picked]:
    there = [one for one in shown.list_(tx, sight.collection.id) if _within(one.uid or 0, ranges)]
    items: dict[ItemId, Item] = {item.id: item for item in lookup.chosen(tx, [one.id for one in there])}
    return [
        Picked(
            replaced(items[one.id], uid=one.uid, flags=one.flags, keywords=one.keywords, modseq=one.modseq),
            items[one.id],
            one,
        )
        for one in there
    ]


def _within(uid: int, ranges: Ranges) -> bool:
    return any(low <= uid and (high is None or uid <= high) for low, high in ranges)
