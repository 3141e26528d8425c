"""Who has the operator's pages: logins that the configuration names, with a second factor."""

from dataclasses import replace
from typing import Any

import pytest

from coserver.accounts import accounts, operators
from coserver.config import changed
from coserver.model.errors import Denied, Missing


@pytest.mark.parametrize(
    ("named", "is_one"),
    [
        (("alice",), True),
        (("ALICE@Example.test",), True),
        (("bob",), False),
        ((), False),
        (("alice@other.test",), False),
    ],
)
def test_operator_when_named_by_the_configuration_then_one_and_nobody_else(
    office: Any, estate: Any, named: tuple[str, ...], is_one: bool
) -> None:
    alice = estate.account("alice")
    house = replace(office.house, config=changed(office.house.config, "server", operators=named))
    with estate.store.read() as tx:
        assert operators.is_one(tx, house, alice.id) is is_one
        with pytest.raises(Denied if is_one else Missing):  # there is no second factor
            operators.need(tx, house, alice.id)


def test_operator_when_suspended_then_none(office: Any, estate: Any) -> None:
    alice = estate.account("alice")
    house = replace(office.house, config=changed(office.house.config, "server", operators=("alice",)))
    estate.store.write(lambda tx: accounts.suspend(tx, alice.id))
    with estate.store.read() as tx:
        assert not operators.is_one(tx, house, alice.id)
