"""The operator's verbs about domains and plans."""

from dataclasses import replace

import pytest

from coserver.accounts.operator import operate
from coserver.model.errors import Denied, Exists, Malformed, Missing
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


def test_domain_when_added_listed_and_removed_then_the_roles_follow(office, people):
    assert office.do("domain add", name="Second.Test")["name"] == "second.test"
    office.do("domain add", name="third.test", postmaster="bob")
    assert office.do("domain list") == [
        {"name": "example.test", "standard": True, "postmaster": "alice@example.test"},
        {"name": "second.test", "standard": False, "postmaster": "alice@example.test"},
        {"name": "third.test", "standard": False, "postmaster": "bob@example.test"},
    ]
    assert office.do("domain remove", name="third.test") == {"name": "third.test"}
    assert "postmaster@third.test" not in office.do("account show", login="bob")["addresses"]


def test_domain_when_refused_then_says_why_and_changes_nothing(office, people):
    with pytest.raises(Exists):
        office.do("domain add", name="example.test")
    with pytest.raises(Malformed):
        office.do("domain add", name="no domain")
    with pytest.raises(Missing):
        office.do("domain add", name="second.test", postmaster="nobody")
    with pytest.raises(Missing):
        office.do("domain remove", name="second.test")
    with pytest.raises(Denied, match="delete their accounts first"):
        office.do("domain remove", name="example.test")
    assert office.do("domain list") == [{"name": "example.test", "standard": True, "postmaster": "alice@example.test"}]


def test_domain_when_there_is_no_account_yet_then_nobody_reads_its_roles(office):
    assert office.do("domain list")[0]["postmaster"] == ""
