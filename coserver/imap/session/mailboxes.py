"""SELECT and its kin, and the commands that make, rename and remove mailboxes."""

from contextlib import suppress

from coserver.imap import replies
from coserver.imap.asks import (
    AskCreate,
    AskExpunge,
    AskName,
    AskOpen,
    AskPoll,
    AskQuota,
    AskRename,
    Opened,
    Quota,
    Send,
    Watch,
)
from coserver.imap.commands.values import Create, OneName, Plain, Rename, Select
from coserver.imap.replies import Done
from coserver.imap.session.entry import warn
from coserver.imap.session.state import State, Talk, View, Words
from coserver.imap.session.sync import flag_lines
from coserver.model.errors import Denied, Missing
from coserver.model.item import Flag


def select(state: State, command: Select) -> Talk:
    """SELECT and EXAMINE (RFC 9051 6.3.2)."""
    yield from _leave(state)
    if command.condstore:
        state.enabled.add("CONDSTORE")
    opened: Opened = yield AskOpen(command.mailbox, command.readonly)
    view = View(
        opened, command.readonly, opened.uids, opened.uidnext, opened.modseq, set(opened.keywords), opened.changeable
    )
    state.view = view
    view.stale = True  # what came between the look and the watch is told with the next command
    yield Watch(opened)
    yield Send(b"".join(_opening(state, view)))
    yield from warn(state)
    code = b"READ-WRITE" if opened.changeable.for_all and not command.readonly else b"READ-ONLY"  # RFC 4314 5.2
    return Done(b"OK", "Selected", code)


def _opening(state: State, view: View) -> list[bytes]:
    opened = view.opened
    known, permanent = flag_lines(view)
    lines = [known, b"* %d EXISTS\r\n" % len(view.uids)]
    if not state.rev2:
        lines.append(b"* %d RECENT\r\n" % sum(uid >= opened.recent for uid in view.uids))
        if opened.unseen is not None:
            lines.append(b"* OK [UNSEEN %d] First unread\r\n" % view.number(opened.unseen))
    lines += [
        permanent,
        b"* OK [UIDNEXT %d] Next uid\r\n" % opened.uidnext,
        b"* OK [UIDVALIDITY %d] Uids are valid\r\n" % opened.collection,
        b"* OK [HIGHESTMODSEQ %d] Newest change\r\n" % max(1, opened.modseq),
    ]
    if state.rev2:
        lines.append(replies.listing(b"LIST", [], replies.name(opened.name, utf8=True)))  # RFC 9051 6.3.2
    return lines


def _leave(state: State) -> Words:
    """What was open is open no more, whatever comes (RFC 9051 6.3.2)."""
    if state.view is None:
        return
    state.view = None
    yield Watch(None)
    if state.condstore or state.rev2:
        yield Send(replies.untagged(b"OK", "The former mailbox is closed", b"CLOSED"))


def close(state: State, command: Plain) -> Talk:
    """CLOSE, which expunges silently, and UNSELECT, which does not."""
    view = state.need_view()
    if command.name == "CLOSE" and not view.readonly and view.changeable.flags & Flag.DELETED:
        with suppress(Denied):  # the right was lost meanwhile: RFC 4314 4 lets it close all the same
            yield AskExpunge(view.opened.collection, None)
    state.view = None
    yield Watch(None)
    return Done(b"OK", f"{command.name} done")


def create(_state: State, command: Create) -> Talk:
    """CREATE."""
    yield AskCreate(command.mailbox, command.role)
    return Done(b"OK", "CREATE done")


def rename(_state: State, command: Rename) -> Talk:
    """RENAME."""
    yield AskRename(command.mailbox, command.to)
    return Done(b"OK", "RENAME done")


def on_name(state: State, command: OneName) -> Talk:
    """DELETE, SUBSCRIBE, UNSUBSCRIBE."""
    yield AskName(command.name, command.mailbox)
    if command.name == "DELETE" and state.view is not None:
        try:
            yield AskPoll(state.view.opened.collection, state.view.modseq, tell_recent=False)
        except Missing:  # who deletes the mailbox he has open has none open then
            yield from _leave(state)
    return Done(b"OK", f"{command.name} done")


def tell_quota(state: State, command: OneName) -> Talk:
    """GETQUOTAROOT and GETQUOTA (RFC 9208 4.1)."""
    by_root = command.name == "GETQUOTA"
    quota: Quota | None = yield AskQuota(command.mailbox, root=by_root)
    mailbox = replies.name(command.mailbox, utf8=state.rev2)
    if quota is None:
        yield Send(b"* QUOTAROOT %b\r\n" % mailbox)
        return Done(b"OK", f"{command.name} done, the mailbox has no quota root for you")
    root = replies.astring_or_quoted(quota.root.encode("utf-8"))
    if not by_root:
        yield Send(b"* QUOTAROOT %b %b\r\n" % (mailbox, root))
    storage = b"STORAGE %d %d" % (-(-quota.bytes // 1024), quota.bytes_limit // 1024)  # units of 1024 octets
    yield Send(b"* QUOTA %b (%b MESSAGE %d %d)\r\n" % (root, storage, quota.messages, quota.messages_limit))
    return Done(b"OK", f"{command.name} done")
