"""The only door to WsgiDAV: PROPPATCH, MKCOL, COPY, MOVE, DELETE, LOCK and UNLOCK of the drive.

WsgiDAV's request server checks the syntax of these requests and writes their XML answers. The
deeds are ours, one tx each, in `coserver.documents`: there conditions, locks, rights and room are
looked at, so WsgiDAV's own evaluation of If headers and locks is switched off. Invariants: paths
inside WsgiDAV have every name percent-encoded, so that nothing in a name is ever taken for syntax; a
provider lives for one request; every error of the house comes out as the house says it.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from wsgidav import util
from wsgidav.dav_error import DAVError
from wsgidav.dav_provider import DAVCollection, DAVNonCollection, DAVProvider
from wsgidav.request_server import RequestServer

from coserver.dav import demands, live, propfind, replies, targets
from coserver.dav.asked import Asked
from coserver.dav.deal import Deal
from coserver.documents import files, folders, locks, moving, paths
from coserver.documents.locks import Lock
from coserver.documents.paths import Names, Spot
from coserver.model.errors import HouseError, Missing, Stale
from coserver.net.http.replies import PHRASES, Reply, plain
from coserver.store.engine import Store
from coserver.store.files import Staged
from coserver.store.tx import Tx

T = TypeVar("T")

METHODS = frozenset({"PROPPATCH", "MKCOL", "COPY", "MOVE", "DELETE", "LOCK", "UNLOCK"})
_PASSED = ("Depth", "Overwrite", "Timeout", "Lock-Token")
_WIN32 = "{urn:schemas-microsoft-com:}Win32"
_DATED = ("{DAV:}getlastmodified", f"{_WIN32}LastModifiedTime")


def answer(store: Store, asked: Asked, names: Names) -> Reply:
    """The answer to one of METHODS; blocking, on a pool thread.

    Raises:
        HouseError: the request is refused.
    """
    deal = Deal(store, asked, names)
    deal.read(partial(paths.need_top, account=deal.account, names=names))
    provider = _Provider(deal)
    shown: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
        shown.append((status, headers))

    try:
        body = b"".join(_Server(provider)(_environ(deal, provider), start_response))
    except _Refused as refused:
        raise refused.error from refused
    except DAVError as error:
        return _spoken(error)
    status, headers = shown[-1]
    kept = tuple((name, value) for name, value in headers if name in ("Content-Type", "Lock-Token"))
    if ("Content-Type", "application/xml; charset=utf-8") not in kept:
        kept, body = tuple(pair for pair in kept if pair[0] != "Content-Type"), b""
    return Reply(int(status[:3]), kept, body)


def _spoken(error: Any) -> Reply:
    """What WsgiDAV itself refuses, in the house's form."""
    text = str(error.context_info or PHRASES.get(error.value, "The request cannot be served."))
    if error.err_condition is not None:
        name = error.err_condition.condition_code.removeprefix("{DAV:}")
        return replies.dav_error(error.value, f"<D:{name}/>", text)
    return plain(error.value, text)


class _Refused(DAVError):  # type: ignore[misc]
    """An error of the house on its way through WsgiDAV."""

    def __init__(self, error: HouseError) -> None:
        super().__init__(replies.status_of(error), error.text)
        self.error = error


@contextmanager
def _carried() -> Iterator[None]:
    try:
        yield
    except HouseError as error:
        raise _Refused(error) from error


class _Server(RequestServer):  # type: ignore[misc]
    """WsgiDAV's request server without what is looked at in the tx that acts."""

    def _evaluate_if_headers(self, res: Any, environ: Any) -> None:
        """Conditions are held against the store by the deed."""

    def _check_write_permission(self, res: Any, depth: str, environ: Any) -> None:
        """Locks too; but PROPPATCH must be refused as a whole, before its parts are answered."""
        if environ["REQUEST_METHOD"] == "PROPPATCH":
            environ["wsgidav.provider"].deal.may_describe()

    @contextmanager
    def _write_transaction(self, res: Any, environ: Any) -> Iterator[None]:
        yield

    def _send_response(self, environ: Any, start_response: Any, root_res: Any, success_code: int, errors: Any) -> Any:
        if errors:
            raise errors[0][1]
        created = environ["wsgidav.provider"].deal.created
        return util.send_status_response(environ, start_response, 201 if created else success_code)


class _Provider(DAVProvider):  # type: ignore[misc]
    """The drive as one account sees it, for one request."""

    def __init__(self, deal: Deal) -> None:
        super().__init__()
        self.deal = deal
        self.set_share_path("/")
        self.set_mount_path(targets.DRIVE)
        self.lock_manager = _Locks(deal)

    def resolve_provider(self, _path: str) -> tuple[str, "_Provider"]:
        """There is one provider for everything; WsgiDAV asks its application this."""
        return "/", self

    def get_resource_inst(self, path: str | None, environ: Any) -> Any:
        """The folder or file at a path; None when there is none. The root is asked for its parent, as None."""
        names = _names(path or "/")
        try:
            spot = self.deal.read(partial(paths.lookup, account=self.deal.account, names=names))
        except Missing:
            return None
        if not spot.exists:
            return None
        kind = _Folder if spot.is_folder else _File
        return kind(path or "/", environ, spot)

    def ref_url_to_path(self, ref_url: str) -> str:
        """Locks are told by the path of the request."""
        return ref_url


class _Deeds:
    """What can be done with a folder and a file alike."""

    provider: _Provider
    spot: Spot

    @property
    def deal(self) -> Deal:
        """The request."""
        return self.provider.deal

    def get_ref_url(self) -> str:
        """Only handed back to us, as the place of a lock."""
        return _inner_path(self.spot.names)

    def get_href(self) -> str:
        """The path as answers show it."""
        return targets.href(self.spot.names, folder=self.spot.is_folder)

    def handle_delete(self) -> bool:
        """DELETE, whole."""
        deal = self.deal
        with _carried():
            deal.write(partial(folders.remove, account=deal.account, names=self.spot.names, terms=deal.terms))
        return True

    def handle_move(self, dest_path: str) -> bool:
        """MOVE, whole."""
        deal = self.deal
        job = partial(moving.move, account=deal.account, source=self.spot.names, target=_names(dest_path))
        with _carried():
            deal.created = deal.write(partial(job, terms=deal.terms))
        return True

    def handle_copy(self, dest_path: str, *, depth_infinity: bool) -> bool:
        """COPY, whole."""
        deal = self.deal
        job = partial(moving.copy, account=deal.account, source=self.spot.names, target=_names(dest_path))
        with _carried():
            deal.created = deal.write(partial(job, terms=deal.terms, deep=depth_infinity))
        return True

    def set_property_value(self, name: str, value: Any, dry_run: bool = False) -> None:
        """Part of a PROPPATCH: first all are noted, then all are done."""
        with _carried():
            if dry_run:
                self.deal.plan(name, value)
            else:
                self.deal.describe()

    def get_property_value(self, name: str) -> Any:
        """The locks as they are now; the one property WsgiDAV asks for."""
        deal = self.deal

        def look(tx: Tx) -> str:
            spot = paths.wanted(tx, deal.account, self.spot.names)
            return live.discovery(propfind.held(tx, deal.account, spot), tx.now)

        inside = deal.read(look)
        return util.etree.fromstring(f'<D:lockdiscovery xmlns:D="DAV:">{inside}</D:lockdiscovery>')


class _File(_Deeds, DAVNonCollection):  # type: ignore[misc]
    """A file, or the free name on which a lock will make one."""

    def __init__(self, path: str, environ: Any, spot: Spot) -> None:
        super().__init__(path, environ)
        self.spot = spot

    def get_content_length(self) -> int:
        """Its size in bytes."""
        return self.spot.item.size if self.spot.item else 0

    def get_content(self) -> Any:
        """GET is served elsewhere."""
        raise DAVError(405)

    def get_etag(self) -> str:
        """Its ETag, without quotes."""
        return demands.etag(self.spot).strip('"')

    def support_etag(self) -> bool:
        """Files have ETags."""
        return True


class _Folder(_Deeds, DAVCollection):  # type: ignore[misc]
    """A folder."""

    def __init__(self, path: str, environ: Any, spot: Spot) -> None:
        super().__init__(path, environ)
        self.spot = spot

    def get_member_names(self) -> list[str]:
        """Listing is done elsewhere."""
        return []

    def create_collection(self, name: str) -> None:
        """MKCOL, whole."""
        deal = self.deal
        deal.write(partial(folders.make, account=deal.account, names=deal.names, terms=deal.terms))

    def create_empty_resource(self, name: str) -> _File:
        """The free name that LOCK is asked for; the file is made in the tx that locks it."""
        return _File(_inner_path(self.deal.names), self.environ, Spot(self.deal.names))


class _Locks:
    """The lock manager that WsgiDAV's LOCK and UNLOCK talk to: the rows of the store."""

    def __init__(self, deal: Deal) -> None:
        self._deal = deal
        self._empty: Staged = deal.store.stage(b"")

    def acquire(self, *, lock_scope: str, lock_depth: str, timeout: int | None, **_told: object) -> dict[str, str]:
        """LOCK, whole: also makes the empty file on a free name."""
        deal = self._deal
        wish = deal.wish(scope=lock_scope, depth=lock_depth, time_limit=timeout)
        job = partial(files.lock, account=deal.account, names=deal.names, wish=wish)
        lock, _, _ = deal.write(partial(job, empty=self._empty, terms=deal.terms))
        return {"token": lock.token}

    def refresh(self, token: str, *, timeout: int | None) -> dict[str, str]:
        """LOCK without a body: more time for the same token."""
        deal = self._deal
        wanted = locks.LONGEST_SECONDS if timeout == -1 else timeout

        def job(tx: Tx) -> Lock:
            deal.terms.check(tx)
            try:
                return locks.refresh(tx, deal.account, token, seconds=wanted)
            except Missing as error:
                raise Stale(error.text) from error  # RFC 4918 9.10.2

        lock = deal.write(job)
        return {"token": lock.token, "root": _inner_path(deal.names)}

    def is_url_locked_by_token(self, _url: str, token: str) -> bool:
        """Whether the lock of this token protects the place of the request."""
        deal = self._deal

        def look(tx: Tx) -> bool:
            spot = paths.lookup(tx, deal.account, deal.names)
            return any(lock.token == token for lock in locks.covering(tx, spot))

        return deal.read(look)

    def is_token_locked_by_user(self, token: str, _principal: str) -> bool:
        """Whether the lock is this account's."""
        lock = self._deal.read(partial(locks.find, token=token))
        return lock is not None and lock.account == self._deal.account

    def release(self, token: str) -> None:
        """UNLOCK."""
        deal = self._deal

        def job(tx: Tx) -> None:
            deal.terms.check(tx)
            locks.release(tx, token)

        deal.write(job)


def _environ(deal: Deal, provider: "_Provider") -> dict[str, object]:
    """What WsgiDAV needs to know of the request."""
    asked = deal.asked
    found: dict[str, object] = {
        "REQUEST_METHOD": asked.method,
        "SCRIPT_NAME": targets.DRIVE,
        "PATH_INFO": _inner_path(deal.names),
        "CONTENT_LENGTH": str(len(asked.body)),
        "HTTP_HOST": asked.host,
        "wsgi.url_scheme": "https" if asked.secure else "http",
        "wsgi.input": io.BytesIO(asked.body),
        "wsgidav.verbose": 1,
        "wsgidav.config": {},
        "wsgidav.app": provider,
        "wsgidav.provider": provider,
        "wsgidav.auth.user_name": str(deal.account),
        "wsgidav.conditions.if": None,
        "wsgidav.ifLockTokenList": sorted(deal.terms.tokens),
    }
    for name in _PASSED:
        value = asked.header(name)
        if value is not None:
            found["HTTP_" + name.upper().replace("-", "_")] = value.strip()
    destination = asked.header("Destination")
    if asked.method in ("COPY", "MOVE") and destination is not None:
        target = targets.destination(destination, asked.host)
        found["HTTP_DESTINATION"] = quote(targets.DRIVE + _inner_path(target))
    return found


def _inner_path(names: Names) -> str:
    """A path for WsgiDAV: every name encoded, so that nothing in it is syntax."""
    return "/" + "/".join(quote(name, safe="") for name in names)


def _names(path: str) -> Names:
    return tuple(unquote(part) for part in path.split("/") if part)
