"""LIST, LSUB and STATUS (RFC 5258, RFC 5819, RFC 9051 6.3.9 to 6.3.11)."""

from coserver.imap.commands.values import Command, List, Status
from coserver.imap.wire import LIST_MAILBOX, Cursor, mailbox_name
from coserver.model.errors import Malformed

STATUS_ITEMS = frozenset({"MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "DELETED", "SIZE", "HIGHESTMODSEQ"})
_SELECT = frozenset({"SUBSCRIBED", "REMOTE", "RECURSIVEMATCH", "SPECIAL-USE"})
_GIVE = frozenset({"SUBSCRIBED", "CHILDREN", "SPECIAL-USE", "STATUS", "MYRIGHTS"})  # RFC 8440 3
_MOST_PATTERNS = 100


def read_list(cursor: Cursor) -> Command:
    """LIST [options] reference patterns [RETURN options]."""
    cursor.space()
    select: frozenset[str] = frozenset()
    extended = False
    if cursor.accept(b"("):
        select, extended = _options(cursor, _SELECT), True
        cursor.space()
    if select == {"RECURSIVEMATCH"}:
        raise Malformed("RECURSIVEMATCH needs another selection option.")  # RFC 5258 3.1
    reference = cursor.mailbox()
    cursor.space()
    if cursor.accept(b"("):
        patterns, extended = _patterns(cursor), True
    else:
        patterns = (_pattern(cursor),)
    give: frozenset[str] = frozenset()
    status: tuple[str, ...] = ()
    if cursor.accept(b" "):
        cursor.expect(b"RETURN (")
        give, status = _give(cursor)
        extended = True
    return List(reference, patterns, select, give, status, extended=extended)


def read_lsub(cursor: Cursor) -> Command:
    """LSUB reference pattern (RFC 3501 6.3.9)."""
    cursor.space()
    reference = cursor.mailbox()
    cursor.space()
    return List(reference, (_pattern(cursor),), frozenset({"SUBSCRIBED"}), lsub=True)


def read_status(cursor: Cursor) -> Command:
    """STATUS mailbox (items)."""
    cursor.space()
    mailbox = cursor.mailbox()
    cursor.space()
    cursor.expect(b"(")
    return Status(mailbox, _status_items(cursor))


def _patterns(cursor: Cursor) -> tuple[str, ...]:
    found = [_pattern(cursor)]
    while not cursor.accept(b")"):
        cursor.space()
        found.append(_pattern(cursor))
        if len(found) > _MOST_PATTERNS:
            raise Malformed("Too many patterns.")
    return tuple(found)


def _pattern(cursor: Cursor) -> str:
    raw = cursor.match(LIST_MAILBOX)
    return mailbox_name(raw[0] if raw is not None else cursor.string())


def _options(cursor: Cursor, known: frozenset[str]) -> frozenset[str]:
    found: set[str] = set()
    while not cursor.accept(b")"):
        name = cursor.atom().decode("ascii")
        if name not in known:
            raise Malformed(f"{name} is not an option of LIST here.")
        found.add(name)
        while cursor.accept(b" "):
            pass
    return frozenset(found)


def _give(cursor: Cursor) -> tuple[frozenset[str], tuple[str, ...]]:
    found: set[str] = set()
    status: tuple[str, ...] = ()
    while not cursor.accept(b")"):
        name = cursor.atom().decode("ascii")
        if name not in _GIVE:
            raise Malformed(f"{name} is not a return option of LIST.")
        if name == "STATUS":
            cursor.space()
            cursor.expect(b"(")
            status = _status_items(cursor)
        found.add(name)
        while cursor.accept(b" "):
            pass
    return frozenset(found), status


def _status_items(cursor: Cursor) -> tuple[str, ...]:
    found: list[str] = []
    while not cursor.accept(b")"):
        name = cursor.atom().decode("ascii")
        if name not in STATUS_ITEMS:
            raise Malformed(f"{name} is not an item of STATUS.")
        if name not in found:
            found.append(name)
        while cursor.accept(b" "):
            pass
    if not found:
        raise cursor.wrong("an item of STATUS")
    return tuple(found)
