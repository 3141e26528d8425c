"""The commands on messages: APPEND, FETCH, STORE, COPY, MOVE, EXPUNGE, SEARCH."""

from collections.abc import Sequence

from coserver.imap import replies
from coserver.imap.asks import (
    Appended,
    AskAppend,
    AskExpunge,
    AskFetch,
    AskMark,
    AskMore,
    AskSearch,
    AskSeen,
    AskTransfer,
    Found,
    Marked,
    More,
    NewMessage,
    Send,
    Transferred,
    UidRanges,
)  # fmt: skip
from coserver.imap.commands.values import Append, Expunge, Fetch, Result, Search, Store, Transfer
from coserver.imap.replies import Done
from coserver.imap.session.keys import resolved, uses_modseq
from coserver.imap.session.state import State, Talk, View, Words
from coserver.imap.session.sync import flags_line, new_keywords
from coserver.imap.wire import compact, in_order
from coserver.model.errors import Denied


def append(_state: State, command: Append) -> Talk:
    """APPEND (RFC 9051 6.3.12, RFC 3502)."""
    new = [
        NewMessage(
            one.body, one.flags, one.keywords, 0 if one.moment is None else int(one.moment.timestamp() * 1000)
        )
        for one in command.messages
    ]  # fmt: skip
    kept: Appended = yield AskAppend(command.mailbox, new)
    return Done(b"OK", "APPEND done", b"APPENDUID %d %b" % (kept.uidvalidity, in_order(kept.uids)))


def fetch(state: State, command: Fetch) -> Talk:
    """FETCH (RFC 9051 6.4.5); reading a body sets \\Seen where that is allowed."""
    view = state.need_view()
    if "MODSEQ" in command.words or command.changed_since is not None:
        state.enabled.add("CONDSTORE")
    uids = view.chosen(command.numbers, by_uid=command.by_uid)
    seen: frozenset[int] = frozenset()
    if state.may_write() and any(not section.peek for section in command.sections):
        marked: Marked = yield AskSeen(view.opened.collection, uids)
        seen = frozenset(row[0] for row in marked.rows)
        view.told |= {row[0]: row[3] for row in marked.rows}
    words = list(command.words)
    if state.condstore and seen and "MODSEQ" not in words:
        words.append("MODSEQ")
    source = yield AskFetch(
        view.opened.collection, view.uids, uids, words, command.sections, command.changed_since or 0,
        0 if state.rev2 else view.opened.recent, seen,
    )  # fmt: skip
    last = False
    while not last:
        more: More = yield AskMore(source)
        last = more.last
        if more.data:
            yield Send(more.data)
    return Done(b"OK", "FETCH done")


def store(state: State, command: Store) -> Talk:
    """STORE (RFC 9051 6.4.6, RFC 7162 3.1.3)."""
    view = _need_writable(state)
    if command.unchanged_since is not None:
        state.enabled.add("CONDSTORE")
    uids = view.chosen(command.numbers, by_uid=command.by_uid)
    if command.deed and not command.flags and not command.keywords:
        return Done(b"OK", "STORE done, there was nothing to do")
    marked: Marked = yield AskMark(
        view.opened.collection, uids, command.deed, command.flags, command.keywords, command.unchanged_since
    )
    yield from _tell_marked(state, view, marked, command)
    if not marked.modified:
        return Done(b"OK", "STORE done")
    numbers = marked.modified if command.by_uid else [view.number(uid) for uid in marked.modified]
    return Done(b"OK", "Some had changed meanwhile", b"MODIFIED %b" % compact(number for number in numbers if number))


def _tell_marked(state: State, view: View, marked: Marked, command: Store) -> Words:
    view.told |= {row[0]: row[3] for row in marked.rows}
    lines = new_keywords(view, " ".join(row[2] for row in marked.rows))
    for row in marked.rows:
        if not view.number(row[0]):
            continue
        if not command.silent:
            lines.append(flags_line(state, view, row, with_uid=command.by_uid))
        elif state.condstore:  # RFC 7162 3.1.3: the new modseq is told even when silent
            uid = b"UID %d " % row[0]
            lines.append(b"* %d FETCH (%bMODSEQ (%d))\r\n" % (view.number(row[0]), uid, row[3]))
    if lines:
        yield Send(b"".join(lines))


def transfer(state: State, command: Transfer) -> Talk:
    """COPY and MOVE (RFC 6851); MOVE tells COPYUID before the messages leave."""
    view = _need_writable(state) if command.move else state.need_view()
    uids = view.chosen(command.numbers, by_uid=command.by_uid)
    moved: Transferred = yield AskTransfer(view.opened.collection, uids, command.mailbox, command.move)
    name = "MOVE" if command.move else "COPY"
    if not moved.source:
        return Done(b"OK", f"{name} done, there was nothing to do")
    code = b"COPYUID %d %b %b" % (moved.uidvalidity, in_order(moved.source), in_order(moved.target))
    if not command.move:
        return Done(b"OK", "COPY done", code)
    yield Send(replies.untagged(b"OK", "Moved", code))
    yield from _tell_gone(view, moved.source)
    return Done(b"OK", "MOVE done")


def expunge(state: State, command: Expunge) -> Talk:
    """EXPUNGE and UID EXPUNGE (RFC 4315 2.1)."""
    view = _need_writable(state)
    uids: UidRanges | None = None
    if command.by_uid:
        uids = view.by_uid(None if command.saved else command.uids)
    gone: list[int] = yield AskExpunge(view.opened.collection, uids)
    yield from _tell_gone(view, gone)
    return Done(b"OK", "EXPUNGE done")


def _tell_gone(view: View, gone: Sequence[int]) -> Words:
    lines = [b"* %d EXPUNGE\r\n" % number for number in view.drop(gone)]
    if lines:
        yield Send(b"".join(lines))


def search(state: State, command: Search) -> Talk:
    """SEARCH, plain or extended (RFC 4731, RFC 5182)."""
    view = state.need_view()
    with_modseq = uses_modseq(command.key)
    if with_modseq:
        state.enabled.add("CONDSTORE")
    saves = command.results is not None and Result.SAVE in command.results
    key = resolved(command.key, view)
    if saves:
        view.saved = []  # RFC 5182 2.1: what fails saves nothing
    found: Found = yield AskSearch(view.opened.collection, key, view.last, with_modseq)
    uids = [uid for uid in found.uids if view.number(uid)]
    if saves:
        view.saved = _saved(uids, command.results or frozenset())
    numbers = uids if command.by_uid else [view.number(uid) for uid in uids]
    modseq = found.modseq if with_modseq and uids else 0
    if command.results is None and not state.rev2:
        told = b"".join(b" %d" % number for number in numbers)
        yield Send(b"* SEARCH%b%b\r\n" % (told, b" (MODSEQ %d)" % modseq if modseq else b""))
        return Done(b"OK", "SEARCH done")
    results = command.results or frozenset({Result.ALL})
    if results != {Result.SAVE}:
        yield Send(_extended(state.tag, command, numbers, results, modseq))
    return Done(b"OK", "SEARCH done")


def _saved(uids: list[int], results: frozenset[Result]) -> list[int]:
    """What ``$`` stands for: with MIN or MAX alone only those (RFC 5182 2.4)."""
    if results & {Result.ALL, Result.COUNT} or not results & {Result.MIN, Result.MAX} or not uids:
        return uids
    ends = [uids[0]] if Result.MIN in results else []
    if Result.MAX in results and uids[-1] not in ends:
        ends.append(uids[-1])
    return ends


def _extended(tag: bytes, command: Search, numbers: list[int], results: frozenset[Result], modseq: int) -> bytes:
    """The ESEARCH line."""
    parts = [b"UID"] if command.by_uid else []
    if numbers and Result.MIN in results:
        parts.append(b"MIN %d" % min(numbers))
    if numbers and Result.MAX in results:
        parts.append(b"MAX %d" % max(numbers))
    if numbers and Result.ALL in results:
        parts.append(b"ALL %b" % compact(sorted(numbers)))
    if Result.COUNT in results:
        parts.append(b"COUNT %d" % len(numbers))
    if modseq:
        parts.append(b"MODSEQ %d" % modseq)
    told = b"".join(b" %b" % part for part in parts)
    return b'* ESEARCH (TAG "%b")%b\r\n' % (tag, told)


def _need_writable(state: State) -> View:
    view = state.need_view()
    if view.readonly:
        raise Denied("The mailbox is open for reading only.")
    return view
