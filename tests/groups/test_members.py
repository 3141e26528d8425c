"""Groups: made, joined, left, handed over, deleted; bounded by the administrator's plan."""

from functools import partial

import pytest

from coserver.groups import members
from coserver.model.errors import Denied, Exists, Malformed, Missing, NotInPlan
from coserver.model.ids import PrincipalId
from coserver.model.principal import Role
from coserver.model.space import Tool
from coserver.pim import made
from coserver.quota import subscriptions
from coserver.store import collections


@pytest.fixture
def people(estate):
    return [estate.account(name, "demo") for name in ("alice", "bob", "carol", "dave")]


def test_create_when_done_then_its_creator_administers_it_and_it_has_all_four_tools(estate, people):
    alice = people[0]
    team = estate.group("team", alice)
    with estate.store.read() as tx:
        assert members.find(tx, "team") == members.get(tx, team.id) == members.owning(tx, team.space) == team
        assert [each.login for each in members.members(tx, team.id)] == ["alice@example.test"]
        trees = {tool: collections.tree(tx, team.space, tool) for tool in Tool}
        names = {
            tool: [(one.name, one.role) for one in tree if one.role not in made.KINDS] for tool, tree in trees.items()
        }
    assert names[Tool.MAIL] == names[Tool.DOCUMENTS] == [("", "")]
    assert names[Tool.CALENDAR] == [("", ""), ("calendar", "VEVENT"), ("tasks", "VTODO")]
    assert names[Tool.CONTACTS] == [("", ""), ("contacts", "VCARD")]


@pytest.mark.parametrize("name", ["", "Team", "a b", ".team", "team-", "a..b", "a/b", "é", "x" * 65, "..", "-"])
def test_create_when_the_name_is_no_slug_then_says_what_one_is(estate, people, name):
    with pytest.raises(Malformed, match="a-z, 0-9"):
        estate.group(name, people[0])


@pytest.mark.parametrize("name", ["t", "9", "a.b_c-d", "x" * 64])
def test_create_when_the_name_is_a_slug_then_it_is_taken(estate, people, name):
    assert estate.group(name, people[0]).name == name


def test_create_when_the_name_is_taken_then_exists(estate, people):
    estate.group("team", people[0])
    with pytest.raises(Exists, match="another name"):
        estate.group("team", people[1])


def test_create_when_the_plan_allows_no_more_then_not_in_plan(estate):
    alice = estate.account("alice", "small")
    estate.group("one", alice)
    estate.group("two", alice)
    with pytest.raises(NotInPlan, match="administer 2 groups"):
        estate.group("three", alice)


def test_lists_when_read_then_by_name_and_by_person(estate, people):
    alice, bob, _, dave = people
    zoo, ark = estate.group("zoo", alice, bob), estate.group("ark", bob)
    with estate.store.read() as tx:
        assert members.listed(tx) == members.groups_of(tx, bob.id) == [ark, zoo]
        assert members.groups_of(tx, alice.id) == members.administered(tx, alice.id) == [zoo]
        assert members.groups_of(tx, dave.id) == []
        assert members.owning(tx, alice.space) is None


def test_add_when_the_group_is_full_then_not_in_plan(estate, people):
    team = estate.group("team", estate.account("eve", "small"), *people[:2])
    with pytest.raises(NotInPlan, match="allows 3 members"):
        estate.join(team.id, people[2].id)


def test_add_when_a_member_already_then_exists(estate, people):
    team = estate.group("team", *people[:2])
    with pytest.raises(Exists):
        estate.join(team.id, people[1].id)


def test_members_when_the_plan_shrinks_then_nobody_is_expelled(estate, people):
    team = estate.group("team", *people)
    estate.store.write(lambda tx: subscriptions.subscribe(tx, people[0].id, "small"))
    with estate.store.read() as tx:
        assert len(members.members(tx, team.id)) == 4


def test_changes_when_made_then_both_sides_are_told(estate, people):
    alice, bob = people[:2]
    team = estate.group("team", alice)
    told = []
    estate.store.subscribe(told.append)
    for deed in (members.add, members.hand_over):
        estate.store.write(lambda tx, deed=deed: deed(tx, team.id, bob.id))
        assert {team.id, bob.id} <= told[-1].principals
    assert alice.id in told[-1].principals


def test_deeds_when_he_is_no_member_then_missing(estate, people):
    team = estate.group("team", people[0])
    for deed in (members.hand_over, partial(members.set_role, role=Role.MEMBER)):
        with pytest.raises(Missing, match="not a member"):
            estate.store.write(lambda tx, deed=deed: deed(tx, team.id, people[3].id))


def test_hand_over_when_to_the_administrator_himself_then_nothing_happens(estate, people):
    team = estate.group("team", people[0])
    estate.store.write(lambda tx: members.hand_over(tx, team.id, people[0].id))
    with estate.store.read() as tx:
        assert members.get(tx, team.id) == team


def test_hand_over_when_his_plan_has_no_group_left_then_not_in_plan(estate, people):
    eve = estate.account("eve", "small")
    team = estate.group("team", people[0], eve)
    for name in ("one", "two"):
        estate.group(name, eve)
    with pytest.raises(NotInPlan):
        estate.store.write(lambda tx: members.hand_over(tx, team.id, eve.id))


def test_roles_when_set_then_members_show_them_and_only_the_administrator_may_set_them(estate, people):
    alice, bob, carol, dave = people
    team = estate.group("team", alice, bob, carol)

    def set_role(whom, role, by=None):
        who = None if by is None else by.id
        estate.store.write(lambda tx: members.set_role(tx, team.id, whom.id, role=role, by=who))

    set_role(bob, Role.COADMINISTRATOR, by=alice)
    with estate.store.read() as tx:
        assert [each.role for each in members.members(tx, team.id)] == [
            Role.ADMINISTRATOR,
            Role.COADMINISTRATOR,
            Role.MEMBER,
        ]
        assert members.role_of(tx, team, bob.id) is Role.COADMINISTRATOR
        assert members.role_of(tx, team, dave.id) is None
    for by in (bob, carol):
        with pytest.raises(Denied, match="Only the administrator of group team"):
            set_role(carol, Role.COADMINISTRATOR, by=by)
    with pytest.raises(Missing):
        set_role(carol, Role.COADMINISTRATOR, by=dave)
    with pytest.raises(Denied, match="hand the group over"):
        set_role(alice, Role.MEMBER)
    with pytest.raises(Malformed, match="hand it over"):
        set_role(bob, Role.ADMINISTRATOR, by=alice)
    set_role(bob, Role.MEMBER)
    with estate.store.read() as tx:
        assert members.role_of(tx, team, bob.id) is Role.MEMBER


def test_need_when_asked_for_each_role_then_only_managers_manage_and_strangers_learn_nothing(estate, people):
    alice, bob, carol, dave = people
    team = estate.group("team", alice, bob, carol)
    estate.store.write(lambda tx: members.set_role(tx, team.id, bob.id, role=Role.COADMINISTRATOR))
    with estate.store.read() as tx:
        for by in (None, alice.id, bob.id):
            members.need_managing(tx, team, by)
        for by in (None, alice.id):
            members.need_administrator(tx, team, by)
        with pytest.raises(Denied, match="co-administrators"):
            members.need_managing(tx, team, carol.id)
        with pytest.raises(Denied, match="Only the administrator"):
            members.need_administrator(tx, team, bob.id)
        for need in (members.need_managing, members.need_administrator):
            with pytest.raises(Missing, match="no group 'team'"):
                need(tx, team, dave.id)


def test_hand_over_when_done_then_there_is_one_administrator_and_both_start_without_other_roles(estate, people):
    alice, bob = people[:2]
    team = estate.group("team", alice, bob)
    estate.store.write(lambda tx: members.set_role(tx, team.id, bob.id, role=Role.COADMINISTRATOR))
    for each in (bob, alice):
        estate.store.write(lambda tx, each=each: members.hand_over(tx, team.id, each.id))
    with estate.store.read() as tx:
        assert [each.role for each in members.members(tx, team.id)] == [Role.ADMINISTRATOR, Role.MEMBER]


def test_get_when_there_is_no_such_group_then_missing(estate):
    with estate.store.read() as tx, pytest.raises(Missing):
        members.get(tx, PrincipalId(999))
