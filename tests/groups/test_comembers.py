"""Who has a group in common with whom."""

import pytest

from coserver.groups import comembers, deletion, leaving, members, rights
from coserver.model.errors import Missing
from coserver.model.rights import Right
from coserver.model.space import Tool
from coserver.store import collections


@pytest.fixture
def people(estate):
    made = {name: estate.account(name, "demo") for name in ("alice", "bob", "carol", "dave")}
    estate.group("team", made["alice"], made["bob"])
    estate.group("board", made["alice"], made["bob"], made["carol"])
    return made


def _logins(estate, account):
    with estate.store.read() as tx:
        return [each.login for each in comembers.receiving(tx, account.id)]


def test_receiving_when_groups_overlap_then_each_once_by_login(estate, people):
    assert _logins(estate, people["alice"]) == ["bob@example.test", "carol@example.test"]
    assert _logins(estate, people["carol"]) == ["alice@example.test", "bob@example.test"]
    assert _logins(estate, people["dave"]) == []


def test_find_when_it_is_a_stranger_or_oneself_then_none(estate, people):
    with estate.store.read() as tx:
        assert comembers.find(tx, people["alice"].id, "bob@example.test").account == people["bob"].id
        for login in ("dave@example.test", "alice@example.test", "bob", "nobody@example.test"):
            assert comembers.find(tx, people["alice"].id, login) is None


def test_are_when_the_last_group_in_common_ends_then_no_longer(estate, people):
    alice, bob, carol = (people[name].id for name in ("alice", "bob", "carol"))
    with estate.store.read() as tx:
        assert comembers.are(tx, alice, bob)
        assert comembers.are(tx, bob, carol)
        assert not comembers.are(tx, alice, alice)
        assert not comembers.are(tx, alice, people["dave"].id)
    groups = {group.name: group.id for group in _groups(estate)}
    estate.store.write(lambda tx: leaving.remove(tx, groups["team"], bob))
    with estate.store.read() as tx:
        assert comembers.are(tx, alice, bob)  # by the board
    estate.store.write(lambda tx: deletion.delete_(tx, groups["board"]))
    with estate.store.read() as tx:
        assert not comembers.are(tx, alice, bob)


def test_need_drop_when_there_is_no_group_in_common_then_missing(estate, people):
    with estate.store.read() as tx:
        folder = collections.root(tx, people["bob"].space, Tool.DOCUMENTS)
        grant = rights.need_drop(tx, people["carol"].id, folder)
        assert (grant.who, grant.rights) == (people["carol"].id, Right.ADD | Right.EDIT_OWN | Right.DELETE_OWN)
        with pytest.raises(Missing):
            rights.need_drop(tx, people["dave"].id, folder)


def _groups(estate):
    with estate.store.read() as tx:
        return members.listed(tx)
