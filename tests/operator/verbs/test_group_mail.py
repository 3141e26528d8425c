"""The operator's verbs about the mail of groups (S19)."""

import pytest

from coserver.accounts.upkeep import upkeep
from coserver.mail import addresses
from coserver.model.errors import Denied, Exists, Malformed, Missing


def _whose(estate, local):
    with estate.store.read() as tx:
        return addresses.resolve(tx, local, "example.test")


def test_address_when_none_is_named_then_it_is_the_groups_name_and_another_takes_its_place(estate, office, people):
    """S19: the group's address is its name at the standard domain."""
    assert office.do("group show", name="team")["address"] == ""
    assert office.do("group address", name="team") == {"name": "team", "address": "team@example.test"}
    group = _whose(estate, "team")
    assert office.do("group address", name="team")["address"] == "team@example.test"
    assert office.do("group address", name="team", address="crew@example.test")["address"] == "crew@example.test"
    assert (_whose(estate, "team"), _whose(estate, "crew")) == (None, group)
    assert office.do("group address", name="team", none=True)["address"] == ""
    assert _whose(estate, "crew") is None
    assert office.do("group address", name="team", none=True)["address"] == ""
    with pytest.raises(Malformed):
        office.do("group address", name="team", none=True, address="x")


def test_address_when_it_cannot_be_then_refused_and_the_former_one_stays(estate, office, people):
    """S26."""
    office.do("group address", name="team")
    for address, error in (("alice", Exists), ("postmaster", Denied), ("x@elsewhere.test", Missing)):
        with pytest.raises(error):
            office.do("group address", name="team", address=address)
    assert office.do("group show", name="team")["address"] == "team@example.test"
    with pytest.raises(Denied, match="group address NAME --none"):
        office.do("address remove", address="team@example.test")


def test_address_when_asked_by_members_then_the_administrator_gives_the_name_alone(office, people):
    office.do("group add", name="choir", admin="alice")
    office.do("group member add", name="choir", login="bob")
    with pytest.raises(Denied):
        office.do("group address", name="choir", by="bob")
    with pytest.raises(Missing):
        office.do("group address", name="choir", by="dave")
    assert office.do("group address", name="choir", by="alice")["address"] == "choir@example.test"
    with pytest.raises(Denied):
        office.do("group address", name="choir", address="other", by="alice")
    with pytest.raises(Denied, match="reserved"):  # S26: `team` is for the operator to give
        office.do("group address", name="team", by="alice")


def test_posting_and_copies_when_set_then_shown(office, people):
    office.do("group posting", name="team", posting="moderated", by="alice")
    office.do("group copies", name="team", login="bob", wanted="off", by="bob")
    shown = office.do("group show", name="team")
    assert shown["posting"] == "moderated"
    assert [each["copies"] for each in shown["members"]] == [True, False, True]
    with pytest.raises(Denied, match="Only a member himself"):
        office.do("group copies", name="team", login="bob", wanted="on", by="alice")
    with pytest.raises(Missing):
        office.do("group copies", name="team", login="dave", wanted="on")
    for words in ({"posting": "everybody"},):
        with pytest.raises(Malformed):
            office.do("group posting", name="team", **words)
    with pytest.raises(Malformed, match="neither on nor off"):
        office.do("group copies", name="team", login="bob", wanted="maybe")


def test_held_when_nothing_is_then_empty_and_only_for_who_manages(office, people):
    assert office.do("group held", name="team") == []
    with pytest.raises(Denied):
        office.do("group held", name="team", by="bob")
    for verb in ("group release", "group discard"):
        with pytest.raises(Missing, match="No message 3"):
            office.do(verb, name="team", number=3)


def test_address_when_the_group_is_erased_then_rests_for_a_year(estate, office, people):
    """S25 for groups; until then a deleted group keeps it (S32)."""
    office.do("group address", name="team")
    office.do("group delete", name="team")
    with pytest.raises(Exists, match="taken"):
        office.do("address add", address="team", login="alice")
    estate.clock.seconds += 31 * 86_400
    upkeep(office.house)
    with pytest.raises(Exists, match="free after"):
        office.do("address add", address="team", login="alice")
    estate.clock.seconds += 366 * 86_400
    office.do("address add", address="team", login="alice")


def test_address_when_it_is_handed_over_or_restored_then_stays(estate, office, people):
    office.do("group address", name="team")
    group = _whose(estate, "team")
    office.do("group hand-over", name="team", login="bob")
    office.do("group delete", name="team")
    office.do("group restore", name="team")
    assert _whose(estate, "team") == group


def test_address_when_the_account_of_the_administrator_is_erased_then_rests_too(estate, office):
    """S25."""
    office.do("account add", login="alice", password="x")
    office.do("account add", login="bob", password="x")
    office.do("group add", name="alone", admin="bob")
    office.do("group address", name="alone")
    office.do("account delete", login="bob", now=True)
    for name in ("alone", "bob"):
        with pytest.raises(Exists, match="free after"):
            office.do("address add", address=name, login="alice")
