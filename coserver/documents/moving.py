"""Moving and copying on the drive (RFC 4918 9.8, 9.9). Called inside a tx of the store.

Invariants: the whole deed is one tx: it happens entirely or not at all. Inside a space a move is one
row and a copy copies no byte; dead properties come along, locks do not (RFC 4918 7.6). What a move or
copy overwrites is gone, but what protected a file goes on to the one that takes its name, as programs
save that way: its locks, its privacy and the shares of it. Only what can be read is copied; the copy
of a private file is private, and does not come where its maker could not say so.
"""

from dataclasses import dataclass

from coserver.auth import standing
from coserver.documents import dropping, folders, locks, paths, properties
from coserver.documents.files import need_delete
from coserver.documents.locks import Lock
from coserver.documents.paths import Names, Spot
from coserver.documents.properties import Owner
from coserver.documents.terms import Terms
from coserver.groups import rights, room, shares
from coserver.groups.shares import Offer, Share, Target
from coserver.model.errors import Denied, Stale, TooBig
from coserver.model.ids import PrincipalId
from coserver.model.item import Item
from coserver.model.plan import Charge
from coserver.model.rights import Privacy, Right
from coserver.model.space import Collection
from coserver.quota import usage
from coserver.store import collections, items
from coserver.store.tx import Tx

_LOOP = "A folder or file cannot be put onto itself, into itself or over a folder that holds it."
LARGEST_TREE = 50_000  # files copied in one tx: longer would make every other writer wait


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a file that is overwritten leaves to the one that takes its name."""

    locks: list[Lock]
    privacy: Privacy
    shares: list[Share]


def move(tx: Tx, account: PrincipalId, source: Names, target: Names, terms: Terms) -> bool:
    """Move or rename a folder or file; tells whether the target name is new.

    Raises:
        Missing, Orphan, Denied, Stale (the name is taken and may not be overwritten), Locked, NoRoom, TooBig.
    """
    paths.wanted(tx, account, source)
    here, home = paths.inner(tx, account, source)
    there, parent = _target(tx, account, here, target, terms)
    locks.need_all(tx, account, here, terms.tokens)
    locks.lift(tx, here)
    if here.box is not None and here.box == there.box:
        kept = _kept(tx, there, parent)
        _hand_on(tx, kept, dropping.rename(tx, account, here, there), parent)
        return not there.exists
    if here.box is not None or there.box is not None:
        _copy(tx, account, here, there, parent=parent, deep=True)
        folders.clear(tx, account, here, home)
        return not there.exists
    kept = _make_way(tx, account, there, parent)
    if here.folder is not None:
        _move_folder(tx, account, here.folder, home, parent=parent, name=there.name)
    elif here.item is not None:
        moved = _move_file(tx, account, here.item, home, parent=parent, name=there.name)
        _hand_on(tx, kept, moved, parent)
    return not there.exists


def copy(tx: Tx, account: PrincipalId, source: Names, target: Names, terms: Terms, *, deep: bool) -> bool:
    """Copy a file, or a folder with (`deep`) or without what is in it; tells whether the target name is new.

    Raises:
        Missing, Orphan, Denied, Stale (the name is taken and may not be overwritten), Locked, NoRoom, TooBig.
    """
    here = paths.wanted(tx, account, source)
    if here.virtual:
        raise Denied("This list cannot be copied as a whole. Please copy the folders in it.")
    there, parent = _target(tx, account, here, target, terms)
    _copy(tx, account, here, there, parent=parent, deep=deep)
    return not there.exists


def _copy(tx: Tx, account: PrincipalId, here: Spot, there: Spot, *, parent: Collection, deep: bool) -> None:
    if there.box is not None:
        if here.item is None:
            raise Denied(dropping.FILES_ONLY)
        kept = _kept(tx, there, parent)
        _hand_on(tx, kept, dropping.bring(tx, account, here.item, there), parent)
        return
    kept = _make_way(tx, account, there, parent)
    if here.folder is not None:
        _copy_folder(tx, account, here.folder, parent=parent, name=there.name, deep=deep)
    elif here.item is not None:
        made = _copy_files(tx, account, [here.item], parent, names=[there.name])[0]
        _hand_on(tx, kept, made, parent)


def _target(tx: Tx, account: PrincipalId, here: Spot, target: Names, terms: Terms) -> tuple[Spot, Collection]:
    """Where the deed is to put it, shown to be free or to be overwritten."""
    shorter = min(len(here.names), len(target))
    if here.names[:shorter] == target[:shorter]:  # RFC 4918 9.8.5, 9.9.4
        raise Denied(_LOOP)
    there, parent = paths.inner(tx, account, target)
    if _holds(here, there) or _holds(there, here):  # by whatever path it was reached
        raise Denied(_LOOP)
    terms.check(tx)
    if there.exists and not terms.overwrite:
        raise Stale("There is a folder or file of this name already, and it is not to be overwritten.")
    if there.exists:
        locks.need_all(tx, account, there, terms.tokens)
    else:
        locks.need_membership(tx, account, there, terms.tokens)
    return there, parent


def _holds(outer: Spot, inner: Spot) -> bool:
    return outer.folder is not None and outer.folder.id in inner.above


def _make_way(tx: Tx, account: PrincipalId, there: Spot, parent: Collection) -> _Kept:
    """Clear the target; returns what protected a file of that name."""
    kept = _kept(tx, there, parent)
    folders.clear(tx, account, there, parent)
    return kept


def _kept(tx: Tx, there: Spot, parent: Collection) -> _Kept:
    old = there.item
    if old is None:
        return _Kept([], Privacy.OPEN, [])
    own = [one for one in locks.covering(tx, there) if one.item]
    return _Kept(own, old.privacy, shares.on(tx, Target(parent, old)))


def _hand_on(tx: Tx, kept: _Kept, item: Item, parent: Collection) -> None:
    """Let a file have what protected the one whose name it took."""
    locks.put_back(tx, kept.locks, item.id)
    if kept.privacy > item.privacy:
        grant = rights.house(tx, parent, Right.EDIT_ANY)  # nobody decides anew: it was so decided
        item = items.withhold(tx, item, kept.privacy, collection=parent, grant=grant)
    for share in kept.shares:
        to = None if share.recipient is None else standing.find(tx, share.recipient)
        if share.recipient is None or to is not None:  # never to all what was given to one
            shares.add(tx, None, Target(parent, item), Offer(share.group, to.account if to else None, share.preset))


def _move_file(tx: Tx, account: PrincipalId, item: Item, home: Collection, *, parent: Collection, name: str) -> Item:
    target_grant = rights.need(tx, account, parent, Right.ADD)
    rights.need_open(tx, account, parent, [item.privacy])
    grant = need_delete(tx, account, item, home)
    inside = home.space == parent.space
    charges: list[Charge] = []
    if not inside:
        with room.asked(tx, account, parent):
            charges.append(usage.charge(tx, parent.space, parent.tool, bytes=item.size, items=1))
        charges.append(usage.charge(tx, home.space, home.tool, bytes=-item.size, items=-1))
    notes = {} if inside else properties.of(tx, Owner(item=item.id))
    origin, goal = items.Place(home, grant), items.Place(parent, target_grant)
    moved = items.move(tx, [item], origin, goal, names=[name], charges=charges)[0]
    properties.put(tx, Owner(item=moved.id), notes)
    return moved


def _move_folder(
    tx: Tx, account: PrincipalId, folder: Collection, home: Collection, *, parent: Collection, name: str
) -> None:
    rights.need(tx, account, parent, Right.ADD)
    if folder.space == parent.space:
        grant = folders.need_move(tx, account, folder)
        collections.rename(tx, folder, parent=parent, name=name, grant=grant)
        return
    _copy_folder(tx, account, folder, parent=parent, name=name, deep=True)
    folders.clear(tx, account, Spot((name,), folder=folder), home)


def _copy_folder(
    tx: Tx, account: PrincipalId, folder: Collection, *, parent: Collection, name: str, deep: bool
) -> None:
    if deep and collections.weigh(tx, folder)[1] > LARGEST_TREE:
        raise TooBig(
            f"More than {LARGEST_TREE} files cannot be copied at once. Please copy the folders in it one by one."
        )
    with room.asked(tx, account, parent):
        more = len(collections.subtree(tx, folder.id)) if deep else 1
        usage.need_collections(tx, parent.space, parent.tool, more=more)
    pairs = [(folder, _make_like(tx, account, folder, parent=parent, name=name))]
    while deep and pairs:
        source, made = pairs.pop()
        _copy_files(tx, account, folders.files(tx, account, source), made)
        pairs += [
            (inner, _make_like(tx, account, inner, parent=made, name=inner.name))
            for inner in collections.children(tx, source.id)
        ]


def _make_like(tx: Tx, account: PrincipalId, folder: Collection, *, parent: Collection, name: str) -> Collection:
    made = collections.add(tx, parent, name, grant=rights.need(tx, account, parent, Right.ADD))
    properties.copy(tx, Owner(collection=folder.id), Owner(collection=made.id))
    return made


def _copy_files(
    tx: Tx, account: PrincipalId, files: list[Item], parent: Collection, *, names: list[str] | None = None
) -> list[Item]:
    grant = rights.need(tx, account, parent, Right.ADD)
    rights.need_open(tx, account, parent, (item.privacy for item in files))
    size = sum(item.size for item in files)
    with room.asked(tx, account, parent):
        charge = usage.charge(tx, parent.space, parent.tool, bytes=size, items=len(files))
    made = items.copy(tx, files, parent, names=names, grant=grant, charge=charge)
    notes = properties.of_files(tx, [item.id for item in files])
    for old, new in zip(files, made, strict=True):
        if old.id in notes:
            properties.put(tx, Owner(item=new.id), notes[old.id])
    return made
