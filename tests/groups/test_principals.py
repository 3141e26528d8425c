"""Ids of accounts and groups."""

from coserver.groups import principals


def test_add_when_the_last_one_was_removed_then_its_id_does_not_come_back(estate):
    first = estate.store.write(lambda tx: principals.add(tx, "account"))
    estate.store.write(lambda tx: principals.remove(tx, first))
    assert estate.store.write(lambda tx: principals.add(tx, "group")) > first
