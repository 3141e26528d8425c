"""When events take time: periods in seconds since 1970, instances of a series one by one.

Invariants: transparent and cancelled events, and such instances, take none (RFC 5545 3.8.2.7, 3.8.1.11);
instances come in order and only those before the end are looked for. What has no zone (dates, floating
times) is taken as UTC. A caller that has a limit of time is asked again and again whether it has passed.
"""

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import Any

from coserver.pim import objects, rules
from coserver.pim.refusals import BadCalendar, TooOften

_TENTATIVE = re.compile(rb"^STATUS(?:;[^:\r\n]*)?:[ \t]*TENTATIVE", re.MULTILINE | re.IGNORECASE)
_BROKEN = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError)  # what a stored oddity may raise
_OFTEN = 500  # steps between two looks at the time
_DAY = timedelta(days=1)
NeedTime = Callable[[], None]


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From one second to before another; `tentative` if it is not settled."""

    start: int
    end: int
    tentative: bool = False


def once(data: bytes, first: int, last: int) -> Period:
    """The period of an event that takes place once, whose bounds are known."""
    return Period(first, last, _TENTATIVE.search(data) is not None)


def of(data: bytes, start: int, end: int, *, need_time: NeedTime) -> Iterator[Period]:
    """The periods of an event that overlap a range; what cannot be understood has none.

    `need_time` raises when there is none left.
    """
    return (period for _, period in each(data, (start, end), need_time=need_time, free=False))


def each(
    data: bytes, span: tuple[int, int], *, need_time: NeedTime, free: bool
) -> Iterator[tuple[Any, Period]]:  # fmt: skip
    """The same with the component that each of them is an instance of; with `free`, of what takes no time too."""
    try:
        calendar = objects.tree(data.decode("utf-8", "replace"))
    except BadCalendar:
        return
    events = [part for part in calendar.components() if part.name == "VEVENT" and "dtstart" in part.contents]
    changed = [part for part in events if "recurrence-id" in part.contents]
    replaced = {_seconds(part.recurrence_id.value) for part in changed if isinstance(part.recurrence_id.value, date)}
    for part in events:
        if free or not _is_free(part):
            with contextlib.suppress(BadCalendar, TooOften, *_BROKEN):
                for period in _instances(part, set() if part in changed else replaced, span, need_time):
                    yield part, period


def merged(periods: Iterable[Period]) -> list[Period]:
    """The same time without overlaps, in order; where both overlap, what is settled counts."""
    every = [one for one in periods if one.start < one.end]
    settled = _joined(one for one in every if not one.tentative)
    tentative = _joined(one for one in every if one.tentative)
    return sorted([*settled, *_without(tentative, settled)])


def _joined(periods: Iterable[Period]) -> list[Period]:
    """Periods of one kind in order, those that touch made one."""
    found: list[Period] = []
    for one in sorted(periods):
        if found and one.start <= found[-1].end:
            last = found.pop()
            one = Period(last.start, max(last.end, one.end), one.tentative)  # noqa: PLW2901
        found.append(one)
    return found


def _without(periods: Sequence[Period], taken: Sequence[Period]) -> Iterator[Period]:
    """What is left of periods where others are taken out; both are in order and without overlaps."""
    position = 0
    for one in periods:
        start = one.start
        while position < len(taken) and taken[position].end <= start:
            position += 1
        at = position
        while at < len(taken) and taken[at].start < one.end:
            if start < taken[at].start:
                yield Period(start, taken[at].start, one.tentative)
            start = max(start, taken[at].end)
            at += 1
        if start < one.end:
            yield Period(start, one.end, one.tentative)


def _instances(
    part: Any, skipped: set[int], span: tuple[int, int], need_time: NeedTime
) -> Iterator[Period]:  # fmt: skip
    first = part.dtstart.value
    length = _length(part, first)
    tentative = _text(part, "status") == "TENTATIVE"
    skipped = skipped | {_seconds(value) for value in _dates(part, "exdate")}
    seen: set[int] = set()
    for number, (moment, reach) in enumerate(_starts(part, first, length, span[1])):
        if number % _OFTEN == 0:
            need_time()
        if moment in skipped or moment in seen:
            continue
        seen.add(moment)
        if moment < span[1] and moment + reach > span[0]:
            yield Period(moment, moment + reach, tentative)


def _starts(part: Any, first: date, length: int, end: int) -> Iterator[tuple[int, int]]:
    """The starts of all instances, and how long they are: the first, those of RDATE, those of the rules."""
    yield _seconds(first), length
    for value in _dates(part, "rdate"):
        if isinstance(value, tuple):
            begin, until = value
            yield _seconds(begin), _seconds(begin + until if isinstance(until, timedelta) else until) - _seconds(begin)
        else:
            yield _seconds(value), length
    for line in part.contents.get("rrule", ()):
        for wall in rules.starts(line.value, first):
            moment = _seconds(_like(wall, first))
            if moment >= end:
                break
            yield moment, length


def _length(part: Any, first: date) -> int:
    if "dtend" in part.contents:
        return max(0, _seconds(part.dtend.value) - _seconds(first))
    if "duration" in part.contents:
        return max(0, int(part.duration.value.total_seconds()))
    return 0 if isinstance(first, datetime) else int(_DAY.total_seconds())


def _dates(part: Any, name: str) -> Iterator[Any]:
    values = (line.value for line in part.contents.get(name, ()))
    return chain.from_iterable(value if isinstance(value, list) else [value] for value in values)


def _like(wall: datetime, first: date) -> date:
    """A time of the wall in the zone of the first instance, or a date as that is one."""
    return wall.replace(tzinfo=first.tzinfo) if isinstance(first, datetime) else wall.date()


def _seconds(moment: date) -> int:
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _is_free(part: Any) -> bool:
    return _text(part, "transp") == "TRANSPARENT" or _text(part, "status") == "CANCELLED"


def _text(part: Any, name: str) -> str:
    lines: Sequence[Any] = part.contents.get(name, ())
    return str(lines[0].value).strip().upper() if lines else ""
