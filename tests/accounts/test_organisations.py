"""Organisations: founded, owned, handed over, gone; what the plan of an owner allows (R25, R26)."""

import pytest

from coserver.accounts import organisations
from coserver.auth import managed, standing
from coserver.mail import domains
from coserver.model.errors import Denied, Exists, Malformed, Missing, NotInPlan
from coserver.model.ids import PrincipalId
from coserver.model.principal import State
from coserver.quota import subscriptions


class Desk:
    """What these tests do with organisations of an estate."""

    def __init__(self, estate):
        self.estate = estate
        self.store = estate.store

    def found(self, name, owner):
        return self.store.write(lambda tx: organisations.found(tx, name, owner=owner.id))

    def put(self, organisation, account):
        self.store.write(lambda tx: managed.add(tx, account.id, organisation.id))

    def hand_over(self, name, account, by=None):
        by_id = None if by is None else by.id
        return self.store.write(
            lambda tx: organisations.hand_over(tx, name, account.id, expiring=("small",), by=by_id)
        )  # fmt: skip

    def state(self, account, state):
        self.store.write(lambda tx: standing.set_state(tx, account.id, state))


@pytest.fixture
def desk(estate):
    return Desk(estate)


def test_found_when_all_is_well_then_it_is_found_by_name_by_id_and_by_its_owner(desk):
    alice = desk.estate.account("alice", "demo")
    made = desk.found("club", alice)
    with desk.store.read() as tx:
        assert organisations.find(tx, "club") == organisations.get(tx, made.id) == made
        assert organisations.owned(tx, alice.id) == organisations.listed(tx) == [made]
        with pytest.raises(Missing):
            organisations.get(tx, alice.id)


@pytest.mark.parametrize("name", ["", "Club", "-club", "a..b", "a b", "a/b", "\u0441lub", "x" * 65])
def test_found_when_the_name_is_no_slug_then_malformed(desk, name):
    alice = desk.estate.account("alice", "demo")
    with pytest.raises(Malformed, match="organisation's name"):
        desk.found(name, alice)


def test_found_when_it_cannot_be_then_says_why(desk):
    alice, bob = desk.estate.account("alice", "demo"), desk.estate.account("bob", "demo")
    club = desk.found("club", alice)
    with pytest.raises(Exists):
        desk.found("club", bob)
    desk.put(club, bob)
    with pytest.raises(Denied, match="belongs to organisation club"):
        desk.found("other", bob)
    desk.state(alice, State.SUSPENDED)
    with pytest.raises(Denied, match="not in force"):
        desk.found("third", alice)


def test_found_when_the_plan_has_neither_domains_nor_accounts_then_not_in_plan(desk):
    alice = desk.estate.account("alice", "demo")
    for key in ("domains", "managed_accounts"):
        desk.store.write(lambda tx, key=key: subscriptions.override(tx, alice.id, key, 0))
    with pytest.raises(NotInPlan):
        desk.found("club", alice)


def test_found_when_an_account_owns_many_then_bounded(desk):
    alice = desk.estate.account("alice", "demo")
    for number in range(organisations.MOST_OWNED):
        desk.found(f"club{number}", alice)
    with pytest.raises(Denied, match=str(organisations.MOST_OWNED)):
        desk.found("another", alice)


def test_acting_for_when_asked_by_others_then_missing_for_strangers_and_denied_for_its_own(desk):
    alice, bob, carol = (desk.estate.account(name, "demo") for name in ("alice", "bob", "carol"))
    desk.put(desk.found("club", alice), bob)
    with desk.store.read() as tx:
        assert organisations.acting_for(tx, "club", alice.id) == organisations.acting_for(tx, "club", None)
        with pytest.raises(Denied, match="owner"):
            organisations.acting_for(tx, "club", bob.id)
        with pytest.raises(Missing) as hidden:
            organisations.acting_for(tx, "club", carol.id)
        with pytest.raises(Missing) as absent:
            organisations.acting_for(tx, "nothing", carol.id)
    assert hidden.value.text.replace("club", "nothing") == absent.value.text
    desk.state(alice, State.SUSPENDED)
    with desk.store.read() as tx, pytest.raises(Denied, match="not in force"):
        organisations.acting_for(tx, "club", alice.id)


def test_hand_over_when_to_one_of_its_accounts_then_it_is_run_by_nobody_any_more(desk):
    alice, bob = desk.estate.account("alice", "demo"), desk.estate.account("bob", "demo")
    desk.put(desk.found("club", alice), bob)
    assert desk.hand_over("club", bob, by=alice).owner == bob.id
    with desk.store.read() as tx:
        assert managed.get(tx, bob.id) is None
        assert organisations.owned(tx, alice.id) == []
        with pytest.raises(Missing):
            organisations.acting_for(tx, "club", alice.id)
    assert desk.hand_over("club", bob).owner == bob.id


def test_hand_over_when_to_somebody_else_then_the_operator_alone_does_it(desk):
    alice, bob, carol = (desk.estate.account(name, "demo") for name in ("alice", "bob", "carol"))
    desk.put(desk.found("club", alice), carol)
    with pytest.raises(Denied, match="ask the operator"):
        desk.hand_over("club", bob, by=alice)
    desk.put(desk.found("other", bob), desk.estate.account("dave"))
    with pytest.raises(Denied, match="belongs to organisation club"):
        desk.hand_over("other", carol)
    assert desk.hand_over("club", bob).owner == bob.id


def test_hand_over_when_the_plan_of_the_next_owner_is_too_small_then_not_in_plan(desk):
    alice, bob = desk.estate.account("alice", "demo"), desk.estate.account("bob", "small")
    club = desk.found("club", alice)
    for name in ("carol", "dave"):
        desk.put(club, desk.estate.account(name, "small"))
    with pytest.raises(NotInPlan, match="1 accounts on free plans"):
        desk.hand_over("club", bob)
    desk.put(club, desk.estate.account("erin"))
    with pytest.raises(NotInPlan, match="2 accounts"):
        desk.hand_over("club", bob)


def test_remove_when_it_has_accounts_or_domains_then_denied_else_it_is_gone(desk):
    alice, bob = desk.estate.account("alice", "demo"), desk.estate.account("bob")
    club = desk.found("club", alice)
    desk.put(club, bob)
    desk.store.write(lambda tx: domains.add(tx, "club.test", organisation=club.id))
    with pytest.raises(Denied, match=r"1 accounts and the domains club\.test"):
        desk.store.write(lambda tx: organisations.remove(tx, "club", by=alice.id))
    desk.store.write(lambda tx: managed.remove(tx, bob.id))
    with pytest.raises(Denied, match=r"the domains club\.test"):
        desk.store.write(lambda tx: organisations.remove(tx, "club", by=alice.id))
    desk.store.write(lambda tx: domains.remove(tx, "club.test"))
    desk.store.write(lambda tx: organisations.remove(tx, "club", by=alice.id))
    with desk.store.read() as tx:
        assert organisations.listed(tx) == []
        assert domains.of(tx, club.id) == []  # what rests is the operator's


def test_need_account_left_when_the_plan_of_the_owner_is_used_up_then_not_in_plan(desk):
    """R25: accounts of all his organisations count together, those on free plans also on their own."""
    alice = desk.estate.account("alice", "small")
    first, second = desk.found("first", alice), desk.found("second", alice)

    def need(plan, *, moved=False):
        with desk.store.read() as tx:
            organisations.need_account_left(tx, second, plan=plan, expiring=("small",), moved=moved)

    desk.put(first, desk.estate.account("bob", "small"))
    need("demo")
    with pytest.raises(NotInPlan, match="free"):
        need("small")
    desk.put(second, desk.estate.account("carol", "demo"))
    with pytest.raises(NotInPlan, match="allows 2 accounts"):
        need("demo")
    need("demo", moved=True)
    with pytest.raises(NotInPlan, match="free"):
        need("small", moved=True)


def test_need_plan_left_when_an_account_changes_to_another_free_plan_then_it_counts_once(desk):
    alice, bob, carol = (
        desk.estate.account(name, plan) for name, plan in (("alice", "small"), ("bob", "small"), ("carol", "demo"))
    )
    club = desk.found("club", alice)
    for each in (bob, carol):
        desk.put(club, each)
    with desk.store.read() as tx:
        organisations.need_plan_left(tx, bob.id, "free", expiring=("small", "free"))
        organisations.need_plan_left(tx, carol.id, "big", expiring=("small", "free"))
        with pytest.raises(NotInPlan):
            organisations.need_plan_left(tx, carol.id, "free", expiring=("small", "free"))
        organisations.need_plan_left(tx, alice.id, "free", expiring=("small", "free"))


def test_need_in_force_when_the_owner_is_suspended_then_denied(desk):
    alice = desk.estate.account("alice", "demo")
    club = desk.found("club", alice)
    with desk.store.read() as tx:
        organisations.need_in_force(tx, club)
    desk.state(alice, State.SUSPENDED)
    with desk.store.read() as tx, pytest.raises(Denied, match="not in force"):
        organisations.need_in_force(tx, club)


def test_need_domain_left_when_the_plan_of_the_owner_is_used_up_then_not_in_plan(desk):
    """R26: those of all his organisations count, and those that rest."""
    alice = desk.estate.account("alice", "small")
    first, second = desk.found("first", alice), desk.found("second", alice)
    with desk.store.read() as tx:
        organisations.need_domain_left(tx, second)
    desk.store.write(lambda tx: domains.add(tx, "club.test", organisation=first.id))
    desk.store.write(lambda tx: domains.remove(tx, "club.test"))
    with desk.store.read() as tx, pytest.raises(NotInPlan, match="allows 1 domains"):
        organisations.need_domain_left(tx, second)


def test_in_good_standing_when_the_owner_is_out_of_force_for_long_then_not_any_more(desk):
    """C8."""
    alice, bob, carol = (desk.estate.account(name, "demo") for name in ("alice", "bob", "carol"))
    desk.put(desk.found("club", alice), bob)

    def good(account):
        with desk.store.read() as tx:
            return organisations.in_good_standing(tx, account.id)

    assert (good(bob), good(carol), good(alice)) == (True, False, False)
    desk.state(alice, State.SUSPENDED)
    desk.estate.clock.seconds += organisations.STANDING / 1000 - 1
    assert good(bob)
    desk.estate.clock.seconds += 2
    assert not good(bob)


def test_forget_when_it_has_accounts_then_denied_else_it_goes_with_its_owner(desk):
    alice, bob = desk.estate.account("alice", "demo"), desk.estate.account("bob")
    desk.put(desk.found("club", alice), bob)
    with pytest.raises(Denied, match="org owner"):
        desk.store.write(lambda tx: organisations.forget(tx, alice.id))
    desk.store.write(lambda tx: managed.remove(tx, bob.id))
    desk.store.write(lambda tx: organisations.forget(tx, alice.id))
    with desk.store.read() as tx:
        assert organisations.listed(tx) == []
        organisations.need_none(tx, PrincipalId(999))
