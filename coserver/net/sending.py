"""Files on their way out: bytes read as they are sent, in pieces, by whatever edge.

Invariants: what is sent comes from a handle that stays readable whatever happens to the file meanwhile; no more
than one piece is in memory. What lies on no drive of one's own is sent only as long as it may be read: the
connection ends within a second (R17).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from coserver.model.errors import Missing
from coserver.net.http.replies import Reply
from coserver.net.http.request import Request
from coserver.net.pool import Pool
from coserver.store.engine import Store
from coserver.store.tx import Tx

PIECE = 262_144
_LOOKS = 0.5  # seconds between two looks whether what is being sent may still be read


def _no_watch() -> None:
    """It lies on one's own drive."""


class Watch:
    """Looks now and then whether what is being sent may be read still: `look` raises Missing when it may not."""

    def __init__(self, store: Store, look: Callable[[Tx], object]) -> None:
        self._store = store
        self._look = look
        self._next = store.clock.monotonic() + _LOOKS

    def __call__(self) -> None:
        """Raises Missing when it may not."""
        now = self._store.clock.monotonic()
        if now >= self._next:
            self._next = now + _LOOKS
            with self._store.read() as tx:
                self._look(tx)


class Source(Protocol):
    """Where bytes come from, in order."""

    def read(self, offset: int, length: int, /) -> bytes:
        """Up to so many from there on."""


@dataclass(frozen=True, slots=True)
class Download:
    """An answer whose body is read as it is sent: `length` bytes, pieces of `source` and text between them.

    `watch` is called before each piece, and raises Missing when nothing more may be sent.
    """

    reply: Reply
    length: int
    source: Source
    plan: tuple[range | bytes, ...]
    watch: Callable[[], None] = _no_watch

    def pieces(self) -> Iterator[bytes]:
        """The body, piece by piece; blocking reads."""
        for step in self.plan:
            if isinstance(step, bytes):
                yield step
                continue
            position = step.start
            while position < step.stop:
                self.watch()
                data = self.source.read(position, min(PIECE, step.stop - position))
                if not data:
                    raise Missing("The file ended early.")
                position += len(data)
                yield data


def send(pool: Pool, request: Request, found: Reply | Download) -> None:
    """Answer with it."""
    if isinstance(found, Reply):
        request.answer(found)
        return
    pieces = found.pieces()
    request.stream(found.reply, found.length, lambda: pool.run(next, pieces, b""))
