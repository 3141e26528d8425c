"""PUT on the drive: refused before the first byte of the body, or streamed to the spool.

Invariants: whether the body may come is asked of the store before `100 Continue`, and the room for it is
held from then on (S13); hashing and writing happen on pool threads, a bounded queue holds what they have
not taken yet, and above it the client is not read; nothing is written beyond the room that is held; one
tx at the end keeps the file, and whatever goes wrong before leaves the old content, no spool and no room
held.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from twisted.python.failure import Failure

from coserver.dav import demands
from coserver.dav.asked import Asked
from coserver.dav.replies import Reply
from coserver.dav.request import Request
from coserver.documents import files
from coserver.documents.files import Admission
from coserver.documents.paths import Names, Spot
from coserver.log import event
from coserver.model.errors import Exists, Malformed, NoRoom, TooBig
from coserver.model.plan import Reservation
from coserver.net.entry import actor
from coserver.net.kit import Kit
from coserver.quota import reservations
from coserver.store import acting
from coserver.store.engine import Store
from coserver.store.files import Incoming, Staged
from coserver.store.tx import Tx

log = logging.getLogger(__name__)
T = TypeVar("T")

QUEUED = 4 * 1024 * 1024  # bytes that may wait for a thread
_BATCH = 524_288  # bytes handed to a thread at a time
_SMALL = 65_536  # up to here the bytes never leave memory, and come so fast that no room is held for them
_RENEW_SECONDS = 900  # a quarter of the time for which room is held


def admit(store: Store, asked: Asked, names: Names, *, length: int | None, largest: int) -> Admission:
    """Whether the body of a PUT may come, and the room for it; blocking, on a pool thread.

    `length` is the Content-Length, None for chunked; `largest` what the configuration allows.

    Raises:
        Malformed, Exists, Missing, Orphan, Denied, Stale, Locked, NoRoom, TooBig.
    """
    if asked.header("Content-Range") is not None:  # RFC 9110 14.5
        raise Malformed("A part of a file cannot be put. Please send the whole file.")
    if (asked.header("Content-Encoding") or "identity").strip().lower() != "identity":
        raise Malformed("Please send the file as it is, without a Content-Encoding.")
    if asked.path.endswith("/"):
        raise Exists("This is the name of a folder. Please leave off the '/' at its end.")
    size = length if length is not None else expected(asked)
    if size is not None and size > largest:
        raise TooBig(f"A file can have {largest} bytes at most.")
    demands.stamp(asked)
    with store.read() as tx:
        found = files.admit(tx, asked.who.account, names, demands.terms(asked, names), size=size)
    if length is None or length > _SMALL:
        return store.write(lambda tx: files.hold(tx, found, size=size))
    return found


def expected(asked: Asked) -> int | None:
    """The length that Finder tells beside a chunked body; None when it does not.

    Raises:
        Malformed: it is no number.
    """
    text = asked.header("X-Expected-Entity-Length")
    if text is None:
        return None
    if not text.strip().isdecimal() or len(text) > 19:
        raise Malformed("X-Expected-Entity-Length must be a number of bytes.")
    return int(text)


class Upload:
    """The sink of one admitted PUT; lives on the reactor's thread. `largest` is what the configuration allows."""

    def __init__(
        self, kit: Kit, request: Request, asked: Asked, *, names: Names, admission: Admission, largest: int
    ) -> None:
        self._kit = kit
        self._request = request
        self._asked = asked
        self._names = names
        self._admission = admission
        self._held = admission.held
        self._renew = kit.clock.monotonic() + _RENEW_SECONDS
        allowed = largest if admission.limit is None else min(admission.limit, largest)
        self._most = allowed if admission.held else min(admission.most, allowed)
        self._incoming: Incoming | None = None
        self._queue: list[bytes] = []
        self._queued = 0
        self._received = 0
        self._working = False
        self._ended = False
        self._over = False

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
            self._request.hold()
        if self._queued >= _BATCH or self._needs_room:
            self._work()

    def end(self) -> None:
        """All of it came."""
        if self._over:
            return
        told = expected(self._asked)
        if self._asked.header("Content-Length") is None and told is not None and told != self._received:
            text = f"The upload has {self._received} bytes, but {told} were announced. Please send it again."
            self._give_up(Failure(Malformed(text)))
            return
        self._ended = True
        if self._incoming is None and self._queued <= _SMALL:
            self._keep(self._kit.store.stage(b"".join(self._queue)))
        else:
            self._work()

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
            self._request.release()
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
        asked, held = self._asked, self._held
        self._held = None  # the tx takes it
        job = partial(files.put, account=asked.who.account, names=self._names, staged=staged)
        job = partial(job, stamp=demands.stamp(asked), terms=demands.terms(asked, self._names))
        with acting.by(actor(asked.who, self._request.peer)):
            kept = self._kit.pool.write(self._kit.store, partial(_charged, held=held, put=job))
        kept.addBoth(_discarded, staged).addCallbacks(self._told, self._not_kept, errbackArgs=(held,))

    def _not_kept(self, reason: Failure, held: Reservation | None) -> None:
        self._let_go(held)
        self._request.fail(reason)

    def _told(self, result: tuple[Spot, bool]) -> None:
        spot, made = result
        headers = [("ETag", demands.etag(spot))]
        if self._asked.header("X-OC-Mtime") is not None:
            headers.append(("X-OC-MTime", "accepted"))
        self._request.answer(Reply(201 if made else 204, tuple(headers)))

    def _broke(self, reason: Failure) -> None:
        self._working = False
        if self._over:
            self._clean_up()
        else:
            self._give_up(reason)

    def _give_up(self, reason: Failure) -> None:
        self._over = True
        self._clean_up()
        self._request.fail(reason)

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


def _charged(tx: Tx, *, held: Reservation | None, put: Callable[[Tx], tuple[Spot, bool]]) -> tuple[Spot, bool]:
    """What was held for a file becomes its charge; it is held on if that is refused."""
    if held is not None:
        reservations.release(tx, held)
    return put(tx)


def _discarded(result: T, staged: Staged) -> T:
    """Bytes that were kept stay; the name in the spool goes, kept or not."""
    staged.discard()
    return result
