"""The operator's verbs about groups."""

import pytest

from coserver.groups import members
from coserver.model.errors import Denied, Exists, Malformed, Missing, NotInPlan
from coserver.model.space import Tool
from coserver.quota import usage


def test_show_when_asked_then_members_rights_and_usage(office, people):
    office.do("group rights", name="team", login="all", tool="calendar", preset="contribute")
    office.do("group rights", name="team", login="bob", tool="mail", preset="edit")
    shown = office.do("group show", name="team")
    assert shown["administrator"] == "alice@example.test"
    assert [(each["login"], each["administrator"]) for each in shown["members"]] == [
        ("alice@example.test", True),
        ("bob@example.test", False),
        ("carol@example.test", False),
    ]
    assert shown["rights"] == [
        {"login": "all", "tool": "calendar", "preset": "contribute"},
        {"login": "bob@example.test", "tool": "mail", "preset": "edit"},
    ]
    (listed,) = office.do("group list")
    assert (listed["name"], listed["administrator"], listed["members"]) == ("team", "alice@example.test", 3)
    assert listed["usage"] == shown["usage"]


def test_rights_when_taken_back_or_odd_then_gone_or_refused(office, people):
    office.do("group rights", name="team", login="bob", tool="mail", preset="edit")
    office.do("group rights", name="team", login="bob", tool="mail", preset="nothing")
    assert office.do("group show", name="team")["rights"] == []
    with pytest.raises(Malformed, match="choose of mail"):
        office.do("group rights", name="team", login="bob", tool="tasks", preset="edit")
    with pytest.raises(Missing, match="not a member"):
        office.do("group rights", name="team", login="dave", tool="mail", preset="edit")


def test_members_when_added_and_removed_then_the_group_follows(office, people):
    assert office.do("group member add", name="team", login="dave") == {"name": "team", "login": "dave@example.test"}
    with pytest.raises(Exists):
        office.do("group member add", name="team", login="dave")
    office.do("group member remove", name="team", login="dave")
    with pytest.raises(Missing):
        office.do("group member remove", name="team", login="dave")
    with pytest.raises(Denied, match="hand it over"):
        office.do("group member remove", name="team", login="alice")
    with pytest.raises(Missing, match="no group 'none'"):
        office.do("group member add", name="none", login="dave")


def test_hand_over_when_done_then_the_new_administrators_plan_counts(office, people):
    office.do("account plan", login="bob", plan="small")
    office.do("group hand-over", name="team", login="bob")
    shown = office.do("group show", name="team")
    assert shown["administrator"] == "bob@example.test"
    assert shown["usage"]["documents"]["bytes_limit"] == 10**6
    with pytest.raises(NotInPlan, match="full"):
        office.do("group member add", name="team", login="dave")


def test_hand_over_when_to_a_smaller_plan_then_tells_where_the_group_is_over(estate, office, people):
    def fill(tx):
        space = members.find(tx, "team").space
        usage.charge(tx, space, Tool.DOCUMENTS, bytes=5_000_000, items=1)
        usage.charge(tx, space, Tool.CONTACTS, bytes=10, items=1_001)

    estate.store.write(fill)
    assert office.do("group hand-over", name="team", login="carol")["over"] == {}
    office.do("account plan", login="bob", plan="small")
    over = office.do("group hand-over", name="team", login="bob")["over"]
    assert {tool: (held["bytes"], held["items"]) for tool, held in over.items()} == {
        "documents": (5_000_000, 1),
        "contacts": (10, 1_001),
    }


def test_delete_when_done_then_the_group_is_listed_as_deleted_until_it_is_restored(office, people):
    """(S32)"""
    assert office.do("group add", name="choir", admin="dave") == {"name": "choir", "administrator": "dave@example.test"}
    with pytest.raises(Exists):
        office.do("group add", name="choir", admin="bob")
    assert office.do("group list", deleted=True) == []
    assert office.do("group delete", name="choir") == {"name": "choir", "until": "2027-02-14T08:00:00Z"}
    with pytest.raises(Missing):
        office.do("group delete", name="choir")
    with pytest.raises(Missing):
        office.do("group show", name="choir")
    assert [each["name"] for each in office.do("group list")] == ["team"]
    assert office.do("group list", deleted=True) == [
        {"name": "choir", "deleted": "2027-01-15T08:00:00Z", "until": "2027-02-14T08:00:00Z"}
    ]
    assert office.do("group restore", name="choir") == {"name": "choir"}
    assert office.do("group show", name="choir")["administrator"] == "dave@example.test"


def test_role_when_set_then_it_is_shown(office, people):
    assert office.do("group role", name="team", login="bob", role="coadministrator") == {
        "name": "team",
        "login": "bob@example.test",
        "role": "coadministrator",
    }
    roles = [each["role"] for each in office.do("group show", name="team")["members"]]
    assert roles == ["administrator", "coadministrator", "member"]
    with pytest.raises(Malformed, match="choose of member, coadministrator"):
        office.do("group role", name="team", login="bob", role="owner")
    with pytest.raises(Malformed, match="hand it over"):
        office.do("group role", name="team", login="bob", role="administrator")


def test_leave_when_a_member_does_then_he_is_out_and_the_administrator_is_told_what_to_do(office, people):
    """(R58)"""
    assert office.do("group leave", name="team", login="bob") == {"name": "team", "login": "bob@example.test"}
    assert len(office.do("group show", name="team")["members"]) == 2
    with pytest.raises(Missing):
        office.do("group leave", name="team", login="bob")
    with pytest.raises(Denied, match="hand it over to another member first, or delete it"):
        office.do("group leave", name="team", login="alice")
