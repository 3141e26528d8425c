"""The operator's verbs about domains and plans."""

from dataclasses import replace

import pytest

from coserver.mail import keys, signing
from coserver.model.errors import Denied, Exists, Malformed, Missing
from coserver.operator.desk import operate
from coserver.quota import plans
from coserver.store.engine import Store


def test_init_when_repeated_then_adds_nothing_and_leaves_the_operators_plans_alone(office):
    first = office.do("init", domain="first.test")
    assert first == office.do("init", domain="FIRST.test")
    assert first["domains"] == ["example.test", "first.test"]
    changed = plans.bundled().replace("groups = 1\n", "groups = 2\n")
    office.do("plan load", text=changed)
    office.do("init")
    assert {each["plan"]: each["capacities"]["groups"] for each in office.do("plan list")}["free"] == 2


def test_init_when_the_store_is_new_then_the_bundled_plans_are_there(tmp_path, estate, office):
    store = Store.open(tmp_path / "new", clock=estate.clock)
    found = operate(replace(office.house, store=store), "init", {"domain": "first.test"})
    store.close()
    assert found == {"plans": ["free", "large", "standard"], "domains": ["first.test"]}


def test_init_when_plans_are_given_then_they_are_stored(office):
    text = plans.bundled("plans-demo").replace("[demo]", "[golden]")
    assert "golden" in office.do("init", plans=text)["plans"]
    with pytest.raises(Malformed):
        office.do("init", plans="golden = 3")


def _domain(name, postmaster="", *, standard=False, until=None):
    return {"name": name, "standard": standard, "postmaster": postmaster, "rests_until": until}


def test_domain_when_added_and_listed_then_the_roles_follow_and_it_has_a_key(office, estate, people):
    assert office.do("domain add", name="Second.Test")["name"] == "second.test"
    office.do("domain add", name="third.test", postmaster="bob")
    assert office.do("domain list") == [
        _domain("example.test", "alice@example.test", standard=True),
        _domain("second.test", "alice@example.test"),
        _domain("third.test", "bob@example.test"),
    ]
    with estate.store.read() as tx:
        found = keys.find(tx, "second.test")
        assert signing.record(found.secret) != signing.record(keys.find(tx, "third.test").secret)


def test_domain_when_removed_then_it_rests_with_its_addresses_and_can_be_restored(office, estate, people):
    """S27: logins stay as they are, the rest comes back within 30 days."""
    office.do("domain add", name="third.test", postmaster="bob")
    office.do("account add", login="erin@third.test", password="x")
    gone = _domain("third.test", until="2027-02-14T08:00:00Z")
    assert office.do("domain remove", name="third.test") == gone
    assert office.do("domain list")[1] == gone
    assert office.do("account show", login="erin@third.test")["login"] == "erin@third.test"
    with pytest.raises(Denied):
        office.do("account add", login="dave@third.test", password="x")
    with pytest.raises(Exists):
        office.do("domain add", name="third.test")
    office.do("domain restore", name="third.test")
    assert office.do("domain list")[1] == _domain("third.test", "bob@example.test")
    office.do("account add", login="dave@third.test", password="x")


def test_domain_when_refused_then_says_why_and_changes_nothing(office, people):
    with pytest.raises(Exists):
        office.do("domain add", name="example.test")
    with pytest.raises(Malformed):
        office.do("domain add", name="no domain")
    with pytest.raises(Missing):
        office.do("domain add", name="second.test", postmaster="nobody")
    with pytest.raises(Missing):
        office.do("domain remove", name="second.test")
    with pytest.raises(Denied, match="it stays"):
        office.do("domain remove", name="example.test")
    with pytest.raises(Denied, match="nothing to restore"):
        office.do("domain restore", name="example.test")
    assert office.do("domain list") == [_domain("example.test", "alice@example.test", standard=True)]


def test_domain_when_there_is_no_account_yet_then_nobody_reads_its_roles(office):
    assert office.do("domain list")[0]["postmaster"] == ""
