"""Mailboxes: the names an account sees, and the collections behind them.

An account's own mailboxes stand at the top; those of its groups stand under ``Groups/``, and
``Groups/<name>`` is a mailbox itself: the root of the group's mail. Names are NFC text with ``/``
between the levels. Every parent is a real mailbox, so none is \\Noselect or \\NonExistent.
Invariants: INBOX is there whatever its case (RFC 9051 5.1); a mailbox with children is not deleted.
"""

import unicodedata
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, insert, select

from coserver.groups import members, rights
from coserver.model.errors import Denied, Exists, Malformed, Missing, NoRoom
from coserver.model.ids import CollectionId, PrincipalId, SpaceId
from coserver.model.rights import Right
from coserver.model.space import Collection, Tool
from coserver.quota import usage
from coserver.store import collections, items, lookup, spaces
from coserver.store.schema.mail import subscribed
from coserver.store.tx import Tx

INBOX = "INBOX"
GROUPS = "Groups"
SEPARATOR = "/"
ROLES = ("\\Archive", "\\Drafts", "\\Junk", "\\Sent", "\\Trash")  # RFC 6154 2; \All and \Flagged would be views
DEFAULTS = (
    ("Drafts", "\\Drafts"),
    ("Sent", "\\Sent"),
    ("Junk", "\\Junk"),
    ("Trash", "\\Trash"),
    ("Archive", "\\Archive"),
)
_LONGEST_LEVEL = 255  # bytes of UTF-8
_DEEPEST = 30
_MOST_SUBSCRIBED = 10_000

_SUBSCRIBED = (
    select(subscribed.c.mailbox).where(subscribed.c.account_id == bindparam("account")).order_by(subscribed.c.mailbox)
)
_IS_SUBSCRIBED = _SUBSCRIBED.where(subscribed.c.mailbox == bindparam("name"))
_COUNT = select(func.count()).select_from(subscribed).where(subscribed.c.account_id == bindparam("account"))
_SUBSCRIBE = insert(subscribed)
_UNSUBSCRIBE = delete(subscribed).where(
    subscribed.c.account_id == bindparam("account"), subscribed.c.mailbox == bindparam("name")
)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox as one account sees it; the counters of STATUS are those of `collection`."""

    name: str
    collection: Collection
    rights: Right
    children: bool


def listed(tx: Tx, account: PrincipalId) -> list[Mailbox]:
    """Every mailbox the account may read, INBOX first, then by name: two queries and two a group."""
    own = spaces.of(tx, account)
    root = collections.root(tx, own.id, Tool.MAIL)
    found = _named(collections.tree(tx, own.id, Tool.MAIL), root, "", rights.of(tx, account, root))
    for group in members.groups_of(tx, account):
        tree = collections.tree(tx, group.space, Tool.MAIL)
        held = rights.within(tx, account, group.space, Tool.MAIL)
        if Right.READ in held:
            found += _named(tree, tree[0], f"{GROUPS}{SEPARATOR}{group.name}", held)
    return sorted(found, key=_by_name)


def find(tx: Tx, account: PrincipalId, name: str) -> Mailbox:
    """The mailbox of that name.

    Raises:
        Missing: there is none, or the account may not know of it.
        Malformed: it cannot be the name of one.
    """
    levels = _levels(name)
    top, prefix, rest = _top(tx, account, levels)
    held = rights.of(tx, account, top)
    if Right.READ not in held or (not rest and not prefix):
        raise _missing(name)
    at = top
    for level in rest:
        below = collections.find(tx, at.id, level)
        if below is None:
            raise _missing(name)
        at = below
    return Mailbox(SEPARATOR.join(levels), at, held, bool(collections.children(tx, at.id)))


def again(tx: Tx, account: PrincipalId, collection: CollectionId) -> tuple[Collection, Right]:
    """An open mailbox as it is now, and what the account may do there.

    Raises:
        Missing: it was deleted, or the account may not read it any more.
    """
    found = collections.get(tx, collection)
    held = rights.of(tx, account, found)
    if Right.READ not in held:
        raise Missing("The mailbox is not there any more.", collection=collection)
    return found, held


def create(tx: Tx, account: PrincipalId, name: str, *, role: str = "") -> Mailbox:
    """Make a mailbox, and its parents where they are missing (RFC 9051 6.3.4).

    A separator at the end of the name is ignored. `role` is one of ROLES (RFC 6154 3).

    Raises:
        Exists: there is one of that name, or one with that role.
        Denied: the right to add is missing, or the name is reserved.
    """
    levels = _levels(name.removesuffix(SEPARATOR))
    top, prefix, rest = _top(tx, account, levels)
    if not rest:
        raise Exists(f"{SEPARATOR.join(levels)} is there already.") if prefix else _reserved()
    if role:
        _need_free_role(tx, top, role)
    at, made = top, False
    for position, level in enumerate(rest):
        below = collections.find(tx, at.id, level)
        if below is None:
            grant = rights.need(tx, account, at, Right.ADD)
            last = position == len(rest) - 1
            below, made = collections.add(tx, at, level, role=role if last else "", grant=grant), True
        at = below
    if not made:
        raise Exists(f"{SEPARATOR.join(levels)} is there already.")
    return Mailbox(SEPARATOR.join(levels), at, rights.of(tx, account, at), children=False)


def rename(tx: Tx, account: PrincipalId, name: str, *, to: str) -> None:
    """Give a mailbox with all below it another name (RFC 9051 6.3.6); subscriptions stay as they are.

    Of INBOX the messages are moved into the new mailbox; it stays, and so do those below it.

    Raises:
        Missing: there is no such mailbox.
        Exists: the new name is taken.
        Denied: a right is missing, or it would go to another space.
    """
    source = find(tx, account, name)
    if source.collection.role == INBOX:
        _empty_inbox(tx, account, source, create(tx, account, to))
        return
    if source.collection.parent is None:
        raise Denied("The mailbox of a group keeps its name; create another below it.")
    levels = _levels(to.removesuffix(SEPARATOR))
    parent = _parent(tx, account, levels)
    if parent.space != source.collection.space:
        raise Denied("A mailbox cannot move between your own mail and a group's: copy its messages instead.")
    if collections.find(tx, parent.id, levels[-1]) is not None:
        raise Exists(f"{SEPARATOR.join(levels)} is there already.")
    rights.need(tx, account, parent, Right.ADD)
    grant = rights.need(tx, account, source.collection, Right.DELETE_ANY)
    collections.rename(tx, source.collection, parent=parent, name=levels[-1], grant=grant)


def remove(tx: Tx, account: PrincipalId, name: str) -> None:
    """Delete a mailbox with its messages (RFC 9051 6.3.5); the subscription to its name stays.

    Raises:
        Missing: there is no such mailbox.
        Denied: it is INBOX, a group's own mailbox or has others below it, or a right is missing.
    """
    found = find(tx, account, name)
    target = found.collection
    if target.role == INBOX or target.parent is None:
        raise Denied(f"{found.name} cannot be deleted.")
    if found.children:
        raise Denied(f"{found.name} holds other mailboxes: delete those first.", children=True)
    grant = rights.need(tx, account, target, Right.DELETE_ANY)
    size, count = collections.weigh(tx, target)
    charge = usage.charge(tx, target.space, Tool.MAIL, bytes=-size, items=-count)
    collections.remove(tx, target, grant=grant, charge=charge)


def subscribe(tx: Tx, account: PrincipalId, name: str) -> None:
    """Add a name to the account's subscriptions; there need not be such a mailbox. Harmless to repeat.

    Raises:
        Malformed: it cannot be the name of a mailbox.
        NoRoom: there are too many subscriptions.
    """
    kept = SEPARATOR.join(_levels(name.removesuffix(SEPARATOR)))
    if tx.execute(_IS_SUBSCRIBED, {"account": account, "name": kept}).first() is not None:
        return
    if tx.execute(_COUNT, {"account": account}).scalar_one() >= _MOST_SUBSCRIBED:
        raise NoRoom(f"You are subscribed to {_MOST_SUBSCRIBED} mailboxes already: unsubscribe from some first.")
    tx.execute(_SUBSCRIBE, {"account_id": account, "mailbox": kept})


def unsubscribe(tx: Tx, account: PrincipalId, name: str) -> None:
    """Take a name out of the account's subscriptions. Harmless to repeat."""
    kept = SEPARATOR.join(_levels(name.removesuffix(SEPARATOR)))
    tx.execute(_UNSUBSCRIBE, {"account": account, "name": kept})


def subscriptions(tx: Tx, account: PrincipalId) -> list[str]:
    """The names the account is subscribed to, sorted; some may not exist (any more)."""
    return list(tx.execute(_SUBSCRIBED, {"account": account}).scalars())


def furnish(tx: Tx, account: PrincipalId, space: SpaceId) -> None:
    """Give a new account its INBOX and default mailboxes, subscribed (clients show no others)."""
    root = collections.root(tx, space, Tool.MAIL)
    grant = rights.house(tx, root, Right.ADD)
    for name, role in ((INBOX, INBOX), *DEFAULTS):
        collections.add(tx, root, name, role=role, grant=grant)
        subscribe(tx, account, name)


def inbox(tx: Tx, account: PrincipalId) -> Collection:
    """Where an account's mail is delivered; Missing if it has no mail."""
    root = collections.root(tx, spaces.of(tx, account).id, Tool.MAIL)
    found = collections.find(tx, root.id, INBOX)
    if found is None:
        raise Missing("The account has no INBOX.", account=account)
    return found


# ---------------------------------------------------------------- names


def _levels(name: str) -> list[str]:
    """The levels of a name, INBOX in capitals."""
    kept = unicodedata.normalize("NFC", name)
    levels = kept.split(SEPARATOR)
    for level in levels:
        if not level or len(level.encode("utf-8", "surrogatepass")) > _LONGEST_LEVEL:
            raise Malformed(f"{name!r} cannot be the name of a mailbox: each level has 1 to {_LONGEST_LEVEL} bytes.")
        if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in level):
            raise Malformed(f"{name!r} cannot be the name of a mailbox: it has control characters.")
    if len(levels) > _DEEPEST:
        raise Malformed(f"A mailbox can lie {_DEEPEST} levels deep, no deeper.")
    if levels[0].upper() == INBOX:
        levels[0] = INBOX
    return levels


def _top(tx: Tx, account: PrincipalId, levels: list[str]) -> tuple[Collection, str, list[str]]:
    """The root a name begins at, the part of the name that says so, and the levels below it."""
    if levels[0] != GROUPS:
        return collections.root(tx, spaces.of(tx, account).id, Tool.MAIL), "", levels
    if len(levels) == 1:
        return collections.root(tx, spaces.of(tx, account).id, Tool.MAIL), "", []
    for group in members.groups_of(tx, account):
        if group.name == levels[1]:
            root = collections.root(tx, group.space, Tool.MAIL)
            return root, f"{GROUPS}{SEPARATOR}{group.name}", levels[2:]
    raise Missing(f"You are in no group {levels[1]!r}.", group=levels[1])


def _parent(tx: Tx, account: PrincipalId, levels: list[str]) -> Collection:
    """The mailbox a new name stands in, made with its own parents where it is missing."""
    top, _, rest = _top(tx, account, levels)
    if not rest:
        raise _reserved()
    at = top
    for level in rest[:-1]:
        below = collections.find(tx, at.id, level)
        if below is None:
            below = collections.add(tx, at, level, grant=rights.need(tx, account, at, Right.ADD))
        at = below
    return at


def _named(tree: list[Collection], root: Collection, prefix: str, held: Right) -> list[Mailbox]:
    """The mailboxes of one tree with their full names; the root itself only under a prefix."""
    below: dict[CollectionId, list[Collection]] = {}
    for one in tree:
        if one.parent is not None:
            below.setdefault(one.parent, []).append(one)
    found = [Mailbox(prefix, root, held, root.id in below)] if prefix else []
    waiting = [(root.id, f"{prefix}{SEPARATOR}" if prefix else "")]
    while waiting:
        parent, start = waiting.pop()
        for one in below.get(parent, ()):
            found.append(Mailbox(start + one.name, one, held, one.id in below))
            waiting.append((one.id, f"{start}{one.name}{SEPARATOR}"))
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
    source = items.Place(inbox_.collection, rights.need(tx, account, inbox_.collection, Right.DELETE_ANY))
    place = items.Place(target.collection, rights.need(tx, account, target.collection, Right.ADD))
    if source.collection.space != place.collection.space:
        raise Denied("INBOX cannot be renamed into a group's mail: copy its messages instead.")
    items.move(tx, lookup.list_(tx, source.collection.id), source, place)


def _missing(name: str) -> Missing:
    return Missing(f"There is no mailbox {name!r}.", mailbox=name)


def _reserved() -> Denied:
    return Denied(f"{GROUPS} holds the mailboxes of your groups; choose another name.")
