"""Which events an account sees between two moments, in all its calendars, and of which no more than busy times.

Invariants: an event stands there once, by the calendar that tells most of it; what is not to be known is not there
(R13, R49). Groups where nothing takes place then cost no more than their rows in an index.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from coserver.groups import members, rights
from coserver.groups.rights import Held
from coserver.model.ids import CollectionId, ItemId, PrincipalId
from coserver.model.rights import ALL, Privacy, Right
from coserver.model.space import Tool
from coserver.pim import books, homes, register, sights
from coserver.pim.books import Book, Visitor
from coserver.pim.register import Span
from coserver.store import collections
from coserver.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Source:
    """An event, where it is seen, and whether no more than its time; `who` is then busy, where that is told."""

    book: Book
    span: Span
    masked: bool = False
    who: str = ""


def own(tx: Tx, account: PrincipalId) -> list[Book]:
    """The account's own calendars that take events."""
    if Tool.CALENDAR not in books.tools_of(tx, Visitor(account)):
        return []
    return [book for book in homes.own(tx, account, Tool.CALENDAR) if "VEVENT" in book.kinds]


def between(tx: Tx, account: PrincipalId, span: tuple[int, int]) -> list[Source]:
    """The events that may take place between two moments (seconds since 1970)."""
    if Tool.CALENDAR not in books.tools_of(tx, Visitor(account)):
        return []
    shared = homes.of_owners(tx, account, Tool.CALENDAR)
    whole = {book.collection.id: book for book in (*own(tx, account), *shared) if not book.is_view}
    views = [book for book in shared if book.is_view]
    found: dict[ItemId, Source] = {}
    for source in (
        *_of_calendars(tx, account, whole, register.between(tx, list(whole), start=span[0], end=span[1])),
        *_of_groups(tx, account, span), *_of_views(tx, account, views, span), *_busy(tx, account, span),
    ):  # fmt: skip
        found.setdefault(source.span.item, source)
    return list(found.values())


# ---------------------------------------------------------------- inside


def _of_calendars(
    tx: Tx, account: PrincipalId, there: Mapping[CollectionId, Book], spans: Iterable[Span]
) -> Iterator[Source]:  # fmt: skip
    held: dict[CollectionId, Held] = {}
    for one in spans:
        book = there.get(one.collection)
        if book is None:
            continue
        if one.collection not in held:
            held[one.collection] = Held(ALL) if book.is_own else rights.held(tx, account, book.collection)
        right = held[one.collection].on(one.item)
        if Right.READ in right:
            yield Source(book, one)
        elif Right.BUSY in right and one.busy:
            yield Source(book, one, masked=True)


def _of_groups(tx: Tx, account: PrincipalId, span: tuple[int, int]) -> Iterator[Source]:
    """Only groups that something takes place in are looked at."""
    spans = register.in_groups(tx, account, start=span[0], end=span[1])
    there = _books_of_groups(tx, account, {one.collection for one in spans})
    return _of_calendars(tx, account, there, spans)


def _of_views(tx: Tx, account: PrincipalId, views: Sequence[Book], span: tuple[int, int]) -> Iterator[Source]:
    """What others share one by one."""
    for book in views:
        seen = sights.between(tx, account, book, kind="VEVENT", start=span[0], end=span[1])
        masked = {entry.item.id: entry.is_masked for entry in seen}
        for one in register.spans(tx, list(masked)):
            yield Source(book, one, masked=masked[one.item])


def _busy(tx: Tx, account: PrincipalId, span: tuple[int, int]) -> Iterator[Source]:
    """The busy times of others in one's groups."""
    feeds = {feed.calendar: feed for feed in register.feeds(tx, account)}
    spans = register.between(tx, list(feeds), start=span[0], end=span[1])
    made = _books_of_groups(tx, account, {feeds[one.collection].view for one in spans})
    for one in spans:
        feed = feeds[one.collection]
        if feed.view in made and one.busy and not (feed.hides and one.privacy is Privacy.PRIVATE):
            yield Source(made[feed.view], one, masked=True, who=feed.name)


def _books_of_groups(tx: Tx, account: PrincipalId, wanted: set[CollectionId]) -> dict[CollectionId, Book]:
    """The books of groups that these collections are, as far as the account may read them."""
    if not wanted:
        return {}
    inside = {one.space for one in collections.trees(tx, sorted(wanted))}
    groups = [group for group in members.groups_of(tx, account) if group.space in inside]
    there = homes.of_groups(tx, account, groups, Tool.CALENDAR)
    return {book.collection.id: book for held in there.values() for book in held}
