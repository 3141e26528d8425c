"""The evaluator: a union of what the rules give, and nothing to anybody else."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coserver.groups import leaving, members, presets, rights
from coserver.model.errors import Denied, Missing
from coserver.model.ids import SpaceId
from coserver.model.rights import ALL, PRESETS, Preset, Right
from coserver.model.space import Tool
from coserver.store import collections

READS = Right.BUSY | Right.READ


@pytest.fixture
def team(estate):
    """Alice administers, bob and carol are members, dave is a stranger."""
    people = {name: estate.account(name, "demo") for name in ("alice", "bob", "carol", "dave")}
    return people, estate.group("team", people["alice"], people["bob"], people["carol"])


def _of(estate, account, space, tool=Tool.MAIL):
    with estate.store.read() as tx:
        return rights.of(tx, account.id, collections.root(tx, space, tool))


def _give(estate, group, account, preset, tool=Tool.MAIL):
    whom = None if account is None else account.id
    estate.store.write(lambda tx: presets.give(tx, group.id, whom, tool=tool, preset=preset))


def test_of_when_it_is_the_private_space_then_its_owner_holds_all_and_others_nothing(estate, team):
    people, _ = team
    assert _of(estate, people["alice"], people["alice"].space) == ALL
    assert _of(estate, people["bob"], people["alice"].space) == Right.NOTHING  # a co-member, too


def test_of_when_it_is_a_group_then_administrator_all_members_read_strangers_nothing(estate, team):
    people, group = team
    for tool in Tool:
        found = [_of(estate, people[name], group.space, tool) for name in ("alice", "bob", "carol", "dave")]
        assert found == [ALL, READS, READS, Right.NOTHING]


def test_of_when_rights_were_given_then_they_are_a_union_in_that_tool_only(estate, team):
    people, group = team
    _give(estate, group, None, Preset.CONTRIBUTE)
    _give(estate, group, people["bob"], Preset.EDIT)
    assert _of(estate, people["bob"], group.space) == PRESETS[Preset.EDIT]
    assert _of(estate, people["carol"], group.space) == PRESETS[Preset.CONTRIBUTE]
    assert _of(estate, people["bob"], group.space, Tool.CALENDAR) == READS
    assert _of(estate, people["dave"], group.space) == Right.NOTHING


def test_of_when_less_was_given_to_one_than_to_all_then_it_takes_nothing_away(estate, team):
    people, group = team
    _give(estate, group, None, Preset.EDIT)
    _give(estate, group, people["bob"], Preset.BUSY)
    assert _of(estate, people["bob"], group.space) == PRESETS[Preset.EDIT]


def test_of_when_given_again_then_the_last_counts_and_nothing_takes_it_back(estate, team):
    people, group = team
    for preset in (Preset.MANAGE, Preset.CONTRIBUTE):
        _give(estate, group, people["bob"], preset)
        assert _of(estate, people["bob"], group.space) == PRESETS[preset]
    _give(estate, group, people["bob"], Preset.NOTHING)
    assert _of(estate, people["bob"], group.space) == READS


def test_of_when_a_member_was_removed_and_comes_back_then_what_he_was_given_is_gone(estate, team):
    people, group = team
    _give(estate, group, people["bob"], Preset.MANAGE)
    estate.store.write(lambda tx: leaving.remove(tx, group.id, people["bob"].id))
    assert _of(estate, people["bob"], group.space) == Right.NOTHING
    estate.join(group.id, people["bob"].id)
    assert _of(estate, people["bob"], group.space) == READS


def test_of_when_handed_over_then_the_former_administrator_reads_like_any_member(estate, team):
    people, group = team
    estate.store.write(lambda tx: members.hand_over(tx, group.id, people["bob"].id))
    assert _of(estate, people["bob"], group.space) == ALL
    assert _of(estate, people["alice"], group.space) == READS


def test_within_when_there_is_no_such_space_then_nothing(estate, team):
    with estate.store.read() as tx:
        assert rights.within(tx, team[0]["alice"].id, SpaceId(999), Tool.MAIL) == Right.NOTHING


def test_need_when_held_then_the_grant_carries_all_that_is_held(estate, team):
    people, group = team
    _give(estate, group, None, Preset.CONTRIBUTE)
    with estate.store.read() as tx:
        root = collections.root(tx, group.space, Tool.MAIL)
        grant = rights.need(tx, people["bob"].id, root, Right.ADD)
    assert (grant.who, grant.collection, grant.rights) == (people["bob"].id, root.id, PRESETS[Preset.CONTRIBUTE])


def test_need_when_not_held_then_denied_in_words_that_help(estate, team):
    people, group = team
    with estate.store.read() as tx:
        root = collections.root(tx, group.space, Tool.CALENDAR)
        with pytest.raises(Denied, match="the calendar of group team, but not add, delete: its administrator can give"):
            rights.need(tx, people["bob"].id, root, Right.ADD | Right.DELETE_ANY | Right.READ)


def test_need_when_a_stranger_asks_then_it_is_not_even_there(estate, team):
    people, group = team
    with estate.store.read() as tx:
        for space in (group.space, people["alice"].space):
            with pytest.raises(Missing):
                rights.need(tx, people["dave"].id, collections.root(tx, space, Tool.MAIL), Right.READ)


def test_house_when_it_acts_then_the_grant_names_nobody_and_only_that_right(estate, team):
    with estate.store.read() as tx:
        root = collections.root(tx, team[1].space, Tool.MAIL)
        grant = rights.house(tx, root, Right.ADD)
    assert (grant.who, grant.rights) == (None, Right.ADD)


def _why(estate, account, space):
    with estate.store.read() as tx:
        return " ".join(rights.why(tx, account.id, collections.root(tx, space, Tool.MAIL)))


def test_why_when_asked_then_names_the_rule_and_what_is_missing(estate, team):
    people, group = team
    assert "members may see when it is busy, read. Together:" in _why(estate, people["carol"], group.space)
    _give(estate, group, None, Preset.CONTRIBUTE)
    _give(estate, group, people["bob"], Preset.EDIT)
    assert "own private space" in _why(estate, people["alice"], people["alice"].space)
    assert "can share it, within a group that both belong to" in _why(estate, people["bob"], people["alice"].space)
    assert "administrator of group team: he may do everything" in _why(estate, people["alice"], group.space)
    assert "not a member of it. Together: nothing. Members of group team may read" in _why(
        estate, people["dave"], group.space
    )
    bob = _why(estate, people["bob"], group.space)
    assert "All members hold the right 'contribute' in mail" in bob
    assert "given the right 'edit' in mail" in bob
    assert "Not allowed: drop, manage; the administrator of group team can give that." in bob


def test_why_when_all_is_held_then_nothing_is_missing(estate, team):
    people, group = team
    _give(estate, group, people["bob"], Preset.MANAGE)
    assert "Not allowed" not in _why(estate, people["bob"], group.space)


matrix = st.lists(st.tuples(st.sampled_from([None, "bob", "carol"]), st.sampled_from(list(Preset))), max_size=6)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(matrix)
def test_of_when_given_in_any_order_then_members_of_equal_standing_hold_the_same(estate, steps):
    with estate.store.read() as tx:
        known = members.listed(tx)
    names = ("alice", "bob", "carol")
    if not known:
        people = {name: estate.account(name, "demo") for name in names}
        estate.group("team", *people.values())
        estate.people = people
    people = estate.people
    with estate.store.read() as tx:
        group = members.find(tx, "team")
    for name in (None, "bob", "carol"):
        _give(estate, group, people[name] if name else None, Preset.NOTHING)
    last = {None: Preset.NOTHING, "bob": Preset.NOTHING, "carol": Preset.NOTHING}
    for name, preset in steps:
        _give(estate, group, people[name] if name else None, preset)
        last[name] = preset
    for name in ("bob", "carol"):
        expected = READS | PRESETS[last[None]] | PRESETS[last[name]]
        assert _of(estate, people[name], group.space) == expected
    if last["bob"] == last["carol"]:
        assert _of(estate, people["bob"], group.space) == _of(estate, people["carol"], group.space)
    assert _of(estate, people["alice"], group.space) == ALL
