"""The door of the API: who asks by which token, whether it opens that, and errors as RFC 9457 has them.

Invariants: nothing but the description is told without a token; a token comes in a field of its own and never in an
address, over TLS only, or from this machine where the configuration says so; cookies mean nothing here, so that no
other site can use those of a browser; a request is answered once it is complete and as large as it may be.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from twisted.internet.defer import Deferred, fail, succeed

from coserver.accounts import api_tokens
from coserver.accounts.api_tokens import ApiToken
from coserver.accounts.house import House
from coserver.accounts.managing import Asking
from coserver.auth import standing
from coserver.model.act import Actor, Way
from coserver.model.errors import Denied, HouseError, Malformed, Unknown
from coserver.model.principal import Organisation
from coserver.net.http import replies
from coserver.net.http.bodies import Collected
from coserver.net.http.replies import Reply
from coserver.net.http.request import Door, Request, Sink
from coserver.net.kit import Kit
from coserver.net.limits import is_loopback
from coserver.net.pool import Pool
from coserver.store import acting
from coserver.web import forms
from coserver.web.api import domains, operations, users
from coserver.web.api.document import document
from coserver.web.api.operations import Call, Operation
from coserver.web.routes import Routes, WrongMethod

MOUNT = "/api/"
OPERATIONS = (*users.OPERATIONS, *domains.OPERATIONS)
DESCRIPTION = f"{MOUNT}v1/openapi.json"

_MOST = 65_536  # bytes of a body
_STATUS = {405: 409, 412: 409, 423: 409, 507: 409}  # of errors that are others in DAV
_HEADERS = (
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
)


class WrongMedia(HouseError):
    """The body is of another kind than JSON."""


class ApiDoor(Door):
    """What is below `/api/`.

    Args:
        kit: the parts of the house that edges use.
        house: what operations ask.
        outward: threads for operations that wait for servers of others.
    """

    name = "api"

    def __init__(self, kit: Kit, house: House, *, outward: Pool) -> None:
        self.kit = kit
        self._outward = outward
        self._house = house
        self._routes = Routes(OPERATIONS)

    def opens(self, request: Request) -> bool:
        """Whether it is one for programs of the administration."""
        return bool(request.path.startswith(MOUNT.encode()))

    def admit(self, request: Request) -> "Deferred[Sink]":
        """Decide about a request whose headers are complete."""
        try:
            return succeed(self._let_in(request))
        except HouseError as error:
            return fail(error)

    def refusal(self, request: Request, error: HouseError) -> Reply:
        """An error as RFC 9457 has it."""
        if isinstance(error, WrongMethod):
            return _problem(405, "This operation cannot be asked so.", ("Allow", error.text))
        if isinstance(error, WrongMedia):
            return _problem(415, error.text)
        status = replies.status_of(error)
        more = (("WWW-Authenticate", "Bearer"),) if isinstance(error, Unknown) else ()
        return _problem(_STATUS.get(status, status), error.text, *more)

    def fault(self, request: Request, identity: str) -> Reply:
        """Our fault as that has it."""
        return _problem(500, f"Something went wrong on the server; it is number {identity} in its log.")

    def _let_in(self, request: Request) -> Sink:
        path, method = unquote(request.path.decode("latin-1")), request.method.decode("latin-1")
        if path == DESCRIPTION and method in ("GET", "HEAD"):
            told = document(OPERATIONS, self._house.config.web)
            return Collected(request, 0, lambda _: request.answer(_json(200, told)))
        operation, values = self._routes.find(method, path)
        if not (request.secure or self._trusts(request)):
            raise Denied("Tokens are taken over TLS only. Please use https:// in the address of the server.")
        text = _token(request)
        return Collected(request, _MOST, lambda body: self._whole(request, operation, values, text, body))

    def _whole(
        self, request: Request, operation: Operation, values: Mapping[str, str], text: str, body: bytes
    ) -> None:  # fmt: skip
        """The body is complete."""
        pool = self._outward if operation.outward else self.kit.pool
        made = pool.run(self._answer, request, operation, values, text, body)
        made.addCallbacks(request.answer, request.fail).addErrback(request.fail)

    def _answer(
        self, request: Request, operation: Operation, values: Mapping[str, str], text: str, body: bytes
    ) -> Reply:  # fmt: skip
        """On a thread: what the operation says."""
        token, found, login = self._known(text)
        if operation.scope is not None and operation.scope not in token.scopes:
            raise Denied(f"This token does not have the scope {operation.scope}.")
        query = operations.asked(operation, forms.pairs(request.uri.partition(b"?")[2]))
        call = Call(
            house=self._house,
            organisation=found.id,
            asking=Asking(found.name, found.owner),
            values=values,
            query=query,
            body=_read(operation, _kind(request), body),
        )
        with acting.by(Actor(found.owner, login, Way.API, request.peer)):
            return _json(operation.status, operation.deed(call))

    def _known(self, text: str) -> tuple[ApiToken, Organisation, str]:
        """The token, its organisation and the login of the owner, in whose name things are done."""
        store = self._house.store
        with store.read() as tx:
            found = api_tokens.find(tx, text)
            owner = None if found is None else standing.get(tx, found[1].owner)
            now = tx.now
        if found is None or owner is None:
            raise Unknown("This token is not good, or not any more.")
        token, organisation = found
        if api_tokens.is_due(token, now):
            store.write(lambda tx: api_tokens.stamp(tx, token))
        return token, organisation, owner.login

    def _trusts(self, request: Request) -> bool:
        return self.kit.config.server.plaintext_on_loopback and is_loopback(request.peer)


def make_door(kit: Kit, house: House, *, outward: Pool) -> ApiDoor:
    """The door of a house."""
    return ApiDoor(kit, house, outward=outward)


def _token(request: Request) -> str:
    """RFC 6750 2.1."""
    told = str(request.requestHeaders.getRawHeaders(b"Authorization", [b""])[0].decode("latin-1"))
    scheme, _, text = told.partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise Unknown("A token is needed: Authorization: Bearer TOKEN. Its owner makes it in the portal.")
    return text.strip()


def _kind(request: Request) -> str:
    told = str(request.requestHeaders.getRawHeaders(b"Content-Type", [b""])[0].decode("latin-1"))
    return told.partition(";")[0].strip().lower()


def _read(operation: Operation, kind: str, body: bytes) -> Mapping[str, str]:
    if operation.body is None:
        return {}
    if kind != "application/json":
        raise WrongMedia("The body is JSON: Content-Type: application/json.")
    try:
        given: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("The body is not JSON.") from error
    return operations.checked(operation, given)


def _json(status: int, told: object) -> Reply:
    return Reply(status, (("Content-Type", "application/json"), *_HEADERS), json.dumps(told).encode())


def _problem(status: int, detail: str, *more: tuple[str, str]) -> Reply:
    title = replies.PHRASES.get(status, "Error")
    told = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    kind = ("Content-Type", "application/problem+json")
    return Reply(status, (kind, *more, *_HEADERS), json.dumps(told).encode())
