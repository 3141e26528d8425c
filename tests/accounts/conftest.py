"""A store with plans, for the tests of accounts."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.accounts.house import House
from coserver.accounts.operator import operate
from coserver.auth.passwords import Cost, Hasher
from coserver.groups import members
from coserver.mail import domains
from coserver.model.ids import PrincipalId
from coserver.model.principal import Account, Group
from coserver.quota import plans
from coserver.store.engine import Store


class OwnClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds


class Estate:
    """A store with plans and a domain, and short ways to accounts and groups in it."""

    def __init__(self, folder: Path) -> None:
        self.clock = OwnClock()
        self.store = Store.open(folder, clock=self.clock)

    def account(self, name: str, plan: str = "small", verifier: str = "none") -> Account:
        return self.store.write(lambda tx: accounts.add(tx, accounts.New(name, verifier, plan)))

    def group(self, name: str, administrator: Account, *others: Account) -> Group:
        made = self.store.write(lambda tx: members.create(tx, name, administrator=administrator.id))
        for each in others:
            self.join(made.id, each.id)
        return made

    def join(self, group: PrincipalId, account: PrincipalId) -> None:
        self.store.write(lambda tx: members.add(tx, group, account))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "data"
    store = Store.open(folder, clock=OwnClock())
    offered = plans.parse(plans.bundled() + plans.bundled("plans-demo"))
    store.write(lambda tx: plans.publish(tx, offered))
    store.write(lambda tx: domains.add(tx, "example.test"))
    store.close()
    return folder


@pytest.fixture
def estate(template: Path, tmp_path: Path) -> Iterator[Estate]:
    shutil.copytree(template, tmp_path / "data")
    made = Estate(tmp_path / "data")
    yield made
    made.store.close()


class Office:
    """An operator's desk: verbs on the estate."""

    def __init__(self, estate: Estate, *, rules: bool = False) -> None:
        self.house = House(estate.store, Hasher(cost=Cost(memory=64, passes=1)), plan="demo", rules=rules)

    def do(self, verb: str, **args: Any) -> Any:
        return json.loads(json.dumps(operate(self.house, verb, args)))


@pytest.fixture
def office(estate: Estate) -> Office:
    return Office(estate)


@pytest.fixture
def strict(estate: Estate) -> Office:
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
