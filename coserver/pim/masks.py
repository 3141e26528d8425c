"""What is left of an event for those who may only see that its time is taken (R49, C12), and what decides that.

Invariants: a masked event is built anew out of times, recurrence and state, whose values are held
against their grammar: no other word of the original is in it, however it was written. A time zone bears
a name that everybody knows (IANA), or a number with the bare offsets of the original; times in a zone that
is neither known nor defined are in UTC, as all who look when somebody is busy take them. The UID stays
where it is an identifier and no text. What takes nobody's time (transparent, cancelled, no event at all)
has no masked form; an instance of a series that takes none becomes an exception of it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from coserver.model.rights import Privacy
from coserver.pim import lines
from coserver.pim.lines import Line, Part

BUSY = "Busy"

_DAY = r"[0-9]{8}"
_MOMENT = _DAY + r"T[0-9]{6}Z?"
_LENGTH = r"[-+]?P[0-9DHMSTW]{2,40}"
_NUMBERS = r"[-+]?[0-9]{1,3}(?:,[-+]?[0-9]{1,3}){0,800}"
_WEEKDAY = r"[-+]?[0-9]{0,2}(?:SU|MO|TU|WE|TH|FR|SA)"
_ONE = re.compile(f"(?:{_MOMENT}|{_DAY})")
_MANY = re.compile(f"{_ONE.pattern}(?:/(?:{_MOMENT}|{_LENGTH}))?(?:,{_ONE.pattern}(?:/(?:{_MOMENT}|{_LENGTH}))?)*")
_RULE = re.compile(  # RFC 5545 3.3.10, RFC 7529 4
    "FREQ=(?:SECOND|MINUTE|HOUR|DAI|WEEK|MONTH|YEAR)LY"
    f"|UNTIL=(?:{_MOMENT}|{_DAY})|COUNT=[0-9]{{1,9}}|INTERVAL=[0-9]{{1,9}}|WKST=(?:SU|MO|TU|WE|TH|FR|SA)"
    f"|BYDAY={_WEEKDAY}(?:,{_WEEKDAY}){{0,400}}|BYMONTH=[0-9]{{1,2}}L?(?:,[0-9]{{1,2}}L?){{0,40}}"
    f"|BY(?:SECOND|MINUTE|HOUR|MONTHDAY|YEARDAY|WEEKNO|SETPOS)={_NUMBERS}"
    "|RSCALE=(?:GREGORIAN|CHINESE|HEBREW|ETHIOPIC)|SKIP=(?:OMIT|BACKWARD|FORWARD)"
)
_VALUES = {
    "DTSTART": _ONE, "DTEND": _ONE, "DURATION": re.compile(_LENGTH), "RDATE": _MANY, "EXDATE": _MANY,
    "RECURRENCE-ID": _ONE, "DTSTAMP": _ONE, "SEQUENCE": re.compile(r"[0-9]{1,9}"),
    "TRANSP": re.compile("OPAQUE|TRANSPARENT"), "STATUS": re.compile("TENTATIVE|CONFIRMED|CANCELLED"),
    "CLASS": re.compile("PUBLIC|PRIVATE|CONFIDENTIAL"),
}  # fmt: skip
_OFFSET = re.compile(r"[-+][0-9]{4}(?:[0-9]{2})?")
_ZONE_VALUES = {"DTSTART": _ONE, "RDATE": _MANY, "TZOFFSETFROM": _OFFSET, "TZOFFSETTO": _OFFSET}
_PARAMS = {
    "VALUE": re.compile("DATE|DATE-TIME|PERIOD"), "RANGE": re.compile("THISANDFUTURE|THISANDPRIOR"),
}  # fmt: skip
_WALL = re.compile(r"([0-9]{8}T[0-9]{6})(?!Z)")  # a time of the wall: it does not say where
_BEHIND = re.compile(r"^/.*?/([A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z0-9_+-]*){1,2})$")  # a name behind its maker's
_IDENTIFIER = re.compile(r"[A-Za-z0-9!#$%&'*+./:=?@^_{|}~()<>\[\]-]{1,255}")
_CLASSES = {"": Privacy.OPEN, "PUBLIC": Privacy.OPEN, "CONFIDENTIAL": Privacy.CONFIDENTIAL}
_HEAD = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//coserver//busy//EN")
_NO_STAMP = "DTSTAMP:19700101T000000Z"  # a component needs one (RFC 5545 3.6.1)


def masked(data: bytes, *, uid: str, summary: str = BUSY) -> bytes | None:
    """An event as those see it who may only see that its time is taken; None when it takes none.

    `summary` is the one text in it, ours. `uid` takes the place of a UID that is text: one that is an
    identifier, as it is meant to be (RFC 7986 5.3), stays, because the resource bears it whoever looks.
    """
    calendar = lines.parse(data)
    if calendar is None:
        return None
    zones = _zone_names(calendar)
    parts = list(_masked(calendar, _Way(zones, summary, uid)))
    if not parts:
        return None
    defined = {name: part for part in calendar.parts if (name := _tzid(part)) is not None}
    told = [text for name, part in defined.items() for text in _zone(part, zones[name])]
    return b"".join(lines.folded(text) for text in (*_HEAD, *told, *parts, "END:VCALENDAR"))


def takes_time(data: bytes) -> bool:
    """Whether an object has a masked form."""
    calendar = lines.parse(data)
    return calendar is not None and next(_masked(calendar, _Way({}, BUSY, "")), None) is not None


def privacy_of(data: bytes) -> Privacy | None:
    """How far an object asks to be withheld by its CLASS (RFC 5545 3.8.1.3, RFC 2426 3.7.1); None: it does not say.

    Of several changed instances the strictest word counts; words nobody knows mean private.
    """
    found = lines.parse(data)
    if found is None:
        return None
    told = [value.upper() for part in (found, *found.parts) for value in part.values("CLASS")]
    return max((_CLASSES.get(value, Privacy.PRIVATE) for value in told), default=None)


# ---------------------------------------------------------------- inside


@dataclass(frozen=True, slots=True)
class _Way:
    """How an event is written: what its zones are called, its one text, and its UID where its own is text."""

    zones: Mapping[str, str]
    summary: str
    uid: str


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def _is_known(name: str) -> bool:
    """Whether it is the name of a time zone to everybody (RFC 6557)."""
    return name in _known()


def _zone_names(calendar: Part) -> dict[str, str]:
    """What the zones of a calendar are called in its masked form; who is missing here is UTC."""
    defined = dict.fromkeys(name for part in calendar.parts if (name := _tzid(part)) is not None)
    named: dict[str, str] = {}
    for name in defined:
        behind = _BEHIND.match(name)
        known = name if behind is None else behind[1]
        free = _is_known(known) and known not in named.values()
        named[name] = known if free else f"Zone-{len(named) + 1}"
    return named


def _tzid(part: Part) -> str | None:
    """The name of a time zone that is defined and usable (RFC 5545 3.6.5)."""
    names = part.values("TZID")[:1]
    return names[0] if part.name == "VTIMEZONE" and names and any(_observances(part)) else None


def _observances(part: Part) -> Iterator[Part]:
    """The parts of a zone that say how far it is from UTC, and from when on."""
    for each in part.parts:
        if each.name in ("STANDARD", "DAYLIGHT") and all(_plain(each, name, _BARE) for name in _NEEDED):
            yield each


def _masked(calendar: Part, way: _Way) -> Iterator[str]:
    """The lines of the components that take time."""
    events = [part for part in calendar.parts if part.name == "VEVENT" and _plain(part, "DTSTART", way)]
    first = [part for part in events if not part.values("RECURRENCE-ID")]
    changed = [part for part in events if part.values("RECURRENCE-ID")]
    busy = [part for part in first if not _is_free(part)]
    for part in busy:
        spared = [line for other in changed if _is_spared(other) for line in _plain(other, "RECURRENCE-ID", way)]
        yield from _event(part, way, spared)
    for part in changed:
        if not _is_free(part) or (busy and not _is_spared(part)):
            yield from _event(part, way, ())


def _is_free(part: Part) -> bool:
    """Whether it takes nobody's time (RFC 5545 3.8.2.7, 3.8.1.11)."""
    transparent = "TRANSPARENT" in (value.upper() for value in part.values("TRANSP"))
    return transparent or "CANCELLED" in (value.upper() for value in part.values("STATUS"))


def _is_spared(part: Part) -> bool:
    """Whether it is one free instance, and no change of all that follow."""
    return _is_free(part) and not any("RANGE" in dict(line.params) for line in part.lines)


def _event(part: Part, way: _Way, spared: Sequence[str]) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield from (f"UID:{value if _IDENTIFIER.fullmatch(value) else way.uid}" for value in part.values("UID")[:1])
    if not _plain(part, "DTSTAMP", way):
        yield _NO_STAMP
    for name in _VALUES:
        yield from _plain(part, name, way)
    yield from _rules(part)
    yield from ("EXDATE" + line.removeprefix("RECURRENCE-ID") for line in spared)
    yield f"SUMMARY:{way.summary}"
    yield "END:VEVENT"


def _zone(part: Part, name: str) -> Iterator[str]:
    """A time zone without its own names and remarks (RFC 5545 3.6.5)."""
    yield "BEGIN:VTIMEZONE"
    yield f"TZID:{name}"
    for each in _observances(part):
        yield f"BEGIN:{each.name}"
        for line in each.lines:
            yield from _written(line, _ZONE_VALUES.get(line.name), _BARE)
        yield from _rules(each)
        yield f"END:{each.name}"
    yield "END:VTIMEZONE"


def _plain(part: Part, name: str, way: _Way) -> list[str]:
    """The lines of one property, as far as they follow its grammar."""
    grammar = _VALUES.get(name) or _ZONE_VALUES[name]
    return [text for line in part.lines if line.name == name for text in _written(line, grammar, way)]


def _rules(part: Part) -> Iterator[str]:
    for value in part.values("RRULE"):
        kept = [rule for rule in value.upper().strip(";").split(";") if _RULE.fullmatch(rule)]
        if kept:
            yield f"RRULE:{';'.join(kept)}"


def _written(line: Line, grammar: re.Pattern[str] | None, way: _Way) -> Iterator[str]:
    value = line.value.strip().upper()
    if grammar is None or not grammar.fullmatch(value):
        return
    told = dict(line.params)
    params = [f"{name}={told[name].upper()}" for name in _PARAMS if _PARAMS[name].fullmatch(told.get(name, "").upper())]
    if "TZID" in told and _WALL.search(value):
        name = told["TZID"].strip('" ')
        zone = way.zones.get(name) or (name if _is_known(name) else None)
        if zone is None:
            value = _WALL.sub(r"\1Z", value)
        else:
            params.append(f"TZID={zone}")
    yield f"{';'.join((line.name, *params))}:{value}"


_NEEDED = ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO")
_BARE = _Way({}, BUSY, "")
