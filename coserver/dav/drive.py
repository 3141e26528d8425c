"""The drive: which part of this package answers which request under /drive/."""

from functools import partial

from twisted.internet.defer import Deferred

from coserver.dav import access, demands, native_get, native_put, propfind, replies, targets, wsgidav_app, xml_limits
from coserver.dav.asked import Asked
from coserver.documents import sharing
from coserver.documents.files import Admission
from coserver.documents.paths import Names
from coserver.net.entry import actor
from coserver.net.http.bodies import Collected
from coserver.net.http.replies import Reply, plain
from coserver.net.http.request import Request, Sink
from coserver.net.kit import Kit
from coserver.net.sending import Download, send
from coserver.store import acting
from coserver.store.engine import Store
from coserver.store.tx import Tx

# RFC 9110 10.2.1
ALLOWED = "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, MKCOL, COPY, MOVE, LOCK, UNLOCK, ACL"
CLASSES = "1, 2, 3"  # RFC 4918 18


def sink(kit: Kit, request: Request, asked: Asked) -> "Sink | Deferred[Sink]":
    """Where the body of a request goes, and so what becomes of it."""
    if asked.method == "PUT":
        return _upload(kit, request, asked)
    if asked.method in ("GET", "HEAD"):
        return Collected(request, 65_536, lambda _body: _download(kit, request, asked))
    return Collected(request, kit.config.dav.max_xml_bytes, partial(_small, kit, request, asked))


def answer(store: Store, asked: Asked) -> Reply:
    """The answer to a request whose body is in memory; blocking, on a pool thread.

    Raises:
        HouseError: the request is refused.
    """
    names = targets.names_of(asked.path)
    if asked.method == "PROPFIND":
        with store.read() as tx:
            return propfind.answer(tx, asked, names)
    if asked.method == "ACL":
        return _share(store, asked, names)
    if asked.method in wsgidav_app.METHODS:
        return wsgidav_app.answer(store, asked, names)
    return plain(405, f"{asked.method} is not served on the drive.", headers=(("Allow", ALLOWED),))


def _share(store: Store, asked: Asked, names: Names) -> Reply:
    """The method ACL (RFC 3744 8.1)."""
    root, terms, account = xml_limits.parse(asked.body), demands.terms(asked, names), asked.who.account

    def job(tx: Tx) -> None:
        access.set_(tx, account, sharing.wanted(tx, account, names, terms), root)

    try:
        store.write(job)
    except access.Conflict as error:
        return replies.dav_error(403, f"<D:{error.name}/>", error.text)
    return Reply(200)


def options() -> Reply:
    """What the drive can do; also Windows asks this of the root before it asks anything else."""
    return Reply(200, (("DAV", CLASSES), ("MS-Author-Via", "DAV"), ("Allow", ALLOWED), ("Accept-Ranges", "bytes")))


def _small(kit: Kit, request: Request, asked: Asked, body: bytes) -> None:
    whole = Asked(asked.method, asked.target, asked.headers, asked.who, asked.secure, body)
    with acting.by(actor(asked.who, request.peer)):
        kit.pool.run(answer, kit.store, whole).addCallbacks(request.answer, request.fail)


def _download(kit: Kit, request: Request, asked: Asked) -> None:
    def look() -> Reply | Download:
        return native_get.look(kit.store, asked, targets.names_of(asked.path))

    kit.pool.run(look).addCallbacks(partial(send, kit.pool, request), request.fail).addErrback(request.fail)


def _upload(kit: Kit, request: Request, asked: Asked) -> "Deferred[Sink]":
    names = targets.names_of(asked.path)

    def admitted(admission: Admission) -> Sink:
        return native_put.Upload(kit, request, asked, names=names, admission=admission, largest=largest)

    length, largest = request.body_length, kit.config.dav.max_file_bytes
    look = partial(native_put.admit, kit.store, asked, names, length=length, largest=largest)
    return kit.pool.run(look).addCallback(admitted)
