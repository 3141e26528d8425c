"""The door of DAV: which service a path belongs to, and who may use it.

Invariants: nobody gets past without a login, but for what tells clients where to go (OPTIONS, discovery); a
password is taken over TLS only, or from this machine where the configuration says so; every request is logged
in anew, so that a suspension or a lost feature counts at the next one.
"""

from functools import partial
from urllib.parse import quote

from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure

from coserver.dav import basic, drive, replies, targets, wsgi_call
from coserver.dav.asked import Asked
from coserver.dav.radicale_app.application import make_calendar_app
from coserver.dav.wsgi_call import Application
from coserver.model.errors import Denied, HouseError, Malformed, NotInPlan, Unknown
from coserver.model.plan import Feature
from coserver.model.principal import Who
from coserver.net.entry import actor
from coserver.net.http.bodies import Collected
from coserver.net.http.replies import Reply, plain
from coserver.net.http.request import Door, Request, Sink
from coserver.net.kit import Kit
from coserver.net.limits import is_loopback
from coserver.store import acting

CALENDARS = "/dav"
_DISCOVERY = ("/.well-known/caldav", "/.well-known/carddav")  # RFC 6764 5
_BROWSERS = (b"GET", b"HEAD", b"POST")  # what they ask with; whatever else is asked of the root is a matter of DAV
_ROOT = """\
<?xml version="1.0" encoding="utf-8"?>
<D:multistatus xmlns:D="DAV:">{entries}</D:multistatus>
"""
_ENTRY = """\
<D:response><D:href>{path}</D:href><D:propstat><D:prop><D:resourcetype><D:collection/></D:resourcetype>\
<D:displayname>{name}</D:displayname>\
<D:current-user-principal><D:href>{principal}</D:href></D:current-user-principal>\
</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"""


class DavDoor(Door):
    """Calendars and contacts below /dav/, the drive below /drive/, and what leads there.

    Args:
        kit: the parts of the house.
        calendars: the WSGI application of calendars and contacts.
    """

    name = "dav"

    def __init__(self, kit: Kit, calendars: Application) -> None:
        self.kit = kit
        self._calendars = calendars

    def opens(self, request: Request) -> bool:
        """Whether a request is one of DAV."""
        path = _path(request)
        mine = _under(path, CALENDARS) or _under(path, targets.DRIVE) or path.rstrip("/") in _DISCOVERY
        return mine or (path in ("*", "/") and request.method not in _BROWSERS)

    def admit(self, request: Request) -> "Deferred[Sink]":
        """Decide about a request."""
        path = _path(request)
        open_reply = self._open(request, path)
        if open_reply is not None:
            return succeed(Collected(request, self.kit.config.dav.max_xml_bytes, lambda _: request.answer(open_reply)))
        try:
            services = _services(path)
            found = self._credentials(request)
        except HouseError as error:
            return fail(error)
        return self._login(found, services, request).addCallback(self._let_in, request)

    def refusal(self, request: Request, error: HouseError) -> Reply:
        """An error in the words of DAV."""
        return replies.refusal(error, href=request.path.decode("latin-1"))

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
            text = "Nothing can be put here. The drive is at /drive/."
            return plain(405, text, headers=(("Allow", "OPTIONS, GET, HEAD, PROPFIND"),))
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


def _path(request: Request) -> str:
    return targets.path_of(request.uri.decode("latin-1"))


def _root(asked: Asked) -> Reply:
    """The root for clients: who they are (RFC 5397), and the two folders for those that look at every parent."""
    names = [("/", "coserver")]
    if asked.header("Depth") == "1":
        names += [(f"{CALENDARS}/", "dav"), (f"{targets.DRIVE}/", "drive")]
    principal = f"{CALENDARS}/{quote(asked.who.login)}/"
    entries = "".join(_ENTRY.format(path=path, name=name, principal=principal) for path, name in names)
    return Reply(207, (("Content-Type", replies.XML),), _ROOT.format(entries=entries).encode())


def make_door(kit: Kit) -> DavDoor:
    """The door of a house, with its calendars and contacts."""
    return DavDoor(kit, make_calendar_app(kit))
