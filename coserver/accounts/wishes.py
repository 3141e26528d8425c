"""What is asked of accounts and organisations, and waits for an answer: the rows behind `transfers` (S35).

Invariants: of a token only its SHA-256 is kept; it is good for one answer and for `LASTS`; how often one side asks
about one account, and how many answers an organisation waits for, is bounded.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from coserver.accounts import organisations, tokens
from coserver.accounts.tokens import Token
from coserver.auth.standing import Standing
from coserver.model.act import ActKind
from coserver.model.errors import Busy, Missing
from coserver.model.ids import PrincipalId
from coserver.model.principal import Organisation
from coserver.store import journal
from coserver.store.schema.accounts import transfer
from coserver.store.tx import Tx

LASTS = 14 * 86_400_000  # milliseconds
BETWEEN = 3_600_000  # milliseconds from one letter to the next, of one side about one account
MOST_PENDING = 100  # of an organisation

_row = transfer.c
_ROWS = select(
    _row.account_id, _row.organisation_id, _row.kind, _row.side, _row.login, _row.answer, _row.created, _row.expires
)
_GET = _ROWS.where(_row.account_id == bindparam("account"), _row.organisation_id == bindparam("organisation"))
_BY_TOKEN = _ROWS.where(_row.token == bindparam("digest"), _row.expires > bindparam("now"), _row.answer == "")
_PENDING = _ROWS.where(
    _row.organisation_id == bindparam("organisation"), _row.expires > bindparam("now"), _row.answer == ""
).order_by(_row.created, _row.account_id)
_OF_OWNER = _PENDING.where(_row.side == "account")
_COUNT = (
    select(func.count())
    .select_from(transfer)
    .where(_row.organisation_id == bindparam("organisation"), _row.expires > bindparam("now"))
)
_ADD = insert(transfer)
_here = (_row.account_id == bindparam("account"), _row.organisation_id == bindparam("organisation"))
_REMOVE = delete(transfer).where(*_here)
_REMOVE_ALL = delete(transfer).where(_row.account_id == bindparam("account"))
_DECLINE = update(transfer).where(*_here).values(answer="declined")
_REMOVE_OF_OWNER = delete(transfer).where(
    _row.organisation_id == bindparam("organisation"), _row.side == "account", _row.answer == ""
)
_SWEEP = delete(transfer).where(_row.expires <= bindparam("now"))


class Kind(StrEnum):
    """Which way an account goes."""

    JOIN = "join"
    LEAVE = "leave"


class Side(StrEnum):
    """Who asks for it, and so agrees."""

    ACCOUNT = "account"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Transfer:
    """An account is to come under an organisation, or to leave it; times are milliseconds since 1970.

    `login` is the one it wishes to have when it leaves; empty where that is not said yet, or it keeps its own.
    """

    account: PrincipalId
    organisation: PrincipalId
    kind: Kind
    side: Side
    login: str
    declined: bool
    created: int
    expires: int


def wish(tx: Tx, asked: Organisation, found: Standing, kind: Kind, side: Side, login: str = "") -> Transfer:
    """What is to be asked; see `Transfer`."""
    now = tx.now
    return Transfer(found.account, asked.id, kind, side, login, declined=False, created=now, expires=now + LASTS)


def ask(tx: Tx, asked: Organisation, what: Transfer, made: Token) -> Transfer:
    """Keep what is asked, with the token that is mailed in the same tx, in place of what was asked before.

    Busy if that side asked lately, or the organisation waits for too many answers.
    """
    where = {"account": what.account, "organisation": asked.id}
    earlier = tx.execute(_GET, where).first()
    if earlier is not None and earlier.side == what.side and tx.now - earlier.created < BETWEEN:
        raise Busy("That was asked less than an hour ago: wait for the answer, or try again later.")
    if tx.execute(_COUNT, {"organisation": asked.id, "now": tx.now}).scalar_one() >= MOST_PENDING:
        raise Busy(f"{MOST_PENDING} letters of organisation {asked.name} are not answered yet: try again later.")
    tx.execute(_REMOVE, where)
    row = {"account_id": what.account, "organisation_id": asked.id, "kind": str(what.kind), "side": str(what.side)}
    tx.execute(_ADD, row | {"login": what.login, "token": made.hash, "created": what.created, "expires": what.expires})
    journal.own(tx, what.account, ActKind.ASKED, detail=f"{what.kind} {asked.name}")
    return what


def end(tx: Tx, what: Transfer, kind: ActKind) -> None:
    """Nothing comes of it; the row stays until its time is over, so that nobody is asked again and again."""
    tx.execute(_DECLINE, {"account": what.account, "organisation": what.organisation})
    detail = f"{what.kind} {organisations.get(tx, what.organisation).name}"
    journal.own(tx, what.account, kind, detail=detail)


def find(tx: Tx, token: str) -> Transfer:
    """What a token was mailed for; Missing if it is not good, or not any more."""
    row = None
    if len(token) <= tokens.LONGEST:
        row = tx.execute(_BY_TOKEN, {"digest": tokens.digest(token), "now": tx.now}).first()
    if row is None:
        raise Missing("This code is not good any more, or never was: ask for a new one.")
    return _transfer(row)


def waiting(tx: Tx, asked: Organisation, account: PrincipalId) -> Transfer | None:
    """What an organisation asked of an account, if that waits for an answer."""
    row = tx.execute(_GET, {"account": account, "organisation": asked.id}).first()
    if row is None or row.answer or row.side != Side.ORGANISATION or row.expires <= tx.now:
        return None
    return _transfer(row)


def let_go(tx: Tx, asked: Organisation) -> None:
    """Nothing comes of what accounts asked of the owner of an organisation, who is another now: they may ask again."""
    for row in tx.execute(_OF_OWNER, {"organisation": asked.id, "now": tx.now}).all():
        what = _transfer(row)
        journal.own(tx, what.account, ActKind.NOT_ASKED, detail=f"{what.kind} {asked.name}")
    tx.execute(_REMOVE_OF_OWNER, {"organisation": asked.id})


def forget(tx: Tx, account: PrincipalId) -> None:
    """Forget all that was asked about an account: it is done."""
    tx.execute(_REMOVE_ALL, {"account": account})


def pending(tx: Tx, asked: Organisation) -> list[Transfer]:
    """What is asked of an organisation or by it and waits for an answer, oldest first."""
    return [_transfer(row) for row in tx.execute(_PENDING, {"organisation": asked.id, "now": tx.now})]


def sweep(tx: Tx) -> int:
    """Forget what nobody answered in time; how many."""
    return tx.execute(_SWEEP, {"now": tx.now}).rowcount


def _transfer(row: Row[*tuple[object, ...]]) -> Transfer:
    return Transfer(
        PrincipalId(row.account_id), PrincipalId(row.organisation_id), Kind(row.kind), Side(row.side), row.login,
        bool(row.answer), row.created, row.expires,
    )  # fmt: skip
