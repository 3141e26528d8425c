"""What an account sees of a book: which entries, and how much of each.

Invariants: an entry that may be neither read nor seen as busy does not exist for the account; of what may
only be seen as busy the masked form is all that ever leaves here (R13, R49, C12). A view shows the
entries themselves, under names of its own.
"""

from collections.abc import Iterator, Mapping, Sequence

from coserver.groups import rights
from coserver.groups.rights import Held
from coserver.model.change import Change, ChangeKind
from coserver.model.ids import CollectionId, ItemId, PrincipalId
from coserver.model.item import Item
from coserver.model.rights import ALL
from coserver.pim import index, masks
from coserver.pim.books import Book
from coserver.pim.entries import Entry
from coserver.pim.objects import Object
from coserver.store import blobs, changes, collections, lookup, shown
from coserver.store.shown import Shown
from coserver.store.tx import Tx


def listed(tx: Tx, account: PrincipalId, book: Book) -> list[Entry]:
    """Everything in a book that is there for the account."""
    if book.is_view:
        return _shown(tx, account, shown.list_(tx, book.collection.id))
    return _seen(tx, account, book, lookup.list_(tx, book.collection.id), index.of_collection(tx, book.collection.id))


def named(tx: Tx, account: PrincipalId, book: Book, names: Sequence[str]) -> list[Entry]:
    """Those of these names."""
    if book.is_view:
        found = (shown.find(tx, book.collection.id, name) for name in names)
        return _shown(tx, account, [one for one in found if one is not None])
    items = lookup.named(tx, book.collection.id, names)
    return _seen(tx, account, book, items, index.of_items(tx, [item.id for item in items]))


def find(tx: Tx, account: PrincipalId, book: Book, name: str) -> Entry | None:
    """The one of that name."""
    return next(iter(named(tx, account, book, [name])), None)


def numbered(tx: Tx, account: PrincipalId, book: Book, item: ItemId) -> Entry | None:
    """The one of that number."""
    if book.is_view:
        return next((entry for entry in listed(tx, account, book) if entry.item.id == item), None)
    found = lookup.get(tx, item)
    if found is None or found.collection != book.collection.id:
        return None
    return next(iter(_seen(tx, account, book, [found], index.of_items(tx, [item]))), None)


def between(
    tx: Tx, account: PrincipalId, book: Book, *, kind: str | None, start: int, end: int
) -> list[Entry]:  # fmt: skip
    """Those that may take place between two moments (seconds since 1970)."""
    if book.is_view:
        return [entry for entry in listed(tx, account, book) if _may(entry.known, kind, start, end)]
    ids = index.overlapping(tx, book.collection.id, kind=kind, start=start, end=end)
    return _seen(tx, account, book, lookup.chosen(tx, ids), index.of_items(tx, ids))


def texts(tx: Tx, found: Sequence[Entry]) -> Mapping[ItemId, bytes]:
    """The bytes of entries, as the account that found them may see them."""
    data = blobs.load(tx, [entry.item.blob for entry in found])
    told: dict[ItemId, bytes] = {}
    for entry in found:
        text = data.get(entry.item.blob)
        if entry.is_masked and text is not None:
            text = masks.masked(text, uid=f"coserver-busy-{entry.item.id}")
        if text is not None:
            told[entry.item.id] = text
    return told


def since(tx: Tx, book: Book, modseq: int) -> list[Change]:
    """The last change of everything in a book after `modseq`, seen or not; errors as those of `changes.since`."""
    told = changes.since(tx, book.collection, modseq)
    if not book.is_view:
        return told
    present = shown.list_(tx, book.collection.id)
    names = {one.name for one in present}
    there = [
        Change(ChangeKind.CHANGED, one.collection, one.id, one.name, None, one.modseq)
        for one in present
        if one.modseq > modseq
    ]
    return [*there, *(one for one in told if one.name not in names)]


def told(tx: Tx, account: PrincipalId, book: Book, found: Sequence[Change], modseq: int) -> list[Change]:
    """Of the changes of a book after `modseq` those the account may know of, if it saw the book as it does now.

    What it does not see is told as gone if it may have seen it before, and not at all otherwise; nothing is gone for
    who starts from 0.
    """
    if book.is_own or book.is_view or book.is_made:
        return list(found)
    names = [one.name for one in found if one.kind is ChangeKind.CHANGED and one.name]
    seen = {entry.name for entry in named(tx, account, book, names)}
    hidden = [name for name in names if name not in seen]
    gone = [one for one in found if one.kind is ChangeKind.GONE]
    gone += changes.left(tx, book.collection.id, hidden, modseq) if modseq else []
    return [
        *(one for one in found if one.kind is ChangeKind.CHANGED and one.name in seen),
        *rights.knew(tx, account, book.collection, gone),
    ]


# ---------------------------------------------------------------- inside


def _seen(
    tx: Tx, account: PrincipalId, book: Book, items: Sequence[Item], known: Mapping[ItemId, Object]
) -> list[Entry]:  # fmt: skip
    held = _held_on(tx, account, book, items)
    every = (Entry(item, known[item.id], held.on(item.id)) for item in items if item.id in known)
    return [entry for entry in every if entry.is_there]


def _held_on(tx: Tx, account: PrincipalId, book: Book, items: Sequence[Item]) -> Held:
    if book.is_own:
        return Held(ALL)
    if len(items) == 1:  # one look at one item: no list of all that are exceptions
        return Held(rights.on(tx, account, book.collection, items[0]))
    return rights.held(tx, account, book.collection)


def _shown(tx: Tx, account: PrincipalId, rows: Sequence[Shown]) -> list[Entry]:
    items = {item.id: item for item in lookup.chosen(tx, [row.id for row in rows])}
    known = index.of_items(tx, list(items))
    held = dict(_held(tx, account, {item.collection for item in items.values()}))
    every = (
        Entry(items[row.id], known[row.id], held[items[row.id].collection].on(row.id), row.name or "")
        for row in rows
        if row.id in items and row.id in known
    )
    return [entry for entry in every if entry.is_there]


def _held(tx: Tx, account: PrincipalId, inside: set[CollectionId]) -> Iterator[tuple[CollectionId, Held]]:
    for number in inside:
        yield number, rights.held(tx, account, collections.get(tx, number))


def _may(known: Object, kind: str | None, start: int, end: int) -> bool:
    """Whether it may take place then, as the index would say."""
    begins = known.first is None or known.first <= end
    return (kind is None or known.component == kind) and begins and (known.last is None or known.last >= start)
