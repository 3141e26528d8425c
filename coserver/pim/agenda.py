"""What happens on which day, in all calendars that an account sees: views on the same events as its programs.

Invariants: what is only to be seen as busy says no more than that; of a day no more than a part is read, however
much there is; what recurs is expanded for the asked days alone, with bounded effort, and where that was not enough
it is said. An event stands there once, by the calendar that tells most of it. Days without a zone (whole days,
floating times) are those days in every zone.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from coserver.model.ids import ItemId, PrincipalId
from coserver.model.space import Tool
from coserver.pim import books, contact, directory, lines, periods, sights, slots
from coserver.pim.books import Book, Visitor
from coserver.pim.entries import Entry
from coserver.pim.objects import Object
from coserver.pim.refusals import TooOften
from coserver.pim.slots import Slot
from coserver.store.tx import Tx

_READ = 500  # events that recur, or last whole days, looked into for one page
_STEPS = 400  # times five hundred instances
_EACH = 2000  # instances of one event
_AT_ONCE = 100
_DAY = timedelta(days=1)
_ZONE = "C:calendar-timezone"
_DEFAULT = "calendar"

Source = Entry | Slot


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar with what it is called; its number in the list of all gives it its sign."""

    book: Book
    title: str
    number: int


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as it stands in a day: from and to as walls there show it; `title` is empty where it has none."""

    calendar: Calendar
    item: ItemId
    start: datetime
    end: datetime
    all_day: bool = False
    cancelled: bool = False
    masked: bool = False
    title: str | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class Agenda:
    """A part of each day, and how much each holds in whole; `cut` if there was too much to look into."""

    days: Mapping[date, Sequence[Happening]]
    whole: Mapping[date, int]
    calendars: Sequence[Calendar]
    cut: bool


@dataclass(slots=True)
class _Effort:
    """How much is still looked into for one page."""

    steps: int = _STEPS
    over: bool = field(default=False)

    def need(self) -> None:
        """One more round; TooOften if there were too many."""
        self.steps -= 1
        if self.steps < 0:
            self.over = True
            raise TooOften("There is too much to look into.")


def zone_of(tx: Tx, account: PrincipalId) -> ZoneInfo:
    """In which zone an account's days are told: that of its default calendar, else UTC."""
    for book in books.home(tx, Visitor(account)):
        if book.is_own and book.collection.name == _DEFAULT and book.collection.tool is Tool.CALENDAR:
            told = lines.parse(books.properties(tx, account, book).get(_ZONE, "").encode())
            names = [name for part in (told.parts if told else ()) for name in part.values("TZID")]
            if names and names[0] in available_timezones():
                return ZoneInfo(names[0])
    return ZoneInfo("UTC")


def calendars(tx: Tx, account: PrincipalId) -> list[Calendar]:
    """All calendars of an account that take events."""
    every = directory.all_(tx, account, Tool.CALENDAR)
    events = [(book, title) for book, title in every if "VEVENT" in book.kinds]
    return [Calendar(book, title, number) for number, (book, title) in enumerate(events)]


def between(
    tx: Tx, account: PrincipalId, days: tuple[date, date], zone: ZoneInfo, *, skip: int = 0, most: int
) -> Agenda:  # fmt: skip
    """What happens from one day to before another: so many of each day after having skipped so many."""
    every, effort = calendars(tx, account), _Effort()
    span = _moment(days[0]) - 86_400, _moment(days[1]) + 86_400
    found: dict[date, list[tuple[Happening, Source]]] = defaultdict(list)
    closer: list[tuple[Calendar, Source]] = []
    seen: set[ItemId] = set()
    for calendar in sorted(every, key=lambda one: one.book.is_made):
        for source in _overlapping(tx, account, calendar.book, span):
            if _number(source) in seen:  # busy times of what is seen itself, or of two groups in common
                continue
            seen.add(_number(source))
            if source.known.once:
                _place(found, _once(calendar, source, zone), source, days)
            else:
                closer.append((calendar, source))
    closer.sort(key=lambda pair: (pair[1].known.first or 0, _number(pair[1])))
    for start in range(0, min(len(closer), _READ), _AT_ONCE):
        some = closer[start : min(start + _AT_ONCE, _READ)]
        texts = _texts(tx, [source for _, source in some])
        for calendar, source in some:
            data = texts.get(_number(source), b"")
            for happening in islice(_instances(calendar, source, data, span, zone, effort), _EACH):
                _place(found, happening, source, days)
    whole = {day: len(held) for day, held in found.items()}
    parts = {day: sorted(held, key=_order)[skip : skip + most] for day, held in found.items()}
    return Agenda(_titled(tx, parts), whole, every, effort.over or len(closer) > _READ)


# ---------------------------------------------------------------- inside


def _overlapping(tx: Tx, account: PrincipalId, book: Book, span: tuple[int, int]) -> Sequence[Source]:
    if book.is_made:
        return slots.between(tx, book.collection, start=span[0], end=span[1])
    return sights.between(tx, account, book, kind="VEVENT", start=span[0], end=span[1])


def _texts(tx: Tx, found: Sequence[Source]) -> dict[ItemId, bytes]:
    told = dict(sights.texts(tx, [one for one in found if isinstance(one, Entry)]))
    return told | dict(slots.texts(tx, [one for one in found if isinstance(one, Slot)]))


def _number(source: Source) -> ItemId:
    return source.item.id if isinstance(source, Entry) else source.item


def _once(calendar: Calendar, source: Source, zone: ZoneInfo) -> Happening:
    known: Object = source.known
    start, end = _wall(known.first or 0, zone), _wall(known.last or 0, zone)
    return Happening(calendar, _number(source), start, end, masked=_is_masked(source))


def _instances(
    calendar: Calendar, source: Source, data: bytes, span: tuple[int, int], zone: ZoneInfo, effort: _Effort
) -> Iterator[Happening]:  # fmt: skip
    for part, period in periods.each(data, span, need_time=effort.need, free=True):
        first = part.dtstart.value
        zoned = isinstance(first, datetime) and first.tzinfo is not None
        there = zone if zoned else ZoneInfo("UTC")
        yield Happening(
            calendar, _number(source), _wall(period.start, there), _wall(period.end, there),
            all_day=not isinstance(first, datetime), cancelled=_said(part, "status").upper() == "CANCELLED",
            masked=_is_masked(source), title=_said(part, "summary"), where=_said(part, "location"),
        )  # fmt: skip


def _is_masked(source: Source) -> bool:
    return isinstance(source, Slot) or source.is_masked


def _place(
    found: dict[date, list[tuple[Happening, Source]]], one: Happening, source: Source, days: tuple[date, date]
) -> None:  # fmt: skip
    """On each day that it takes."""
    last = (one.end - timedelta(seconds=1)).date() if one.end > one.start else one.start.date()
    day, end = max(one.start.date(), days[0]), min(last, days[1] - _DAY)
    while day <= end:
        found[day].append((one, source))
        day += _DAY


def _order(pair: tuple[Happening, Source]) -> tuple[bool, datetime, int]:
    return not pair[0].all_day, pair[0].start, pair[0].item


def _titled(tx: Tx, parts: Mapping[date, list[tuple[Happening, Source]]]) -> dict[date, list[Happening]]:
    """With the titles of those that were not looked into."""
    bare = {one.item: source for held in parts.values() for one, source in held if one.title is None}
    texts = _texts(tx, list(bare.values()))
    read = {item: _first(data) for item, data in texts.items()}
    return {
        day: [one if one.title is not None else replace(one, **read.get(one.item, {})) for one, _ in held]
        for day, held in parts.items()
    }


def _first(data: bytes) -> dict[str, Any]:
    """What the only event of an object says."""
    found = lines.parse(data)
    for part in found.parts if found else ():
        if part.name == "VEVENT":
            told = {name: contact.tidy(contact.plain("".join(part.values(name)[:1]))) for name in _TOLD}
            cancelled = told["STATUS"].upper() == "CANCELLED"
            return {"title": told["SUMMARY"], "where": told["LOCATION"], "cancelled": cancelled}
    return {}


def _said(part: Any, name: str) -> str:
    held = part.contents.get(name, ())
    return contact.tidy(str(held[0].value)) if held else ""


def _wall(moment: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(moment, UTC).astimezone(zone).replace(tzinfo=None)


def _moment(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


_TOLD = ("SUMMARY", "LOCATION", "STATUS")
