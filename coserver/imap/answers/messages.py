"""Messages: keeping, marking, copying, moving, expunging and searching."""

from collections.abc import Sequence

from coserver.imap.asks import (
    Appended,
    AskExpunge,
    AskMark,
    AskSearch,
    AskSeen,
    AskTransfer,
    Found,
    Marked,
    Transferred,
)  # fmt: skip
from coserver.imap.replies import TryCreateError
from coserver.mail import mailboxes, marks, messages, rows, search, sights
from coserver.mail.marks import Deed, Marking
from coserver.mail.messages import NewMessage
from coserver.mail.rows import Column
from coserver.model.errors import Missing
from coserver.model.item import Flag, Item
from coserver.model.principal import Who
from coserver.model.search import And, Uids
from coserver.store import collections
from coserver.store.tx import Tx

NO_FLAGS = Flag(0)


def append(tx: Tx, who: Who, mailbox: str, new: Sequence[NewMessage]) -> Appended:
    """Keep messages in a mailbox."""
    found = _target(tx, who, mailbox)
    kept = messages.append(tx, who.account, found.collection, new)
    return Appended(found.collection.id, [item.uid or 0 for item in kept])


def mark(tx: Tx, who: Who, ask: AskMark) -> Marked:
    """Change flags."""
    mailbox = collections.get(tx, ask.collection)
    marking = Marking(Deed(ask.deed), ask.flags, ask.keywords)
    done = marks.mark(tx, who.account, mailbox, ask.uids, marking, unchanged_since=ask.unchanged_since)
    return Marked([_row(item) for item in done.items], done.modified)


def needs_seen(tx: Tx, who: Who, ask: AskSeen) -> AskSeen | None:
    """The messages that still lack \\Seen, or None: asked before the writer is."""
    sight = sights.again(tx, who.account, ask.collection)
    unread = [uid for uid, flags in rows.rows(tx, sight, ask.uids, (Column.FLAGS,)) if not flags & Flag.SEEN]
    return AskSeen(ask.collection, [(uid, uid) for uid in unread]) if unread else None


def seen(tx: Tx, who: Who, ask: AskSeen) -> Marked:
    """Set \\Seen."""
    mailbox = collections.get(tx, ask.collection)
    done = marks.mark(tx, who.account, mailbox, ask.uids, Marking(Deed.ADD, Flag.SEEN))
    return Marked([_row(item) for item in done.items], [])


def transfer(tx: Tx, who: Who, ask: AskTransfer) -> Transferred:
    """Copy or move."""
    source = collections.get(tx, ask.collection)
    target = _target(tx, who, ask.mailbox).collection
    deed = messages.move if ask.move else messages.copy
    pairs = deed(tx, who.account, source, ask.uids, target)
    return Transferred(target.id, [pair.source for pair in pairs], [pair.target for pair in pairs])


def expunge(tx: Tx, who: Who, ask: AskExpunge) -> list[int]:
    """Remove what is marked \\Deleted."""
    mailbox = collections.get(tx, ask.collection)
    return messages.expunge(tx, who.account, mailbox, ask.uids)


def find(tx: Tx, who: Who, ask: AskSearch) -> Found:
    """Search among the messages the session knows."""
    sight = sights.again(tx, who.account, ask.collection)
    if not ask.last:
        return Found([], 0)
    key = And((Uids(((1, ask.last),)), ask.key))
    uids = [uid for slice_ in search.search(tx, sight, key) for uid in slice_]
    if not uids:
        return Found([], 0)
    wanted = set(uids)
    modseqs = rows.rows(tx, sight, [(uids[0], uids[-1])], (Column.MODSEQ,)) if ask.with_modseq else []
    return Found(uids, max((modseq for uid, modseq in modseqs if uid in wanted), default=0))


def _target(tx: Tx, who: Who, name: str) -> mailboxes.Mailbox:
    """Where messages are to go; a mailbox that could be made is told so (RFC 9051 6.3.12)."""
    try:
        return mailboxes.find(tx, who.account, name)
    except Missing as error:
        if "mailbox" not in error.private:  # one cannot make that
            raise
        raise TryCreateError(error.text, **error.private) from error


def _row(item: Item) -> tuple[int, int, str, int]:
    return item.uid or 0, int(item.flags), item.keywords, item.modseq
