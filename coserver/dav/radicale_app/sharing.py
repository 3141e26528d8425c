"""Calendars, address books and what is in them, to be shared: the method ACL and the property that it sets.

Invariants: a view of single things is not shared, what is in it is; what the house makes by itself is not shared.
"""

from coserver.dav import access
from coserver.dav.radicale_app.properties import DAV, Answer, Place, element_of, href_of, path_of
from coserver.dav.radicale_app.refusals import Condition
from coserver.dav.radicale_app.request import Request
from coserver.dav.radicale_app.storage import BookCollection, StoredItem
from coserver.groups.shares import Target
from coserver.model.errors import Denied, Missing
from coserver.model.ids import CollectionId
from coserver.net.http.replies import Reply
from coserver.pim import books, sights
from coserver.pim.books import Book
from coserver.pim.entries import Entry
from coserver.store import collections
from coserver.store.engine import Store
from coserver.store.tx import Tx

_WHOLE = "Calendars, address books and what is in them can be shared; your home cannot."


def share(store: Store, request: Request, most_xml: int) -> Reply:
    """The method ACL (RFC 3744 8.1)."""
    body, parts = request.xml(most_xml), request.parts
    if not parts or parts[0].casefold() != request.who.login.casefold():
        raise Missing("There is no such calendar or address book.")

    def job(tx: Tx) -> None:
        if len(parts) not in (2, 3):
            raise Denied(_WHOLE)
        book = books.find(tx, request.visitor, parts[1])
        entry = sights.find(tx, request.who.account, book, parts[2]) if len(parts) == 3 else None
        if len(parts) == 3 and entry is None:
            raise Missing("There is no such entry.")
        found = _target(tx, book, entry)
        if found is None:
            raise Denied("This is made by the server: it cannot be shared.")
        access.set_(tx, request.who.account, found, body)

    try:
        store.write(job)
    except access.Conflict as error:
        raise Condition(403, error.name, error.text) from error
    return Reply(200)


def acl(place: Place, thing: BookCollection | StoredItem) -> Answer:
    """The property acl; None for who may not manage the thing."""
    within = thing.within if isinstance(thing, StoredItem) else thing
    found = _target(place.tx, within.book, thing.entry if isinstance(thing, StoredItem) else None)
    if found is None:
        return None
    here = href_of(place.prefix, path_of(within))
    home = href_of(place.prefix, f"/{place.visit.login}/")

    def where(collection: CollectionId) -> str:
        return here if collection == within.book.collection.id else home

    inside = access.shown(place.tx, place.visit.account, found, where)
    return None if inside is None else element_of(DAV + "acl", inside)


def _target(tx: Tx, book: Book, entry: Entry | None) -> Target | None:
    if book.is_made or (book.is_view and entry is None):
        return None
    if entry is None:
        return Target(book.collection)
    inside = collections.get(tx, entry.item.collection) if book.is_view else book.collection
    return Target(inside, entry.item)
