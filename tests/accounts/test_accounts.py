"""The life of an account."""

import pytest

from coserver.accounts import accounts, names
from coserver.auth import credentials, standing
from coserver.mail import addresses, mailboxes, subscriptions
from coserver.model.errors import Denied, Exists, Malformed, Missing
from coserver.model.principal import State
from coserver.model.space import Tool
from coserver.store import collections
from coserver.store.schema.whole import TABLES


def test_add_when_done_then_everything_belongs_to_it(estate):
    """R28: every account has one subscription."""
    alice = estate.account("Alice", "small")
    with estate.store.read() as tx:
        assert accounts.find(tx, "alice") == accounts.find(tx, "alice@example.test") == alice
        assert (alice.login, alice.state, alice.plan) == ("alice@example.test", State.ACTIVE, "small")
        assert [str(each) for each in addresses.of(tx, alice.id)] == [
            "alice@example.test",
            "abuse@example.test",
            "postmaster@example.test",
        ]
        boxes = {each.name: each.collection.role for each in mailboxes.listed(tx, alice.id)}
        assert boxes == {
            "INBOX": "INBOX",
            "Archive": "\\Archive",
            "Drafts": "\\Drafts",
            "Junk": "\\Junk",
            "Sent": "\\Sent",
            "Trash": "\\Trash",
        }
        assert set(subscriptions.listed(tx, alice.id)) == set(boxes)
        made = {
            (str(tool), one.name, one.role)
            for tool in (Tool.CALENDAR, Tool.CONTACTS, Tool.DOCUMENTS)
            for one in collections.tree(tx, alice.space, tool)
            if one.name
        }
    assert made == {
        ("calendar", "calendar", "VEVENT"),
        ("calendar", "tasks", "VTODO"),
        ("contacts", "contacts", "VCARD"),
    }


@pytest.mark.parametrize(
    "name", ["", "a b", "a/b", ".a", "a.", "a..b", "a+b", "x" * 65, "@example.test", "a@b@example.test"]
)
def test_add_when_the_login_cannot_be_one_then_says_what_can(estate, name):
    with pytest.raises(Malformed, match="cannot be a login"):
        estate.account(name)


@pytest.mark.parametrize("name", sorted(names.RESERVED))
def test_add_when_the_name_is_reserved_then_denied(estate, name):
    with pytest.raises(Denied, match="reserved"):
        estate.account(name.upper())


def test_add_when_the_domain_is_not_ours_then_says_how_to_make_it_so(estate):
    with pytest.raises(Missing, match="coserver domain add other"):
        estate.account("alice@other.test")
    estate.store.write(lambda tx: tx.execute(TABLES["domain"].delete()))
    with pytest.raises(Missing, match="no domain yet"):
        estate.account("alice")


def test_add_when_there_is_one_or_the_address_is_taken_then_exists(estate):
    bob = estate.account("bob")
    with pytest.raises(Exists, match="an account bob@example"):
        estate.account("BOB")
    estate.store.write(lambda tx: addresses.add(tx, bob.id, "robert", "", kind=addresses.Kind.ALIAS))
    with pytest.raises(Exists, match="taken"):
        estate.account("robert")


def test_add_when_it_fails_at_the_end_then_nothing_is_left(estate):
    with pytest.raises(Missing, match="no plan 'golden'"):
        estate.account("alice", "golden")
    with estate.store.read() as tx:
        for table in (
            TABLES["principal"],
            TABLES["account"],
            TABLES["credential"],
            TABLES["space"],
            TABLES["address"],
        ):
            assert tx.execute(table.select()).all() == []


def test_suspend_and_resume_when_done_then_state_and_epoch_change_and_sessions_are_told(estate):
    alice = estate.account("alice")
    told = []
    estate.store.subscribe(told.append)
    estate.store.write(lambda tx: accounts.suspend(tx, alice.id))
    with estate.store.read() as tx:
        suspended = accounts.find(tx, "alice")
        assert mailboxes.inbox(tx, alice.id)  # mail is still taken
    estate.store.write(lambda tx: accounts.resume(tx, alice.id))
    with estate.store.read() as tx:
        resumed = accounts.find(tx, "alice")
    assert [(each.state, each.epoch) for each in (alice, suspended, resumed)] == [
        (State.ACTIVE, 1),
        (State.SUSPENDED, 2),
        (State.ACTIVE, 3),
    ]
    assert [notice.principals for notice in told] == [{alice.id}, {alice.id}]


def test_set_password_when_done_then_app_passwords_stay(estate):
    alice = estate.account("alice")
    made = credentials.make()
    estate.store.write(lambda tx: credentials.add_app(tx, alice.id, made, label="", services=()))
    estate.store.write(lambda tx: accounts.set_password(tx, alice.id, "new"))
    with estate.store.read() as tx:
        assert credentials.password(tx, alice.id)[1] == "new"
        assert credentials.match_app(tx, alice.id, made.text)
        assert standing.find(tx, "alice").epoch == 2


def test_find_when_there_is_none_then_says_where_to_look(estate):
    with estate.store.read() as tx, pytest.raises(Missing, match="account list"):
        accounts.find(tx, "nobody")


def test_words_when_asked_then_names_and_the_domain_without_its_ending():
    assert accounts.words("alice@mail.example.test", "Alice Roe") == ["alice", "Alice Roe", "mail", "example"]
