"""What an event, task, journal entry or contact says: the only door to vobject.

Invariants: nothing here is ever written back: what a client sent is what is kept, and what is read
here serves queries alone (vobject breaks pictures and parameters of vCard 4). Any bytes give a value
or one of the refusals. Time zones defined in one object are known to that object alone. Work and
nesting are bounded.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import vobject
from vobject.base import VObjectError

from coserver.model.rights import Privacy
from coserver.pim import labels, masks, times
from coserver.pim.labels import NO_LABEL, Label
from coserver.pim.refusals import BadCalendar, BadCard, BadObject, WrongComponent

KINDS = ("VEVENT", "VTODO", "VJOURNAL")
CARD = "VCARD"
MOST_LINES = 100_000
DEEPEST = 8
LONGEST_UID = 1000
_LONG = 16_384  # characters of a line above which its value is looked at no further

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FOLD = re.compile(r"\r?\n[ \t]")
_BREAK = re.compile(r"\r?\n|\r")
_TZID_SPACE = re.compile(r"(TZID=[^:;]+?) +([:;])")
_BROKEN = (
    VObjectError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, AssertionError, RuntimeError,
)  # fmt: skip
_ZONES: dict[str, Any] = vars(vobject.icalendar)["__tzidMap"]
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True)
class Object:
    """What queries need: its kind, its UID, and when it takes place (seconds since 1970, rounded outward).

    `first` None: no time known; `last` None: without end; `once`: it takes place once, and these are
    its very bounds; `days`: once, on whole days, each bound a day outside. `busy` tells whether it takes its
    owner's time: an event that is neither transparent nor cancelled (`coserver.pim.masks`). `privacy` is what
    its CLASS asks for; None: nothing, or it was not read now. `label` is how people find it.
    """

    component: str
    ical_uid: str
    first: int | None = None
    last: int | None = None
    once: bool = False
    busy: bool = False
    days: bool = False
    privacy: Privacy | None = field(default=None, compare=False)
    label: Label = field(default=NO_LABEL, compare=False)


def read_calendar(data: bytes) -> Object:
    """Read one calendar object (RFC 4791 4.1).

    Raises:
        BadCalendar: it is no iCalendar text, or a time in it is impossible.
        BadObject: it holds several objects, or none.
        WrongComponent: what it holds is no event, task or journal entry.
        TooOften: it recurs more often than can be served.
    """
    calendar = _tree(_text(data), "VCALENDAR")
    parts = [part for part in calendar.components() if part.name != "VTIMEZONE"]
    if not parts:
        raise BadObject("The calendar text holds no entry.")
    kind = parts[0].name
    if kind not in KINDS:
        raise WrongComponent(f"A calendar here keeps events, tasks and journal entries, not {kind[:40]}.")
    if any(part.name != kind for part in parts):
        raise BadObject("One calendar object holds entries of one kind only; send each kind by itself.")
    uids = {_uid(part) for part in parts}
    if uids == {""} or len(uids) > 1:
        raise BadObject("All entries of one calendar object have the same UID, and one they must have.")
    if sum("recurrence-id" not in part.contents for part in parts) > 1:
        raise BadObject("One calendar object holds one entry and its changed instances (RECURRENCE-ID).")
    try:
        span = times.bounds(kind, parts)
    except _BROKEN as error:
        raise BadCalendar("A time of the entry cannot be understood.") from error
    return Object(
        kind, uids.pop(), span.first, span.last, span.once, masks.takes_time(data), span.days,
        masks.privacy_of(data), labels.of(kind, data),
    )  # fmt: skip


def read_card(data: bytes) -> Object:
    """Read one contact (RFC 6352 5.1). One without a UID is let pass: clients tell them apart by name.

    Raises:
        BadCard: it is no vCard.
    """
    try:
        uid = _uid(_tree(_text(data), CARD))
    except BadCalendar as error:
        raise BadCard(error.text) from error
    return Object(CARD, uid, privacy=masks.privacy_of(data), label=labels.of(CARD, data))


def tree(text: str) -> Any:
    """The parsed form that filters are held against, put right where a filter would stumble.

    Raises:
        BadCalendar, BadCard: it cannot be parsed.
    """
    head = text.lstrip("\ufeff\r\n\t ")[:20].upper()
    found = _tree(text, CARD if head.startswith("BEGIN:VCARD") else "VCALENDAR")
    if found.name == "VCALENDAR":
        _straighten(found)
    return found


def _straighten(calendar: Any) -> None:
    """Drop what no filter can use: rules in changed instances, EXRULE (RFC 5545 A.1), a missing first entry."""
    parts = [part for part in calendar.components() if part.name in KINDS]
    changed = [part for part in parts if "recurrence-id" in part.contents]
    for part in changed:
        for name in ("rrule", "rdate", "exdate"):
            part.contents.pop(name, None)
    for part in parts:
        part.contents.pop("exrule", None)
    masters = [part for part in parts if "recurrence-id" not in part.contents]
    if not masters and changed:
        del changed[0].contents["recurrence-id"]  # an invitation to some instances only
    elif masters and "dtstart" in masters[0].contents:
        for part in changed:
            _align(part.recurrence_id, masters[0].dtstart.value)


def _align(line: Any, start: date) -> None:
    """Give RECURRENCE-ID the type of DTSTART, as it must have (RFC 5545 3.8.4.4)."""
    value = line.value
    if isinstance(start, datetime) and not isinstance(value, datetime):
        line.value = datetime.combine(value, start.timetz())
    elif isinstance(value, datetime) and not isinstance(start, datetime):
        line.value = value.date()


def _tree(text: str, name: str) -> Any:
    """Parse exactly one component of that name."""
    refused = BadCard if name == CARD else BadCalendar
    what = "a vCard" if name == CARD else "an iCalendar text"
    lines = _lines(text)
    if len(lines) > MOST_LINES or _depth(lines) > DEEPEST:
        raise refused(f"This is not {what} that can be kept: it has too many lines or levels.")
    try:
        with _own_zones():
            quoted = any("QUOTED-PRINTABLE" in line.upper() for line in lines)  # vCard 2.1; reading it is slower
            found = list(vobject.readComponents("\r\n".join(lines), allowQP=quoted))
    except _BROKEN as error:
        reason = str(error)[:200] if isinstance(error, VObjectError) else "it does not follow the grammar"
        raise refused(f"The body is not {what}: {reason}") from error
    if len(found) != 1 or found[0].name != name:
        raise refused(f"The body is not {what}: it must be one {name}, from BEGIN to END.")
    return found[0]


@contextmanager
def _own_zones() -> Iterator[None]:
    """Forget zones that other objects defined: vobject would keep them, of whomever, for ever."""
    with _ONE_AT_A_TIME:
        known = dict(_ZONES)
        try:
            yield
        finally:
            _ZONES.clear()
            _ZONES.update((name, zone) for name, zone in known.items() if name == "UTC")


def _lines(text: str) -> list[str]:
    """Unfolded lines (RFC 5545 3.1) without empty ones; the values of very long ones are left out."""
    unfolded = _FOLD.sub("", _CONTROLS.sub("", text.removeprefix("\ufeff")))
    found = []
    for line in _BREAK.split(unfolded):
        if len(line) > _LONG:
            found.append(f"{re.split('[:;]', line, maxsplit=1)[0][:100]}:")
        elif line.strip():
            found.append(_TZID_SPACE.sub(r"\1\2", line) if "TZID" in line else line)
    return found


def _depth(lines: list[str]) -> int:
    depth = deepest = 0
    for line in lines:
        if line[:6].upper() == "BEGIN:":
            depth += 1
            deepest = max(deepest, depth)
        elif line[:4].upper() == "END:":
            depth -= 1
    return deepest


def _uid(part: Any) -> str:
    lines = part.contents.get("uid", ())
    return str(lines[0].value).strip()[:LONGEST_UID] if lines else ""


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadCalendar("The body is not UTF-8.") from error
