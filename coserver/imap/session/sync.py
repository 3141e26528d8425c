"""Telling the client what changed in the open mailbox, at the moments the protocol allows."""

from coserver.imap import replies
from coserver.imap.asks import AskPoll, Close, News, Send, Watch
from coserver.imap.session.state import State, View, Words
from coserver.model.errors import Missing


def catch_up(state: State) -> Words:
    """Tell of what others did: EXPUNGE, EXISTS, FETCH (RFC 9051 7.4.1, 7.5.1).

    Not while a FETCH, STORE or SEARCH by sequence number is answered: the numbers must stand.
    """
    view = state.view
    if view is None or not view.stale:
        return
    view.stale = False
    try:
        news: News = yield AskPoll(view.opened.collection, view.modseq, tell_recent=not view.readonly)
    except Missing:
        yield from lose(state)
        return
    lines = [b"* %d EXPUNGE\r\n" % number for number in view.drop(news.gone)]
    lines += _told(state, view, news)
    if news.changeable != view.changeable:  # RFC 4314 5.1.1
        view.changeable = news.changeable
        lines += flag_lines(view)
    view.modseq = max(view.modseq, news.modseq)
    view.uidnext = news.uidnext
    view.told.clear()
    if lines:
        yield Send(b"".join(lines))


def _told(state: State, view: View, news: News) -> list[bytes]:
    arrived = [row[0] for row in news.changed if row[0] >= view.uidnext]
    lines: list[bytes] = []
    if arrived:
        view.uids.extend(arrived)
        lines.append(b"* %d EXISTS\r\n" % len(view.uids))
        if not state.rev2:
            recent = len(view.uids) - sum(uid < view.opened.recent for uid in view.uids)
            lines.append(b"* %d RECENT\r\n" % recent)
    lines += new_keywords(view, " ".join(row[2] for row in news.changed))
    fresh = set(arrived)
    for uid, flags, keywords, modseq in news.changed:
        number = view.number(uid)
        if number and uid not in fresh and view.told.get(uid) != modseq:
            lines.append(flags_line(state, view, (uid, flags, keywords, modseq)))
    return lines


def flags_line(state: State, view: View, row: tuple[int, int, str, int], *, with_uid: bool = False) -> bytes:
    """The FETCH that tells the flags of one message."""
    uid, flags, keywords, modseq = row
    recent = not state.rev2 and uid >= view.opened.recent
    told = b"FLAGS (%b)" % replies.flags(flags, keywords, recent=recent)
    if with_uid or state.condstore or state.rev2:
        told = b"UID %d %b" % (uid, told)
    if state.condstore:
        told += b" MODSEQ (%d)" % modseq
    return b"* %d FETCH (%b)\r\n" % (view.number(uid), told)


def new_keywords(view: View, words: str) -> list[bytes]:
    """A FLAGS line when keywords came up that the client does not know (RFC 3501 7.2.6)."""
    known = {word.casefold() for word in view.keywords}
    fresh = {word for word in words.split(" ") if word and word.casefold() not in known}
    if not fresh:
        return []
    view.keywords |= fresh
    return [flag_lines(view)[0]]


def flag_lines(view: View) -> tuple[bytes, bytes]:
    """The FLAGS line, and the PERMANENTFLAGS that may be changed."""
    system = b" ".join(name for _, name in replies.FLAG_NAMES)
    words = " ".join(sorted(view.keywords)).encode("ascii", "replace")
    known = b"%b %b" % (system, words) if words else system
    permanent = b"" if view.readonly else _permanent(view, words)
    return b"* FLAGS (%b)\r\n" % known, b"* OK [PERMANENTFLAGS (%b)] Flags that stay\r\n" % permanent


def _permanent(view: View, words: bytes) -> bytes:
    """What the account may change (RFC 4314 5.1.1)."""
    may = view.changeable
    parts = [name for flag, name in replies.FLAG_NAMES if flag & may.flags]
    if may.keywords:
        parts += [words, b"\\*"] if words else [b"\\*"]
    return b" ".join(parts)


def lose(state: State) -> Words:
    """The open mailbox was deleted or may not be read any more: the session ends (R17)."""
    state.view = None
    yield Watch(None)
    yield Send(replies.untagged(b"BYE", "The mailbox is not there any more. Please connect again."))
    yield Close()
