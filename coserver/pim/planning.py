"""Planning an event: an iCalendar object with other common fields, and everything else in it as it was.

Invariants: a content line that says what it said stays byte for byte, and so does every other component and property.
Times are changed only of what takes place once or by a plain rule without exceptions: others would not fit any more.
A meeting with people invited is not changed, since nobody would tell them.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo, available_timezones

from coserver.model.errors import Denied, Malformed
from coserver.pim import contact, lines
from coserver.pim.component import Component
from coserver.pim.lines import Line, Part
from coserver.pim.walls import Wall

LONGEST = 2000  # characters of a title and a place
LONGEST_NOTE = 20_000
RULES = ("daily", "weekly", "monthly", "yearly")
_EARLIEST, _LATEST = 1901, 2199  # years
_DAY = timedelta(days=1)
_YEAR = 365 * 86_400  # seconds
_DAY_FORM, _MOMENT_FORM = "%Y%m%d", "%Y%m%dT%H%M%S"
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_DURATION = re.compile(
    r"\+?P(?:([0-9]{1,4})W|(?:([0-9]{1,5})D)?(?:T(?:([0-9]{1,5})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,7})S)?)?)"
)
_SCALE = (7 * 86_400, 86_400, 3600, 60, 1)


@dataclass(frozen=True, slots=True)
class Plan:
    """The common fields of an event, times as they stand on the walls of the form's zone.

    `start` and `end` are days YYYY-MM-DD, `end` the last one; `begins` and `ends` HH:MM, empty for whole days.
    `repeats` is one of `RULES` or empty, `until` a day or empty.
    """

    title: str = ""
    where: str = ""
    note: str = ""
    start: str = ""
    begins: str = ""
    end: str = ""
    ends: str = ""
    repeats: str = ""
    until: str = ""


def made(given: Plan, wall: Wall, *, now: datetime) -> tuple[str, bytes]:
    """A new event and the name it is to have; errors as those of `changed`."""
    number = str(uuid4())
    event = f"BEGIN:VEVENT\r\nUID:{number}\r\nDTSTAMP:{_stamp(now)}\r\nEND:VEVENT\r\n"
    empty = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//coserver//portal//EN\r\n{event}END:VCALENDAR\r\n"
    return f"{number}.ics", changed(empty.encode(), given, wall, now=now)


def read(data: bytes, wall: Wall) -> Plan:
    """The fields of an event, as a form shows them."""
    part = _master(data)
    if part is None:
        return Plan()
    first, second, _ = _times(part, wall)
    rule = _rule(part)
    fields = Plan(
        title=contact.tidy(contact.plain(_value(part, "SUMMARY"))),
        where=contact.tidy(contact.plain(_value(part, "LOCATION"))),
        note=_note(contact.plain(_value(part, "DESCRIPTION"))),
        repeats=rule.get("FREQ", "").lower(),
        until=_until(rule.get("UNTIL", ""), _zone_of(part, wall)),
    )
    if first is None or second is None:
        return fields
    if not isinstance(first, datetime):
        return replace(fields, start=first.isoformat(), end=second.isoformat())
    if not isinstance(second, datetime):
        return fields
    days = first.date().isoformat(), second.date().isoformat()
    return replace(fields, start=days[0], begins=f"{first:%H:%M}", end=days[1], ends=f"{second:%H:%M}")


def zone_shown(data: bytes, wall: Wall) -> str:
    """On the walls of which zone `read` tells the times; empty for those without one."""
    part = _master(data)
    return wall.name if part is None else _times(part, wall)[2]


def is_meeting(data: bytes) -> bool:
    """Whether people are invited."""
    found = lines.parse(data)
    return any(part.values("ATTENDEE") for part in (found.parts if found else ()))


def can_move(data: bytes) -> bool:
    """Whether its times and its rule can be changed here."""
    found = lines.parse(data)
    events = [part for part in (found.parts if found else ()) if part.name == "VEVENT"]
    if len(events) != 1 or any(events[0].values(name) for name in ("RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID")):
        return False
    plain = _rule(events[0]).keys() <= {"FREQ", "UNTIL", "WKST"} and len(events[0].values("RRULE")) <= 1
    first, second, _ = _times(events[0], Wall())
    started, ended = _line(events[0], "DTSTART"), _line(events[0], "DTEND")
    alike = ended is None or started is None or _form(started) == _form(ended)
    return plain and alike and first is not None and second is not None


def changed(data: bytes, given: Plan, wall: Wall, *, now: datetime) -> bytes:
    """An event with these fields.

    Raises:
        Malformed: a field cannot be so.
        Denied: people are invited to it.
    """
    if is_meeting(data):
        raise Denied("People are invited to this: change it in your calendar program, which tells them.")
    event, before, given = Component(data), read(data, wall), _checked(given)
    event.text("SUMMARY", before.title, given.title)
    event.text("LOCATION", before.where, given.where)
    event.text("DESCRIPTION", before.note, given.note)
    part = _master(data)
    fresh = part is None or _line(part, "DTSTART") is None
    if fresh or can_move(data):
        given = _moved(given)
        times = ("start", "begins", "end", "ends")
        if fresh or any(getattr(before, name) != getattr(given, name) for name in times):
            _write_times(event, data, given, wall)
        rules = (before.repeats, before.until, bool(before.begins)), (given.repeats, given.until, bool(given.begins))
        if fresh or rules[0] != rules[1]:
            event.put("RRULE", _ruled(given, event.written(), wall))
    for name in ("DTSTAMP", "LAST-MODIFIED"):  # alike where nothing is sent to anybody (RFC 5545 3.8.7.2)
        event.put(name, f"{name}:{_stamp(now)}")
    return event.written()


# ---------------------------------------------------------------- inside


def _write_times(event: Component, data: bytes, given: Plan, wall: Wall) -> None:
    event.put("DURATION", "")
    if not given.begins:
        last = date.fromisoformat(given.end) + _DAY  # DTEND is the day after (RFC 5545 3.6.1)
        event.put("DTSTART", f"DTSTART;VALUE=DATE:{date.fromisoformat(given.start):{_DAY_FORM}}")
        event.put("DTEND", f"DTEND;VALUE=DATE:{last:{_DAY_FORM}}")
        return
    part = _master(data)
    started = None if part is None else _line(part, "DTSTART")
    form = _form(started) if started is not None and "T" in started.value.upper() else f"TZID={wall.name}"
    if form == f"TZID={wall.name}" and wall.name == "UTC":
        form = "Z"
    if form == f"TZID={wall.name}" and not _defines(data, wall.name):
        event.define(wall.definition)
    for name, day, clock in (("DTSTART", given.start, given.begins), ("DTEND", given.end, given.ends)):
        moment = datetime.fromisoformat(f"{day}T{clock}")
        if form == "Z":
            moment = moment.replace(tzinfo=wall.zone).astimezone(UTC)
            event.put(name, f"{name}:{moment:{_MOMENT_FORM}}Z")
        else:
            event.put(name, f"{name}{';' if form else ''}{form}:{moment:{_MOMENT_FORM}}")


def _times(part: Part, wall: Wall) -> tuple[date | None, date | None, str]:
    """First and last moment (or day) on the walls of a zone, and which that is."""
    line = _line(part, "DTSTART")
    first = None if line is None else _moment(line.value)
    if line is None or first is None:
        return None, None, wall.name
    second = _second(part, first)
    if not isinstance(first, datetime):
        return first, None if second is None else max(first, second - _DAY), wall.name
    if first.tzinfo is None:
        return first, second, dict(line.params).get("TZID", "").strip('"')
    ended = second.astimezone(wall.zone) if isinstance(second, datetime) and second.tzinfo else second
    return first.astimezone(wall.zone), ended, wall.name


def _second(part: Part, first: date) -> date | None:
    """When it ends, by DTEND or DURATION; None where that cannot be understood."""
    ended, lasts = _line(part, "DTEND"), _line(part, "DURATION")
    if ended is not None:
        found = _moment(ended.value)
        return found if isinstance(found, datetime) == isinstance(first, datetime) else None
    if lasts is not None:
        told = _DURATION.fullmatch(lasts.value.strip().upper())
        if told is None:
            return None
        seconds = sum(int(count or 0) * scale for count, scale in zip(told.groups(), _SCALE, strict=True))
        return first + timedelta(seconds=seconds) if first.year + seconds // _YEAR < date.max.year else None
    return first if isinstance(first, datetime) else first + _DAY


def _moment(value: str) -> date | None:
    value = value.strip().upper()
    form = _MOMENT_FORM if "T" in value else _DAY_FORM
    try:
        moment = datetime.strptime(value.removesuffix("Z"), form)  # noqa: DTZ007 -- of a wall
    except ValueError:
        return None
    if not date.min.year < moment.year < date.max.year:  # on other walls it could lie beyond what a date can be
        return None
    if form == _DAY_FORM:
        return moment.date()
    return moment.replace(tzinfo=UTC) if value.endswith("Z") else moment


def _form(line: Line) -> str:
    """How a moment is written: in UTC, on the walls of a zone, or on all walls."""
    if line.value.strip().upper().endswith("Z"):
        return "Z"
    zone = dict(line.params).get("TZID")
    return "" if zone is None else f"TZID={zone}"


def _defines(data: bytes, zone: str) -> bool:
    found = lines.parse(data)
    return any(part.name == "VTIMEZONE" and zone in part.values("TZID") for part in (found.parts if found else ()))


def _master(data: bytes) -> Part | None:
    found = lines.parse(data)
    events = [part for part in (found.parts if found else ()) if part.name == "VEVENT"]
    return next((part for part in events if not part.values("RECURRENCE-ID")), events[0] if events else None)


def _line(part: Part, name: str) -> Line | None:
    return next((line for line in part.lines if line.name == name), None)


def _value(part: Part, name: str) -> str:
    line = _line(part, name)
    return "" if line is None else line.value


def _rule(part: Part) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in _value(part, "RRULE").upper().split(";") if "=" in pair)


def _zone_of(part: Part, wall: Wall) -> ZoneInfo:
    """On whose walls a day of its rule ends: those of its own zone, where everybody knows that."""
    started = _line(part, "DTSTART")
    name = "" if started is None else dict(started.params).get("TZID", "").strip('"')
    return ZoneInfo(name) if name in available_timezones() else wall.zone


def _until(value: str, zone: ZoneInfo) -> str:
    found = _moment(value)
    if isinstance(found, datetime):
        return (found.astimezone(zone) if found.tzinfo else found).date().isoformat()
    return "" if found is None else found.isoformat()


def _ruled(given: Plan, data: bytes, wall: Wall) -> str:
    """UNTIL is a moment in UTC where DTSTART is bound to a zone, else as DTSTART is (RFC 5545 3.3.10).

    All of the last day counts.
    """
    part = _master(data)
    if not given.repeats or part is None:
        return ""
    rule, started = f"RRULE:FREQ={given.repeats.upper()}", _line(part, "DTSTART")
    if not given.until:
        return rule
    last = datetime.combine(date.fromisoformat(given.until), time(23, 59, 59))
    if not given.begins:
        return f"{rule};UNTIL={last:{_DAY_FORM}}"
    if started is not None and not _form(started):
        return f"{rule};UNTIL={last:{_MOMENT_FORM}}"
    return f"{rule};UNTIL={_stamp(last.replace(tzinfo=_zone_of(part, wall)))}"


def _checked(given: Plan) -> Plan:
    found = replace(given, title=contact.tidy(given.title), where=contact.tidy(given.where), note=_note(given.note))
    if not found.title:
        raise Malformed("Please type what the event is called.")
    if max(len(found.title), len(found.where)) > LONGEST or len(found.note) > LONGEST_NOTE:
        raise Malformed("A field is too long.")
    return found


def _moved(given: Plan) -> Plan:
    """With times that can be; without an end it is as long as an hour, or one day."""
    days = [_day(given.start, "the day on which it begins")]
    days.append(_day(given.end, "the day on which it ends") if given.end else days[0])
    if given.until and _day(given.until, "the last day of the repetition") < days[0]:
        raise Malformed("It cannot be repeated until a day before it begins.")
    if given.repeats not in ("", *RULES):
        raise Malformed("Please choose how often it is repeated.")
    if not given.begins and given.ends:
        raise Malformed("Please type when it begins, or leave both times empty for whole days.")
    for clock in filter(None, (given.begins, given.ends)):
        if not _CLOCK.fullmatch(clock):
            raise Malformed("Please type times as hours and minutes, like 09:30.")
    ends = given.ends
    if given.begins and not ends:
        later = datetime.fromisoformat(f"{days[1]}T{given.begins}") + timedelta(hours=1)
        days[1], ends = later.date(), f"{later:%H:%M}"
    if (days[1], ends) < (days[0], given.begins):
        raise Malformed("It cannot end before it begins.")
    return replace(given, start=f"{days[0]}", end=f"{days[1]}", ends=ends, until=given.until if given.repeats else "")


def _day(text: str, what: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    if found.isoformat() != text or not _EARLIEST <= found.year <= _LATEST:
        raise Malformed(f"Please type {what} as year, month and day, like 2026-12-31.")
    return found


def _note(text: str) -> str:
    return contact.CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")


def _stamp(now: datetime) -> str:
    return f"{now.astimezone(UTC):{_MOMENT_FORM}}Z"
