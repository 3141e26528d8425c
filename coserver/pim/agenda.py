"""What happens on which day, in all calendars that an account sees: views on the same events as its programs.

Invariants: what is only to be seen as busy says no more than that; of a day no more than a part is told, however
much there is. What takes place once is told out of the index; what recurs is read, expanded for the asked days
alone and with bounded effort, and where that was not enough it is said. An event stands there once, by the calendar
that tells most of it. Days without a zone (whole days, floating times) are those days in every zone.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from coserver.auth import preferences
from coserver.model.errors import Missing
from coserver.model.ids import CollectionId, ItemId, PrincipalId
from coserver.pim import books, contact, homes, masks, periods, sources, walls
from coserver.pim.books import Book, Visitor
from coserver.pim.refusals import TooOften
from coserver.pim.sources import Source
from coserver.pim.walls import Wall
from coserver.store import blobs
from coserver.store.tx import Tx

_READ = 500  # events that recur, or have no zone, looked into for one page
_STEPS = 400  # times five hundred instances
_EACH = 2000  # instances of one event
_AT_ONCE = 100
_DAY = timedelta(days=1)
_DAY_SECONDS = 86_400
_FIRST, _LAST = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (date.min.year + 1, date.max.year))
_ZONE = "C:calendar-timezone"
DEFAULT = "calendar"


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as it stands in a day: from and to as walls there show it; `title` is empty where it has none.

    Of one that is `masked` the title says no more than who is busy, or nothing.
    """

    book: Book
    item: ItemId
    start: datetime
    end: datetime
    all_day: bool = False
    cancelled: bool = False
    masked: bool = False
    title: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Agenda:
    """A part of each day, and how much each holds in whole; `cut` if there was too much to look into.

    `calendars` are the own ones and those that something shown is in, with what they are called.
    """

    days: Mapping[date, Sequence[Happening]]
    whole: Mapping[date, int]
    calendars: Mapping[CollectionId, tuple[Book, str]]
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


def wall_of(tx: Tx, account: PrincipalId) -> Wall:
    """In which zone an account's days are told: what it chose, else that of its default calendar, else UTC."""
    chosen = preferences.get(tx, account).zone
    if chosen:
        return walls.named(chosen)
    try:
        book = books.find(tx, Visitor(account), DEFAULT)
    except Missing:
        return Wall()
    return walls.of(books.properties(tx, account, book).get(_ZONE, ""))


def zone_of(tx: Tx, account: PrincipalId) -> ZoneInfo:
    """The same zone, to reckon with."""
    return wall_of(tx, account).zone


def between(
    tx: Tx, account: PrincipalId, days: tuple[date, date], zone: ZoneInfo, *, skip: int = 0, most: int
) -> Agenda:  # fmt: skip
    """What happens from one day to before another: so many of each day after having skipped so many."""
    effort = _Effort()
    span = _moment(days[0]) - _DAY_SECONDS, _moment(days[1]) + _DAY_SECONDS
    found: dict[date, list[Happening]] = defaultdict(list)
    closer: list[Source] = []
    for source in sources.between(tx, account, span):
        if source.span.once or source.span.days:
            _place(found, _once(source, zone), days)
        else:
            closer.append(source)
    closer.sort(key=lambda one: (one.span.first or 0, one.span.item))
    for start in range(0, min(len(closer), _READ), _AT_ONCE):
        some = closer[start : min(start + _AT_ONCE, _READ)]
        texts = blobs.load(tx, [source.span.blob for source in some])
        for source in some:
            for happening in islice(_instances(source, texts.get(source.span.blob, b""), span, zone, effort), _EACH):
                _place(found, happening, days)
    whole = {day: len(held) for day, held in found.items()}
    parts = {day: sorted(held, key=_order)[skip : skip + most] for day, held in found.items()}
    return Agenda(parts, whole, _called(tx, account, parts), effort.over or len(closer) > _READ)


# ---------------------------------------------------------------- inside


def _called(
    tx: Tx, account: PrincipalId, parts: Mapping[date, Sequence[Happening]]
) -> dict[CollectionId, tuple[Book, str]]:  # fmt: skip
    these = {book.collection.id: book for book in sources.own(tx, account)}
    these |= {one.book.collection.id: one.book for held in parts.values() for one in held}
    titles = homes.titles(tx, account, list(these.values()))
    return {number: (book, titles[number]) for number, book in these.items()}


def _once(source: Source, zone: ZoneInfo) -> Happening:
    span = source.span
    if span.days:
        start, end = ((span.first or 0) + _DAY_SECONDS, (span.last or 0) - _DAY_SECONDS)
        return _told(source, _wall(start, ZoneInfo("UTC")), _wall(end, ZoneInfo("UTC")), all_day=True)
    return _told(source, _wall(span.first or 0, zone), _wall(span.last or 0, zone), all_day=False)


def _told(source: Source, start: datetime, end: datetime, *, all_day: bool) -> Happening:
    span = source.span
    if source.masked:
        return Happening(source.book, span.item, start, end, all_day=all_day, masked=True, title=source.who)
    cancelled = span.status == "CANCELLED"
    return Happening(source.book, span.item, start, end, all_day, cancelled, title=span.title, where=span.detail)


def _instances(
    source: Source, data: bytes, span: tuple[int, int], zone: ZoneInfo, effort: _Effort
) -> Iterator[Happening]:  # fmt: skip
    if source.masked:
        data = masks.masked(data, uid="busy") or b""
    for part, period in periods.each(data, span, need_time=effort.need, free=not source.masked):
        first = part.dtstart.value
        zoned = isinstance(first, datetime) and first.tzinfo is not None
        there = zone if zoned else ZoneInfo("UTC")
        yield Happening(
            source.book, source.span.item, _wall(period.start, there), _wall(period.end, there),
            all_day=not isinstance(first, datetime), cancelled=_said(part, "status").upper() == "CANCELLED",
            masked=source.masked, title=source.who if source.masked else _said(part, "summary"),
            where=_said(part, "location"),
        )  # fmt: skip


def _place(found: dict[date, list[Happening]], one: Happening, days: tuple[date, date]) -> None:
    """On each day that it takes."""
    last = (one.end - timedelta(seconds=1)).date() if one.end > one.start else one.start.date()
    day, end = max(one.start.date(), days[0]), min(last, days[1] - _DAY)
    while day <= end:
        found[day].append(one)
        day += _DAY


def _order(one: Happening) -> tuple[bool, datetime, int]:
    return not one.all_day, one.start, one.item


def _said(part: Any, name: str) -> str:
    held = part.contents.get(name, ())
    return contact.tidy(str(held[0].value)) if held else ""


def _wall(moment: int, zone: ZoneInfo) -> datetime:
    within = min(max(moment, _FIRST), _LAST)  # days of other walls than UTC have to be days, too
    return datetime.fromtimestamp(within, UTC).astimezone(zone).replace(tzinfo=None)


def _moment(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
