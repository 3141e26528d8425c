"""Groups whose administrator is away: who is asked to follow him, and when."""

import pytest

from coserver.groups import freezing, members, proposals, rights
from coserver.model.errors import Missing
from coserver.model.ids import PrincipalId
from coserver.model.principal import Role
from coserver.model.rights import ALL, Right
from coserver.model.space import Tool

DAY = 86_400
READS = Right.BUSY | Right.READ


@pytest.fixture
def people(estate):
    return [estate.account(name, "demo") for name in ("alice", "bob", "carol", "dave")]


@pytest.fixture
def team(estate, people):
    """Alice administers; bob and dave are members, carol, who came between them, is co-administrator."""
    group = estate.group("team", people[0])
    for each in people[1:]:
        estate.clock.seconds += 1
        estate.join(group.id, each.id)
    estate.store.write(lambda tx: members.set_role(tx, group.id, people[2].id, role=Role.COADMINISTRATOR))
    return group


def freeze(estate, group):
    estate.store.write(lambda tx: freezing.freeze(tx, group.id))


def frozen(estate, group):
    with estate.store.read() as tx:
        return freezing.find(tx, group.id)


def test_freeze_when_done_then_everybody_reads_only_and_is_told_and_thaw_gives_it_back(estate, people, team):
    """(S3)"""
    told = []
    estate.store.subscribe(told.append)

    def held():
        with estate.store.read() as tx:
            return [rights.within(tx, each.id, team.space, Tool.MAIL) for each in people]

    assert held() == [ALL, READS, ALL, READS]
    freeze(estate, team)
    assert {team.id, *(each.id for each in people)} <= told[-1].principals
    assert held() == [READS] * 4
    with estate.store.read() as tx:
        assert members.find(tx, "team").frozen
        assert [each.group for each in freezing.listed(tx)] == [members.get(tx, team.id)]
    since = frozen(estate, team).since
    estate.clock.seconds += DAY
    freeze(estate, team)
    assert frozen(estate, team).since == since
    estate.store.write(lambda tx: freezing.thaw(tx, team.id))
    assert held() == [ALL, READS, ALL, READS]
    assert frozen(estate, team) is None


def test_thaw_when_it_was_offered_then_what_the_house_proposed_is_void_and_other_proposals_are_not(
    estate, people, team
):
    bob, carol = people[1:3]
    estate.store.write(lambda tx: proposals.propose(tx, team.id, bob.id))
    freeze(estate, team)
    estate.store.write(lambda tx: freezing.offer(tx, freezing.find(tx, team.id), carol.id))
    for _ in range(2):
        estate.store.write(lambda tx: freezing.thaw(tx, team.id))
        with estate.store.read() as tx:
            assert [each.account for each in proposals.of_group(tx, team.id)] == [bob.id]


def test_heirs_when_asked_then_coadministrators_first_and_by_seniority(estate, people, team):
    with estate.store.read() as tx:
        assert [each.account for each in freezing.heirs(tx, team)] == [people[2].id, people[1].id, people[3].id]


def test_to_be_asked_when_time_goes_by_then_one_after_the_other_and_nobody_twice(estate, people, team):
    freeze(estate, team)
    order = []
    for _ in range(60):
        state = frozen(estate, team)
        with estate.store.read() as tx:
            due = freezing.to_be_asked(tx, state)
        for each in due:
            order.append(((tx.now - state.since) // (DAY * 1000), each.login.partition("@")[0]))
            estate.store.write(lambda tx, each=each, state=state: freezing.offer(tx, state, each.account))
        if due and due[0].account == people[2].id:
            estate.store.write(lambda tx: proposals.decline(tx, team.id, people[2].id))
        estate.clock.seconds += DAY
    assert order == [(0, "carol"), (7, "bob"), (14, "dave")]


def test_to_be_asked_when_there_are_many_members_then_all_are_asked_in_time(estate, people):
    big = estate.group("crowd", people[0])

    def fill(tx):
        for number in range(100):
            members.add(tx, big.id, crowd[number].id)

    crowd = [estate.account(f"member{number}", "small") for number in range(100)]
    estate.store.write(fill)
    freeze(estate, big)
    state = frozen(estate, big)
    counts = []
    for _ in range(46):
        with estate.store.read() as tx:
            counts.append(len(freezing.to_be_asked(tx, state)))
        estate.clock.seconds += DAY
    assert counts[0] == 1
    assert counts == sorted(counts)
    assert counts[45] == 100


def test_accept_when_the_house_offered_it_then_the_group_is_active_again(estate, people, team):
    freeze(estate, team)
    state = frozen(estate, team)
    for each in people[1:3]:
        made = estate.store.write(lambda tx, each=each: freezing.offer(tx, state, each.id))
        assert made.by is None
    estate.clock.seconds += 89 * DAY
    estate.store.write(lambda tx: proposals.accept(tx, team.id, people[1].id))
    assert frozen(estate, team) is None
    with estate.store.read() as tx:
        assert members.find(tx, "team").administrator == people[1].id
    with pytest.raises(Missing):
        estate.store.write(lambda tx: proposals.accept(tx, team.id, people[2].id))


def test_is_given_up_when_sixty_days_are_over_then_once_and_only_if_there_are_others(estate, people, team):
    alone = estate.group("alone", people[0])
    for each in (team, alone):
        freeze(estate, each)

    def given_up(group):
        with estate.store.read() as tx:
            return freezing.is_given_up(tx, freezing.find(tx, group.id))

    estate.clock.seconds += 60 * DAY - 1
    assert not given_up(team)
    estate.clock.seconds += 1
    assert given_up(team)
    assert not given_up(alone)
    ends = estate.store.write(lambda tx: freezing.decide_end(tx, team.id))
    assert not given_up(team)
    state = frozen(estate, team)
    assert (state.ends, state.ends - state.since) == (ends, 90 * DAY * 1000)


@pytest.mark.parametrize("deed", [freezing.freeze, freezing.thaw])
def test_deeds_when_there_is_no_such_group_then_missing(estate, deed):
    with pytest.raises(Missing):
        estate.store.write(lambda tx: deed(tx, PrincipalId(999)))
