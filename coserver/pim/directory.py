"""Address books as people read them: the contacts of one by name, or those that a word is found in.

Invariants: what the account may not read is not there, and is not searched; a page reads names out of the index
and no card, as many as it shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from coserver.groups import members, rights
from coserver.model.errors import Missing
from coserver.model.ids import CollectionId, ItemId, PrincipalId
from coserver.model.rights import Right
from coserver.model.space import Tool
from coserver.pim import books, cards, homes, labels, people, register, sights
from coserver.pim.books import Book, Visitor
from coserver.pim.entries import Entry
from coserver.pim.register import Name
from coserver.store.tx import Tx

_MOST_WORDS = 5  # that are looked for at once


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


def leaf(tx: Tx, account: PrincipalId, tool: Tool, *, skip: int, most: int) -> tuple[list[Book], int]:
    """The books of a tool in parts, and how many parts there are: the first holds the own ones and what others
    share, each other one those of a group.
    """
    if tool not in books.tools_of(tx, Visitor(account)):
        return [], 1
    first = [] if skip else [*homes.own(tx, account, tool), *homes.of_owners(tx, account, tool)]
    groups = members.groups_of(tx, account)
    some = groups[max(skip - 1, 0) : skip - 1 + most]
    there = homes.of_groups(tx, account, some, tool)
    return first + [book for group in some for book in there.get(group.space, ())], 1 + len(groups)


def book_of(tx: Tx, account: PrincipalId, tool: Tool, number: int) -> Book:
    """One of them.

    Raises:
        Missing: there is none, or the account may not know of it.
    """
    found = books.numbered(tx, Visitor(account), CollectionId(number))
    if found.collection.tool is not tool:
        raise Missing("There is no such calendar or address book.", account=account, collection=CollectionId(number))
    return found


def named(
    tx: Tx, account: PrincipalId, book: Book, word: str = "", *, skip: int = 0, most: int
) -> tuple[Sequence[Name], int]:  # fmt: skip
    """So many of the contacts of a book by name, after having skipped so many, and how many there are in all.

    With a word, those in whose names, addresses and numbers it stands.
    """
    sought = word.casefold().split()[:_MOST_WORDS]
    if book.is_made:
        return _part(_members(tx, book, sought), skip, most)
    if book.is_view:
        seen = {entry.item.id for entry in sights.listed(tx, account, book) if not entry.is_masked}
        return _part(register.these(tx, sorted(seen), sought), skip, most)
    held = rights.held(tx, account, book.collection)
    if not held.exceptions:
        return register.page(tx, book.collection.id, sought, skip=skip, most=most)
    whole, _ = register.page(tx, book.collection.id, sought, skip=0, most=None)
    return _part([one for one in whole if Right.READ in held.on(one.item)], skip, most)


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


def may_add_event(book: Book) -> bool:
    """The same of a calendar and an event."""
    return may_add(book) and "VEVENT" in book.kinds


# ---------------------------------------------------------------- inside


def _members(tx: Tx, book: Book, sought: Sequence[str]) -> list[Name]:
    """The members of a group."""
    told = (
        (ItemId(card.face.account), labels.of("VCARD", cards.card(card.face)))
        for card in people.listed(tx, book.collection, pictures=False)
    )
    found = [(label.sort, number, label) for number, label in told if all(word in label.words for word in sought)]
    return [Name(number, label.title, label.detail) for _, number, label in sorted(found, key=lambda one: one[:2])]


def _part(whole: Sequence[Name], skip: int, most: int) -> tuple[Sequence[Name], int]:
    return whole[skip : skip + most], len(whole)
