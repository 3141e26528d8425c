"""The row of an account, by any way its owner writes his name."""

import pytest

from coserver.auth import standing
from coserver.mail import domains
from coserver.model.ids import PrincipalId
from coserver.model.principal import State


@pytest.mark.parametrize("name", ["alice", " Alice ", "ALICE@Example.TEST", "alice@example.test", "\uff41lice"])
def test_find_when_the_name_is_written_in_any_way_then_it_is_the_same_account(estate, name):
    alice = estate.account("alice")
    with estate.store.read() as tx:
        found = standing.find(tx, name)
    assert (found.account, found.login, found.plan.code) == (alice.id, "alice@example.test", "small")


@pytest.mark.parametrize(
    "name", ["", "@", "bob", "alice@", "alice@other.test", "alice@\udcff", "\udcff", "a\0", "x" * 321, "alice@a..ü"]
)
def test_find_when_there_is_nobody_of_that_name_then_none(estate, name):
    estate.account("alice")
    with estate.store.read() as tx:
        assert standing.find(tx, name) is None


def test_find_when_the_domain_is_international_then_both_forms_lead_there(estate):
    estate.store.write(lambda tx: domains.add(tx, "b\u00fccher.test"))
    made = estate.account("alice@b\u00fccher.test")
    with estate.store.read() as tx:
        for name in ("alice@b\u00fccher.test", "alice@xn--bcher-kva.test"):
            assert standing.find(tx, name).account == made.id


def test_full_when_there_is_no_domain_yet_then_the_name_stays_bare(estate):
    estate.store.write(lambda tx: tx.execute(domains.domain.delete()))
    with estate.store.read() as tx:
        assert standing.full(tx, "alice") == "alice"
        assert standing.find(tx, "alice") is None


def test_renew_when_called_then_the_epoch_rises_and_sessions_are_told(estate):
    alice = estate.account("alice")
    told = []
    estate.store.subscribe(told.append)
    estate.store.write(lambda tx: standing.set_state(tx, alice.id, State.SUSPENDED))
    with estate.store.read() as tx:
        found = standing.get(tx, alice.id)
        assert standing.get(tx, PrincipalId(999)) is None
        assert standing.listed(tx) == [found]
    assert (found.state, found.epoch) == (State.SUSPENDED, alice.epoch + 1)
    assert told[-1].principals == {alice.id}


def test_set_state_when_changed_then_says_since_when_and_what_comes_back(estate):
    alice = estate.account("alice")
    with estate.store.read() as tx:
        assert standing.get(tx, alice.id).since == tx.now
    estate.clock.seconds += 10
    estate.store.write(lambda tx: standing.set_state(tx, alice.id, State.CLOSED, before=State.SUSPENDED))
    with estate.store.read() as tx:
        found = standing.get(tx, alice.id)
        assert (found.state, found.before, found.since) == (State.CLOSED, State.SUSPENDED, tx.now)
    estate.store.write(lambda tx: standing.set_state(tx, alice.id, State.ACTIVE))
    with estate.store.read() as tx:
        assert standing.get(tx, alice.id).before is None


def test_in_state_when_asked_then_those_that_are_in_it_long_enough_the_longest_first(estate):
    alice, bob, carol = (estate.account(name) for name in ("alice", "bob", "carol"))
    start = round(estate.clock.seconds * 1000)
    for account in (carol, alice, bob):
        estate.clock.seconds += 1
        state = State.SUSPENDED if account is bob else State.CLOSED
        estate.store.write(lambda tx, account=account, state=state: standing.set_state(tx, account.id, state))
    with estate.store.read() as tx:
        assert [each.account for each in standing.in_state(tx, State.CLOSED, before=tx.now)] == [carol.id, alice.id]
        assert [each.account for each in standing.in_state(tx, State.CLOSED, before=start + 1000)] == [carol.id]
        assert standing.in_state(tx, State.CLOSED, before=start + 999) == []


def test_unused_when_asked_then_active_ones_with_an_address_elsewhere_that_nothing_happened_to(estate):
    """S9."""
    people = {name: estate.account(name) for name in ("alice", "bob", "carol", "dave", "erin")}
    for name in ("bob", "carol", "dave", "erin"):
        estate.store.write(lambda tx, name=name: standing.set_external(tx, people[name].id, f"{name}@elsewhere.test"))
    start = round(estate.clock.seconds * 1000)
    estate.clock.seconds += 1
    estate.store.write(lambda tx: standing.set_state(tx, people["carol"].id, State.SUSPENDED))
    estate.store.write(lambda tx: standing.set_state(tx, people["dave"].id, State.ACTIVE))
    estate.store.write(lambda tx: standing.stamp(tx, people["erin"].id))
    with estate.store.read() as tx:
        assert [each.account for each in standing.unused(tx, before=start)] == [people["bob"].id]
        assert standing.unused(tx, before=start - 1) == []
        assert [each.login[:4] for each in standing.unused(tx, before=tx.now)] == ["bob@", "dave", "erin"]
        assert standing.number_with(tx, "bob@elsewhere.test") == 1
        assert standing.number_with(tx, "nobody1@elsewhere.test") == 0
