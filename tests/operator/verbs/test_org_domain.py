"""The verbs about domains of organisations."""

from dataclasses import replace
from typing import Any

import pytest

from coserver.mail import keys
from coserver.model.errors import Denied, Malformed, Missing
from coserver.operator.desk import operate


@pytest.fixture
def do(office: Any, people: Any, world: Any) -> Any:
    """Carries verbs out in a house that asks the made-up DNS; bob owns the club."""
    house = replace(office.house, asks=world)
    office.do("org add", org="club", owner="bob")
    return lambda verb, **args: operate(house, verb, args)


def test_org_domain_when_claimed_and_proved_by_its_owner_then_it_is_listed_with_its_records(do, world, estate) -> None:
    """R26: the owner does all of it himself."""
    made = do("org domain add", org="club", domain="Corp.Test", by="bob")
    name, _, _, kind, value = made["zone"].split()
    assert (made["name"], made["proved"], name, kind) == ("corp.test", False, "_coserver-challenge.corp.test.", "TXT")
    assert do("org domain check", org="club", domain="corp.test", by="bob") == made
    assert do("org domain list", org="club", by="bob") == [made]
    world.zone["_coserver-challenge.corp.test", "TXT"] = (value.strip('"'),)
    held = {"name": "corp.test", "proved": True, "rests_until": None}
    assert do("org domain check", org="club", domain="corp.test", by="bob") == held
    assert do("org domain list", org="club") == [held]
    records = do("org domain records", org="club", domain="corp.test", by="bob")
    assert {each["kind"] for each in records["records"]} == {"MX", "TXT", "SRV"}
    told = do("org domain compare", org="club", domain="corp.test", by="bob")
    assert {each["verdict"] for each in told} == {"missing"}
    assert do("org domain rotate", org="club", domain="corp.test", by="bob", now=True)["used"]
    with estate.store.read() as tx:
        assert keys.find(tx, "corp.test").selector + "._domainkey" in str(
            do("org domain records", org="club", domain="corp.test")
        )


def test_org_domain_when_removed_then_it_can_be_restored_by_its_owner(do, world) -> None:
    """S27."""
    made = do("org domain add", org="club", domain="corp.test")
    world.zone["_coserver-challenge.corp.test", "TXT"] = (made["zone"].split('"')[1],)
    do("org domain check", org="club", domain="corp.test")
    gone = do("org domain remove", org="club", domain="corp.test", by="bob")
    assert gone["rests_until"] == "2027-02-14T08:00:00Z"
    with pytest.raises(Denied):
        do("org domain records", org="club", domain="corp.test", by="bob")
    assert do("org domain restore", org="club", domain="corp.test", by="bob")["rests_until"] is None


def test_org_domain_when_withdrawn_then_nothing_is_claimed(do) -> None:
    do("org domain add", org="club", domain="corp.test", by="bob")
    assert do("org domain withdraw", org="club", domain="corp.test", by="bob") == {"name": "corp.test"}
    assert do("org domain list", org="club") == []


@pytest.mark.parametrize(
    "verb", ["add", "check", "list", "withdraw", "remove", "restore", "records", "compare", "rotate"]
)
def test_org_domain_when_somebody_else_asks_then_there_is_no_such_organisation(do, verb: str) -> None:
    with pytest.raises(Missing):
        do(f"org domain {verb}", org="club", domain="corp.test", by="carol")
    if verb != "list":
        with pytest.raises(Malformed):
            do(f"org domain {verb}", org="club")
