"""Hand-overs with their letters, and what time does to groups without an administrator."""

import pytest

from coserver.accounts import accounts, closure, group_life, inviting, succession
from coserver.accounts.succession import Round
from coserver.groups import deletion, freezing, members, proposals
from coserver.model.errors import Denied, Missing
from coserver.model.principal import Role, State
from coserver.model.space import Tool
from coserver.quota import subscriptions, usage
from coserver.store import spaces

DAY = 86_400
NOTHING = Round(0, 0, 0, 0, 0, 0)


@pytest.fixture
def people(estate):
    return {name: estate.account(name, "demo") for name in ("alice", "bob", "carol", "dave")}


@pytest.fixture
def team(estate, people):
    """Alice administers, carol is co-administrator, bob a member, dave none."""
    group = estate.group("team", people["alice"], people["bob"], people["carol"])
    estate.store.write(lambda tx: members.set_role(tx, group.id, people["carol"].id, role=Role.COADMINISTRATOR))
    return group


@pytest.fixture
def subjects(people, post):
    return lambda name: [subject for subject, _ in post.letters(people[name].id)]


def suspend(estate, account):
    estate.store.write(lambda tx: accounts.suspend(tx, account.id))


def days(estate, count):
    """Rounds, one a day; what they did together."""
    done = [0] * 6
    for _ in range(count):
        estate.clock.seconds += DAY
        held = succession.round_(estate.store)
        done = [a + b for a, b in zip(done, (getattr(held, name) for name in Round.__slots__), strict=True)]
    return Round(*done)


def find(estate, name="team"):
    with estate.store.read() as tx:
        return members.find(tx, name)


def test_propose_when_done_then_the_heir_is_told_what_his_plan_does_not_hold(estate, people, team, post):
    """(S5)"""
    estate.store.write(lambda tx: usage.charge(tx, team.space, Tool.DOCUMENTS, bytes=5_000_000, items=1))
    estate.store.write(lambda tx: subscriptions.subscribe(tx, people["bob"].id, "small"))
    estate.join(team.id, people["dave"].id)
    succession.propose(estate.store, "team", "bob", by=people["alice"].id)
    ((subject, text),) = post.letters(people["bob"].id)
    assert subject == "You can take over the group team"
    assert text.startswith("alice@example.test proposes that you become the administrator of the group team.")
    assert "documents: 5 MB and 1 items; your subscription allows 1 MB and 1000 items" in text
    assert "members: 4; your subscription allows 3" in text
    excess = succession.take_over(estate.store, "team", "bob")
    assert (len(excess.usages), excess.members) == (1, 4)
    assert find(estate).administrator == people["bob"].id


def test_propose_when_everything_fits_then_the_letter_says_so(estate, people, team, post):
    succession.propose(estate.store, "team", "carol")
    assert "Everything in the group fits your subscription." in post.letters(people["carol"].id)[0][1]


def test_take_over_when_done_then_the_former_administrator_is_written_to_and_can_leave(
    estate, people, team, subjects
):  # fmt: skip
    """(R58)"""
    succession.propose(estate.store, "team", "bob")
    succession.take_over(estate.store, "team", "bob@example.test")
    assert subjects("alice") == ["bob@example.test is now the administrator of the group team"]
    with pytest.raises(Missing):
        succession.take_over(estate.store, "team", "carol")
    with pytest.raises(Missing, match="no account 'erin'"):
        succession.take_over(estate.store, "team", "erin")


def test_propose_when_refused_then_nobody_is_written_to(estate, people, team, subjects):
    for login, by, error in (("bob", "carol", Denied), ("dave", "alice", Missing)):
        with pytest.raises(error):
            succession.propose(estate.store, "team", login, by=people[by].id)
    assert subjects("bob") == subjects("dave") == []


def test_round_when_all_is_well_then_it_does_nothing_however_often(estate, people, team, subjects):
    assert days(estate, 200) == NOTHING
    assert subjects("bob") == []


def test_round_when_the_administrator_is_suspended_for_thirty_days_then_frozen_and_offered_in_order(
    estate, people, team, subjects
):
    """(S3)"""
    suspend(estate, people["alice"])
    assert days(estate, 29) == NOTHING
    assert days(estate, 1) == Round(frozen=1, thawed=0, offered=1, given_up=0, deleted=0, erased=0)
    assert find(estate).frozen
    offer, read_only = "You can take over the group team", "The group team can only be read for now"
    assert subjects("carol") == [read_only, offer]
    assert subjects("bob") == [read_only]
    assert days(estate, 6) == NOTHING
    assert days(estate, 1).offered == 1
    assert subjects("bob") == [read_only, offer]
    assert days(estate, 40) == NOTHING
    succession.take_over(estate.store, "team", "bob")
    assert not find(estate).frozen
    assert days(estate, 60) == NOTHING
    assert find(estate).administrator == people["bob"].id


def test_round_when_nobody_takes_it_then_export_is_offered_and_the_group_deleted_and_erased(
    estate, people, team, subjects
):
    """(S3, S32)"""
    suspend(estate, people["alice"])
    days(estate, 30)
    assert days(estate, 59).given_up == 0
    assert days(estate, 1).given_up == 1
    assert subjects("bob")[-1] == "The group team will be deleted on 15 May 2027"
    assert find(estate).frozen
    assert days(estate, 29) == NOTHING
    assert days(estate, 1).deleted == 1
    assert subjects("carol")[-1] == "Group team was deleted"
    with pytest.raises(Missing):
        find(estate)
    assert days(estate, 29) == NOTHING
    assert days(estate, 1).erased == 1
    with estate.store.read() as tx, pytest.raises(Missing):
        spaces.get(tx, team.space)


def test_round_when_the_server_was_off_for_long_then_everybody_still_has_his_time(estate, people, team, subjects):
    suspend(estate, people["alice"])
    estate.clock.seconds += 400 * DAY
    done = succession.round_(estate.store)
    assert (done.frozen, done.offered, done.given_up, done.deleted) == (1, 1, 0, 0)
    assert succession.round_(estate.store) == NOTHING
    estate.clock.seconds += 400 * DAY
    assert succession.round_(estate.store) == Round(frozen=0, thawed=0, offered=1, given_up=1, deleted=0, erased=0)
    assert subjects("bob")[-2:] == ["You can take over the group team", subjects("carol")[-1]]
    assert succession.round_(estate.store) == NOTHING
    estate.clock.seconds += 29 * DAY
    succession.take_over(estate.store, "team", "bob")


def test_round_when_the_administrator_is_back_then_the_group_is_as_before(estate, people, team, subjects):
    """(S3)"""
    suspend(estate, people["alice"])
    days(estate, 95)
    estate.store.write(lambda tx: accounts.resume(tx, people["alice"].id))
    assert days(estate, 1) == Round(frozen=0, thawed=1, offered=0, given_up=0, deleted=0, erased=0)
    assert subjects("bob")[-1] == "The group team can be worked with again"
    assert not find(estate).frozen
    with pytest.raises(Missing):
        succession.take_over(estate.store, "team", "bob")
    assert days(estate, 60) == NOTHING


def test_round_when_he_is_alone_in_the_group_then_it_stays_with_his_account(estate, people):
    """(S4)"""
    group = estate.group("alone", people["alice"])
    suspend(estate, people["alice"])
    assert days(estate, 200) == Round(frozen=1, thawed=0, offered=0, given_up=0, deleted=0, erased=0)
    assert find(estate, "alone").id == group.id
    estate.store.write(lambda tx: closure.erase(tx, people["alice"].id, rest_days=0))
    with pytest.raises(Missing):
        find(estate, "alone")


def test_round_when_the_group_ended_then_the_account_can_be_erased(estate, people, team):
    """(S3, S4) Until then the account is held back by its group."""
    suspend(estate, people["alice"])
    days(estate, 119)
    with pytest.raises(Denied, match="team"):
        estate.store.write(lambda tx: closure.erase(tx, people["alice"].id, rest_days=0))
    days(estate, 1)
    estate.store.write(lambda tx: closure.erase(tx, people["alice"].id, rest_days=0))
    with estate.store.read() as tx:
        assert deletion.listed(tx) == []


def test_round_when_the_end_came_and_somebody_took_over_between_then_the_group_stays(estate, people, team):
    suspend(estate, people["alice"])
    days(estate, 119)
    estate.clock.seconds += DAY
    with estate.store.read() as tx:
        assert [each.ends <= tx.now for each in freezing.listed(tx)] == [True]
    estate.store.write(lambda tx: members.hand_over(tx, team.id, people["bob"].id))
    assert succession.round_(estate.store) == NOTHING
    assert find(estate).administrator == people["bob"].id


def test_round_when_invitations_and_proposals_are_old_then_they_are_forgotten(estate, people, team):
    inviting.invite(estate.house, "team", "dave@elsewhere.test")
    succession.propose(estate.store, "team", "bob")
    assert days(estate, 28) == NOTHING
    with estate.store.read() as tx:
        assert proposals.of_group(tx, team.id) == []


def test_round_when_a_group_was_deleted_then_it_is_erased_after_thirty_days(estate, people, team):
    """(S32)"""
    group_life.delete_(estate.store, "team")
    assert days(estate, 29) == NOTHING
    assert days(estate, 1) == Round(frozen=0, thawed=0, offered=0, given_up=0, deleted=0, erased=1)


def test_take_over_when_the_account_is_not_in_force_then_denied(estate, people, team):
    succession.propose(estate.store, "team", "bob")
    for state, deed in ((State.SUSPENDED, accounts.suspend), (State.CLOSED, closure.close)):
        estate.store.write(lambda tx, deed=deed: deed(tx, people["bob"].id))
        with pytest.raises(Denied, match="not in force"):
            succession.take_over(estate.store, "team", "bob")
        with estate.store.read() as tx:
            assert accounts.find(tx, "bob").state is state
    with estate.store.read() as tx:
        assert members.find(tx, "team").administrator == people["alice"].id
