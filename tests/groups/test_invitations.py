"""Invitations: bounded, answered once, and forgotten."""

import pytest
from sqlalchemy import select

from coserver.groups import deletion, freezing, invitations, members
from coserver.model.errors import Busy, Denied, Exists, Missing, NotInPlan, Stale
from coserver.model.principal import Role
from coserver.quota import subscriptions
from coserver.store.schema.groups import invitation

DAY = 86_400


@pytest.fixture
def people(estate):
    return [estate.account(name, "demo") for name in ("alice", "bob", "carol", "dave")]


@pytest.fixture
def team(estate, people):
    """Alice administers, bob is co-administrator, carol is a member."""
    group = estate.group("team", *people[:3])
    estate.store.write(lambda tx: members.set_role(tx, group.id, people[1].id, role=Role.COADMINISTRATOR))
    return group


def invite(estate, group, address, by=None):
    """The token."""
    token = invitations.make_token()
    who = None if by is None else by.id
    estate.store.write(lambda tx: invitations.invite(tx, group.id, address, token=token, by=who))
    return token


def accept(estate, token, account):
    return estate.store.write(lambda tx: invitations.accept(tx, token, account.id))


def pending(estate, group):
    with estate.store.read() as tx:
        return [each.address for each in invitations.pending(tx, group.id)]


def test_invite_when_done_then_it_is_pending_and_only_the_hash_is_kept(estate, team):
    """(S16)"""
    token = invite(estate, team, "dave@elsewhere.test")
    assert pending(estate, team) == ["dave@elsewhere.test"]
    with estate.store.read() as tx:
        (row,) = tx.execute(select(invitation)).all()
    assert len(row.token) == 32
    assert token not in repr(row)
    assert row.expires - row.created == 14 * DAY * 1000


@pytest.mark.parametrize(("by", "error"), [(0, None), (1, None), (2, Denied), (3, Missing)])
def test_invite_when_somebody_does_it_then_only_who_manages_the_group(estate, people, team, by, error):
    if error is None:
        invite(estate, team, "new@elsewhere.test", by=people[by])
        assert pending(estate, team) == ["new@elsewhere.test"]
        return
    with pytest.raises(error):
        invite(estate, team, "new@elsewhere.test", by=people[by])
    assert pending(estate, team) == []


def test_accept_when_the_token_is_right_then_a_member_and_the_token_is_used_up(estate, people, team):
    token = invite(estate, team, "dave@example.test")
    told = []
    estate.store.subscribe(told.append)
    asked = accept(estate, f" {token}\n", people[3])
    assert (asked.group, asked.address) == (team.id, "dave@example.test")
    assert {team.id, people[3].id} <= told[-1].principals
    with estate.store.read() as tx:
        assert members.role_of(tx, team, people[3].id) is Role.MEMBER
    assert pending(estate, team) == []
    with pytest.raises(Exists, match="was accepted already"):
        accept(estate, token, people[3])


def test_answer_when_declined_or_withdrawn_then_the_token_says_so(estate, people, team):
    for answer, deed in (
        ("declined", lambda tx, token, address: invitations.decline(tx, token)),
        ("withdrawn", lambda tx, token, address: invitations.withdraw(tx, team.id, address)),
    ):
        address = f"{answer}@elsewhere.test"
        token = invite(estate, team, address)
        estate.store.write(lambda tx, deed=deed, token=token, address=address: deed(tx, token, address))
        assert pending(estate, team) == []
        for again in (invitations.decline, lambda tx, token: invitations.accept(tx, token, people[3].id)):
            with pytest.raises(Exists, match=f"was {answer} already"):
                estate.store.write(lambda tx, again=again, token=token: again(tx, token))


def test_withdraw_when_nothing_is_pending_or_he_may_not_then_refused(estate, people, team):
    invite(estate, team, "dave@elsewhere.test")
    for by, error in ((people[2], Denied), (people[3], Missing)):
        with pytest.raises(error):
            estate.store.write(
                lambda tx, by=by: invitations.withdraw(tx, team.id, "dave@elsewhere.test", by=by.id)
            )  # fmt: skip
    with pytest.raises(Missing, match="No invitation of erin@"):
        estate.store.write(lambda tx: invitations.withdraw(tx, team.id, "erin@elsewhere.test"))
    estate.clock.seconds += 14 * DAY
    with pytest.raises(Missing):
        estate.store.write(lambda tx: invitations.withdraw(tx, team.id, "dave@elsewhere.test"))


def test_token_when_expired_then_stale_and_its_place_is_free(estate, people):
    eve = estate.account("eve", "small")
    team = estate.group("three", eve, people[1])
    token = invite(estate, team, "dave@elsewhere.test")
    with pytest.raises(NotInPlan, match="1 of them are invited"):
        invite(estate, team, "other@elsewhere.test")
    estate.clock.seconds += 14 * DAY - 1
    with estate.store.read() as tx:
        assert invitations.find(tx, token).address == "dave@elsewhere.test"
    estate.clock.seconds += 1
    with pytest.raises(Stale, match="has expired: ask for a new one"):
        accept(estate, token, people[3])
    assert pending(estate, team) == []
    invite(estate, team, "other@elsewhere.test")


@pytest.mark.parametrize("token", ["", "none", "x" * 43, "x" * 1_000_000, "\udcff\0"])
def test_token_when_unknown_or_odd_then_missing(estate, people, team, token):
    invite(estate, team, "dave@elsewhere.test")
    with pytest.raises(Missing, match="no such invitation"):
        accept(estate, token, people[3])


def test_invite_when_the_address_was_invited_then_only_the_new_token_is_good(estate, people, team):
    old = invite(estate, team, "dave@elsewhere.test")
    estate.clock.seconds += DAY
    new = invite(estate, team, "dave@elsewhere.test")
    assert pending(estate, team) == ["dave@elsewhere.test"]
    with pytest.raises(Missing, match="latest letter"):
        accept(estate, old, people[3])
    estate.clock.seconds += 13 * DAY + 1
    accept(estate, new, people[3])


def test_invite_when_it_was_declined_then_can_be_asked_again(estate, people, team):
    token = invite(estate, team, "dave@elsewhere.test")
    estate.store.write(lambda tx: invitations.decline(tx, token))
    accept(estate, invite(estate, team, "dave@elsewhere.test"), people[3])


def test_places_when_invitations_are_pending_then_they_count_for_everybody_but_the_invited(estate, people):
    """(R63)"""
    eve = estate.account("eve", "small")
    team = estate.group("three", eve, people[0])
    token = invite(estate, team, "dave@elsewhere.test")
    with pytest.raises(NotInPlan):
        estate.join(team.id, people[1].id)
    invite(estate, team, "dave@elsewhere.test")
    with pytest.raises(NotInPlan):
        invite(estate, team, "other@elsewhere.test")
    token = invite(estate, team, "dave@elsewhere.test")
    accept(estate, token, people[3])
    with estate.store.read() as tx:
        assert len(members.members(tx, team.id)) == 3


def test_accept_when_the_plan_shrank_meanwhile_then_not_in_plan_and_the_token_stays_good(estate, people, team):
    """(S2)"""
    token = invite(estate, team, "dave@elsewhere.test")
    estate.store.write(lambda tx: subscriptions.subscribe(tx, people[0].id, "small"))
    with pytest.raises(NotInPlan):
        accept(estate, token, people[3])
    with pytest.raises(NotInPlan):
        invite(estate, team, "dave@elsewhere.test")
    estate.store.write(lambda tx: subscriptions.subscribe(tx, people[0].id, "demo"))
    accept(estate, token, people[3])


def test_accept_when_a_member_already_then_exists(estate, people, team):
    token = invite(estate, team, "carol@elsewhere.test")
    with pytest.raises(Exists, match="is a member"):
        accept(estate, token, people[2])


def test_invite_when_one_address_is_asked_again_and_again_then_busy(estate, team):
    for number in range(invitations.MOST_LETTERS):
        token = invite(estate, team, "dave@elsewhere.test")
        if number % 2:
            estate.store.write(lambda tx, token=token: invitations.decline(tx, token))
    with pytest.raises(Busy, match="was sent 5 invitations"):
        invite(estate, team, "dave@elsewhere.test")
    estate.clock.seconds += 14 * DAY
    invite(estate, team, "dave@elsewhere.test")


def test_invite_when_ten_thousand_are_asked_then_an_hour_lets_a_hundred_letters_out(estate, team):
    """Withdrawing them does not help, and nothing is kept of the refused ones."""

    def job(tx):
        sent = 0
        for number in range(10_000):
            address = f"a{number}@elsewhere.test"
            try:
                invitations.invite(tx, team.id, address, token=str(number))
            except Busy:
                continue
            invitations.withdraw(tx, team.id, address)
            sent += 1
        return sent

    assert estate.store.write(job) == invitations.MOST_BY_HOUR
    with estate.store.read() as tx:
        assert len(tx.execute(select(invitation)).all()) == invitations.MOST_BY_HOUR
    estate.clock.seconds += 3600
    invite(estate, team, "later@elsewhere.test")


def test_invite_when_a_thousand_are_pending_then_busy_whatever_the_plan_allows(estate):
    alice = estate.account("alice", "big")
    crowd = estate.group("crowd", alice)
    for hour in range(10):
        estate.store.write(
            lambda tx, hour=hour: [
                invitations.invite(tx, crowd.id, f"a{hour}-{number}@elsewhere.test", token=f"{hour} {number}")
                for number in range(100)
            ]
        )
        estate.clock.seconds += 3600
    with pytest.raises(Busy, match="1000 invitations"):
        invite(estate, crowd, "one@elsewhere.test")


def test_invite_when_frozen_or_deleted_then_refused_and_earlier_tokens_rest(estate, people, team):
    token = invite(estate, team, "dave@elsewhere.test")
    estate.store.write(lambda tx: freezing.freeze(tx, team.id))
    for deed in (lambda: invite(estate, team, "x@elsewhere.test"), lambda: accept(estate, token, people[3])):
        with pytest.raises(Denied, match="can only be read"):
            deed()
    estate.store.write(lambda tx: deletion.delete_(tx, team.id))
    for deed in (lambda: invite(estate, team, "x@elsewhere.test"), lambda: accept(estate, token, people[3])):
        with pytest.raises(Missing):
            deed()
    estate.store.write(lambda tx: deletion.restore(tx, "team"))
    accept(estate, token, people[3])


def test_sweep_when_they_expired_long_ago_then_they_are_forgotten(estate, people, team):
    token = invite(estate, team, "dave@elsewhere.test")
    estate.clock.seconds += 28 * DAY - 1
    assert estate.store.write(invitations.sweep) == 0
    estate.clock.seconds += 1
    assert estate.store.write(invitations.sweep) == 1
    with pytest.raises(Missing):
        accept(estate, token, people[3])


def test_forget_when_the_owner_of_an_address_is_erased_then_no_group_keeps_his_invitation(estate, people, team):
    """S24."""
    choir = estate.group("choir", people[0])
    tokens = [invite(estate, group, "dave@elsewhere.test") for group in (team, choir)]
    other = invite(estate, team, "erin@elsewhere.test")
    estate.store.write(lambda tx: invitations.forget(tx, "dave@elsewhere.test"))
    for token in tokens:
        with pytest.raises(Missing):
            accept(estate, token, people[3])
    accept(estate, other, people[3])
