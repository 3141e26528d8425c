"""What tests of the pages of organisations begin with."""

from typing import Any

from coserver.accounts import accounts, managing, organisations
from coserver.accounts.accounts import New
from coserver.accounts.managing import Asking
from coserver.auth import standing
from coserver.mail import domains
from coserver.model.principal import State


def founded(front: Any, name: str = "club", owner: str = "alice", *users: str) -> None:
    """An organisation with the domain NAME.test and its users."""

    def job(tx: Any) -> None:
        made = organisations.found(tx, name, owner=accounts.find(tx, owner).id)
        domains.add(tx, f"{name}.test", organisation=made.id)
        for login in users:
            managing.add(tx, Asking(name), New(f"{login}@{name}.test", "none", "demo"), expiring=())

    front.store.write(job)


def state(front: Any, login: str) -> State | None:
    """How an account stands."""
    with front.store.read() as tx:
        found = standing.find(tx, login)
    return None if found is None else found.state
