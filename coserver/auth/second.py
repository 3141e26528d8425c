"""The second factor of an account: after the password a code of a device, or one of the codes noted down for its loss.

Invariants: it is on once a first code of the secret was right; each code is good once; wrong ones slow down and, kept
in the store, go on doing so after a restart; while it is on, the account's password opens the portal alone, and
programs need app passwords (S21). Of recovery codes only hashes are kept.
"""

import base64
import hashlib
import secrets

from sqlalchemy import bindparam, delete, func, insert, select, update

from coserver.auth import standing, totp
from coserver.model.act import ActKind
from coserver.model.errors import Busy, Denied, Exists, Missing
from coserver.model.ids import PrincipalId
from coserver.store import journal
from coserver.store.schema.auth import recovery_code, second_factor
from coserver.store.tx import Tx

RECOVERY_CODES = 10
_FREE = 5  # wrong codes that cost nothing
_FIRST, _LONGEST = 30_000, 900_000  # milliseconds of waiting after the next, doubled with each
_WRONG = "This code is not right. Take the one that your device shows now, or one of your recovery codes."

_ROW = second_factor.c
_MINE = _ROW.account_id == bindparam("account")
_GET = select(_ROW.secret, _ROW.since, _ROW.step, _ROW.wrong, _ROW.wrong_at).where(_MINE)
_ADD = insert(second_factor)
_FORGET = delete(second_factor).where(_MINE)
_ON = update(second_factor).where(_MINE).values(since=bindparam("now"), step=bindparam("at"), wrong=0)
_RIGHT = update(second_factor).where(_MINE).values(step=bindparam("at"), wrong=0)
_WRONG_ONE = update(second_factor).where(_MINE).values(wrong=_ROW.wrong + 1, wrong_at=bindparam("now"))
_OF = recovery_code.c.account_id == bindparam("account")
_COUNT = select(func.count()).where(_OF)
_NOTE = insert(recovery_code)
_USE = delete(recovery_code).where(_OF, recovery_code.c.hash == bindparam("digest"))
_FORGET_CODES = delete(recovery_code).where(_OF)


def is_on(tx: Tx, account: PrincipalId) -> bool:
    """Whether logging in takes a code."""
    row = tx.execute(_GET, {"account": account}).one_or_none()
    return row is not None and row.since > 0


def begin(tx: Tx, account: PrincipalId) -> bytes:
    """The secret for a device: the one that waits for its first code, or a new one.

    Raises:
        Exists: the second factor is on.
    """
    row = tx.execute(_GET, {"account": account}).one_or_none()
    if row is not None and row.since:
        raise Exists("The second factor is on already: turn it off before you set it up anew.")
    if row is not None:
        return bytes(row.secret)
    secret = totp.make()
    tx.execute(_ADD, {"account_id": account, "secret": secret, "since": 0})
    return secret


def turn_on(tx: Tx, account: PrincipalId, code: str) -> list[str]:
    """Ask for codes from now on; gives the recovery codes, this once. What was logged in with the password ends.

    Raises:
        Missing: no secret waits for its first code.
        Denied: the code is not right.
    """
    row = tx.execute(_GET, {"account": account}).one_or_none()
    if row is None or row.since:
        raise Missing("There is nothing to turn on: open the page of the second factor again.")
    step = totp.step_of(row.secret, _plain(code), tx.now)
    if step is None:
        raise Denied("This code is not right. Take the one that your device shows now.")
    tx.execute(_ON, {"account": account, "now": tx.now, "at": step})
    standing.renew(tx, account)
    journal.own(tx, account, ActKind.SECOND_ON)
    return note_down(tx, account)


def turn_off(tx: Tx, account: PrincipalId) -> None:
    """Ask for no codes any more; harmless where none are asked for."""
    was_on = is_on(tx, account)
    tx.execute(_FORGET, {"account": account})
    tx.execute(_FORGET_CODES, {"account": account})
    if was_on:
        journal.own(tx, account, ActKind.SECOND_OFF)


def note_down(tx: Tx, account: PrincipalId) -> list[str]:
    """New recovery codes in place of all there were."""
    tx.execute(_FORGET_CODES, {"account": account})
    made = [_recovery_code() for _ in range(RECOVERY_CODES)]
    for each in made:
        tx.execute(_NOTE, {"account_id": account, "hash": _digest(each)})
    return made


def codes_left(tx: Tx, account: PrincipalId) -> int:
    """How many recovery codes are still good."""
    return int(tx.execute(_COUNT, {"account": account}).scalar_one())


def is_right(tx: Tx, account: PrincipalId, code: str) -> bool:
    """Take a code: False if it is wrong, or was taken before; that is counted in this tx.

    Raises:
        Busy: too many were wrong; the text says when to come back.
    """
    row = tx.execute(_GET, {"account": account}).one_or_none()
    if row is None or not row.since:
        return True
    _need_patience(tx, row.wrong, row.wrong_at)
    plain = _plain(code)
    step = totp.step_of(row.secret, plain, tx.now)
    if step is not None and step > row.step:
        tx.execute(_RIGHT, {"account": account, "at": step})
        return True
    if tx.execute(_USE, {"account": account, "digest": _digest(plain)}).rowcount:
        tx.execute(_RIGHT, {"account": account, "at": row.step})
        journal.own(tx, account, ActKind.RECOVERY_CODE)
        return True
    tx.execute(_WRONG_ONE, {"account": account, "now": tx.now})
    return False


def refusal() -> Denied:
    """What is said of a wrong code."""
    return Denied(_WRONG)


def _need_patience(tx: Tx, wrong: int, at: int) -> None:
    over = wrong - _FREE
    if over < 0:
        return
    until = at + min(_LONGEST, _FIRST * 2 ** min(over, 10))
    if tx.now < until:
        seconds = -(-(until - tx.now) // 1000)
        raise Busy(f"Too many wrong codes. Please try again in {seconds} seconds.", retry_after=seconds)


def _recovery_code() -> str:
    plain = base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower()
    return "-".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def _plain(code: str) -> str:
    return code.replace("-", "").replace(" ", "").lower()


def _digest(code: str) -> bytes:
    return hashlib.sha256(_plain(code).encode("utf-8", "surrogatepass")).digest()
