"""Invitations with their letters, and whom they join."""

import re

import pytest

from coserver.accounts import accounts, group_letters, inviting
from coserver.auth import standing
from coserver.groups import invitations, members
from coserver.mail import addresses
from coserver.mail.addresses import Kind
from coserver.model.errors import Busy, Denied, Exists, HouseError, Malformed, Missing
from coserver.model.principal import State


@pytest.fixture
def people(estate):
    return {name: estate.account(name, "demo") for name in ("alice", "bob", "carol", "dave")}


@pytest.fixture
def team(estate, people):
    return estate.group("team", people["alice"], people["bob"])


def accept(estate, token):
    return estate.store.write(lambda tx: inviting.accept(tx, token))


def code(text):
    (found,) = re.findall(r"^ {4}([0-9a-f]{64})$", text, re.MULTILINE)
    return found


def test_invite_when_he_has_an_account_then_the_letter_lies_in_his_inbox_and_its_code_joins_him(
    estate, people, team, post
):
    """(S16, R52, R53) What he and the others will see of each other stands before the code."""
    inviting.invite(estate.house, "team", "Carol@Example.TEST", by=people["alice"].id)
    ((subject, text),) = post.letters(people["carol"].id)
    assert subject == "Invitation to the group team"
    assert text.startswith("alice@example.test invites you to join the group team.")
    for seen in ("last and first name, organisation, e-mail address and picture", "You will see the same of them"):
        assert text.index(seen) < text.index(code(text))
    assert group_letters.day((estate.clock.now() + 14 * 86_400) * 1000) in text
    asked, account = accept(estate, code(text))
    assert (asked.group_name, account.login) == ("team", "carol@example.test")
    with estate.store.read() as tx:
        assert members.is_member(tx, team.id, people["carol"].id)
        assert not members.is_member(tx, team.id, people["dave"].id)


def test_invite_when_it_goes_to_an_alias_then_its_account_joins(estate, people, team, post):
    estate.store.write(lambda tx: addresses.add(tx, people["dave"].id, "d.smith", "", kind=Kind.ALIAS))
    inviting.invite(estate.house, "team", "d.smith@example.test")
    assert accept(estate, code(post.letters(people["dave"].id)[0][1]))[1].login == "dave@example.test"


def test_accept_when_nobody_has_the_address_then_sign_up_first_and_then_it_works(estate, people, team, post):
    """(C10) The code stays good; the letter names the address to sign up with."""
    inviting.invite(estate.house, "team", "dave@elsewhere.test")
    token = post.code("dave@elsewhere.test")
    ((recipient, sender, _),) = post.outgoing()
    assert (recipient, sender) == ("dave@elsewhere.test", "")
    with pytest.raises(Missing, match=r"No account here has the address dave@elsewhere\.test: sign up"):
        accept(estate, token)
    estate.store.write(lambda tx: standing.set_external(tx, people["dave"].id, "Dave@elsewhere.test"))
    assert accept(estate, token)[1].login == "dave@example.test"
    with pytest.raises(Exists, match="accepted already"):
        accept(estate, token)


def test_accept_when_the_account_is_not_confirmed_or_not_in_force_then_it_does_not_join(estate, people, team, post):
    new = accounts.New("erin", "none", "demo", external="erin@elsewhere.test", pending=True)
    pending = estate.store.write(lambda tx: accounts.add(tx, new))
    inviting.invite(estate.house, "team", "erin@elsewhere.test")
    token = post.code("erin@elsewhere.test")
    with pytest.raises(Missing, match="sign up"):
        accept(estate, token)
    estate.store.write(lambda tx: standing.set_state(tx, pending.id, State.SUSPENDED))
    with pytest.raises(Denied, match="not in force"):
        accept(estate, token)
    estate.store.write(lambda tx: standing.set_state(tx, pending.id, State.ACTIVE))
    assert accept(estate, token)[1].account == pending.id


def test_accept_when_two_accounts_name_the_address_then_neither_joins(estate, people, team, post):
    for name in ("carol", "dave"):
        estate.store.write(lambda tx, name=name: standing.set_external(tx, people[name].id, "both@elsewhere.test"))
    inviting.invite(estate.house, "team", "both@elsewhere.test")
    with pytest.raises(Denied, match="Several accounts"):
        accept(estate, post.code("both@elsewhere.test"))


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("", Malformed),
        ("nobody", Malformed),
        ("a@b@c\n", Malformed),
        ("a b@elsewhere.test", Malformed),
        ("evil\r\nBcc: x@elsewhere.test", Malformed),
        ("x" * 300 + "@elsewhere.test", Malformed),
        ("stranger@example.test", Missing),
        ("bob@example.test", Exists),
        ("bob+news@example.test", Exists),
    ],
)
def test_invite_when_the_address_cannot_be_invited_then_refused_and_nothing_is_sent(
    estate, people, team, post, address, error
):
    with pytest.raises(error):
        inviting.invite(estate.house, "team", address)
    with estate.store.read() as tx:
        assert invitations.pending(tx, team.id) == []
    assert post.outgoing() == []


def test_invite_when_an_external_address_is_a_members_then_the_inviter_does_not_learn_it(estate, people, team, post):
    estate.store.write(lambda tx: standing.set_external(tx, people["bob"].id, "bob@elsewhere.test"))
    inviting.invite(estate.house, "team", "bob@elsewhere.test")
    with pytest.raises(Exists):
        accept(estate, post.code("bob@elsewhere.test"))


def test_invite_when_it_goes_to_a_groups_address_then_malformed(estate, people, team):
    estate.store.write(lambda tx: addresses.add(tx, team.id, "crew", "", kind=Kind.ALIAS))
    with pytest.raises(Malformed, match="invite people"):
        inviting.invite(estate.house, "team", "crew@example.test")


def test_invite_when_it_is_refused_then_no_letter_leaves(estate, people, team, post):
    for by in ("bob", "dave"):
        with pytest.raises(HouseError):
            inviting.invite(estate.house, "team", "x@elsewhere.test", by=people[by].id)
    with pytest.raises(Missing, match="no group 'none'"):
        inviting.invite(estate.house, "none", "x@elsewhere.test")
    for _ in range(invitations.MOST_LETTERS):
        inviting.invite(estate.house, "team", "x@elsewhere.test")
    with pytest.raises(Busy):
        inviting.invite(estate.house, "team", "x@elsewhere.test")
    assert len(post.outgoing()) == invitations.MOST_LETTERS


def test_withdraw_when_done_then_the_code_is_good_for_nothing(estate, people, team, post):
    inviting.invite(estate.house, "team", "dave@elsewhere.test")
    estate.store.write(lambda tx: inviting.withdraw(tx, "team", " DAVE@elsewhere.test"))
    with pytest.raises(Exists, match="withdrawn"):
        accept(estate, post.code("dave@elsewhere.test"))
