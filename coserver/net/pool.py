"""The only crossing between the reactor and the threads that do the blocking work.

Invariants: the caller's context (connection id of the log) goes along; a call that finds the queue
full fails at once with Busy instead of waiting; results arrive on the reactor's thread.
"""

from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from coserver.model.errors import Busy
from coserver.store.engine import Store
from coserver.store.tx import Tx

P = ParamSpec("P")
T = TypeVar("T")

_TRY_LATER = "The server is too busy at the moment. Please try again in a minute."


class Pool:
    """Threads for calls into the core.

    Args:
        reactor: where results are delivered.
        threads: how many calls run at a time.
        queue: how many more may wait.
        name: of the threads, as debuggers show it.
    """

    def __init__(self, reactor: IReactorFromThreads, threads: int, *, queue: int, name: str = "pool") -> None:
        self._reactor = reactor
        self._threads = ThreadPool(minthreads=threads, maxthreads=threads, name=name)
        self._most = threads + queue
        self._taken = 0
        self._writing = 0

    @property
    def taken(self) -> int:
        """Calls and writes that run or wait now."""
        return self._taken + self._writing

    def start(self) -> None:
        """Let the threads run; calls made before wait."""
        self._threads.start()

    def stop(self) -> None:
        """Wait until every call that was taken is done, and end the threads."""
        self._threads.stop()

    def run(self, fn: Callable[P, T], *args: P.args, **kw: P.kwargs) -> "Deferred[T]":
        """Call `fn` on a thread, under the caller's context; fires on the reactor's thread.

        Fails with Busy when the queue is full: nothing was begun then.
        """
        if self._taken >= self._most:
            return fail(Busy(_TRY_LATER, calls=self._taken))
        self._taken += 1
        call = partial(copy_context().run, fn, *args, **kw)
        return deferToThreadPool(self._reactor, self._threads, call).addBoth(self._done)

    def write(self, store: Store, job: Callable[[Tx], T]) -> "Deferred[T]":
        """Run `job` on the store's writer; fires when it is durable, holding no thread meanwhile.

        Fails with Busy when too many wait, else with what the job raised.
        """
        if self._writing >= self._most:
            return fail(Busy(_TRY_LATER, writes=self._writing))
        context = copy_context()
        try:
            future = store.submit(lambda tx: context.run(job, tx))
        except Busy as error:  # the store is closing
            return fail(error)
        self._writing += 1
        fired: Deferred[T] = Deferred()
        future.add_done_callback(lambda done: self._reactor.callFromThread(self._written, fired, done))
        return fired

    def _done(self, result: T) -> T:
        self._taken -= 1
        return result

    def _written(self, fired: "Deferred[T]", done: "Future[T]") -> None:
        self._writing -= 1
        error = done.exception()
        if error is None:
            fired.callback(done.result())
        else:
            fired.errback(error)
