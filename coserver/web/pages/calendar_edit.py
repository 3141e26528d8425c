"""Making, changing and deleting events: the common fields, with everything else in an object kept as it was."""

from datetime import UTC, datetime

from coserver.model.errors import Denied, Stale, TooBig
from coserver.model.ids import PrincipalId
from coserver.model.space import Tool
from coserver.net.http.replies import Reply
from coserver.pim import agenda, directory, entries, homes, objects, planning
from coserver.pim.directory import Found
from coserver.pim.entries import Entry
from coserver.pim.planning import Plan
from coserver.store.tx import Tx
from coserver.web import rendering
from coserver.web.routes import Route
from coserver.web.visit import Visit

_STALE = "Somebody changed this event meanwhile. Look at what it says now, and save once more if yours is to stand."


def ask_new(visit: Visit, book: int) -> Reply:
    """The form of a new event, on the day that the address names."""
    who = visit.who.account
    with visit.house.store.read() as tx:
        at = directory.book_of(tx, who, Tool.CALENDAR, book)
        wall, title = agenda.wall_of(tx, who), homes.titles(tx, who, [at])[at.collection.id]
    if not directory.may_add_event(at):
        raise Denied("You cannot add anything to this calendar.")
    day = visit.query.get("day", "")[:10] or f"{_now(visit).astimezone(wall.zone):%Y-%m-%d}"
    return _form(visit, f"/calendar/{at.collection.id}/new", Plan(start=day), title=title, zone=wall.name)


def make(visit: Visit, book: int) -> Reply:
    """A new event."""
    who = visit.who.account
    with visit.house.store.read() as tx:
        wall = agenda.wall_of(tx, who)
    name, data = planning.made(_typed(visit), wall, now=_now(visit))
    _need_small(visit, data)
    known, staged = objects.read_calendar(data), visit.house.store.stage(data)

    def keep(tx: Tx) -> int:
        at = directory.book_of(tx, who, Tool.CALENDAR, book)
        kept, _ = entries.put(tx, who, at, name, staged=staged, known=known)
        return int(kept.id)

    return rendering.redirect(f"/calendar/{book}/{visit.house.store.write(keep)}?done=made")


def ask(visit: Visit, book: int, event: int) -> Reply:
    """The form of an event; beside it, where it changed meanwhile, what it says now."""
    who = visit.who.account
    with visit.house.store.read() as tx:
        found, wall = _found(tx, who, book, event), agenda.wall_of(tx, who)
        title = homes.titles(tx, who, [found.book])[found.book.collection.id]
    _need_open(found)
    zone = planning.zone_shown(found.data, wall)
    plan = planning.read(found.data, wall)
    return _form(visit, f"/calendar/{book}/{event}/edit", plan, title=title, zone=zone, found=found)


def save(visit: Visit, book: int, event: int) -> Reply:
    """Other fields in an event, unless it changed since they were read."""
    who = visit.who.account
    with visit.house.store.read() as tx:
        found, wall = _found(tx, who, book, event), agenda.wall_of(tx, who)
    _need_open(found)
    entry = _unchanged(visit, found)
    data = planning.changed(found.data, _typed(visit), wall, now=_now(visit))
    _need_small(visit, data)
    known, staged = objects.read_calendar(data), visit.house.store.stage(data)

    def keep(tx: Tx) -> None:
        found = _found(tx, who, book, event)
        _unchanged(visit, found)
        entries.put(tx, who, found.book, entry.name, staged=staged, known=known)

    visit.house.store.write(keep)
    return rendering.redirect(f"/calendar/{book}/{event}?done=saved")


def remove(visit: Visit, book: int, event: int) -> Reply:
    """Delete an event, with all its repetitions."""
    who = visit.who.account

    def job(tx: Tx) -> None:
        found = _found(tx, who, book, event)
        entries.remove(tx, who, found.book, _unchanged(visit, found).item)

    visit.house.store.write(job)
    return rendering.redirect("/calendar?done=removed")


def _found(tx: Tx, who: PrincipalId, book: int, event: int) -> Found:
    return directory.find(tx, who, directory.book_of(tx, who, Tool.CALENDAR, book), event)


def _need_open(found: Found) -> None:
    """That the account may change it, and that it is an event as a form knows them."""
    if not found.may_edit or found.entry is None or found.entry.is_masked:
        raise Denied("You can see this event and not change it.")
    if found.entry.known.component != "VEVENT":
        raise Denied("This is no event: change it in your calendar program.")
    if planning.is_meeting(found.data):
        raise Denied("People are invited to this: change it in your calendar program, which tells them.")


def _unchanged(visit: Visit, found: Found) -> Entry:
    """What is kept of it, where it is as the form was made for."""
    if found.entry is None:
        raise Denied("This follows by itself from the group: it can be read only.")
    if visit.typed("state") != found.state:
        raise Stale(_STALE)
    return found.entry


def _form(visit: Visit, to: str, present: Plan, *, title: str, zone: str, found: Found | None = None) -> Reply:
    """The fields as they were typed, else as they are."""
    return rendering.page(
        visit,
        "calendar/edit.html",
        to=to,
        back="/calendar" if found is None else to.removesuffix("/edit"),
        state="new" if found is None else found.state,
        plan=_typed(visit) if "state" in visit.form else present,
        present=present if isinstance(visit.error, Stale) else None,
        moves=found is None or planning.can_move(found.data),
        rules=planning.RULES,
        calendar=title,
        zone=zone,
    )


def _typed(visit: Visit) -> Plan:
    """The fields of the form."""
    day = {name: visit.typed(name).strip() for name in ("start", "begins", "end", "ends", "until")}
    title, where, note = (visit.typed(name) for name in ("title", "where", "note"))
    return Plan(title=title, where=where, note=note, repeats=visit.typed("repeats"), **day)


def _now(visit: Visit) -> datetime:
    return datetime.fromtimestamp(visit.house.store.clock.now(), UTC)


def _need_small(visit: Visit, data: bytes) -> None:
    if len(data) > visit.house.config.dav.max_resource_bytes:
        raise TooBig("This event is too large.")


ROUTES = (
    Route("GET", "/calendar/<int:book>/new", ask_new),
    Route("POST", "/calendar/<int:book>/new", make, again=ask_new),
    Route("GET", "/calendar/<int:book>/<int:event>/edit", ask),
    Route("POST", "/calendar/<int:book>/<int:event>/edit", save, again=ask),
    Route("POST", "/calendar/<int:book>/<int:event>/remove", remove),
)
