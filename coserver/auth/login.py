"""Who is it: the one place where a name and a password become an account.

Invariants: the account's row (state, epoch, features of its plan) is read at every attempt, remembered
or not, so suspension, a changed password, a revoked app password and a lost feature count at once;
an unknown name takes the time and gets the words of a wrong password; nothing typed is logged.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field

from coserver.auth import credentials, peers, second, standing
from coserver.auth.passwords import Hasher
from coserver.auth.standing import Standing
from coserver.auth.throttle import Attempt, Throttle, address_key
from coserver.auth.verified import Verified
from coserver.auth.visits import Visits
from coserver.log import event
from coserver.model.errors import Denied, NotInPlan, Unknown
from coserver.model.plan import Feature
from coserver.model.principal import State, Who
from coserver.store.engine import Store
from coserver.store.tx import Tx

log = logging.getLogger(__name__)

_HOUR = 3_600_000  # milliseconds
_WRONG = "The login or the password is wrong."
_NOT_SERVED = {  # told to him alone who knows the password
    State.PENDING: "This account is not confirmed yet: use the code that was mailed to you, or sign up again.",
    State.SUSPENDED: "This account is suspended: please contact the administrator.",
    State.LAPSED: "This account is suspended since it was not used for long: recover it by mail.",
    State.CLOSED: "This account is closed: please contact the administrator if it is to be restored.",
}
_OPENS = {
    Feature.IMAP: "reading mail with a mail program (IMAP)",
    Feature.SMTP: "sending mail with a mail program (SMTP)",
    Feature.CALDAV: "calendars in other apps (CalDAV)",
    Feature.CARDDAV: "contacts in other apps (CardDAV)",
    Feature.WEBDAV: "the drive in other apps (WebDAV)",
}


@dataclass(frozen=True, slots=True)
class _Proof:
    """A credential that fitted: `services` empty means all, `app` is None for the password itself.

    `second`: the account has a second factor.
    """

    services: frozenset[Feature] = frozenset()
    app: int | None = None
    app_used: int = 0
    second: bool = False


@dataclass(slots=True)
class _Flight:
    lock: threading.Lock = field(default_factory=threading.Lock)
    waiting: int = 0


class Login:
    """Verifies logins for all protocols alike; its methods block and may be called on any thread.

    Args:
        store: where accounts and credentials are.
        hasher: verifies passwords, a few at a time.
        throttle: counts failures; made here unless a test brings its own.
    """

    def __init__(self, store: Store, hasher: Hasher, *, throttle: Throttle | None = None) -> None:
        self._store = store
        self._hasher = hasher
        self._throttle = Throttle(store.clock) if throttle is None else throttle
        self._verified = Verified(store.clock)
        self.visits = Visits(store)
        self._flights: dict[bytes, _Flight] = {}
        self._lock = threading.Lock()

    def recall(self, name: str, password: str, *, service: Feature | None) -> Who | None:
        """Who this is if the same was verified lately; None says nothing about the password.

        Raises:
            NotInPlan: it was verified, and the plan does not open the service any more.
        """
        with self._store.read() as tx:
            found = standing.find(tx, name)
        if found is None or found.state is not State.ACTIVE:
            return None
        opened = self._verified.services(self._verified.key(found.account, found.epoch, password, service))
        if opened is None:
            return None
        need_feature(found.plan.features, service)
        return Who(found.account, found.login, service, found.epoch, opened)

    def delay(self, name: str, *, peer: str) -> float:
        """Seconds to wait before `check` is called for this name from this address.

        Raises:
            Busy: too many failures; the text says when to come back.
        """
        with self._store.read() as tx:
            return self._throttle.delay(self._attempt(tx, name, standing.find(tx, name), peer))

    def check(self, name: str, password: str, *, service: Feature | None, peer: str) -> Who:
        """Who this is. The caller has waited for `delay` before.

        Raises:
            Unknown: name or password are wrong, never told apart.
            Denied: the account is not in force, or the app password is for other services.
            NotInPlan: the subscription does not open the service (R30).
            Busy: too many failures, or too many logins at the moment.
        """
        with self._store.read() as tx:
            found = standing.find(tx, name)
            attempt = self._attempt(tx, name, found, peer)
        if found is None:
            self._throttle.delay(attempt)
            self._hasher.verify(password, None)
            raise self._refused(attempt, password)
        key = self._verified.key(found.account, found.epoch, password, service)
        with self._alone(key):
            opened = self._verified.services(key)
            if found.state is State.ACTIVE and opened is not None:
                need_feature(found.plan.features, service)
            else:
                self._throttle.delay(attempt)
                proof = self._prove(found, password, attempt)
                _admit(found, proof, service)
                self._stamp(found, proof, attempt)
                opened = proof.services
                self._verified.add(key, opened)
        self._throttle.succeeded(attempt)
        return Who(found.account, found.login, service, found.epoch, opened)

    def _prove(self, found: Standing, password: str, attempt: Attempt) -> _Proof:
        """The credential of the account that fits; Unknown, counted, if none does."""
        with self._store.read() as tx:
            app = credentials.match_app(tx, found.account, password)
            main = credentials.password(tx, found.account)
            second_factor = second.is_on(tx, found.account)
        if app is not None:
            return _Proof(app.services, app.id, app.used)
        verdict = self._hasher.verify(password, None if main is None else main[1])
        if not verdict.right or main is None:
            raise self._refused(attempt, password)
        if verdict.stale:
            which, old = main
            better = self._hasher.hash(password)
            self._later(lambda tx: credentials.rehash(tx, which, old=old, new=better))
        return _Proof(second=second_factor)

    def _stamp(self, found: Standing, proof: _Proof, attempt: Attempt) -> None:
        """Note the use of account, address and app password: once an hour or a day, after the answer."""
        address = address_key(attempt.peer)
        with self._store.read() as tx:
            fresh = tx.now - found.used >= _HOUR
            peer_due = peers.due(tx, found.account, address)
            app_due = proof.app is not None and tx.now - proof.app_used >= _HOUR
        if not (fresh or peer_due or app_due):
            return

        def job(tx: Tx) -> None:
            if standing.find(tx, found.login) is None:
                return  # deleted meanwhile
            if fresh:
                standing.stamp(tx, found.account)
            if peer_due:
                peers.stamp(tx, found.account, address)
            if app_due and proof.app is not None:
                credentials.stamp(tx, proof.app)

        self._later(job)

    def _later(self, job: Callable[[Tx], None]) -> None:
        """Write without making the login wait; that it could not be written is no reason to refuse it."""
        self._store.submit(job).add_done_callback(_written)

    def _attempt(self, tx: Tx, name: str, found: Standing | None, peer: str) -> Attempt:
        if found is None:
            return Attempt(name.strip().lower()[: standing.LONGEST_NAME], peer, known=False)
        return Attempt(found.login, peer, known=peers.known(tx, found.account, address_key(peer)))

    def _refused(self, attempt: Attempt, password: str) -> Unknown:
        self._throttle.failed(attempt, password)
        return Unknown(_WRONG, login=attempt.login, peer=attempt.peer)

    @contextmanager
    def _alone(self, key: bytes) -> Iterator[None]:
        """One at a time for the same name, password and service: the others find it verified."""
        with self._lock:
            flight = self._flights.setdefault(key, _Flight())
            flight.waiting += 1
        try:
            with flight.lock:
                yield
        finally:
            with self._lock:
                flight.waiting -= 1
                if not flight.waiting:
                    del self._flights[key]


def need_feature(features: frozenset[Feature], service: Feature | None) -> None:
    """NotInPlan, in the words of R30, unless the service is among the features; the portal always is."""
    if service is not None and service not in features:
        raise NotInPlan(
            f"Your subscription does not include {_OPENS[service]}. Please choose a plan that does.", service=service
        )


def need_in_force(found: Standing) -> None:
    """Denied, with what to do, for an account that is not served; for him alone who has shown that it is his."""
    if found.state is not State.ACTIVE:
        raise Denied(_NOT_SERVED[found.state], login=found.login, state=found.state)


def _admit(found: Standing, proof: _Proof, service: Feature | None) -> None:
    """Denied or NotInPlan unless the account may use this service by this credential."""
    need_in_force(found)
    need_feature(found.plan.features, service)
    if service is None:
        if proof.app is not None:
            raise Denied("App passwords are for programs: please log in with the password of the account.")
        return
    if proof.second:
        raise Denied("This account has a second factor: programs need an app password. Make one in the portal.")
    if proof.services and service not in proof.services:
        raise Denied(
            f"This app password is not for {_OPENS[service]}: make one that is.", login=found.login, app=proof.app
        )


def _written(done: "Future[None]") -> None:
    error = done.exception()
    if error is not None:
        event(log, "login-stamp-failed", error=type(error).__name__)
