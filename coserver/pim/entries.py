"""Putting, removing, moving and copying events, tasks and contacts: with their index, grant and charge.

Invariants: the bytes are kept as they came; in one book no two objects have the same UID; the index
changes in the same tx, and privacy follows the CLASS of who may say so. What is done in a view is done
to what it shows, where that lies. Parsing is done before the tx (`coserver.pim.objects`).
"""

from dataclasses import dataclass

from coserver.groups import rights, room
from coserver.model.errors import Denied, Malformed, Missing
from coserver.model.ids import Modseq, PrincipalId
from coserver.model.item import Item
from coserver.model.plan import Charge
from coserver.model.rights import ALL, Grant, Privacy, Right
from coserver.model.space import Collection
from coserver.pim import index, masks
from coserver.pim.books import Book, need
from coserver.pim.objects import Object
from coserver.pim.refusals import UidTaken, WrongComponent
from coserver.quota import usage
from coserver.store import blobs, changes, collections, items, lookup, shown
from coserver.store.files import Staged
from coserver.store.items import New, Place
from coserver.store.tx import Tx

LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of a book with what the index knows of it, and what the account that looks holds on it.

    `shown_as` is its name in a view.
    """

    item: Item
    known: Object
    held: Right = ALL
    shown_as: str = ""

    @property
    def name(self) -> str:
        """What it is called in the book."""
        return self.shown_as or self.item.name or ""

    @property
    def is_masked(self) -> bool:
        """Whether no more of it is seen than that its time is taken."""
        return Right.READ not in self.held

    @property
    def is_there(self) -> bool:
        """Whether anything of it is seen at all."""
        return not self.is_masked or (Right.BUSY in self.held and self.known.busy)


def put(tx: Tx, account: PrincipalId, book: Book, name: str, *, staged: Staged, known: Object) -> tuple[Item, bool]:
    """Keep an object under a name, new or in place of what is there; tell whether it is new.

    Raises:
        Denied, Missing: no right to add or to edit, or to say that it is private; or what may not be known has the
            name.
        UidTaken: another object of the book has this UID, or this name has another UID.
        WrongComponent: the book does not take this kind.
        NoRoom: the capacity is used up, in bytes or in items.
    """
    if known.component not in book.kinds:
        raise WrongComponent(f"This collection takes {', '.join(book.kinds)}, not {known.component}.")
    present = _present(tx, book, name)
    if present is not None and not _is_known(tx, account, book, present):
        need(tx, account, book, Right.ADD)  # what may not be known changes no answer where nothing could be put
        raise Denied("An entry of this name cannot be kept here: give it another one.")
    if present is None:
        return _add(tx, account, book, name, staged=staged, known=known), True
    return _replace(tx, account, book, present, staged=staged, known=known), False


def remove(tx: Tx, account: PrincipalId, book: Book, item: Item) -> None:
    """Remove one object.

    Raises:
        Denied: no right to delete, or only one's own.
    """
    at = _place_of(tx, book, item)
    grant = _need_some(tx, account, at, item, whole=Right.DELETE_ANY, own=Right.DELETE_OWN)
    charge = usage.charge(tx, at.space, at.tool, bytes=-item.size, items=-1)
    known = index.of(tx, item.id)
    step = items.remove(tx, at, [item], grant=grant, charge=charge)
    _note_free(tx, known, item, step)


def move(tx: Tx, account: PrincipalId, source: Book, item: Item, *, target: Book, name: str) -> None:
    """Move an object to a free name in the same or another book.

    Raises:
        Denied, UidTaken, WrongComponent, NoRoom, Exists.
    """
    here, there = _place_of(tx, source, item), target.collection
    known = _fitting(tx, account, here, item, target=target)
    _check_name(name)
    leaving = _need_some(tx, account, here, item, whole=Right.DELETE_ANY, own=Right.DELETE_OWN)
    arriving = need(tx, account, target, Right.ADD)
    if here.id != there.id:
        _check_uid(tx, account, target.collection, known, name)
    charges = []
    if here.space != there.space:
        charges = [
            _charge(tx, account, there, size=item.size, items_=1),
            usage.charge(tx, here.space, here.tool, bytes=-item.size, items=-1),
        ]
    places = Place(here, leaving), Place(there, arriving)
    (moved,) = items.move(tx, [item], *places, names=[name], charges=charges)
    _note_free(tx, known, item, tx.step(here.space))
    index.put(tx, moved, known)


def copy(tx: Tx, account: PrincipalId, source: Book, item: Item, *, target: Book, name: str) -> None:
    """Copy an object to a free name in another book.

    Raises:
        Denied, UidTaken, WrongComponent, NoRoom, Exists.
    """
    known = _fitting(tx, account, _place_of(tx, source, item), item, target=target)
    _check_name(name)
    grant = need(tx, account, target, Right.ADD)
    _check_uid(tx, account, target.collection, known, name)
    charge = _charge(tx, account, target.collection, size=item.size, items_=1)
    (copied,) = items.copy(tx, [item], target.collection, names=[name], grant=grant, charge=charge)
    index.put(tx, copied, known)


# ---------------------------------------------------------------- inside


def _add(tx: Tx, account: PrincipalId, book: Book, name: str, *, staged: Staged, known: Object) -> Item:
    _check_name(name)
    grant = need(tx, account, book, Right.ADD)
    _check_privacy(book, known.privacy or Privacy.OPEN)
    _check_uid(tx, account, book.collection, known, name)
    charge = _charge(tx, account, book.collection, size=staged.size, items_=1)
    new = New(staged, name=name, author=account, privacy=known.privacy)
    (kept,) = items.add(tx, book.collection, [new], grant=grant, charge=charge)
    index.put(tx, kept, known)
    return kept


def _replace(tx: Tx, account: PrincipalId, book: Book, present: Item, *, staged: Staged, known: Object) -> Item:
    at = _place_of(tx, book, present)
    grant = _need_some(tx, account, at, present, whole=Right.EDIT_ANY, own=Right.EDIT_OWN)
    _check_same(tx, account, at, present, known)
    privacy = _privacy(tx, present, known)
    if privacy is not present.privacy:
        rights.need_withhold(tx, account, at, present)
    charge = _charge(tx, account, at, size=staged.size - present.size, items_=0)
    new = New(staged, name=present.name, author=account, privacy=privacy)
    before = index.of(tx, present.id)
    kept = items.replace(tx, present, new, collection=at, grant=grant, charge=charge)
    if before is not None and before.busy and not known.busy:
        changes.record_hidden(tx, at.space, present, modseq=kept.modseq)
    elif privacy > present.privacy:
        _note_free(tx, before, present, kept.modseq)
    index.put(tx, kept, known)
    return kept


def _charge(tx: Tx, account: PrincipalId, at: Collection, *, size: int, items_: int) -> Charge:
    with room.asked(tx, account, at):
        return usage.charge(tx, at.space, at.tool, bytes=size, items=items_)


def _note_free(tx: Tx, known: Object | None, item: Item, step: Modseq) -> None:
    """Of what left: that who sees no more than busy times did not see it."""
    if known is not None and not known.busy:
        changes.was_free(tx, item, modseq=step)


def _present(tx: Tx, book: Book, name: str) -> Item | None:
    if not book.is_view:
        return lookup.find(tx, book.collection.id, name)
    row = shown.find(tx, book.collection.id, name)
    return None if row is None else lookup.get(tx, row.id)


def _is_known(tx: Tx, account: PrincipalId, book: Book, item: Item) -> bool:
    """Whether anything of an item is seen; in a view all of it is."""
    if book.is_own or book.is_view:
        return True
    known = index.of(tx, item.id)
    return known is not None and Entry(item, known, rights.on(tx, account, book.collection, item)).is_there


def _place_of(tx: Tx, book: Book, item: Item) -> Collection:
    """Where an item of a book lies: elsewhere, if the book is a view."""
    return collections.get(tx, item.collection) if book.is_view else book.collection


def _fitting(tx: Tx, account: PrincipalId, here: Collection, item: Item, *, target: Book) -> Object:
    """What is known of an item that the account may read and the target takes."""
    rights.need_on(tx, account, here, item, Right.READ)  # a masked event is not carried elsewhere in full
    known = index.of(tx, item.id)
    if known is None:
        raise Missing("It was removed a moment ago.", item=item.id)
    if known.component not in target.kinds:
        raise WrongComponent(f"The target takes {', '.join(target.kinds)}, not {known.component}.")
    _check_privacy(target, item.privacy)
    return known


def _need_some(tx: Tx, account: PrincipalId, at: Collection, item: Item, *, whole: Right, own: Right) -> Grant:
    """The proof of a right on any object, or else on one's own: the gate looks whose it is."""
    held = rights.on(tx, account, at, item)
    return rights.need_on(tx, account, at, item, own if own in held and whole not in held else whole)


def _privacy(tx: Tx, present: Item, known: Object) -> Privacy:
    """How far an object is to be withheld that takes the place of another.

    One that says nothing is as withheld as before, unless it was just its CLASS that said so.
    """
    if known.privacy is not None or present.privacy is Privacy.OPEN:
        return known.privacy or Privacy.OPEN
    before = masks.privacy_of(blobs.open_(tx, present.blob).read())
    return Privacy.OPEN if before is present.privacy else present.privacy


def _check_privacy(book: Book, privacy: Privacy) -> None:
    """In what belongs to somebody else, he says what is private (R13)."""
    if privacy is not Privacy.OPEN and book.is_shared:
        raise Denied(
            "Only the owner of this calendar or address book can keep something private in it: "
            "make it public, or keep it in a calendar or address book of your own."
        )


def _check_uid(tx: Tx, account: PrincipalId, at: Collection, known: Object, name: str) -> None:
    if not known.ical_uid:
        return
    for number in index.with_uid(tx, at.id, known.ical_uid):
        other = lookup.get(tx, number)
        if other is not None and other.name and other.name != name:
            if Right.READ not in rights.on(tx, account, at, other):
                raise Denied("An entry with this UID cannot be kept here: give it another one.")
            raise UidTaken(f"Another object here has the UID {known.ical_uid!r}.", name=other.name)


def _check_same(tx: Tx, account: PrincipalId, at: Collection, present: Item, known: Object) -> None:
    """An object is only replaced by one with its own UID (RFC 4791 5.3.2.1); a contact may get its first."""
    before = index.of(tx, present.id)
    if before is not None and before.ical_uid not in ("", known.ical_uid):
        raise UidTaken("The object under this name has another UID: delete it first.", name=present.name or "")
    if before is None or before.ical_uid != known.ical_uid:
        _check_uid(tx, account, at, known, present.name or "")


def _check_name(name: str) -> None:
    if not name or name in (".", "..") or len(name) > LONGEST_NAME or any(ord(letter) < 32 for letter in name):
        raise Malformed(f"A name has 1 to {LONGEST_NAME} characters and no control characters.")
