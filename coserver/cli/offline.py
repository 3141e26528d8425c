"""Operators' verbs on a folder that no process serves: the store is opened here, under its lock."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from coserver.accounts.house import House
from coserver.accounts.operator import operate
from coserver.auth.passwords import Hasher
from coserver.clock import SystemClock
from coserver.config import Config
from coserver.net.call import Operate
from coserver.store.engine import Store


@contextmanager
def house(config: Config) -> Iterator[Operate]:
    """The verbs over the store in the data folder, which is closed at the end.

    Raises:
        Locked: a process has it open.
        Unusable: it cannot be opened; the text says what to do.
    """
    store = Store.open(config.data, clock=SystemClock())
    try:
        yield partial(operate, House(store, Hasher(config.pool.hash_threads), plan=config.server.plan))
    finally:
        store.close()
