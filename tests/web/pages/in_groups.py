"""What tests of the pages of groups begin with."""

from typing import Any

from coserver.accounts import accounts
from coserver.groups import members
from tests.web.browser import Browser


def made(front: Any, name: str = "chess", administrator: str = "alice", *others: str) -> None:
    """A group with its members, without the letters."""

    def job(tx: Any) -> None:
        group = members.create(tx, name, administrator=accounts.find(tx, administrator).id)
        for login in others:
            members.add(tx, group.id, accounts.find(tx, login).id)

    front.store.write(job)


def number(front: Any, login: str) -> int:
    """The number of an account, as it stands in addresses."""
    with front.store.read() as tx:
        return int(accounts.find(tx, login).id)


def role(front: Any, login: str, name: str = "chess") -> str | None:
    """What an account is in a group."""
    with front.store.read() as tx:
        found = members.role_of(tx, members.find(tx, name), accounts.find(tx, login).id)
    return None if found is None else str(found)


def browsers(front: Any, *logins: str) -> list[Browser]:
    """Each logged in."""
    return [Browser(front).log_in(login) for login in logins]
