"""Operators' verbs on a folder that no process serves: the store is opened here, under its lock."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from coserver.accounts.house import House
from coserver.accounts.opening import open_store
from coserver.auth.passwords import Hasher
from coserver.clock import SystemClock
from coserver.config import Config
from coserver.model.errors import Unusable
from coserver.net.call import Operate
from coserver.net.names import Resolver
from coserver.operator.desk import operate
from coserver.store.engine import DATABASE


@contextmanager
def house(config: Config, *, make: bool = False) -> Iterator[Operate]:
    """The verbs over the store in the data folder, which is closed at the end.

    Args:
        config: names the folder.
        make: whether a folder that is none yet becomes one; a mistyped name must not.

    Raises:
        Locked: a process has it open.
        Unusable: it cannot be opened; the text says what to do.
    """
    if not make:
        need_folder(config)
    store = open_store(config.data, clock=SystemClock())
    try:
        hasher = Hasher(config.pool.hash_threads)
        made = House(
            store, hasher, plan=config.server.plan, life=config.accounts, asks=Resolver(config.dns).ask, config=config
        )  # fmt: skip
        yield partial(operate, made)
    finally:
        store.close()


def need_folder(config: Config) -> None:
    """See that the data folder is one.

    Raises:
        Unusable: it is not; the text says what to do.
    """
    if not (config.data / DATABASE).exists():
        raise Unusable(
            f"There is no data folder of coserver at {config.data}. "
            f"Name the right one with --data, or make it: coserver init --data {config.data}"
        )
