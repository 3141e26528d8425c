"""Addresses at rest."""

import pytest

from coserver.mail import addresses, former
from coserver.mail.addresses import Kind
from coserver.model.errors import Exists
from coserver.store.schema.mail import former_address


def rest(estate, local, until, host="example.test"):
    estate.store.write(lambda tx: former.lay_to_rest(tx, local, host, until=until))


def test_add_when_the_address_rests_then_refused_in_any_spelling_until_the_day(estate):
    """S25."""
    alice = estate.account("alice")
    now = round(estate.clock.seconds * 1000)
    rest(estate, "robert", now + 1000)
    for spelling in ("robert", "ROBERT", "Robert"):
        with pytest.raises(Exists, match="free after 2027-01-15"):
            estate.store.write(lambda tx, spelling=spelling: addresses.add(tx, alice.id, spelling, "", kind=Kind.ALIAS))
    estate.store.write(lambda tx: addresses.add(tx, alice.id, "roberta", "", kind=Kind.ALIAS))
    estate.clock.seconds += 1
    estate.store.write(lambda tx: addresses.add(tx, alice.id, "robert", "", kind=Kind.ALIAS))


def test_lay_to_rest_when_done_again_then_the_later_word_counts(estate):
    now = round(estate.clock.seconds * 1000)
    rest(estate, "robert", now + 1000)
    rest(estate, "robert", now + 5000)
    estate.clock.seconds += 2
    with estate.store.read() as tx, pytest.raises(Exists):
        former.need_rested(tx, "robert", "example.test")


def test_lay_to_rest_when_kept_then_the_row_does_not_tell_the_address(estate):
    rest(estate, "robert", 2**50)
    with estate.store.read() as tx:
        (row,) = tx.execute(former_address.select()).all()
        former.need_rested(tx, "robert", "elsewhere.test")
    assert len(row.digest) == 32


def test_sweep_when_they_have_rested_then_they_are_forgotten(estate):
    now = round(estate.clock.seconds * 1000)
    for number in range(3):
        rest(estate, f"robert{number}", now + number * 1000)
    estate.clock.seconds += 1
    assert estate.store.write(former.sweep) == 2
    with estate.store.read() as tx:
        assert len(tx.execute(former_address.select()).all()) == 1
