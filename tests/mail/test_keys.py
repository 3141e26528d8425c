import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from coserver.mail import domains, keys
from coserver.model.errors import Denied, Missing
from coserver.store.schema.mail import domain


def test_give_when_a_domain_has_no_key_then_it_signs_with_this_one_and_keeps_it(house) -> None:
    with house.store.read() as tx:
        assert keys.without(tx) == ["example.test"]
        assert keys.find(tx, "example.test") is None
    house.store.write(lambda tx: keys.give(tx, "Example.Test", "first"))
    house.store.write(lambda tx: keys.give(tx, "example.test", "second"))
    with house.store.read() as tx:
        found = keys.find(tx, "EXAMPLE.test")
        assert (found.domain, found.secret) == ("example.test", "first")
        assert found.selector.startswith("c20270115-")
        assert keys.without(tx) == []
        assert "first" not in repr(found)


def test_give_when_the_database_refuses_it_then_the_error_does_not_tell_the_key(house) -> None:
    """An error of the database told all parameters of its statement, and so the log had them."""
    with pytest.raises(IntegrityError) as raised:
        house.store.write(
            lambda tx: tx.execute(insert(domain), {"id": 1, "name": "x", "created": 1, "dkim_key": "BEGIN"})
        )
    assert "BEGIN" not in str(raised.value)


@pytest.mark.parametrize("host", ["elsewhere.test", "", "a b", "x" * 300])
def test_find_when_the_domain_is_not_ours_then_there_is_no_key(kept_house, host: str) -> None:
    with kept_house.store.read() as tx:
        assert keys.find(tx, host) is None


def test_prepare_when_a_key_waits_then_the_former_signs_until_it_is_switched(house) -> None:
    house.store.write(lambda tx: keys.give(tx, "example.test", "first"))
    made = house.store.write(lambda tx: keys.prepare(tx, "example.test", "second"))
    with house.store.read() as tx:
        former = keys.find(tx, "example.test")
        assert former.secret == "first"
        assert keys.prepared(tx, "example.test") == made
        assert keys.waiting(tx, most=10) == [made]
        assert made.selector != former.selector
    house.store.write(lambda tx: keys.switch(tx, made))
    with house.store.read() as tx:
        assert keys.find(tx, "example.test") == made
        assert keys.waiting(tx, most=10) == []
        assert keys.prepared(tx, "example.test") is None


def test_switch_when_another_key_was_prepared_meanwhile_then_missing_and_nothing_changes(house) -> None:
    house.store.write(lambda tx: keys.give(tx, "example.test", "first"))
    old = house.store.write(lambda tx: keys.prepare(tx, "example.test", "second"))
    new = house.store.write(lambda tx: keys.prepare(tx, "example.test", "third"))
    with pytest.raises(Missing):
        house.store.write(lambda tx: keys.switch(tx, old))
    with house.store.read() as tx:
        assert keys.find(tx, "example.test").secret == "first"
        assert keys.prepared(tx, "example.test") == new


def test_prepare_when_the_domain_rests_then_denied(house) -> None:
    house.store.write(lambda tx: domains.add(tx, "second.test"))
    house.store.write(lambda tx: keys.prepare(tx, "second.test", "first"))
    house.store.write(lambda tx: domains.remove(tx, "second.test"))
    with pytest.raises(Denied):
        house.store.write(lambda tx: keys.prepare(tx, "second.test", "second"))
    with house.store.read() as tx:
        assert keys.waiting(tx, most=10) == []
        assert keys.without(tx) == ["example.test"]
