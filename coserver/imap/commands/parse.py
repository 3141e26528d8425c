"""A whole command: its tag, its name and what follows."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from unicodedata import normalize

from coserver.imap.commands import listing, messages, search
from coserver.imap.commands.values import (
    Authenticate,
    Command,
    Create,
    Enable,
    Expunge,
    Identify,
    Login,
    OneName,
    OnIdentifier,
    Plain,
    Rename,
    Select,
    Tagged,
)  # fmt: skip
from coserver.imap.wire import TAG, Cursor
from coserver.model.errors import Malformed

_PLAIN = ("CAPABILITY", "NOOP", "LOGOUT", "STARTTLS", "CHECK", "CLOSE", "UNSELECT", "NAMESPACE", "IDLE")
_ON_NAMES = ("DELETE", "SUBSCRIBE", "UNSUBSCRIBE", "GETQUOTAROOT", "GETQUOTA", "GETACL", "MYRIGHTS")
_LONGEST_IDENTIFIER = 400
_BASE64 = re.compile(rb"[A-Za-z0-9+/=]*")
_MOST_ID_FIELDS = 30  # RFC 2971 3.3


def tag_of(raw: bytes) -> bytes:
    """The tag of a command, ``*`` where it has none that can be answered."""
    found = TAG.match(raw)
    return found[0] if found is not None and len(found[0]) <= 200 else b"*"


def parse(raw: bytes) -> Tagged:
    """The command that these bytes are.

    Raises:
        Malformed: they are none.
    """
    cursor = Cursor(raw)
    tag = cursor.need(TAG, "a tag")
    cursor.space()
    name = cursor.atom().decode("ascii")
    by_uid = name == "UID"
    if by_uid:
        cursor.space()
        name = cursor.atom().decode("ascii")
    known = _BY_UID if by_uid else _KNOWN
    reading = known.get(name)
    if reading is None:
        raise Malformed(f"There is no command {'UID ' if by_uid else ''}{name}.")
    command = reading(cursor)
    cursor.end()
    return Tagged(tag, command)


def _plain(name: str) -> Callable[[Cursor], Command]:
    def read(_: Cursor) -> Command:
        return Plain(name)

    return read


def _login(cursor: Cursor) -> Command:
    cursor.space()
    name = cursor.text()
    cursor.space()
    return Login(name, cursor.text())


def _authenticate(cursor: Cursor) -> Command:
    cursor.space()
    mechanism = cursor.atom().decode("ascii")
    initial = None
    if cursor.accept(b" "):
        initial = cursor.need(_BASE64, "a response in base64")
    return Authenticate(mechanism, initial)


def _enable(cursor: Cursor) -> Command:
    names = []
    while cursor.accept(b" "):
        names.append(cursor.atom().decode("ascii"))
    if not names:
        raise cursor.wrong("a capability")
    return Enable(tuple(names))


def _identify(cursor: Cursor) -> Command:
    cursor.space()
    fields: list[tuple[str, str]] = []
    if not cursor.accept(b"("):
        cursor.nstring()
        return Identify(())
    while not cursor.accept(b")"):
        field = cursor.string().decode("utf-8", "replace")
        cursor.space()
        value = cursor.nstring() or b""
        fields.append((field[:30], value.decode("utf-8", "replace")[:1024]))
        if len(fields) > _MOST_ID_FIELDS:
            raise Malformed(f"ID takes up to {_MOST_ID_FIELDS} fields.")
        while cursor.accept(b" "):
            pass
    return Identify(tuple(fields))


def _select(readonly: bool) -> Callable[[Cursor], Command]:
    def read(cursor: Cursor) -> Command:
        cursor.space()
        mailbox = cursor.mailbox()
        condstore = False
        if cursor.accept(b" "):
            cursor.expect(b"(CONDSTORE)")  # RFC 7162 3.1.8
            condstore = True
        return Select(mailbox, readonly, condstore)

    return read


def _create(cursor: Cursor) -> Command:
    cursor.space()
    mailbox = cursor.mailbox()
    role = ""
    if cursor.accept(b" "):
        cursor.expect(b"(USE (")  # RFC 6154 3
        if not cursor.accept(b")"):
            role = cursor.flag().decode("ascii").title()
            cursor.expect(b")")
        cursor.expect(b")")
    return Create(mailbox, role)


def _one_name(name: str) -> Callable[[Cursor], Command]:
    def read(cursor: Cursor) -> Command:
        cursor.space()
        return OneName(name, cursor.mailbox())

    return read


def _on_identifier(name: str) -> Callable[[Cursor], Command]:
    """A mailbox, an identifier and with SETACL the rights (RFC 4314 7)."""

    def read(cursor: Cursor) -> Command:
        cursor.space()
        mailbox = cursor.mailbox()
        cursor.space()
        identifier = normalize("NFKC", cursor.text()).strip()
        if not identifier.isprintable() or not 0 < len(identifier) <= _LONGEST_IDENTIFIER:
            raise Malformed("An identifier is the name of a group, a login, or GROUP/LOGIN.")
        change = ""
        if name == "SETACL":
            cursor.space()
            change = cursor.text()
        return OnIdentifier(name, mailbox, identifier, change)

    return read


def _rename(cursor: Cursor) -> Command:
    cursor.space()
    mailbox = cursor.mailbox()
    cursor.space()
    return Rename(mailbox, cursor.mailbox())


def _expunge(_: Cursor) -> Command:
    return Expunge()


def _uid_expunge(cursor: Cursor) -> Command:
    cursor.space()
    if cursor.accept(b"$"):
        return Expunge(None, by_uid=True, saved=True)
    return Expunge(cursor.numbers(), by_uid=True)


_KNOWN: Mapping[str, Callable[[Cursor], Command]] = MappingProxyType(
    {
        **{name: _plain(name) for name in _PLAIN},
        **{name: _one_name(name) for name in _ON_NAMES},
        **{name: _on_identifier(name) for name in ("SETACL", "DELETEACL", "LISTRIGHTS")},
        "LOGIN": _login,
        "AUTHENTICATE": _authenticate,
        "ENABLE": _enable,
        "ID": _identify,
        "SELECT": _select(readonly=False),
        "EXAMINE": _select(readonly=True),
        "CREATE": _create,
        "RENAME": _rename,
        "LIST": listing.read_list,
        "LSUB": listing.read_lsub,
        "STATUS": listing.read_status,
        "APPEND": messages.read_append,
        "EXPUNGE": _expunge,
        "SEARCH": search.reading(by_uid=False),
        "FETCH": messages.reading_fetch(by_uid=False),
        "STORE": messages.reading_store(by_uid=False),
        "COPY": messages.reading_transfer(by_uid=False, move=False),
        "MOVE": messages.reading_transfer(by_uid=False, move=True),
    }
)
_BY_UID: Mapping[str, Callable[[Cursor], Command]] = MappingProxyType(
    {
        "EXPUNGE": _uid_expunge,
        "SEARCH": search.reading(by_uid=True),
        "FETCH": messages.reading_fetch(by_uid=True),
        "STORE": messages.reading_store(by_uid=True),
        "COPY": messages.reading_transfer(by_uid=True, move=False),
        "MOVE": messages.reading_transfer(by_uid=True, move=True),
    }
)
