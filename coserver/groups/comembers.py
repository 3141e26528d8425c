"""Co-members: the accounts with which an account has a group in common.

Invariants: one statement answers each question, however many groups there are; a deleted group brings
nobody together; nobody is his own co-member. An account that is not active is served nothing, and
nothing can be left for it.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, select

from coserver.groups.standing import DELETED
from coserver.model.ids import PrincipalId
from coserver.model.principal import State
from coserver.store.schema.groups import group, member
from coserver.store.tx import Tx
from coserver.store.views import login_name

_mine, _theirs = member.alias("mine"), member.alias("theirs")
_TOGETHER = (
    select(login_name.c.id, login_name.c.login, login_name.c.state)
    .distinct()
    .select_from(_mine)
    .join(group, (group.c.id == _mine.c.group_id) & (group.c.state != DELETED))
    .join(_theirs, (_theirs.c.group_id == _mine.c.group_id) & (_theirs.c.account_id != _mine.c.account_id))
    .join(login_name, login_name.c.id == _theirs.c.account_id)
    .where(_mine.c.account_id == bindparam("account"))
    .order_by(login_name.c.login)
)
_ACTIVE = _TOGETHER.where(login_name.c.state == State.ACTIVE)
_SOME = _ACTIVE.limit(bindparam("most"))
_BY_LOGIN = _TOGETHER.where(login_name.c.login == bindparam("login"))
_BY_ID = _TOGETHER.where(login_name.c.id == bindparam("other"))


@dataclass(frozen=True, slots=True)
class Comember:
    """One of them, with the full login; `receives`: something can be left for him."""

    account: PrincipalId
    login: str
    receives: bool


def receiving(tx: Tx, account: PrincipalId) -> list[Comember]:
    """The co-members of an account for whom something can be left, by login."""
    return [_from(row) for row in tx.execute(_ACTIVE, {"account": account})]


def some(tx: Tx, account: PrincipalId, *, most: int) -> list[Comember]:
    """The first of them, by login: for proposing somebody."""
    return [_from(row) for row in tx.execute(_SOME, {"account": account, "most": most})]


def find(tx: Tx, account: PrincipalId, login: str) -> Comember | None:
    """The co-member of that full login."""
    row = tx.execute(_BY_LOGIN, {"account": account, "login": login}).first()
    return None if row is None else _from(row)


def receives(tx: Tx, account: PrincipalId, other: PrincipalId) -> bool:
    """Whether two accounts have a group in common, and something can be left for the other one."""
    row = tx.execute(_BY_ID, {"account": account, "other": other}).first()
    return row is not None and _from(row).receives


def are(tx: Tx, account: PrincipalId, other: PrincipalId) -> bool:
    """Whether two accounts have a group in common."""
    return tx.execute(_BY_ID, {"account": account, "other": other}).first() is not None


def _from(row: Row[*tuple[Any, ...]]) -> Comember:
    return Comember(PrincipalId(row.id), row.login, row.state == State.ACTIVE)
