"""One request on its way through Radicale's code: who asks, and what its storage must know of it.

Invariant: a request runs on one thread from its first to its last line; what is said of it here is
forgotten with it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from coserver.model.ids import PrincipalId
from coserver.pim.books import Visitor


@dataclass(slots=True)
class Visit:
    """A request.

    `data` tells whether answers hold the objects themselves or just their ETags; `between` narrows a
    query (kind, start, end in seconds since 1970) beyond what Radicale passes on; `busy` tells that
    the answer is made from the parsed form, which is worth keeping then; `limit` is the most
    changes wanted, and `cut` becomes True when there were more (RFC 6578 3.6).
    """

    visitor: Visitor
    login: str
    data: bool = True
    between: tuple[str | None, int, int] | None = None
    busy: bool = False
    limit: int | None = None
    cut: bool = field(default=False)

    @property
    def account(self) -> PrincipalId:
        """Who asks."""
        return self.visitor.account


class Visits:
    """The request that the present thread works on."""

    def __init__(self) -> None:
        self._threads = threading.local()

    @property
    def now(self) -> Visit:
        """That request."""
        visit: Visit = self._threads.visit
        return visit

    @contextmanager
    def begin(self, visit: Visit) -> Iterator[Visit]:
        """Work on a request until the block ends."""
        self._threads.visit = visit
        try:
            yield visit
        finally:
            del self._threads.visit
