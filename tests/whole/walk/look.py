"""What one account is shown by every protocol, brought into one form.

Calendars and address books are kept as a client keeps them: by sync tokens from one look to the next. So what a token
leaves out is found as well as what a listing shows wrongly.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Any

from tests.whole.walk.wire import Imap, Told, Web

HOME = (
    '<propfind xmlns="DAV:"><prop><displayname/><resourcetype/><sync-token/><current-user-privilege-set/>'
    "</prop></propfind>"
)
SYNC = (
    '<sync-collection xmlns="DAV:" xmlns:A="urn:ietf:params:xml:ns:caldav" xmlns:B="urn:ietf:params:xml:ns:carddav">'
    "<sync-token>{}</sync-token><sync-level>1</sync-level><prop>{}</prop>"
    "</sync-collection>"
)
DATA = {"calendar": "<A:calendar-data/>", "contacts": "<B:address-data/>"}
ENTRIES = '<propfind xmlns="DAV:"><prop><current-user-privilege-set/></prop></propfind>'
FILES = '<propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><current-user-privilege-set/></prop></propfind>'
LISTED = re.compile(rb'\* (?:LIST|LSUB) \(([^)]*)\) "/" "?([^"\r\n]+?)"?(?: \(.*)?\r\n')
LETTERS = re.compile(rb'\* MYRIGHTS "?([^"\r\n]+?)"? ([a-z]*)\r\n')
COUNTED = re.compile(rb'\* STATUS "?([^"\r\n]+?)"? \(MESSAGES (\d+)\)\r\n')
FETCHED = re.compile(rb"\* \d+ FETCH \(.*?UID (\d+)")
SIZE = re.compile(rb"RFC822.SIZE (\d+)")
LABEL = re.compile(rb"(?:Subject: |SUMMARY:|FN:)(?:=\?utf-8\?q\?)?([^\r\n]+)")


@dataclass(frozen=True)
class Message:
    """One message of a mailbox; `label` is its subject."""

    uid: int
    label: str
    size: int


@dataclass(frozen=True)
class Entry:
    """An entry of a book: what it says, the name of the object, and what may be done with it."""

    label: str
    size: int
    privileges: frozenset[str] = frozenset()


@dataclass
class Book:
    """A calendar or address book, as a client keeps it."""

    href: str
    tool: str
    privileges: frozenset[str] = frozenset()
    token: str = ""
    entries: dict[str, Entry] = field(default_factory=dict)


@dataclass
class View:
    """All that one account is shown: by name of mailbox, title of book, path on the drive."""

    letters: dict[str, str] = field(default_factory=dict)
    subscribed: set[str] = field(default_factory=set)
    messages: dict[str, list[Message]] = field(default_factory=dict)
    books: dict[tuple[str, str], Book] = field(default_factory=dict)
    folders: dict[str, frozenset[str]] = field(default_factory=dict)
    files: dict[str, Entry] = field(default_factory=dict)


@dataclass
class Looker:
    """The programs of one account; they stay connected."""

    login: str
    imap: Imap
    web: Web
    view: View = field(default_factory=View)

    def look(self) -> View:
        """Everything, anew but for what sync tokens say is as it was."""
        kept = {book.href: book for book in self.view.books.values()}
        self.view = View()
        torn = self._mail() and self._mail()  # a letter of the house may come between the count and the look
        assert not torn, (self.login, torn)
        self._books(kept)
        self._folder("/")
        return self.view

    def close(self) -> None:
        """Hang up."""
        self.imap.close()
        self.web.close()

    # ------------------------------------------------------------ mail

    def _mail(self) -> list[str]:
        """Look into all mailboxes; those whose counts did not agree with what was in them."""
        asked = 'LIST "" "*" RETURN (MYRIGHTS STATUS (MESSAGES))'
        listing, subscribed = self.imap.all([asked, 'LSUB "" "*"'])
        names = [found[2].decode() for found in _found(LISTED, listing.lines) if b"NonExistent" not in found[1]]
        self.view.letters = {found[1].decode(): found[2].decode() for found in _found(LETTERS, listing.lines)}
        assert set(names) == set(self.view.letters)
        self.view.subscribed = {
            found[2].decode() for found in _found(LISTED, subscribed.lines) if b"Noselect" not in found[1]
        }
        counted = {found[1].decode(): int(found[2]) for found in _found(COUNTED, listing.lines)}
        assert counted.keys() == set(names)
        self.view.messages = {name: [] for name in names}
        torn, full = [], [name for name in names if counted[name]]
        commands = []
        for name in full:
            commands += [f'EXAMINE "{name}"', "UID FETCH 1:* (RFC822.SIZE BODY.PEEK[])"]
        answers = self.imap.all([*commands, *(["UNSELECT"] if full else [])])
        for name, opened, fetched in zip(full, answers[0::2], answers[1::2], strict=False):
            assert (opened.kind, fetched.kind) == ("ok", "ok"), (self.login, name, opened.text, fetched.text)
            self.view.messages[name] = [_message(line) for line in fetched.lines if FETCHED.match(line)]
            told = next(line for line in opened.lines if line.endswith(b" EXISTS\r\n"))
            if not int(told.split()[1]) == len(self.view.messages[name]) == counted[name]:
                torn.append(name)
        return torn

    # ------------------------------------------------------------ calendars and contacts

    def _books(self, kept: dict[str, Book]) -> None:
        _, found = self.web.multi("PROPFIND", f"/dav/{self.login}/", HOME, Depth="1")
        assert found
        for told in found[1:]:
            kind = {one.tag.rpartition("}")[2] for one in told.props["resourcetype"]}
            if not kind & {"calendar", "addressbook"}:
                continue
            tool = "calendar" if "calendar" in kind else "contacts"
            book = kept.get(told.href) or Book(told.href, tool)
            book.privileges = told.privileges
            if book.token != told.props["sync-token"].text or not book.token:
                self._synchronise(book)
            if book.entries:
                self._privileges(book)
            self.view.books[tool, told.props["displayname"].text] = book

    def _synchronise(self, book: Book) -> None:
        asked = SYNC.format(book.token, DATA[book.tool])
        answer, found = self.web.multi("REPORT", book.href, asked)
        if b"valid-sync-token" in answer.body and book.token:
            book.token, book.entries = "", {}
            return self._synchronise(book)
        assert answer.status == 207, (self.login, book.href, answer)
        for told in found:
            name = told.href.rpartition("/")[2]
            if told.gone:
                book.entries.pop(name, None)
            else:
                book.entries[name] = _entry(told)
        book.token = answer.body.decode().partition("sync-token>")[2].partition("<")[0]
        return None

    def _privileges(self, book: Book) -> None:
        """What may be done with each entry; a listing has the same entries as what was kept."""
        _, found = self.web.multi("PROPFIND", book.href, ENTRIES, Depth="1")
        told = {one.href.rpartition("/")[2]: one.privileges for one in found[1:]}
        assert told.keys() == book.entries.keys(), (self.login, book, told)
        for name, privileges in told.items():
            book.entries[name] = replace(book.entries[name], privileges=privileges)

    # ------------------------------------------------------------ the drive

    def _folder(self, path: str) -> None:
        _, found = self.web.multi("PROPFIND", f"/drive{path}", FILES, Depth="1")
        assert found, (self.login, path)
        self.view.folders[path] = found[0].privileges
        for told in found[1:]:
            below = told.href.removeprefix("/drive")
            if len(told.props["resourcetype"]):
                self._folder(below)
            else:
                answer = self.web.ask("GET", told.href)
                assert answer.status == 200, (self.login, told.href, answer)
                assert len(answer.body) == int(told.props["getcontentlength"].text)
                label = answer.body.partition(b"\n")[0].decode()
                self.view.files[below] = Entry(label, len(answer.body), told.privileges)


def _found(pattern: re.Pattern[bytes], lines: tuple[bytes, ...]) -> list[re.Match[bytes]]:
    return [found for line in lines if (found := pattern.match(line))]


def _message(line: bytes) -> Message:
    uid, size, label = FETCHED.match(line), SIZE.search(line), LABEL.search(line)
    assert uid
    assert size
    return Message(int(uid[1]), label[1].decode() if label else "", int(size[1]))


def _entry(told: Told) -> Entry:
    data: Any = told.props.get("calendar-data")
    text = (told.props["address-data"] if data is None else data).text.encode()
    label = LABEL.search(text)
    size = len(text.replace(b"\r", b"")) + text.count(b"\n")  # XML makes one character of the two at the end of a line
    return Entry(label[1].decode() if label else "", size)
