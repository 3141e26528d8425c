"""Putting, removing, moving and copying events, tasks and contacts: with their index, grant and charge.

Invariants: the bytes are kept as they came; in one book no two objects have the same UID; the index
changes in the same tx. Parsing is done before the tx (`coserver.pim.objects`).
"""

from dataclasses import dataclass

from coserver.groups import rights
from coserver.model.errors import Malformed, Missing
from coserver.model.ids import PrincipalId
from coserver.model.item import Item
from coserver.model.rights import Grant, Right
from coserver.pim import index
from coserver.pim.books import Book, need
from coserver.pim.objects import Object
from coserver.pim.refusals import UidTaken, WrongComponent
from coserver.quota import usage
from coserver.store import items, lookup
from coserver.store.files import Staged
from coserver.store.items import New, Place
from coserver.store.tx import Tx

LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of a book with what the index knows of it."""

    item: Item
    known: Object


def put(tx: Tx, account: PrincipalId, book: Book, name: str, *, staged: Staged, known: Object) -> tuple[Item, bool]:
    """Keep an object under a name, new or in place of what is there; tell whether it is new.

    Raises:
        Denied, Missing: no right to add or to edit.
        UidTaken: another object of the book has this UID, or this name has another UID.
        WrongComponent: the book does not take this kind.
        NoRoom: the capacity is used up, in bytes or in items.
    """
    if known.component not in book.kinds:
        raise WrongComponent(f"This collection takes {', '.join(book.kinds)}, not {known.component}.")
    present = lookup.find(tx, book.collection.id, name)
    if present is None:
        _check_name(name)
        grant = need(tx, account, book, Right.ADD)
        _check_uid(tx, book, known, name)
        charge = usage.charge(tx, book.collection.space, book.collection.tool, bytes=staged.size, items=1)
        new = New(staged, name=name, author=account)
        (kept,) = items.add(tx, book.collection, [new], grant=grant, charge=charge)
        index.put(tx, kept.id, known)
        return kept, True
    grant = _need_some(tx, account, book, whole=Right.EDIT_ANY, own=Right.EDIT_OWN)
    _check_same(tx, book, present, known)
    delta = staged.size - present.size
    charge = usage.charge(tx, book.collection.space, book.collection.tool, bytes=delta, items=0)
    kept = items.replace(
        tx, present, New(staged, name=name, author=account), collection=book.collection, grant=grant, charge=charge
    )
    index.put(tx, kept.id, known)
    return kept, False


def remove(tx: Tx, account: PrincipalId, book: Book, item: Item) -> None:
    """Remove one object.

    Raises:
        Denied: no right to delete, or only one's own.
    """
    grant = _need_some(tx, account, book, whole=Right.DELETE_ANY, own=Right.DELETE_OWN)
    charge = usage.charge(tx, book.collection.space, book.collection.tool, bytes=-item.size, items=-1)
    items.remove(tx, book.collection, [item], grant=grant, charge=charge)


def move(tx: Tx, account: PrincipalId, source: Book, item: Item, *, target: Book, name: str) -> None:
    """Move an object to a free name in the same or another book.

    Raises:
        Denied, UidTaken, WrongComponent, NoRoom, Exists.
    """
    known = _fitting(tx, item, target)
    _check_name(name)
    leaving = _need_some(tx, account, source, whole=Right.DELETE_ANY, own=Right.DELETE_OWN)
    arriving = need(tx, account, target, Right.ADD)
    here, there = source.collection, target.collection
    if here.id != there.id:
        _check_uid(tx, target, known, name)
    charges = []
    if here.space != there.space:
        charges = [
            usage.charge(tx, there.space, there.tool, bytes=item.size, items=1),
            usage.charge(tx, here.space, here.tool, bytes=-item.size, items=-1),
        ]
    places = Place(here, leaving), Place(there, arriving)
    (moved,) = items.move(tx, [item], *places, names=[name], charges=charges)
    index.put(tx, moved.id, known)


def copy(tx: Tx, account: PrincipalId, item: Item, *, target: Book, name: str) -> None:
    """Copy an object to a free name in another book.

    Raises:
        Denied, UidTaken, WrongComponent, NoRoom, Exists.
    """
    known = _fitting(tx, item, target)
    _check_name(name)
    grant = need(tx, account, target, Right.ADD)
    _check_uid(tx, target, known, name)
    charge = usage.charge(tx, target.collection.space, target.collection.tool, bytes=item.size, items=1)
    (copied,) = items.copy(tx, [item], target.collection, names=[name], grant=grant, charge=charge)
    index.put(tx, copied.id, known)


def listed(tx: Tx, book: Book) -> list[Entry]:
    """Everything in a book."""
    known = index.of_collection(tx, book.collection.id)
    return [Entry(item, known[item.id]) for item in lookup.list_(tx, book.collection.id) if item.id in known]


def find(tx: Tx, book: Book, name: str) -> Entry | None:
    """The entry of that name."""
    item = lookup.find(tx, book.collection.id, name)
    known = None if item is None else index.of(tx, item.id)
    return None if item is None or known is None else Entry(item, known)


def known_of(tx: Tx, found: list[Item]) -> list[Entry]:
    """These items with what the index knows of them."""
    known = index.of_items(tx, [item.id for item in found])
    return [Entry(item, known[item.id]) for item in found if item.id in known]


def between(tx: Tx, book: Book, *, kind: str | None, start: int, end: int) -> list[Entry]:
    """Those that may take place between two moments (seconds since 1970)."""
    ids = index.overlapping(tx, book.collection.id, kind=kind, start=start, end=end)
    return known_of(tx, lookup.chosen(tx, ids))


def _fitting(tx: Tx, item: Item, target: Book) -> Object:
    known = index.of(tx, item.id)
    if known is None:
        raise Missing("It was removed a moment ago.", item=item.id)
    if known.component not in target.kinds:
        raise WrongComponent(f"The target takes {', '.join(target.kinds)}, not {known.component}.")
    return known


def _need_some(tx: Tx, account: PrincipalId, book: Book, *, whole: Right, own: Right) -> Grant:
    """The proof of a right on every object, or else on one's own: the gate looks whose they are."""
    held = rights.of(tx, account, book.collection)
    return need(tx, account, book, whole if whole in held else own)


def _check_uid(tx: Tx, book: Book, known: Object, name: str) -> None:
    if not known.ical_uid:
        return
    for number in index.with_uid(tx, book.collection.id, known.ical_uid):
        other = lookup.get(tx, number)
        if other is not None and other.name and other.name != name:
            raise UidTaken(f"Another object here has the UID {known.ical_uid!r}.", name=other.name)


def _check_same(tx: Tx, book: Book, present: Item, known: Object) -> None:
    """An object is only replaced by one with its own UID (RFC 4791 5.3.2.1); a contact may get its first."""
    before = index.of(tx, present.id)
    if before is not None and before.ical_uid not in ("", known.ical_uid):
        raise UidTaken("The object under this name has another UID: delete it first.", name=present.name or "")
    if before is None or before.ical_uid != known.ical_uid:
        _check_uid(tx, book, known, present.name or "")


def _check_name(name: str) -> None:
    if not name or name in (".", "..") or len(name) > LONGEST_NAME or any(ord(letter) < 32 for letter in name):
        raise Malformed(f"A name has 1 to {LONGEST_NAME} characters and no control characters.")
