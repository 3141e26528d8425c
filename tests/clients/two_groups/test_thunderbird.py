"""Thunderbird without a screen, as bob of the team: all is found without typing an address, and shown as it is."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.programs import imap
from tests.clients.programs.curl import book, curl
from tests.clients.programs.samples import event, message
from tests.clients.programs.thunderbird import Thunderbird, started

pytestmark = [pytest.mark.needs("thunderbird", "curl"), pytest.mark.timeout(240)]

ALICE = "Shared/alice@example.test"


@pytest.fixture(scope="module")
def bob(house: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Thunderbird]:
    with started(house.demo, "bob", tmp_path_factory.mktemp("thunderbird")) as running:
        yield running


def test_thunderbird_when_it_reads_mail_then_shows_what_may_be_done_in_each_mailbox(
    house: Any, bob: Thunderbird
) -> None:
    """(R15, R47, R48, R57)"""
    assert bob.shows("INBOX", "Groups/team", f"{ALICE}/Desk", f"{ALICE}/Shelf")
    assert bob.open("Groups/team") == {"subjects": ["message 6", "message 7"], "adds": True, "deletes": True}
    assert bob.open(f"{ALICE}/Desk") == {"subjects": ["message 1", "message 2"], "adds": True, "deletes": True}
    assert bob.open(f"{ALICE}/Shelf") == {"subjects": ["message 3", "message 4"], "adds": False, "deletes": False}
    assert not bob.copy("Groups/team", f"{ALICE}/Shelf", "message 6")
    with imap.connected(house.demo, "alice") as alice:
        assert set(imap.held(alice, "Shelf")) == {f"<{number}@example.net>" for number in (3, 4, 5)}
        alice.create("Loan")
        imap.put(alice, "Loan", message(60))
        house.share("mail:Loan", "alice", "team", "edit", to="bob")
        assert bob.shows(f"{ALICE}/Loan")
        assert bob.open(f"{ALICE}/Loan")["subjects"] == ["message 60"]
        assert bob.copy(f"{ALICE}/Desk", f"{ALICE}/Loan", "message 1")
        assert set(imap.held(alice, "Loan")) == {"<60@example.net>", "<1@example.net>"}
        house.operate("item", "private", f"mail:Loan;UID={house.uid(alice, 'Loan', 60)}", "--owner", "alice")
        assert bob.open(f"{ALICE}/Loan")["subjects"] == ["message 1"]
    house.unshare("mail:Loan", "alice", "team", to="bob")
    assert bob.shows(f"{ALICE}/Desk", f"{ALICE}/Shelf", without=f"{ALICE}/Loan")


def test_thunderbird_when_it_finds_calendars_then_read_only_ones_are_and_removals_arrive(
    house: Any, bob: Thunderbird
) -> None:
    """(R15, R47, R48, R49, R55, C12)"""
    house.put("carol", "calendar/loan.ics", event("loan", "Loan"))
    house.share("calendar:calendar/loan.ics", "carol", "team", "read", to="bob")
    found = bob.subscribe()
    writable = {"Calendar": True, "Calendar (team)": True, "Busy: team": False, "Calendar (alice@example.test)": False}
    assert {name: found[name] for name in writable} == writable
    assert bob.events("Calendar (alice@example.test)") == ["Busy", "Planning"]
    assert set(bob.events("Busy: team")) == {"Busy (alice)", "Busy (Carol Example)"}
    assert bob.events("Shared by carol@example.test") == ["Loan", "Recital"]
    house.unshare("calendar:calendar/loan.ics", "carol", "team", to="bob")
    assert bob.events("Shared by carol@example.test") == ["Recital"]

    bob.add("Calendar (team)", event("by-thunderbird", "Written here"))
    assert bob.events("Calendar (team)") == ["Written here", "team review"]
    kept = book(house.demo, "alice", "Calendar (team)", home=house.folder) + "by-thunderbird.ics"
    assert "SUMMARY:Written here" in curl(house.demo, "alice", kept, home=house.folder)
    curl(house.demo, "alice", kept, "--request", "DELETE", home=house.folder)
    assert bob.events("Calendar (team)") == ["team review"]


def test_thunderbird_when_it_finds_address_books_then_members_and_what_is_shared_are_there(bob: Thunderbird) -> None:
    """(R47, R48, R52)"""
    found = bob.contacts()
    assert found.keys() == {"Contacts", "Contacts (team)", "Members of team", "Contacts (alice@example.test)"}
    assert found["Contacts (alice@example.test)"] == {"writable": True, "names": ["Zoe Example"]}
    assert "Carol Example" in found["Members of team"]["names"]
    assert not found["Members of team"]["writable"]
