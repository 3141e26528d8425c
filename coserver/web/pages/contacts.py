"""Contacts in the browser: the address books of the account, of its groups and of others, and what is in them."""

from collections.abc import Sequence

from coserver.model.space import Tool
from coserver.net.http.replies import Reply
from coserver.pim import contact, directory, filling, homes
from coserver.pim.register import Name
from coserver.web import rendering
from coserver.web.leaves import fetched
from coserver.web.routes import Route
from coserver.web.visit import Visit

_MOST = 50  # names on a page
_LONGEST = 200  # characters of what is looked for


def show(visit: Visit) -> Reply:
    """The address books."""
    with visit.house.store.read() as tx:
        who = visit.who.account
        found = fetched(visit, lambda skip, most: directory.leaf(tx, who, Tool.CONTACTS, skip=skip, most=most), most=10)
        titles = homes.titles(tx, who, found.these)
    return rendering.page(visit, "contacts/list.html", found=found, titles=titles, may_add=directory.may_add)


def show_book(visit: Visit, book: int) -> Reply:
    """What is in one of them, or what is found there."""
    who, word = visit.who.account, visit.query.get("q", "").strip()[:_LONGEST]
    with visit.house.store.read() as tx:
        found = directory.book_of(tx, who, Tool.CONTACTS, book)
        titles = homes.titles(tx, who, [found])

        def fetch(skip: int, most: int) -> tuple[Sequence[Name], int]:
            return directory.named(tx, who, found, word, skip=skip, most=most)

        names = fetched(visit, fetch, most=_MOST)
    return rendering.page(
        visit,
        "contacts/book.html",
        book=found,
        title=titles[found.collection.id],
        names=names,
        word=word,
        may_add=directory.may_add(found),
    )


def show_card(visit: Visit, book: int, card: int) -> Reply:
    """One contact."""
    with visit.house.store.read() as tx:
        at = directory.book_of(tx, visit.who.account, Tool.CONTACTS, book)
        found = directory.find(tx, visit.who.account, at, card)
    return rendering.page(
        visit, "contacts/card.html", found=found, contact=contact.read(found.data), is_open=filling.is_open(found.data)
    )


ROUTES = (
    Route("GET", "/contacts", show),
    Route("GET", "/contacts/<int:book>", show_book),
    Route("GET", "/contacts/<int:book>/<int:card>", show_card),
)
