"""APPEND, FETCH, STORE, COPY and MOVE (RFC 9051 6.3.12 and 6.4)."""

import re
from collections.abc import Callable, Iterable

from coserver.imap.commands.values import Append, Command, Fetch, Message, Part, Section, Store, Transfer
from coserver.imap.wire import Cursor, Ranges
from coserver.model.errors import Malformed
from coserver.model.item import Flag

FLAGS = {
    b"\\SEEN": Flag.SEEN, b"\\ANSWERED": Flag.ANSWERED, b"\\FLAGGED": Flag.FLAGGED, b"\\DELETED": Flag.DELETED,
    b"\\DRAFT": Flag.DRAFT,
}  # fmt: skip
_MACROS = {
    "ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    "FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
    "FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
}
_WORDS = frozenset({"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY", "BODYSTRUCTURE", "UID", "MODSEQ"})
_OLD = {
    "RFC822": Section("RFC822", (), Part.ALL),
    "RFC822.HEADER": Section("RFC822.HEADER", (), Part.HEADER, peek=True),
    "RFC822.TEXT": Section("RFC822.TEXT", (), Part.TEXT),
}
_ITEM = re.compile(rb"[A-Za-z0-9.]+")
_NUMBERS = re.compile(rb"[1-9][0-9]{0,5}(?:\.[1-9][0-9]{0,5}){0,60}")
_PARTIAL = re.compile(rb"<([0-9]{1,19})\.([1-9][0-9]{0,18})>")
_MOST_ITEMS = 200
_MOST_FIELDS = 200
_LARGEST = (1 << 63) - 1


def flags_of(names: Iterable[bytes]) -> tuple[Flag, frozenset[str]]:
    """System flags and keywords; \\Recent cannot be set and is ignored (RFC 3501 2.3.2)."""
    flags, keywords = Flag(0), set()
    for name in names:
        if name.startswith(b"\\"):
            known = FLAGS.get(name.upper())
            if known is None and name.upper() != b"\\RECENT":
                raise Malformed(f"{name.decode('ascii')} is not a flag that can be set.")
            flags |= known or Flag(0)
        else:
            keywords.add(name.decode("ascii"))
    return flags, frozenset(keywords)


def read_append(cursor: Cursor) -> Command:
    """APPEND mailbox, then for each message [flags] [date] literal."""
    cursor.space()
    mailbox = cursor.mailbox()
    messages = []
    while cursor.accept(b" "):
        messages.append(_message(cursor))
    if not messages:
        raise cursor.wrong("the literal of a message")
    return Append(mailbox, tuple(messages))


def _message(cursor: Cursor) -> Message:
    names: list[bytes] = []
    moment = None
    if cursor.peek() == b"(":
        names = cursor.flags()
        cursor.space()
    if cursor.peek() == b'"':
        moment = cursor.moment()
        cursor.space()
    return Message(cursor.streamed(), *flags_of(names), moment)


def _numbers(cursor: Cursor) -> Ranges | None:
    """A sequence set, or None for the saved result ``$`` (RFC 5182)."""
    cursor.space()
    return None if cursor.accept(b"$") else cursor.numbers()


def reading_fetch(*, by_uid: bool) -> Callable[[Cursor], Command]:
    """What reads FETCH or UID FETCH."""

    def read(cursor: Cursor) -> Command:
        numbers = _numbers(cursor)
        cursor.space()
        words: list[str] = []
        sections: list[Section] = []
        if cursor.accept(b"("):
            while not cursor.accept(b")"):
                _item(cursor, words, sections)
                while cursor.accept(b" "):
                    pass
        else:
            _item(cursor, words, sections, macros=True)
        since = None
        if cursor.accept(b" "):
            cursor.expect(b"(CHANGEDSINCE ")  # RFC 7162 3.1.4.1
            since = cursor.number(_LARGEST)
            cursor.expect(b")")
            words.append("MODSEQ")
        if by_uid:
            words.insert(0, "UID")
        return Fetch(numbers, tuple(dict.fromkeys(words)), tuple(sections), by_uid, since)

    return read


def _item(cursor: Cursor, words: list[str], sections: list[Section], *, macros: bool = False) -> None:
    if len(words) + len(sections) > _MOST_ITEMS:
        raise Malformed("FETCH asks for too many items.")
    word = cursor.need(_ITEM, "an item of FETCH").decode("ascii").upper()
    if macros and word in _MACROS:
        words.extend(_MACROS[word])
    elif cursor.peek() == b"[":
        sections.append(_section(cursor, word))
    elif word in _OLD:
        sections.append(_OLD[word])
    elif word in _WORDS:
        words.append(word)
    else:
        raise Malformed(f"{word} is not an item of FETCH.")


def _section(cursor: Cursor, word: str) -> Section:
    peek = word.endswith(".PEEK")
    name = word.removesuffix(".PEEK")
    if name not in {"BODY", "BINARY", "BINARY.SIZE"} or word == "BINARY.SIZE.PEEK":
        raise Malformed(f"{word} takes no section.")
    cursor.expect(b"[")
    found = cursor.match(_NUMBERS)
    number = tuple(int(one) for one in found[0].split(b".")) if found is not None else ()
    part = Part.ALL
    fields: tuple[bytes, ...] = ()
    if name == "BODY" and cursor.peek() != b"]":
        if number:
            cursor.expect(b".")
        part, fields = _part(cursor, number)
    cursor.expect(b"]")
    partial = cursor.match(_PARTIAL) if name != "BINARY.SIZE" else None
    span = (int(partial[1]), int(partial[2])) if partial is not None else None
    return Section(name, number, part, fields, span, peek or name == "BINARY.SIZE")


def _part(cursor: Cursor, number: tuple[int, ...]) -> tuple[Part, tuple[bytes, ...]]:
    word = cursor.need(_ITEM, "a section").decode("ascii").upper()
    if word not in {part.value for part in Part if part is not Part.ALL} or (word == "MIME" and not number):
        raise Malformed(f"{word} is not a section of a message.")
    part = Part(word)
    if part not in {Part.FIELDS, Part.FIELDS_NOT}:
        return part, ()
    cursor.space()
    cursor.expect(b"(")
    fields = [cursor.astring()]
    while not cursor.accept(b")"):
        cursor.space()
        fields.append(cursor.astring())
        if len(fields) > _MOST_FIELDS:
            raise Malformed("Too many header fields.")
    return part, tuple(fields)


def reading_store(*, by_uid: bool) -> Callable[[Cursor], Command]:
    """What reads STORE or UID STORE."""

    def read(cursor: Cursor) -> Command:
        numbers = _numbers(cursor)
        cursor.space()
        since = None
        if cursor.accept(b"(UNCHANGEDSINCE "):  # RFC 7162 3.1.3
            since = cursor.number(_LARGEST)
            cursor.expect(b")")
            cursor.space()
        deed = "+" if cursor.accept(b"+") else "-" if cursor.accept(b"-") else ""
        cursor.expect(b"FLAGS")
        silent = cursor.accept(b".SILENT")
        cursor.space()
        if cursor.peek() == b"(":
            names = cursor.flags()
        else:
            names = [cursor.flag()]
            while cursor.accept(b" "):
                names.append(cursor.flag())
        return Store(numbers, deed, *flags_of(names), silent, by_uid, since)

    return read


def reading_transfer(*, by_uid: bool, move: bool) -> Callable[[Cursor], Command]:
    """What reads COPY, MOVE and their UID forms."""

    def read(cursor: Cursor) -> Command:
        numbers = _numbers(cursor)
        cursor.space()
        return Transfer(numbers, cursor.mailbox(), by_uid, move)

    return read
