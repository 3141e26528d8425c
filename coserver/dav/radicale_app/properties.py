"""The properties that are ours to answer, of books and what is in them; Radicale answers the others.

Invariants: what is told is true for the account that asks (privileges, reports, room); a property a
client set comes back as it was set, XML included.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from radicale import xmlutils

from coserver.dav import privileges as dav_privileges
from coserver.dav import xml_limits
from coserver.dav.radicale_app import privileges
from coserver.dav.radicale_app.storage import BookCollection, HomeCollection, StoredItem, Thing, token_of
from coserver.dav.radicale_app.visit import Visit
from coserver.model.errors import HouseError
from coserver.model.plan import Usage
from coserver.model.rights import Right
from coserver.model.space import Tool
from coserver.pim import books, busy
from coserver.store.tx import Tx

DAV, CALDAV, CARDDAV = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}", "{urn:ietf:params:xml:ns:carddav}"
SERVER = "{http://calendarserver.org/ns/}"
XML_VALUE = "xml:"  # begins the stored name of a property whose value has elements in it

ON_ALL = tuple(
    DAV + name
    for name in (
        "resourcetype", "displayname", "current-user-principal", "current-user-privilege-set", "owner",
        "principal-collection-set", "supported-report-set",
    )
)  # fmt: skip
ON_SHARED = (DAV + "supported-privilege-set", DAV + "acl", DAV + "acl-restrictions")
ON_HOME = (
    DAV + "principal-URL", CALDAV + "calendar-home-set", CARDDAV + "addressbook-home-set",
    CALDAV + "calendar-user-address-set", CALDAV + "schedule-outbox-URL", SERVER + "email-address-set",
    DAV + "quota-available-bytes", DAV + "quota-used-bytes",
)  # fmt: skip
ON_BOOK = (
    DAV + "getetag", DAV + "sync-token", SERVER + "getctag",
    DAV + "quota-available-bytes", DAV + "quota-used-bytes",
)  # fmt: skip
TRANSPARENCY = CALDAV + "schedule-calendar-transp"  # RFC 6638 9.1
ON_CALENDAR = (CALDAV + "supported-calendar-component-set", TRANSPARENCY)
OF_SHARING = (SERVER + "invite", SERVER + "allowed-sharing-modes")
ON_CONTACTS = (CARDDAV + "supported-address-data",)
ON_ITEM = tuple(DAV + name for name in ("getetag", "getcontenttype", "getcontentlength", "getlastmodified"))
LIVE = frozenset(
    (
        *ON_ALL,
        *ON_HOME,
        *ON_BOOK,
        *ON_CALENDAR,
        *ON_CONTACTS,
        *ON_ITEM,
        CALDAV + "max-resource-size",
        CARDDAV + "max-resource-size",
        *ON_SHARED,
        *OF_SHARING,
        DAV + "creationdate",
        DAV + "lockdiscovery",
        DAV + "supportedlock",
    )
) - {DAV + "displayname", TRANSPARENCY}  # fmt: skip  (what no client may set, RFC 4918 15)
# not in allprop (RFC 4331 3, RFC 3744 5)
SELDOM = frozenset((DAV + "quota-available-bytes", DAV + "quota-used-bytes", *ON_SHARED))

# searches for people: calendar programs that get an error give up, so these find nothing (RFC 3253 3.8, RFC 3744 9.4)
_EMPTY_REPORTS = ("D:expand-property", "D:principal-property-search", "D:principal-search-property-set")
_REPORTS = {
    Tool.CALENDAR: ("D:sync-collection", "C:calendar-multiget", "C:calendar-query", "C:free-busy-query"),
    Tool.CONTACTS: ("D:sync-collection", "CR:addressbook-multiget", "CR:addressbook-query"),
}
Answer = Element | None


@dataclass(frozen=True, slots=True)
class Place:
    """What a property is asked of: in which tx, by whom, below which prefix of the URL; `alone`: of nothing else."""

    tx: Tx
    visit: Visit
    prefix: str
    most_bytes: int
    alone: bool = False


def names_of(thing: Thing, *, every: bool) -> list[str]:
    """The properties of a thing: every one, or those that come unasked (RFC 4918 9.1)."""
    found: list[str] = list(ON_ALL)
    if isinstance(thing, HomeCollection) and thing.person is not None:
        found.append(DAV + "principal-URL")
    elif isinstance(thing, HomeCollection) and thing.path and not thing.is_outbox:
        found += ON_HOME
    elif isinstance(thing, BookCollection):
        found += (*ON_BOOK, *ON_SHARED)
        found += ON_CALENDAR if thing.book.collection.tool is Tool.CALENDAR else ON_CONTACTS
        set_names = (name for name in thing.get_meta() if name != "tag")
        found += (xmlutils.make_clark(name.removeprefix(XML_VALUE)) for name in set_names)
    elif isinstance(thing, StoredItem):
        found = [*found, *ON_ITEM, *ON_SHARED]
    return [name for name in dict.fromkeys(found) if every or name not in SELDOM]


def of_book(place: Place, thing: BookCollection, tag: str) -> Answer:
    """A property of a book that is ours; None where it has none."""
    answer = _BOOK.get(tag)
    if tag == TRANSPARENCY and thing.book.collection.tool is Tool.CALENDAR:
        answer = _transparency
    if answer is None and thing.book.collection.tool is Tool.CONTACTS:
        answer = _CONTACTS.get(tag)
    return stored_value(thing.get_meta(), tag) if answer is None else answer(place, thing, tag)


def of_item(place: Place, thing: StoredItem, tag: str) -> Answer:
    """A property of an item that is ours; None where it has none."""
    answer = _ITEM.get(tag)
    return None if answer is None else answer(place, thing, tag)


def is_ours(thing: Thing, tag: str) -> bool:
    """Whether a property of a thing is answered here, and not by Radicale."""
    if isinstance(thing, StoredItem):
        return tag not in _THEIRS
    if isinstance(thing, BookCollection):
        if tag in _CONTACTS:
            return thing.book.collection.tool is Tool.CONTACTS
        if tag in _BOOK or tag in (TRANSPARENCY, DAV + "acl", *OF_SHARING):
            return True
        return XML_VALUE + xmlutils.make_human_tag(tag) in thing.get_meta()
    return tag not in (_THEIRS_OF_OUTBOX if thing.is_outbox else _THEIRS_OF_HOME)


def href_of(prefix: str, path: str) -> str:
    """The path of a thing as answers show it."""
    return str(xmlutils.make_href(prefix, path))


def path_of(thing: Thing) -> str:
    """The path of a thing below the prefix; collections end with a slash."""
    if isinstance(thing, StoredItem):
        return f"/{thing.within.path}/{thing.href}"
    return f"/{thing.path}/" if thing.path else "/"


def stored_value(stored: Mapping[str, str], tag: str) -> Answer:
    """A property as a client set it."""
    name = xmlutils.make_human_tag(tag)
    if name in stored:
        return text_of(tag, stored[name])
    text = stored.get(XML_VALUE + name)
    if text is None:
        return None
    try:
        return xml_limits.parse(text.encode())
    except HouseError:
        return None


# ---------------------------------------------------------------- inside


def text_of(tag: str, text: str) -> Element:
    """A property that is a text."""
    element = Element(tag)
    element.text = text
    return element


def element_of(tag: str, inside: str) -> Element:
    """A property whose inside is XML of ours, with the prefix D for that of DAV."""
    name = tag.removeprefix(DAV)
    found = xml_limits.parse(f'<D:{name} xmlns:D="DAV:">{inside}</D:{name}>'.encode())
    return Element(tag) if found is None else found


def hrefs_of(tag: str, hrefs: Sequence[str]) -> Element:
    """A property that is a list of paths."""
    element = Element(tag)
    for href in hrefs:
        SubElement(element, DAV + "href").text = href
    return element


def principal_of(place: Place) -> str:
    """The path of the account that asks."""
    return href_of(place.prefix, f"/{place.visit.login}/")


def _transparency(_place: Place, thing: BookCollection, tag: str) -> Element:
    element = Element(tag)
    SubElement(element, CALDAV + (busy.COUNTS if books.counts(thing.book, thing.get_meta()) else busy.COUNTS_NOT))
    return element


def room_of(tag: str, rooms: Sequence[Usage]) -> Element:
    """RFC 4331 3, 4: what is used, and what more may be stored."""
    if tag.endswith("used-bytes"):
        return text_of(tag, str(sum(one.bytes for one in rooms)))
    return text_of(tag, str(sum(one.available for one in rooms)))


def _title(_place: Place, thing: BookCollection, tag: str) -> Element:
    return text_of(tag, books.title(thing.book, thing.get_meta()))


def _book_privileges(_place: Place, thing: BookCollection, _tag: str) -> Element:
    return privileges.of_rights(thing.book.rights, calendar=thing.book.collection.tool is Tool.CALENDAR)


def _book_reports(_place: Place, thing: BookCollection, _tag: str) -> Element:
    return reports_of(_REPORTS[thing.book.collection.tool])


def _supported_privileges(_place: Place, thing: BookCollection, tag: str) -> Element:
    return element_of(tag, dav_privileges.supported(calendar=thing.book.collection.tool is Tool.CALENDAR))


def _restrictions(_place: Place, _thing: BookCollection, tag: str) -> Element:
    return element_of(tag, dav_privileges.restrictions())


def _token(_place: Place, thing: BookCollection, tag: str) -> Element:
    return text_of(tag, token_of(thing))


def _owner(place: Place, thing: BookCollection, tag: str) -> Element:
    """RFC 3744 5.1: empty where it is no account."""
    owner = thing.book.owner
    if owner is not None:
        return hrefs_of(tag, [href_of(place.prefix, f"/{owner.login}/")])
    return hrefs_of(tag, [principal_of(place)] if thing.book.is_own else [])


def _book_room(place: Place, thing: BookCollection, tag: str) -> Answer:
    """None where the account could not use it: it is nobody else's business."""
    if thing.book.owner is not None and Right.ADD not in thing.book.rights:
        return None
    return room_of(tag, [books.room(place.tx, thing.book)])


def _most_bytes(place: Place, _thing: BookCollection, tag: str) -> Element:
    return text_of(tag, str(place.most_bytes))


def _nothing(_place: Place, _thing: BookCollection, _tag: str) -> None:
    return None


def _address_data(_place: Place, _thing: BookCollection, _tag: str) -> Element:
    element = Element(CARDDAV + "supported-address-data")  # RFC 6352 6.2.2
    for version in ("3.0", "4.0"):
        attributes = {"content-type": "text/vcard", "version": version}
        SubElement(element, CARDDAV + "address-data-type", attributes)
    return element


def reports_of(names: Sequence[str]) -> Element:
    """The reports that can be asked for."""
    element = Element(DAV + "supported-report-set")  # RFC 3253 3.1.5
    for name in names:
        report = SubElement(SubElement(element, DAV + "supported-report"), DAV + "report")
        SubElement(report, xmlutils.make_clark(name))
    return element


def offers(thing: HomeCollection | BookCollection, report: str) -> bool:
    """Whether a report, by its tag, can be asked for there: those told of, and those that are always empty."""
    told = _REPORTS[thing.book.collection.tool] if isinstance(thing, BookCollection) else ()
    return report in {xmlutils.make_clark(name) for name in (*told, *_EMPTY_REPORTS)}


def _etag(_place: Place, thing: StoredItem, tag: str) -> Element:
    return text_of(tag, thing.etag)


def _length(_place: Place, thing: StoredItem, tag: str) -> Answer:
    if thing.within.book.is_made:
        return None  # it is written when it is read
    return text_of(tag, str(thing.size))


def _type(_place: Place, thing: StoredItem, tag: str) -> Element:
    return text_of(tag, thing.media)


def _modified(_place: Place, thing: StoredItem, tag: str) -> Element:
    return text_of(tag, thing.modified)


def _no_kind(_place: Place, _thing: StoredItem, tag: str) -> Element:
    return Element(tag)


def _item_privileges(place: Place, thing: StoredItem, _tag: str) -> Element:
    book, entry = thing.within.book, thing.entry
    held = book.rights if book.is_made else entry.held
    own = entry.item.author == place.visit.account
    return privileges.of_rights(held, calendar=book.collection.tool is Tool.CALENDAR, item=True, own=own)


def _item_reports(_place: Place, _thing: StoredItem, _tag: str) -> Element:
    return reports_of(())


def _item_supported(place: Place, thing: StoredItem, tag: str) -> Element:
    return _supported_privileges(place, thing.within, tag)


def _item_restrictions(place: Place, thing: StoredItem, tag: str) -> Element:
    return _restrictions(place, thing.within, tag)


def _item_owner(place: Place, thing: StoredItem, tag: str) -> Element:
    return _owner(place, thing.within, tag)


_THEIRS_OF_OUTBOX = frozenset((DAV + "current-user-principal", DAV + "principal-collection-set"))
_THEIRS_OF_HOME = frozenset(
    DAV + name for name in ("resourcetype", "current-user-principal", "principal-collection-set")
)
_THEIRS = frozenset((DAV + "current-user-principal", DAV + "principal-collection-set", CALDAV + "max-resource-size"))
_ITEM: Mapping[str, Callable[[Place, StoredItem, str], Answer]] = {
    DAV + "getetag": _etag,
    DAV + "getcontentlength": _length,
    DAV + "getcontenttype": _type,
    DAV + "getlastmodified": _modified,
    DAV + "resourcetype": _no_kind,
    DAV + "current-user-privilege-set": _item_privileges,
    DAV + "supported-report-set": _item_reports,
    DAV + "supported-privilege-set": _item_supported,
    DAV + "acl-restrictions": _item_restrictions,
    DAV + "owner": _item_owner,
}
_BOOK: Mapping[str, Callable[[Place, BookCollection, str], Answer]] = {
    DAV + "displayname": _title,
    DAV + "current-user-privilege-set": _book_privileges,
    DAV + "supported-report-set": _book_reports,
    DAV + "supported-privilege-set": _supported_privileges,
    DAV + "acl-restrictions": _restrictions,
    DAV + "sync-token": _token,
    DAV + "owner": _owner,
    DAV + "quota-available-bytes": _book_room,
    DAV + "quota-used-bytes": _book_room,
    DAV + "getcontentlength": _nothing,
    DAV + "getlastmodified": _nothing,
}
_CONTACTS: Mapping[str, Callable[[Place, BookCollection, str], Answer]] = {
    CARDDAV + "supported-address-data": _address_data,
    CARDDAV + "max-resource-size": _most_bytes,
    CALDAV + "supported-calendar-component-set": _nothing,
}
