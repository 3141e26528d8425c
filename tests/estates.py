"""A store of a test's own, with short ways to what most tests begin with."""

import contextlib
import shutil
import sqlite3
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from coserver.accounts import accounts
from coserver.accounts.house import House
from coserver.accounts.opening import open_store
from coserver.auth.passwords import Cost, Hasher
from coserver.groups import members
from coserver.model.ids import PrincipalId
from coserver.model.principal import Account, Group
from coserver.store.engine import DATABASE, Store
from coserver.store.tx import Tx
from tests.clock import OwnClock


class Stages:
    """Folders as they are after the first deeds of estates: what many tests begin with is done once.

    A path is a template and what was done since, one after the other; it is kept the second time it is wanted.
    """

    MOST = 200

    def __init__(self, place: Path) -> None:
        self._place = place
        self._kept: dict[tuple[Any, ...], tuple[Path, Any]] = {}
        self._wanted: set[tuple[Any, ...]] = set()

    def find(self, path: tuple[Any, ...]) -> tuple[Path, Any] | None:
        """The folder after these deeds, and what the last of them gave."""
        return self._kept.get(path)

    def keep(self, path: tuple[Any, ...], folder: Path, given: Any) -> None:
        """Keep a copy of a folder whose store rests."""
        if path not in self._wanted:
            self._wanted.add(path)
        elif path not in self._kept and len(self._kept) < self.MOST:
            copy = self._place / str(len(self._kept))
            shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*.db*"))
            with contextlib.closing(sqlite3.connect(folder / DATABASE)) as source:
                source.execute("VACUUM INTO ?", (str(copy / DATABASE),))
            with contextlib.closing(sqlite3.connect(copy / DATABASE)) as kept:
                kept.execute("PRAGMA journal_mode=WAL")
            self._kept[path] = (copy, given)


class Estate:
    """A store with plans and a domain, and short ways to accounts and groups in it.

    What is made in these ways before anything else is taken from `stages` where another test did the same; the
    store is opened when it is asked for.
    """

    def __init__(self, folder: Path, template: Path, stages: Stages) -> None:
        self.clock = OwnClock()
        self._folder = folder
        self._template = template
        self._stages = stages
        self._path: tuple[Any, ...] | None = (template,)  # all that was done; None: more than is known here
        self._store: Store | None = None
        self._opening = threading.Lock()

    @property
    def store(self) -> Store:
        """The store; from now on anything may be done to it."""
        with self._opening:  # tests ask from several threads
            opened = self._opened(self._path)
            self._path = None
        return opened

    @store.setter
    def store(self, opened: Store) -> None:
        self._path, self._store = None, opened

    @property
    def house(self) -> House:
        """The house around the store."""
        return House(self.store, Hasher(cost=Cost(memory=64, passes=1)), plan="demo", rules=False)

    def account(self, name: str, plan: str = "small", verifier: str = "none") -> Account:
        return self._do((name, plan, verifier), lambda tx: accounts.add(tx, accounts.New(name, verifier, plan)))

    def group(self, name: str, administrator: Account, *others: Account) -> Group:
        deed = partial(members.create, name=name, administrator=administrator.id)
        made: Group = self._do((name, administrator.id), deed)
        for each in others:
            self.join(made.id, each.id)
        return made

    def join(self, group: PrincipalId, account: PrincipalId) -> None:
        self._do((group, account), lambda tx: members.add(tx, group, account))

    def close(self) -> None:
        if self._store is not None:
            self._store.close()

    def _opened(self, path: tuple[Any, ...] | None) -> Store:
        if self._store is None:
            kept = self._stages.find(path or ())
            shutil.copytree(kept[0] if kept else self._template, self._folder)
            self._store = open_store(self._folder, clock=self.clock)
        return self._store

    def _do(self, what: tuple[Any, ...], deed: Callable[[Tx], Any]) -> Any:
        """Do it, or let it have been done; `what` tells it from others."""
        if self._path is None:
            return self._opened(None).write(deed)
        path = (*self._path, (self.clock.seconds, *what))
        kept = self._stages.find(path) if self._store is None else None
        if kept is None:
            given = self._opened(self._path).write(deed)
            self._stages.keep(path, self._folder, given)
            kept = (self._folder, given)
        self._path = path
        return kept[1]
