"""The operator's verbs about domains and plans."""

import pytest

from coserver.model.errors import Denied, Exists, Malformed, Missing
from coserver.quota import plans


def test_init_when_repeated_then_adds_nothing(office):
    first = office.do("init", domain="first.test")
    assert first == office.do("init", domain="FIRST.test")
    assert first["domains"] == ["example.test", "first.test"]
    assert first["plans"] == ["free", "standard", "large"]


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


def test_plan_list_when_asked_then_capacities_features_and_how_many_have_it(office, people):
    found = {each["plan"]: each for each in office.do("plan list")}
    assert set(found) == {"free", "standard", "large", "demo", "small", "big"}
    assert (found["demo"]["accounts"], found["big"]["accounts"], found["demo"]["version"]) == (4, 0, 1)
    assert found["small"]["capacities"]["groups"] == 2
    assert "imap" in found["small"]["features"]
