"""Delivery: one message into the INBOX of every local recipient and the archive of every group, in one tx.

Invariants: the house itself delivers (no right of the sender is asked); the room is the
recipient's; a recipient without room does not keep the others from theirs. Mail to a group is kept once
in its archive, and that it is to be copied to the members is written in the same tx (`copies`).
"""

import logging
from collections.abc import Collection as Several
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType

from coserver.groups import members, rights
from coserver.log import event
from coserver.mail import held, mailboxes, messages
from coserver.mail.prepared import Prepared
from coserver.model.errors import Missing, NoRoom
from coserver.model.ids import PrincipalId
from coserver.model.item import Item
from coserver.model.plan import Occasion
from coserver.model.principal import Group
from coserver.model.rights import Privacy, Right
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.store import collections, copying, spaces
from coserver.store.tx import Tx

log = logging.getLogger(__name__)


class Fate(Enum):
    """What becomes of mail to a group."""

    ARCHIVED = auto()  # kept, and nobody gets a copy: what programs write by themselves
    COPIED = auto()  # kept, and copied to the members
    HELD = auto()  # kept until it is released


@dataclass(frozen=True, slots=True)
class Post:
    """A message as it is kept for one group: with the fields of its list; `author` the member who wrote it."""

    prepared: Prepared
    fate: Fate
    author: PrincipalId | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of one recipient: the message in his INBOX, or why it is not there."""

    account: PrincipalId
    item: Item | None
    refusal: NoRoom | Missing | None


_NO_POSTS: Mapping[PrincipalId, Post] = MappingProxyType({})


def deliver(
    tx: Tx,
    recipients: Sequence[PrincipalId],
    prepared: Prepared,
    *,
    envelope_sender: str = "",
    posts: Mapping[PrincipalId, Post] = _NO_POSTS,
    occasion: Occasion = Occasion.MAIL,
) -> list[Delivered]:
    """Put a message into the INBOX of each account named and the archive of each group, once however often named.

    The bytes are as they are to be kept: Return-Path and Received were put before them when they
    were staged. A group gets what `posts` has for it, else the message itself and in the archive alone.
    `occasion` decides how much room there is in an INBOX that is full. The answer is in the order of the
    recipients; NoRoom and Missing concern one recipient alone and are told there.

    Raises:
        Busy: the disk is full; nobody got anything.
    """
    done: dict[PrincipalId, Delivered] = {}
    alone = Post(prepared, Fate.ARCHIVED)
    for principal in dict.fromkeys(recipients):
        post = posts.get(principal, alone)
        done[principal] = _one(tx, principal, post, occasion, without=set(recipients))
    kept = sum(one.item is not None for one in done.values())
    size = prepared.staged.size
    tx.after_commit(lambda: event(log, "delivered", sender=envelope_sender, recipients=kept, size=size))
    return [done[account] for account in recipients]


def copy_to(tx: Tx, account: PrincipalId, prepared: Prepared) -> bool:
    """Give a member his copy of mail to a group; False if he has no room for it."""
    return _one(tx, account, Post(prepared, Fate.ARCHIVED), Occasion.MAIL, without=()).item is not None


def has_room(tx: Tx, account: PrincipalId, size: int) -> bool:
    """Whether a message of `size` bytes fits now: asked at RCPT, decided only at delivery."""
    try:
        usage.need_room(tx, spaces.of(tx, account).id, Tool.MAIL, bytes=size, items=1, occasion=Occasion.MAIL)
    except NoRoom:
        return False
    return True


def _one(tx: Tx, principal: PrincipalId, post: Post, occasion: Occasion, *, without: Several[PrincipalId]) -> Delivered:
    try:
        inbox = mailboxes.own_inbox(tx, principal)
        if inbox is None:
            return Delivered(principal, _keep(tx, members.get(tx, principal), post, without=without), None)
        grant = rights.house(tx, inbox, Right.ADD)
        new = messages.NewMessage(post.prepared)
        (item,) = messages.keep(tx, inbox, [new], grant=grant, author=None, occasion=occasion)
    except (NoRoom, Missing) as error:  # raised before anything was written for this recipient
        event(log, "not-delivered", account=principal, why=error.text)
        return Delivered(principal, None, error)
    return Delivered(principal, item, None)


def _keep(tx: Tx, group: Group, post: Post, *, without: Several[PrincipalId]) -> Item:
    """Mail to a group: into its archive, or where it is held."""
    archive = collections.root(tx, group.space, Tool.MAIL)
    hold = post.fate is Fate.HELD
    where = held.mailbox(tx, archive) if hold else archive
    new = messages.NewMessage(post.prepared, privacy=Privacy.PRIVATE if hold else Privacy.OPEN)
    author = None if hold else post.author  # who wrote it may not release it by moving it
    grant = rights.house(tx, where, Right.ADD)
    (item,) = messages.keep(tx, where, [new], grant=grant, author=author, occasion=Occasion.MAIL)
    if post.fate is Fate.COPIED:
        copying.add(tx, group.space, item.blob, without=without)
    return item
