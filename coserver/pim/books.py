"""Calendars, task lists and address books: an account's own ones, those of its groups, and what others share.

Invariants: everything an account may read appears in its one home, under a segment that never changes
while the book lives: its name for an own book, `group-<id>` for a group's (R47), `shared-<id>` for what
others share (R48), be it theirs or a view of single things of theirs. Calendars and address books of one
space share one set of names. What an account sets on books of others is its own (S33). Rights are
asked anew in every tx, so that what was taken away is gone at the next request (R17).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from coserver.groups import members, rights
from coserver.groups.standing import READS
from coserver.model.errors import Denied, Exists, Malformed, Missing, NoRoom
from coserver.model.ids import CollectionId, PrincipalId
from coserver.model.plan import Feature, Usage
from coserver.model.rights import Grant, Right
from coserver.model.space import Collection, Tool
from coserver.pim import busy, made, personal, views
from coserver.quota import usage
from coserver.quota.plans import features_of
from coserver.store import collections, shown, spaces
from coserver.store.tx import Tx
from coserver.store.views import AVAILABILITY, login_name

DISPLAY_NAME = "D:displayname"
ANYTHING = "VEVENT VTODO VJOURNAL"  # what a calendar takes when its maker did not say (RFC 4791 5.2.3)
OUTBOX = "outbox"  # below a home: where one asks when others are busy, and no calendar
LONGEST_NAME = 200
LONGEST_VALUE = 65_536  # characters of a property
MOST_PROPERTIES = 100
MOST_BOOKS = 1000  # of one tool in one space

_TOOLS = {Feature.CALDAV: Tool.CALENDAR, Feature.CARDDAV: Tool.CONTACTS}
_OF_OTHERS = re.compile(r"(group|shared)-([1-9][0-9]{0,17})")
# of a group's calendar, these are for everybody when an administrator sets them; the rest is everyone's own
_FOR_ALL = frozenset((DISPLAY_NAME, "C:calendar-description", "C:calendar-timezone", "CR:addressbook-description"))
_NAMES = select(login_name.c.id, login_name.c.login, login_name.c.display_name).where(
    login_name.c.id.in_(bindparam("owners", expanding=True))
)
_MADE_TITLES = {made.PEOPLE: "Members of {group}", made.BUSY: "Busy: {group}"}
_TITLES = {"calendar": "Calendar", "tasks": "Tasks", "contacts": "Contacts"}


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose private calendar or contact something is; `name` is how people call him."""

    account: PrincipalId
    login: str
    name: str


@dataclass(frozen=True, slots=True)
class Book:
    """A calendar, task list or address book, as one account sees it.

    `group` is the name of the group it belongs to, `owner` who shares it, or what is in it; both are None
    for an own one.
    """

    collection: Collection
    rights: Right
    group: str | None
    owner: Owner | None = None

    @property
    def segment(self) -> str:
        """Its name in the URL."""
        if self.is_own:
            return self.collection.name
        return f"{'shared' if self.group is None else 'group'}-{self.collection.id}"

    @property
    def is_own(self) -> bool:
        """Whether it is the account's own, and not a view of what others share."""
        return self.group is None and self.owner is None

    @property
    def is_shared(self) -> bool:
        """Whether it lies in the private space of somebody else."""
        return self.owner is not None and not self.is_view

    @property
    def is_view(self) -> bool:
        """Whether it shows single things that somebody else shares."""
        return views.is_view(self.collection)

    @property
    def is_made(self) -> bool:
        """Whether the house makes what is in it, and nobody writes there."""
        return self.collection.role in made.KINDS

    @property
    def kinds(self) -> tuple[str, ...]:
        """The components it takes (RFC 4791 5.2.3)."""
        role = self.collection.role
        if self.is_view:
            return tuple(role.split()[1:])
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


def find(tx: Tx, visitor: Visitor, segment: str) -> Book:
    """The book of that segment in the account's home.

    Raises:
        Missing: there is none, or the account may not read it.
    """
    others = _OF_OTHERS.fullmatch(segment)
    if others:
        number = CollectionId(int(others[2]))
        return _of_group(tx, visitor, number) if others[1] == "group" else _of_owner(tx, visitor, number)
    for root in _roots(tx, visitor) if not segment.startswith(views.HIDDEN) else ():
        collection = collections.find(tx, root.id, segment)
        if collection is not None:
            return Book(collection, rights.of(tx, visitor.account, collection), None)
    raise Missing("There is no such calendar or address book.", account=visitor.account)


def numbered(tx: Tx, visitor: Visitor, number: CollectionId) -> Book:
    """The book of that number in the account's home; errors as those of `find`."""
    collection = _get(tx, visitor, number)
    if collection.space != spaces.of(tx, visitor.account).id or views.is_view(collection):
        return find(tx, visitor, f"{'shared' if members.owning(tx, collection.space) is None else 'group'}-{number}")
    if collection.parent is None or collection.tool not in tools_of(tx, visitor):
        raise Missing("There is no such calendar or address book.", account=visitor.account, collection=number)
    return Book(collection, rights.of(tx, visitor.account, collection), None)


def title(book: Book, properties: Mapping[str, str]) -> str:
    """What people see, given its properties: the display name, or one from the house."""
    return called(book.collection, properties)


def called(collection: Collection, properties: Mapping[str, str]) -> str:
    """The same of a calendar or address book as its owner sees it."""
    return properties.get(DISPLAY_NAME) or _TITLES.get(collection.name, collection.name)


def properties(tx: Tx, account: PrincipalId, book: Book) -> dict[str, str]:
    """What clients set on it: on a book of others what the account set itself comes first.

    The name of a book of others tells whose it is, unless the account gave it another. Of a calendar that is only to
    be seen as busy nothing else is told (R49): its owner may have described what it is for.
    """
    told = collections.properties(tx, book.collection.id)
    if book.is_own:
        return told
    if Right.READ not in book.rights:
        told = {name: value for name, value in told.items() if name == DISPLAY_NAME}
    return {**told, DISPLAY_NAME: title_of_others(book, told), **personal.of(tx, account, book.collection.id)}


def sight(tx: Tx, account: PrincipalId, book: Book) -> str:
    """What else than its changes decides how the account sees a book; empty for an own one and for a view."""
    return "" if book.is_own or book.is_view else rights.sight(tx, account, book.collection)


def room(tx: Tx, book: Book) -> Usage:
    """What its tool holds in its space, and may hold."""
    return usage.room(tx, book.collection.space, book.collection.tool)


def need(tx: Tx, account: PrincipalId, book: Book, right: Right) -> Grant:
    """The proof of a right on a book.

    Raises:
        Denied, Missing.
    """
    need_written(book)
    if book.is_view:
        text = "What others share one by one appears here: put what is yours into a calendar or address book of yours."
        raise Denied(text, collection=book.collection.id)
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
        Denied: a group's books are removed by those who manage it, a private one by its owner; and nobody removes what
            somebody else keeps private there.
    """
    need_written(book)
    if book.owner is not None:
        text = f"Only {book.owner.name} can delete this; your calendar program can hide it."
        raise Denied(text, account=account, collection=book.collection.id)
    right = Right.DELETE_ANY if book.group is None else Right.ADMINISTER
    grant = rights.need(tx, account, book.collection, right | Right.DELETE_ANY)
    if any(Right.DELETE_ANY not in held for held in grant.exceptions.values()):
        text = "Not everything in it is yours to remove. Please remove what is in it one by one."
        raise Denied(text, account=account, collection=book.collection.id)
    size, items = collections.weigh(tx, book.collection)
    charge = usage.charge(tx, book.collection.space, book.collection.tool, bytes=-size, items=-items)
    collections.remove(tx, book.collection, grant=grant, charge=charge)


def set_properties(tx: Tx, account: PrincipalId, book: Book, changes: Mapping[str, str | None]) -> None:
    """Set properties, or remove them with None; on a book of others for the account alone (S33).

    Raises:
        Denied: the account may not.
        Malformed: a value is too long.
        NoRoom: there are too many.
    """
    for name, value in changes.items():
        if len(name) > LONGEST_VALUE or len(value or "") > LONGEST_VALUE:
            raise Malformed(f"A property may have {LONGEST_VALUE} characters at most.")
    for_all = set(changes)
    if not book.is_own:
        administers = book.group is not None and not book.is_made and Right.ADMINISTER in book.rights
        for_all = {name for name in changes if administers and name in _FOR_ALL}
        own = {name: value for name, value in changes.items() if name not in for_all}
        _need_few(personal.of(tx, account, book.collection.id), own)
        personal.put(tx, account, book.collection.id, own)
    _set_for_all(tx, account, book, {name: _kept(book, name, changes[name]) for name in for_all})


def _set_for_all(tx: Tx, account: PrincipalId, book: Book, changes: Mapping[str, str | None]) -> None:
    if not changes:
        return
    grant = rights.need(tx, account, book.collection, Right.EDIT_ANY)
    present = collections.properties(tx, book.collection.id)
    _need_few(present, changes)
    for name, value in changes.items():
        if value is not None or name in present:
            collections.set_property(tx, book.collection, name, value, grant=grant)
    if AVAILABILITY in changes:
        tx.tell(account)  # whether it counts for those who look when one is busy


def _need_few(present: Iterable[str], changes: Mapping[str, str | None]) -> None:
    kept = {name for name, value in changes.items() if value is not None}
    if len((set(present) - changes.keys()) | kept) > MOST_PROPERTIES:
        raise NoRoom(f"There may be {MOST_PROPERTIES} properties at most.")


def own_root(tx: Tx, account: PrincipalId) -> Book:
    """Where the properties of the home itself are kept."""
    root = collections.root(tx, spaces.of(tx, account).id, Tool.CALENDAR)
    return Book(root, rights.of(tx, account, root), None)


def _kept(book: Book, name: str, value: str | None) -> str | None:
    """A property as it is kept: a display name without the group that is shown behind it."""
    return value.removesuffix(f" ({book.group})") if value and name == DISPLAY_NAME and book.group else value


def title_of_others(book: Book, told: Mapping[str, str]) -> str:
    """The name of a book of others, with whose it is."""
    if book.is_made:
        return _MADE_TITLES[book.collection.role].format(group=book.group)
    if book.owner is not None and book.is_view:
        return f"Shared by {book.owner.name}"
    return f"{title(book, told)} ({book.group if book.owner is None else book.owner.name})"


def _roots(tx: Tx, visitor: Visitor) -> Iterator[Collection]:
    own = spaces.of(tx, visitor.account).id
    for tool in tools_of(tx, visitor):
        yield collections.root(tx, own, tool)


def book_of(collection: Collection, held: Right, group: str | None) -> Book:
    """A book as an account sees it: what the house makes can be read only, by the administrator too."""
    return Book(collection, held & READS if collection.role in made.KINDS else held, group)


def _get(tx: Tx, visitor: Visitor, number: CollectionId) -> Collection:
    """A collection; where there is none, in the words for one that may not be known."""
    try:
        return collections.get(tx, number)
    except Missing as error:
        text = "There is no such calendar or address book."
        raise Missing(text, account=visitor.account, collection=number) from error


def _of_group(tx: Tx, visitor: Visitor, number: CollectionId) -> Book:
    account = visitor.account
    collection = _get(tx, visitor, number)
    group = members.owning(tx, collection.space)
    held = rights.of(tx, account, collection)
    known = collection.tool in tools_of(tx, visitor) and collection.parent is not None
    if group is None or not known or Right.READ not in held:
        raise Missing("There is no such calendar or address book.", account=account, collection=number)
    return book_of(collection, held, group.name)


def _of_owner(tx: Tx, visitor: Visitor, number: CollectionId) -> Book:
    account = visitor.account
    collection = _get(tx, visitor, number)
    own = spaces.of(tx, account).id
    lies = spaces.get(tx, collection.space)
    view = views.is_view(collection) and lies.id == own
    owner = views.owner_of(collection) if view else lies.owner
    held = rights.of(tx, account, collection)
    there = bool(shown.list_(tx, number)) if view else lies.id != own and bool(held & READS)
    known = there and collection.tool in tools_of(tx, visitor) and collection.parent is not None
    owners_ = owners(tx, [owner]) if known else {}
    if owner not in owners_:  # a group has no login
        raise Missing("There is no such calendar or address book.", account=account, collection=number)
    return Book(collection, READS if view else held, None, owners_[owner])


def owners(tx: Tx, which: Sequence[PrincipalId]) -> dict[PrincipalId, Owner]:
    """Those of these principals that are accounts."""
    rows = tx.execute(_NAMES, {"owners": sorted(set(which))}) if which else ()
    return {row.id: Owner(row.id, row.login, row.display_name or row.login) for row in rows}


def counts(book: Book, properties: Mapping[str, str]) -> bool:
    """Whether a calendar counts when others look whether its owner is busy (S18)."""
    told = properties.get(AVAILABILITY)
    return book.is_own and (book.collection.name == busy.DEFAULT if told is None else told == busy.COUNTS)


def _check_name(name: str) -> None:
    if name == OUTBOX:
        raise Malformed(f"The name {OUTBOX} is taken by the scheduling outbox: choose another name.")
    if not name or name in (".", "..") or len(name) > LONGEST_NAME or any(ord(letter) < 32 for letter in name):
        raise Malformed(f"A calendar's name in the URL has 1 to {LONGEST_NAME} characters and no control characters.")
    if _OF_OTHERS.fullmatch(name):
        raise Malformed("Names like group-7 and shared-7 are kept for the calendars of others: choose another name.")
