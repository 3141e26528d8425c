"""Mailboxes: finding, opening, polling, making."""

from coserver.auth import standing
from coserver.auth.login import need_feature
from coserver.imap.asks import (
    AskCreate,
    AskFind,
    AskList,
    AskName,
    AskOpen,
    AskPoll,
    AskRename,
    AskStanding,
    Changeable,
    Counters,
    Listed,
    Mailboxes,
    News,
    Opened,
)  # fmt: skip
from coserver.mail import acl, counts, faces, mailboxes, marks, rows, sights, subscriptions
from coserver.mail.counts import Counts
from coserver.mail.rows import Column
from coserver.mail.sights import Sight
from coserver.model.errors import Unknown
from coserver.model.item import Flag
from coserver.model.principal import State, Who
from coserver.model.rights import Right
from coserver.model.space import Collection
from coserver.store import changes, collections, spaces
from coserver.store.tx import Tx

_STATE = (Column.FLAGS, Column.KEYWORDS, Column.MODSEQ)
_READER = Right.BUSY | Right.READ  # his look leaves no trace
_FLAGS = 31  # all of model.item.Flag


def need_standing(tx: Tx, who: Who, _: AskStanding) -> None:
    """The account is active, its plan opens IMAP (S31), and its credentials are those it logged in with."""
    found = standing.get(tx, who.account)
    if found is not None and found.state is State.ACTIVE:
        need_feature(found.plan.features, who.service)
    if found is None or found.state is not State.ACTIVE or found.epoch != who.epoch:
        raise Unknown("Please log in again.", account=who.account)


def list_all(tx: Tx, who: Who, ask: AskList) -> Mailboxes:
    """All mailboxes, with their counters where these are asked for, and the subscriptions."""
    found = mailboxes.listed(tx, who.account)
    counted = counts.of(tx, who.account, found) if ask.counted else {}
    foreign = [one.name for one in found if one.face is not faces.OWN]
    return Mailboxes(
        [
            _listed(
                one, counted.get(one.collection.id), acl.mine(tx, who.account, one.collection) if ask.lettered else ""
            )
            for one in found
        ],
        frozenset(subscriptions.listed(tx, who.account, foreign)),
    )


def find(tx: Tx, who: Who, ask: AskFind) -> Listed:
    """One mailbox."""
    found = mailboxes.find(tx, who.account, ask.mailbox)
    return _listed(found, counts.of(tx, who.account, [found])[found.collection.id])


def _listed(mailbox: mailboxes.Mailbox, counted: Counts | None, letters: str = "") -> Listed:
    of = mailbox.collection
    role = of.role if mailbox.face is faces.OWN else ""  # the Sent of others is not one's own
    return Listed(mailbox.name, role, mailbox.children, None if counted is None else counters(of, counted), letters)


def counters(of: Collection, counted: Counts) -> Counters:
    """What STATUS tells; \\Recent is counted by uids, which may have gaps, so it is bounded by the messages."""
    return Counters(
        messages=counted.messages,
        recent=min(counted.messages, of.uidnext - of.recent),
        uidnext=of.uidnext,
        uidvalidity=of.id,
        unseen=counted.unseen,
        deleted=counted.deleted,
        size=counted.size,
        modseq=of.modseq,
    )


def open_(tx: Tx, who: Who, ask: AskOpen) -> Opened:
    """A mailbox as it is at this moment."""
    found = mailboxes.find(tx, who.account, ask.mailbox)
    of = found.collection
    sight = sights.of(tx, who.account, of)
    return Opened(
        name=found.name,
        collection=of.id,
        space=of.space,
        owner=spaces.get(tx, of.space).owner,
        rights=sight.rights,
        changeable=_changeable(sight),
        uids=rows.uids(tx, sight),
        uidnext=of.uidnext,
        recent=of.recent,
        modseq=of.modseq,
        unseen=rows.first_unseen(tx, sight) if of.unseen or sight.face is not faces.OWN else None,
        keywords=rows.keywords(tx, sight),
    )


def _changeable(sight: Sight) -> Changeable:
    """What PERMANENTFLAGS and READ-WRITE rest on (RFC 4314 5.1.1, 5.2)."""
    mask = marks.allowed(sight.rights, own=True)
    flags = Flag(mask & _FLAGS)
    shared = Flag.DELETED if sight.face is faces.VIEW else ~Flag.SEEN
    for_all = bool(flags & shared or (Right.ADD in sight.rights))
    return Changeable(flags, bool(mask & ~_FLAGS), for_all)


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
    sight = sights.again(tx, who.account, ask.collection)
    if sight.rights & ~_READER:
        collections.told_recent(tx, sight.collection, first=sight.collection.uidnext)


def poll(tx: Tx, who: Who, ask: AskPoll) -> News:
    """What changed since a modseq; what is withheld by now is gone, too."""
    sight = sights.again(tx, who.account, ask.collection)
    now = sight.collection
    changed = rows.rows(tx, sight, rows.EVERY, _STATE, since=ask.modseq)
    gone = [*changes.expunged_since(tx, ask.collection, ask.modseq), *sight.withheld]
    return News(changed, gone, now.uidnext, now.recent, now.modseq, _changeable(sight))


def create(tx: Tx, who: Who, ask: AskCreate) -> None:
    """Make a mailbox."""
    mailboxes.create(tx, who.account, ask.mailbox, role=ask.role)


def rename(tx: Tx, who: Who, ask: AskRename) -> None:
    """Give a mailbox another name."""
    mailboxes.rename(tx, who.account, ask.mailbox, to=ask.to)


def on_name(tx: Tx, who: Who, ask: AskName) -> None:
    """Delete, subscribe, unsubscribe."""
    deed = {"DELETE": mailboxes.remove, "SUBSCRIBE": subscriptions.subscribe, "UNSUBSCRIBE": subscriptions.unsubscribe}
    deed[ask.deed](tx, who.account, ask.mailbox)
