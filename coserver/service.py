"""The composition root: from a configuration to a house that serves, and back to rest.

The only place where objects are wired. Invariants: nothing listens before the store is open and
nothing is closed before the edges are at rest; a stop ends within five seconds, and whatever was
acknowledged before it is durable; SIGHUP touches no connection.
"""

import asyncio
import gc
import logging
import os
import resource
import signal
import threading
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IProtocolFactory
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from coserver.accounts import held_letters, space_letters
from coserver.accounts.house import House
from coserver.accounts.opening import open_store
from coserver.accounts.upkeep import upkeep, upkeep_of_domains
from coserver.auth.login import Login
from coserver.auth.passwords import Hasher
from coserver.auth.throttle import Throttle
from coserver.clock import Clock, SystemClock
from coserver.config import Config
from coserver.dav import door as dav_door
from coserver.imap.protocol.factory import ImapFactory
from coserver.log import event, failure
from coserver.model.errors import Unusable
from coserver.net import control, listeners, reactor, status
from coserver.net.bell import Bell
from coserver.net.call import reachable
from coserver.net.certificates import CertificateError
from coserver.net.entry import Entry
from coserver.net.http.site import Site
from coserver.net.kit import Kit
from coserver.net.limits import Limits
from coserver.net.metrics import Metrics
from coserver.net.names import Resolver
from coserver.net.pool import Pool
from coserver.net.submission import Submission
from coserver.net.tls import CertificateStore
from coserver.operator.desk import operate
from coserver.smtp import server as smtp
from coserver.smtp.copier import Copier
from coserver.smtp.sender import Sender
from coserver.smtp.server import SmtpPorts
from coserver.smtp.submitting import Submitter
from coserver.store.housekeeping import keep_house
from coserver.web.api import door as api_door
from coserver.web.door import WebDoor

log = logging.getLogger(__name__)

_STOP_SECONDS = 4.5
_REST_SECONDS = 3.5  # of them, for the edges to come to rest
_SETTLE_SECONDS = 2.0
_KEEP_HOUSE_SECONDS = 600
_UPKEEP_SECONDS = 900
_LETTERS_SECONDS = 300


class Service:
    """One house in one process.

    Args:
        config: all settings.
        loop: the reactor it lives on.
        clock: tells the time.

    Raises:
        Locked: another process serves the folder.
        Unusable: the folder cannot be written, a newer version made it, a certificate is bad.
    """

    def __init__(self, config: Config, loop: AsyncioSelectorReactor, *, clock: Clock | None = None) -> None:
        self._reactor = loop
        self._chores = Pool(loop, 2, queue=100, name="chores")
        self._outward = Pool(loop, 2, queue=20, name="outward")
        self._hashing = Pool(loop, config.pool.hash_threads, queue=config.pool.hash_queue, name="hashing")
        self._ports: list[IListeningPort] = []
        self._ends: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._timers: list[LoopingCall] = []
        self._ipv6 = listeners.has_ipv6()
        self.stopping = False
        self.kit = self._assemble(config, clock or SystemClock())
        self._copier = Copier(self.kit)
        self._submitter = Submitter(self.kit, self._copier.wake)

    def _assemble(self, config: Config, clock: Clock) -> Kit:
        store = open_store(config.data, clock=clock)
        try:
            certificates = CertificateStore(config.data / config.tls.folder, certificate_names(config), clock)
        except (CertificateError, OSError) as error:
            store.close()
            raise Unusable(str(error)) from error
        metrics = Metrics()
        hasher = Hasher(config.pool.hash_threads, queue=config.pool.hash_queue)
        throttle = Throttle(clock)
        self._house = House(
            store, hasher, plan=config.server.plan, life=config.accounts, asks=Resolver(config.dns).ask, config=config,
            throttle=throttle,
        )  # fmt: skip
        login = Login(store, hasher, throttle=throttle)
        pool = Pool(self._reactor, config.pool.threads, queue=config.pool.queue)
        metrics.watch("pool_calls", "Calls into the core that run or wait", lambda: pool.taken)
        metrics.watch("hashing_calls", "Passwords that are verified or wait for it", lambda: self._hashing.taken)
        return Kit(
            config=config,
            clock=clock,
            store=store,
            login=login,
            pool=pool,
            entry=Entry(login, self._reactor, pool=pool, hashing=self._hashing, metrics=metrics),
            bell=Bell(self._reactor),
            limits=Limits(config.limits, metrics),
            certificates=certificates,
            metrics=metrics,
        )

    # ------------------------------------------------------------ start

    async def start(self) -> None:
        """Open every port.

        Raises:
            Unusable: one of them cannot be opened; `stop` closes the others.
        """
        for pool in (self.kit.pool, self._hashing, self._chores, self._outward):
            pool.start()
        self.kit.store.subscribe(self.kit.bell.ring)
        try:
            self._start_status()
            self._start_web()
            self._start_imap()
            await self._start_mail()
            self._start_control()
        except (OSError, CannotListenError) as error:  # a Unix socket; ports have told what to do already
            raise Unusable(f"A listener cannot be opened: {error}.") from error
        self._every(_KEEP_HOUSE_SECONDS, lambda: self._chores.run(keep_house, self.kit.store))
        self._every(_UPKEEP_SECONDS, lambda: self._chores.run(upkeep, self._house), at_once=True)
        self._every(_UPKEEP_SECONDS, lambda: self._chores.run(upkeep_of_domains, self._house), at_once=True)
        self._every(_LETTERS_SECONDS, lambda: self._chores.run(space_letters.round_, self._house))
        self._every(_LETTERS_SECONDS, lambda: self._chores.run(held_letters.round_, self._house))
        config = self.kit.config
        host, listen = config.server.name, " ".join(config.server.listen)
        event(log, "started", data=config.data, pid=os.getpid(), host=host, listen=listen, ports=_open_ports(config))

    def _start_status(self) -> None:
        site = status.make_site(self.kit.metrics, self._probe, self._reactor)
        for address in listeners.loopback(self.kit.config.server.listen):
            self._listen(address, self.kit.config.ports.status, site)

    def _start_web(self) -> None:
        portal = WebDoor(self.kit, self._house, reactor=self._reactor, submit=self._submit, outward=self._outward)
        api = api_door.make_door(self.kit, self._house, outward=self._outward)
        site = Site(self.kit, (dav_door.make_door(self.kit), api, portal))
        for address, port in self._places(self.kit.config.ports.https, tls=True):
            self._listen(address, port, self.kit.certificates.twisted_factory(site))
        for address in listeners.loopback(self.kit.config.server.listen):
            self._listen(address, self.kit.config.ports.http, site)

    def _start_imap(self) -> None:
        ports = self.kit.config.ports
        clear = ImapFactory(self.kit, implicit_tls=False, clock=self._reactor)
        inside = ImapFactory(self.kit, implicit_tls=True, clock=self._reactor)
        for address, port in self._places(ports.imap):
            self._listen(address, port, clear)
        for address, port in self._places(ports.imaps, tls=True):
            self._listen(address, port, self.kit.certificates.twisted_factory(inside))
        self._ends += [clear.stop, inside.stop]

    def _submit(self, wanted: Submission) -> "Deferred[None]":
        """Send what another edge was given to send."""
        return Deferred.fromFuture(asyncio.ensure_future(self._submitter.submit(wanted)))

    async def _start_mail(self) -> None:
        sender, copier = Sender(self.kit), self._copier
        config = self.kit.config
        ports = SmtpPorts(
            relay=self._places(config.ports.smtp),
            submission=self._places(config.ports.submission),
            submissions=self._places(config.ports.submissions, tls=True),
            lmtp=self._lmtp_places(),
        )
        for place in (*ports.relay, *ports.submission, *ports.submissions, *ports.lmtp):
            if isinstance(place, tuple):
                listeners.bind(*place).close()  # asyncio's own error would not say what to do
        running = await smtp.start(self.kit, ports, copy=copier.wake)
        sender.start()
        self.kit.store.subscribe(sender.hear)
        copier.start()
        self._ends += [running.stop, sender.stop, copier.stop]

    def _places(self, port: int, *, tls: bool = False) -> tuple[tuple[str, int], ...]:
        server = self.kit.config.server
        wanted = listeners.distinct((*server.listen, *server.listen_tls) if tls else server.listen)
        return tuple((one, port) for one in wanted if ":" not in one or self._ipv6) if port else ()

    def _lmtp_places(self) -> tuple[tuple[str, int] | Path, ...]:
        config = self.kit.config
        inside = tuple((one, config.ports.lmtp) for one in listeners.loopback(config.server.listen))
        named = config.ports.lmtp_socket
        sockets = (Path(reachable(config.data / named)),) if named else ()
        return (*(inside if config.ports.lmtp else ()), *sockets)

    def _start_control(self) -> None:
        operators = control.Control(self._chores.run, partial(operate, self._house))
        self._ports.append(control.listen(self._reactor, self.kit.config.data, operators))

    def _listen(self, address: str, port: int, factory: IProtocolFactory) -> None:
        if port:
            self._ports.append(listeners.listen(self._reactor, listeners.bind(address, port), factory))

    def _every(self, seconds: float, deed: Callable[[], "Deferred[Any]"], *, at_once: bool = False) -> None:
        timer = LoopingCall(lambda: deed().addErrback(_chore_failed))
        timer.clock = self._reactor
        timer.start(seconds, now=at_once).addErrback(_chore_failed)
        self._timers.append(timer)

    def _probe(self) -> "Deferred[None]":
        """Fails when the house should get no work."""
        return self.kit.pool.run(self._look)

    def _look(self) -> None:
        if self.stopping:
            raise Unusable("The server is stopping.")
        with self.kit.store.read():
            return

    # ------------------------------------------------------------ life and end

    def reload(self) -> None:
        """Read the certificates again, for connections to come."""
        self.kit.certificates.reload()

    async def stop(self) -> None:
        """Accept nothing more, let the edges come to rest, close the store."""
        self.stopping = True
        event(log, "stopping")
        for timer in self._timers:
            if timer.running:
                timer.stop()
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(maybeDeferred(port.stopListening).asFuture(loop) for port in self._ports))
        ends = [loop.create_task(end()) for end in (self._settled, *self._ends)]
        await asyncio.wait(ends, timeout=_REST_SECONDS)
        for pool in (self._outward, self._chores, self._hashing, self.kit.pool):
            await asyncio.to_thread(pool.stop)
        await asyncio.to_thread(self.kit.store.close)
        event(log, "stopped")

    async def _settled(self) -> None:
        """Wait a little until no request is worked on, and its answer is on the wire."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _SETTLE_SECONDS
        while self.kit.pool.taken and loop.time() < until:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.05)


def certificate_names(config: Config) -> list[str]:
    """What the self-signed certificate is for: its own name, the domain, and where it listens."""
    server = config.server
    addresses = [one for one in (*server.listen, *server.listen_tls) if one not in ("0.0.0.0", "::")]  # noqa: S104
    names = [server.name, server.domain, f"mail.{server.domain}", "localhost", *addresses, *config.tls.names]
    return list(dict.fromkeys(names))


def _open_ports(config: Config) -> str:
    """Which service is on which port, for whoever starts the server."""
    return ", ".join(f"{name} {port}" for name, port in asdict(config.ports).items() if isinstance(port, int) and port)


def _chore_failed(failed: Failure) -> None:
    failure(log, "chore-failed", failed.value or RuntimeError("no reason"))


def run(config: Config, *, began: Callable[[Service], None]) -> None:
    """Serve until SIGTERM or SIGINT; `began` is called when every listener answers.

    Raises:
        Locked, Unusable: it could not begin; the text says what to do.
    """
    loop = reactor.install()
    _allow_many_files()
    service = Service(config, loop)
    errors: list[BaseException] = []

    async def begin() -> None:
        try:
            await service.start()
            began(service)
        except BaseException as error:
            errors.append(error)
            loop.stop()

    def end() -> "Deferred[None]":
        _end_in_time()
        return Deferred.fromFuture(asyncio.ensure_future(service.stop()))

    loop.callWhenRunning(lambda: asyncio.ensure_future(begin()))
    loop.addSystemEventTrigger("before", "shutdown", end)
    signal.signal(signal.SIGHUP, lambda *_: loop.callFromThread(service.reload))
    gc.freeze()  # what is here now stays: no need to look at it again and again
    loop.run()
    if errors:
        raise errors[0]


def _allow_many_files() -> None:
    """As many open files as the system lets us have: every connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _end_in_time() -> None:
    """What hangs is left hanging: all that was acknowledged is durable anyhow."""

    def give_up() -> None:
        event(log, "stop-forced", level=logging.ERROR, after=_STOP_SECONDS)
        os._exit(1)

    watchdog = threading.Timer(_STOP_SECONDS, give_up)
    watchdog.daemon = True
    watchdog.start()
