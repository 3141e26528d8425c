"""When an entry takes place: the outermost bounds of all its instances, rounded outward.

Invariants: whatever a time-range filter could match lies inside the bounds (RFC 4791 9.9); they may
be too wide, never too narrow. Floating times and dates are widened by a day, since they may be held
against any zone.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from coserver.pim import rules
from coserver.pim.refusals import BadCalendar

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
_NOTHING = timedelta(0)
_DAY_SECONDS = 86_400
_RECURRING = frozenset(("rrule", "rdate", "exdate", "exrule", "recurrence-id"))


@dataclass(slots=True)
class _Bounds:
    """Grows with every moment it is shown."""

    first: int | None = None
    last: int | None = None
    endless: bool = field(default=False)

    def add(self, moment: date, reach: timedelta) -> None:
        """Take in a moment and `reach` after (or before) it."""
        seconds, margin = _seconds(moment)
        low = seconds + min(reach, _NOTHING).total_seconds() - margin
        high = seconds + max(reach, _NOTHING).total_seconds() + margin
        self.first = math.floor(low) if self.first is None else min(self.first, math.floor(low))
        self.last = math.ceil(high) if self.last is None else max(self.last, math.ceil(high))


@dataclass(frozen=True, slots=True)
class Span:
    """From the first to the last second since 1970; `once`: one instance, and these are its very bounds;
    `days`: one instance on whole days, each bound a day outside them.

    None for the first: no time is known, any range may match; None for the last: without end.
    """

    first: int | None
    last: int | None
    once: bool = False
    days: bool = False


def bounds(kind: str, parts: Sequence[Any]) -> Span:
    """When `parts`, the components of one object, take place.

    Raises:
        BadCalendar: a time is missing or impossible.
        TooOften: it recurs more often than can be served.
    """
    found = _Bounds()
    for part in parts:
        _OF[kind](found, part)
    if found.first is None or found.endless:
        return Span(found.first, None)
    if kind != "VEVENT" or len(parts) > 1:
        return Span(found.first, found.last)
    return _exact(parts[0]) or Span(found.first, found.last, days=_is_days(parts[0]))


def _event(found: _Bounds, part: Any) -> None:
    start = _value(part, "dtstart")
    if start is None:
        raise BadCalendar("An event needs DTSTART.")
    length = _length(part, start, "dtend")
    if length is None:
        length = SECOND if isinstance(start, datetime) else DAY
    _recurring(found, part, start, length)


def _exact(part: Any) -> Span | None:
    """The very bounds of an event in a known zone that does not recur, as a filter would find them."""
    start = _value(part, "dtstart")
    if not isinstance(start, datetime) or start.tzinfo is None or not _RECURRING.isdisjoint(part.contents):
        return None
    end = _value(part, "dtend")
    if end is not None and (not isinstance(end, datetime) or end.tzinfo is None):
        return None
    length = end - start if isinstance(end, datetime) else _length(part, start, "dtend") or SECOND
    if length < _NOTHING:
        return None
    return Span(math.floor(start.timestamp()), math.ceil((start + length).timestamp()), once=True)


def _is_days(part: Any) -> bool:
    """Whether an event takes one or more whole days, once (RFC 5545 3.6.1)."""
    start, end = _value(part, "dtstart"), _value(part, "dtend")
    whole = not isinstance(start, datetime) and not isinstance(end, datetime) and "duration" not in part.contents
    return whole and start is not None and (end is None or end > start) and _RECURRING.isdisjoint(part.contents)


def _task(found: _Bounds, part: Any) -> None:
    start, due, done, made = (_value(part, name) for name in ("dtstart", "due", "completed", "created"))
    moments = [moment for moment in (start, due, done, made) if moment is not None]
    if not moments:
        found.endless = True
        return
    if start is None and due is None and done is None:
        found.endless = True  # RFC 4791 9.9: overlaps everything after CREATED
    lengths = [SECOND, -SECOND]
    if start is not None:
        lengths.append((_length(part, start, "due") or _NOTHING) + SECOND)
    for moment in moments:
        found.add(moment, SECOND)
        found.add(moment, -SECOND)
    for length in lengths:
        _recurring(found, part, start or due or moments[0], length)


def _entry(found: _Bounds, part: Any) -> None:
    start = _value(part, "dtstart")
    if start is not None:
        _recurring(found, part, start, SECOND if isinstance(start, datetime) else DAY)


_OF = {"VEVENT": _event, "VTODO": _task, "VJOURNAL": _entry}


def _recurring(found: _Bounds, part: Any, start: date, length: timedelta) -> None:
    """Take in the first instance, those of RDATE, and the last one that a rule gives."""
    found.add(start, length)
    for moment, reach in _dates(part):
        found.add(moment, length if reach is None else reach)
    for line in part.contents.get("rrule", ()):
        last = rules.last_of(line.value, start)
        if last is None:
            found.endless = True
        else:
            found.add(last, length)
    for line in part.contents.get("recurrence-id", ()):
        if "RANGE" in line.params:
            found.endless = True  # it moves all that follow (RFC 5545 3.2.13)


def _dates(part: Any) -> Iterator[tuple[date, timedelta | None]]:
    """The values of RDATE; a period has its own length."""
    for line in part.contents.get("rdate", ()):
        for value in _listed(line.value):
            if isinstance(value, tuple):
                begin, end = value
                yield begin, end if isinstance(end, timedelta) else _between(begin, end)
            elif isinstance(value, date):
                yield value, None


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [value]


def _length(part: Any, start: date, end_name: str) -> timedelta | None:
    """From start to end, by the end or the duration; None when neither is there."""
    end = _value(part, end_name)
    if end is not None:
        return _between(start, end)
    lines = part.contents.get("duration", ())
    if not lines:
        return None
    value = lines[0].value
    if not isinstance(value, timedelta):
        raise BadCalendar("DURATION cannot be understood.")
    return value or SECOND


def _between(start: date, end: date) -> timedelta:
    return timedelta(seconds=_seconds(end)[0] - _seconds(start)[0])


def _value(part: Any, name: str) -> date | None:
    lines = part.contents.get(name, ())
    if not lines:
        return None
    value = lines[0].value
    if not isinstance(value, date):
        raise BadCalendar(f"{name.upper()} is no date: {str(value)[:40]!r}.")
    return value


def _seconds(moment: date) -> tuple[float, int]:
    """Seconds since 1970, and how far the truth may be off: a day for what has no fixed zone."""
    if not isinstance(moment, datetime):
        return datetime(moment.year, moment.month, moment.day, tzinfo=UTC).timestamp(), _DAY_SECONDS
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC).timestamp(), _DAY_SECONDS
    try:
        seconds = moment.timestamp()
    except (OverflowError, ValueError) as error:
        raise BadCalendar("A time of the entry is out of range.") from error
    return seconds, 0 if moment.tzname() == "UTC" else _DAY_SECONDS
