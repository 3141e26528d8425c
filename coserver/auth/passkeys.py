"""Passkeys: keys that lie in the devices of people, and open the portal in place of password and second factor.

Invariants: only public keys are kept; a passkey is shown by a device that asked its owner who he is, so that it is two
factors in one; it opens the portal alone, and only where the account is in force; each challenge was made here, for
one purpose and a short time, and is taken once.
"""

import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select, update

from coserver.auth import ceremonies, standing
from coserver.auth.ceremonies import Site
from coserver.auth.standing import Standing
from coserver.model.act import ActKind
from coserver.model.errors import Denied, Exists, Malformed, Missing, Unknown
from coserver.model.ids import PrincipalId
from coserver.store import journal, keyed
from coserver.store.schema.auth import passkey
from coserver.store.tx import Tx

MOST = 20  # of one account
LONGEST_LABEL = 100  # characters
GOOD = 30 * 60_000  # milliseconds in which a challenge is answered
_LONGEST_ID = 1023  # bytes (Web Authentication 5.8.3)
_RANDOM, _TIME, _SEAL = 16, 8, 16  # bytes of a challenge
_SHOWN = "log-in"

_ROW = passkey.c
_COLUMNS = select(passkey)
_OF = _COLUMNS.where(_ROW.account_id == bindparam("account")).order_by(_ROW.id)
_FIND = _COLUMNS.where(_ROW.device_id == bindparam("device"))
_ADD = insert(passkey)
_REMOVE = delete(passkey).where(_ROW.id == bindparam("which"), _ROW.account_id == bindparam("account"))
_TAKE = (
    update(passkey)
    .where(_ROW.id == bindparam("which"), _ROW.taken < bindparam("at"))
    .values(taken=bindparam("at"), uses=bindparam("uses"), used=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class Passkey:
    """One as its owner sees it: what he calls it, the host it is for; times in milliseconds, `used` 0 for never."""

    id: int
    label: str
    site: str
    created: int
    used: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A passkey that was shown and is right: which, whose, in answer to a challenge of when, used how often."""

    id: int
    whose: Standing
    at: int
    uses: int


def of(tx: Tx, account: PrincipalId) -> list[Passkey]:
    """All of an account, the oldest first."""
    return [
        Passkey(row.id, row.label, row.site, row.created, row.used) for row in tx.execute(_OF, {"account": account})
    ]


def to_make(tx: Tx, site: Site, account: PrincipalId, login: str, name: str, *, cookie: int) -> str:
    """What the browser with this login is asked for a new one, as JSON.

    Raises:
        Denied: the account has as many as it may.
    """
    rows = tx.execute(_OF, {"account": account}).all()
    if len(rows) >= MOST:
        raise Denied(f"You have {MOST} passkeys: remove one that you do not use before you make another.")
    known = [bytes(row.device_id) for row in rows if row.site == site.name]
    challenge = _challenge(tx, f"make {cookie}")
    return ceremonies.to_make(site, challenge, handle=_handle(tx, account), login=login, name=name, known=known)


def add(tx: Tx, site: Site, account: PrincipalId, label: str, answer: str, *, cookie: int) -> None:
    """Keep the one that the browser with this login made.

    Raises:
        Malformed: the answer is none of a browser, or to another question.
        Denied: there are as many as may be, or the question is too old.
        Exists: the same is kept already.
    """
    challenge = ceremonies.challenge_of(answer)
    _need_own(tx, challenge, f"make {cookie}")
    made = ceremonies.made(site, challenge, answer)
    if len(made.device_id) > _LONGEST_ID:
        raise Malformed("The device gave its passkey a name that is too long. Please take another device.")
    if len(of(tx, account)) >= MOST:
        raise Denied(f"You have {MOST} passkeys: remove one that you do not use before you make another.")
    if tx.execute(_FIND, {"device": made.device_id}).one_or_none() is not None:
        raise Exists("This passkey is kept already.")
    row = {"account_id": account, "device_id": made.device_id, "public": made.public, "uses": made.uses}
    plain = " ".join("".join(each if each.isprintable() else " " for each in label).split())[:LONGEST_LABEL]
    tx.execute(_ADD, {**row, "label": plain or "Passkey", "site": site.name, "created": tx.now})
    journal.own(tx, account, ActKind.PASSKEY, detail=plain)


def remove(tx: Tx, account: PrincipalId, which: int) -> None:
    """Forget one of an account's.

    Raises:
        Missing: it has none of this number.
    """
    if not tx.execute(_REMOVE, {"account": account, "which": which}).rowcount:
        raise Missing("There is no such passkey any more.")
    journal.own(tx, account, ActKind.PASSKEY_REMOVED)


def to_show(tx: Tx, site: Site) -> str:
    """What any browser is asked at the log-in, as JSON."""
    return ceremonies.to_show(site, _challenge(tx, _SHOWN))


def check(tx: Tx, site: Site, answer: str) -> Shown:
    """Whose passkey a browser shows; it is not taken yet.

    Raises:
        Malformed: the answer is none of a browser, or is not signed by the passkey.
        Unknown: it is none that is kept.
        Denied: the question is too old.
    """
    challenge = ceremonies.challenge_of(answer)
    at = _need_own(tx, challenge, _SHOWN)
    device_id, handle = ceremonies.device_id_of(answer)
    row = tx.execute(_FIND, {"device": device_id}).one_or_none()
    whose = None if row is None else standing.get(tx, PrincipalId(row.account_id))
    if row is None or whose is None or handle not in (None, _handle(tx, whose.account)):
        raise Unknown("This passkey is not known here any more. Please log in with your password.")
    uses = ceremonies.uses_of(site, challenge, answer, public=bytes(row.public), uses=row.uses)
    return Shown(row.id, whose, at, uses)


def take(tx: Tx, shown: Shown) -> None:
    """It was used now, and its challenge is good no more.

    Raises:
        Denied: the challenge, or a later one, was taken already.
    """
    counted = {"which": shown.id, "at": shown.at, "uses": shown.uses, "now": tx.now}
    if not tx.execute(_TAKE, counted).rowcount:
        raise _stale()
    standing.stamp(tx, shown.whose.account)
    journal.own(tx, shown.whose.account, ActKind.LOGGED_IN)


def _challenge(tx: Tx, purpose: str) -> bytes:
    """The time, something random, and the seal of both: it need not be kept to be known again."""
    head = tx.now.to_bytes(_TIME) + secrets.token_bytes(_RANDOM)
    return head + _seal(tx, head, purpose)


def _need_own(tx: Tx, challenge: bytes, purpose: str) -> int:
    """When a challenge was made, in milliseconds; Denied for one that was not made for this, or not lately."""
    head, seal = challenge[: _TIME + _RANDOM], challenge[_TIME + _RANDOM :]
    at = int.from_bytes(head[:_TIME])
    if not hmac.compare_digest(seal, _seal(tx, head, purpose)) or not 0 <= tx.now - at < GOOD:
        raise _stale()
    return at


def _seal(tx: Tx, head: bytes, purpose: str) -> bytes:
    return keyed.digest(tx, f"passkey {purpose} {head.hex()}")[:_SEAL]


def _handle(tx: Tx, account: PrincipalId) -> bytes:
    """By what devices tell accounts apart; it says nothing of the person (Web Authentication 14.6.1)."""
    return keyed.digest(tx, f"passkey of {account}")[:_RANDOM]


def _stale() -> Denied:
    return Denied("The page was open for too long, or was answered before. Please try once more.")
