"""How groups end and come back, with the letters that say so."""

import pytest

from coserver.accounts import closure, group_life
from coserver.groups import invitations, members
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


def test_restore_when_the_administrators_account_is_closed_then_denied_until_that_is_back(estate, people, team):
    """S4: nobody depends on a group that goes with its administrator's account."""
    group_life.delete_(estate.store, "team")
    estate.store.write(lambda tx: closure.close(tx, people[0].id))
    with pytest.raises(Denied, match="restore the account first"):
        group_life.restore(estate.store, "team")
    estate.store.write(lambda tx: closure.restore(tx, people[0].id))
    assert group_life.restore(estate.store, "team") == team


def test_join_when_the_administrators_account_is_closed_then_denied_by_each_way(estate, people):
    """S4."""
    alice, bob, carol = people
    alone = estate.group("alone", alice)
    token = invitations.make_token()
    estate.store.write(lambda tx: invitations.invite(tx, alone.id, "bob@example.test", token=token))
    estate.store.write(lambda tx: closure.close(tx, alice.id))
    for deed in (
        lambda tx: members.add(tx, alone.id, carol.id),
        lambda tx: invitations.accept(tx, token, bob.id),
        lambda tx: invitations.invite(tx, alone.id, "carol@example.test", token=invitations.make_token()),
    ):
        with pytest.raises(Denied, match="is closed"):
            estate.store.write(deed)
    estate.store.write(lambda tx: closure.restore(tx, alice.id))
    estate.store.write(lambda tx: invitations.accept(tx, token, bob.id))
