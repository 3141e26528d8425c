"""Single events, tasks and contacts that others share with an account, as one calendar and one address book
for each of those others.

Each is a collection in the space of the account that looks, with names and modseqs of its own; its role
says of whom, and what kinds it takes. Invariant: after every tx it shows exactly what `mounts` lists:
`settle` is called in each tx that changes a right, by the store itself.
"""

from collections import defaultdict
from collections.abc import Sequence

from coserver.groups import mounts, rights
from coserver.model.errors import Missing
from coserver.model.ids import ItemId, PrincipalId, SpaceId
from coserver.model.rights import Right
from coserver.model.space import Collection, Tool
from coserver.quota import usage
from coserver.store import collections, shown, spaces
from coserver.store.tx import Tx

VIEW = "view:"
HIDDEN = "\x1f"  # begins the names of collections that clients cannot name
KINDS = {Tool.CALENDAR: "VEVENT VTODO VJOURNAL", Tool.CONTACTS: "VCARD"}
_ENDINGS = {Tool.CALENDAR: "ics", Tool.CONTACTS: "vcf"}


def settle(tx: Tx, told: frozenset[PrincipalId]) -> None:
    """Let the views of these accounts show what is shared with them now; what is no account has none."""
    for account in sorted(told):
        try:
            own = spaces.of(tx, account).id
        except Missing:  # it was erased in this very tx, or is a group
            continue
        for tool in KINDS:
            _settle(tx, account, own, tool)


def of(tx: Tx, space: SpaceId, tool: Tool) -> dict[PrincipalId, Collection]:
    """The views in a private space, by the owner of what they show; some may show nothing (any more)."""
    root = collections.root(tx, space, tool)
    return {owner_of(one): one for one in collections.children(tx, root.id) if is_view(one)}


def is_view(collection: Collection) -> bool:
    """Whether a collection is such a view."""
    return collection.role.startswith(VIEW)


def owner_of(view: Collection) -> PrincipalId:
    """Whose things a view shows."""
    return PrincipalId(int(view.role.removeprefix(VIEW).partition(" ")[0]))


def _settle(tx: Tx, account: PrincipalId, own: SpaceId, tool: Tool) -> None:
    wanted: dict[PrincipalId, list[ItemId]] = defaultdict(list)
    for mount in mounts.listed(tx, account, tool):
        if mount.item is not None:
            wanted[mount.owner].append(mount.item)
    views = of(tx, own, tool)
    for owner in sorted(wanted.keys() | views.keys()):
        view = views.get(owner) or _make(tx, own, tool, owner)
        _show(tx, view, wanted[owner])
    for owner in mounts.erased(tx, views.keys() - {owner for owner in wanted if wanted[owner]}):
        _remove(tx, views[owner])


def _show(tx: Tx, view: Collection, wanted: Sequence[ItemId]) -> None:
    there = {one.id for one in shown.list_(tx, view.id)}
    fresh = [item for item in dict.fromkeys(wanted) if item not in there]
    if fresh:
        shown.put(tx, view, [(item, f"{item}.{_ENDINGS[view.tool]}") for item in fresh])
    stale = sorted(there.difference(wanted))
    if stale:
        shown.drop(tx, view, stale)


def _remove(tx: Tx, view: Collection) -> None:
    """A view that nobody will fill again goes."""
    charge = usage.charge(tx, view.space, view.tool, bytes=0, items=0)
    collections.remove(tx, view, grant=rights.house(tx, view, Right.DELETE_ANY), charge=charge)


def _make(tx: Tx, own: SpaceId, tool: Tool, owner: PrincipalId) -> Collection:
    """An empty view; its name cannot be that of a calendar, so nobody can take it."""
    root = collections.root(tx, own, tool)
    role = f"{VIEW}{owner} {KINDS[tool]}"
    return collections.add(tx, root, f"{HIDDEN}{VIEW}{owner}", role=role, grant=rights.house(tx, root, Right.ADD))
