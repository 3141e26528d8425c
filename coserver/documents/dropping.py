"""Dropping files for others (R51): put, copied, renamed and taken back. Called inside a tx of the store.

Invariants: nothing of a recipient's is overwritten: a taken name becomes ``name (2)`` in his folder, and
the sender goes on seeing the name he used (S12). Who drops is the author. The recipient's room is
charged, a tenth of his capacity at most for one file, and a refusal tells nothing of his usage (S11).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from coserver.documents import boxes, locks, naming, properties
from coserver.documents.boxes import Box, Deposit
from coserver.documents.paths import Spot
from coserver.documents.properties import Owner
from coserver.documents.terms import Terms
from coserver.groups import rights
from coserver.model.errors import Denied, NoRoom
from coserver.model.ids import PrincipalId
from coserver.model.item import Item
from coserver.model.rights import Grant, Privacy, Right
from coserver.model.space import Collection
from coserver.quota import usage
from coserver.store import collections, items, lookup, spaces
from coserver.store.files import Staged
from coserver.store.items import New, Place
from coserver.store.tx import Tx

PART = 10  # one file may take this part of the recipient's capacity, and no more
FULL = "This cannot be taken in here: it is too big, or there is no room for it. Please ask whom it is for."
FILES_ONLY = "Only files can be dropped here, no folders. Please drop the files one by one, or in an archive."


def admit(tx: Tx, account: PrincipalId, place: Spot, terms: Terms, *, size: int | None) -> tuple[int, int]:
    """Whether a file of `size` bytes (None: unknown) may be dropped now.

    Returns how many bytes it may have as there is room now, and however much room there is.

    Raises:
        Stale, Locked, NoRoom.
    """
    _check(tx, account, place, terms)
    folder, _ = boxes.landing(tx, _box(place))
    now = usage.room(tx, folder.space, folder.tool)
    held = place.item.size if place.item else 0
    limit = now.bytes_limit // PART
    most = min(limit, now.available + held)
    if (size or 0) > most or (place.item is None and now.items >= now.items_limit):
        raise NoRoom(FULL)
    return most, limit


def put(
    tx: Tx, account: PrincipalId, place: Spot, staged: Staged, *, stamp: int, terms: Terms
) -> tuple[Spot, bool]:  # fmt: skip
    """Drop a file, or save one's own anew; tells whether it was made.

    Raises:
        Stale, Locked, NoRoom, Missing (there is no group in common any more).
    """
    _check(tx, account, place, terms)
    new = New(staged, name=place.name, stamp=stamp, author=account)
    if place.item is None or place.deposit is None:
        folder, grant = _landed(tx, account, _box(place), staged.size)
        named = New(staged, name=_free(tx, folder, place.name), stamp=stamp, author=account)
        with neutral():
            charge = usage.charge(tx, folder.space, folder.tool, bytes=staged.size, items=1)
        item = items.add(tx, folder, [named], grant=grant, charge=charge)[0]
        return _found(place, folder, boxes.keep(tx, account, _box(place), item, name=place.name)), True
    folder = _parent(place)
    _need_small(tx, folder, staged.size)
    with neutral():
        charge = usage.charge(tx, folder.space, folder.tool, bytes=staged.size - place.item.size, items=0)
    grant = rights.need_drop(tx, account, folder)
    item = items.replace(tx, place.item, new, collection=folder, grant=grant, charge=charge)
    return _found(place, folder, boxes.again(tx, place.deposit, item, name=place.name)), False


def bring(tx: Tx, account: PrincipalId, item: Item, there: Spot) -> Item:
    """Drop a copy of a file, in place of one's own of that name; locks and conditions were looked at before.

    Raises:
        NoRoom, Missing (there is no group in common any more).
    """
    if there.item is not None:
        remove(tx, account, there)
    folder, grant = _landed(tx, account, _box(there), item.size)
    with neutral():
        charge = usage.charge(tx, folder.space, folder.tool, bytes=item.size, items=1)
    name = _free(tx, folder, there.name)
    made = items.copy(tx, [item], folder, names=[name], grant=grant, charge=charge)[0]
    if made.privacy is not Privacy.OPEN:  # it was given away
        made = items.withhold(tx, made, Privacy.OPEN, collection=folder, grant=grant)
    with neutral():
        properties.copy(tx, Owner(item=item.id), Owner(item=made.id))
    return boxes.keep(tx, account, _box(there), made, name=there.name).item


def rename(tx: Tx, account: PrincipalId, here: Spot, there: Spot) -> Item:
    """Give one's own deposit another name, in place of one's own of that name.

    Raises:
        Missing (there is no group in common any more).
    """
    if here.item is None or here.deposit is None:
        raise RuntimeError(f"nothing was dropped as {here.name}")
    if there.item is not None:
        remove(tx, account, there)
    folder = _parent(here)
    place = Place(folder, rights.need_drop(tx, account, folder))
    moved = items.move(tx, [here.item], place, place, names=[_free(tx, folder, there.name)])[0]
    return boxes.again(tx, here.deposit, moved, name=there.name).item


def remove(tx: Tx, account: PrincipalId, place: Spot) -> None:
    """Take back what one dropped; locks and conditions were looked at before.

    Raises:
        Missing (there is no group in common any more).
    """
    if place.item is None:
        raise RuntimeError(f"nothing was dropped as {place.name}")
    folder = _parent(place)
    charge = usage.charge(tx, folder.space, folder.tool, bytes=-place.item.size, items=-1)
    items.remove(tx, folder, [place.item], grant=rights.need_drop(tx, account, folder), charge=charge)


def note(tx: Tx, grant: Grant, item: Item, parent: Collection) -> None:
    """Remember what was put into a folder that can be read by somebody who may only drop there."""
    if grant.who is not None and not grant.rights & (Right.EDIT_OWN | Right.EDIT_ANY):
        boxes.keep(tx, grant.who, _readable(tx, parent), item, name=item.name or "")


def noted(tx: Tx, grant: Grant, item: Item, parent: Collection) -> Deposit | None:
    """What `note` remembers of a file that is about to be saved anew with this grant."""
    if grant.who is None or Right.READ in grant.rights:
        return None
    return lately(tx, grant.who, item, parent)


def lately(tx: Tx, account: PrincipalId, item: Item, parent: Collection) -> Deposit | None:
    """What an account dropped within the week into a folder that it can read, as it left it."""
    if item.author != account:
        return None
    found = boxes.find(tx, account, _readable(tx, parent), item.name or "")
    return found if found is not None and found.item.id == item.id else None


def refuse_folder(place: Spot) -> None:
    """Denied where a folder is to come into a drop folder."""
    if place.box is not None:
        raise Denied(FILES_ONLY)


@contextmanager
def neutral() -> Iterator[None]:
    """Say that it does not fit, and not what there is."""
    try:
        yield
    except NoRoom as error:
        raise NoRoom(FULL) from error


def _check(tx: Tx, account: PrincipalId, place: Spot, terms: Terms) -> None:
    terms.check(tx)
    if place.item is None:
        locks.need_membership(tx, account, place, terms.tokens)
    else:
        locks.need(tx, account, place, terms.tokens)


def _landed(tx: Tx, account: PrincipalId, box: Box, size: int) -> tuple[Collection, Grant]:
    """The folder a new deposit comes to lie in, made when it is needed first, and the proof that it may."""
    folder, name = boxes.landing(tx, box)
    grant = rights.need_drop(tx, account, folder)
    _need_small(tx, folder, size)
    if not name:
        return folder, grant
    made = collections.add(tx, folder, name, grant=rights.house(tx, folder, Right.ADD))
    return made, rights.need_drop(tx, account, made)


def _need_small(tx: Tx, folder: Collection, size: int) -> None:
    if size > usage.room(tx, folder.space, folder.tool).bytes_limit // PART:
        raise NoRoom(FULL)


def _readable(tx: Tx, folder: Collection) -> Box:
    return Box(spaces.get(tx, folder.space).owner, folder)


def _free(tx: Tx, folder: Collection, name: str) -> str:
    def taken(one: str) -> bool:
        return collections.find(tx, folder.id, one) is not None or lookup.find(tx, folder.id, one) is not None

    return naming.free(name, taken)


def _found(place: Spot, folder: Collection, deposit: Deposit) -> Spot:
    return Spot(place.names, item=deposit.item, parent=folder, above=place.above, box=place.box, deposit=deposit)


def _box(place: Spot) -> Box:
    if place.box is None:
        raise RuntimeError(f"{'/'.join(place.names)} lies in no drop folder")
    return place.box


def _parent(place: Spot) -> Collection:
    if place.parent is None:
        raise RuntimeError(f"{'/'.join(place.names)} lies in no folder")
    return place.parent
