"""The address book of a group's members follows by itself."""

import itertools
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from coserver.accounts import accounts, closure
from coserver.accounts.opening import open_store
from coserver.auth import profiles
from coserver.groups import deletion, leaving, members
from coserver.model.change import ChangeKind
from coserver.model.errors import Stale
from coserver.model.principal import Profile
from coserver.model.space import Tool
from coserver.pim import made, people
from coserver.store import changes, collections
from coserver.store.engine import Store


def book_of(tx, group):
    """The book of a group's members."""
    root = collections.root(tx, group.space, Tool.CONTACTS)
    (found,) = [one for one in collections.children(tx, root.id) if one.role == made.PEOPLE]
    return found


def addresses(estate, group) -> list[str]:
    with estate.store.read() as tx:
        return [card.face.address.partition("@")[0] for card in people.listed(tx, book_of(tx, group), pictures=False)]


def changed(estate, group, since: int) -> tuple[int, set[tuple[str, int]]]:
    """The modseq now, and what changed after another: kind and number of the account."""
    with estate.store.read() as tx:
        book = book_of(tx, group)
        found = people.since(tx, book, since)
        assert all(one.name == f"{one.item}.vcf" for one in found)
        return book.modseq, {(str(one.kind), one.item) for one in found}


def test_settle_when_members_come_and_go_then_the_book_has_them_alone(estate) -> None:
    """R52 R53"""
    alice, bob, carol = (estate.account(name) for name in ("alice", "bob", "carol"))
    team = estate.group("team", alice, bob)
    assert addresses(estate, team) == ["alice", "bob"]
    start, _ = changed(estate, team, 0)
    estate.join(team.id, carol.id)
    assert addresses(estate, team) == ["alice", "bob", "carol"]
    later, found = changed(estate, team, start)
    assert found == {("changed", carol.id)}
    estate.store.write(lambda tx: leaving.remove(tx, team.id, bob.id))
    assert addresses(estate, team) == ["alice", "carol"]
    assert changed(estate, team, later)[1] == {("gone", bob.id)}
    assert changed(estate, team, start)[1] == {("changed", carol.id), ("gone", bob.id)}
    estate.join(team.id, bob.id)
    assert changed(estate, team, later)[1] == {("changed", bob.id)}


def test_settle_when_a_profile_changes_then_his_card_does_in_each_group(estate) -> None:
    """R52"""
    alice, bob = estate.account("alice", "demo"), estate.account("bob")
    groups = [estate.group(name, alice, bob) for name in ("team", "club")]
    other = estate.group("other", alice)
    before = {group.id: changed(estate, group, 0)[0] for group in (*groups, other)}
    whole = Profile("Bob", "Example", "Example Ltd", "image/png", b"picture")
    estate.store.write(lambda tx: profiles.put(tx, bob.id, whole))
    for group in groups:
        assert changed(estate, group, before[group.id])[1] == {("changed", bob.id)}
        with estate.store.read() as tx:
            card = people.listed(tx, book_of(tx, group), pictures=True)[1]
        assert (card.face.name, card.face.organisation, card.face.picture) == ("Bob Example", "Example Ltd", b"picture")
    assert changed(estate, other, before[other.id]) == (before[other.id], set())


def test_settle_when_nothing_shown_changed_then_no_step_is_taken(estate) -> None:
    alice, bob = estate.account("alice"), estate.account("bob")
    team = estate.group("team", alice, bob)
    before, _ = changed(estate, team, 0)
    estate.store.write(lambda tx: accounts.set_password(tx, bob.id, "other"))
    estate.store.write(lambda tx: accounts.suspend(tx, bob.id))
    assert changed(estate, team, before) == (before, set())


def test_settle_when_an_account_is_closed_then_its_card_goes_until_it_is_restored(estate) -> None:
    """S24"""
    alice, bob = estate.account("alice"), estate.account("bob")
    team = estate.group("team", alice, bob)
    before, _ = changed(estate, team, 0)
    estate.store.write(lambda tx: closure.close(tx, bob.id))
    assert addresses(estate, team) == ["alice"]
    assert changed(estate, team, before)[1] == {("gone", bob.id)}
    estate.store.write(lambda tx: closure.restore(tx, bob.id))
    assert addresses(estate, team) == ["alice", "bob"]
    estate.store.write(lambda tx: closure.erase(tx, bob.id, rest_days=0))
    assert addresses(estate, team) == ["alice"]


def test_settle_when_a_deleted_group_is_restored_then_it_shows_who_is_left(estate) -> None:
    """S32"""
    alice, bob = estate.account("alice"), estate.account("bob")
    team = estate.group("team", alice, bob)
    before, _ = changed(estate, team, 0)
    estate.store.write(lambda tx: deletion.delete_(tx, team.id))
    estate.store.write(lambda tx: closure.close(tx, bob.id))
    estate.store.write(lambda tx: deletion.restore(tx, "team"))
    assert addresses(estate, team) == ["alice"]
    assert changed(estate, team, before)[1] == {("gone", bob.id)}


def test_since_when_removals_were_forgotten_then_stale(estate) -> None:
    alice, bob = estate.account("alice"), estate.account("bob")
    team = estate.group("team", alice, bob)
    before, _ = changed(estate, team, 0)
    estate.store.write(lambda tx: leaving.remove(tx, team.id, bob.id))
    estate.store.write(lambda tx: changes.trim(tx, team.space, keep=0))
    with pytest.raises(Stale):
        changed(estate, team, before)


def test_open_when_a_group_of_an_older_version_has_no_book_then_it_gets_one(estate) -> None:
    estate.store.close()
    old = Store.open(estate.store.folder, clock=estate.clock)
    estate.store = old
    alice = estate.account("alice")
    team = estate.group("team", alice)
    with pytest.raises(ValueError, match="unpack"):
        addresses(estate, team)
    old.close()
    estate.store = open_store(old.folder, clock=estate.clock)
    assert addresses(estate, team) == ["alice"]


NAMES = ("bob", "carol", "dave")


class Comings(RuleBasedStateMachine):
    """Random comings and goings; a client that follows by sync reports has what a fresh one sees."""

    estate: ClassVar[Any]
    numbers: ClassVar[Iterator[int]] = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        number = next(self.numbers)
        self.alice = self.estate.account(f"alice{number}", "demo")
        self.others = {name: self.estate.account(f"{name}{number}") for name in NAMES}
        self.group = self.estate.group(f"team{number}", self.alice)
        self.token = 0
        self.client: dict[int, str] = {}
        self.inside = {self.alice.id}
        self.names = {account.id: account.login.partition("@")[0] for account in (self.alice, *self.others.values())}

    @rule(name=st.sampled_from(NAMES))
    def come(self, name: str) -> None:
        account = self.others[name].id
        if account not in self.inside:
            self.estate.join(self.group.id, account)
            self.inside.add(account)

    @rule(name=st.sampled_from(NAMES))
    def go(self, name: str) -> None:
        account = self.others[name].id
        if account in self.inside:
            self.estate.store.write(lambda tx: leaving.remove(tx, self.group.id, account))
            self.inside.discard(account)

    @rule(name=st.sampled_from(NAMES), first=st.sampled_from(["Bob", "Rob", "Zoë"]))
    def rename(self, name: str, first: str) -> None:
        account = self.others[name].id
        self.estate.store.write(lambda tx: profiles.put(tx, account, Profile(first)))
        self.names[account] = first

    @rule()
    def synchronise(self) -> None:
        with self.estate.store.read() as tx:
            book = book_of(tx, self.group)
            now = {card.face.account: card.face.name for card in people.listed(tx, book, pictures=False)}
            for change in people.since(tx, book, self.token):
                if change.kind is ChangeKind.GONE:
                    self.client.pop(change.item, None)
                else:
                    self.client[change.item] = now[change.item]
            self.token = book.modseq
        assert self.client == now

    @invariant()
    def book_agrees(self) -> None:
        with self.estate.store.read() as tx:
            found = people.listed(tx, book_of(tx, self.group), pictures=False)
        assert {card.face.account: card.face.name for card in found} == {
            account: self.names[account] for account in self.inside
        }


def test_book_when_members_and_names_change_at_random_then_it_and_its_clients_agree(estate) -> None:
    """R52 R53"""
    brief = settings(max_examples=12, stateful_step_count=12, deadline=None)
    Comings.estate = estate
    run_state_machine_as_test(Comings, settings=brief)


def test_made_when_a_member_is_told_many_groups_then_each_once(estate) -> None:
    alice, bob = estate.account("alice", plan="demo"), estate.account("bob")
    groups = [estate.group(name, alice, bob) for name in ("one", "two", "three")]
    with estate.store.read() as tx:
        views = [view for some in made.of_those(tx, [bob.id, groups[0].id], made.PEOPLE) for view in some]
        assert sorted(view.group for view in views) == [group.id for group in groups]
        assert {view.id for view in views} == {book_of(tx, members.get(tx, group.id)).id for group in groups}
