"""PROPFIND, REPORT and GET: answered with Radicale's code over our storage, in one snapshot each."""

import contextlib
import logging
from xml.etree.ElementTree import Element, SubElement

from radicale import xmlutils
from radicale.app import Application
from radicale.app.propfind import xml_propfind_response
from radicale.app.report import free_busy_report, xml_report
from radicale.item import filter as radicale_filter

from coserver.dav import conditions
from coserver.dav.conditions import State, Verdict
from coserver.dav.radicale_app import answers, homes, properties, sharees, sharing
from coserver.dav.radicale_app.finding import SqlStorage
from coserver.dav.radicale_app.properties import CALDAV, CARDDAV, DAV, Place
from coserver.dav.radicale_app.refusals import Condition
from coserver.dav.radicale_app.request import Request
from coserver.dav.radicale_app.storage import (
    MEDIA,
    BookCollection,
    HomeCollection,
    StoredItem,
    Thing,
)
from coserver.dav.radicale_app.visit import Visit
from coserver.log import event
from coserver.model.errors import Denied, Malformed, Missing
from coserver.model.space import Tool
from coserver.net.http.replies import Reply
from coserver.store.engine import Store

log = logging.getLogger(__name__)

MOST_INSTANCES = 10_000  # of one expansion or one free-busy answer
_DATA = (CALDAV + "calendar-data", CARDDAV + "address-data")
_STUMBLES = (  # what Radicale raises over reports it does not understand
    ValueError, AttributeError, TypeError, LookupError, ArithmeticError, AssertionError, RuntimeError,
)  # fmt: skip
_MULTIGET = (CALDAV + "calendar-multiget", CARDDAV + "addressbook-multiget")
_NO_TOKEN = "The sync token is too old or not of this collection: synchronise from the start."  # noqa: S105


class Reading(Application):
    """The reading methods. `store` and the limits are set by the application."""

    store: Store
    sql_storage: SqlStorage
    most_xml: int
    most_bytes: int

    def find_thing(self, request: Request) -> Thing:
        """What the path names, in the running tx.

        Raises:
            Missing: nothing that may be seen.
        """
        thing = next(iter(self.sql_storage.discover(request.path)), None)
        if thing is None:
            raise Missing("There is no such calendar, address book or entry.")
        return thing

    # ------------------------------------------------------------ PROPFIND (RFC 4918 9.1)

    def propfind(self, request: Request, visit: Visit) -> Reply:
        """The properties of what the path names, and of what is right below it."""
        if request.depth not in ("0", "1"):
            raise Condition(403, "propfind-finite-depth", "Ask with Depth: 0 or 1.")
        body = request.xml(self.most_xml)
        visit.data = False
        multistatus = Element(DAV + "multistatus")
        with self.store.read() as tx:
            place = Place(tx, visit, request.prefix, self.most_bytes, request.depth == "0")
            for thing in self.sql_storage.discover(request.path, request.depth):
                multistatus.append(self._described(place, thing, body))
        if not len(multistatus):
            raise Missing("There is no such calendar, address book or entry.")
        return answers.multistatus(multistatus)

    def _described(self, place: Place, thing: Thing, body: Element | None) -> Element:
        response = Element(DAV + "response")
        SubElement(response, DAV + "href").text = properties.href_of(place.prefix, properties.path_of(thing))
        asked = body[0] if body is not None and len(body) else Element(DAV + "allprop")
        if asked.tag == DAV + "propname":
            names = properties.names_of(thing, every=True)
            answers.propstat(response, 200, [Element(name) for name in names])
            return response
        if asked.tag == DAV + "allprop":
            found, missing = self._values(place, thing, properties.names_of(thing, every=False))
            missing = []
        elif asked.tag == DAV + "prop":
            found, missing = self._values(place, thing, [one.tag for one in asked if isinstance(one.tag, str)])
        else:
            raise Malformed("A PROPFIND asks for prop, allprop or propname.")
        if found or not missing:
            answers.propstat(response, 200, found)
        if missing:
            answers.propstat(response, 404, missing)
        return response

    def _values(self, place: Place, thing: Thing, names: list[str]) -> tuple[list[Element], list[Element]]:
        """The properties that are there, and those that are not."""
        theirs = [name for name in names if not properties.is_ours(thing, name)]
        found, missing = self._their_values(place, thing, theirs) if theirs else ([], [])
        for name in names:
            if name not in theirs:
                value = _ours(place, thing, name)
                if value is None:
                    missing.append(Element(name))
                else:
                    found.append(value)
        return found, missing

    def _their_values(self, place: Place, thing: Thing, names: list[str]) -> tuple[list[Element], list[Element]]:
        """The properties that Radicale answers."""
        login = place.visit.login
        response = xml_propfind_response(
            self, place.prefix, properties.path_of(thing), thing, names, login, "utf-8", self.most_bytes
        )
        found: list[Element] = []
        missing: list[Element] = []
        for propstat in response.findall(DAV + "propstat"):
            is_there = "200" in (propstat.findtext(DAV + "status") or "")
            prop = propstat.find(DAV + "prop")
            (found if is_there else missing).extend(prop if prop is not None else ())
        return found, missing

    # ------------------------------------------------------------ REPORT (RFC 3253 3.6)

    def report(self, request: Request, visit: Visit) -> Reply:
        """Queries, multiget, synchronisation and free-busy."""
        body = request.xml(self.most_xml)
        if body is None:
            raise Malformed("A REPORT needs a body that says which.")
        with contextlib.ExitStack() as reading:
            reading.enter_context(self._storage.acquire_lock("r"))
            thing = self.find_thing(request)
            collection = thing.within if isinstance(thing, StoredItem) else thing
            if not properties.offers(collection, body.tag):
                raise Condition(403, "supported-report", "This is not among the reports that can be asked for here.")
            _prepare(visit, body, collection)
            try:
                if body.tag == CALDAV + "free-busy-query":
                    visit.busy = True
                    return self._free_busy(request, body, thing, reading)
                return self._multistatus(request, visit, body, collection, reading)
            except _STUMBLES as error:
                event(log, "report-refused", report=body.tag, reason=f"{type(error).__name__}: {error}")
                raise _refused(body, error) from error

    def _multistatus(
        self, request: Request, visit: Visit, body: Element, collection: HomeCollection | BookCollection,
        reading: contextlib.ExitStack,
    ) -> Reply:  # fmt: skip
        expands = body.find(f".//{CALDAV}expand") is not None
        status, found = xml_report(
            request.prefix, request.path, body, collection, "utf-8", reading.close,
            MOST_INSTANCES if expands else 0, visit.login, {"useragent": "", "host": ""},
        )  # fmt: skip
        if visit.cut:
            _tell_cut(found, properties.href_of(request.prefix, properties.path_of(collection)))
        if status == 403 and found.find(DAV + "valid-sync-token") is not None:
            raise Condition(403, "valid-sync-token", _NO_TOKEN)  # RFC 6578 3.2
        return answers.xml(int(status), found)

    def _free_busy(self, request: Request, body: Element, thing: object, reading: contextlib.ExitStack) -> Reply:
        if not isinstance(thing, BookCollection):
            raise Condition(403, "supported-report", "Free and busy times are asked of a calendar.")
        if body.find(CALDAV + "time-range") is None:
            raise Malformed("A free-busy query needs a time-range.")
        status, text = free_busy_report(
            request.prefix, request.path, body, thing, "utf-8", reading.close, MOST_INSTANCES
        )
        return Reply(int(status), (("Content-Type", MEDIA[Tool.CALENDAR]),), str(text).encode())

    # ------------------------------------------------------------ GET

    def get(self, request: Request, visit: Visit) -> Reply:
        """An item as it was sent, or a whole book."""
        held = request.conditions()
        with self.store.read():
            thing = self.find_thing(request)
            if isinstance(thing, HomeCollection):
                raise Denied("This is the address for calendar programs; there is nothing to read in a browser.")
            if isinstance(thing, StoredItem):
                return _item(thing, conditions.judge(held, _state(thing), reading=True))
            visit.data = True
            text = thing.serialize()
            headers = (("Content-Type", MEDIA[thing.book.collection.tool]), ("ETag", thing.etag))
            return Reply(200, headers, text.encode())


def _ours(place: Place, thing: Thing, name: str) -> Element | None:
    if name == DAV + "acl" and not isinstance(thing, HomeCollection):  # of entries, asked one by one
        return sharing.acl(place, thing) if place.alone or isinstance(thing, BookCollection) else None
    if name in sharees.ANSWERS and isinstance(thing, BookCollection):
        return sharees.ANSWERS[name](place, thing)
    if isinstance(thing, StoredItem):
        return properties.of_item(place, thing, name)
    if isinstance(thing, BookCollection):
        return properties.of_book(place, thing, name)
    return homes.of_home(place, thing, name)


def _prepare(visit: Visit, body: Element, collection: HomeCollection | BookCollection) -> None:
    """Tell the storage what Radicale does not: whether data is wanted, the range of an expansion, the limit."""
    if any(not (href.text or "").strip() for href in body.findall(DAV + "href")):
        raise Malformed("A href in the report is empty.")
    prop = body.find(DAV + "prop")
    visit.data = prop is not None and any(prop.find(name) is not None for name in _DATA)
    if body.find(f".//{CALDAV}expand") is not None and body.tag not in _MULTIGET:
        filters = body.findall(CALDAV + "filter")
        try:
            kind, start, end, _ = radicale_filter.simplify_prefilters(filters, collection.tag)
        except ValueError as error:
            raise _refused(body, error) from error
        visit.between = (kind, start, end)
    limit = body.findtext(f"{DAV}limit/{DAV}nresults")
    if body.tag == DAV + "sync-collection" and limit is not None:
        if not limit.strip().isdigit() or not int(limit):
            raise Malformed("The limit of a sync report is a number above 0.")
        visit.limit = int(limit)


def _refused(body: Element, error: Exception) -> Condition:
    """What Radicale could not do, in the words of the standard: too much of it, or not understood."""
    name = xmlutils.make_human_tag(body.tag).rpartition(":")[2][:60]
    if "limit of" in str(error):
        text = "The answer would be too long: ask for a shorter time."
        return Condition(403, "number-of-matches-within-limits", text)  # RFC 4791 7.8
    space = (CARDDAV if body.tag.startswith(CARDDAV) else CALDAV)[1:-1]
    return Condition(403, "valid-filter", f"The {name} cannot be understood.", space=space)  # RFC 4791 7.8


def _tell_cut(multistatus: Element, href: str) -> None:
    """Say that there is more (RFC 6578 3.6)."""
    response = SubElement(multistatus, DAV + "response")
    SubElement(response, DAV + "href").text = href
    SubElement(response, DAV + "status").text = "HTTP/1.1 507 Insufficient Storage"
    SubElement(SubElement(response, DAV + "error"), DAV + "number-of-matches-within-limits")


def _state(item: StoredItem) -> State:
    return State(exists=True, etag=item.etag, stamp=item.entry.item.stamp)


def _item(item: StoredItem, verdict: Verdict) -> Reply:
    validators = (("ETag", item.etag), ("Last-Modified", item.modified))
    if verdict is Verdict.FAILED:
        raise answers.stale()
    if verdict is Verdict.NOT_MODIFIED:
        return Reply(304, validators)
    return Reply(200, (("Content-Type", item.media), *validators), item.serialize().encode())
