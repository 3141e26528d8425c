"""Who organises a meeting in a calendar that is not the writer's own (S34).

In a private calendar it is the owner, and who writes there for him is named as such, like a secretary; in a
group's calendar it is who made the entry, whoever changes it afterwards. Programs send themselves, since
the server sends no invitations, and put in whose account they are set up for. Invariants: an entry without
attendees, one that somebody else organises, and the invitation that the owner got himself stay as they
came; where the organiser is put right, that one line is another one and every other byte as it was.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import bindparam, select

from coserver.model.ids import PrincipalId
from coserver.model.item import Item
from coserver.pim import lines
from coserver.pim.books import Book
from coserver.pim.lines import Line, Part
from coserver.store import blobs, collections, lookup, shown, spaces
from coserver.store.tx import Tx
from coserver.store.views import login_name, own_address

_LOGIN = select(login_name.c.login).where(login_name.c.id == bindparam("account"))
_ADDRESSES = select(own_address.c.address).where(own_address.c.principal_id == bindparam("account"))
_KINDS = ("VEVENT", "VTODO", "VJOURNAL")
_CONTENT = re.compile(rb"[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*(?:\r\n|\n|\r|\Z)")  # with its folds (RFC 5545 3.1)
_FOLD = re.compile(rb"\r?\n[ \t]")


@dataclass(frozen=True, slots=True)
class Organiser:
    """Who organises: the content line that says so, and his address.

    `instead_of` are the addresses of the writer, who does not; `by` is the one of them that is named when he
    writes for the organiser. `invited`: the address of the owner of the calendar, who may be invited himself.
    """

    line: str
    address: str
    instead_of: frozenset[str]
    by: str = ""
    invited: str = ""


@dataclass(slots=True)
class _Entry:
    """One component of the text: where its organiser stands, and where one could."""

    end: int = 0
    organiser: Line | None = None
    span: tuple[int, int] | None = None
    attendees: set[str] = field(default_factory=set)


def is_meeting(data: bytes) -> bool:
    """Whether a calendar object may have attendees: a quick look, which finds too many rather than too few."""
    return b"ATTENDEE" in _FOLD.sub(b"", data).upper()


def of(tx: Tx, account: PrincipalId, book: Book, name: str) -> Organiser | None:
    """Who is to organise what the account puts under a name; None if it may say so itself."""
    if book.is_own:
        return None
    present = _present(tx, book, name)
    owner = _owner(tx, book, present)
    said = None if present is None else _said(blobs.open_(tx, present.blob).read())
    mine = frozenset(str(address).casefold() for address in tx.execute(_ADDRESSES, {"account": account}).scalars())
    writer = _login(tx, account)
    mine |= {writer.casefold()}
    if said is not None and _address(said):
        return None if _address(said) in mine else Organiser(_written(said), _address(said), mine)
    login = "" if owner is None or owner == account else _login(tx, owner)
    if not login:  # it is the writer's, or its maker's account is gone
        return None
    line = f'ORGANIZER;SENT-BY="mailto:{writer}":mailto:{login}'  # RFC 5545 3.2.18
    invited = login.casefold() if book.group is None else ""
    return Organiser(line, login.casefold(), mine, by=writer, invited=invited)


def applied(data: bytes, organiser: Organiser) -> bytes:
    """A calendar object with this organiser, where it says that the writer is or nobody; the same bytes otherwise."""
    out, done = bytearray(), 0
    for entry in _entries(data):
        line = _line_for(entry, organiser)
        if line is not None:
            start, end = entry.span or (entry.end, entry.end)
            out += data[done:start] + lines.folded(line)
            done = end
    return bytes(out + data[done:]) if done or out else data


def _line_for(entry: _Entry, organiser: Organiser) -> str | None:
    """The line that an entry gets for its organiser; None if it stays as it is."""
    if not entry.attendees or (entry.organiser is not None and organiser.invited in entry.attendees):
        return None
    told = "" if entry.organiser is None else _address(entry.organiser)
    if entry.organiser is not None and told == organiser.address:
        if organiser.by and "SENT-BY" not in dict(entry.organiser.params):
            params = (*entry.organiser.params, ("SENT-BY", f'"mailto:{organiser.by}"'))
            return _written(Line("ORGANIZER", params, entry.organiser.value))
        return None
    return organiser.line if not told or told in organiser.instead_of else None


def _entries(data: bytes) -> Iterator[_Entry]:
    """The entries of a calendar object in their order; what stands deeper (alarms) is no part of them."""
    stack: list[str] = []
    entry = _Entry()
    for found in _CONTENT.finditer(data):
        line = _read(found[0])
        if line is None:
            continue
        if line.name == "BEGIN":
            stack.append(line.value.strip().upper())
            if len(stack) == 2:
                entry = _Entry()
        elif line.name == "END":
            if len(stack) == 2 and stack[1] in _KINDS:
                entry.end = found.start()
                yield entry
            del stack[-1:]
        elif len(stack) == 2 and line.name == "ORGANIZER" and entry.organiser is None:
            entry.organiser, entry.span = line, found.span()
        elif len(stack) == 2 and line.name == "ATTENDEE":
            entry.attendees.add(_address(line) or "?")


def _read(raw: bytes) -> Line | None:
    text = _FOLD.sub(b"", raw.removeprefix(b"\xef\xbb\xbf")).decode("utf-8", "replace").rstrip("\r\n")
    return lines.read(text)


def _said(data: bytes) -> Line | None:
    """The organiser that a kept object names."""
    calendar = lines.parse(data)
    parts: list[Part] = [] if calendar is None else [part for part in calendar.parts if part.name in _KINDS]
    return next((line for part in parts for line in part.lines if line.name == "ORGANIZER"), None)


def _address(line: Line) -> str:
    """The mail address of a calendar user, in lower case; empty for what is none (as the name of an account)."""
    value = line.value.strip()
    scheme, colon, rest = value.partition(":")
    address = rest if colon and scheme.casefold() == "mailto" else value
    return address.casefold() if "@" in address else ""


def _written(line: Line) -> str:
    return line.name + "".join(f";{name}={value}" for name, value in line.params) + f":{line.value}"


def _present(tx: Tx, book: Book, name: str) -> Item | None:
    if not book.is_view:
        return lookup.find(tx, book.collection.id, name)
    row = shown.find(tx, book.collection.id, name)
    return None if row is None else lookup.get(tx, row.id)


def _owner(tx: Tx, book: Book, present: Item | None) -> PrincipalId | None:
    """Whose meeting it is: the owner's of a private calendar; in a group's his who made the entry."""
    if book.group is not None:
        return None if present is None else present.author
    at = book.collection if present is None else collections.get(tx, present.collection)
    return spaces.get(tx, at.space).owner


def _login(tx: Tx, account: PrincipalId) -> str:
    return str(tx.execute(_LOGIN, {"account": account}).scalar() or "")
