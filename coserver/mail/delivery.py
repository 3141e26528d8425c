"""Delivery: one message into the INBOX of every local recipient, in one tx.

Invariants: the house itself delivers (no right of the sender is asked); the room is the
recipient's; a recipient without room does not keep the others from theirs.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from coserver.groups import rights
from coserver.log import event
from coserver.mail import mailboxes, messages
from coserver.mail.prepared import Prepared
from coserver.model.errors import Missing, NoRoom
from coserver.model.ids import PrincipalId
from coserver.model.item import Item
from coserver.model.plan import Occasion
from coserver.model.rights import Right
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.store import spaces
from coserver.store.tx import Tx

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of one recipient: the message in his INBOX, or why it is not there."""

    account: PrincipalId
    item: Item | None
    refusal: NoRoom | Missing | None


def deliver(
    tx: Tx,
    recipients: Sequence[PrincipalId],
    prepared: Prepared,
    *,
    envelope_sender: str = "",
    stamp: int = 0,
    occasion: Occasion = Occasion.MAIL,
) -> list[Delivered]:
    """Put a message into the INBOX of each account named, once however often it is named.

    The bytes are as they are to be kept: Return-Path and Received were put before them when they
    were staged. `stamp` is the time of arrival in milliseconds, 0: now; `occasion` decides how much
    room there is in an INBOX that is full. The answer is in the order of the recipients; NoRoom and
    Missing concern one recipient alone and are told there.

    Raises:
        Busy: the disk is full; nobody got anything.
    """
    done: dict[PrincipalId, Delivered] = {}
    for account in dict.fromkeys(recipients):
        done[account] = _one(tx, account, messages.NewMessage(prepared, stamp=stamp), occasion)
    kept = sum(one.item is not None for one in done.values())
    size = prepared.staged.size
    tx.after_commit(lambda: event(log, "delivered", sender=envelope_sender, recipients=kept, size=size))
    return [done[account] for account in recipients]


def has_room(tx: Tx, account: PrincipalId, size: int) -> bool:
    """Whether a message of `size` bytes fits now: asked at RCPT, decided only at delivery."""
    try:
        usage.need_room(tx, spaces.of(tx, account).id, Tool.MAIL, bytes=size, items=1, occasion=Occasion.MAIL)
    except NoRoom:
        return False
    return True


def _one(tx: Tx, account: PrincipalId, new: messages.NewMessage, occasion: Occasion) -> Delivered:
    try:
        inbox = mailboxes.inbox(tx, account)
        grant = rights.house(tx, inbox, Right.ADD)
        (item,) = messages.keep(tx, inbox, [new], grant=grant, author=None, occasion=occasion)
    except (NoRoom, Missing) as error:  # raised before anything was written for this recipient
        event(log, "not-delivered", account=account, why=error.text)
        return Delivered(account, None, error)
    return Delivered(account, item, None)
