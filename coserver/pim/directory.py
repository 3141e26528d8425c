"""Address books as people read them: the contacts of one by name, or those that a word is found in.

Invariants: what the account may not read is not there, and is not searched; what a page costs grows with the
names of a book alone, since of each card no more than the lines of its names and addresses is looked at.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coserver.model.errors import Missing
from coserver.model.ids import CollectionId, ItemId, PrincipalId
from coserver.model.rights import Right
from coserver.model.space import Tool
from coserver.pim import books, cards, contact, people, sights
from coserver.pim.books import Book, Visitor
from coserver.pim.entries import Entry
from coserver.store.tx import Tx

_AT_ONCE = 200  # cards in memory at one time
_LOOKED_AT = re.compile(rb"^(?:[\w-]+\.)?(?:FN|N|ORG|EMAIL|TEL)[;:][^\r\n]*(?:\r?\n[ \t][^\r\n]*)*", re.M | re.I)
_PLAIN_NAME = re.compile(rb"^FN:([^\\\r\n]*[^\\\s][^\\\r\n]*)\r\n(?![ \t])", re.M)  # without folds and escapes


@dataclass(frozen=True, slots=True)
class Name:
    """A contact in a list."""

    item: ItemId
    called: str
    head: bytes  # the lines of its names and addresses

    @property
    def mail(self) -> str:
        """Its first mail address, or none."""
        return "".join(contact.read(self.head).mails[:1])


@dataclass(frozen=True, slots=True)
class Found:
    """One contact; `entry` is None where the house makes it. `state` is another one as soon as anything in it is."""

    book: Book
    item: ItemId
    data: bytes
    state: str
    entry: Entry | None = None
    may_edit: bool = False
    may_remove: bool = False


def all_(tx: Tx, account: PrincipalId, tool: Tool) -> list[tuple[Book, str]]:
    """The books of a tool in the account's home, with what they are called."""
    home = [book for book in books.home(tx, Visitor(account)) if book.collection.tool is tool]
    return [(book, books.title(book, books.properties(tx, account, book))) for book in home]


def book_of(tx: Tx, account: PrincipalId, tool: Tool, number: int) -> Book:
    """One of them.

    Raises:
        Missing: there is none, or the account may not know of it.
    """
    for book in books.home(tx, Visitor(account)):
        if book.collection.id == number and book.collection.tool is tool:
            return book
    raise Missing("There is no such calendar or address book.", account=account, collection=CollectionId(number))


def named(tx: Tx, account: PrincipalId, book: Book, word: str = "") -> list[Name]:
    """The contacts of a book by name; with a word, those in whose names, addresses and numbers it stands."""
    sought = word.casefold().split()
    every = (Name(item, called, head) for item, called, head in _read(tx, account, book, sought))
    return sorted(every, key=lambda one: (one.called.casefold(), one.item))


def find(tx: Tx, account: PrincipalId, book: Book, number: int) -> Found:
    """One contact of a book.

    Raises:
        Missing: there is none, or the account may not know of it.
    """
    if book.is_made:
        for card in people.listed(tx, book.collection, pictures=True):
            if card.face.account == number:
                return Found(book, ItemId(number), cards.card(card.face), f"{card.modseq}")
        raise Missing("There is no such contact.", item=number)
    entry = sights.numbered(tx, account, book, ItemId(number))
    data = None if entry is None else sights.texts(tx, [entry]).get(entry.item.id)
    if entry is None or data is None:
        raise Missing("There is no such contact.", item=number)
    held, own = entry.held, entry.item.author == account
    return Found(
        book, entry.item.id, data, f"{entry.item.id}-{entry.item.modseq}", entry,
        may_edit=Right.EDIT_ANY in held or (own and Right.EDIT_OWN in held),
        may_remove=Right.DELETE_ANY in held or (own and Right.DELETE_OWN in held),
    )  # fmt: skip


def may_add(book: Book) -> bool:
    """Whether something new can be put into a book."""
    return Right.ADD in book.rights and not book.is_made and not book.is_view


# ---------------------------------------------------------------- inside


def _read(
    tx: Tx, account: PrincipalId, book: Book, sought: Sequence[str]
) -> Iterator[tuple[ItemId, str, bytes]]:  # fmt: skip
    for item, data in _texts(tx, account, book):
        head = b"\r\n".join(_LOOKED_AT.findall(data))
        if sought:
            read = contact.read(head)
            told = " ".join((read.called, read.whole, read.organisation, *read.mails, *read.phones)).casefold()
            if not all(word in told for word in sought):
                continue
        yield item, _called(head), head


def _called(head: bytes) -> str:
    """What a contact is called; the usual line is read without the others, since a list reads each."""
    plain = _PLAIN_NAME.search(head)
    return contact.tidy(plain[1].decode("utf-8", "replace")) if plain else contact.read(head).called


def _texts(tx: Tx, account: PrincipalId, book: Book) -> Iterator[tuple[ItemId, bytes]]:
    if book.is_made:
        for card in people.listed(tx, book.collection, pictures=False):
            yield ItemId(card.face.account), cards.card(card.face)
        return
    found = sights.listed(tx, account, book)
    for start in range(0, len(found), _AT_ONCE):
        yield from sights.texts(tx, found[start : start + _AT_ONCE]).items()
