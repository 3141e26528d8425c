"""Quota roots (RFC 9208): ``own``, ``group/NAME`` and ``shared/LOGIN``, each counts apart (R59).

How full the mail of somebody else is, is told to those who may add to it, and to nobody else: for
others what he shares has no quota root.
"""

from coserver.groups import members, mounts, rights
from coserver.imap.asks import AskQuota, AskWarning, Quota
from coserver.mail import faces, mailboxes
from coserver.model.errors import Missing
from coserver.model.ids import PrincipalId, SpaceId
from coserver.model.principal import Who
from coserver.model.rights import Right
from coserver.model.space import Tool
from coserver.quota import levels, usage
from coserver.store import collections, spaces
from coserver.store.tx import Tx

_OWN = "own"
_GROUP = "group/"
_SHARED = "shared/"


def quota(tx: Tx, who: Who, ask: AskQuota) -> Quota | None:
    """The quota root of a mailbox, None where it has none; or the one of that name."""
    if not ask.root:
        return _of_mailbox(tx, who.account, ask.mailbox)
    space = _named(tx, who.account, ask.mailbox)
    if space is None:
        raise Missing(f"There is no quota root {ask.mailbox!r}.")
    return _held(tx, ask.mailbox, space)


def warning(tx: Tx, who: Who, _: AskWarning) -> str:
    """That the account's own mail is nearly full, or full; empty while it is not (S15)."""
    held = usage.room(tx, spaces.of(tx, who.account).id, Tool.MAIL)
    level = levels.level(held)
    if not level:
        return ""
    state = "full" if level >= 100 else f"{level} % full"
    used = f"{usage.size(held.bytes)} of {usage.size(held.bytes_limit)}"
    return f"Your mail is {state} ({used}). Delete what you do not need any more, or ask for a larger plan."


def _of_mailbox(tx: Tx, account: PrincipalId, name: str) -> Quota | None:
    found = mailboxes.find(tx, account, name)
    space = found.collection.space
    if found.face is faces.VIEW:
        return None
    if found.face is faces.OWN:
        return _held(tx, _OWN, space)
    group = members.owning(tx, space)
    if group is not None:
        return _held(tx, f"{_GROUP}{group.name}", space)
    if Right.ADD not in rights.of(tx, account, found.collection):
        return None
    return _held(tx, f"{_SHARED}{found.name.split('/')[1]}", space)


def _named(tx: Tx, account: PrincipalId, root: str) -> SpaceId | None:
    if root == _OWN:
        return spaces.of(tx, account).id
    if root.startswith(_SHARED):
        return _shared(tx, account, root.removeprefix(_SHARED))
    for group in members.groups_of(tx, account):
        if root == f"{_GROUP}{group.name}" and rights.within(tx, account, group.space, Tool.MAIL):
            return group.space
    return None


def _shared(tx: Tx, account: PrincipalId, login: str) -> SpaceId | None:
    """The space of somebody who lets the account add to a mailbox of his."""
    for mount in mounts.of_owner(tx, account, Tool.MAIL, login):
        if mount.collection is not None:
            mailbox = collections.get(tx, mount.collection)
            if Right.ADD in rights.of(tx, account, mailbox):
                return mailbox.space
    return None


def _held(tx: Tx, root: str, space: SpaceId) -> Quota:
    held = usage.room(tx, space, Tool.MAIL)
    return Quota(root, held.bytes, held.bytes_limit, held.items, held.items_limit)
