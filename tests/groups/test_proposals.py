"""Hand-overs that a member must accept."""

import pytest

from coserver.groups import deletion, leaving, members, proposals
from coserver.model.errors import Denied, Exists, Missing, NotInPlan, Stale
from coserver.model.principal import Role
from coserver.model.space import Tool
from coserver.quota import subscriptions, usage

DAY = 86_400


@pytest.fixture
def people(estate):
    return [estate.account(name, "demo") for name in ("alice", "bob", "carol", "dave")]


@pytest.fixture
def team(estate, people):
    return estate.group("team", *people[:3])


def propose(estate, group, to, by=None):
    who = None if by is None else by.id
    return estate.store.write(lambda tx: proposals.propose(tx, group.id, to.id, by=who))


def accept(estate, group, who):
    return estate.store.write(lambda tx: proposals.accept(tx, group.id, who.id))


def administrator(estate, group):
    with estate.store.read() as tx:
        return members.get(tx, group.id).administrator


def test_accept_when_proposed_then_he_is_the_administrator_and_the_former_a_member(estate, people, team):
    """(R58, C7)"""
    alice, bob, _, _ = people
    made = propose(estate, team, bob, by=alice)
    assert (made.group_name, made.login, made.by, made.declined) == ("team", bob.login, alice.id, False)
    assert administrator(estate, team) == alice.id
    told = []
    estate.store.subscribe(told.append)
    assert not accept(estate, team, bob).anything
    assert {team.id, alice.id, bob.id} <= told[-1].principals
    assert administrator(estate, team) == bob.id
    with estate.store.read() as tx:
        assert members.role_of(tx, members.get(tx, team.id), alice.id) is Role.MEMBER
        assert proposals.of_group(tx, team.id) == proposals.of_account(tx, bob.id) == []


@pytest.mark.parametrize(
    ("by", "to", "error"),
    [(0, 0, Exists), (0, 3, Missing), (1, 1, Denied), (1, 2, Denied), (3, 3, Missing), (None, 3, Missing)],
)
def test_propose_when_somebody_may_not_or_cannot_then_refused(estate, people, team, by, to, error):
    with pytest.raises(error):
        propose(estate, team, people[to], by=None if by is None else people[by])
    with estate.store.read() as tx:
        assert proposals.of_group(tx, team.id) == []


def test_propose_when_a_coadministrator_does_then_denied(estate, people, team):
    estate.store.write(lambda tx: members.set_role(tx, team.id, people[1].id, role=Role.COADMINISTRATOR))
    with pytest.raises(Denied, match="Only the administrator"):
        propose(estate, team, people[1], by=people[1])


def test_accept_when_it_was_never_proposed_or_to_another_then_missing(estate, people, team):
    alice, bob, carol, dave = people
    propose(estate, team, bob)
    for who in (alice, carol, dave):
        with pytest.raises(Missing, match="is not proposed to this account"):
            accept(estate, team, who)


def test_propose_when_another_had_it_then_only_the_latest_counts(estate, people, team):
    _, bob, carol, _ = people
    propose(estate, team, bob)
    propose(estate, team, carol)
    with pytest.raises(Missing):
        accept(estate, team, bob)
    accept(estate, team, carol)
    assert administrator(estate, team) == carol.id


def test_hand_overs_when_they_run_in_a_circle_then_each_needs_a_proposal_of_its_own(estate, people, team):
    alice, bob, carol, _ = people
    propose(estate, team, bob, by=alice)
    accept(estate, team, bob)
    with pytest.raises(Missing):
        accept(estate, team, alice)
    with pytest.raises(Denied):
        propose(estate, team, carol, by=alice)
    propose(estate, team, alice, by=bob)
    accept(estate, team, alice)
    assert administrator(estate, team) == alice.id


def test_accept_when_the_operator_handed_it_to_another_meanwhile_then_missing(estate, people, team):
    _, bob, carol, _ = people
    propose(estate, team, bob)
    estate.store.write(lambda tx: members.hand_over(tx, team.id, carol.id))
    with pytest.raises(Missing, match="not any more"):
        accept(estate, team, bob)
    assert administrator(estate, team) == carol.id


def test_accept_when_it_was_declined_left_or_deleted_then_missing_until_proposed_again(estate, people, team):
    _, bob, carol, _ = people
    propose(estate, team, bob)
    estate.store.write(lambda tx: proposals.decline(tx, team.id, bob.id))
    with estate.store.read() as tx:
        (declined,) = proposals.of_group(tx, team.id)
        assert declined.declined
        assert proposals.of_account(tx, bob.id) == []
    for deed in (proposals.accept, proposals.decline):
        with pytest.raises(Missing):
            estate.store.write(lambda tx, deed=deed: deed(tx, team.id, bob.id))
    propose(estate, team, carol)
    estate.store.write(lambda tx: leaving.remove(tx, team.id, carol.id))
    estate.join(team.id, carol.id)
    with pytest.raises(Missing):
        accept(estate, team, carol)
    propose(estate, team, bob)
    estate.store.write(lambda tx: deletion.delete_(tx, team.id))
    with estate.store.read() as tx:
        assert proposals.of_account(tx, bob.id) == []
    with pytest.raises(Missing, match="no such group"):
        accept(estate, team, bob)


def test_accept_when_two_weeks_are_over_then_stale_and_later_forgotten(estate, people, team):
    _, bob, _, _ = people
    propose(estate, team, bob)
    with estate.store.read() as tx:
        assert [each.group for each in proposals.of_account(tx, bob.id)] == [team.id]
    estate.clock.seconds += 14 * DAY
    with pytest.raises(Stale, match="too late"):
        accept(estate, team, bob)
    with estate.store.read() as tx:
        assert proposals.of_account(tx, bob.id) == []
    estate.clock.seconds += 14 * DAY
    assert estate.store.write(proposals.sweep) == 1


def test_accept_when_his_plan_allows_no_further_group_then_not_in_plan_and_it_stays_proposed(estate, people, team):
    """(R61)"""
    eve = estate.account("eve", "small")
    estate.join(team.id, eve.id)
    for name in ("one", "two"):
        estate.group(name, eve)
    propose(estate, team, eve)
    with pytest.raises(NotInPlan):
        accept(estate, team, eve)
    estate.store.write(lambda tx: subscriptions.subscribe(tx, eve.id, "demo"))
    accept(estate, team, eve)
    assert administrator(estate, team) == eve.id


def test_over_when_his_plan_is_smaller_then_tells_tools_and_members_and_is_no_obstacle(estate, people, team):
    """(S5)"""
    _, bob, _, dave = people
    estate.join(team.id, dave.id)
    estate.store.write(lambda tx: usage.charge(tx, team.space, Tool.DOCUMENTS, bytes=5_000_000, items=1))
    estate.store.write(lambda tx: subscriptions.subscribe(tx, bob.id, "small"))
    with estate.store.read() as tx:
        excess = proposals.over(tx, team, bob.id)
        assert not proposals.over(tx, team, people[2].id).anything
    ((tool, held, allowed),) = [(each.tool, each.bytes, each.bytes_limit) for each in excess.usages]
    assert (tool, held, allowed) == (Tool.DOCUMENTS, 5_000_000, 1_000_000)
    assert (excess.members, excess.members_allowed, excess.anything) == (4, 3, True)
    propose(estate, team, bob)
    done = accept(estate, team, bob)
    (became,) = done.usages
    assert (became.tool, became.bytes, became.bytes_limit) == (tool, held, allowed)
    assert became.over_since  # S1: from the moment on in which his plan counts
    assert (done.members, done.members_allowed) == (4, 3)


def test_forget_when_a_proposal_is_taken_back_then_it_is_gone(estate, people, team):
    propose(estate, team, people[1])
    with estate.store.read() as tx:
        assert len(proposals.of_group(tx, team.id)) == 1
    estate.store.write(lambda tx: proposals.forget(tx, team.id, people[1].id))
    with estate.store.read() as tx:
        assert proposals.of_group(tx, team.id) == []
