"""Making, changing and deleting contacts: the common fields, with everything else in a card kept as it was."""

from datetime import UTC, datetime

from coserver.model.errors import Denied, Stale, TooBig
from coserver.model.ids import PrincipalId
from coserver.model.space import Tool
from coserver.net.http.replies import Reply
from coserver.pim import contact, directory, entries, filling, objects
from coserver.pim.contact import MOST, PLACE, Contact
from coserver.pim.directory import Found
from coserver.pim.entries import Entry
from coserver.store.tx import Tx
from coserver.web import rendering
from coserver.web.routes import Route
from coserver.web.visit import Visit

_SPARE = 2  # empty fields for further mail addresses and phone numbers
_STALE = "Somebody changed this contact meanwhile. Look at what it says now, and save once more if yours is to stand."


def ask_new(visit: Visit, book: int) -> Reply:
    """The form of a new contact."""
    with visit.house.store.read() as tx:
        at = directory.book_of(tx, visit.who.account, Tool.CONTACTS, book)
    if not directory.may_add(at):
        raise Denied("You cannot add anything to this address book.")
    return _form(visit, f"/contacts/{at.collection.id}", Contact(), None)


def make(visit: Visit, book: int) -> Reply:
    """A new contact."""
    name, data = filling.made(_typed(visit), now=_now(visit))
    _need_small(visit, data)
    known, staged = objects.read_card(data), visit.house.store.stage(data)

    def keep(tx: Tx) -> int:
        at = directory.book_of(tx, visit.who.account, Tool.CONTACTS, book)
        kept, _ = entries.put(tx, visit.who.account, at, name, staged=staged, known=known)
        return int(kept.id)

    return rendering.redirect(f"/contacts/{book}/{visit.house.store.write(keep)}?done=made")


def ask(visit: Visit, book: int, card: int) -> Reply:
    """The form of a contact; beside it, where it changed meanwhile, what it says now."""
    with visit.house.store.read() as tx:
        found = _found(tx, visit.who.account, book, card)
    if not found.may_edit:
        raise Denied("You can read this contact and not change it.")
    return _form(visit, f"/contacts/{book}/{card}", contact.read(found.data), found)


def save(visit: Visit, book: int, card: int) -> Reply:
    """Other fields in a contact, unless it changed since they were read."""
    who = visit.who.account
    with visit.house.store.read() as tx:
        entry, data = _unchanged(visit, _found(tx, who, book, card))
    data = filling.changed(data, _typed(visit), now=_now(visit))
    _need_small(visit, data)
    known, staged = objects.read_card(data), visit.house.store.stage(data)

    def keep(tx: Tx) -> None:
        found = _found(tx, who, book, card)
        _unchanged(visit, found)
        entries.put(tx, who, found.book, entry.name, staged=staged, known=known)

    visit.house.store.write(keep)
    return rendering.redirect(f"/contacts/{book}/{card}?done=saved")


def remove(visit: Visit, book: int, card: int) -> Reply:
    """Delete a contact."""
    who = visit.who.account

    def job(tx: Tx) -> None:
        found = _found(tx, who, book, card)
        entry, _ = _unchanged(visit, found)
        entries.remove(tx, who, found.book, entry.item)

    visit.house.store.write(job)
    return rendering.redirect(f"/contacts/{book}?done=removed")


def _found(tx: Tx, who: PrincipalId, book: int, card: int) -> Found:
    return directory.find(tx, who, directory.book_of(tx, who, Tool.CONTACTS, book), card)


def _unchanged(visit: Visit, found: Found) -> tuple[Entry, bytes]:
    """What is kept of it, where it is as the form was made for."""
    if found.entry is None:
        raise Denied("This follows by itself from the group: it can be read only.")
    if visit.typed("state") != found.state:
        raise Stale(_STALE)
    return found.entry, found.data


def _form(visit: Visit, at: str, present: Contact, found: Found | None) -> Reply:
    """The fields as they were typed, else as they are."""
    stale = isinstance(visit.error, Stale)
    filled = _typed(visit) if "state" in visit.form else present
    return rendering.page(
        visit,
        "contacts/edit.html",
        at=at,
        to=f"{at}/edit" if found else f"{at}/new",
        state=found.state if found else "new",
        contact=filled,
        present=present if stale else None,
        own_name=filled.shown_as if filled.shown_as != filled.whole else "",
        mails=_spared(filled.mails),
        phones=_spared(filled.phones),
        places=[*filled.places, ("",) * len(PLACE)][:MOST],
    )


def _spared(given: tuple[str, ...]) -> list[str]:
    return [*given, *[""] * _SPARE][:MOST]


def _typed(visit: Visit) -> Contact:
    """The fields of the form."""
    first, last = visit.typed("first"), visit.typed("last")
    return Contact(
        shown_as=visit.typed("shown_as").strip(),
        first=first,
        last=last,
        organisation=visit.typed("organisation"),
        mails=tuple(filter(None, (visit.typed(f"mail-{number}").strip() for number in range(MOST)))),
        phones=tuple(filter(None, (visit.typed(f"phone-{number}").strip() for number in range(MOST)))),
        places=tuple(
            place
            for number in range(MOST)
            if any(place := tuple(visit.typed(f"place-{number}-{part}").strip() for part in range(len(PLACE))))
        ),
        birthday=visit.typed("birthday").strip(),
        note=visit.typed("note"),
    )


def _now(visit: Visit) -> datetime:
    return datetime.fromtimestamp(visit.house.store.clock.now(), UTC)


def _need_small(visit: Visit, data: bytes) -> None:
    if len(data) > visit.house.config.dav.max_resource_bytes:
        raise TooBig("This contact is too large.")


ROUTES = (
    Route("GET", "/contacts/<int:book>/new", ask_new),
    Route("POST", "/contacts/<int:book>/new", make, again=ask_new),
    Route("GET", "/contacts/<int:book>/<int:card>/edit", ask),
    Route("POST", "/contacts/<int:book>/<int:card>/edit", save, again=ask),
    Route("POST", "/contacts/<int:book>/<int:card>/remove", remove),
)
