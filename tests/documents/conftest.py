"""A store with alice, bob, carol and erin, and the group team of alice, bob and erin; deeds of the drive in short."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import select

from coserver.accounts import accounts
from coserver.documents import files, folders, locks, moving, paths, properties
from coserver.documents.locks import Lock, Reach, Scope, Wish
from coserver.documents.terms import Terms
from coserver.groups import members, rights
from coserver.mail import domains
from coserver.model.ids import PrincipalId
from coserver.model.item import Item
from coserver.model.rights import Right
from coserver.model.space import Tool
from coserver.quota import plans, usage
from coserver.store import collections, items, lookup
from coserver.store.engine import Store
from coserver.store.schema import store as schema
from coserver.store.tx import Tx
from tests.clock import OwnClock

T = TypeVar("T")
FREE = Terms()
PEOPLE = ("alice", "bob", "carol", "erin")


class Shelf:
    """The drive of some people, by paths such as `a/b`."""

    def __init__(self, store: Store) -> None:
        self.clock: Any = store.clock
        self.store = store
        with self.store.read() as tx:
            self.alice, self.bob, self.carol, self.erin = (
                accounts.find(tx, f"{name}@example.test").id for name in PEOPLE
            )

    def read(self, job: Callable[..., T], path: str, *rest: Any, who: PrincipalId | None = None, **more: Any) -> T:
        with self.store.read() as tx:
            return job(tx, who or self.alice, names(path), *rest, **more)

    def write(self, job: Callable[..., T], path: str, *rest: Any, who: PrincipalId | None = None, **more: Any) -> T:
        def deed(tx: Tx) -> T:
            return job(tx, who or self.alice, names(path), *rest, **more)

        return self.store.write(deed)

    def put(self, path: str, data: bytes = b"hello", terms: Terms = FREE, **more: Any) -> tuple[Item, bool]:
        staged, stamp = self.store.stage(data), more.pop("stamp", 0)
        spot, made = self.write(files.put, path, staged, stamp=stamp, terms=terms, **more)
        assert spot.item is not None
        return spot.item, made

    def make(self, path: str, terms: Terms = FREE, **more: Any) -> None:
        self.write(folders.make, path, terms, **more)

    def remove(self, path: str, terms: Terms = FREE, **more: Any) -> None:
        self.write(folders.remove, path, terms, **more)

    def move(self, path: str, target: str, terms: Terms = FREE, **more: Any) -> bool:
        return self.write(moving.move, path, names(target), terms, **more)

    def copy(self, path: str, target: str, terms: Terms = FREE, *, deep: bool = True, **more: Any) -> bool:
        return self.write(moving.copy, path, names(target), terms, deep=deep, **more)

    def lock(self, path: str, scope: str = "exclusive", depth: str = "infinity", **more: Any) -> Lock:
        wish = Wish(Scope(scope), Reach(depth), "<owner/>", more.pop("seconds", None))
        done = self.write(files.lock, path, wish, empty=self.store.stage(b""), terms=more.pop("terms", FREE), **more)
        return done[0]

    def bytes(self, path: str, **more: Any) -> bytes:
        _, source = self.read(files.open_, path, **more)
        assert source is not None
        return source.read()

    def listing(self, path: str = "", **more: Any) -> list[str]:
        def look(tx: Tx, account: PrincipalId, found: paths.Names) -> list[str]:
            return [one.name for one in folders.members(tx, account, paths.wanted(tx, account, found))]

        return self.read(look, path, **more)

    def used(self, path: str = "") -> tuple[int, int]:
        def look(tx: Tx, account: PrincipalId, found: paths.Names) -> tuple[int, int]:
            room = folders.room(tx, account, paths.wanted(tx, account, found))
            assert room is not None
            return room.bytes, room.items

        return self.read(look, path)

    def notes(self, path: str) -> dict[str, str]:
        def look(tx: Tx, account: PrincipalId, found: paths.Names) -> dict[str, str]:
            return properties.of(tx, properties.owner(paths.wanted(tx, account, found)))

        return self.read(look, path)

    def note(self, path: str, **changes: str | None) -> None:
        self.write(files.describe, path, files.Description(changes), FREE)

    def withhold(self, path: str, *, private: bool = True, **more: Any) -> None:
        self.write(files.describe, path, files.Description({}, private=private), FREE, **more)

    def held(self, path: str) -> list[Lock]:
        def look(tx: Tx, account: PrincipalId, found: paths.Names) -> list[Lock]:
            return locks.covering(tx, paths.lookup(tx, account, found))

        return self.read(look, path)


def names(path: str) -> paths.Names:
    return tuple(part for part in path.split("/") if part)


def showing(*shown: Lock) -> Terms:
    return Terms(frozenset(one.token for one in shown))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shelf") / "data"
    store = Store.open(folder, clock=OwnClock())

    def fill(tx: Tx) -> None:
        plans.publish(tx, plans.parse(plans.bundled() + plans.bundled("plans-demo")))
        domains.add(tx, "example.test")
        made = [accounts.add(tx, accounts.New(name, "none", "small")).id for name in PEOPLE]
        team = members.create(tx, "team", administrator=made[0])
        for one in (made[1], made[3]):
            members.add(tx, team.id, one)

    store.write(fill)
    store.close()
    return folder


@pytest.fixture(scope="session")
def shared(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for the tests that change documents only."""
    folder = tmp_path_factory.mktemp("shared") / "data"
    shutil.copytree(template, folder)
    store = Store.open(folder, clock=OwnClock())
    yield store
    store.close()


@pytest.fixture
def shelf(shared: Store) -> Shelf:
    """Drives that are empty, on the shared store; its clock stands at its beginning."""
    clock: Any = shared.clock
    clock.seconds = OwnClock().seconds
    shared.write(empty_drives)
    return Shelf(shared)


@pytest.fixture
def own_shelf(template: Path, tmp_path: Path) -> Iterator[Shelf]:
    """The same on a store of its own, for tests that change people and rights."""
    shutil.copytree(template, tmp_path / "data")
    store = Store.open(tmp_path / "data", clock=OwnClock())
    yield Shelf(store)
    store.close()


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
