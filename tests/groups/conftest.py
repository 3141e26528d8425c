"""Short ways to things that can be shared."""

from typing import Any

import pytest

from coserver.groups import rights
from coserver.model.item import Item
from coserver.model.principal import Account, Group
from coserver.model.rights import Privacy, Right
from coserver.model.space import Collection, Tool
from coserver.quota import usage
from coserver.store import collections, items


class Things:
    """Collections and items in the spaces of an estate."""

    def __init__(self, estate: Any) -> None:
        self.estate = estate

    def collection(self, owner: Account | Group, *names: str, tool: Tool = Tool.DOCUMENTS) -> Collection:
        """The collection of that path, made with those around it where it is missing."""

        def job(tx: Any) -> Collection:
            at = collections.root(tx, owner.space, tool)
            for name in names:
                below = collections.find(tx, at.id, name)
                at = below or collections.add(tx, at, name, grant=rights.house(tx, at, Right.ADD))
            return at

        return self.estate.store.write(job)

    def item(
        self, collection: Collection, name: str, author: Account | None = None, privacy: Privacy = Privacy.OPEN
    ) -> Item:
        """A new item of one byte."""
        staged = self.estate.store.stage(b"x")
        new = items.New(staged, name=name, author=author.id if author else None, privacy=privacy)

        def job(tx: Any) -> Item:
            charge = usage.charge(tx, collection.space, collection.tool, bytes=1, items=1)
            grant = rights.house(tx, collection, Right.ADD)
            return items.add(tx, collection, [new], grant=grant, charge=charge)[0]

        return self.estate.store.write(job)


@pytest.fixture
def things(estate: Any) -> Things:
    return Things(estate)


@pytest.fixture
def people(estate: Any) -> dict[str, Account]:
    return {name: estate.account(name, "demo") for name in ("alice", "bob", "carol", "dave")}


@pytest.fixture
def group(estate: Any, people: dict[str, Account]) -> Group:
    """Alice administers team, bob and carol are members; dave is a stranger."""
    return estate.group("team", people["alice"], people["bob"], people["carol"])
