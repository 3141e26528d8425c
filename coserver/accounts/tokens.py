"""Tokens sent to people by mail: to confirm a sign-up, to recover an account.

Invariants: a token is 256 random bits and good for one use; only its SHA-256 is kept, so who reads
the store can use none; using one, and changing what it was to prove, ends all of its kind. Several of
an account may be good at a time: mail is slow, and the first letter may come after the second.
"""

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import bindparam, delete, func, insert, select

from coserver.model.errors import Missing
from coserver.model.ids import PrincipalId
from coserver.store.schema.accounts import token
from coserver.store.tx import Tx

LONGEST = 200  # characters of what is handed in

_of = (token.c.account_id == bindparam("account"), token.c.kind == bindparam("what"))
_ADD = insert(token)
_FIND = select(token.c.account_id).where(
    token.c.hash == bindparam("digest"), token.c.kind == bindparam("what"), token.c.expires > bindparam("now")
)
_SENT = select(func.count().label("number"), func.max(token.c.created).label("latest")).where(
    *_of, token.c.expires > bindparam("now")
)
_FORGET = delete(token).where(*_of)
_SWEEP = delete(token).where(token.c.expires <= bindparam("now"))


class Kind(StrEnum):
    """What a token is for."""

    CONFIRM = "confirm"
    RECOVER = "recover"
    EXTERNAL = "external"  # shows that somebody reads the external address that he names
    UNDO = "undo"  # takes back that he deleted his account


@dataclass(frozen=True, slots=True)
class Token:
    """A new token: the text to mail, and what is kept of it."""

    text: str
    hash: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """How many tokens of a kind an account has that are good, and when the latest was sent (ms; 0: there is none)."""

    number: int
    latest: int


def make() -> Token:
    """A new token."""
    text = secrets.token_hex(32)  # no hyphen first, which a command would take for an option
    return Token(text, digest(text))


def bound(made: Token, to: str) -> Token:
    """The same to mail, good only together with what it is bound to."""
    return Token(made.text, digest(together(made.text, to)))


def together(text: str, to: str) -> str:
    """What is handed in for a token that is `bound`."""
    return hashlib.sha256(f"{text.strip()} {to}".encode("utf-8", "surrogatepass")).hexdigest()


def add(tx: Tx, account: PrincipalId, kind: Kind, made: Token, *, expires: int) -> None:
    """Keep a token that is mailed in the same tx; `expires` in milliseconds."""
    row = {"account_id": account, "kind": str(kind), "hash": made.hash, "created": tx.now, "expires": expires}
    tx.execute(_ADD, row)


def find(tx: Tx, kind: Kind, text: str) -> PrincipalId:
    """Whose token that is; it stays good.

    Raises:
        Missing: there is none such, or it was used, or it has expired; never told apart.
    """
    account = None
    if len(text) <= LONGEST:
        account = tx.execute(_FIND, {"digest": digest(text), "what": str(kind), "now": tx.now}).scalar()
    if account is None:
        raise Missing("This code is not good any more, or never was: ask for a new one.")
    return PrincipalId(account)


def use(tx: Tx, kind: Kind, text: str) -> PrincipalId:
    """Whose token that is; from now on neither it nor any other of its kind is good. Missing as `find`."""
    account = find(tx, kind, text)
    forget(tx, account, kind)
    return account


def sent(tx: Tx, account: PrincipalId, kind: Kind) -> Sent:
    """What an account was sent lately."""
    row = tx.execute(_SENT, {"account": account, "what": str(kind), "now": tx.now}).one()
    return Sent(row.number, row.latest or 0)


def forget(tx: Tx, account: PrincipalId, kind: Kind) -> None:
    """Make all tokens of a kind good for nothing."""
    tx.execute(_FORGET, {"account": account, "what": str(kind)})


def sweep(tx: Tx) -> int:
    """Forget those that have expired; how many."""
    return tx.execute(_SWEEP, {"now": tx.now}).rowcount


def digest(text: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(text.strip().encode("utf-8", "surrogatepass")).digest()
