"""The store: one data folder, one writing thread, as many snapshots as there are reading threads.

Invariants: an answer is given only after bytes and rows are durable; one process serves a folder;
a reader sees one moment and never waits for the writer.
"""

import fcntl
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool, StaticPool

from coserver.clock import Clock, milliseconds
from coserver.model.change import Notice
from coserver.model.errors import Locked, Unusable
from coserver.model.ids import PrincipalId
from coserver.store import blobs, journal, migrate
from coserver.store.files import Files, Incoming, Staged, stage
from coserver.store.tx import Tx
from coserver.store.writer import Current, Writer

log = logging.getLogger(__name__)
T = TypeVar("T")
DATABASE = "coserver.db"
Settler = Callable[[Tx, frozenset[PrincipalId]], None]


class Store:
    """Everything that is kept. Make it with `Store.open`."""

    def __init__(self, folder: Path, *, clock: Clock, lock: int, writing: Engine, reading: Engine) -> None:
        self.folder = folder
        self.clock = clock
        self._lock = lock
        self._writing_engine = writing
        self._reading_engine = reading
        self.files = Files(folder / "blobs")
        self._current = Current()
        self._connections = threading.local()
        self._readers: list[Connection] = []
        self._readers_lock = threading.Lock()
        self._listeners: list[Callable[[Notice], None]] = []
        self._settlers: list[Settler] = []
        self._writer = Writer(writing, self.files, clock, current=self._current, tell=self._tell, settle=self._settle)

    @classmethod
    def open(cls, folder: Path, *, clock: Clock) -> "Store":
        """Open the store in a folder, making or upgrading it where needed.

        Raises:
            Locked: another process serves this folder.
            Unusable: the folder cannot be written, or a newer version made it.
        """
        lock = _take(folder)
        try:
            address = f"sqlite+pysqlite:///{folder / DATABASE}"
            writing = _sqlite(address, begin="BEGIN IMMEDIATE", poolclass=StaticPool)
            reading = _sqlite(address, begin="BEGIN", poolclass=NullPool)
            migrate.upgrade(writing, folder / DATABASE)
        except BaseException:
            os.close(lock)
            raise
        store = cls(folder, clock=clock, lock=lock, writing=writing, reading=reading)
        store.write(blobs.sweep)  # nobody else has the folder and nothing is under way
        return store

    # ------------------------------------------------------------ reading

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A snapshot. Inside another tx of this thread it is that tx."""
        outer = self._current.tx
        if outer is not None:
            yield outer
            return
        connection = self._connection()
        with connection.begin():
            tx = Tx(connection, self.files, now=milliseconds(self.clock), writable=False)
            self._current.tx = tx
            try:
                yield tx
            finally:
                self._current.tx = None

    def _connection(self) -> Connection:
        connection: Connection | None = getattr(self._connections, "own", None)
        if connection is None:
            connection = self._connections.own = self._reading_engine.connect()
            with self._readers_lock:
                self._readers.append(connection)
        return connection

    # ------------------------------------------------------------ writing

    def write(self, job: Callable[[Tx], T]) -> T:
        """Run a job in the writing thread; return its answer once it is durable.

        Inside a write tx of this thread the job becomes part of that tx.

        Raises:
            Busy: the disk is full or the store is closing; nothing was kept.
        """
        current = self._current.tx
        if current is not None and current.writable:
            return job(current)
        return self.submit(job).result()

    def submit(self, job: Callable[[Tx], T]) -> Future[T]:
        """Queue a job for the writing thread; the future is fulfilled once it is durable."""
        return self._writer.submit(job)

    @contextmanager
    def writing(self) -> Iterator[Tx]:
        """The write tx, lent to this thread; it is durable when the block ends, undone if it raises."""
        current = self._current.tx
        if current is not None and current.writable:
            yield current
            return
        with self._writer.lend() as tx:
            yield tx

    def settle_with(self, settler: Settler) -> None:
        """Call `settler` at the end of every write tx that told principals to look again, as part of it.

        For what follows from rights and members and is kept: nobody who changes those can forget it.
        """
        self._settlers.append(settler)

    def _settle(self, tx: Tx) -> None:
        journal.keep(tx)
        told = tx.told
        for settler in self._settlers if told else ():
            settler(tx, told)

    def stage(self, data: bytes) -> Staged:
        """Bytes in memory, to be kept by a job; hashed here, on the caller's thread."""
        return stage(data)

    def incoming(self) -> Incoming:
        """Where a conversation puts bytes that arrive in pieces."""
        return Incoming(self.files.spool)

    # ------------------------------------------------------------ notices

    def subscribe(self, listener: Callable[[Notice], None]) -> Callable[[], None]:
        """Call `listener` with every notice, in the writing thread; returns what ends it."""
        self._listeners = [*self._listeners, listener]

        def stop() -> None:
            self._listeners = [one for one in self._listeners if one is not listener]

        return stop

    def _tell(self, notice: Notice) -> None:
        for listener in self._listeners:
            listener(notice)

    # ------------------------------------------------------------ end

    def checkpoint(self) -> None:
        """Bring the write-ahead log into the database file, so that overwritten pages leave the disk."""
        connection = sqlite3.connect(self.folder / DATABASE, timeout=5)
        try:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()

    def close(self) -> None:
        """Finish every job that is queued, then let go of the folder."""
        self._writer.close()
        with self._readers_lock:
            for connection in self._readers:
                connection.close()
        self._reading_engine.dispose()
        self._writing_engine.dispose()
        self.files.close()
        os.close(self._lock)


def _take(folder: Path) -> int:
    """Make the folder and take its lock, which the kernel gives back when the process ends."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)  # it may have been there before, open to all
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Unusable(
            f"The data folder {folder} cannot be written ({error.strerror}). "
            "Run coserver as the user who owns it, or name another folder with --data."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise Locked(f"Another coserver process serves the data folder {folder}. Stop it first.") from error
    return lock


def _sqlite(address: str, *, begin: str, poolclass: type[StaticPool | NullPool]) -> Engine:
    engine = create_engine(
        address,
        poolclass=poolclass,
        connect_args={"check_same_thread": False, "timeout": 30, "isolation_level": None},
        hide_parameters=True,  # errors come into the log, and parameters are keys, verifiers and mail
    )

    def prepare(connection: Any, _record: object) -> None:
        for pragma in (
            "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "cache_size=-32000",
            "temp_store=MEMORY", "recursive_triggers=ON",
        ):  # fmt: skip
            connection.execute(f"PRAGMA {pragma}")

    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", start)
    return engine
