"""A store with plans, for the tests of accounts."""

import json
from typing import Any

import pytest

from coserver.accounts.house import House
from coserver.accounts.operator import operate
from coserver.auth.passwords import Cost, Hasher


class Office:
    """An operator's desk: verbs on the estate."""

    def __init__(self, estate: Any, *, rules: bool = False) -> None:
        self.house = House(estate.store, Hasher(cost=Cost(memory=64, passes=1)), plan="demo", rules=rules)

    def do(self, verb: str, **args: Any) -> Any:
        return json.loads(json.dumps(operate(self.house, verb, args)))


@pytest.fixture
def office(estate: Any) -> Office:
    return Office(estate)


@pytest.fixture
def strict(estate: Any) -> Office:
    """The same with the password rules."""
    return Office(estate, rules=True)


@pytest.fixture
def people(office: Office) -> list[str]:
    """Alice administers the group team, bob and carol are members, dave is none."""
    names = ["alice", "bob", "carol", "dave"]
    for name in names:
        office.do("account add", login=name, password=f"demo-{name}-pass")
    office.do("group add", name="team", admin="alice")
    for name in ("bob", "carol"):
        office.do("group member add", name="team", login=name)
    return names
