"""The way from this edge into the synchronous core: a call on a thread, a look, a write."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from coserver.net.kit import Kit
from coserver.store.tx import Tx

T = TypeVar("T")


class Core:
    """The core of a house, awaited from asyncio; every deed may raise Busy when too much is waiting."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    async def run(self, fn: Callable[..., T], *args: object) -> T:
        """Call `fn` on a thread."""
        found: T = await self._kit.pool.run(fn, *args).asFuture(asyncio.get_running_loop())
        return found

    async def look(self, question: Callable[[Tx], T]) -> T:
        """Ask a question of one snapshot, on a thread."""

        def ask() -> T:
            with self._kit.store.read() as tx:
                return question(tx)

        return await self.run(ask)

    async def write(self, job: Callable[[Tx], T]) -> T:
        """Run a job on the writer; its answer once that is durable."""
        done: T = await self._kit.pool.write(self._kit.store, job).asFuture(asyncio.get_running_loop())
        return done
