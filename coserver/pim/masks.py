"""What is left of an event for those who may only see that its time is taken (R49, C12), and what decides that.

Invariants: a masked event is built anew out of times, recurrence and state, whose values are held
against their grammar: no other word of the original is in it, however it was written. Its UID stays, so
that changed instances belong to their event. What takes nobody's time (transparent, cancelled, no event
at all) has no masked form; an instance of a series that takes none becomes an exception of it.
"""

import re
from collections.abc import Iterator, Sequence

from coserver.model.rights import Privacy
from coserver.pim import lines
from coserver.pim.lines import Line, Part

BUSY = "Busy"

_WHEN = re.compile(r"[-+0-9TZPWDHMS/,]{1,65536}")
_RULE = re.compile(r"(?:FREQ|UNTIL|COUNT|INTERVAL|BY[A-Z]{3,8}|WKST|RSCALE|SKIP)=[-+A-Z0-9,]{1,4096}")
_VALUES = {
    "DTSTART": _WHEN, "DTEND": _WHEN, "DURATION": _WHEN, "RDATE": _WHEN, "EXDATE": _WHEN, "RECURRENCE-ID": _WHEN,
    "DTSTAMP": _WHEN, "SEQUENCE": re.compile(r"[0-9]{1,9}"), "TRANSP": re.compile("OPAQUE|TRANSPARENT"),
    "STATUS": re.compile("TENTATIVE|CONFIRMED|CANCELLED"), "CLASS": re.compile("PUBLIC|PRIVATE|CONFIDENTIAL"),
}  # fmt: skip
_ZONE_VALUES = {
    "DTSTART": _WHEN, "RDATE": _WHEN, "TZOFFSETFROM": re.compile(r"[-+0-9]{1,7}"),
    "TZOFFSETTO": re.compile(r"[-+0-9]{1,7}"),
}  # fmt: skip
_PARAMS = {
    "VALUE": re.compile("DATE|DATE-TIME|PERIOD"), "RANGE": re.compile("THISANDFUTURE|THISANDPRIOR"),
    "TZID": re.compile(r'"[^"]*"|[^";:,]*'),
}  # fmt: skip
_CLASSES = {"": Privacy.OPEN, "PUBLIC": Privacy.OPEN, "CONFIDENTIAL": Privacy.CONFIDENTIAL}
_HEAD = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//coserver//busy//EN")
_NO_STAMP = "DTSTAMP:19700101T000000Z"  # a component needs one (RFC 5545 3.6.1)


def masked(data: bytes, *, summary: str = BUSY) -> bytes | None:
    """An event as those see it who may only see that its time is taken; None when it takes none.

    `summary` is the one text in it, ours.
    """
    calendar = lines.parse(data)
    parts = [] if calendar is None else list(_masked(calendar, summary))
    if calendar is None or not parts:
        return None
    zones = [text for part in calendar.parts if part.name == "VTIMEZONE" for text in _zone(part)]
    return b"".join(lines.folded(text) for text in (*_HEAD, *zones, *parts, "END:VCALENDAR"))


def takes_time(data: bytes) -> bool:
    """Whether an object has a masked form."""
    calendar = lines.parse(data)
    return calendar is not None and next(_masked(calendar, BUSY), None) is not None


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


def _masked(calendar: Part, summary: str) -> Iterator[str]:
    """The lines of the components that take time."""
    events = [part for part in calendar.parts if part.name == "VEVENT" and _plain(part, "DTSTART")]
    first = [part for part in events if not part.values("RECURRENCE-ID")]
    changed = [part for part in events if part.values("RECURRENCE-ID")]
    busy = [part for part in first if not _is_free(part)]
    for part in busy:
        spared = [line for other in changed if _is_spared(other) for line in _plain(other, "RECURRENCE-ID")]
        yield from _event(part, summary, spared)
    for part in changed:
        if not _is_free(part) or (busy and not _is_spared(part)):
            yield from _event(part, summary, ())


def _is_free(part: Part) -> bool:
    """Whether it takes nobody's time (RFC 5545 3.8.2.7, 3.8.1.11)."""
    transparent = "TRANSPARENT" in (value.upper() for value in part.values("TRANSP"))
    return transparent or "CANCELLED" in (value.upper() for value in part.values("STATUS"))


def _is_spared(part: Part) -> bool:
    """Whether it is one free instance, and no change of all that follow."""
    return _is_free(part) and not any("RANGE" in dict(line.params) for line in part.lines)


def _event(part: Part, summary: str, spared: Sequence[str]) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield from (f"UID:{value}" for value in part.values("UID")[:1])
    if not _plain(part, "DTSTAMP"):
        yield _NO_STAMP
    for name in _VALUES:
        yield from _plain(part, name)
    yield from _rules(part)
    yield from ("EXDATE" + line.removeprefix("RECURRENCE-ID") for line in spared)
    yield f"SUMMARY:{summary}"
    yield "END:VEVENT"


def _zone(part: Part) -> Iterator[str]:
    """A time zone without its names and remarks (RFC 5545 3.6.5)."""
    yield "BEGIN:VTIMEZONE"
    yield from (f"TZID:{value}" for value in part.values("TZID")[:1])
    for each in part.parts:
        if each.name in ("STANDARD", "DAYLIGHT"):
            yield f"BEGIN:{each.name}"
            for line in each.lines:
                yield from _written(line, _ZONE_VALUES.get(line.name))
            yield from _rules(each)
            yield f"END:{each.name}"
    yield "END:VTIMEZONE"


def _plain(part: Part, name: str) -> list[str]:
    """The lines of one property, as far as they follow its grammar."""
    return [text for line in part.lines if line.name == name for text in _written(line, _VALUES[name])]


def _rules(part: Part) -> Iterator[str]:
    for value in part.values("RRULE"):
        kept = [rule for rule in value.upper().strip(";").split(";") if _RULE.fullmatch(rule)]
        if kept:
            yield f"RRULE:{';'.join(kept)}"


def _written(line: Line, grammar: re.Pattern[str] | None) -> Iterator[str]:
    value = line.value.strip().upper()
    if grammar is not None and grammar.fullmatch(value):
        told = ((name, text if name == "TZID" else text.upper()) for name, text in line.params if name in _PARAMS)
        params = "".join(f";{name}={text}" for name, text in told if _PARAMS[name].fullmatch(text))
        yield f"{line.name}{params}:{value}"
