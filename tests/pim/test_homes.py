"""A home: all that an account may read, in as many statements for many groups as for one."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock, patch

import pytest

from coserver.accounts import accounts
from coserver.accounts.opening import open_store
from coserver.groups import leaving, members
from coserver.mail import domains
from coserver.model.ids import PrincipalId
from coserver.pim import books, entries, homes, objects, register, sources
from coserver.pim.books import Visitor
from coserver.quota import plans
from coserver.store.engine import DATABASE, Store
from coserver.store.tx import Tx
from tests.clock import OwnClock

EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:{0}\r\nDTSTAMP:20260101T000000Z\r\n"
    "DTSTART:{1}\r\nDURATION:PT1H\r\nSUMMARY:{0}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
JANUARY = 1767225600, 1769904000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data", clock=OwnClock())

    def begin(tx: Tx) -> None:
        plans.publish(tx, plans.parse(plans.bundled() + plans.bundled("plans-demo")))
        domains.add(tx, "example.test")
        for name in ("alice", "bob"):
            accounts.add(tx, accounts.New(name, "none", "demo"))

    opened.write(begin)
    yield opened
    opened.close()


def who(tx: Tx, name: str) -> PrincipalId:
    return accounts.find(tx, name).id


def grouped(store: Store, *names: str) -> None:
    def job(tx: Tx) -> None:
        for name in names:
            group = members.create(tx, name, administrator=who(tx, "alice"))
            members.add(tx, group.id, who(tx, "bob"))

    store.write(job)


def put(store: Store, login: str, name: str, start: str, group: str = "") -> None:
    data = EVENT.format(name, start).encode()
    staged, known = store.stage(data), objects.read_calendar(data)

    def job(tx: Tx) -> None:
        account = who(tx, login)
        home = homes.home(tx, Visitor(account))
        calendars = [book for book in home if "VEVENT" in book.kinds and not book.is_made]
        book = next(book for book in calendars if (book.group or "") == group and book.collection.name == "calendar")
        entries.put(tx, account, book, f"{name}.ics", staged=staged, known=known)

    store.write(job)


def statements(store: Store, login: str) -> int:
    """How many it takes to list a home."""
    with store.read() as tx:
        account = who(tx, login)
        counted = Mock(wraps=tx.execute)
        with patch.object(tx, "execute", counted):
            homes.home(tx, Visitor(account))
    return counted.call_count


def seen(store: Store, login: str) -> set[tuple[str, str, str]]:
    """What is seen of January: by the title, who is busy, and in which book."""
    with store.read() as tx:
        found = sources.between(tx, who(tx, login), JANUARY)
        return {("" if one.masked else one.span.title, one.who, one.book.group or "") for one in found}


def test_home_when_of_more_groups_then_of_no_more_statements(store: Store) -> None:
    grouped(store, "one")
    before = statements(store, "bob")
    grouped(store, *(f"more{number}" for number in range(9)))
    assert statements(store, "bob") == before
    with store.read() as tx:
        told = homes.home(tx, Visitor(who(tx, "bob")))
    assert [book.group for book in told if book.group] == sorted(book.group for book in told if book.group)
    assert {book.group for book in told if book.group} == {"one", *(f"more{number}" for number in range(9))}


def test_home_when_its_books_are_called_then_as_one_by_one(store: Store) -> None:
    grouped(store, "one")

    def name(tx: Tx) -> None:
        alice, bob = who(tx, "alice"), who(tx, "bob")
        for account, given in ((alice, "For all"), (bob, "My own word")):
            book = next(one for one in homes.home(tx, Visitor(account)) if one.group and not one.is_made)
            books.set_properties(tx, account, book, {books.DISPLAY_NAME: given})

    store.write(name)
    with store.read() as tx:
        for login in ("alice", "bob"):
            account = who(tx, login)
            home = homes.home(tx, Visitor(account))
            each = {book.collection.id: books.title(book, books.properties(tx, account, book)) for book in home}
            assert homes.titles(tx, account, home) == each
            assert ("For all (one)" if login == "alice" else "My own word") in each.values()


def test_sources_when_of_groups_and_of_others_then_as_far_as_rights_go(store: Store) -> None:
    grouped(store, "chess", "choir")
    put(store, "alice", "party", "20260110T100000Z", group="chess")
    put(store, "alice", "mine", "20260111T100000Z")
    put(store, "alice", "later", "20260311T100000Z")
    assert seen(store, "alice") == {("party", "", "chess"), ("mine", "", "")}
    assert seen(store, "bob") == {("party", "", "chess"), ("", "alice", "chess")}  # busy once, though in two groups

    def leave(tx: Tx) -> None:
        for group in members.groups_of(tx, who(tx, "bob")):
            if group.name == "chess":
                leaving.remove(tx, group.id, who(tx, "bob"))

    store.write(leave)
    assert seen(store, "bob") == {("", "alice", "choir")}


@pytest.mark.parametrize("statement", ["_BETWEEN", "_IN_GROUPS"])
def test_spans_when_looked_for_then_by_an_index_of_the_calendar_and_its_times(store: Store, statement: str) -> None:
    text = str(getattr(register, statement)).replace("IN (__[POSTCOMPILE_collections])", "IN (1)")
    asked = {"start": 1, "end": 2, "account": 1, "collections": "[1]"}
    database = sqlite3.connect(store.folder / DATABASE)
    for name in sorted(asked, key=len, reverse=True):
        text = text.replace(f":{name}", str(asked[name]))
    text = text.replace(":component_1", "'VEVENT'").replace(":group_state_1", "''").replace(":tool_1", "'calendar'")
    plan = " ".join(str(row) for row in database.execute(f"EXPLAIN QUERY PLAN {text}"))
    database.close()
    assert "ix_object_index_collection_id_last_first" in plan
