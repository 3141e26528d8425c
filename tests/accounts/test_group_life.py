"""How groups end and come back, with the letters that say so."""

import pytest

from coserver.accounts import group_life
from coserver.groups import members
from coserver.model.errors import Denied, Missing


@pytest.fixture
def people(estate):
    return [estate.account(name, "demo") for name in ("alice", "bob", "carol")]


@pytest.fixture
def team(estate, people):
    return estate.group("team", *people)


def test_delete_when_done_then_every_member_is_written_to_once_and_told_until_when(estate, people, team, post):
    """(S32)"""
    ended = group_life.delete_(estate.store, "team")
    assert ended.group.id == team.id
    for account in people:
        ((subject, text),) = post.letters(account.id)
        assert subject == "Group team was deleted"
        assert "Until 14 February 2027" in text


def test_delete_when_it_is_refused_then_nobody_is_written_to(estate, people, team, post):
    with pytest.raises(Denied):
        group_life.delete_(estate.store, "team", by=people[1].id)
    with pytest.raises(Missing):
        group_life.delete_(estate.store, "none")
    assert post.inbox(people[0].id) == []
    with estate.store.read() as tx:
        assert members.find(tx, "team") == team


def test_restore_when_done_then_members_are_told(estate, people, team, post):
    group_life.delete_(estate.store, "team")
    assert group_life.restore(estate.store, "team") == team
    assert [subject for subject, _ in post.letters(people[2].id)] == [
        "Group team was deleted",
        "Group team was restored",
    ]
    with pytest.raises(Missing):
        group_life.restore(estate.store, "team")
