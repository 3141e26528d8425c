"""Calendar sharing as calendar programs of Apple know it: whom a calendar is shared with, seen and said there.

The requests and properties are those of the extension `calendarserver-sharing` (caldav-sharing, version 1.4): another
face of `groups.lists`. Invariants: nobody is asked, since sharing happens within a group, so there are no notifications
and everybody has accepted; who is no member of a group in common is answered the same as who is not there at all.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from coserver.auth import standing
from coserver.dav import access
from coserver.dav.radicale_app.properties import DAV, SERVER, Answer, Place, href_of
from coserver.dav.radicale_app.request import Request
from coserver.dav.radicale_app.scheduling import whose
from coserver.dav.radicale_app.storage import BookCollection
from coserver.groups import lists, rights
from coserver.groups.lists import Recipient
from coserver.groups.shares import Target
from coserver.model.errors import Denied, Malformed, Missing, TooBig
from coserver.model.ids import PrincipalId
from coserver.model.rights import Preset, Right
from coserver.model.space import Collection, Tool
from coserver.net.http.replies import Reply
from coserver.pim import books
from coserver.store.engine import Store
from coserver.store.tx import Tx

INVITE, MODES = SERVER + "invite", SERVER + "allowed-sharing-modes"
CLASS = "calendarserver-sharing"  # in the header DAV
MOST = 100  # people in one request
_SHARE = SERVER + "share"


def is_asked(request: Request) -> bool:
    """Whether a POST may be about sharing: it goes to a calendar, and holds XML."""
    kind = (request.environ.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()
    return len(request.parts) == 2 and kind in ("application/xml", "text/xml")


def post(store: Store, request: Request, most_xml: int) -> Reply:
    """Share a calendar with some, and with others no more; all of it or nothing.

    Raises:
        Missing: there is no such calendar, or one of them is nobody to share it with.
        Denied: it may not be shared by who asks, or not with them.
        Malformed, TooBig: the body is no such request.
    """
    wanted, login = _wanted(request.xml(most_xml)), request.parts[0]

    def job(tx: Tx) -> None:
        account = request.who.account
        if login.casefold() != request.who.login.casefold():
            raise Missing("There is no such calendar.")
        book = books.find(tx, request.visitor, request.parts[1])
        if book.collection.tool is not Tool.CALENDAR or book.is_made or book.is_view:
            raise Denied("Only calendars can be shared so.")
        rights.need(tx, account, book.collection, Right.ADMINISTER)
        for href, preset in wanted.items():
            to = _recipient(tx, account, book.collection, href)
            lists.need_changeable(tx, book.collection, to)
            lists.give(tx, account, Target(book.collection), to, preset)

    store.write(job)
    return Reply(200)


def invite(place: Place, thing: BookCollection) -> Answer:
    """The property invite: whom a calendar is shared with, to who manages it; to others whose it is."""
    book = thing.book
    if book.collection.tool is not Tool.CALENDAR or book.is_made or book.is_view:
        return None
    element = Element(INVITE)
    if book.owner is not None:
        organizer = SubElement(element, SERVER + "organizer")
        SubElement(organizer, DAV + "href").text = href_of(place.prefix, f"/{book.owner.login}/")
    if Right.ADMINISTER in book.rights:
        element.extend(_users(place, book.collection))
    return element


def modes(_place: Place, thing: BookCollection) -> Answer:
    """The property allowed-sharing-modes: whether who asks may share the calendar."""
    book = thing.book
    if book.collection.tool is not Tool.CALENDAR or book.is_made or book.is_view:
        return None
    element = Element(MODES)
    if Right.ADMINISTER in book.rights:
        SubElement(element, SERVER + "can-be-shared")
    return element


ANSWERS = {INVITE: invite, MODES: modes}


def _users(place: Place, calendar: Collection) -> Iterator[Element]:
    for each in lists.entries(place.tx, place.visit.account, Target(calendar)):
        if each.preset is None or each.where is not None:
            continue
        user = Element(SERVER + "user")
        person = "@" in each.identifier and "/" not in each.identifier
        SubElement(user, DAV + "href").text = (
            f"mailto:{each.identifier}" if person else href_of(place.prefix, f"/{each.identifier}/")
        )
        SubElement(user, SERVER + "common-name").text = each.identifier
        SubElement(user, SERVER + "invite-accepted")
        writes = Right.ADD | Right.EDIT_ANY in each.rights
        SubElement(SubElement(user, SERVER + "access"), SERVER + ("read-write" if writes else "read"))
        yield user


def _wanted(body: Element | None) -> dict[str, Preset]:
    """Whom to share with, as what; NOTHING for those with whom no more."""
    if body is None or body.tag != _SHARE:
        raise Malformed("What is posted to a calendar must be a share element of calendarserver.org.")
    if len(body) > MOST:
        raise TooBig(f"Please name {MOST} people at most in one request, or a group.")
    wanted: dict[str, Preset] = {}
    for part in body:
        href = (part.findtext(DAV + "href") or "").strip()
        if part.tag not in (SERVER + "set", SERVER + "remove") or not href:
            raise Malformed("A share element holds set and remove elements, each with one href.")
        preset = Preset.NOTHING
        if part.tag == SERVER + "set":
            preset = Preset.EDIT if part.find(SERVER + "read-write") is not None else Preset.READ
        wanted[href] = preset
    return wanted


def _recipient(tx: Tx, account: PrincipalId, calendar: Collection, href: str) -> Recipient:
    """A person or group by the path of a principal or by a mail address."""
    named = access.identifier(href)
    if named:
        return lists.recipient(tx, account, calendar, named)
    principal = whose(tx, href)
    found = None if principal is None else standing.get(tx, principal)
    try:
        if found is not None:
            return lists.recipient(tx, account, calendar, found.login)
        group = next(each for each in lists.groups_for(tx, account, calendar) if each.id == principal)
    except (Missing, StopIteration) as error:
        raise Missing(f"{href[:200]} is nobody in a group with you: calendars are shared within a group.") from error
    return Recipient(group, None)
