"""Radicale's view of our store: homes, books and items. `finding.py` finds them.

Invariants: nothing is seen that the account may not read in this very tx; the text of an item is what
the client sent; ctag and sync-token come from the change log and cost the same whatever a book holds.
Writing does not go through here (`writing.py`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from email.utils import formatdate
from typing import Any, overload
from xml.etree.ElementTree import Element

import radicale.item as radicale_item
from radicale import storage
from radicale.app import report
from radicale.item import filter as radicale_filter

from coserver.dav.radicale_app.refusals import Condition
from coserver.dav.radicale_app.visit import Visits
from coserver.model.change import Change, ChangeKind
from coserver.model.errors import HouseError, Stale
from coserver.model.ids import ItemId, Modseq
from coserver.model.space import Collection, Tool
from coserver.pim import books, objects, sights
from coserver.pim.books import Book
from coserver.pim.entries import Entry
from coserver.store.tx import Tx

MEDIA = {Tool.CALENDAR: "text/calendar; charset=utf-8", Tool.CONTACTS: "text/vcard; charset=utf-8"}
TAGS = {Tool.CALENDAR: "VCALENDAR", Tool.CONTACTS: "VADDRESSBOOK"}
OUTBOX = books.OUTBOX
_SYNC = "urn:coserver:sync:"
_TOKEN = re.compile(_SYNC + r"([0-9]{1,18}):([0-9]{1,18})(?::([0-9]{1,18}))?(?:/([0-9a-f]{1,64}))?")
_FAULTS_OF_FILTERS = ("Unexpected", "Unsupported", "Filter with")  # how Radicale begins these texts


class StoredItem(radicale_item.Item):
    """An item as Radicale wants it: its text is what is stored, parsed only when a filter must look."""

    def __init__(self, entry: Entry, collection: "BookCollection", data: bytes | None) -> None:
        card = entry.known.component == objects.CARD
        super().__init__(
            collection=collection,
            href=entry.name,
            text="" if data is None else data.decode("utf-8", "replace"),
            etag=etag_of(entry, collection.book),
            uid=entry.known.ical_uid,
            name=objects.CARD if card else "VCALENDAR",
            component_name="" if card else entry.known.component,
        )
        self.entry = entry
        self.within = collection

    @property
    def size(self) -> int:
        """How many bytes its text has."""
        if not self.entry.is_masked:
            return self.entry.item.size
        return len(self.within.texts([self.entry]).get(self.entry.item.id, b""))

    @property
    def modified(self) -> str:
        """When its bytes came, as HTTP writes it."""
        return http_date(self.entry.item.stamp)

    @property
    def media(self) -> str:
        """Its media type, with the kind of a calendar entry (RFC 5545 8.1)."""
        plain = MEDIA[self.within.book.collection.tool]
        return f"{plain}; component={self.component_name}" if self.component_name else plain

    @property
    def vobject_item(self) -> Any:
        """The parsed form, for filters and expansion only.

        Raises:
            Condition: the request has had its time.
        """
        if self._vobject_item is None:
            self.within.need_time()
            self._vobject_item = objects.tree(self.serialize())
        return self._vobject_item

    def forget_parsed(self) -> None:
        """Expansion alters the parsed form, and it takes much memory: each use parses anew."""
        self._vobject_item = None


class HomeCollection(storage.BaseCollection):
    """The root of everything, the home of the account that asks, its scheduling outbox, or another principal.

    `person` is what a member of one's groups, or one of these groups, is called: there is nothing more to see of him
    here, and of a group the paths of its `members`.
    """

    def __init__(
        self, path: str, *, is_outbox: bool = False, person: str | None = None, members: Sequence[str] = ()
    ) -> None:
        self._path = path
        self.is_outbox = is_outbox
        self.person = person
        self.members = members

    @property
    def path(self) -> str:
        """Without slashes at its ends."""
        return self._path

    @property
    def is_principal(self) -> bool:
        """Whether it stands for somebody (RFC 3744 4)."""
        return self.person is not None or super().is_principal

    @property
    def tag(self) -> str:
        """None: it holds books, not items."""
        return ""

    @property
    def etag(self) -> str:
        """Homes have none; Radicale asks only in order to compare."""
        return '""'

    def get_all(self) -> Iterable[radicale_item.Item]:
        """No items."""
        return ()

    def get_multi(self, hrefs: Iterable[str]) -> Iterable[tuple[str, radicale_item.Item | None]]:
        """No items."""
        return ((href, None) for href in hrefs)

    @overload
    def get_meta(self, key: None = None) -> Mapping[str, str]: ...

    @overload
    def get_meta(self, key: str) -> str | None: ...

    def get_meta(self, key: str | None = None) -> Mapping[str, str] | str | None:
        """No properties that Radicale should know."""
        return {} if key is None else None


class BookCollection(storage.BaseCollection):
    """A calendar or address book, in the tx it was found in."""

    def __init__(self, tx: Tx, book: Book, visits: Visits) -> None:
        self._tx = tx
        self._visits = visits
        self.book = book
        self._path = f"{visits.now.login}/{book.segment}"
        self._meta: dict[str, str] | None = None
        self._sight: str | None = None

    @property
    def path(self) -> str:
        """Without slashes at its ends."""
        return self._path

    @property
    def tag(self) -> str:
        """What it is, in Radicale's words."""
        return TAGS[self.book.collection.tool]

    @property
    def etag(self) -> str:
        """The ctag: it changes with everything that happens in the book."""
        return ctag_of(self.book, self.sight)

    @property
    def sight(self) -> str:
        """How the account that asks sees the book as a whole."""
        if self._sight is None:
            self._sight = books.sight(self._tx, self._visits.now.account, self.book)
        return self._sight

    @overload
    def get_meta(self, key: None = None) -> Mapping[str, str]: ...

    @overload
    def get_meta(self, key: str) -> str | None: ...

    def get_meta(self, key: str | None = None) -> Mapping[str, str] | str | None:
        """What clients set, and what it takes."""
        if self._meta is None:
            self._meta = {"tag": self.tag, **books.properties(self._tx, self._visits.now.account, self.book)}
            if self.book.collection.tool is Tool.CALENDAR:
                self._meta["C:supported-calendar-component-set"] = ",".join(self.book.kinds)
        return self._meta if key is None else self._meta.get(key)

    def need_time(self) -> None:
        """Go on with a request only while it has time.

        Raises:
            Condition: it has had it.
        """
        if self._visits.late:
            text = "The query takes too long: ask for a shorter time, or for fewer entries."
            raise Condition(403, "number-of-matches-within-limits", text)

    # ------------------------------------------------------------ items

    def get_all(self) -> Iterator[StoredItem]:
        """Everything in it."""
        return self._items(self._listed(), data=self._visits.now.data)

    def get_multi(self, hrefs: Iterable[str]) -> Iterator[tuple[str, StoredItem | None]]:
        """The items of these names, None for those that are not there."""
        wanted = list(dict.fromkeys(hrefs))
        items = {item.href: item for item in self._items(self._named(wanted), data=self._visits.now.data)}
        return ((name, items.get(name)) for name in wanted)

    def item(self, name: str) -> StoredItem | None:
        """The item of that name."""
        return next(self._items(self._named([name]), data=self._visits.now.data), None)

    def get_filtered(self, filters: Iterable[Element]) -> Iterator[tuple[StoredItem, bool]]:
        """The items that match, all of them held against the filters here.

        One that Radicale's filter stumbles over counts as a match: better one event too many in an
        answer than no answer.

        Raises:
            ValueError: a filter cannot be understood.
        """
        filters = list(filters)
        kind, start, end, simple = radicale_filter.simplify_prefilters(filters, self.tag)
        everything = (radicale_filter.TIMESTAMP_MIN, radicale_filter.TIMESTAMP_MAX)
        by_kind = (simple and (start, end) == everything) or not any(len(one) for one in filters)
        visit = self._visits.now
        if visit.between is not None:
            kind, start, end = visit.between
        found = self._between(kind, start, end)
        if simple and not by_kind:
            found = [entry for entry in found if not entry.known.once or _overlaps(entry, start, end)]
        for item in self._items(found, data=True):
            sure = by_kind or (simple and item.entry.known.once)
            if sure or all(_matches(item, one) for one in filters):
                if not visit.busy:
                    item.forget_parsed()
                yield item, True

    def _items(self, found: list[Entry], *, data: bool) -> Iterator[StoredItem]:
        texts = self.texts(found) if data else {}
        for entry in found:
            if not data or entry.item.id in texts:
                yield StoredItem(entry, self, texts.get(entry.item.id))

    # ------------------------------------------------------------ where items come from

    def _listed(self) -> list[Entry]:
        return sights.listed(self._tx, self._visits.now.account, self.book)

    def _named(self, names: list[str]) -> list[Entry]:
        return sights.named(self._tx, self._visits.now.account, self.book, names)

    def _between(self, kind: str | None, start: int, end: int) -> list[Entry]:
        return sights.between(self._tx, self._visits.now.account, self.book, kind=kind, start=start, end=end)

    def texts(self, found: list[Entry]) -> Mapping[ItemId, bytes]:
        """The bytes of entries, as they may be seen."""
        return sights.texts(self._tx, found)

    def _changes(self, since: int) -> list[Change]:
        return sights.since(self._tx, self.book, since)

    # ------------------------------------------------------------ synchronisation (RFC 6578)

    def sync(self, old_token: str = "") -> tuple[str, Iterable[str]]:
        """The present token, and the names of what changed since the old one.

        When the account sees the book otherwise than it did then, that is everything; what it does not
        see (any more) is not found under its name, and so told as removed.

        Raises:
            ValueError: the token is of another collection, too old, or none of ours.
        """
        collection = self.book.collection
        since, after, sight = _parsed(old_token, collection)
        before = since if after is None else since - 1
        try:
            found = self._changes(before)
            if old_token and sight != self.sight:
                after = None
                found = [one for one in found if one.kind is ChangeKind.GONE] + self._changes(0)
            else:
                found = sights.told(self._tx, self._visits.now.account, self.book, found, before)
        except Stale as error:
            raise ValueError(error.text) from error
        found = sorted(found, key=_order)
        if after is not None:
            found = [one for one in found if _order(one) > (since, after)]
        visit = self._visits.now
        if visit.limit is not None and len(found) > visit.limit:
            end = visit.limit
            while end < len(found) and _order(found[end]) == _order(found[end - 1]):
                end += 1  # a rename is two changes of one item, told together
            if end == len(found):
                return token_of(self), _names(found)
            found = found[:end]
            visit.cut = True
            return _token(self.book, f"{found[-1].modseq}:{found[-1].item}", self.sight), _names(found)
        return token_of(self), _names(found)


Thing = HomeCollection | BookCollection | StoredItem


def etag_of(entry: Entry, book: Book) -> str:
    """The strong ETag of an item: the blob's number, which no other bytes ever have.

    In a space of others equal bytes must not show by it, least of all what is masked: there it tells the step.
    """
    if book.is_own:
        return f'"{entry.item.blob:x}"'
    return f'"{entry.item.id:x}-{entry.item.modseq:x}{"-busy" if entry.is_masked else ""}"'


def ctag_of(book: Book, sight: str) -> str:
    """The ctag of a book: an old one never matches another book, nor an older state, nor what others see of it."""
    return f'"{book.collection.id}-{book.collection.modseq}{sight and f"-{sight}"}"'


def token_of(collection: BookCollection) -> str:
    """The present sync token of a book (RFC 6578 4)."""
    return _token(collection.book, str(collection.book.collection.modseq), collection.sight)


def http_date(stamp: int) -> str:
    """Milliseconds since 1970 as HTTP writes a moment (RFC 9110 5.6.7)."""
    return formatdate(stamp / 1000, usegmt=True)


def _matches(item: StoredItem, filter_: Element) -> bool:
    try:
        return bool(report.test_filter(item.within.tag, item, filter_))
    except Condition:
        raise
    except ValueError as error:
        if str(error).startswith(_FAULTS_OF_FILTERS):
            raise
        return True
    except (HouseError, AttributeError, TypeError, LookupError, ArithmeticError, RuntimeError):
        return True


def _overlaps(entry: Entry, start: int, end: int) -> bool:
    """Whether what takes place once does so in a range: all that its filter would ask (RFC 4791 9.9)."""
    first, last = entry.known.first, entry.known.last
    return first is not None and last is not None and first < end and last > start


def _names(found: Iterable[Change]) -> list[str]:
    return [one.name for one in found if one.name is not None]


def _order(change: Change) -> tuple[Modseq, int]:
    return change.modseq, change.item


def _parsed(token: str, collection: Collection) -> tuple[int, int | None, str]:
    if not token:
        return 0, None, ""
    match = _TOKEN.fullmatch(token)
    if match is None or int(match[1]) != collection.id:
        raise ValueError("This sync token was not given out for this collection.")
    if int(match[2]) > collection.modseq or (match[3] and int(match[2]) < 1):
        raise ValueError("This sync token was never given out.")
    return int(match[2]), int(match[3]) if match[3] else None, match[4] or ""


def _token(book: Book, position: str, sight: str) -> str:
    return f"{_SYNC}{book.collection.id}:{position}{sight and f'/{sight}'}"
