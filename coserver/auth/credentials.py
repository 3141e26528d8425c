"""What an account proves itself with: one password, and app passwords for single services.

Invariants: only verifiers are kept; an app password is made here, never chosen, 128 random bits,
shown once and kept as a SHA-256; its `lookup` part is public and finds the row. Whoever changes a
credential calls `standing.renew`, so that nothing verified before counts any more.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Row, bindparam, delete, insert, select, update

from coserver.model.act import ActKind
from coserver.model.errors import Denied, Malformed, Missing
from coserver.model.ids import PrincipalId
from coserver.model.plan import Feature
from coserver.store import journal
from coserver.store.schema.auth import credential
from coserver.store.tx import Tx

LONGEST_LABEL = 200  # characters
MOST_APPS = 100  # of one account
_LOOKUP = 8  # characters, 40 bits
_TYPED = re.compile(r"[a-z2-7]{34}")

_PASSWORD = select(credential.c.id, credential.c.verifier).where(
    credential.c.account_id == bindparam("account"), credential.c.kind == "password"
)
_PASSWORD_SET = select(credential.c.created).where(
    credential.c.account_id == bindparam("account"), credential.c.kind == "password"
)
_BY_LOOKUP = select(
    credential.c.id, credential.c.account_id, credential.c.verifier, credential.c.services, credential.c.used
).where(credential.c.lookup == bindparam("lookup"))
_APPS = (
    select(credential.c.id, credential.c.label, credential.c.services, credential.c.created, credential.c.used)
    .where(credential.c.account_id == bindparam("account"), credential.c.kind == "app")
    .order_by(credential.c.id)
)
_ADD = insert(credential)
_DROP_PASSWORD = delete(credential).where(
    credential.c.account_id == bindparam("account"), credential.c.kind == "password"
)
_REVOKE = delete(credential).where(
    credential.c.account_id == bindparam("account"), credential.c.kind == "app", credential.c.id == bindparam("which")
)
_REHASH = (
    update(credential)
    .where(credential.c.id == bindparam("which"), credential.c.verifier == bindparam("old"))
    .values(verifier=bindparam("new"))
)
_USED = update(credential).where(credential.c.id == bindparam("which")).values(used=bindparam("now"))


@dataclass(frozen=True, slots=True)
class Secret:
    """A new app password: the text to show once, and what is kept of it."""

    text: str
    lookup: str
    verifier: str


@dataclass(frozen=True, slots=True)
class AppPassword:
    """An app password as its owner sees it later; `services` empty means all, times are milliseconds."""

    id: int
    label: str
    services: frozenset[Feature]
    created: int
    used: int


@dataclass(frozen=True, slots=True)
class Matched:
    """A stored credential that fits what was typed."""

    id: int
    account: PrincipalId
    services: frozenset[Feature]
    used: int


def make() -> Secret:
    """A new app password, in groups of letters and figures that can be typed."""
    lookup = base64.b32encode(secrets.token_bytes(5)).decode("ascii").lower()
    secret = base64.b32encode(secrets.token_bytes(16)).decode("ascii").lower().rstrip("=")
    shown = "-".join([lookup, *(secret[at : at + 7] for at in range(0, len(secret), 7))])
    return Secret(shown, lookup, _digest(lookup + secret))


def add_app(tx: Tx, account: PrincipalId, made: Secret, *, label: str, services: Iterable[Feature]) -> int:
    """Keep an app password for these services, none named meaning all; its id.

    Malformed if the label is too long, or holds control characters; Denied if the account has `MOST_APPS` already.
    """
    if len(label) > LONGEST_LABEL or not label.isprintable():
        raise Malformed(f"A label has {LONGEST_LABEL} characters at most and stands on one line.")
    if len(apps(tx, account)) >= MOST_APPS:
        raise Denied(f"An account has {MOST_APPS} app passwords at most: take away one that is used no more.")
    row = {
        "account_id": account,
        "kind": "app",
        "label": label,
        "lookup": made.lookup,
        "verifier": made.verifier,
        "services": " ".join(sorted(services)),
        "created": tx.now,
    }
    journal.own(tx, account, ActKind.APP_PASSWORD, detail=str(row["services"]))
    return int(tx.execute(_ADD.returning(credential.c.id), row).scalar_one())


def apps(tx: Tx, account: PrincipalId) -> list[AppPassword]:
    """The app passwords of an account, oldest first."""
    return [
        AppPassword(row.id, row.label, _services(row), row.created, row.used)
        for row in tx.execute(_APPS, {"account": account})
    ]


def revoke(tx: Tx, account: PrincipalId, which: int) -> None:
    """Take an app password away; Missing if the account has none of that id."""
    if tx.execute(_REVOKE, {"account": account, "which": which}).rowcount == 0:
        raise Missing("The account has no such app password any more.", account=account)
    journal.own(tx, account, ActKind.REVOKED)


def set_password(tx: Tx, account: PrincipalId, verifier: str) -> None:
    """Put this verifier in place of the account's password."""
    tx.execute(_DROP_PASSWORD, {"account": account})
    tx.execute(_ADD, {"account_id": account, "kind": "password", "verifier": verifier, "created": tx.now})


def password(tx: Tx, account: PrincipalId) -> tuple[int, str] | None:
    """The id and the verifier of an account's password, if it has one."""
    row = tx.execute(_PASSWORD, {"account": account}).first()
    return None if row is None else (row.id, row.verifier)


def password_set(tx: Tx, account: PrincipalId) -> int | None:
    """When the account's password was chosen, in milliseconds (R46); None if it has none."""
    chosen: int | None = tx.execute(_PASSWORD_SET, {"account": account}).scalar()
    return chosen


def rehash(tx: Tx, which: int, *, old: str, new: str) -> None:
    """Replace a verifier by a better one of the same password, unless it was changed meanwhile."""
    tx.execute(_REHASH, {"which": which, "old": old, "new": new})


def match_app(tx: Tx, account: PrincipalId, typed: str) -> Matched | None:
    """The app password of this account that was typed; spaces, hyphens and case do not matter."""
    plain = typed.replace("-", "").replace(" ", "").lower()
    if not _TYPED.fullmatch(plain):
        return None
    row = tx.execute(_BY_LOOKUP, {"lookup": plain[:_LOOKUP]}).first()
    if row is None or row.account_id != account or not hmac.compare_digest(row.verifier, _digest(plain)):
        return None
    return Matched(row.id, account, _services(row), row.used)


def stamp(tx: Tx, which: int) -> None:
    """Note that an app password was used now."""
    tx.execute(_USED, {"which": which, "now": tx.now})


def _digest(plain: str) -> str:
    return hashlib.sha256(plain.encode("ascii")).hexdigest()


def _services(row: Row[*tuple[object, ...]]) -> frozenset[Feature]:
    return frozenset(Feature(each) for each in row.services.split())
