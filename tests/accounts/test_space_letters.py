"""Letters about spaces that fill up (S15)."""

import pytest

from coserver.accounts import accounts, space_letters
from coserver.auth import preferences
from coserver.auth.preferences import Preferences
from coserver.groups import members
from coserver.model.errors import NoRoom
from coserver.model.letter import LetterKind
from coserver.model.principal import Role
from coserver.model.space import Tool
from coserver.quota import subscriptions, usage

LIMIT = 1_000_000  # of plan small


def _charge(estate, space, size, tool=Tool.MAIL):
    estate.store.write(lambda tx: usage.charge(tx, space, tool, bytes=size, items=0))


def _subjects(post, account):
    return [subject for subject, _ in post.letters(account.id)]


def test_round_when_thresholds_are_passed_then_the_owner_is_told_once_of_each(estate, office, post):
    alice = estate.account("alice")
    for size in (800_000, 100_000):
        _charge(estate, alice.space, size)
        assert space_letters.round_(office.house) == 1
        assert space_letters.round_(office.house) == 0
    assert _subjects(post, alice) == ["Your mail is 80 % full", "Your mail is 90 % full"]
    assert "1 MB" in post.letters(alice.id)[1][1]


def test_round_when_the_mailbox_is_full_then_the_letter_is_in_it_and_elsewhere(estate, office, post):
    alice = estate.account("alice")
    estate.store.write(lambda tx: accounts.set_external(tx, alice.id, "alice@elsewhere.test"))
    _charge(estate, alice.space, LIMIT)
    assert space_letters.round_(office.house) == 1
    assert _subjects(post, alice) == ["Your mail is full"]
    assert [subject for subject, _ in post.sent("alice@elsewhere.test")] == ["Your mail is full"]
    with pytest.raises(NoRoom):
        _charge(estate, alice.space, 1)


def test_round_when_a_group_fills_up_then_who_manages_it_is_told_and_nobody_else(estate, office, post):
    alice, bob, carol = (estate.account(name, "small") for name in ("alice", "bob", "carol"))
    team = estate.group("team", alice, bob, carol)
    estate.store.write(lambda tx: members.set_role(tx, team.id, bob.id, role=Role.COADMINISTRATOR))
    _charge(estate, team.space, 900_000, Tool.DOCUMENTS)
    assert space_letters.round_(office.house) == 1
    for account in (alice, bob):
        assert _subjects(post, account) == ["The documents of group team are 90 % full"]
    assert _subjects(post, carol) == []


def test_round_when_a_smaller_plan_left_too_much_then_until_when_mail_is_taken(estate, office, post):
    """S1, S15."""
    alice = estate.account("alice", "demo")
    _charge(estate, alice.space, 2 * LIMIT)
    estate.store.write(lambda tx: subscriptions.subscribe(tx, alice.id, "small"))
    assert space_letters.round_(office.house) == 1
    ((_, text),) = post.letters(alice.id)
    assert "Mail is still taken until 2027-01-22" in text


def test_round_when_the_owner_is_suspended_then_nobody_is_told(estate, office, post):
    alice = estate.account("alice")
    _charge(estate, alice.space, 900_000)
    estate.store.write(lambda tx: accounts.suspend(tx, alice.id))
    assert space_letters.round_(office.house) == 1
    assert _subjects(post, alice) == []


def test_round_when_an_address_is_none_any_more_then_the_other_letter_goes(estate, office, post):
    alice = estate.account("alice")
    estate.store.write(lambda tx: accounts.set_external(tx, alice.id, "no address"))
    _charge(estate, alice.space, LIMIT)
    assert space_letters.round_(office.house) == 1
    assert _subjects(post, alice) == ["Your mail is full"]


def test_round_when_the_owner_does_without_then_he_is_told_that_it_is_full_alone(estate, office, post):
    alice = estate.account("alice")
    without = Preferences(unwanted=frozenset({LetterKind.FILLING}))
    estate.store.write(lambda tx: preferences.put(tx, alice.id, without))
    _charge(estate, alice.space, 900_000)
    assert space_letters.round_(office.house) == 1  # told to nobody, and not again
    assert _subjects(post, alice) == []
    _charge(estate, alice.space, 100_000)
    space_letters.round_(office.house)
    assert _subjects(post, alice) == ["Your mail is full"]
