"""Folders of the drive: make, list, remove. Called inside a tx of the store.

Invariants: a folder and a file never have the same name in one folder; a removal takes everything
inside, or nothing at all; a list never shows a file that may not be read, and whoever may not remove
such a file removes no folder around it. Who may only add and change his own moves and removes the folders
that he made, as long as nothing in them is another's.
"""

from itertools import groupby

from sqlalchemy import bindparam, select

from coserver.documents import boxes, dropping, locks, paths
from coserver.documents.files import need_delete
from coserver.documents.paths import DROP, GROUPS, Names, Spot
from coserver.documents.terms import Terms
from coserver.groups import belonging, comembers, rights
from coserver.groups.mounts import SHARED
from coserver.groups.room import asked
from coserver.model.errors import Denied, Exists
from coserver.model.ids import CollectionId, PrincipalId
from coserver.model.item import Item
from coserver.model.plan import Usage
from coserver.model.rights import Grant, Privacy, Right
from coserver.model.space import Collection, Tool
from coserver.quota import usage
from coserver.store import collections, items, lookup, spaces
from coserver.store.tx import Tx
from coserver.store.views import item_place

_AT_ONCE = 500
_PRIVATE = (
    select(item_place.c.collection_id, item_place.c.id)
    .where(item_place.c.privacy != 0, item_place.c.collection_id.in_(bindparam("folders", expanding=True)))
    .order_by(item_place.c.collection_id)
)


def make(tx: Tx, account: PrincipalId, names: Names, terms: Terms) -> Collection:
    """Make a folder.

    Raises:
        Missing, Orphan, Denied, Exists, Stale, Locked, NoRoom.
    """
    place, parent = paths.inner(tx, account, names)
    if place.exists:
        raise Exists("There is a folder or file of this name already.")
    dropping.refuse_folder(place)
    grant = rights.need(tx, account, parent, Right.ADD)
    terms.check(tx)
    locks.need_membership(tx, account, place, terms.tokens)
    with asked(tx, account, parent):
        usage.need_collections(tx, parent.space, Tool.DOCUMENTS)
    return collections.add(tx, parent, place.name, grant=grant)


def members(tx: Tx, account: PrincipalId, place: Spot) -> list[Spot]:
    """What is in a folder: folders first, then files, each by name; nothing for a file."""
    if place.box is not None and place.virtual:
        return [paths.dropped(tx, place, one) for one in boxes.listed(tx, account, place.box)]
    if place.virtual:
        return _listed(tx, account, place.names)
    folder = place.folder
    if folder is None:
        return []
    above = (*place.above, folder.id)
    found = [
        Spot((*place.names, one.name), folder=one, parent=folder, above=above)
        for one in collections.children(tx, folder.id)
    ]
    found += [
        Spot((*place.names, one.name or ""), item=one, parent=folder, above=above) for one in files(tx, account, folder)
    ]
    return found if place.names else [*_lists(tx, account), *found]


def part(tx: Tx, account: PrincipalId, place: Spot, *, skip: int, most: int) -> tuple[list[Spot], int]:
    """So many of `members` after having skipped so many, and how many there are in all: for long folders."""
    folder = place.folder
    if folder is None or place.virtual or place.box is not None or _withholds(tx, account, folder):
        whole = members(tx, account, place)
        return whole[skip : skip + most], len(whole)
    above = (*place.above, folder.id)
    first = [] if place.names else _lists(tx, account)
    first += [
        Spot((*place.names, one.name), folder=one, parent=folder, above=above)
        for one in collections.children(tx, folder.id)
    ]
    shown = first[skip : skip + most]
    left = most - len(shown)
    found = lookup.by_name(tx, folder.id, skip=max(0, skip - len(first)), most=left) if left else []
    shown += [Spot((*place.names, one.name or ""), item=one, parent=folder, above=above) for one in found]
    return shown, len(first) + folder.items


def _withholds(tx: Tx, account: PrincipalId, folder: Collection) -> bool:
    """Whether something in a folder may be private to others than the account."""
    if spaces.get(tx, folder.space).owner == account:
        return False
    return tx.execute(_PRIVATE, {"folders": [folder.id]}).first() is not None


def files(tx: Tx, account: PrincipalId, folder: Collection) -> list[Item]:
    """The files in a folder that can be read: those of them that can be read too, by name."""
    found = lookup.list_(tx, folder.id)
    if all(one.privacy is Privacy.OPEN for one in found):
        return found
    held = rights.held(tx, account, folder)
    return [one for one in found if Right.READ in held.on(one.id)]


def remove(tx: Tx, account: PrincipalId, names: Names, terms: Terms) -> None:
    """Remove a file, or a folder with all that is in it.

    Raises:
        Missing, Denied, Stale, Locked.
    """
    paths.wanted(tx, account, names)
    place, parent = paths.inner(tx, account, names)
    terms.check(tx)
    locks.need_all(tx, account, place, terms.tokens)
    clear(tx, account, place, parent)


def clear(tx: Tx, account: PrincipalId, place: Spot, parent: Collection) -> None:
    """Take away what is at a place and give its room back; locks and conditions were looked at before.

    Raises:
        Denied, Missing.
    """
    if place.box is not None:
        dropping.remove(tx, account, place)
    elif place.folder is not None:
        grant = need_move(tx, account, place.folder)
        if Right.DELETE_ANY in grant.rights:
            _need_all(tx, account, place.folder)
        size, count = collections.weigh(tx, place.folder)
        charge = usage.charge(tx, parent.space, parent.tool, bytes=-size, items=-count)
        collections.remove(tx, place.folder, grant=grant, charge=charge)
    elif place.item is not None:
        grant = need_delete(tx, account, place.item, parent)
        charge = usage.charge(tx, parent.space, parent.tool, bytes=-place.item.size, items=-1)
        items.remove(tx, parent, [place.item], grant=grant, charge=charge)


def need_move(tx: Tx, account: PrincipalId, folder: Collection) -> Grant:
    """The grant to move a folder: any, or one that is one's own altogether.

    Raises:
        Denied, Missing.
    """
    if folder.author == account and Right.DELETE_ANY not in rights.of(tx, account, folder):
        return rights.need(tx, account, folder, Right.DELETE_OWN)  # the gate looks whether all in it is his
    return rights.need(tx, account, folder, Right.DELETE_ANY)


def room(tx: Tx, account: PrincipalId, place: Spot) -> Usage | None:
    """What the root of a folder holds and may hold: a group's folder tells the group's (S14).

    None for a file and a list, and for who may add nothing to what somebody else shares: it would tell him when, and
    how much, that one keeps elsewhere.
    """
    folder = place.folder
    if folder is None:
        return None
    if place.names[:1] == (SHARED,) and Right.ADD not in rights.of(tx, account, folder):
        return None
    return usage.room(tx, folder.space, Tool.DOCUMENTS)


def _lists(tx: Tx, account: PrincipalId) -> list[Spot]:
    """The lists at the top of the drive that are not empty."""
    there = {
        DROP: bool(comembers.some(tx, account, most=1)),
        GROUPS: belonging.is_any(tx, account),
        SHARED: bool(paths.shared(tx, account)),
    }
    return [Spot((name,), virtual=True, fixed=True) for name, filled in there.items() if filled]


def _listed(tx: Tx, account: PrincipalId, names: Names) -> list[Spot]:
    """What a list holds."""
    if names == (GROUPS,):
        groups = paths.listed_groups(tx, account)
        return [Spot((GROUPS, group.name), folder=paths.group_root(tx, group), fixed=True) for group in groups]
    if names == (DROP,):
        return paths.recipients(tx, account)
    mounts = paths.shared(tx, account)
    if names == (SHARED,):
        return [
            Spot((SHARED, owner), virtual=True, fixed=True)
            for owner in dict.fromkeys(one.owner_login for one in mounts)
        ]
    found = (paths.mounted(tx, account, one) for one in mounts if one.owner_login == names[-1])
    return [spot for spot in found if spot is not None]


def _need_all(tx: Tx, account: PrincipalId, folder: Collection) -> None:
    """Denied unless every private file in a folder, at any depth, may be removed."""
    below = collections.subtree(tx, folder.id)
    rows = [
        row
        for start in range(0, len(below), _AT_ONCE)
        for row in tx.execute(_PRIVATE, {"folders": below[start : start + _AT_ONCE]})
    ]
    for inside, found in groupby(rows, key=lambda row: CollectionId(row.collection_id)):
        held = rights.held(tx, account, collections.get(tx, inside))
        if not all(Right.DELETE_ANY in held.on(row.id) for row in found):
            raise Denied("Not everything in this folder is yours to remove. Please remove what is in it one by one.")
