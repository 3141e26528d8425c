"""Which of his addresses a member shows to a group."""

import pytest
from sqlalchemy import select

from coserver.groups import faces
from coserver.mail import addresses
from coserver.mail.addresses import Kind
from coserver.model.errors import Missing
from coserver.store.views import member_face


def _shown(estate, group, account) -> str:
    statement = select(member_face.c.address).where(
        member_face.c.group_id == group.id, member_face.c.account_id == account.id
    )
    with estate.store.read() as tx:
        return str(tx.execute(statement).scalar_one())


def test_choose_when_an_alias_is_chosen_then_that_group_sees_it_and_others_do_not(estate) -> None:
    """S17"""
    alice, bob = estate.account("alice"), estate.account("bob")
    team, club = estate.group("team", alice, bob), estate.group("club", alice, bob)
    estate.store.write(lambda tx: addresses.add(tx, bob.id, "robert", "", kind=Kind.ALIAS))

    def choose(tx) -> None:
        faces.choose(tx, team.id, bob.id, address=addresses.number(tx, bob.id, "Robert@example.test"))

    estate.store.write(choose)
    assert _shown(estate, team, bob) == "robert@example.test"
    assert _shown(estate, club, bob) == "bob@example.test"
    estate.store.write(lambda tx: addresses.remove(tx, "robert", "example.test"))
    assert _shown(estate, team, bob) == "bob@example.test"


def test_choose_when_taken_back_then_the_primary_one(estate) -> None:
    alice = estate.account("alice")
    team = estate.group("team", alice)
    estate.store.write(lambda tx: addresses.add(tx, alice.id, "al", "", kind=Kind.ALIAS))
    number = estate.store.write(lambda tx: addresses.number(tx, alice.id, "al@example.test"))
    for address, seen in ((number, "al@example.test"), (None, "alice@example.test")):
        estate.store.write(lambda tx, address=address: faces.choose(tx, team.id, alice.id, address=address))
        assert _shown(estate, team, alice) == seen


def test_choose_when_no_member_then_missing(estate) -> None:
    alice, bob = estate.account("alice"), estate.account("bob")
    team = estate.group("team", alice)
    with pytest.raises(Missing):
        estate.store.write(lambda tx: faces.choose(tx, team.id, bob.id, address=None))
