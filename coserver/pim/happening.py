"""An event as people read it: title, time, place, people, text and repetition, out of whatever a program kept.

Invariants: any bytes give an event; times are told as they stand in it, in its own zone, which is named.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from coserver.pim import contact, lines
from coserver.pim.lines import Line, Part

MOST = 100  # people of one event that are read


@dataclass(frozen=True, slots=True)
class Time:
    """A day, or a moment on the walls of a zone; without one (floating) it is the same on all walls."""

    day: date
    clock: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invited, or who invites; `answer` in the words of RFC 5545 3.2.12."""

    name: str
    address: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """The common fields. `repeats` is the frequency of a rule in small letters, `until` its end, `exactly` if that
    is all the rule says.
    """

    title: str = ""
    where: str = ""
    note: str = ""
    start: Time | None = None
    end: Time | None = None
    organiser: Person | None = None
    people: tuple[Person, ...] = ()
    more_people: int = 0
    cancelled: bool = False
    repeats: str = ""
    until: str = ""
    exactly: bool = False
    changed: int = 0


def read(data: bytes) -> Event:
    """What an object says of its event; of a series, of the series."""
    calendar = lines.parse(data)
    events = [part for part in (calendar.parts if calendar else ()) if part.name == "VEVENT"]
    whole = [part for part in events if not part.values("RECURRENCE-ID")]
    if not events:
        return Event()
    part = (whole or events)[0]
    people = [_person(line) for line in part.lines if line.name == "ATTENDEE"]
    rule = dict(pair.split("=", 1) for pair in _value(part, "RRULE").upper().split(";") if "=" in pair)
    start = _time(part, "DTSTART")
    return Event(
        title=contact.tidy(contact.plain(_value(part, "SUMMARY"))),
        where=contact.tidy(contact.plain(_value(part, "LOCATION"))),
        note=contact.plain(_value(part, "DESCRIPTION")),
        start=start,
        end=_end(_time(part, "DTEND"), start),
        organiser=next((_person(line) for line in part.lines if line.name == "ORGANIZER"), None),
        people=tuple(people[:MOST]),
        more_people=max(0, len(people) - MOST),
        cancelled=_value(part, "STATUS").strip().upper() == "CANCELLED",
        repeats=rule.get("FREQ", "").lower(),
        until=_day(rule.get("UNTIL", "")),
        exactly=rule.keys() <= {"FREQ", "UNTIL", "WKST"} and not part.values("RDATE"),
        changed=len(events) - len(whole),
    )


def _value(part: Part, name: str) -> str:
    return next((line.value for line in part.lines if line.name == name), "")


def _end(end: Time | None, start: Time | None) -> Time | None:
    """The last day of whole ones: DTEND is the day after (RFC 5545 3.6.1)."""
    if end is None or start is None or end.clock or end.day <= start.day:
        return end if end is None or end.clock else start
    return Time(end.day - timedelta(days=1))


def _time(part: Part, name: str) -> Time | None:
    line = next((line for line in part.lines if line.name == name), None)
    if line is None:
        return None
    value, zone = line.value.strip().upper(), dict(line.params).get("TZID", "").strip('"')
    try:
        if "T" not in value:
            return Time(date.fromisoformat(value))
        moment = datetime.fromisoformat(value.removesuffix("Z"))
    except ValueError:
        return None
    return Time(moment.date(), f"{moment:%H:%M}", "UTC" if value.endswith("Z") else zone)


def _day(value: str) -> str:
    return f"{value[:4]}-{value[4:6]}-{value[6:8]}" if value[:8].isdigit() and len(value) >= len("yyyymmdd") else ""


def _person(line: Line) -> Person:
    told = dict(line.params)
    address = line.value.strip()
    address = address[len("mailto:") :] if address.lower().startswith("mailto:") else address
    return Person(contact.tidy(told.get("CN", "").strip('"')), contact.tidy(address), told.get("PARTSTAT", "").upper())
