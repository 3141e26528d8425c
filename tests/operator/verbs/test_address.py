"""The operator's verbs about addresses: aliases, roles, catch-alls (R26)."""

import pytest

from coserver.accounts import organisations
from coserver.mail import addresses, domains
from coserver.model.act import ActKind
from coserver.model.errors import Denied, Exists, Malformed, Missing, NotInPlan
from coserver.store import journal, spaces


def _whose(estate, local, host="example.test"):
    with estate.store.read() as tx:
        return addresses.resolve(tx, local, host)


@pytest.fixture
def alice(estate):
    return estate.account("alice").id


@pytest.fixture
def bob(estate, alice):
    return estate.account("bob").id


def test_add_when_done_then_mail_reaches_the_account_and_the_list_says_so(estate, office, alice, bob):
    """R26: aliases."""
    told = office.do("address add", address="Sales@Example.test", login="bob")
    assert told == {"address": "sales@example.test", "kind": "alias", "login": "bob@example.test", "group": ""}
    assert _whose(estate, "sales") == bob
    assert [each["address"] for each in office.do("address list")] == [
        "abuse@example.test",
        "postmaster@example.test",
        "sales@example.test",
    ]
    assert [each["kind"] for each in office.do("address list", login="bob")] == ["primary", "alias"]
    assert office.do("log", space="bob", limit=1)[0]["detail"] == "sales@example.test"


def test_add_when_the_plan_has_no_alias_left_then_refused_until_one_is_removed(estate, office, bob):
    """The plan `small` allows one; roles do not count."""
    office.do("address add", address="hostmaster", login="bob")
    office.do("address add", address="one", login="bob")
    with pytest.raises(NotInPlan, match="allows 1 aliases"):
        office.do("address add", address="two", login="bob")
    office.do("address remove", address="one@example.test")
    office.do("address add", address="two", login="bob")
    assert (_whose(estate, "one"), _whose(estate, "two")) == (None, bob)


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("alice", Exists),
        ("sales@elsewhere.test", Missing),
        ("a b@example.test", Malformed),
        ("a+b@example.test", Malformed),
        ("p\u0430ul@example.test", Malformed),
    ],
)
def test_add_when_it_cannot_be_then_refused(office, bob, address, error):
    with pytest.raises(error):
        office.do("address add", address=address, login="bob")


def test_add_when_it_is_a_role_then_passes_on_and_is_never_without_a_reader(estate, office, alice, bob):
    """S26: names of the house are the operator's to give."""
    told = office.do("address add", address="postmaster@example.test", login="bob")
    assert (told["kind"], _whose(estate, "postmaster"), _whose(estate, "abuse")) == ("role", bob, alice)
    with pytest.raises(Denied, match="has to reach somebody"):
        office.do("address remove", address="postmaster@example.test")
    office.do("address add", address="webmaster@example.test", login="bob")
    with pytest.raises(Exists):
        office.do("address add", address="webmaster@example.test", login="alice")
    office.do("address remove", address="webmaster@example.test")
    assert _whose(estate, "webmaster") is None


def test_add_when_somebody_asks_who_has_no_say_there_then_denied(office, bob):
    for verb, words in (
        ("address add", {"address": "sales", "login": "bob"}),
        ("address remove", {"address": "sales"}),
        ("address catch-all", {"domain": "example.test", "login": "bob"}),
    ):
        with pytest.raises(Denied):
            office.do(verb, by="bob", **words)


def test_verbs_when_somebody_asks_then_the_log_names_him(estate, office, alice):
    """R26: what an owner did with --as stood in the log as the operator's deed."""
    made = office.do("org add", org="club", owner="alice")
    with estate.store.read() as tx:
        club = organisations.find(tx, made["org"]).id
    estate.store.write(lambda tx: domains.add(tx, "club.test", organisation=club))
    office.do("address add", address="sales@club.test", login="alice", by="alice")
    office.do("address catch-all", domain="club.test", login="alice")
    with estate.store.read() as tx:
        acts = [act for act in journal.listed(tx, spaces.of(tx, alice).id) if act.kind is ActKind.ADDRESSED]
    assert [act.actor.login for act in acts] == ["alice@example.test", ""]


def test_remove_when_it_is_a_login_or_nothing_then_missing(office, bob):
    for address in ("bob@example.test", "nobody@example.test"):
        with pytest.raises(Missing, match="not an alias"):
            office.do("address remove", address=address)


def test_catch_all_when_given_then_taken_back_then_unknown_names_reach_somebody_and_nobody(estate, office, alice, bob):
    """R26: catch-all."""
    assert office.do("address catch-all", domain="example.test", login="bob")["login"] == "bob@example.test"
    assert _whose(estate, "whoever") == bob
    office.do("address catch-all", domain="example.test", login="alice")
    assert _whose(estate, "whoever") == alice
    office.do("address catch-all", domain="example.test", none=True)
    assert _whose(estate, "whoever") is None
    with pytest.raises(Malformed, match="login is missing"):
        office.do("address catch-all", domain="example.test")
