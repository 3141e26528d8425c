"""The properties of the root, of one's home, of its scheduling outbox, and of other people.

Invariants: a home is told to its own account alone; of a member of one's groups there is what he is called
(R52), so that what a calendar says of its owner leads somewhere, and of anybody else nothing.
"""

from collections.abc import Callable, Mapping
from xml.etree.ElementTree import Element, SubElement

from coserver.dav.radicale_app import privileges
from coserver.dav.radicale_app.properties import (
    CALDAV,
    CARDDAV,
    DAV,
    SERVER,
    Answer,
    Place,
    href_of,
    hrefs_of,
    principal_of,
    reports_of,
    room_of,
    stored_value,
    text_of,
)
from coserver.dav.radicale_app.storage import OUTBOX, HomeCollection
from coserver.pim import books
from coserver.quota import usage


def of_home(place: Place, home: HomeCollection, tag: str) -> Answer:
    """A property of the root, a home, its outbox or another person; None where it has none."""
    if home.person is not None:
        return _of_person(place, home, tag)
    answer = (_OUTBOX if home.is_outbox else _HOME if home.path else _ROOT).get(tag)
    if answer is not None:
        return answer(place, tag)
    if not home.path or home.is_outbox:
        return None
    account = place.visit.account
    stored = books.properties(place.tx, account, books.own_root(place.tx, account))
    return stored_value(stored, tag)


def _of_person(place: Place, home: HomeCollection, tag: str) -> Answer:
    """What a member of one's groups is called, and nothing of what is in his home."""
    if tag == DAV + "displayname":
        return text_of(tag, home.person or "")
    if tag == DAV + "group-member-set" and home.members:  # RFC 3744 4.3
        return hrefs_of(tag, [href_of(place.prefix, f"/{each}/") for each in home.members])
    if tag in (DAV + "principal-URL", DAV + "owner"):
        return hrefs_of(tag, [href_of(place.prefix, f"/{home.path}/")])
    answer = _ROOT.get(tag)
    return None if answer is None else answer(place, tag)


def _itself(place: Place, tag: str) -> Element:
    return hrefs_of(tag, [principal_of(place)])


def _addresses(place: Place, tag: str) -> Element:
    return hrefs_of(tag, [f"mailto:{place.visit.login}"])  # RFC 6638 2.4.1


def _outbox(place: Place, tag: str) -> Element:
    return hrefs_of(tag, [href_of(place.prefix, f"/{place.visit.login}/{OUTBOX}/")])


def _outbox_kinds(_place: Place, tag: str) -> Element:
    element = Element(tag)
    SubElement(element, DAV + "collection")
    SubElement(element, CALDAV + "schedule-outbox")  # RFC 6638 2.1
    return element


def _outbox_privileges(_place: Place, _tag: str) -> Element:
    return privileges.of_names(("D:read", "C:schedule-query-freebusy", "D:read-current-user-privilege-set"))


def _mail(place: Place, tag: str) -> Element:
    element = Element(tag)
    SubElement(element, SERVER + "email-address").text = place.visit.login
    return element


def _login(place: Place, tag: str) -> Element:
    return text_of(tag, place.visit.login)


def _no_reports(_place: Place, _tag: str) -> Element:
    return reports_of(())


def _home_privileges(_place: Place, _tag: str) -> Element:
    return privileges.of_names(
        ("D:read", "D:bind", "D:unbind", "D:write-properties", "D:read-current-user-privilege-set")
    )


def _root_privileges(_place: Place, _tag: str) -> Element:
    return privileges.of_names(("D:read", "D:read-current-user-privilege-set"))


def _home_room(place: Place, tag: str) -> Element:
    space = books.own_root(place.tx, place.visit.account).collection.space
    tools = books.tools_of(place.tx, place.visit.visitor)
    return room_of(tag, [usage.room(place.tx, space, tool) for tool in tools])


_ROOT: Mapping[str, Callable[[Place, str], Answer]] = {
    DAV + "current-user-privilege-set": _root_privileges,
    DAV + "supported-report-set": _no_reports,
}
_HOME: Mapping[str, Callable[[Place, str], Answer]] = {
    DAV + "displayname": _login,
    DAV + "current-user-privilege-set": _home_privileges,
    DAV + "supported-report-set": _no_reports,
    DAV + "principal-URL": _itself,
    DAV + "owner": _itself,
    CALDAV + "calendar-home-set": _itself,
    CARDDAV + "addressbook-home-set": _itself,
    CALDAV + "calendar-user-address-set": _addresses,
    CALDAV + "schedule-outbox-URL": _outbox,
    SERVER + "email-address-set": _mail,
    DAV + "quota-available-bytes": _home_room,
    DAV + "quota-used-bytes": _home_room,
}
_OUTBOX: Mapping[str, Callable[[Place, str], Answer]] = {
    DAV + "resourcetype": _outbox_kinds,
    DAV + "current-user-privilege-set": _outbox_privileges,
    DAV + "supported-report-set": _no_reports,
    DAV + "owner": _itself,
}
