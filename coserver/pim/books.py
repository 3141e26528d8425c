"""Calendars, task lists and address books: an account's own ones, and those of its groups.

Invariants: everything an account may read appears in its one home, under a segment that never changes
while the book lives: its name for an own book, `group-<id>` for a group's (R47). Calendars and
address books of one space share one set of names. Rights are asked anew in every tx, so that what was
taken away is gone at the next request (R17).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from coserver.groups import members, rights
from coserver.groups.standing import READS
from coserver.model.errors import Denied, Exists, Malformed, Missing, NoRoom
from coserver.model.ids import CollectionId, PrincipalId, SpaceId
from coserver.model.plan import Feature, Usage
from coserver.model.rights import Grant, Right
from coserver.model.space import Collection, Tool
from coserver.pim import made
from coserver.quota import usage
from coserver.quota.plans import features_of
from coserver.store import collections, spaces
from coserver.store.tx import Tx
from coserver.store.views import AVAILABILITY

DISPLAY_NAME = "D:displayname"
ANYTHING = "VEVENT VTODO VJOURNAL"  # what a calendar takes when its maker did not say (RFC 4791 5.2.3)
LONGEST_NAME = 200
LONGEST_VALUE = 65_536  # characters of a property
MOST_PROPERTIES = 100
MOST_BOOKS = 1000  # of one tool in one space

_TOOLS = {Feature.CALDAV: Tool.CALENDAR, Feature.CARDDAV: Tool.CONTACTS}
_OF_GROUP = re.compile(r"group-([1-9][0-9]{0,17})")
_MADE_TITLES = {made.PEOPLE: "Members of {group}", made.BUSY: "Busy: {group}"}
_TITLES = {"calendar": "Calendar", "tasks": "Tasks", "contacts": "Contacts"}


@dataclass(frozen=True, slots=True)
class Book:
    """A calendar, task list or address book, as one account sees it.

    `group` is the name of the group it belongs to, None for an own one.
    """

    collection: Collection
    rights: Right
    group: str | None

    @property
    def segment(self) -> str:
        """Its name in the URL."""
        return self.collection.name if self.group is None else f"group-{self.collection.id}"

    @property
    def is_made(self) -> bool:
        """Whether the house makes what is in it, and nobody writes there."""
        return self.collection.role in made.KINDS

    @property
    def kinds(self) -> tuple[str, ...]:
        """The components it takes (RFC 4791 5.2.3)."""
        role = self.collection.role
        return tuple((made.KINDS.get(role, role) or ANYTHING).split())


@dataclass(frozen=True, slots=True)
class Visitor:
    """An account, and the services its credential opens: with an app password not all of them."""

    account: PrincipalId
    services: frozenset[Feature] = frozenset(_TOOLS)


def tools_of(tx: Tx, visitor: Visitor) -> tuple[Tool, ...]:
    """Which of calendar and contacts the account's plan and its credential open."""
    features = features_of(tx, visitor.account) & visitor.services
    return tuple(tool for feature, tool in _TOOLS.items() if feature in features)


def home(tx: Tx, visitor: Visitor) -> list[Book]:
    """Every book the account may read: its own, then those of its groups by name."""
    account = visitor.account
    tools = tools_of(tx, visitor)
    own = spaces.of(tx, account).id
    found = [book for tool in tools for book in _books(tx, account, own, tool, group=None)]
    for group in members.groups_of(tx, account):
        for tool in tools:
            found += _books(tx, account, group.space, tool, group=group.name)
    return found


def find(tx: Tx, visitor: Visitor, segment: str) -> Book:
    """The book of that segment in the account's home.

    Raises:
        Missing: there is none, or the account may not read it.
    """
    group = _OF_GROUP.fullmatch(segment)
    if group:
        return _of_group(tx, visitor, CollectionId(int(group[1])))
    for root in _roots(tx, visitor):
        collection = collections.find(tx, root.id, segment)
        if collection is not None:
            return Book(collection, rights.of(tx, visitor.account, collection), None)
    raise Missing("There is no such calendar or address book.", account=visitor.account)


def title(book: Book, properties: Mapping[str, str]) -> str:
    """What people see: the display name, with the group behind it where it belongs to one."""
    if book.is_made:
        return _MADE_TITLES[book.collection.role].format(group=book.group)
    name = properties.get(DISPLAY_NAME) or _TITLES.get(book.collection.name, book.collection.name)
    return name if book.group is None else f"{name} ({book.group})"


def properties(tx: Tx, book: Book) -> dict[str, str]:
    """What clients set on it."""
    return collections.properties(tx, book.collection.id)


def room(tx: Tx, book: Book) -> Usage:
    """What its tool holds in its space, and may hold."""
    return usage.room(tx, book.collection.space, book.collection.tool)


def need(tx: Tx, account: PrincipalId, book: Book, right: Right) -> Grant:
    """The proof of a right on a book.

    Raises:
        Denied, Missing.
    """
    need_written(book)
    return rights.need(tx, account, book.collection, right)


def need_written(book: Book) -> None:
    """Denied when the house itself makes what is in a book."""
    if book.is_made:
        raise Denied("This follows by itself from the group: it can be read only.", collection=book.collection.id)


def add(tx: Tx, visitor: Visitor, segment: str, *, tool: Tool, role: str, given: Mapping[str, str]) -> Book:
    """Make an own calendar (its role: the components it takes) or address book, with these properties.

    Raises:
        Exists: the name is taken.
        Malformed: the name cannot be.
        Denied: the subscription does not include it.
        NoRoom: there are too many.
    """
    account = visitor.account
    _check_name(segment)
    if tool not in tools_of(tx, visitor):
        raise Denied("Your subscription or your app password does not include this.", account=account)
    for root in _roots(tx, visitor):
        if collections.find(tx, root.id, segment) is not None:
            raise Exists(f"There is a calendar or address book {segment!r} already: choose another name.")
    root = collections.root(tx, spaces.of(tx, account).id, tool)
    if len(collections.children(tx, root.id)) >= MOST_BOOKS:
        raise NoRoom(f"There may be {MOST_BOOKS} calendars at most: delete one first.")
    made = collections.add(tx, root, segment, role=role, grant=rights.need(tx, account, root, Right.ADD))
    book = Book(made, rights.of(tx, account, made), None)
    set_properties(tx, account, book, given)
    tx.tell(account)  # the default calendar counts when others look when one is busy
    return book


def remove(tx: Tx, account: PrincipalId, book: Book) -> None:
    """Remove a book with everything in it.

    Raises:
        Denied: a group's books are removed by its administrator alone.
    """
    need_written(book)
    right = Right.DELETE_ANY if book.group is None else Right.ADMINISTER
    grant = rights.need(tx, account, book.collection, right | Right.DELETE_ANY)
    size, items = collections.weigh(tx, book.collection)
    charge = usage.charge(tx, book.collection.space, book.collection.tool, bytes=-size, items=-items)
    collections.remove(tx, book.collection, grant=grant, charge=charge)


def set_properties(tx: Tx, account: PrincipalId, book: Book, changes: Mapping[str, str | None]) -> None:
    """Set properties, or remove them with None.

    Raises:
        Denied: the account may not.
        Malformed: a value is too long.
        NoRoom: there are too many.
    """
    if not changes:
        return
    need_written(book)
    grant = rights.need(tx, account, book.collection, Right.EDIT_ANY)
    present = set(collections.properties(tx, book.collection.id))
    kept = {name: _kept(book, name, value) for name, value in changes.items() if value is not None}
    gone = present.intersection(changes) - kept.keys()
    if len((present - gone) | kept.keys()) > MOST_PROPERTIES:
        raise NoRoom(f"There may be {MOST_PROPERTIES} properties at most.")
    for name in gone:
        collections.set_property(tx, book.collection, name, None, grant=grant)
    for name, value in kept.items():
        collections.set_property(tx, book.collection, name, value, grant=grant)
    if AVAILABILITY in changes:
        tx.tell(account)  # whether it counts for those who look when one is busy


def own_root(tx: Tx, account: PrincipalId) -> Book:
    """Where the properties of the home itself are kept."""
    root = collections.root(tx, spaces.of(tx, account).id, Tool.CALENDAR)
    return Book(root, rights.of(tx, account, root), None)


def _kept(book: Book, name: str, value: str) -> str:
    """A property as it is kept: a display name without the group that is shown behind it."""
    if len(value) > LONGEST_VALUE or len(name) > LONGEST_VALUE:
        raise Malformed(f"A property may have {LONGEST_VALUE} characters at most.")
    return value.removesuffix(f" ({book.group})") if name == DISPLAY_NAME and book.group else value


def _roots(tx: Tx, visitor: Visitor) -> Iterator[Collection]:
    own = spaces.of(tx, visitor.account).id
    for tool in tools_of(tx, visitor):
        yield collections.root(tx, own, tool)


def _books(tx: Tx, account: PrincipalId, space: SpaceId, tool: Tool, *, group: str | None) -> list[Book]:
    held = rights.within(tx, account, space, tool)
    if Right.READ not in held:
        return []
    root = collections.root(tx, space, tool)
    return [_book(one, held, group) for one in collections.children(tx, root.id)]


def _book(collection: Collection, held: Right, group: str | None) -> Book:
    """A book as an account sees it: what the house makes can be read only, by the administrator too."""
    return Book(collection, held & READS if collection.role in made.KINDS else held, group)


def _of_group(tx: Tx, visitor: Visitor, number: CollectionId) -> Book:
    account = visitor.account
    collection = collections.get(tx, number)
    group = members.owning(tx, collection.space)
    held = rights.of(tx, account, collection)
    known = collection.tool in tools_of(tx, visitor) and collection.parent is not None
    if group is None or not known or Right.READ not in held:
        raise Missing("There is no such calendar or address book.", account=account, collection=number)
    return _book(collection, held, group.name)


def _check_name(name: str) -> None:
    if not name or name in (".", "..") or len(name) > LONGEST_NAME or any(ord(letter) < 32 for letter in name):
        raise Malformed(f"A calendar's name in the URL has 1 to {LONGEST_NAME} characters and no control characters.")
    if _OF_GROUP.fullmatch(name):
        raise Malformed("Names like group-7 are kept for the calendars of groups: choose another name.")
