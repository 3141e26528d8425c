"""Single messages that others share with an account, as mailboxes ``Shared/<owner>/Messages``.

Each is a collection in the space of the account that looks, with uids, flags and modseqs of its own;
its role says of whom. Invariant: after every tx it shows exactly the messages that `mounts` lists:
`settle` is called in each tx that changes a right, by the store itself. A private message that somebody
may see since then who reads its mailbox shows there, under a new uid: programs look for what is new above
the highest they know (RFC 9051 2.3.1.1).
"""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import bindparam, select

from coserver.groups import mounts, revealed, rights
from coserver.mail import messages
from coserver.mail.sights import VIEW
from coserver.model.errors import Missing
from coserver.model.ids import CollectionId, ItemId, PrincipalId, SpaceId
from coserver.model.item import Item
from coserver.model.rights import Privacy, Right
from coserver.model.space import Collection, Tool
from coserver.quota import usage
from coserver.store import collections, lookup, shown, spaces
from coserver.store.tx import Tx
from coserver.store.views import collection_place, item_place

_PRIVATE = (
    select(item_place.c.id)
    .join(collection_place, collection_place.c.id == item_place.c.collection_id)
    .where(collection_place.c.space_id == bindparam("space"), item_place.c.privacy != 0)
    .where(collection_place.c.tool == Tool.MAIL, item_place.c.uid.is_not(None))
)


def settle(tx: Tx, told: frozenset[PrincipalId]) -> None:
    """Let the views of these accounts show what is shared with them now; what is no account has none."""
    come_to_light: dict[ItemId, Item] = {}
    for space in revealed.whole(tx, told):
        come_to_light |= {item.id: item for item in _private(tx, space)}
    for account in sorted(told):
        _settle(tx, account)
        come_to_light |= {item.id: item for item in _come_to_light(tx, account)}
    messages.renumber(tx, list(come_to_light.values()))


def of(tx: Tx, account: PrincipalId) -> dict[PrincipalId, Collection]:
    """The views of an account, by the owner of what they show; some may show nothing (any more)."""
    try:
        own = spaces.of(tx, account)
    except Missing:  # it was erased in this very tx, or is a group
        return {}
    root = collections.root(tx, own.id, Tool.MAIL)
    return {
        PrincipalId(int(one.role.removeprefix(VIEW))): one
        for one in collections.children(tx, root.id)
        if one.role.startswith(VIEW)
    }


def _settle(tx: Tx, account: PrincipalId) -> None:
    wanted: dict[PrincipalId, list[ItemId]] = defaultdict(list)
    for mount in mounts.listed(tx, account, Tool.MAIL):
        if mount.item is not None:
            wanted[mount.owner].append(mount.item)
    views = of(tx, account)
    for owner in sorted(wanted.keys() | views.keys()):
        view = views.get(owner) or _make(tx, account, owner)
        _show(tx, view, wanted[owner])
    for owner in mounts.erased(tx, views.keys() - {owner for owner in wanted if wanted[owner]}):
        _remove(tx, views[owner])


def _come_to_light(tx: Tx, account: PrincipalId) -> list[Item]:
    """Private messages that are shared since this tx with one who reads their mailbox: they show there now."""
    return [
        item
        for item in lookup.chosen(tx, revealed.singly(tx, account))
        if item.privacy is not Privacy.OPEN and item.uid is not None and _reads(tx, account, item.collection)
    ]


def _private(tx: Tx, space: SpaceId) -> list[Item]:
    """The private messages of a group: who administers it since this tx sees them now."""
    return lookup.chosen(tx, list(tx.execute(_PRIVATE, {"space": space}).scalars()))


def _reads(tx: Tx, account: PrincipalId, mailbox: CollectionId) -> bool:
    return Right.READ in rights.of(tx, account, collections.get(tx, mailbox))


def _show(tx: Tx, view: Collection, wanted: Sequence[ItemId]) -> None:
    there = {one.id for one in shown.list_(tx, view.id)}
    fresh = [item for item in dict.fromkeys(wanted) if item not in there]
    if fresh:
        shown.put(tx, view, [(item, None) for item in fresh])
    stale = sorted(there.difference(wanted))
    if stale:
        shown.drop(tx, view, stale)


def _remove(tx: Tx, view: Collection) -> None:
    """A view that nobody will fill again goes."""
    charge = usage.charge(tx, view.space, view.tool, bytes=0, items=0)
    collections.remove(tx, view, grant=rights.house(tx, view, Right.DELETE_ANY), charge=charge)


def _make(tx: Tx, account: PrincipalId, owner: PrincipalId) -> Collection:
    """An empty view; its name cannot be that of a mailbox, so nobody can take it."""
    root = collections.root(tx, spaces.of(tx, account).id, Tool.MAIL)
    return collections.add(
        tx, root, f"\x1f{VIEW}{owner}", role=f"{VIEW}{owner}", grant=rights.house(tx, root, Right.ADD)
    )
