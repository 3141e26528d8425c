"""One request on its way through Radicale's code: who asks, and what its storage must know of it.

Invariant: a request runs on one thread from its first to its last line; what is said of it here is
forgotten with it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from coserver.clock import Clock
from coserver.model.ids import PrincipalId
from coserver.pim.books import Visitor

MOST_SECONDS = 30.0  # of parsing for one request: recurring entries without end can be made slow on purpose


@dataclass(slots=True)
class Visit:
    """A request.

    `data` tells whether answers hold the objects themselves or just their ETags; `between` narrows a
    query (kind, start, end in seconds since 1970) beyond what Radicale passes on; `busy` tells that
    the answer is made from the parsed form, which is worth keeping then; `limit` is the most
    changes wanted, and `cut` becomes True when there were more (RFC 6578 3.6). `until` is when it has
    had its time, in seconds of the monotonic clock.
    """

    visitor: Visitor
    login: str
    data: bool = True
    between: tuple[str | None, int, int] | None = None
    busy: bool = False
    limit: int | None = None
    cut: bool = field(default=False)
    until: float = field(default=0.0)

    @property
    def account(self) -> PrincipalId:
        """Who asks."""
        return self.visitor.account


class Visits:
    """The request that the present thread works on.

    Args:
        clock: measures how long it has taken.
    """

    def __init__(self, clock: Clock) -> None:
        self._threads = threading.local()
        self._clock = clock

    @property
    def now(self) -> Visit:
        """That request."""
        visit: Visit = self._threads.visit
        return visit

    @property
    def late(self) -> bool:
        """Whether the request has had its time."""
        return self._clock.monotonic() > self.now.until

    @contextmanager
    def begin(self, visit: Visit) -> Iterator[Visit]:
        """Work on a request until the block ends."""
        self._threads.visit = visit
        visit.until = self._clock.monotonic() + MOST_SECONDS
        try:
            yield visit
        finally:
            del self._threads.visit
