"""Tokens sent to people."""

import pytest

from coserver.accounts import tokens
from coserver.accounts.tokens import Kind, Sent
from coserver.model.errors import Missing
from coserver.store.schema.whole import TABLES


def _add(estate, account, kind=Kind.RECOVER, lifetime=1000):
    made = tokens.make()
    estate.store.write(lambda tx: tokens.add(tx, account.id, kind, made, expires=tx.now + lifetime))
    return made.text


def test_make_when_called_then_256_bits_and_never_the_same():
    made = {tokens.make().text for _ in range(100)}
    assert len(made) == 100
    assert {len(text) for text in made} == {64}


def test_use_when_it_is_good_then_it_and_its_kind_are_used_up_and_others_stay(estate):
    alice, bob = estate.account("alice"), estate.account("bob")
    first, second = _add(estate, alice), _add(estate, alice)
    other, his = _add(estate, alice, Kind.CONFIRM), _add(estate, bob)
    with estate.store.read() as tx:
        assert tokens.find(tx, Kind.RECOVER, first) == tokens.find(tx, Kind.RECOVER, second) == alice.id
    assert estate.store.write(lambda tx: tokens.use(tx, Kind.RECOVER, first)) == alice.id
    for used in (first, second, other):
        with pytest.raises(Missing):
            estate.store.write(lambda tx, used=used: tokens.use(tx, Kind.RECOVER, used))
    with estate.store.read() as tx:
        assert tokens.find(tx, Kind.CONFIRM, other) == alice.id
        assert tokens.find(tx, Kind.RECOVER, his) == bob.id


def test_use_when_the_tx_comes_to_nothing_then_it_stays_good(estate):
    alice = estate.account("alice")
    made = _add(estate, alice)

    def job(tx):
        tokens.use(tx, Kind.RECOVER, made)
        raise Missing("the deed was refused")

    with pytest.raises(Missing, match="refused"):
        estate.store.write(job)
    with estate.store.read() as tx:
        assert tokens.find(tx, Kind.RECOVER, made) == alice.id


def test_sweep_when_they_have_expired_then_they_are_forgotten_and_counted_no_more(estate):
    alice = estate.account("alice")
    made = _add(estate, alice)
    estate.clock.seconds += 0.5
    _add(estate, alice)
    with estate.store.read() as tx:
        assert tokens.sent(tx, alice.id, Kind.RECOVER) == Sent(2, tx.now)
        assert tokens.sent(tx, alice.id, Kind.CONFIRM) == Sent(0, 0)
    estate.clock.seconds += 0.5
    with estate.store.read() as tx, pytest.raises(Missing):
        tokens.find(tx, Kind.RECOVER, made)
    assert estate.store.write(tokens.sweep) == 1
    with estate.store.read() as tx:
        assert len(tx.execute(TABLES["token"].select()).all()) == 1
