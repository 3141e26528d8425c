"""PUT, DELETE, MOVE, COPY, MKCOL, MKCALENDAR and PROPPATCH: ours, since bytes must be kept as they came.

Invariants: reading and parsing the body comes before the tx; conditions, rights, room and the change
are one write tx; an ETag is told only when the bytes that are kept are those that were sent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from radicale import xmlutils

from coserver.dav import conditions, xml_limits
from coserver.dav.conditions import Conditions, State, Verdict
from coserver.dav.radicale_app import answers, properties
from coserver.dav.radicale_app.properties import CALDAV, CARDDAV, DAV, XML_VALUE
from coserver.dav.radicale_app.refusals import Condition
from coserver.dav.radicale_app.request import Request
from coserver.dav.radicale_app.storage import ctag_of, etag_of
from coserver.documents.paths import Orphan
from coserver.model.errors import Busy, Denied, Exists, Malformed, Missing
from coserver.model.item import Item
from coserver.model.space import Tool
from coserver.net.http.replies import Reply
from coserver.pim import books, busy, entries, objects, organisers, sights
from coserver.pim.books import Book
from coserver.pim.entries import Entry
from coserver.store.engine import Store
from coserver.store.tx import Tx

_NO_BOOK = "There is no such calendar or address book to put it into."
_Place = Callable[[Tx, Book, Item, Book, str], None]


@dataclass(frozen=True, slots=True)
class Making:
    """What a client wants to be made."""

    tool: Tool
    role: str
    given: dict[str, str]


class Writing:
    """The writing methods.

    Args:
        store: where everything is kept.
        most_bytes: the largest object.
        most_xml: the largest XML body.
    """

    def __init__(self, store: Store, *, most_bytes: int, most_xml: int) -> None:
        self._store = store
        self._most_bytes = most_bytes
        self._most_xml = most_xml

    # ------------------------------------------------------------ items

    def put(self, request: Request) -> Reply:
        """Keep an object (RFC 4791 5.3.2, RFC 6352 6.3.2)."""
        segment, name = _item_path(request)
        held = request.conditions()
        sent, as_sent = _utf8(request, request.body(self._most_bytes))
        with self._store.read() as tx:
            book = _parent(tx, request, segment)
            tool = book.collection.tool
            meets = tool is Tool.CALENDAR and organisers.is_meeting(sent)
            organiser = organisers.of(tx, request.who.account, book, name) if meets else None
        data = sent if organiser is None else organisers.applied(sent, organiser)
        known = objects.read_calendar(data) if tool is Tool.CALENDAR else objects.read_card(data)
        staged = self._store.stage(data)

        def keep(tx: Tx) -> tuple[str, bool]:
            book = _parent(tx, request, segment)
            if book.collection.tool is not tool:
                raise Missing(_NO_BOOK)
            if meets and organisers.of(tx, request.who.account, book, name) != organiser:
                raise Busy("Somebody changed this entry just now. Please try again.")
            _hold(held, sights.find(tx, request.who.account, book, name), book)
            item, new = entries.put(tx, request.who.account, book, name, staged=staged, known=known)
            return etag_of(Entry(item, known), book), new

        etag, new = self._store.write(keep)
        headers = (("ETag", etag),) if as_sent and data is sent else ()  # RFC 4791 5.3.4
        return Reply(201 if new else 204, headers)

    def delete(self, request: Request) -> Reply:
        """Remove an object or a whole book."""
        held = request.conditions()

        def remove(tx: Tx) -> None:
            if len(request.parts) == 2:
                book = _book(tx, request, _own_path(request, request.parts)[0])
                ctag = ctag_of(book, books.sight(tx, request.who.account, book))
                if held.match is not None and not _matches(held, ctag):
                    raise answers.stale()
                books.remove(tx, request.who.account, book)
                return
            segment, name = _item_path(request)
            book = _book(tx, request, segment)
            entry = _entry(tx, request, book, name)
            _hold(held, entry, book)
            entries.remove(tx, request.who.account, book, entry.item)

        self._store.write(remove)
        return Reply(204)

    def move(self, request: Request) -> Reply:
        """Move an object to another name or book (RFC 4918 9.9)."""

        def rehouse(tx: Tx, source: Book, item: Item, target: Book, name: str) -> None:
            entries.move(tx, request.who.account, source, item, target=target, name=name)

        return self._place(request, rehouse)

    def copy(self, request: Request) -> Reply:
        """Copy an object to another book (RFC 4918 9.8)."""

        def double(tx: Tx, source: Book, item: Item, target: Book, name: str) -> None:
            entries.copy(tx, request.who.account, source, item, target=target, name=name)

        return self._place(request, double)

    def _place(self, request: Request, place: _Place) -> Reply:
        """Bring an object to the Destination, in place of what is there where that is allowed."""
        segment, name = _item_path(request)
        there = _own_path(request, request.destination())
        if len(there) != 2:
            raise Denied("Only entries of a calendar or address book can be moved and copied.")
        held = request.conditions()
        overwrite = (request.header("Overwrite") or "T").strip().upper() != "F"  # RFC 4918 10.6

        def bring(tx: Tx) -> bool:
            source = _book(tx, request, segment)
            entry = _entry(tx, request, source, name)
            item = entry.item
            _hold(held, entry, source)
            target = _parent(tx, request, there[0])
            found = sights.find(tx, request.who.account, target, there[1])
            present = None if found is None else found.item
            if present is not None and present.id == item.id:
                raise Denied("The source and the destination are the same.")
            if present is not None and not overwrite:
                raise answers.stale()
            if target.collection.tool is not source.collection.tool:
                raise Denied("Contacts belong into address books, and entries of calendars into calendars.")
            if present is not None:
                entries.remove(tx, request.who.account, target, present)
            place(tx, source, item, target, there[1])
            return present is None

        return Reply(201 if self._store.write(bring) else 204)

    # ------------------------------------------------------------ books

    def mkcalendar(self, request: Request) -> Reply:
        """Make a calendar (RFC 4791 5.3.1)."""
        given = _given(request.xml(self._most_xml))
        making = Making(Tool.CALENDAR, _role(given), _set_values(given))
        try:
            return self._make(request, making)
        except Exists as error:
            raise Condition(403, "resource-must-be-null", error.text) from error

    def mkcol(self, request: Request) -> Reply:
        """Make a calendar or an address book (RFC 5689, RFC 6352 6.3.1)."""
        given = _given(request.xml(self._most_xml))
        kinds = {kind.tag for element in given if element.tag == DAV + "resourcetype" for kind in element}
        if CALDAV + "calendar" in kinds:
            return self._make(request, Making(Tool.CALENDAR, _role(given), _set_values(given)))
        if CARDDAV + "addressbook" in kinds:
            return self._make(request, Making(Tool.CONTACTS, objects.CARD, _set_values(given)))
        text = "Only calendars and address books can be made here: say which in resourcetype."
        raise Condition(403, "valid-resourcetype", text)  # RFC 5689 3.3

    def _make(self, request: Request, making: Making) -> Reply:
        inside = _own_path(request, request.parts)
        if len(inside) != 1:
            raise Condition(403, "calendar-collection-location-ok", "Calendars lie right below the home.")

        def make(tx: Tx) -> None:
            books.add(tx, request.visitor, inside[0], tool=making.tool, role=making.role, given=making.given)

        self._store.write(make)
        return Reply(201)

    def proppatch(self, request: Request) -> Reply:
        """Set and remove properties of a home or a book: all or none (RFC 4918 9.2)."""
        wanted = _wanted(request.xml(self._most_xml))
        inside = _own_path(request, request.parts)
        if len(inside) == 2:
            raise Denied("Entries have no properties that could be set.")
        live = [element for element, _ in wanted if element.tag in properties.LIVE]
        if live:
            return _patched(request, wanted, live)
        changes: dict[str, str | None] = {}
        for element, keep in wanted:
            changes |= _stored(element, keep=keep)

        def patch(tx: Tx) -> None:
            visitor = request.visitor
            book = books.find(tx, visitor, inside[0]) if inside else books.own_root(tx, visitor.account)
            books.set_properties(tx, visitor.account, book, changes)

        self._store.write(patch)
        return _patched(request, wanted, [])


# ---------------------------------------------------------------- where


def _own_path(request: Request, parts: tuple[str, ...]) -> tuple[str, ...]:
    """What is below the home of who asks; another's home is not known here."""
    if not parts or parts[0].casefold() != request.who.login.casefold():
        raise Missing("There is no such calendar or address book.")
    return parts[1:]


def _item_path(request: Request) -> tuple[str, str]:
    inside = _own_path(request, request.parts)
    if len(inside) != 2:
        raise Denied("Only entries of a calendar or address book can be written so.")
    return inside[0], inside[1]


def _book(tx: Tx, request: Request, segment: str) -> Book:
    found = books.find(tx, request.visitor, segment)
    books.need_written(found)
    return found


def _parent(tx: Tx, request: Request, segment: str) -> Book:
    """The book an entry is to lie in; without it the request conflicts (RFC 4918 9.7.1)."""
    try:
        return _book(tx, request, segment)
    except Missing as error:
        raise Orphan(_NO_BOOK) from error


def _entry(tx: Tx, request: Request, book: Book, name: str) -> Entry:
    found = sights.find(tx, request.who.account, book, name)
    if found is None:
        raise Missing("There is no such entry.")
    return found


# ---------------------------------------------------------------- conditions


def _hold(held: Conditions, entry: Entry | None, book: Book) -> None:
    """Hold the conditions of the request against an entry as the account sees it in the running tx."""
    state = State(False) if entry is None else State(True, etag_of(entry, book), entry.item.stamp)
    if conditions.judge(held, state, reading=False) is Verdict.FAILED or not held.if_.holds(lambda _tag: state):
        raise answers.stale()


def _matches(held: Conditions, etag: str) -> bool:
    return conditions.judge(held, State(True, etag), reading=False) is not Verdict.FAILED


# ---------------------------------------------------------------- bodies


def _utf8(request: Request, data: bytes) -> tuple[bytes, bool]:
    """The body in UTF-8, and whether it is as it was sent."""
    content_type: str = request.environ.get("CONTENT_TYPE") or ""
    charset = content_type.lower().partition("charset=")[2].partition(";")[0].strip().strip('"') or "utf-8"
    if charset in ("utf-8", "utf8", "us-ascii"):
        return data, True
    try:
        return data.decode(charset).encode(), False
    except (UnicodeDecodeError, UnicodeEncodeError, LookupError) as error:
        raise Malformed(f"The body is not in the character set {charset[:40]!r} it claims.") from error


def _given(body: Element | None) -> list[Element]:
    """The properties of MKCALENDAR and MKCOL."""
    if body is None:
        return []
    if body.tag not in (CALDAV + "mkcalendar", DAV + "mkcol"):
        raise Condition(415, "supported-media-type", "The body must be mkcalendar or mkcol.")
    return [element for prop in body.findall(f"{DAV}set/{DAV}prop") for element in prop]


def _role(given: list[Element]) -> str:
    """The components a new calendar takes; all when its maker does not say (RFC 4791 5.2.3)."""
    for element in given:
        if element.tag == CALDAV + "supported-calendar-component-set":
            asked = {(comp.get("name") or "").upper() for comp in element}
            kinds = [kind for kind in objects.KINDS if kind in asked]
            if not kinds:
                text = "Calendars here keep events, tasks and journal entries."
                raise Condition(403, "supported-calendar-component", text, space=CALDAV[1:-1])
            return " ".join(kinds)
    return books.ANYTHING


def _set_values(given: list[Element]) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in given:
        if element.tag not in properties.LIVE:
            found |= {name: value for name, value in _stored(element, keep=True).items() if value is not None}
    return found


def _wanted(body: Element | None) -> list[tuple[Element, bool]]:
    """The properties of a PROPPATCH in order, and whether each is set or removed."""
    if body is None or body.tag != DAV + "propertyupdate":
        raise Malformed("A PROPPATCH needs a body of the kind propertyupdate.")
    return [
        (element, part.tag == DAV + "set")
        for part in body
        if part.tag in (DAV + "set", DAV + "remove")
        for prop in part.findall(DAV + "prop")
        for element in prop
    ]


def _stored(element: Element, *, keep: bool) -> dict[str, str | None]:
    """How a property is kept: as text, or as XML where it has elements in it."""
    if not isinstance(element.tag, str) or not element.tag.startswith("{"):
        raise Malformed("Properties need a namespace.")
    name = str(xmlutils.make_human_tag(element.tag))
    if element.tag == properties.TRANSPARENCY:
        return {name: _transparency(element) if keep else None}
    if not keep:
        return {name: None, XML_VALUE + name: None}
    if len(element):
        return {name: None, XML_VALUE + name: xml_limits.written(element)}
    return {XML_VALUE + name: None, name: element.text or ""}


def _transparency(element: Element) -> str:
    """Whether a calendar counts for those who look when one is busy (RFC 6638 9.1)."""
    told = [child.tag.removeprefix(CALDAV) for child in element if isinstance(child.tag, str)]
    if told not in ([busy.COUNTS], [busy.COUNTS_NOT]):
        raise Malformed("schedule-calendar-transp holds either opaque or transparent.")
    return told[0]


def _patched(request: Request, wanted: list[tuple[Element, bool]], live: list[Element]) -> Reply:
    """The answer to a PROPPATCH: done, or what was in the way (RFC 4918 9.2.1)."""
    multistatus = Element(DAV + "multistatus")
    response = SubElement(multistatus, DAV + "response")
    SubElement(response, DAV + "href").text = properties.href_of(request.prefix, request.path)
    if not live:
        answers.propstat(response, 200, [Element(element.tag) for element, _ in wanted])
        return answers.multistatus(multistatus)
    answers.propstat(response, 403, [Element(element.tag) for element in live])
    error = SubElement(response[-1], DAV + "error")
    SubElement(error, DAV + "cannot-modify-protected-property")
    others = [Element(element.tag) for element, _ in wanted if element not in live]
    if others:
        answers.propstat(response, 424, others)
    return answers.multistatus(multistatus)
