"""Mailboxes: finding, opening, polling, making, and their quota roots."""

from coserver.auth import standing
from coserver.groups import members, rights
from coserver.imap.asks import (
    AskCreate,
    AskFind,
    AskList,
    AskName,
    AskOpen,
    AskPoll,
    AskQuota,
    AskRename,
    AskStanding,
    Counters,
    Listed,
    Mailboxes,
    News,
    Opened,
    Quota,
)  # fmt: skip
from coserver.mail import mailboxes, rows
from coserver.mail.rows import Column
from coserver.model.errors import Missing, Unknown
from coserver.model.plan import Usage
from coserver.model.principal import State, Who
from coserver.model.rights import Right
from coserver.model.space import Collection, Tool
from coserver.quota import usage
from coserver.store import changes, collections, spaces
from coserver.store.tx import Tx

_STATE = (Column.FLAGS, Column.KEYWORDS, Column.MODSEQ)
_OWN = "own"
_GROUP = "group/"
_READER = Right.BUSY | Right.READ  # his look leaves no trace


def need_standing(tx: Tx, who: Who, _: AskStanding) -> None:
    """The account is active and its credentials are those it logged in with."""
    found = standing.get(tx, who.account)
    if found is None or found.state is not State.ACTIVE or found.epoch != who.epoch:
        raise Unknown("Please log in again.", account=who.account)


def list_all(tx: Tx, who: Who, _: AskList) -> Mailboxes:
    """All mailboxes with their counters, and the subscriptions."""
    found = [_listed(one) for one in mailboxes.listed(tx, who.account)]
    return Mailboxes(found, frozenset(mailboxes.subscriptions(tx, who.account)))


def find(tx: Tx, who: Who, ask: AskFind) -> Listed:
    """One mailbox."""
    return _listed(mailboxes.find(tx, who.account, ask.mailbox))


def _listed(mailbox: mailboxes.Mailbox) -> Listed:
    return Listed(mailbox.name, mailbox.collection.role, mailbox.children, counters(mailbox.collection))


def counters(of: Collection) -> Counters:
    """What STATUS tells; \\Recent is counted by uids, which may have gaps, so it is bounded by the messages."""
    return Counters(
        messages=of.items,
        recent=min(of.items, of.uidnext - of.recent),
        uidnext=of.uidnext,
        uidvalidity=of.id,
        unseen=of.unseen,
        deleted=of.deleted,
        size=of.bytes,
        modseq=of.modseq,
    )


def open_(tx: Tx, who: Who, ask: AskOpen) -> Opened:
    """A mailbox as it is at this moment."""
    found = mailboxes.find(tx, who.account, ask.mailbox)
    of = found.collection
    return Opened(
        name=found.name,
        collection=of.id,
        space=of.space,
        owner=spaces.get(tx, of.space).owner,
        rights=found.rights,
        uids=rows.uids(tx, of.id),
        uidnext=of.uidnext,
        recent=of.recent,
        modseq=of.modseq,
        unseen=rows.first_unseen(tx, of.id) if of.unseen else None,
        keywords=rows.keywords(tx, of.id),
    )


def leaves_a_trace(ask: AskOpen, opened: Opened) -> bool:
    """Whether this session takes \\Recent from the messages (RFC 3501 2.3.2)."""
    return not ask.readonly and opened.recent < opened.uidnext and bool(opened.rights & ~_READER)


def open_for_writing(tx: Tx, who: Who, ask: AskOpen) -> Opened:
    """A mailbox as it is, whose messages will be \\Recent in no other session."""
    opened = open_(tx, who, ask)
    if leaves_a_trace(ask, opened):
        collections.told_recent(tx, collections.get(tx, opened.collection), first=opened.uidnext)
    return opened


def told_recent(tx: Tx, who: Who, ask: AskPoll) -> None:
    """The messages that came while the mailbox was open are \\Recent in no other session."""
    now, held = mailboxes.again(tx, who.account, ask.collection)
    if held & ~_READER:
        collections.told_recent(tx, now, first=now.uidnext)


def poll(tx: Tx, who: Who, ask: AskPoll) -> News:
    """What changed since a modseq."""
    now, held = mailboxes.again(tx, who.account, ask.collection)
    changed = rows.rows(tx, ask.collection, rows.EVERY, _STATE, since=ask.modseq)
    gone = changes.expunged_since(tx, ask.collection, ask.modseq)
    return News(changed, gone, now.uidnext, now.recent, now.modseq, held)


def create(tx: Tx, who: Who, ask: AskCreate) -> None:
    """Make a mailbox."""
    mailboxes.create(tx, who.account, ask.mailbox, role=ask.role)


def rename(tx: Tx, who: Who, ask: AskRename) -> None:
    """Give a mailbox another name."""
    mailboxes.rename(tx, who.account, ask.mailbox, to=ask.to)


def on_name(tx: Tx, who: Who, ask: AskName) -> None:
    """Delete, subscribe, unsubscribe."""
    deed = {"DELETE": mailboxes.remove, "SUBSCRIBE": mailboxes.subscribe, "UNSUBSCRIBE": mailboxes.unsubscribe}
    deed[ask.deed](tx, who.account, ask.mailbox)


def quota(tx: Tx, who: Who, ask: AskQuota) -> Quota:
    """The quota root of a mailbox, or the one of that name.

    Roots are named ``own`` and ``group/NAME``: a group counts apart (R59).
    """
    if not ask.root:
        of = mailboxes.find(tx, who.account, ask.mailbox).collection
        owner = spaces.get(tx, of.space).owner
        name = _OWN if owner == who.account else next(
            f"{_GROUP}{group.name}" for group in members.groups_of(tx, who.account) if group.id == owner
        )  # fmt: skip
        return _quota(name, usage.room(tx, of.space, Tool.MAIL))
    if ask.mailbox == _OWN:
        return _quota(_OWN, usage.room(tx, spaces.of(tx, who.account).id, Tool.MAIL))
    for group in members.groups_of(tx, who.account):
        if ask.mailbox == f"{_GROUP}{group.name}" and rights.within(tx, who.account, group.space, Tool.MAIL):
            return _quota(ask.mailbox, usage.room(tx, group.space, Tool.MAIL))
    raise Missing(f"There is no quota root {ask.mailbox!r}.")


def _quota(root: str, held: Usage) -> Quota:
    return Quota(root, held.bytes, held.bytes_limit, held.items, held.items_limit)
