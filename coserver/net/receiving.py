"""Files on their way in: streamed to the spool as they come, and kept in one tx, by whatever edge.

Invariants: hashing and writing happen on pool threads, a bounded queue holds what they have not taken yet, and above
it the client is not read; nothing is written beyond the room that is held (S13); one tx at the end keeps the file,
and whatever goes wrong before leaves the old content, no spool and no room held.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

from twisted.python.failure import Failure

from coserver.documents import files
from coserver.documents.files import Admission
from coserver.log import event
from coserver.model.act import Actor
from coserver.model.errors import NoRoom
from coserver.model.plan import Reservation
from coserver.net.kit import Kit
from coserver.quota import reservations
from coserver.store import acting
from coserver.store.engine import Store
from coserver.store.files import Incoming, Staged
from coserver.store.tx import Tx

log = logging.getLogger(__name__)
T = TypeVar("T")

QUEUED = 4 * 1024 * 1024  # bytes that may wait for a thread
SMALL = 65_536  # up to here the bytes never leave memory, and come so fast that no room is held for them
_BATCH = 524_288  # bytes handed to a thread at a time
_RENEW_SECONDS = 900  # a quarter of the time for which room is held


class Source(Protocol):
    """Where the bytes come from; it can be told to wait."""

    def hold(self) -> None:
        """Read no more for now."""

    def release(self) -> None:
        """Read on."""


@dataclass(frozen=True, slots=True)
class Arrival(Generic[T]):
    """A file that is let in.

    `largest` is what the configuration allows; `keep` keeps it, in its tx; `actor` is whom the log names.
    """

    admission: Admission
    largest: int
    keep: Callable[[Tx, Staged], T]
    actor: Actor


def admit(store: Store, found: Callable[[Tx], Admission], *, size: int | None) -> Admission:
    """Whether a file of so many bytes (None: unknown) may come, and the room for it; blocking, on a pool thread.

    Errors are those of `found` and `files.hold`.
    """
    with store.read() as tx:
        admission = found(tx)
    if size is None or size > SMALL:
        return store.write(lambda tx: files.hold(tx, admission, size=size))
    return admission


class Receiving(Generic[T]):
    """One file; lives on the reactor's thread. In the end it calls `done` with what was kept, or `failed`, once."""

    def __init__(
        self,
        kit: Kit,
        source: Source,
        arrival: Arrival[T],
        *,
        done: Callable[[T], None],
        failed: Callable[[Failure], None],
    ) -> None:
        self._kit = kit
        self._source = source
        self._arrival = arrival
        self._done, self._failed = done, failed
        admission = arrival.admission
        self._admission = admission
        self._held = admission.held
        self._renew = kit.clock.monotonic() + _RENEW_SECONDS
        allowed = arrival.largest if admission.limit is None else min(admission.limit, arrival.largest)
        self._most = allowed if admission.held else min(admission.most, allowed)
        self._incoming: Incoming | None = None
        self._queue: list[bytes] = []
        self._queued = 0
        self._received = 0
        self._working = False
        self._ended = False
        self._over = False

    @property
    def received(self) -> int:
        """How many bytes came."""
        return self._received

    def take(self, data: bytes) -> None:
        """The next piece of the file."""
        if self._over:
            return
        self._received += len(data)
        if self._received > self._most:
            self._give_up(Failure(NoRoom(self._admission.full)))
            return
        self._queue.append(data)
        self._queued += len(data)
        if self._queued > QUEUED:
            self._source.hold()
        if self._queued >= _BATCH or self._needs_room:
            self._work()

    def end(self) -> None:
        """All of it came."""
        if self._over:
            return
        self._ended = True
        if self._incoming is None and self._queued <= SMALL:
            self._keep(self._kit.store.stage(b"".join(self._queue)))
        else:
            self._work()

    def refuse(self, reason: Failure) -> None:
        """It will not be kept."""
        if not self._over:
            self._give_up(reason)

    def lost(self) -> None:
        """The client went away in the middle."""
        self._over = True
        self._clean_up()

    def _work(self) -> None:
        """Hand what is queued to a thread, or finish; one thing at a time, and nothing without room for it."""
        if self._working or self._over:
            return
        self._working = True
        if self._held is not None and self._needs_room:
            job = partial(files.extend, admission=self._admission, held=self._held, size=self._received)
            self._kit.pool.write(self._kit.store, job).addCallbacks(self._extended, self._broke)
            return
        if self._incoming is None:
            self._incoming = self._kit.store.incoming()
        if self._queue:
            batch = b"".join(self._queue)
            self._queue, self._queued = [], 0
            self._kit.pool.run(self._incoming.write, batch).addCallbacks(self._written, self._broke)
        else:
            self._kit.pool.run(self._incoming.finish).addCallbacks(self._keep, self._broke)

    @property
    def _needs_room(self) -> bool:
        """Whether more came than room is held for, or the time of that is running out."""
        late = self._kit.clock.monotonic() >= self._renew
        return self._held is not None and (late or self._received > self._admission.most)

    def _extended(self, admission: Admission) -> None:
        self._working = False
        self._admission, self._held = admission, admission.held
        self._renew = self._kit.clock.monotonic() + _RENEW_SECONDS
        if self._over:
            self._clean_up()
        else:
            self._work()

    def _written(self, _result: None) -> None:
        self._working = False
        if self._over:
            self._clean_up()
            return
        if self._queued <= QUEUED // 2:
            self._source.release()
        if self._ended or self._queued >= _BATCH:
            self._work()

    def _keep(self, staged: Staged) -> None:
        """The one tx that keeps the file; from here on it does not matter whether the client stays."""
        self._working = False
        self._incoming = None
        if self._over:
            staged.discard()
            self._clean_up()
            return
        held, self._held = self._held, None  # the tx takes it
        job = partial(_charged, held=held, keep=lambda tx: self._arrival.keep(tx, staged))
        with acting.by(self._arrival.actor):
            kept = self._kit.pool.write(self._kit.store, job)
        kept.addBoth(_discarded, staged).addCallbacks(self._done, self._not_kept, errbackArgs=(held,))

    def _not_kept(self, reason: Failure, held: Reservation | None) -> None:
        self._let_go(held)
        self._failed(reason)

    def _broke(self, reason: Failure) -> None:
        self._working = False
        if self._over:
            self._clean_up()
        else:
            self._give_up(reason)

    def _give_up(self, reason: Failure) -> None:
        self._over = True
        self._clean_up()
        self._failed(reason)

    def _clean_up(self) -> None:
        self._queue, self._queued = [], 0
        if self._working:
            return  # what is under way comes back here
        if self._incoming is not None:
            self._incoming.discard()
            self._incoming = None
        held, self._held = self._held, None
        self._let_go(held)

    def _let_go(self, held: Reservation | None) -> None:
        """Give up the room; where that fails, as at the stop of the house, it is free when its time is over."""
        if held is not None:
            gone = self._kit.pool.write(self._kit.store, partial(reservations.release, held=held))
            gone.addErrback(lambda _: event(log, "reservation-left", space=held.space, bytes=held.bytes))


def _charged(tx: Tx, *, held: Reservation | None, keep: Callable[[Tx], T]) -> T:
    """What was held for a file becomes its charge; it is held on if that is refused."""
    if held is not None:
        reservations.release(tx, held)
    return keep(tx)


def _discarded(result: T, staged: Staged) -> T:
    """Bytes that were kept stay; the name in the spool goes, kept or not."""
    staged.discard()
    return result
