"""The end of an account."""

import threading

import pytest

from coserver.accounts import accounts, closure
from coserver.auth import standing
from coserver.groups import members, presets, rights
from coserver.mail import addresses
from coserver.model.errors import Denied, Exists, Missing
from coserver.model.principal import State
from coserver.model.rights import Preset, Right
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.store import collections, doctor, items, spaces
from coserver.store.schema.whole import TABLES

DAY = 86_400


def _fill(estate, account, space, size=50_000):
    """Put bytes into the documents of a space."""
    staged = estate.store.stage(b"x" * size)

    def job(tx):
        root = collections.root(tx, space, Tool.DOCUMENTS)
        grant = rights.need(tx, account.id, root, Right.ADD)
        charge = usage.charge(tx, space, Tool.DOCUMENTS, bytes=size, items=1)
        items.add(tx, root, [items.New(staged, name="file", author=account.id)], grant=grant, charge=charge)

    estate.store.write(job)


def _give_all(tx, group):
    presets.give(tx, group.id, None, tool=Tool.DOCUMENTS, preset=Preset.CONTRIBUTE)


def test_erase_when_he_administers_others_then_denied_and_the_groups_are_named(estate):
    alice, bob = estate.account("alice"), estate.account("bob")
    for name in ("team", "choir"):
        estate.group(name, alice, bob)
    with pytest.raises(Denied, match="choir, team") as refused:
        estate.store.write(lambda tx: closure.erase(tx, alice.id, rest_days=365))
    assert "Hand each of them over to another member" in refused.value.text
    with estate.store.read() as tx:
        assert accounts.find(tx, "alice") == alice


def test_erase_when_done_then_nothing_of_it_is_left_but_what_groups_own(estate):
    alice, bob = estate.account("alice", "demo"), estate.account("bob", "demo")
    team, alone = estate.group("team", alice, bob), estate.group("alone", bob)
    estate.store.write(lambda tx: _give_all(tx, team))
    for space in (bob.space, team.space, alone.space):
        _fill(estate, bob, space)
    told = []
    estate.store.subscribe(told.append)
    estate.store.write(lambda tx: closure.erase(tx, bob.id, rest_days=365))
    assert {bob.id, team.id, alone.id} <= frozenset().union(*(notice.principals for notice in told))
    with estate.store.read() as tx:
        assert standing.find(tx, "bob") is None
        assert [each.name for each in members.listed(tx)] == ["team"]
        assert [each.login for each in members.members(tx, team.id)] == ["alice@example.test"]
        for gone in (bob.space, alone.space):
            with pytest.raises(Missing):
                spaces.get(tx, gone)
        assert usage.room(tx, team.space, Tool.DOCUMENTS).bytes == 50_000
        assert addresses.resolve(tx, "bob", "example.test") is None
        for table in (
            TABLES["credential"],
            TABLES["subscription"],
            TABLES["subscribed"],
            TABLES["known_peer"],
        ):
            assert {row.account_id for row in tx.execute(table.select())} <= {alice.id}
    assert doctor.check(estate.store) == []


def test_erase_when_done_then_nobody_gets_the_addresses_for_a_year(estate):
    """S25, for aliases as for the login itself; what is kept is a keyed digest."""
    bob = estate.account("bob")
    estate.account("alice")
    estate.store.write(lambda tx: addresses.add(tx, bob.id, "robert", "", kind=addresses.Kind.ALIAS))
    estate.store.write(lambda tx: closure.erase(tx, bob.id, rest_days=365))
    with estate.store.read() as tx:
        kept = tx.execute(TABLES["former_address"].select()).all()
    assert len(kept) == 2
    assert not any(b"bob" in row.digest or b"robert" in row.digest for row in kept)
    estate.clock.seconds += 365 * DAY - 1
    for name in ("bob", "BOB@Example.Test", "robert"):
        with pytest.raises(Exists, match="free after 2028-01-15"):
            estate.account(name)
    estate.clock.seconds += 1
    assert estate.account("bob").id > bob.id


def test_close_when_done_then_nothing_is_served_and_all_is_there(estate):
    """S24: the first days of a deletion."""
    alice, bob = estate.account("alice", "demo"), estate.account("bob", "demo")
    estate.group("team", alice, bob)
    _fill(estate, bob, bob.space)
    told = []
    estate.store.subscribe(told.append)
    estate.store.write(lambda tx: closure.close(tx, bob.id))
    assert bob.id in told[-1].principals
    with estate.store.read() as tx:
        found = standing.find(tx, "bob")
        assert (found.state, found.before, found.epoch) == (State.CLOSED, State.ACTIVE, 2)
        assert usage.room(tx, bob.space, Tool.DOCUMENTS).bytes == 50_000
    with pytest.raises(Exists):
        estate.account("bob")
    for deed in (accounts.suspend, accounts.resume):
        with pytest.raises(Denied, match="account restore"):
            estate.store.write(lambda tx, deed=deed: deed(tx, bob.id))


def test_close_when_repeated_then_the_days_are_not_counted_anew(estate):
    bob = estate.account("bob")
    estate.store.write(lambda tx: closure.close(tx, bob.id))
    estate.clock.seconds += 5 * DAY
    estate.store.write(lambda tx: closure.close(tx, bob.id))
    with estate.store.read() as tx:
        assert tx.now - standing.find(tx, "bob").since == 5 * DAY * 1000


def test_close_when_it_is_a_sign_up_then_denied_since_restoring_it_would_confirm_it(estate):
    """R21."""
    new = accounts.New("bob", "none", "small", external="bob@elsewhere.test", pending=True)
    bob = estate.store.write(lambda tx: accounts.add(tx, new))
    with pytest.raises(Denied, match="start-over"):
        estate.store.write(lambda tx: closure.close(tx, bob.id))


def test_close_when_he_administers_others_then_denied(estate):
    """S4, R58."""
    alice, bob = estate.account("alice"), estate.account("bob")
    estate.group("team", alice, bob)
    with pytest.raises(Denied, match="team"):
        estate.store.write(lambda tx: closure.close(tx, alice.id))


@pytest.mark.parametrize(("before", "after"), [("active", "active"), ("suspended", "suspended"), ("lapsed", "active")])
def test_restore_when_closed_then_it_is_as_before_but_disuse_is_forgotten(estate, before, after):
    """S24: a suspension by the operator is not lifted by deleting and restoring."""
    bob = estate.account("bob")
    estate.store.write(lambda tx: standing.set_state(tx, bob.id, State(before)))
    with pytest.raises(Denied, match="not deleted"):
        estate.store.write(lambda tx: closure.restore(tx, bob.id))
    estate.store.write(lambda tx: closure.close(tx, bob.id))
    estate.clock.seconds += 14 * DAY - 1
    estate.store.write(lambda tx: closure.restore(tx, bob.id))
    with estate.store.read() as tx:
        found = standing.find(tx, "bob")
        assert (found.state, found.before, found.since) == (State(after), None, tx.now)


def test_close_and_restore_when_he_reads_the_roles_then_another_does_and_the_last_one_gets_them_back(estate):
    alice, bob = estate.account("alice"), estate.account("bob")
    estate.store.write(lambda tx: closure.close(tx, alice.id))
    with estate.store.read() as tx:
        assert addresses.resolve(tx, "postmaster", "") == bob.id
    estate.store.write(lambda tx: closure.close(tx, bob.id))
    with estate.store.read() as tx:
        assert addresses.resolve(tx, "postmaster", "") is None
    estate.store.write(lambda tx: closure.restore(tx, alice.id))
    with estate.store.read() as tx:
        assert addresses.resolve(tx, "postmaster", "") == alice.id


@pytest.mark.parametrize("deed", [closure.close, closure.restore])
def test_deeds_when_the_account_is_gone_then_missing(estate, deed):
    bob = estate.account("bob")
    estate.store.write(lambda tx: closure.erase(tx, bob.id, rest_days=0))
    with pytest.raises(Missing):
        estate.store.write(lambda tx: deed(tx, bob.id))


def test_sweep_when_the_days_are_over_then_erased_and_not_before(estate, office):
    """S24: 14 days."""
    bob = estate.account("bob")
    estate.store.write(lambda tx: closure.close(tx, bob.id))
    estate.clock.seconds += 14 * DAY - 1
    assert closure.sweep(office.house) == 0
    estate.clock.seconds += 1
    assert closure.sweep(office.house) == 1
    with estate.store.read() as tx:
        assert standing.find(tx, "bob") is None
    with pytest.raises(Exists, match="free after"):
        estate.account("bob")


def test_sweep_when_he_came_to_administer_others_meanwhile_then_he_stays_until_that_is_over(estate, office, caplog):
    """S4: nobody's group is lost by a timer."""
    caplog.set_level("INFO")
    alice, bob = estate.account("alice", "demo"), estate.account("bob", "demo")
    team = estate.group("team", alice, bob)
    estate.store.write(lambda tx: closure.close(tx, bob.id))
    estate.store.write(lambda tx: tx.execute(TABLES["grouping"].update().values(administrator_id=bob.id)))
    estate.clock.seconds += 20 * DAY
    assert closure.sweep(office.house) == 0
    assert "account-not-erased" in caplog.messages
    estate.clock.seconds += DAY - 600
    assert closure.sweep(office.house) == 0
    assert caplog.messages.count("account-not-erased") == 1  # every round said it, for 90 days
    estate.clock.seconds += 600
    assert closure.sweep(office.house) == 0
    assert caplog.messages.count("account-not-erased") == 2
    carol = estate.account("carol", "demo")
    other = estate.group("other", alice, bob, carol)
    estate.store.write(
        lambda tx: tx.execute(
            TABLES["grouping"].update().where(TABLES["grouping"].c.id == other.id).values(administrator_id=bob.id)
        )
    )
    assert closure.sweep(office.house) == 0
    assert caplog.messages.count("account-not-erased") == 3  # for another reason
    estate.store.write(lambda tx: tx.execute(TABLES["grouping"].update().values(administrator_id=alice.id)))
    assert closure.sweep(office.house) == 1
    with estate.store.read() as tx:
        assert [each.login for each in members.members(tx, team.id)] == ["alice@example.test"]


def test_deeds_when_two_contradict_each_other_at_a_time_then_each_is_done_wholly_or_refused(estate):
    """Restoring and erasing at once: either he is there with everything, or not at all."""
    for round_ in range(20):
        one = estate.account(f"bob{round_}")
        estate.store.write(lambda tx, one=one: closure.close(tx, one.id))
        barrier, outcomes = threading.Barrier(2), []

        def run(deed, barrier=barrier, outcomes=outcomes):
            barrier.wait()
            try:
                estate.store.write(deed)
                outcomes.append("done")
            except (Missing, Denied) as error:
                outcomes.append(type(error).__name__)

        deeds = (
            lambda tx, one=one: closure.restore(tx, one.id),
            lambda tx, one=one: closure.erase(tx, one.id, rest_days=0),
        )
        threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with estate.store.read() as tx:
            assert standing.find(tx, one.login) is None
        assert sorted(outcomes) in (["Missing", "done"], ["done", "done"])
    assert doctor.check(estate.store) == []
