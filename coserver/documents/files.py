"""Files of the drive: put, open, note the time and properties. Called inside a tx of the store.

Invariants: a file is replaced in one step or not at all; its place, the rights, the conditions, the
locks and the room are looked at in the tx that writes. `admit` asks the same questions before a body
is read, and `hold` then keeps the room for it.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from coserver.documents import boxes, dropping, locks, paths, properties
from coserver.documents.paths import Names, Spot
from coserver.documents.terms import Terms
from coserver.groups import rights, room
from coserver.model.errors import Denied, Exists, Missing
from coserver.model.ids import PrincipalId
from coserver.model.item import Item
from coserver.model.plan import Reservation
from coserver.model.rights import Grant, Privacy, Right
from coserver.model.space import Collection
from coserver.quota import reservations, usage
from coserver.store import blobs, collections, items, lookup
from coserver.store.blobs import Bytes
from coserver.store.files import Staged
from coserver.store.tx import Tx

_FULL = "The file does not fit: the space is full. Delete something, or ask for a larger plan."
_LIST = "This is a list of what others share with you: nothing can be put or changed in the list itself."


@dataclass(frozen=True, slots=True)
class Admission:
    """A body of `account` may come into `parent`: it fits when it has at most `most` bytes.

    `replaces` is the file as it is now.

    `held` is the room that is kept for it, if any is. Where it is dropped for somebody else, `limit` is how
    large it may be, whatever the room is; `full` is what to say when it is larger.
    """

    most: int
    replaces: Item | None
    parent: Collection
    held: Reservation | None = None
    limit: int | None = None
    full: str = _FULL
    account: PrincipalId | None = None


@dataclass(frozen=True, slots=True)
class _Leave:
    """Leave to write one file: where, and with which proof."""

    place: Spot
    parent: Collection
    grant: Grant


def admit(tx: Tx, account: PrincipalId, names: Names, terms: Terms, *, size: int | None) -> Admission:
    """Whether a file of `size` bytes (None: unknown) may be put now; asked before its body is read.

    Raises:
        Missing, Orphan, Denied, Exists (a folder has the name), Stale, Locked, NoRoom.
    """
    place = paths.goal(tx, account, names)
    if place.box is not None and place.parent is not None:
        most, limit = dropping.admit(tx, account, place, terms, size=size)
        return Admission(most, place.item, place.parent, limit=limit, full=dropping.FULL)
    leave = _leave(tx, account, place, terms)
    old = leave.place.item
    parent = leave.parent
    held = old.size if old else 0
    with room.asked(tx, account, parent):
        usage.need_room(tx, parent.space, parent.tool, bytes=(size or 0) - held, items=0 if old else 1)
    most = usage.room(tx, parent.space, parent.tool).available + held
    return Admission(most, old, parent, account=account)


def hold(tx: Tx, admission: Admission, *, size: int | None) -> Admission:
    """Keep the room for an admitted body of `size` bytes (None: unknown, so for its beginning).

    Raises:
        NoRoom: it was taken meanwhile.
    """
    parent, old = admission.parent, admission.replaces
    items_ = 0 if old else 1
    with _spoken(tx, admission):
        if size is None:
            held = reservations.reserve_some(tx, parent.space, parent.tool, items=items_)
        else:
            more = max(0, size - (old.size if old else 0))
            held = reservations.reserve(tx, parent.space, parent.tool, bytes=more, items=items_)
    return _with(admission, held)


def extend(tx: Tx, admission: Admission, held: Reservation, *, size: int) -> Admission:
    """Keep room for `size` bytes of the body at least, for the full time again.

    Raises:
        NoRoom: there is not as much; what is held stays held.
    """
    replaced = admission.replaces.size if admission.replaces else 0
    with _spoken(tx, admission):
        return _with(admission, reservations.grow(tx, held, to=max(0, size - replaced)))


def put(tx: Tx, account: PrincipalId, names: Names, staged: Staged, *, stamp: int, terms: Terms) -> tuple[Spot, bool]:
    """Make a file, or give it new bytes; the place as it is then, and whether it was made. `stamp` 0 means now.

    Raises:
        Missing, Orphan, Denied, Exists (a folder has the name), Stale, Locked, NoRoom.
    """
    place = paths.goal(tx, account, names)
    if place.box is not None and place.parent is not None:
        return dropping.put(tx, account, place, staged, stamp=stamp, terms=terms)
    leave = _leave(tx, account, place, terms)
    old, parent = leave.place.item, leave.parent
    new = items.New(staged, name=leave.place.name, stamp=stamp, author=account)
    if old is None:
        with room.asked(tx, account, parent):
            charge = usage.charge(tx, parent.space, parent.tool, bytes=staged.size, items=1)
        item = items.add(tx, parent, [new], grant=leave.grant, charge=charge)[0]
        dropping.note(tx, leave.grant, item, parent)
        return replace(place, item=item), True
    with room.asked(tx, account, parent):
        charge = usage.charge(tx, parent.space, parent.tool, bytes=staged.size - old.size, items=0)
    before = dropping.noted(tx, leave.grant, old, parent)
    item = items.replace(tx, old, new, collection=parent, grant=leave.grant, charge=charge)
    if before is not None:
        boxes.again(tx, before, item, name=before.name)
    return replace(place, item=item), False


def open_(tx: Tx, account: PrincipalId, names: Names) -> tuple[Spot, Bytes | None]:
    """A place and, for a file, its bytes, which stay readable after the tx.

    Raises:
        Missing: nothing is there.
    """
    place = paths.wanted(tx, account, names)
    return place, blobs.open_(tx, place.item.blob) if place.item else None


def need_still(tx: Tx, account: PrincipalId, place: Spot) -> None:
    """Show that a file which was opened may be read still, wherever it lies by now; one that is gone may.

    Raises:
        Missing: the account may not read it any more.
    """
    paths.need_top(tx, account, place.names)
    item = None if place.item is None or place.box is not None else lookup.get(tx, place.item.id)
    if item is not None and Right.READ not in rights.on(tx, account, collections.get(tx, item.collection), item):
        raise Missing("There is no such file any more.")


def may_describe(
    tx: Tx, account: PrincipalId, names: Names, terms: Terms, *, withholding: bool = False
) -> tuple[Spot, Grant | None]:
    """Show that the properties of a place may be changed; the grant is that for a file. `withholding` when nothing is
    changed but whether it is private, which `may_withhold` decides: the author of a file in a group's space may say
    so whatever else he may do there.

    Raises:
        Missing, Denied, Stale, Locked.
    """
    spot = paths.wanted(tx, account, names)
    if spot.virtual:
        raise Denied(_LIST)
    grant = None if withholding else _need_describe(tx, account, spot)
    terms.check(tx)
    locks.need(tx, account, spot, terms.tokens)
    return spot, grant


@dataclass(frozen=True, slots=True)
class Description:
    """What is to be noted on a folder or file.

    `notes` are dead properties, None for those to be removed; `stamp` the modification time of a file
    (ms since 1970), `private` whether it is withheld from those who only inherit rights on it; None
    leaves these as they are.
    """

    notes: Mapping[str, str | None]
    stamp: int | None = None
    private: bool | None = None

    @property
    def withholding(self) -> bool:
        """Whether it says that a file is private or not, and nothing else."""
        return self.private is not None and self.stamp is None and not self.notes


def describe(tx: Tx, account: PrincipalId, names: Names, description: Description, terms: Terms) -> None:
    """Note something on a folder or file.

    Raises:
        Missing, Denied, Stale, Locked, TooBig.
    """
    spot, grant = may_describe(tx, account, names, terms, withholding=description.withholding)
    if spot.item is not None and spot.parent is not None and grant is not None and description.stamp is not None:
        items.touch(tx, spot.item, stamp=description.stamp, collection=spot.parent, grant=grant)
    if description.private is not None:
        item, parent, leave = may_withhold(tx, account, names)
        if (item.privacy is not Privacy.OPEN) is not description.private:
            privacy = Privacy.PRIVATE if description.private else Privacy.OPEN
            items.withhold(tx, item, privacy, collection=parent, grant=leave)
    properties.put(tx, properties.owner(spot), description.notes)


def may_withhold(tx: Tx, account: PrincipalId, names: Names) -> tuple[Item, Collection, Grant]:
    """Show that a file may be made private or public.

    Raises:
        Missing, Denied (it is a folder, or the file of another).
    """
    spot = paths.wanted(tx, account, names)
    if spot.item is None or spot.parent is None:
        raise Denied("Only files can be private, not folders.")
    if spot.box is not None:
        raise Denied("You gave this away: whom it is for says whether it is private.")
    return spot.item, spot.parent, rights.need_withhold(tx, account, spot.parent, spot.item)


def need_edit(tx: Tx, account: PrincipalId, item: Item, parent: Collection) -> Grant:
    """The grant to change a file: one's own, or any.

    Raises:
        Denied, Missing.
    """
    return _need_own(tx, account, item, parent, Right.EDIT_OWN if item.author == account else Right.EDIT_ANY)


def need_delete(tx: Tx, account: PrincipalId, item: Item, parent: Collection) -> Grant:
    """The grant to take a file away: one's own, or any.

    Raises:
        Denied, Missing.
    """
    return _need_own(tx, account, item, parent, Right.DELETE_OWN if item.author == account else Right.DELETE_ANY)


def _need_own(tx: Tx, account: PrincipalId, item: Item, parent: Collection, right: Right) -> Grant:
    """The right on a file; without it what is left to who dropped it lately into a folder that he can read."""
    try:
        return rights.need_on(tx, account, parent, item, right)
    except Denied:
        if dropping.lately(tx, account, item, parent) is None:
            raise
        return rights.need_drop(tx, account, parent)


def _spoken(tx: Tx, admission: Admission) -> AbstractContextManager[None]:
    """Who drops something for somebody else is not told of his usage (S11)."""
    if admission.account is None:
        return dropping.neutral()
    return room.asked(tx, admission.account, admission.parent)


def _with(admission: Admission, held: Reservation) -> Admission:
    replaced = admission.replaces.size if admission.replaces else 0
    return replace(admission, most=replaced + held.bytes, held=held)


def _leave(tx: Tx, account: PrincipalId, place: Spot, terms: Terms) -> _Leave:
    parent = place.parent
    if place.folder is not None:
        raise Exists("There is a folder of this name. Please choose another name for the file.")
    if parent is None:
        raise Denied(_LIST)
    grant = rights.need_add(tx, account, parent) if place.item is None else need_edit(tx, account, place.item, parent)
    terms.check(tx)
    if place.item is None:
        locks.need_membership(tx, account, place, terms.tokens)
    else:
        locks.need(tx, account, place, terms.tokens)
    return _Leave(place, parent, grant)


def lock(
    tx: Tx, account: PrincipalId, names: Names, wish: locks.Wish, *, empty: Staged, terms: Terms
) -> tuple[locks.Lock, Spot, bool]:
    """Lock a folder or file; a free name becomes an empty file first (RFC 4918 9.10.4), in the same tx.

    Returns the lock, the place and whether the file was made.

    Raises:
        Missing, Orphan, Denied, Stale, Locked, NoRoom.
    """
    place = paths.lookup(tx, account, names) if not names else _found(tx, account, names)
    if place.virtual or (place.folder is not None and place.fixed and names):
        raise Denied("What is listed under Groups and Shared cannot be locked as a whole; what is in it can.")
    made = not place.exists
    if made:
        put(tx, account, names, empty, stamp=0, terms=terms)
        place = paths.wanted(tx, account, names)
    else:
        terms.check(tx)
        _need_write(tx, account, place)
    return locks.acquire(tx, account, place, wish), place, made


def _found(tx: Tx, account: PrincipalId, names: Names) -> Spot:
    try:
        return paths.lookup(tx, account, names)
    except Missing:
        return paths.goal(tx, account, names)  # says whether the folder around it is what is missing


def _need_describe(tx: Tx, account: PrincipalId, spot: Spot) -> Grant | None:
    """The right to change the properties of a place: of a folder one made, or of any; the grant is that for a file."""
    if spot.folder is not None and spot.box is None:
        rights.need(tx, account, spot.folder, Right.EDIT_OWN if spot.folder.author == account else Right.EDIT_ANY)
        return None
    return _need_write(tx, account, spot)


def _need_write(tx: Tx, account: PrincipalId, spot: Spot) -> Grant | None:
    """The right to change or lock a place; the grant is that for a file."""
    if spot.box is not None and spot.parent is not None:
        return rights.need_drop(tx, account, spot.parent)
    if spot.item is not None and spot.parent is not None:
        return need_edit(tx, account, spot.item, spot.parent)
    if spot.folder is not None:
        rights.need(tx, account, spot.folder, Right.ADD)
    return None
