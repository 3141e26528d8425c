"""Filling in a contact: a vCard with other common fields, and everything else in it as it was.

Invariants: a content line whose value is as it was stays byte for byte, and so does every property that is no
common field; one that changes keeps its group and parameters. What cannot be kept so (vCard 2.1) is not changed.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TypeVar
from uuid import uuid4

from coserver.model.errors import Denied, Malformed
from coserver.pim import contact, lines
from coserver.pim.contact import MOST, PLACE, Contact
from coserver.pim.lines import Line

LONGEST = 2000  # characters of a field
LONGEST_NOTE = 20_000
_HEAD = re.compile(r"(?:[A-Za-z0-9-]+\.)?[A-Za-z0-9-]+")
_OF_FORM = ("VALUE", "ENCODING", "CHARSET")  # parameters of how a value is written: ours is a text
_NAME_PARTS = 5

T = TypeVar("T", str, tuple[str, ...])
Writing = Callable[[Line | None, T], str]


def made(given: Contact, *, now: datetime) -> tuple[str, bytes]:
    """A new card and the name it is to have; in vCard 3.0, which every program reads."""
    number = str(uuid4())
    empty = f"BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//coserver//portal//EN\r\nUID:{number}\r\nEND:VCARD\r\n"
    return f"{number}.vcf", changed(empty.encode(), given, now=now)


def is_open(data: bytes) -> bool:
    """Whether a card is of a kind that can be changed here."""
    versions = {
        line.value.strip() for line in map(contact.content, contact.pieces(data)) if line and line.name == "VERSION"
    }
    return versions in ({"3.0"}, {"4.0"})


def changed(data: bytes, given: Contact, *, now: datetime) -> bytes:
    """A card with these common fields.

    Raises:
        Malformed: there is nothing that it could be called, or a field cannot be so.
        Denied: it is written in a way that is not understood well enough to be changed.
    """
    if not is_open(data):
        raise Denied("This contact is kept in an old form (vCard 2.1): only the program that made it can change it.")
    given, before = _checked(given), contact.read(data)
    card = _Card(data)
    called = given.called
    card.one("FN", lambda line: contact.tidy(contact.plain(line.value)) == called, _escaped(called))
    card.parts("N", {0: given.last, 1: given.first}, _NAME_PARTS, needed=True)
    card.parts("ORG", {0: given.organisation}, 1)
    card.many("EMAIL", given.mails, contact.simple, lambda line, mail: _escaped(mail))
    card.many("TEL", given.phones, contact.simple, lambda line, phone: _escaped(phone))
    card.many("ADR", given.places, contact.place, _placed)
    if given.birthday != before.birthday:
        day = given.birthday if card.version == "3.0" else given.birthday.replace("-", "")  # RFC 6350 4.3.1
        card.one("BDAY", lambda line: False, day)
    card.one("NOTE", lambda line: _note(contact.plain(line.value)) == given.note, _escaped(given.note))
    card.one("REV", lambda line: False, now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ"))
    return card.written()


# ---------------------------------------------------------------- inside


class _Card:
    """The content lines of a card while they are changed; the last of them ends it."""

    def __init__(self, data: bytes) -> None:
        self._pieces = contact.pieces(data)
        self.version = next(line.value.strip() for _, line in self._lines("VERSION"))

    def written(self) -> bytes:
        """All of it."""
        return "".join(self._pieces).encode()

    def one(self, name: str, is_same: Callable[[Line], bool], value: str) -> None:
        """Let the first property of that name have this value; an empty one removes it."""
        at, line = next(self._lines(name), (None, None))
        if at is None or line is None:
            self._add(name, value)
        elif not is_same(line):
            self._set(at, value)

    def parts(self, name: str, given: dict[int, str], width: int, *, needed: bool = False) -> None:
        """The same of some parts of a property."""
        at, line = next(self._lines(name), (None, None))
        held = [] if line is None else contact.parts(line.value)
        held += [""] * (width - len(held))
        wrong = {number: text for number, text in given.items() if contact.tidy(contact.plain(held[number])) != text}
        for number, text in wrong.items():
            held[number] = _escaped(text)
        value = ";".join(held) if needed or any(held) else ""
        if at is None:
            self._add(name, value)
        elif wrong:
            self._set(at, value)

    def many(self, name: str, wanted: Sequence[T], reading: Callable[[Line], T], writing: Writing[T]) -> None:
        """Let the first of these properties have those values; a line that has one of them stays as it is."""
        there = [(at, line) for at, line in list(self._lines(name))[:MOST] if any(reading(line))]
        left, free = list(wanted), []
        for at, line in there:
            if reading(line) in left:
                left.remove(reading(line))
            else:
                free.append((at, line))
        for at, line in free:
            self._set(at, writing(line, left.pop(0)) if left else "")
        for value in left:
            self._add(name, writing(None, value))

    def _lines(self, name: str) -> Iterator[tuple[int, Line]]:
        for at, piece in enumerate(self._pieces):
            line = contact.content(piece)
            if line is not None and line.name == name:
                yield at, line

    def _set(self, at: int, value: str) -> None:
        """Another value, of a text; without one the line goes."""
        line, head = contact.content(self._pieces[at]), _HEAD.match(self._pieces[at])
        if not value or line is None or head is None:
            self._pieces[at] = ""
            return
        told = "".join(f";{name}={param}" for name, param in line.params if name not in _OF_FORM)
        self._pieces[at] = lines.folded(f"{head[0]}{told}:{value}").decode()

    def _add(self, name: str, value: str) -> None:
        if value:
            end = max(at for at, line in self._lines("END"))
            self._pieces.insert(end, lines.folded(f"{name}:{value}").decode())


def _placed(line: Line | None, place: tuple[str, ...]) -> str:
    """A place as ADR has it; the post box and what else was told before the street stay."""
    held = [] if line is None else contact.parts(line.value)
    held += [""] * (max(PLACE) + 1 - len(held))
    for number, text in zip(PLACE, place, strict=True):
        if contact.tidy(contact.plain(held[number])) != text:
            held[number] = _escaped(text)
    return ";".join(held)


def _checked(given: Contact) -> Contact:
    """The fields without spaces around them, each on one line but for the note.

    Raises:
        Malformed.
    """
    found = replace(
        given,
        shown_as=_line(given.shown_as), first=_line(given.first), last=_line(given.last),
        organisation=_line(given.organisation),
        mails=tuple(filter(None, map(_line, given.mails))), phones=tuple(filter(None, map(_line, given.phones))),
        places=tuple(filter(any, (tuple(map(_line, place)) for place in given.places))),
        birthday=_line(given.birthday), note=_note(given.note),
    )  # fmt: skip
    if not found.called:
        raise Malformed("Please type a name, an organisation, a mail address or a phone number.")
    if len(found.note) > LONGEST_NOTE:
        raise Malformed("The note is too long.")
    if found.birthday and not _is_day(found.birthday):
        raise Malformed("Please type the birthday as year, month and day, like 1990-12-31.")
    return found


def _note(text: str) -> str:
    """A note as a form keeps it: without line breaks at its ends, which browsers drop."""
    return contact.CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _line(text: str) -> str:
    text = contact.tidy(text)
    if len(text) > LONGEST:
        raise Malformed("A field is too long.")
    return text


def _escaped(text: str) -> str:
    """RFC 2426 2.4.2, RFC 6350 3.4"""
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\n", "\\n")
