"""The scheduling outbox: when are others busy (RFC 6638 5)? Invitations go by mail, not this way.

Invariants: a question is asked by the owner of the outbox; what is answered of an account that is no
co-member is the same as of one that is not there; nothing is kept. `calendar-auto-schedule` is not claimed
(RFC 6638 2): a client that read it would leave invitations to us.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote
from xml.etree.ElementTree import Element, SubElement

from coserver.dav.radicale_app import answers
from coserver.dav.radicale_app.properties import CALDAV, DAV
from coserver.dav.radicale_app.refusals import Condition
from coserver.dav.radicale_app.request import Request
from coserver.dav.radicale_app.storage import OUTBOX
from coserver.dav.radicale_app.visit import Visit
from coserver.mail import addresses
from coserver.model.errors import Busy, Denied, HouseError
from coserver.model.ids import PrincipalId
from coserver.model.space import Tool
from coserver.net.http.replies import Reply, plain
from coserver.pim import books, freebusy, lines
from coserver.pim.lines import Part
from coserver.pim.periods import NeedTime, Period
from coserver.store.engine import Store
from coserver.store.tx import Tx

MOST_ATTENDEES = 100
MOST_DAYS = 400
MOST_BYTES = 100_000
_LONGEST = 1000  # characters of an address or a UID
_MOMENT = re.compile(r"([0-9]{8}T[0-9]{6})Z")
_SUCCESS, _INVALID = "2.0;Success", "3.7;Invalid calendar user"  # RFC 5546 3.6


@dataclass(frozen=True, slots=True)
class Question:
    """When are these busy, between two moments (seconds since 1970)? Addresses are as they were written."""

    uid: str
    organizer: str
    attendees: tuple[str, ...]
    start: int
    end: int


def post(store: Store, request: Request, visit: Visit, need_time: NeedTime) -> Reply:
    """Answer a POST to an outbox."""
    if not is_outbox(request):
        headers = (("Allow", "OPTIONS, GET, HEAD, PROPFIND, REPORT"),)
        return plain(405, "POST is for the scheduling outbox alone.", headers=headers)
    if not (request.environ.get("CONTENT_TYPE") or "").lower().startswith("text/calendar"):
        raise _refusal("supported-calendar-data", "The body must be text/calendar.")
    question = _question(request.body(MOST_BYTES))
    answer = Element(CALDAV + "schedule-response")  # RFC 6638 10.1
    with store.read() as tx:
        if Tool.CALENDAR not in books.tools_of(tx, visit.visitor):
            raise Denied("Your subscription or your app password does not include calendars.", account=visit.account)
        if whose(tx, question.organizer) != visit.account:
            raise _refusal("valid-organizer", "The ORGANIZER must be one of your own addresses.")
        for attendee in question.attendees:
            answer.append(_answered(tx, question, attendee, visit.account, need_time))
    return answers.xml(200, answer)


def is_outbox(request: Request) -> bool:
    """Whether a request is about the outbox of who asks."""
    return [part.casefold() for part in request.parts] == [request.who.login.casefold(), OUTBOX]


def need_time_of(late: bool) -> None:
    """Busy when a question has had its time."""
    if late:
        raise Busy("The question takes too long: ask for fewer people, or a shorter time.")


def _answered(tx: Tx, question: Question, attendee: str, asker: PrincipalId, need_time: NeedTime) -> Element:
    response = Element(CALDAV + "response")
    SubElement(SubElement(response, CALDAV + "recipient"), DAV + "href").text = attendee
    status = SubElement(response, CALDAV + "request-status")
    other = whose(tx, attendee)
    if other is None or not freebusy.may_ask(tx, asker, other):
        status.text = _INVALID
        return response
    status.text = _SUCCESS
    span = (question.start, question.end)
    found = freebusy.of(tx, other, span, own=other == asker, need_time=need_time)
    text = _written(question, attendee, found, now=tx.now // 1000)
    SubElement(response, CALDAV + "calendar-data").text = text
    return response


def whose(tx: Tx, address: str) -> PrincipalId | None:
    """The principal of a calendar user address."""
    scheme, _, rest = address.partition(":")
    local, at, host = unquote(rest).rpartition("@")
    if scheme.lower() != "mailto" or not at or not local:
        return None
    try:
        return addresses.resolve(tx, local, host)
    except HouseError:
        return None


# ---------------------------------------------------------------- reading and writing iCalendar


def _question(data: bytes) -> Question:
    """What is asked (RFC 5546 3.3.2); a Condition when it is something else."""
    calendar = lines.parse(data)
    if calendar is None or calendar.name != "VCALENDAR":
        raise _refusal("valid-calendar-data", "The body is no iCalendar text.")
    asked = [part for part in calendar.parts if part.name != "VTIMEZONE"]
    if [value.upper() for value in calendar.values("METHOD")] != ["REQUEST"] or len(asked) != 1:
        raise _invalid("it must be one request, with METHOD:REQUEST")
    part = asked[0]
    if part.name != "VFREEBUSY":
        raise _invalid("only free and busy times are asked here; send invitations by mail")
    attendees = tuple(dict.fromkeys(part.values("ATTENDEE")))
    if not 0 < len(attendees) <= MOST_ATTENDEES:
        raise _invalid(f"it must name 1 to {MOST_ATTENDEES} attendees")
    uid, organizer = _one(part, "UID"), _one(part, "ORGANIZER")
    if any(len(text) > _LONGEST for text in (uid, organizer, *attendees)):
        raise _invalid(f"addresses and UIDs have {_LONGEST} characters at most")
    start, end = _moment(_one(part, "DTSTART")), _moment(_one(part, "DTEND"))
    if not 0 < end - start <= MOST_DAYS * 86_400:
        raise _invalid(f"it must be about a time of up to {MOST_DAYS} days")
    return Question(uid, organizer, attendees, start, end)


def _one(part: Part, name: str) -> str:
    found = part.values(name)
    if len(found) != 1 or not found[0]:
        raise _invalid(f"it must have one {name}")
    return found[0]


def _moment(text: str) -> int:
    match = _MOMENT.fullmatch(text)
    try:
        told = datetime.strptime(match[1], "%Y%m%dT%H%M%S") if match else None  # noqa: DTZ007
    except ValueError:
        told = None
    if told is None:
        raise _invalid("its times must be in UTC, like 20260310T090000Z")
    return int(told.replace(tzinfo=UTC).timestamp())


def _invalid(why: str) -> Condition:
    return _refusal("valid-scheduling-message", f"The message cannot be answered: {why}.")


def _refusal(name: str, text: str) -> Condition:
    return Condition(403, name, text, space=CALDAV[1:-1])  # RFC 6638 5.1


def _written(question: Question, attendee: str, found: Sequence[Period], *, now: int) -> str:
    """The answer about one attendee (RFC 5545 3.6.4)."""
    told = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//coserver//busy//EN", "METHOD:REPLY", "BEGIN:VFREEBUSY",
        f"UID:{question.uid}", f"DTSTAMP:{_utc(now)}", f"DTSTART:{_utc(question.start)}",
        f"DTEND:{_utc(question.end)}", f"ORGANIZER:{question.organizer}", f"ATTENDEE:{attendee}",
    ]  # fmt: skip
    for one in found:
        kind = "BUSY-TENTATIVE" if one.tentative else "BUSY"
        told.append(f"FREEBUSY;FBTYPE={kind}:{_utc(one.start)}/{_utc(one.end)}")
    told += ["END:VFREEBUSY", "END:VCALENDAR"]
    return b"".join(lines.folded(line) for line in told).decode()


def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%dT%H%M%SZ")
