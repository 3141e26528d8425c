"""Log-ins as acts: who came in, and who was refused at whose door.

Invariants: one row an hour for an account, service and peer, whether it came in or was refused; at most
`MOST_REFUSED` refusals an hour for one account, so that a flood of guesses cannot push everything else out
of its journal. What was noted lately is remembered here, so that a request that is logged in anew costs a
look into a dictionary; the journal itself decides, also after a restart. Nothing typed is kept but a login
that there is. A conversation that goes on for days is use of the account as well, and no log-in (S9).
"""

import logging
import threading
from collections import OrderedDict
from concurrent.futures import Future
from contextlib import suppress

from coserver.auth import standing
from coserver.clock import milliseconds
from coserver.log import event
from coserver.model.act import ActKind, Actor
from coserver.model.errors import Busy
from coserver.model.ids import PrincipalId
from coserver.store import acting, journal, spaces
from coserver.store.engine import Store
from coserver.store.tx import Tx

log = logging.getLogger(__name__)

HOUR = 3_600_000  # milliseconds
DAY = 24 * HOUR
MOST_REFUSED = 10
_REMEMBERED = 10_000


class Visits:
    """Notes log-ins in the journals of the accounts concerned; after the answer, and on the writer's time.

    Args:
        store: where the journals are.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._noted: OrderedDict[tuple[str, ...], int] = OrderedDict()
        self._lock = threading.Lock()

    def came(self, actor: Actor) -> None:
        """Note that an account logged in."""
        if self._is_due("in", actor):
            self._submit(ActKind.LOGGED_IN, actor)

    def refused(self, name: str, actor: Actor) -> None:
        """Note a wrong password under a name; where that is of no account there is nowhere to note it.

        `actor` tells way and peer, and is nobody: whoever it was, he has not shown that he is the account.
        """
        name = standing.normal(name[: standing.LONGEST_NAME])
        if self._is_due(f"out {name}", actor):
            self._submit(ActKind.REFUSED, actor, name)

    def goes_on(self, account: PrincipalId) -> None:
        """Note that a conversation that logged in before is still used: once a day (S9)."""
        if not self._is_new(("on", str(account)), DAY):
            return

        def job(tx: Tx) -> None:
            found = standing.get(tx, account)
            if found is not None and tx.now - found.used >= DAY:
                standing.stamp(tx, account)

        with suppress(Busy):
            self._store.submit(job).add_done_callback(_written)

    def _is_due(self, what: str, actor: Actor) -> bool:
        return self._is_new((what, actor.login, str(actor.way), actor.peer), HOUR)

    def _is_new(self, key: tuple[str, ...], span: int) -> bool:
        """Whether it was not noted in so many milliseconds before; it counts as noted then."""
        now = milliseconds(self._store.clock)
        with self._lock:
            last = self._noted.get(key)
            if last is not None and 0 <= now - last < span:
                return False
            self._noted[key] = now
            self._noted.move_to_end(key)
            if len(self._noted) > _REMEMBERED:
                self._noted.popitem(last=False)
            return True

    def _submit(self, kind: ActKind, actor: Actor, name: str = "") -> None:
        def job(tx: Tx) -> None:
            found = standing.find(tx, name) if name else standing.get(tx, actor.account or PrincipalId(0))
            if found is None:
                return  # nobody of ours, or erased meanwhile
            space = spaces.of(tx, found.account).id
            latest = journal.lately(tx, space, kind, since=tx.now - HOUR)
            crowded = kind is ActKind.REFUSED and len(latest) >= MOST_REFUSED
            if not crowded and (str(actor.way), actor.peer) not in latest:
                journal.record(tx, space, kind)

        with acting.by(actor), suppress(Busy):  # the store is closing: the login ends with it
            self._store.submit(job).add_done_callback(_written)


def _written(done: "Future[None]") -> None:
    error = done.exception()
    if error is not None:
        event(log, "login-not-noted", error=type(error).__name__)
