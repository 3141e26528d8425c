"""Folders of the drive: make, list, remove. Called inside a tx of the store.

Invariants: a folder and a file never have the same name in one folder; a removal takes everything
inside, or nothing at all.
"""

from coserver.documents import locks, paths
from coserver.documents.files import need_delete
from coserver.documents.paths import GROUPS, Names, Spot
from coserver.documents.terms import Terms
from coserver.groups import rights
from coserver.model.errors import Exists
from coserver.model.ids import PrincipalId
from coserver.model.plan import Usage
from coserver.model.rights import Right
from coserver.model.space import Collection, Tool
from coserver.quota import usage
from coserver.store import collections, items, lookup, spaces
from coserver.store.tx import Tx


def make(tx: Tx, account: PrincipalId, names: Names, terms: Terms) -> Collection:
    """Make a folder.

    Raises:
        Missing, Orphan, Denied, Exists, Stale, Locked.
    """
    place, parent = paths.inner(tx, account, names)
    if place.exists:
        raise Exists("There is a folder or file of this name already.")
    grant = rights.need(tx, account, parent, Right.ADD)
    terms.check(tx)
    locks.need_membership(tx, account, place, terms.tokens)
    return collections.add(tx, parent, place.name, grant=grant)


def members(tx: Tx, account: PrincipalId, place: Spot) -> list[Spot]:
    """What is in a folder: folders first, then files, each by name; nothing for a file."""
    if place.virtual:
        groups = paths.listed_groups(tx, account)
        return [Spot((GROUPS, group.name), folder=paths.group_root(tx, group)) for group in groups]
    folder = place.folder
    if folder is None:
        return []
    above = (*place.above, folder.id)
    found = [
        Spot((*place.names, one.name), folder=one, parent=folder, above=above)
        for one in collections.children(tx, folder.id)
    ]
    if not place.names and paths.listed_groups(tx, account):
        found.insert(0, Spot((GROUPS,), virtual=True))
    found += [
        Spot((*place.names, one.name or ""), item=one, parent=folder, above=above)
        for one in lookup.list_(tx, folder.id)
    ]
    return found


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
    if place.folder is not None:
        grant = rights.need(tx, account, place.folder, Right.DELETE_ANY)
        size, count = collections.weigh(tx, place.folder)
        charge = usage.charge(tx, parent.space, parent.tool, bytes=-size, items=-count)
        collections.remove(tx, place.folder, grant=grant, charge=charge)
    elif place.item is not None:
        grant = need_delete(tx, account, place.item, parent)
        charge = usage.charge(tx, parent.space, parent.tool, bytes=-place.item.size, items=-1)
        items.remove(tx, parent, [place.item], grant=grant, charge=charge)


def room(tx: Tx, account: PrincipalId, place: Spot) -> Usage:
    """What the root of a place holds and may hold: a group's folder tells the group's (S14)."""
    inside = place.folder or place.parent
    space = inside.space if inside else spaces.of(tx, account).id
    return usage.room(tx, space, Tool.DOCUMENTS)
