"""The index of a book: found by UID and by time, at a cost that does not grow with the book."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from coserver.accounts import accounts
from coserver.mail import domains
from coserver.model.errors import Malformed, NoRoom
from coserver.model.ids import PrincipalId
from coserver.model.space import Tool
from coserver.pim import books, entries, index, sights
from coserver.pim.books import Book, Visitor
from coserver.pim.objects import Object
from coserver.quota import plans
from coserver.store.engine import DATABASE, Store
from coserver.store.tx import Tx
from tests.clock import OwnClock


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index") / "data"
    store = Store.open(folder, clock=OwnClock())
    offered = plans.parse(plans.bundled() + plans.bundled("plans-demo"))
    store.write(lambda tx: plans.publish(tx, offered))
    store.write(lambda tx: domains.add(tx, "example.test"))
    store.write(lambda tx: accounts.add(tx, accounts.New("alice", "none", "demo")))
    store.close()
    return folder


@pytest.fixture
def store(kept: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copytree(kept, tmp_path / "data")
    opened = Store.open(tmp_path / "data", clock=OwnClock())
    yield opened
    opened.close()


ALICE = PrincipalId(1)


def calendar(tx: Tx) -> Book:
    return books.find(tx, Visitor(ALICE), "calendar")


def put(store: Store, name: str, known: Object, data: bytes = b"x") -> None:
    staged = store.stage(data)
    store.write(lambda tx: entries.put(tx, ALICE, calendar(tx), name, staged=staged, known=known))


def overlapping(store: Store, start: int, end: int, kind: str | None = "VEVENT") -> set[str | None]:
    with store.read() as tx:
        return {entry.item.name for entry in sights.between(tx, ALICE, calendar(tx), kind=kind, start=start, end=end)}


def test_between_when_asked_then_what_may_take_place_there(store: Store) -> None:
    put(store, "early", Object("VEVENT", "1", 100, 200))
    put(store, "late", Object("VEVENT", "2", 300, 400))
    put(store, "endless", Object("VEVENT", "3", 150, None))
    put(store, "unknown", Object("VEVENT", "4", None, None))
    assert overlapping(store, 0, 99) == {"unknown"}
    assert overlapping(store, 200, 250) == {"early", "endless", "unknown"}
    assert overlapping(store, 350, 1000) == {"late", "endless", "unknown"}
    assert overlapping(store, 350, 1000, kind="VTODO") == set()
    assert overlapping(store, 350, 1000, kind=None) == {"late", "endless", "unknown"}


def test_put_when_an_item_is_replaced_then_its_old_row_is_gone(store: Store) -> None:
    put(store, "a", Object("VEVENT", "1", 100, 200))
    put(store, "a", Object("VEVENT", "1", 500, 600), b"y")
    assert overlapping(store, 100, 200) == set()
    assert overlapping(store, 500, 500) == {"a"}


def test_rows_when_items_go_then_they_go_too(store: Store) -> None:
    put(store, "a", Object("VEVENT", "1", 100, 200))

    def remove(tx: Tx) -> None:
        book = calendar(tx)
        (entry,) = sights.listed(tx, ALICE, book)
        entries.remove(tx, ALICE, book, entry.item)
        assert index.of_items(tx, [entry.item.id]) == {}

    store.write(remove)
    with store.read() as tx:
        assert index.with_uid(tx, calendar(tx).collection.id, "1") == []


def test_many_when_the_book_is_large_then_each_row_comes_once(store: Store) -> None:
    known = {f"{number:04}": Object("VEVENT", str(number), number, number + 1, once=True) for number in range(1200)}

    def fill(tx: Tx) -> None:
        for name, one in known.items():
            entries.put(tx, ALICE, calendar(tx), name, staged=staged, known=one)

    staged = store.stage(b"x")
    store.write(fill)
    with store.read() as tx:
        book = calendar(tx)
        found = {entry.item.name: entry.known for entry in sights.listed(tx, ALICE, book)}
        assert found == known
        assert len(sights.between(tx, ALICE, book, kind=None, start=0, end=2000)) == 1200
        assert len(index.with_uid(tx, book.collection.id, "7")) == 1


def test_uid_when_it_is_looked_for_then_the_book_is_not_walked(store: Store) -> None:
    """Every PUT asks this: it once read the numbers of all items of the calendar."""
    statement = str(index._NAMED).replace(":uid", "'x'").replace(":collection", "1")
    database = sqlite3.connect(store.folder / DATABASE)
    plan = " ".join(str(row) for row in database.execute(f"EXPLAIN QUERY PLAN {statement}"))
    database.close()
    assert "ix_object_index_collection_id_ical_uid" in plan
    assert "ix_item_collection_id_modseq" not in plan


@pytest.mark.parametrize("name", ["", ".", "..", "x" * 256, "a\nb"])
def test_put_when_the_name_cannot_be_then_malformed(store: Store, name: str) -> None:
    with pytest.raises(Malformed):
        put(store, name, Object("VEVENT", "1"))


def test_properties_when_too_many_or_too_long_then_refused(store: Store) -> None:
    def too_long(tx: Tx) -> None:
        books.set_properties(tx, ALICE, calendar(tx), {"X:a": "y" * (books.LONGEST_VALUE + 1)})

    with pytest.raises(Malformed):
        store.write(too_long)
    many = {f"X:{number}": "y" for number in range(books.MOST_PROPERTIES)}
    store.write(lambda tx: books.set_properties(tx, ALICE, calendar(tx), many))
    with pytest.raises(NoRoom):
        store.write(lambda tx: books.set_properties(tx, ALICE, calendar(tx), {"X:more": "y"}))
    store.write(lambda tx: books.set_properties(tx, ALICE, calendar(tx), {"X:1": None, "X:more": "y"}))


def test_room_when_asked_of_a_book_then_that_of_its_tool(store: Store) -> None:
    put(store, "a", Object("VEVENT", "1"), b"12345")
    with store.read() as tx:
        room = books.room(tx, calendar(tx))
    assert (room.tool, room.bytes, room.items) == (Tool.CALENDAR, 5, 1)
