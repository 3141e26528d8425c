"""A store with plans, for the tests of logins."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from coserver.accounts import accounts
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
