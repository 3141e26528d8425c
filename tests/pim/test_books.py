"""Books of others: what an account sets on them is bounded, its own, and goes with it (S33)."""

from typing import Any

import pytest
import sqlalchemy as sa

from coserver.groups import shares
from coserver.groups.shares import Offer, Target
from coserver.model.errors import Denied, Malformed, Missing, NoRoom
from coserver.model.rights import PRESETS, Preset
from coserver.model.space import Tool
from coserver.pim import books, homes, views
from coserver.pim.books import Book, Visitor
from coserver.store import collections
from coserver.store.tx import Tx

_OWN = sa.text("SELECT count(*) FROM own_property")


@pytest.fixture
def people(estate: Any) -> Any:
    """(alice, bob, their group), with alice's calendar shared with bob."""
    alice, bob = (estate.account(name, plan="demo") for name in ("alice", "bob"))
    group = estate.group("team", alice, bob)

    def share(tx: Tx) -> None:
        calendar = books.find(tx, Visitor(alice.id), "calendar").collection
        shares.add(tx, None, Target(calendar), Offer(group.id, bob.id, Preset.READ))

    estate.store.write(share)
    return alice, bob, group


def shared(tx: Tx, bob: Any) -> Book:
    (book,) = [book for book in homes.home(tx, Visitor(bob.id)) if book.is_shared]
    return book


def test_set_properties_when_on_a_book_of_others_then_they_are_bounded(estate: Any, people: Any) -> None:
    _, bob, _ = people

    def put(changes: dict[str, str | None]) -> None:
        estate.store.write(lambda tx: books.set_properties(tx, bob.id, shared(tx, bob), changes))

    put({f"X:{number}": "y" for number in range(books.MOST_PROPERTIES)})
    with pytest.raises(NoRoom):
        put({"X:more": "y"})
    put({"X:1": None, "X:more": "y"})
    with pytest.raises(Malformed):
        put({"X:2": "y" * (books.LONGEST_VALUE + 1)})
    with estate.store.read() as tx:
        assert books.properties(tx, bob.id, shared(tx, bob))["X:more"] == "y"
        assert "X:more" not in collections.properties(tx, shared(tx, bob).collection.id)


def test_set_properties_when_the_book_is_removed_then_they_go_with_it(estate: Any, people: Any) -> None:
    alice, bob, _ = people
    estate.store.write(lambda tx: books.set_properties(tx, bob.id, shared(tx, bob), {"X:a": "y"}))
    estate.store.write(lambda tx: books.remove(tx, alice.id, books.find(tx, Visitor(alice.id), "calendar")))
    with estate.store.read() as tx:
        assert tx.execute(_OWN).scalar() == 0


def test_find_when_a_segment_leads_to_what_is_not_his_then_there_is_nothing(estate: Any, people: Any) -> None:
    """R16: ids of roots, of own calendars and of views of others are no way in."""
    alice, bob, _ = people
    with estate.store.read() as tx:
        calendar = books.find(tx, Visitor(alice.id), "calendar").collection
        assert books.find(tx, Visitor(bob.id), f"shared-{calendar.id}").owner is not None
        for account, number in ((alice, calendar.id), (bob, calendar.parent), (bob, 10**17)):
            with pytest.raises(Missing):
                books.find(tx, Visitor(account.id), f"shared-{number}")
        with pytest.raises(Missing):
            books.find(tx, Visitor(bob.id), f"group-{calendar.id}")


def test_remove_when_it_is_shared_with_the_right_to_manage_then_only_its_owner_may(estate: Any, people: Any) -> None:
    """S6"""
    _, bob, group = people

    def manage(tx: Tx) -> None:
        shares.add(tx, None, Target(shared(tx, bob).collection), Offer(group.id, bob.id, Preset.MANAGE))

    estate.store.write(manage)
    with pytest.raises(Denied, match="Only alice"):
        estate.store.write(lambda tx: books.remove(tx, bob.id, shared(tx, bob)))


def test_views_when_their_names_are_tried_then_nobody_finds_them(estate: Any, people: Any) -> None:
    _, bob, _ = people
    with estate.store.read() as tx, pytest.raises(Missing):
        books.find(tx, Visitor(bob.id), f"{views.HIDDEN}{views.VIEW}1")


def test_home_when_one_calendar_of_a_group_is_shared_within_it_then_tells_the_rights_that_gives(
    estate: Any, people: Any
) -> None:
    """R57: the same as when that calendar is asked for by itself."""
    _, bob, group = people

    def give(tx: Tx) -> None:
        calendar = collections.find(tx, collections.root(tx, group.space, Tool.CALENDAR).id, "calendar")
        assert calendar is not None
        shares.add(tx, group.administrator, Target(calendar), Offer(group.id, None, Preset.EDIT))

    estate.store.write(give)
    with estate.store.read() as tx:
        found = {one.collection.name: one for one in homes.home(tx, Visitor(bob.id)) if one.group and not one.is_made}
        assert found["calendar"].rights == PRESETS[Preset.EDIT]
        assert all(one == books.find(tx, Visitor(bob.id), one.segment) for one in found.values())
        assert found["tasks"].rights == PRESETS[Preset.READ]
