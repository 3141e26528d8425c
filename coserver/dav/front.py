"""The HTTP front: which service a path belongs to, who may use it, and over which connections.

Invariants: nobody gets past without a login, but for what tells clients where to go (the page at `/`,
OPTIONS, discovery) and the page of a token (`leaving`); a password is taken over TLS only, or from this
machine where the configuration says so; every request is logged in anew, so that a suspension or a
lost feature counts at the next one.
"""

import logging
from functools import partial
from typing import Any
from urllib.parse import quote

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IAddress, IReactorTime, ISSLTransport
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.web import http, server
from twisted.web.resource import Resource

from coserver.dav import basic, drive, leaving, replies, targets, wsgi_call
from coserver.dav.asked import Asked
from coserver.dav.bodies import Collected
from coserver.dav.replies import Reply, plain
from coserver.dav.request import Request, Sink
from coserver.dav.wsgi_call import Application
from coserver.log import begin_connection, event
from coserver.model.errors import Busy, Denied, HouseError, Malformed, NotInPlan, Unknown
from coserver.model.plan import Feature
from coserver.model.principal import Who
from coserver.net.entry import actor
from coserver.net.kit import Kit
from coserver.net.limits import Pace, is_loopback
from coserver.store import acting

log = logging.getLogger(__name__)

CALENDARS = "/dav"
_ASKS, _ASK_SECONDS = 30, 60.0  # of one address, where no login is needed
_DISCOVERY = ("/.well-known/caldav", "/.well-known/carddav")  # RFC 6764 5
_PAGE = """\
This is coserver, a groupware server. Open it with your own programs:

  calendars and contacts (CalDAV, CardDAV)   {base}/dav/
  documents (WebDAV, a network drive)        {base}/drive/

Mail is served by IMAP and SMTP on this machine. Log in with your address and password.
"""
_ROOT = """\
<?xml version="1.0" encoding="utf-8"?>
<D:multistatus xmlns:D="DAV:">{entries}</D:multistatus>
"""
_ENTRY = """\
<D:response><D:href>{path}</D:href><D:propstat><D:prop><D:resourcetype><D:collection/></D:resourcetype>\
<D:displayname>{name}</D:displayname>\
<D:current-user-principal><D:href>{principal}</D:href></D:current-user-principal>\
</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"""


_GONE = Failure(ConnectionDone())


class Channel(http.HTTPChannel):
    """A connection that was counted in, and is counted out at its end."""

    identity = ""

    def __init__(self) -> None:
        super().__init__()
        self.leave: Any = None

    def connectionMade(self) -> None:  # noqa: N802
        """Begin."""
        self.identity = begin_connection("dav")
        super().connectionMade()

    def connectionLost(self, reason: Failure = _GONE) -> None:  # noqa: N802
        """End."""
        super().connectionLost(reason)
        if self.leave is not None:
            self.leave()

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802
        """A header or the path is too long."""
        self._say(431, "The path or a header of the request is too long.")

    def _respondToBadRequestAndDisconnect(self) -> None:  # noqa: N802 (what Twisted calls for all bad syntax)
        self._say(400, "This is not a proper HTTP request, or its headers are too long.")

    def _say(self, status: int, text: str) -> None:
        body = f"{text}\n".encode()
        head = f"Content-Type: {replies.TEXT}\r\nContent-Length: {len(body)}\r\nConnection: close"
        transport: Any = self.transport
        transport.write(f"HTTP/1.1 {replies.line(status)}\r\n{head}\r\n\r\n".encode() + body)
        self.loseConnection()


class Turned(Protocol):
    """A connection beyond what its address may hold: told so, where that takes no TLS handshake, and ended."""

    def __init__(self, busy: Busy) -> None:
        self._busy = busy

    def connectionMade(self) -> None:  # noqa: N802
        """End before it begins."""
        transport: Any = self.transport
        if ISSLTransport.providedBy(transport):
            transport.abortConnection()
            return
        body = f"{self._busy.text}\n".encode()
        head = f"Content-Type: {replies.TEXT}\r\nContent-Length: {len(body)}\r\nConnection: close\r\nRetry-After: 30"
        transport.write(f"HTTP/1.1 {replies.line(503)}\r\n{head}\r\n\r\n".encode() + body)
        transport.loseConnection()


class Site(server.Site):
    """All of HTTP: calendars, contacts and the drive.

    Args:
        kit: the parts of the house.
        calendars: the WSGI application of calendars and contacts.
        reactor: for tests with a clock of their own.
    """

    protocol = Channel  # type: ignore[assignment]

    def __init__(self, kit: Kit, calendars: Application, *, reactor: IReactorTime | None = None) -> None:
        self.kit = kit
        self._calendars = calendars
        self.idle_seconds = float(kit.config.dav.idle_seconds)
        super().__init__(Resource(), timeout=self.idle_seconds, reactor=reactor)
        self.requestFactory = partial(Request, front=self)  # type: ignore[assignment]
        self.displayTracebacks = False
        self._pace = Pace(_ASKS, _ASK_SECONDS, now=self.seconds)

    def startFactory(self) -> None:  # noqa: N802
        """Nothing to start: no access log of Twisted's."""

    def stopFactory(self) -> None:  # noqa: N802
        """Nothing to stop."""

    def log(self, request: Any) -> None:
        """Requests are told as events."""
        event(
            log,
            "request",
            level=logging.DEBUG,
            verb=request.method,
            path=leaving.logged(request.path),
            status=request.code,
            bytes=request.sentLength,
        )

    def buildProtocol(self, addr: IAddress | None) -> Any:  # noqa: N802
        """A connection; one that is turned away where its address holds too many."""
        try:
            leave = self.kit.limits.enter("dav", str(getattr(addr, "host", "")))
        except Busy as busy:
            return Turned(busy)
        channel = super().buildProtocol(addr)
        channel.leave = leave
        return channel

    # ------------------------------------------------------------ the front of requests

    def admit(self, request: Request) -> "Deferred[Sink]":
        """Decide about a request whose headers are complete."""
        path = targets.path_of(request.uri.decode("latin-1"))
        open_reply = self._open(request, path)
        if open_reply is not None:
            return succeed(Collected(request, self.kit.config.dav.max_xml_bytes, lambda _: request.answer(open_reply)))
        if leaving.is_here(path):
            return succeed(leaving.sink(self.kit, request, path, pace=self._pace))
        try:
            services = _services(path)
            found = self._credentials(request)
        except HouseError as error:
            return fail(error)
        return self._login(found, services, request).addCallback(self._let_in, request)

    def seconds(self) -> float:
        """The reactor's time."""
        return float(self.reactor.seconds())

    def seen(self, verb: str, seconds: float) -> None:
        """Count a request that was answered."""
        self.kit.metrics.requests.labels("dav", verb).observe(seconds)

    def broke(self) -> None:
        """Count a fault of ours."""
        self.kit.metrics.faults.labels("dav").inc()

    # ------------------------------------------------------------ inside

    def _open(self, request: Request, path: str) -> Reply | None:
        """The answers that need no login."""
        if path.rstrip("/") in _DISCOVERY:
            text = f"Calendars and contacts are at {CALENDARS}/."
            return plain(301, text, headers=(("Location", f"{CALENDARS}/"),))
        method = request.method
        if method == b"OPTIONS" and (path in ("*", "/") or _under(path, targets.DRIVE)):
            return drive.options()
        if path == "/" and method != b"PROPFIND":
            return _page(request, method)
        return None

    def _credentials(self, request: Request) -> basic.Credentials:
        if not request.secure and not (self.kit.config.server.plaintext_on_loopback and is_loopback(request.peer)):
            raise Denied("Passwords are taken over TLS only. Please use https:// in the address of the server.")
        headers = request.requestHeaders.getRawHeaders(b"Authorization", [])
        if len(headers) > 1:
            raise Malformed("There are two Authorization headers.")
        found = basic.parse(headers[0].decode("latin-1") if headers else None)
        if found is None:
            raise Unknown("Please log in with your address and password.")
        return found

    def _login(self, found: basic.Credentials, services: tuple[Feature, ...], request: Request) -> "Deferred[Who]":
        first, *others = services
        entered = self.kit.entry.login(found.name, found.password, service=first, peer=request.peer)
        for other in others:  # either of them opens the path; what is behind it looks again
            entered.addErrback(self._try_other, found, other, request.peer)
        return entered

    def _try_other(self, reason: Failure, found: basic.Credentials, service: Feature, peer: str) -> "Deferred[Who]":
        reason.trap(NotInPlan, Denied)
        return self.kit.entry.login(found.name, found.password, service=service, peer=peer)

    def _let_in(self, who: Who, request: Request) -> "Sink | Deferred[Sink]":
        headers = _headers(request)
        asked = Asked(request.method.decode("latin-1"), request.uri.decode("latin-1"), headers, who, request.secure)
        if asked.path == "/":
            return Collected(request, self.kit.config.dav.max_xml_bytes, lambda _: request.answer(_root(asked)))
        if who.service is Feature.WEBDAV:
            return drive.sink(self.kit, request, asked)
        dav = self.kit.config.dav
        most = dav.max_resource_bytes if asked.method in ("PUT", "POST") else dav.max_xml_bytes
        return Collected(request, most, partial(self._call, request, asked))

    def _call(self, request: Request, asked: Asked, body: bytes) -> None:
        whole = Asked(asked.method, asked.target, asked.headers, asked.who, asked.secure, body)
        with acting.by(actor(asked.who, request.peer)):
            called = self.kit.pool.run(wsgi_call.run, self._calendars, whole, mount=CALENDARS, peer=request.peer)
        called.addCallbacks(request.answer, request.fail)


def _headers(request: Request) -> dict[str, str]:
    """All headers, names in lower case, several of one name joined by a comma."""
    return {
        name.decode("latin-1").lower(): ", ".join(value.decode("latin-1") for value in values)
        for name, values in request.requestHeaders.getAllRawHeaders()
    }


def _services(path: str) -> tuple[Feature, ...]:
    """What opens a path: one of these.

    Raises:
        Missing: nothing is served there.
    """
    if path == "/":
        return (Feature.CALDAV, Feature.CARDDAV, Feature.WEBDAV)
    if _under(path, targets.DRIVE):
        return (Feature.WEBDAV,)
    if _under(path, CALENDARS):
        return (Feature.CALDAV, Feature.CARDDAV)
    raise replies.nothing_here()


def _under(path: str, mount: str) -> bool:
    return path == mount or path.startswith(f"{mount}/")


def _page(request: Request, method: bytes) -> Reply:
    """The root of the server: a page for people."""
    if method in (b"GET", b"HEAD"):
        host = request.requestHeaders.getRawHeaders(b"Host", [b"localhost"])[0].decode("latin-1")
        base = f"{'https' if request.secure else 'http'}://{host}"
        return Reply(200, (("Content-Type", replies.TEXT),), _PAGE.format(base=base).encode())
    return plain(
        405, "Nothing can be put here. The drive is at /drive/.", headers=(("Allow", "OPTIONS, GET, HEAD, PROPFIND"),)
    )


def _root(asked: Asked) -> Reply:
    """The root for clients: who they are (RFC 5397), and the two folders for those that look at every parent."""
    names = [("/", "coserver")]
    if asked.header("Depth") == "1":
        names += [(f"{CALENDARS}/", "dav"), (f"{targets.DRIVE}/", "drive")]
    principal = f"{CALENDARS}/{quote(asked.who.login)}/"
    entries = "".join(_ENTRY.format(path=path, name=name, principal=principal) for path, name in names)
    return Reply(207, (("Content-Type", replies.XML),), _ROOT.format(entries=entries).encode())
