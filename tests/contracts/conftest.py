"""What a contract test runs on: one param of the fixture for each engine the store can live on."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import insert

from coserver.model.ids import PrincipalId, SpaceId
from coserver.model.item import Item
from coserver.model.plan import Charge
from coserver.model.rights import ALL, Grant, Right
from coserver.model.space import Collection, Tool
from coserver.store import collections, doctor, items, lookup, spaces
from coserver.store.engine import Store
from coserver.store.schema import groups as schema
from coserver.store.tx import Tx
from tests.clock import OwnClock


@dataclass
class Bench:
    """A store under test, with the proofs and short ways a test needs."""

    store: Store
    clock: OwnClock
    folder: Path

    def reopen(self) -> None:
        self.store.close()
        self.store = Store.open(self.folder, clock=self.clock)

    def space(self) -> SpaceId:
        return self.store.write(_space)

    def root(self, tool: Tool = Tool.DOCUMENTS, space: SpaceId | None = None) -> Collection:
        where = self.space() if space is None else space
        with self.store.read() as tx:
            return collections.root(tx, where, tool)

    def grant(self, collection: Collection, rights: Right = ALL, who: int | None = None) -> Grant:
        return Grant(None if who is None else PrincipalId(who), collection.id, rights)

    def charge(self, collection: Collection, size: int, count: int) -> Charge:
        """A proof made by hand: nothing is booked in the usage table."""
        return Charge(collection.space, collection.tool, size, count)

    def now(self, collection: Collection) -> Collection:
        with self.store.read() as tx:
            return collections.get(tx, collection.id)

    def put(self, collection: Collection, *new: items.New) -> list[Item]:
        size = sum(one.staged.size for one in new)

        def job(tx: Tx) -> list[Item]:
            return items.add(
                tx, collection, new, grant=self.grant(collection), charge=self.charge(collection, size, len(new))
            )

        return self.store.write(job)

    def new(self, data: bytes, name: str | None = None, author: int | None = None) -> items.New:
        return items.New(self.store.stage(data), name=name, author=None if author is None else PrincipalId(author))

    def remove(self, collection: Collection, gone: list[Item]) -> None:
        size = sum(item.size for item in gone)

        def job(tx: Tx) -> None:
            proof = self.charge(collection, -size, -len(gone))
            items.remove(tx, collection, gone, grant=self.grant(collection), charge=proof)

        self.store.write(job)

    def listed(self, collection: Collection) -> list[Item]:
        with self.store.read() as tx:
            return lookup.list_(tx, collection.id)

    def faults(self) -> list[doctor.Finding]:
        """What the doctor finds, but for usage, which the proofs made by hand do not book."""
        return [finding for finding in doctor.check(self.store) if finding.kind != "usage"]

    def bytes_on_disk(self) -> bytes:
        """Everything below the data folder, for scans."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file())


def noise(size: int, seed: int = 1) -> bytes:
    """Bytes that are found nowhere else."""
    return random.Random(seed).randbytes(size)  # noqa: S311 -- no secret


def _space(tx: Tx) -> SpaceId:
    row = insert(schema.principal).values(kind="account", created=tx.now).returning(schema.principal.c.id)
    return spaces.add(tx, tx.execute(row).scalar_one()).id


@pytest.fixture(params=["sqlite"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A fresh store on each engine; another engine joins by another param."""
    assert request.param == "sqlite"
    clock = OwnClock()
    made = Bench(Store.open(tmp_path / "data", clock=clock), clock, tmp_path / "data")
    yield made
    made.store.close()


@pytest.fixture(name="noise")
def noise_fixture() -> object:
    """Makes bytes that are found nowhere else."""
    return noise
