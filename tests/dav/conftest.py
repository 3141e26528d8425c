"""A front of calendars, contacts and the drive; see `tests.front`."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from coserver.documents import properties
from coserver.documents.properties import Owner
from coserver.groups import rights
from coserver.model.rights import Right
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.store import collections, items, lookup
from coserver.store.engine import Store
from coserver.store.schema import store as schema
from coserver.store.tx import Tx
from tests.clock import OwnClock
from tests.front import Front, fronts, seeded

__all__ = ["fronts", "seeded"]


@pytest.fixture(scope="session")
def shared(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for the tests that change documents only."""
    folder = tmp_path_factory.mktemp("shared") / "data"
    shutil.copytree(seeded, folder)
    store = Store.open(folder, clock=OwnClock())
    yield store
    store.close()


@pytest.fixture
def front(shared: Store) -> Front:
    """A front on the shared store, whose drives are empty and whose clock stands at its beginning."""
    clock: Any = shared.clock
    clock.seconds = OwnClock().seconds
    shared.write(empty_drives)
    return Front(shared)


def empty_drives(tx: Tx) -> None:
    """Take away everything on every drive."""
    for space in tx.execute(select(schema.space.c.id)).scalars().all():
        root = collections.root(tx, space, Tool.DOCUMENTS)
        for folder in collections.children(tx, root.id):
            size, count = collections.weigh(tx, folder)
            charge = usage.charge(tx, space, Tool.DOCUMENTS, bytes=-size, items=-count)
            collections.remove(tx, folder, grant=rights.house(tx, folder, Right.DELETE_ANY), charge=charge)
        found = lookup.list_(tx, root.id)
        size = sum(item.size for item in found)
        charge = usage.charge(tx, space, Tool.DOCUMENTS, bytes=-size, items=-len(found))
        items.remove(tx, root, found, grant=rights.house(tx, root, Right.DELETE_ANY), charge=charge)
        properties.put(tx, Owner(collection=root.id), dict.fromkeys(properties.of(tx, Owner(collection=root.id))))
