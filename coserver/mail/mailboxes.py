"""Mailboxes: the names an account sees, and the collections behind them.

An account's own mailboxes stand at the top; those of its groups under ``Groups/``, where
``Groups/<name>`` is a mailbox itself: the root of the group's mail; what others share with it under
``Shared/<their login>/``, every shared mailbox with all below it, and single messages in the mailbox
``Messages``. Names are NFC text with ``/`` between the levels; every parent but those prefixes is a
real mailbox. Invariants: INBOX is there whatever its case (RFC 9051 5.1); a mailbox with children is
not deleted; a shared mailbox keeps the name and place its owner gave it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from coserver.groups import members, mounts, rights, room, shares
from coserver.mail import faces, naming, reads, sights, subscriptions, views
from coserver.mail.faces import Face
from coserver.mail.naming import GROUPS, INBOX, SEPARATOR, SHARED, levels, missing, reserved
from coserver.model.errors import Denied, Exists, Malformed, Missing
from coserver.model.ids import CollectionId, PrincipalId, SpaceId
from coserver.model.principal import Group
from coserver.model.rights import Grant, Right
from coserver.model.space import Collection, Tool
from coserver.quota import usage
from coserver.store import collections, items, lookup, spaces
from coserver.store.tx import Tx

ROLES = ("\\Archive", "\\Drafts", "\\Junk", "\\Sent", "\\Trash")  # RFC 6154 2; \\All and \\Flagged would be views
DEFAULTS = (
    ("Drafts", "\\Drafts"),
    ("Sent", "\\Sent"),
    ("Junk", "\\Junk"),
    ("Trash", "\\Trash"),
    ("Archive", "\\Archive"),
)
_MOUNTED = 3  # levels: the prefix, the owner, the name


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox as one account sees it, `face` tells in which way; `fixed` where its place is not to be changed."""

    name: str
    collection: Collection
    face: Face
    children: bool
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class _Top:
    """What a name begins at: a collection, the part of the name that leads there, the levels below it."""

    collection: Collection
    prefix: str
    rest: list[str]
    face: Face


def listed(tx: Tx, account: PrincipalId) -> list[Mailbox]:
    """Every mailbox the account may read, INBOX first, then by name."""
    found = own(tx, account)
    for group in members.groups_of(tx, account):
        found += of_group(tx, account, group)
    return sorted([*found, *shared(tx, account)], key=_by_name)


def own(tx: Tx, account: PrincipalId) -> list[Mailbox]:
    """Those in the account's own space, INBOX first, then by name."""
    tree = collections.tree(tx, spaces.of(tx, account).id, Tool.MAIL)
    root = next(one for one in tree if one.parent is None)
    return sorted(_named([one for one in tree if not sights.is_view(one)], root, "", faces.OWN), key=_by_name)


def of_group(tx: Tx, account: PrincipalId, group: Group) -> list[Mailbox]:
    """Those of one group that the account may read."""
    if Right.READ not in rights.within(tx, account, group.space, Tool.MAIL):
        return []
    tree = collections.tree(tx, group.space, Tool.MAIL)
    return _named(tree, tree[0], naming.joined(GROUPS, group.name), faces.FOREIGN)


def find(tx: Tx, account: PrincipalId, name: str) -> Mailbox:
    """The mailbox of that name.

    Raises:
        Missing: there is none, or the account may not know of it.
        Malformed: it cannot be the name of one.
    """
    parts = levels(name)
    top = _top(tx, account, parts)
    if not top.rest and not top.prefix:
        raise missing(name)
    if top.face is not faces.VIEW and Right.READ not in rights.of(tx, account, top.collection):
        raise missing(name)
    at = top.collection
    for level in top.rest:
        below = None if top.face is faces.VIEW else collections.find(tx, at.id, level)
        if below is None:
            raise missing(name)
        at = below
    fixed = not top.rest or at.role == INBOX
    return Mailbox(naming.joined(*parts), at, top.face, bool(collections.children(tx, at.id)), fixed)


def create(tx: Tx, account: PrincipalId, name: str, *, role: str = "") -> Mailbox:
    """Make a mailbox, and its parents where they are missing (RFC 9051 6.3.4).

    A separator at the end of the name is ignored. `role` is one of ROLES (RFC 6154 3).

    Raises:
        Exists: there is one of that name, or one with that role.
        Denied: the right is missing, or the name is reserved.
        NoRoom: there are too many.
    """
    parts = levels(name.removesuffix(SEPARATOR))
    top = _top(tx, account, parts)
    if not top.rest:
        raise Exists(f"{naming.joined(*parts)} is there already.") if top.prefix else reserved(parts[0])
    if role:
        _need_free_role(tx, top.collection, role)
    at, made = top.collection, False
    for position, level in enumerate(top.rest):
        below = collections.find(tx, at.id, level)
        if below is None:
            last = position == len(top.rest) - 1
            _need_few(tx, account, at)
            below = collections.add(tx, at, level, role=role if last else "", grant=_may_create(tx, account, at))
            made = True
        at = below
    if not made:
        raise Exists(f"{naming.joined(*parts)} is there already.")
    return Mailbox(naming.joined(*parts), at, top.face, children=False)


def rename(tx: Tx, account: PrincipalId, name: str, *, to: str) -> None:
    """Give a mailbox with all below it another name (RFC 9051 6.3.6); subscriptions stay as they are.

    Of INBOX the messages are moved into the new mailbox; it stays, and so do those below it.

    Raises:
        Missing: there is no such mailbox.
        Exists: the new name is taken.
        Denied: a right is missing, or it would go to another space.
    """
    source = find(tx, account, name)
    if source.collection.role == INBOX and source.face is faces.OWN:
        _empty_inbox(tx, account, source, create(tx, account, to))
        return
    _need_movable(source)
    parts = levels(to.removesuffix(SEPARATOR))
    parent = _parent(tx, account, parts)
    if parent.space != source.collection.space:
        raise Denied("A mailbox cannot move between your own mail and another's: copy its messages instead.")
    if collections.find(tx, parent.id, parts[-1]) is not None:
        raise Exists(f"{naming.joined(*parts)} is there already.")
    _may_create(tx, account, parent)
    grant = rights.need(tx, account, source.collection, Right.DELETE_ANY)
    collections.rename(tx, source.collection, parent=parent, name=parts[-1], grant=grant)
    shares.tell_singly(tx, spaces.get(tx, parent.space).owner)


def remove(tx: Tx, account: PrincipalId, name: str) -> None:
    """Delete a mailbox with its messages (RFC 9051 6.3.5); the subscription to its name stays.

    Raises:
        Missing: there is no such mailbox.
        Denied: it is INBOX, has others below it or belongs where it is; a right is missing, or it
            holds messages that are withheld from the account.
    """
    found = find(tx, account, name)
    target = found.collection
    if (found.fixed and found.face is faces.OWN) or target.parent is None:
        raise Denied(f"{found.name} cannot be deleted.")
    _need_movable(found)
    if found.children:
        raise Denied(f"{found.name} holds other mailboxes: delete those first.", children=True)
    grant = rights.need(tx, account, target, Right.DELETE_ANY)
    if any(Right.DELETE_ANY not in held for held in grant.exceptions.values()):
        raise Denied(f"{found.name} holds messages that only others may delete.")
    size, count = collections.weigh(tx, target)
    charge = usage.charge(tx, target.space, Tool.MAIL, bytes=-size, items=-count)
    collections.remove(tx, target, grant=grant, charge=charge)


def furnish(tx: Tx, account: PrincipalId, space: SpaceId) -> None:
    """Give a new account its INBOX and default mailboxes, subscribed (clients show no others)."""
    root = collections.root(tx, space, Tool.MAIL)
    grant = rights.house(tx, root, Right.ADD)
    for name, role in ((INBOX, INBOX), *DEFAULTS):
        collections.add(tx, root, name, role=role, grant=grant)
        subscriptions.subscribe(tx, account, name)


def inbox(tx: Tx, account: PrincipalId) -> Collection:
    """Where an account's mail is delivered; Missing if it has no mail."""
    found = own_inbox(tx, account)
    if found is None:
        raise Missing("The account has no INBOX.", account=account)
    return found


def own_inbox(tx: Tx, principal: PrincipalId) -> Collection | None:
    """The INBOX of an account; None for a group, whose mailbox of that name would be one among others."""
    root = collections.root(tx, spaces.of(tx, principal).id, Tool.MAIL)
    found = collections.find(tx, root.id, INBOX)
    return found if found is not None and found.role == INBOX else None


# ---------------------------------------------------------------- names


def _top(tx: Tx, account: PrincipalId, parts: list[str]) -> _Top:
    """What a name begins at.

    Raises:
        Missing: there is no such group, or nothing is shared under that name.
    """
    if parts[0] == GROUPS and len(parts) > 1:
        return _of_group(tx, account, parts)
    root = collections.root(tx, spaces.of(tx, account).id, Tool.MAIL)
    if parts[0] == SHARED:
        return _of_owner(tx, account, parts) or _not_shared(tx, root, parts)
    return _Top(root, "", [] if parts[0] == GROUPS else parts, faces.OWN)


def _of_group(tx: Tx, account: PrincipalId, parts: list[str]) -> _Top:
    for group in members.groups_of(tx, account):
        if group.name == parts[1]:
            root = collections.root(tx, group.space, Tool.MAIL)
            return _Top(root, naming.joined(*parts[:2]), parts[2:], faces.FOREIGN)
    raise Missing(f"You are in no group {parts[1]!r}.", group=parts[1])


def _of_owner(tx: Tx, account: PrincipalId, parts: list[str]) -> _Top | None:
    """What somebody shares, by its three first levels; None if nothing is shared under that name."""
    if len(parts) < _MOUNTED:
        return None
    prefix = naming.joined(*parts[:_MOUNTED])
    found = mounts.of_owner(tx, account, Tool.MAIL, parts[1])
    for mount in found:
        if mount.collection is not None and mount.name == parts[2]:
            return _Top(collections.get(tx, mount.collection), prefix, parts[_MOUNTED:], faces.FOREIGN)
    single = next((mount for mount in found if mount.item is not None), None)
    if single is None or parts[2] != mounts.SINGLY:
        return None
    return _Top(views.of(tx, account)[single.owner], prefix, parts[_MOUNTED:], faces.VIEW)


def _not_shared(tx: Tx, root: Collection, parts: list[str]) -> _Top:
    """One may have had a mailbox of one's own under that name before it meant something."""
    if collections.find(tx, root.id, SHARED) is not None:
        return _Top(root, "", parts, faces.OWN)
    if len(parts) == 1:
        return _Top(root, "", [], faces.OWN)
    raise Missing(f"Nothing is shared with you under the name {naming.joined(*parts)!r}.", owner=parts[1])


def shared(tx: Tx, account: PrincipalId) -> list[Mailbox]:
    """What others share, each owner's mailboxes with all below them and the view of his single messages."""
    mounted = mounts.listed(tx, account, Tool.MAIL)
    starts = [mount.collection for mount in mounted if mount.collection is not None]
    tree = collections.trees(tx, starts)
    roots = {one.id: one for one in tree}
    found: list[Mailbox] = []
    for mount in mounted:
        if mount.collection is not None:
            prefix = naming.joined(SHARED, mount.owner_login, mount.name)
            found += _named(tree, roots[mount.collection], prefix, faces.FOREIGN)
    for owner in dict.fromkeys(mount.owner for mount in mounted if mount.item is not None):
        his = [mount for mount in mounted if mount.owner == owner]
        name = naming.joined(SHARED, his[0].owner_login, mounts.SINGLY)
        found.append(Mailbox(name, views.of(tx, account)[owner], faces.VIEW, children=False))
    return found


def _parent(tx: Tx, account: PrincipalId, parts: list[str]) -> Collection:
    """The mailbox a new name stands in, made with its own parents where it is missing."""
    top = _top(tx, account, parts)
    if not top.rest:
        if not top.prefix:
            raise reserved(parts[0])
        raise Exists(f"{naming.joined(*parts)} is there already.")
    at = top.collection
    for level in top.rest[:-1]:
        below = collections.find(tx, at.id, level)
        if below is None:
            _need_few(tx, account, at)
            below = collections.add(tx, at, level, grant=_may_create(tx, account, at))
        at = below
    return at


def _may_create(tx: Tx, account: PrincipalId, parent: Collection) -> Grant:
    """To make mailboxes is to add and, other than adding messages, to edit (right k of RFC 4314)."""
    return sights.need(tx, account, parent, Right.ADD | Right.EDIT_ANY)


def _need_few(tx: Tx, account: PrincipalId, parent: Collection) -> None:
    """NoRoom where there are as many mailboxes as can be; who may not make any is told that he may not."""
    _may_create(tx, account, parent)
    with room.asked(tx, account, parent):
        usage.need_collections(tx, parent.space, Tool.MAIL)


def _need_movable(found: Mailbox) -> None:
    if found.face is faces.VIEW or (found.fixed and found.name.startswith(naming.joined(SHARED, ""))):
        raise Denied(f"{found.name} is shared with you: only its owner can rename or delete it.")
    if found.collection.parent is None:
        raise Denied("The mailbox of a group keeps its name; create another below it.")


def _named(tree: Iterable[Collection], root: Collection, prefix: str, face: Face) -> list[Mailbox]:
    """The mailboxes of one tree with their full names; the root itself only under a prefix."""
    below: dict[CollectionId, list[Collection]] = {}
    for one in tree:
        if one.parent is not None:
            below.setdefault(one.parent, []).append(one)
    found = [Mailbox(prefix, root, face, root.id in below)] if prefix else []
    waiting = [(root.id, naming.joined(prefix, "") if prefix else "")]
    while waiting:
        parent, start = waiting.pop()
        for one in below.get(parent, ()):
            found.append(Mailbox(start + one.name, one, face, one.id in below))
            waiting.append((one.id, naming.joined(start + one.name, "")))
    return found


def _by_name(mailbox: Mailbox) -> tuple[bool, list[str]]:
    return mailbox.name != INBOX, mailbox.name.split(SEPARATOR)


def _need_free_role(tx: Tx, top: Collection, role: str) -> None:
    if role not in ROLES:
        raise Malformed(f"{role} is not a special use: {', '.join(ROLES)} are.", use=role)
    for one in collections.tree(tx, top.space, Tool.MAIL):
        if one.role == role:
            raise Exists(f"{one.name} is {role} already.", use=role)


def _empty_inbox(tx: Tx, account: PrincipalId, inbox_: Mailbox, target: Mailbox) -> None:
    """Move every message of INBOX into a new mailbox (RFC 9051 6.3.6)."""
    if target.face is not faces.OWN:
        raise Denied("INBOX cannot be renamed into the mail of others: copy its messages instead.")
    source = items.Place(inbox_.collection, rights.need(tx, account, inbox_.collection, Right.DELETE_ANY))
    place = items.Place(target.collection, rights.need(tx, account, target.collection, Right.ADD))
    moved = items.move(tx, lookup.list_(tx, source.collection.id), source, place)
    reads.moved(tx, [item.id for item in moved], target.collection.id)
    shares.tell_singly(tx, account)
