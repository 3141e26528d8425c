"""The one thread that writes.

Jobs wait in a queue; whatever waits when the writer is free goes into one database transaction
(group commit), each job in a savepoint of its own. Bytes are made durable, then the rows are
committed, then every caller is answered and waiting sessions are told.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from coserver.clock import Clock, milliseconds
from coserver.log import event
from coserver.model.change import Notice
from coserver.model.errors import Busy
from coserver.store import acting
from coserver.store.files import Files
from coserver.store.tx import Tx

log = logging.getLogger(__name__)
T = TypeVar("T")
_AT_ONCE = 256  # jobs in one commit
_FULL = "The server cannot write at the moment, perhaps its disk is full. Nothing was kept; try again later."


class _Job(Generic[T]):
    """A deed with the promise of its answer, and whose it is: whoever acts where it is queued."""

    __slots__ = ("actor", "answer", "deed", "future", "tx")

    def __init__(self, deed: Callable[[Tx], T]) -> None:
        self.deed = deed
        self.actor = acting.current()
        self.future: Future[T] = Future()
        self.answer: T | None = None
        self.tx: Tx | None = None


class Current(threading.local):
    """The tx this thread is in, if any."""

    tx: Tx | None = None


class Writer:
    """Runs jobs one after the other and commits them in groups.

    Args:
        engine: gives the writing connection; its transactions begin immediate.
        tell: called in the writer thread with each notice, after the commit.
        settle: called at the end of each job, in its tx.
    """

    def __init__(
        self,
        engine: Engine,
        files: Files,
        clock: Clock,
        *,
        current: Current,
        tell: Callable[[Notice], None],
        settle: Callable[[Tx], None],
    ) -> None:
        self._engine = engine
        self._files = files
        self._clock = clock
        self._current = current
        self._tell = tell
        self._settle = settle
        self._queue: SimpleQueue[_Job[Any] | None] = SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, deed: Callable[[Tx], T]) -> Future[T]:
        """Queue a job; its future is fulfilled when it is durable, or fails with what it raised.

        Raises:
            Busy: the store is closing.
        """
        if self._closed:
            raise Busy("The server is stopping; try again in a moment.")
        job = _Job(deed)
        self._queue.put(job)
        return job.future

    @contextmanager
    def lend(self) -> Iterator[Tx]:
        """The write tx, used by the calling thread while the writer waits; durable at the end."""
        loan = _Loan()
        future = self.submit(loan.hand_over)
        tx = loan.borrow(future)
        self._current.tx = tx
        try:
            yield tx
        except BaseException as error:
            self._current.tx = None
            loan.give_back(error)
            wait([future])  # all is undone before the caller goes on
            raise
        self._current.tx = None
        loan.give_back(None)
        future.result()

    def close(self) -> None:
        """Finish what is queued, then end."""
        self._closed = True
        self._queue.put(None)
        self._thread.join()

    # ------------------------------------------------------------ the writer thread

    def _run(self) -> None:
        with self._engine.connect() as connection:
            while (first := self._queue.get()) is not None:
                jobs, last = self._gather(first)
                self._commit(connection, jobs)
                if last:
                    break

    def _gather(self, first: _Job[Any]) -> tuple[list[_Job[Any]], bool]:
        jobs = [first]
        try:
            while len(jobs) < _AT_ONCE:
                following = self._queue.get_nowait()
                if following is None:
                    return jobs, True
                jobs.append(following)
        except Empty:
            pass
        return jobs, False

    def _commit(self, connection: Connection, jobs: list[_Job[Any]]) -> None:
        waiting = [job for job in jobs if job.future.set_running_or_notify_cancel()]
        try:
            with connection.begin():
                for job in waiting:
                    self._attempt(connection, job)
                self._files.sync()
        except (OperationalError, Busy) as error:
            event(log, "write-failed", jobs=len(waiting), cause=repr(error.__cause__ or error))
            self._fail(waiting)
            return
        for job in waiting:
            if job.tx is not None:
                self._answer(job, job.tx)

    def _attempt(self, connection: Connection, job: _Job[Any]) -> None:
        """Run one job in a savepoint; only a failing database takes the other jobs with it."""
        connection.exec_driver_sql("SAVEPOINT job")
        now = milliseconds(self._clock)
        tx = job.tx = self._current.tx = Tx(connection, self._files, now=now, writable=True, actor=job.actor)
        try:
            job.answer = job.deed(tx)
            self._settle(tx)
        except OperationalError:
            raise
        except BaseException as error:  # whatever it is belongs to the caller
            job.tx = None
            tx.rolled_back()
            connection.exec_driver_sql("ROLLBACK TO job")
            job.future.set_exception(error)
        finally:
            self._current.tx = None
        connection.exec_driver_sql("RELEASE job")

    def _answer(self, job: _Job[Any], tx: Tx) -> None:
        """Everything is durable: waiting sessions hear of it, then the caller."""
        try:
            for notice in tx.committed():
                self._tell(notice)
        except Exception:  # a deed failed after the fact: the writer must go on, and what is kept is kept
            log.exception("after-commit")
        job.future.set_result(job.answer)

    def _fail(self, jobs: list[_Job[Any]]) -> None:
        for job in jobs:
            if job.tx is not None:
                job.tx.rolled_back()
            if not job.future.done():
                job.future.set_exception(Busy(_FULL))


class _Loan:
    """The meeting of the writer thread and a thread that borrows its tx."""

    def __init__(self) -> None:
        self._tx: Tx | None = None
        self._lent = threading.Event()
        self._returned = threading.Event()
        self._error: BaseException | None = None

    def hand_over(self, tx: Tx) -> None:
        """In the writer thread: lend the tx and wait until it comes back."""
        self._tx = tx
        self._lent.set()
        self._returned.wait()
        if self._error is not None:
            raise self._error

    def borrow(self, future: Future[None]) -> Tx:
        """In the borrowing thread: wait for the tx."""
        future.add_done_callback(lambda _: self._lent.set())
        self._lent.wait()
        if self._tx is None:
            future.result()
            raise Busy(_FULL)
        return self._tx

    def give_back(self, error: BaseException | None) -> None:
        """In the borrowing thread: done, or failed with this."""
        self._error = error
        self._returned.set()
