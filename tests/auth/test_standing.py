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
