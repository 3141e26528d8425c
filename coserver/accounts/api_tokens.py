"""API tokens: with what programs administer an organisation, in the name of its owner.

Invariants: a token is 256 random bits, shown once, of which only the SHA-256 is kept; it opens the one organisation it
was made for, and in it what its scopes say; it does what the owner could do now and no more, so it is worth nothing
while his account is not in force, and goes when another becomes the owner.
"""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Row, bindparam, delete, insert, select, update

from coserver.accounts import organisations
from coserver.model.act import ActKind
from coserver.model.errors import Denied, Malformed, Missing
from coserver.model.ids import PrincipalId
from coserver.model.principal import Organisation
from coserver.store import journal
from coserver.store.schema.accounts import api_token
from coserver.store.tx import Tx

MOST = 50  # of one organisation
LONGEST_LABEL = 100  # characters
_LONGEST = 200  # characters of what is handed in
_PREFIX = "coserver_"  # so that a token is known for one where it should not be
_STAMPED = 3_600_000  # milliseconds from one stored use to the next

_ROWS = select(
    api_token.c.id, api_token.c.organisation_id, api_token.c.label, api_token.c.scopes, api_token.c.created,
    api_token.c.used,
)  # fmt: skip
_FIND = _ROWS.where(api_token.c.hash == bindparam("digest"))
_OF = _ROWS.where(api_token.c.organisation_id == bindparam("organisation")).order_by(api_token.c.id)
_ADD = insert(api_token)
_REMOVE = delete(api_token).where(
    api_token.c.id == bindparam("which"), api_token.c.organisation_id == bindparam("organisation")
)
_REMOVE_ALL = delete(api_token).where(api_token.c.organisation_id == bindparam("organisation"))
_USED = update(api_token).where(api_token.c.id == bindparam("which")).values(used=bindparam("now"))


class Scope(StrEnum):
    """What a token opens; who may change users may not for that see them."""

    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    DOMAINS_READ = "domains:read"
    DOMAINS_WRITE = "domains:write"


@dataclass(frozen=True, slots=True)
class Secret:
    """A new token: the text to show, and what is kept of it."""

    text: str = field(repr=False)
    hash: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token without its text; times in milliseconds since 1970, `used` 0: never."""

    id: int
    organisation: PrincipalId
    label: str
    scopes: frozenset[Scope]
    created: int
    used: int


def make() -> Secret:
    """A new token."""
    text = _PREFIX + secrets.token_urlsafe(32)
    return Secret(text, _digest(text))


def add(tx: Tx, asked: Organisation, secret: Secret, *, label: str, scopes: Collection[Scope]) -> ApiToken:
    """Keep a token; the caller shows that the owner asks.

    Raises:
        Malformed: it has no label, or one that is too long, or no scope.
        Denied: the organisation has as many as it may.
    """
    if not 0 < len(label) <= LONGEST_LABEL:
        raise Malformed(f"Say in up to {LONGEST_LABEL} characters what the token is for.")
    if not scopes:
        raise Malformed("Choose what the token is to open.")
    if len(of(tx, asked.id)) >= MOST:
        raise Denied(f"There are {MOST} tokens: revoke those that are not used any more, first.")
    told = " ".join(sorted(scopes))
    row = {"organisation_id": asked.id, "label": label, "scopes": told, "hash": secret.hash, "created": tx.now}
    which = tx.execute(_ADD.returning(api_token.c.id), row).scalar_one()
    journal.own(tx, asked.owner, ActKind.API_TOKEN, detail=f"{label} of {asked.name}: {told}")
    return ApiToken(which, asked.id, label, frozenset(scopes), tx.now, 0)


def of(tx: Tx, organisation: PrincipalId) -> list[ApiToken]:
    """The tokens of an organisation, oldest first."""
    return [_token(row) for row in tx.execute(_OF, {"organisation": organisation})]


def find(tx: Tx, text: str) -> tuple[ApiToken, Organisation] | None:
    """The token of that text with its organisation; None if there is none."""
    row = tx.execute(_FIND, {"digest": _digest(text)}).first() if len(text) <= _LONGEST else None
    return None if row is None else (_token(row), organisations.get(tx, PrincipalId(row.organisation_id)))


def is_due(token: ApiToken, now: int) -> bool:
    """Whether its use at this moment is worth storing."""
    return now - token.used >= _STAMPED


def stamp(tx: Tx, token: ApiToken) -> None:
    """Note that it was used."""
    tx.execute(_USED, {"which": token.id, "now": tx.now})


def revoke(tx: Tx, asked: Organisation, which: int) -> None:
    """Take a token away; Missing if the organisation has none of that number."""
    found = next((each for each in of(tx, asked.id) if each.id == which), None)
    if found is None:
        raise Missing("There is no such token any more.", organisation=asked.id)
    tx.execute(_REMOVE, {"which": which, "organisation": asked.id})
    journal.own(tx, asked.owner, ActKind.API_TOKEN_REVOKED, detail=f"{found.label} of {asked.name}")


def revoke_all(tx: Tx, organisation: PrincipalId) -> None:
    """Take all tokens of an organisation away, when another becomes its owner."""
    tx.execute(_REMOVE_ALL, {"organisation": organisation})


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _token(row: Row[*tuple[object, ...]]) -> ApiToken:
    scopes = frozenset(Scope(each) for each in row.scopes.split())
    return ApiToken(row.id, PrincipalId(row.organisation_id), row.label, scopes, row.created, row.used)
