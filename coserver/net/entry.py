"""The one way by which edges log someone in.

Invariants: waiting (throttling) holds a timer and never a thread; verifying runs in a small pool of
its own, so that a flood of logins leaves the readers free; the same attempt made many times at once
(a DAV client's parallel requests) is verified once.
"""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Generator
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from coserver.auth.login import Login
from coserver.log import event
from coserver.model.act import Actor, Way
from coserver.model.errors import Busy, HouseError, Unknown
from coserver.model.plan import Feature
from coserver.model.principal import Who
from coserver.net.metrics import Metrics
from coserver.net.pool import Pool

log = logging.getLogger(__name__)


class Entry:
    """Logs accounts in, for every edge alike.

    Args:
        login: who knows names, passwords and past failures.
        reactor: whose timers throttled attempts wait on.
        pool: threads for the look at what was verified before.
        hashing: the few threads that verify passwords.
        metrics: counts outcomes.
    """

    def __init__(self, login: Login, reactor: IReactorTime, *, pool: Pool, hashing: Pool, metrics: Metrics) -> None:
        self._login = login
        self._reactor = reactor
        self._pool = pool
        self._hashing = hashing
        self._metrics = metrics
        self._key = secrets.token_bytes(32)
        self._running: dict[bytes, list[Deferred[Who]]] = {}

    def login(self, name: str, password: str, *, service: Feature | None, peer: str) -> "Deferred[Who]":
        """Who this is, as soon as it is known; `peer` is the address the attempt comes from, no service is the portal.

        Fails with Unknown (name or password), NotInPlan (the plan lacks the service), Denied (the
        app password is not for it, the account is suspended) or Busy (too many attempts).
        """
        waiter: Deferred[Who] = Deferred()
        attempt = self._attempt(name, password, service or "", peer)
        waiting = self._running.get(attempt)
        if waiting is not None:
            waiting.append(waiter)
            return waiter
        self._running[attempt] = [waiter]
        self._verify(name, password, service, peer).addBoth(
            self._told, attempt, name, Actor(None, "", _way(service), peer)
        )
        return waiter

    @inlineCallbacks
    def _verify(
        self, name: str, password: str, service: Feature | None, peer: str
    ) -> "Generator[Deferred[Any], Any, Who]":
        look = partial(self._look, name, password, service=service, peer=peer)
        found: Who | float = yield self._pool.run(look)
        if isinstance(found, Who):
            return found
        if found > 0:
            yield deferLater(self._reactor, found)
        who: Who = yield self._hashing.run(self._login.check, name, password, service=service, peer=peer)
        return who

    def _look(self, name: str, password: str, *, service: Feature | None, peer: str) -> Who | float:
        """On a thread: who this is if it was verified lately, else the seconds to wait before verifying."""
        known = self._login.recall(name, password, service=service)
        return known if known is not None else self._login.delay(name, peer=peer)

    def _told(self, result: "Who | Failure", attempt: bytes, name: str, stranger: Actor) -> None:
        outcome = _outcome(result)
        service, peer = str(stranger.way), stranger.peer
        self._metrics.logins.labels(service, outcome).inc()
        if isinstance(result, Who):
            self._login.visits.came(actor(result, peer))
        elif isinstance(result.value, HouseError):
            fields = {**result.value.private, "service": service, "peer": peer, "outcome": outcome}
            event(log, "login-failed", level=logging.WARNING, **fields)
            if isinstance(result.value, Unknown):
                self._login.visits.refused(name, stranger)
        for waiter in self._running.pop(attempt):
            if not waiter.called:
                waiter.callback(result)  # a Failure makes it fail

    def _attempt(self, *parts: str) -> bytes:
        told = b"".join(len(part).to_bytes(4, "big") + part.encode("utf-8", "surrogateescape") for part in parts)
        return hmac.digest(self._key, told, hashlib.sha256)


def actor(who: Who, peer: str) -> Actor:
    """The one who acts in a conversation, as the journal names him."""
    return Actor(who.account, who.login, _way(who.service), peer)


def _way(service: Feature | None) -> Way:
    return Way.WEB if service is None else Way(service.value)


def _outcome(result: object) -> str:
    if not isinstance(result, Failure):
        return "ok"
    if isinstance(result.value, Unknown):
        return "unknown"
    if isinstance(result.value, Busy):
        return "busy"
    return "refused" if isinstance(result.value, HouseError) else "fault"
