"""What a path names, for Radicale: the home of the account that asks, its books, and what is in them; and people.

Invariants: nothing is found that the account may not read in this very tx; every read is one snapshot.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from radicale import config, pathutils, storage

from coserver.dav.radicale_app.made import made_collection
from coserver.dav.radicale_app.storage import OUTBOX, BookCollection, HomeCollection, Thing
from coserver.dav.radicale_app.visit import Visits
from coserver.model.errors import Missing
from coserver.model.ids import PrincipalId
from coserver.pim import books, homes, people
from coserver.pim.books import Book
from coserver.store.engine import Store
from coserver.store.tx import Tx


class SqlStorage(storage.BaseStorage):
    """Finds what a path names, for the account of the present request.

    Args:
        configuration: Radicale's.
        store: where everything is.
        visits: tells who asks.
    """

    _is_collision_free = True
    _supports_unicode = True
    _supports_trailing_whitespace = True
    _supports_problematic_chars = True

    def __init__(self, configuration: config.Configuration, store: Store, visits: Visits) -> None:
        super().__init__(configuration)
        self._store = store
        self._visits = visits

    @contextmanager
    def acquire_lock(self, mode: str, user: str = "", *_args: object, **_more: object) -> Iterator[None]:
        """A snapshot for reading; the write tx, lent to this thread, for writing."""
        with self._store.read() if mode == "r" else self._store.writing():
            yield

    def discover(
        self,
        path: str,
        depth: str = "0",
        child_context_manager: Callable[..., Any] | None = None,
        user_groups: Iterable[str] = (),
    ) -> Iterator[Thing]:
        """What is at a path, then what is right below it, as far as it may be read."""
        parts = [part for part in pathutils.strip_path(path).split("/") if part]
        visit = self._visits.now
        if not parts:
            yield HomeCollection("")
            if depth != "0":
                yield HomeCollection(visit.login)
        elif parts[0].casefold() == visit.login.casefold() and len(parts) <= 3:
            with self._store.read() as tx:
                yield from self._below_home(tx, parts[1:], deep=depth != "0")
        elif len(parts) <= 2:
            with self._store.read() as tx:
                found = _principal(tx, visit.account, parts)
            if found is not None:
                yield found

    def _below_home(self, tx: Tx, parts: list[str], *, deep: bool) -> Iterator[Thing]:
        visit = self._visits.now
        if not parts:
            yield HomeCollection(visit.login)
            if deep:
                yield from (_opened(tx, book, self._visits) for book in homes.home(tx, visit.visitor))
            return
        if parts == [OUTBOX]:
            yield HomeCollection(f"{visit.login}/{OUTBOX}", is_outbox=True)
            return
        try:
            found = _opened(tx, books.find(tx, visit.visitor, parts[0]), self._visits)
        except Missing:
            return
        if len(parts) == 1:
            yield found
            if deep:
                yield from found.get_all()
            return
        item = found.item(parts[1])
        if item is not None:
            yield item


def _principal(tx: Tx, asker: PrincipalId, parts: list[str]) -> HomeCollection | None:
    """Somebody with whom the asker has a group in common, or such a group, or somebody as a member of it."""
    if len(parts) == 1 and (name := people.name_of(tx, asker, parts[0])) is not None:
        return HomeCollection(parts[0], person=name)
    logins = people.of_group(tx, asker, parts[0])
    if logins is None:
        return None
    if len(parts) == 1:
        return HomeCollection(parts[0], person=parts[0], members=[f"{parts[0]}/{each}" for each in logins])
    login = parts[1].lower()
    name = people.name_of(tx, asker, login) if login in logins else None
    return None if name is None else HomeCollection("/".join(parts), person=name)


def _opened(tx: Tx, book: Book, visits: Visits) -> BookCollection:
    return made_collection(tx, book, visits) if book.is_made else BookCollection(tx, book, visits)
