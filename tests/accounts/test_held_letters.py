"""Letters about held mail: to those who manage the group, once an hour at most (S19)."""

import pytest

from coserver.accounts import group_mail, held_letters
from coserver.auth import preferences
from coserver.auth.preferences import Preferences
from coserver.groups import deletion, members
from coserver.mail import delivery
from coserver.mail.delivery import Fate, Post
from coserver.mail.prepared import prepare
from coserver.model.letter import LetterKind
from coserver.model.principal import Role


@pytest.fixture
def team(estate):
    """Alice administers it, bob helps her, carol is a plain member."""
    alice, bob, carol = (estate.account(name, "demo") for name in ("alice", "bob", "carol"))
    made = estate.group("team", alice, bob, carol)
    estate.store.write(lambda tx: members.set_role(tx, made.id, bob.id, role=Role.COADMINISTRATOR))
    estate.store.write(lambda tx: group_mail.set_address(tx, "team"))
    estate.people = (alice.id, bob.id, carol.id)
    return made


def _hold(estate, team, subject="Offer"):
    estate.clock.seconds += 1
    data = f'From: "Some\r\n One" <x@example.net>\r\nSubject: =?utf-8?q?{subject}=0d=1b?=\r\n\r\ntext\r\n'.encode()
    prepared = prepare(estate.store.stage(data))
    posts = {team.id: Post(prepared, Fate.HELD)}
    estate.store.write(lambda tx: delivery.deliver(tx, [team.id], prepared, posts=posts))


def test_round_when_mail_is_held_then_managers_are_told_who_wrote_what_once_an_hour(estate, office, post, team):
    alice, bob, carol = estate.people
    assert held_letters.round_(office.house) == 0
    for _ in range(5):
        _hold(estate, team)
    assert held_letters.round_(office.house) == 1
    for manager in (alice, bob):
        ((subject, text),) = post.letters(manager)
        assert subject == "Mail to the group team waits for its release"
        assert text.count('Offer ?\n     from "Some One" <x@example.net>\n') == 5
        assert "coserver group release team 5" in text
    assert post.letters(carol) == []
    _hold(estate, team)
    assert held_letters.round_(office.house) == 0
    estate.clock.seconds += 3600
    assert held_letters.round_(office.house) == 1
    assert len(post.letters(alice)) == 2
    estate.clock.seconds += 3600
    assert held_letters.round_(office.house) == 0  # nothing new


def test_round_when_a_manager_does_without_then_the_other_is_told(estate, office, post, team):
    alice, bob, _ = estate.people
    without = Preferences(unwanted=frozenset({LetterKind.HELD}))
    estate.store.write(lambda tx: preferences.put(tx, alice, without))
    _hold(estate, team)
    assert held_letters.round_(office.house) == 1
    assert (len(post.letters(alice)), len(post.letters(bob))) == (0, 1)


def test_round_when_much_is_held_then_the_letter_stays_short(estate, office, post, team):
    for number in range(25):
        _hold(estate, team, f"Offer{number}.")
    held_letters.round_(office.house)
    text = post.letters(estate.people[0])[0][1]
    assert text.count('from "Some One"') == 20
    assert "Offer24." in text
    assert "Offer4." not in text


def test_round_when_the_group_is_deleted_then_nobody_is_written_to(estate, office, team):
    _hold(estate, team)
    estate.store.write(lambda tx: deletion.delete_(tx, team.id))
    assert held_letters.round_(office.house) == 0
