"""The calendar in the browser: a month, a list of days, one day, and one event, out of all calendars one sees."""

from datetime import date, datetime, timedelta, tzinfo

from coserver.model.errors import Missing
from coserver.model.rights import Right
from coserver.model.space import Tool
from coserver.net.http.replies import Reply
from coserver.pim import agenda, directory, happening, homes, planning
from coserver.web import rendering, speech
from coserver.web.leaves import fetched
from coserver.web.routes import Route
from coserver.web.visit import Visit

_OF_DAY, _OF_LIST = 5, 20  # events of a day in the month, and in the list
_LISTED = 14  # days
_WEEK = 7
_EARLIEST, _LATEST = 1901, 2199  # years


def show(visit: Visit) -> Reply:
    """A month, in whole weeks."""
    with visit.house.store.read() as tx:
        zone = agenda.zone_of(tx, visit.who.account)
        today = _today(visit, zone)
        first = _day(visit.query.get("month", "") + "-01", today).replace(day=1)
        after = (first + timedelta(days=32)).replace(day=1)
        begin = first - timedelta(days=first.weekday())
        end = after + timedelta(days=-after.weekday() % _WEEK)
        found = agenda.between(tx, visit.who.account, (begin, end), zone, most=_OF_DAY)
    days = [begin + timedelta(days=number) for number in range((end - begin).days)]
    return rendering.page(
        visit,
        "calendar/month.html",
        weeks=[days[start : start + _WEEK] for start in range(0, len(days), _WEEK)],
        first=first,
        before=(first - timedelta(days=1)).strftime("%Y-%m"),
        after=after.strftime("%Y-%m"),
        month=speech.day(first, visit.language, "LLLL y"),
        weekdays=[speech.day(day, visit.language, "EEE") for day in days[:_WEEK]],
        called=lambda day: speech.day(day, visit.language),
        found=found,
        zone=zone.key,
        today=today,
        own=_own(found),
    )


def show_list(visit: Visit) -> Reply:
    """Two weeks as a list of days."""
    with visit.house.store.read() as tx:
        zone = agenda.zone_of(tx, visit.who.account)
        first = _day(visit.query.get("from", ""), _today(visit, zone))
        end = first + timedelta(days=_LISTED)
        found = agenda.between(tx, visit.who.account, (first, end), zone, most=_OF_LIST)
    return rendering.page(
        visit,
        "calendar/list.html",
        days=sorted(found.days),
        before=first - timedelta(days=_LISTED),
        after=end,
        called=lambda day: speech.day(day, visit.language),
        found=found,
        zone=zone.key,
    )


def show_day(visit: Visit, day: str) -> Reply:
    """All of one day."""
    wanted = _day(day, None)
    with visit.house.store.read() as tx:
        zone, who = agenda.zone_of(tx, visit.who.account), visit.who.account
        made: list[agenda.Agenda] = []

        def fetch(skip: int, most: int) -> tuple[list[agenda.Happening], int]:
            found = agenda.between(tx, who, (wanted, wanted + timedelta(days=1)), zone, skip=skip, most=most)
            made.append(found)
            return list(found.days.get(wanted, ())), found.whole.get(wanted, 0)

        shown = fetched(visit, fetch, most=50)
    return rendering.page(
        visit,
        "calendar/day.html",
        day=wanted,
        title=speech.day(wanted, visit.language),
        shown=shown,
        found=made[-1],
        zone=zone.key,
        own=_own(made[-1]),
    )


def show_all(visit: Visit) -> Reply:
    """All calendars."""
    with visit.house.store.read() as tx:
        who = visit.who.account
        found = fetched(visit, lambda skip, most: directory.leaf(tx, who, Tool.CALENDAR, skip=skip, most=most), most=10)
        titles = homes.titles(tx, who, found.these)
    return rendering.page(visit, "calendar/all.html", found=found, titles=titles, may_add=directory.may_add_event)


def show_event(visit: Visit, book: int, event: int) -> Reply:
    """One event, as far as one sees it."""
    with visit.house.store.read() as tx:
        who = visit.who.account
        at = directory.book_of(tx, who, Tool.CALENDAR, book)
        if at.is_made:
            raise Missing("There is no such event.")
        found = directory.find(tx, who, at, event)
        titles = homes.titles(tx, who, [at])
    return rendering.page(
        visit,
        "calendar/event.html",
        found=found,
        event=happening.read(found.data),
        meeting=planning.is_meeting(found.data),
        masked=found.entry is not None and found.entry.is_masked,
        calendar=titles[at.collection.id],
        why=at.is_own or Right.ADMINISTER in at.rights,
    )


def _own(found: agenda.Agenda) -> int | None:
    """The calendar into which a new event goes unless another is chosen: the default one, else an own one."""
    own = [book.collection for book, _ in found.calendars.values() if book.is_own]
    named = [one for one in own if one.name == agenda.DEFAULT]
    return next((int(one.id) for one in (*named, *own)), None)


def _today(visit: Visit, zone: tzinfo) -> date:
    return datetime.fromtimestamp(visit.house.store.clock.now(), zone).date()


def _day(text: str, other: date | None) -> date:
    """A day of an address; Missing if it is none and nothing else is to be shown."""
    try:
        found: date | None = date.fromisoformat(text)
    except ValueError:
        found = other
    if found is None or not _EARLIEST <= found.year <= _LATEST:
        if other is None:
            raise Missing("There is no such day.")
        return other
    return found


ROUTES = (
    Route("GET", "/calendar", show),
    Route("GET", "/calendar/list", show_list),
    Route("GET", "/calendar/all", show_all),
    Route("GET", "/calendar/day/<day>", show_day),
    Route("GET", "/calendar/<int:book>/<int:event>", show_event),
)
