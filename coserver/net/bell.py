"""From a durable commit to every waiting session that it concerns, in this process.

Invariants: listeners are called on the reactor's thread only, at most once a notice, in the order
of the commits; a notice is a hint, so a listener always looks into the store for what happened.
"""

import logging
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar

from twisted.internet.interfaces import IReactorFromThreads

from coserver.log import failure
from coserver.model.change import Notice
from coserver.model.ids import PrincipalId, SpaceId

log = logging.getLogger(__name__)

Listener = Callable[[Notice], None]
_K = TypeVar("_K")


@dataclass(eq=False, slots=True)
class _Waiting:
    callback: Listener
    spaces: frozenset[SpaceId]
    principals: frozenset[PrincipalId]


class Bell:
    """Tells listeners of the spaces and principals they asked for.

    `ring` is given to `Store.subscribe`: it may be called on any thread.
    """

    def __init__(self, reactor: IReactorFromThreads) -> None:
        self._reactor = reactor
        self._by_space: dict[SpaceId, set[_Waiting]] = {}
        self._by_principal: dict[PrincipalId, set[_Waiting]] = {}
        self._lock = Lock()
        self._notices: deque[Notice] = deque()

    def listen(
        self,
        callback: Listener,
        *,
        spaces: Collection[SpaceId] = (),
        account: PrincipalId | None = None,
        groups: Collection[PrincipalId] = (),
    ) -> Callable[[], None]:
        """Call `callback` with every notice about one of `spaces`, about `account` or one of `groups`.

        Gives the deed that ends it; doing that twice is harmless. On the reactor's thread only.
        """
        principals = frozenset(groups) | ({account} if account is not None else frozenset())
        waiting = _Waiting(callback, frozenset(spaces), principals)
        for space in waiting.spaces:
            self._by_space.setdefault(space, set()).add(waiting)
        for principal in principals:
            self._by_principal.setdefault(principal, set()).add(waiting)
        return lambda: self._forget(waiting)

    def ring(self, notice: Notice) -> None:
        """Pass a notice on to the reactor's thread."""
        with self._lock:
            self._notices.append(notice)
            first = len(self._notices) == 1
        if first:  # one wake-up for all notices of a group commit
            self._reactor.callFromThread(self._tell)

    def _tell(self) -> None:
        with self._lock:
            notices, self._notices = self._notices, deque()
        for notice in notices:
            for waiting in self._concerned(notice):
                self._call(waiting, notice)

    def _concerned(self, notice: Notice) -> list[_Waiting]:
        found: set[_Waiting] = set()
        if notice.space is not None:
            found.update(self._by_space.get(notice.space, ()))
        for principal in notice.principals:
            found.update(self._by_principal.get(principal, ()))
        return list(found)

    def _call(self, waiting: _Waiting, notice: Notice) -> None:
        try:
            waiting.callback(notice)
        except Exception as error:
            failure(log, "listener-failed", error)

    def _forget(self, waiting: _Waiting) -> None:
        for space in waiting.spaces:
            _discard(self._by_space, space, waiting)
        for principal in waiting.principals:
            _discard(self._by_principal, principal, waiting)


def _discard(table: dict[_K, set[_Waiting]], key: _K, waiting: _Waiting) -> None:
    listeners = table.get(key)
    if listeners is not None:
        listeners.discard(waiting)
        if not listeners:
            del table[key]
