"""How groups end, and come back."""

import pytest

from coserver.groups import deletion, members, presets, rights
from coserver.model.errors import Denied, Exists, Missing, NotInPlan
from coserver.model.ids import PrincipalId
from coserver.model.principal import Role
from coserver.model.rights import ALL, Preset, Right
from coserver.model.space import Tool
from coserver.store import spaces

DAY = 86_400


@pytest.fixture
def people(estate):
    return [estate.account(name, "demo") for name in ("alice", "bob", "carol")]


def delete(estate, group, by=None):
    estate.store.write(lambda tx: deletion.delete_(tx, group.id, by=by and by.id))


def test_delete_when_done_then_the_group_shows_nowhere_and_members_are_told(estate, people):
    """(S32)"""
    alice, bob, _ = people
    team = estate.group("team", alice, bob)
    told = []
    estate.store.subscribe(told.append)
    delete(estate, team)
    assert {team.id, alice.id, bob.id} <= told[-1].principals
    with estate.store.read() as tx:
        assert members.groups_of(tx, bob.id) == members.administered(tx, alice.id) == members.listed(tx) == []
        assert members.owning(tx, team.space) is None
        for lookup in (lambda: members.find(tx, "team"), lambda: members.get(tx, team.id)):
            with pytest.raises(Missing):
                lookup()
        assert [rights.within(tx, each.id, team.space, tool) for each in (alice, bob) for tool in Tool] == [
            Right.NOTHING
        ] * 8
        (gone,) = deletion.listed(tx)
    assert (gone.group.id, gone.since, gone.until - gone.since) == (team.id, tx.now, 30 * DAY * 1000)


def test_delete_when_done_then_nothing_can_be_done_to_it_any_more(estate, people):
    alice, bob, carol = people
    team = estate.group("team", alice, bob)
    delete(estate, team)
    for deed in (
        lambda tx: members.add(tx, team.id, carol.id),
        lambda tx: members.hand_over(tx, team.id, bob.id),
        lambda tx: members.set_role(tx, team.id, bob.id, role=Role.MEMBER),
        lambda tx: presets.give(tx, team.id, None, tool=Tool.MAIL, preset=Preset.EDIT),
        lambda tx: deletion.delete_(tx, team.id),
    ):
        with pytest.raises(Missing):
            estate.store.write(deed)


def test_delete_when_a_member_asks_then_only_the_administrator_may(estate, people):
    alice, bob, carol = people
    team = estate.group("team", alice, bob)
    estate.store.write(lambda tx: members.set_role(tx, team.id, bob.id, role=Role.COADMINISTRATOR))
    with pytest.raises(Denied):
        delete(estate, team, by=bob)
    with pytest.raises(Missing):
        delete(estate, team, by=carol)
    delete(estate, team, by=alice)


def test_create_when_the_name_was_a_deleted_groups_then_it_is_kept_until_that_is_erased(estate, people):
    """(S8)"""
    team = estate.group("team", people[0])
    delete(estate, team)
    with pytest.raises(Exists, match="can still be restored"):
        estate.group("team", people[1])
    estate.clock.seconds += 30 * DAY
    assert estate.store.write(deletion.sweep).id == team.id
    assert estate.group("team", people[1]).id != team.id


def test_restore_when_in_time_then_members_roles_rights_and_data_are_back(estate, people):
    alice, bob, _ = people
    team = estate.group("team", alice, bob)

    def furnish(tx):
        members.set_role(tx, team.id, bob.id, role=Role.COADMINISTRATOR)
        presets.give(tx, team.id, None, tool=Tool.MAIL, preset=Preset.EDIT)

    estate.store.write(furnish)
    with estate.store.read() as tx:
        before = members.members(tx, team.id), presets.given(tx, team.id)
    delete(estate, team)
    estate.clock.seconds += 30 * DAY - 1
    assert estate.store.write(deletion.sweep) is None
    told = []
    estate.store.subscribe(told.append)
    assert estate.store.write(lambda tx: deletion.restore(tx, "team")) == team
    assert {team.id, alice.id, bob.id} <= told[-1].principals
    with estate.store.read() as tx:
        assert (members.members(tx, team.id), presets.given(tx, team.id)) == before
        assert rights.within(tx, bob.id, team.space, Tool.MAIL) == ALL
        assert deletion.listed(tx) == []


def test_restore_when_too_late_or_never_deleted_then_missing(estate, people):
    team = estate.group("team", people[0])
    for name in ("team", "none"):
        with pytest.raises(Missing, match="no deleted group"):
            estate.store.write(lambda tx, name=name: deletion.restore(tx, name))
    delete(estate, team)
    estate.clock.seconds += 30 * DAY
    with pytest.raises(Missing, match="more than 30 days"):
        estate.store.write(lambda tx: deletion.restore(tx, "team"))


def test_restore_when_the_plan_allows_no_further_group_then_not_in_plan(estate):
    """(R61)"""
    alice = estate.account("alice", "small")
    one = estate.group("one", alice)
    delete(estate, one)
    for name in ("two", "three"):
        estate.group(name, alice)
    with pytest.raises(NotInPlan):
        estate.store.write(lambda tx: deletion.restore(tx, "one"))


def test_sweep_when_several_are_due_then_each_is_erased_with_its_space(estate, people):
    groups = [estate.group(name, people[0], people[1]) for name in ("one", "two", "three")]
    for each in groups[:2]:
        delete(estate, each)
        estate.clock.seconds += DAY
    estate.clock.seconds += 29 * DAY
    swept = []
    while (found := estate.store.write(deletion.sweep)) is not None:
        swept.append(found.name)
    assert swept == ["one", "two"]
    with estate.store.read() as tx:
        assert [each.name for each in members.listed(tx)] == ["three"]
        for each in groups[:2]:
            with pytest.raises(Missing):
                spaces.get(tx, each.space)


def test_erase_those_of_when_an_account_goes_then_its_deleted_groups_go_too(estate, people):
    alice, bob, _ = people
    gone, kept = estate.group("gone", alice), estate.group("kept", bob, alice)
    old = estate.group("old", alice)
    delete(estate, old)
    estate.store.write(lambda tx: deletion.erase_those_of(tx, alice.id))
    with estate.store.read() as tx:
        assert members.listed(tx) == [kept]
        assert deletion.listed(tx) == []
        for each in (gone, old):
            with pytest.raises(Missing):
                spaces.of(tx, each.id)


def test_erase_when_there_is_no_such_group_then_missing(estate):
    with pytest.raises(Missing):
        estate.store.write(lambda tx: deletion.erase(tx, PrincipalId(999)))
