"""Paths of the command line."""

import pytest

from coserver.accounts import accounts, places
from coserver.groups import rights
from coserver.mail import mailboxes, messages
from coserver.mail.prepared import prepare
from coserver.model.errors import Missing
from coserver.model.rights import Right
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.store import collections, items


@pytest.fixture
def drive(estate, office, people):
    """Alice's /Plans/deep/a.txt and one message in her INBOX."""
    staged = estate.store.stage(b"x")
    prepared = prepare(estate.store.stage(b"Subject: x\r\n\r\nx\r\n"))

    def job(tx):
        alice = accounts.find(tx, "alice")
        at = collections.root(tx, alice.space, Tool.DOCUMENTS)
        for name in ("Plans", "deep"):
            at = collections.add(tx, at, name, grant=rights.need(tx, alice.id, at, Right.ADD))
        charge = usage.charge(tx, at.space, Tool.DOCUMENTS, bytes=1, items=1)
        items.add(tx, at, [items.New(staged, "a.txt")], grant=rights.house(tx, at, Right.ADD), charge=charge)
        inbox = mailboxes.inbox(tx, alice.id)
        messages.append(tx, alice.id, inbox, [messages.NewMessage(prepared)])

    estate.store.write(job)
    return estate


def _find(estate, login, path):
    with estate.store.read() as tx:
        return places.find(tx, accounts.find(tx, login), path)


@pytest.mark.parametrize(
    ("path", "collection", "item", "missing"),
    [
        ("/", "", None, ""),
        ("/Plans", "Plans", None, ""),
        ("Plans/deep/", "deep", None, ""),
        ("/Plans/deep/a.txt", "deep", "a.txt", ""),
        ("documents:/Plans/deep/a.txt", "deep", "a.txt", ""),
        ("/Plans/none/a.txt", "Plans", None, "none"),
        ("/Plans/deep/none", "deep", None, "none"),
        ("calendar:calendar", "calendar", None, ""),
        ("contacts:contacts/none.vcf", "contacts", None, "none.vcf"),
        ("mail:inbox", "INBOX", None, ""),
        ("mail:INBOX;UID=1", "INBOX", 1, ""),
        ("mail:inbox;uid=1", "INBOX", 1, ""),
        ("mail:INBOX;UID=2", "INBOX", None, "INBOX;UID=2"),
        ("mail:None;UID=1", "", None, "None"),
    ],
)
def test_find_when_it_is_ones_own_then_leads_there_or_says_how_far(drive, path, collection, item, missing):
    place = _find(drive, "alice", path)
    found = None if place.item is None else place.item.name or place.item.uid
    assert (place.collection.name, found, place.missing) == (collection, item, missing)


def test_find_when_shared_then_by_its_name_there_or_by_the_owners_path(drive, office):
    office.do("share add", path="/Plans/deep", owner="alice", group="team", preset="read")
    place = _find(drive, "bob", "Shared/alice@example.test/deep/a.txt")
    assert place == _find(drive, "alice", "/Plans/deep/a.txt")
    assert _find(drive, "dave", "Shared/alice/Plans/deep/a.txt") == place


def test_find_when_one_file_is_shared_then_nothing_is_below_it(drive, office):
    office.do("share add", path="/Plans/deep/a.txt", owner="alice", group="team", to="bob", preset="read")
    place = _find(drive, "bob", "Shared/alice/a.txt")
    assert (place.item.name, place.missing) == ("a.txt", "")
    assert _find(drive, "bob", "Shared/alice/a.txt/x").missing == "x"


def test_find_when_there_is_no_such_group_or_owner_then_missing(drive):
    for path in ("Groups/none/x", "Shared/none/x"):
        with pytest.raises(Missing):
            _find(drive, "alice", path)


def test_existing_when_it_is_not_all_there_then_missing_names_the_part(drive):
    with drive.store.read() as tx, pytest.raises(Missing, match=r"'/Plans/none/x' leads .*'none'\. There are: deep\.$"):
        places.existing(tx, accounts.find(tx, "alice"), "/Plans/none/x")
    with drive.store.read() as tx, pytest.raises(Missing, match=r"'/Plans/deep/none' .* no 'none'\.$"):
        places.existing(tx, accounts.find(tx, "alice"), "/Plans/deep/none")


def test_existing_when_there_is_much_else_then_some_of_it_is_named(drive):
    def job(tx):
        alice = accounts.find(tx, "alice")
        root = collections.root(tx, alice.space, Tool.DOCUMENTS)
        for number in range(20):
            collections.add(tx, root, f"{number:02}", grant=rights.need(tx, alice.id, root, Right.ADD))

    drive.store.write(job)
    with drive.store.read() as tx, pytest.raises(Missing, match=r"There are: 00, .*, 19 and 1 more"):
        places.existing(tx, accounts.find(tx, "alice"), "/none")


@pytest.mark.parametrize("path", ["/", "/Plans/deep", "/Plans/deep/a.txt", "mail:INBOX;UID=1", "calendar:calendar"])
def test_written_when_read_again_then_leads_to_the_same(drive, path):
    with drive.store.read() as tx:
        alice = accounts.find(tx, "alice")
        place = places.find(tx, alice, path)
        assert places.written(tx, place.collection, place.item) == path
