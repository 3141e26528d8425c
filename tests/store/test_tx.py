"""What a transaction knows by itself."""

import contextlib

from sqlalchemy import bindparam, func, select

from coserver.auth import standing
from coserver.model.principal import State
from coserver.store.schema.auth import account

_STATES = select(account.c.state).where(account.c.login == bindparam("login"))


def _state(tx, login):
    (row,) = tx.rows(_STATES, {"login": login})
    return row.state


def test_rows_when_asked_twice_in_a_snapshot_then_the_database_is_asked_once(estate, monkeypatch):
    estate.account("alice")
    with estate.store.read() as tx:
        first = tx.rows(_STATES, {"login": "alice@example.test"})
        monkeypatch.setattr(tx, "execute", None)
        assert tx.rows(_STATES, {"login": "alice@example.test"}) is first
    assert len(first) == 1


def test_rows_when_the_parameters_or_the_statement_differ_then_each_has_its_own(estate):
    estate.account("alice")
    logins = select(func.count()).select_from(account).where(account.c.login == bindparam("login"))
    with estate.store.read() as tx:
        assert len(tx.rows(_STATES, {"login": "alice@example.test"})) == 1
        assert len(tx.rows(_STATES, {"login": "nobody@example.test"})) == 0
        assert tx.rows(logins, {"login": "nobody@example.test"})[0][0] == 0


def test_rows_when_something_changes_in_a_write_then_they_tell_the_change(estate):
    alice = estate.account("alice")

    def job(tx):
        before = _state(tx, "alice@example.test")
        standing.set_state(tx, alice.id, State.SUSPENDED)
        return before, _state(tx, "alice@example.test")

    assert estate.store.write(job) == ("active", "suspended")


def test_part_when_it_raises_then_its_rows_are_undone_and_no_others(estate):
    alice, bob = estate.account("alice"), estate.account("bob")

    def job(tx):
        with tx.part():
            standing.set_state(tx, alice.id, State.SUSPENDED)
        with contextlib.suppress(LookupError), tx.part():
            standing.set_state(tx, bob.id, State.SUSPENDED)
            raise LookupError

    estate.store.write(job)
    with estate.store.read() as tx:
        assert (_state(tx, "alice@example.test"), _state(tx, "bob@example.test")) == ("suspended", "active")
