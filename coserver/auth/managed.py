"""Accounts that an organisation runs.

Invariants: an account is run by one organisation at most; who suspended or deleted it is kept, so that an
organisation ends its own suspensions, undoes its own deletions, and not those of the operator. What an
organisation may do with its accounts is the affair of `accounts.managing`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import IntFlag

from sqlalchemy import bindparam, delete, func, insert, select, update

from coserver.model.errors import Exists
from coserver.model.ids import PrincipalId
from coserver.quota.plans import subscribed_plan
from coserver.store.schema.auth import managed
from coserver.store.tx import Tx

_GET = select(managed.c.account_id, managed.c.organisation_id, managed.c.since, managed.c.held).where(
    managed.c.account_id == bindparam("account")
)
_COUNT = (
    select(func.count())
    .select_from(managed)
    .where(managed.c.organisation_id.in_(bindparam("organisations", expanding=True)))
)
_COUNT_ON = _COUNT.join(subscribed_plan, subscribed_plan.c.account_id == managed.c.account_id).where(
    subscribed_plan.c.code.in_(bindparam("plans", expanding=True))
)
_ADD = insert(managed)
_REMOVE = delete(managed).where(managed.c.account_id == bindparam("account"))
_OF = update(managed).where(managed.c.account_id == bindparam("account"))
_HOLD = _OF.values(held=managed.c.held.bitwise_or(bindparam("deed")))
_LET_GO = _OF.values(held=managed.c.held.bitwise_and(bindparam("others")))


class Hold(IntFlag):
    """What an organisation, and not the operator, did to an account that it runs."""

    SUSPENDED = 1
    DELETED = 2


@dataclass(frozen=True, slots=True)
class Managed:
    """That an organisation runs an account, `since` when (ms), and what of that done to it is the organisation's."""

    account: PrincipalId
    organisation: PrincipalId
    since: int
    held: Hold


def get(tx: Tx, account: PrincipalId) -> Managed | None:
    """Who runs an account; None: nobody but its owner."""
    row = tx.execute(_GET, {"account": account}).first()
    return None if row is None else Managed(account, PrincipalId(row.organisation_id), row.since, Hold(row.held))


def add(tx: Tx, account: PrincipalId, organisation: PrincipalId) -> None:
    """Bring an account under an organisation. Exists if it is under one."""
    if get(tx, account) is not None:
        raise Exists("The account belongs to an organisation already.", account=account)
    tx.execute(_ADD, {"account_id": account, "organisation_id": organisation, "since": tx.now})


def remove(tx: Tx, account: PrincipalId) -> None:
    """Let an account be its owner's alone."""
    tx.execute(_REMOVE, {"account": account})


def hold(tx: Tx, account: PrincipalId, deed: Hold) -> None:
    """Note that it was the organisation that did this; nothing for an account that is not managed."""
    tx.execute(_HOLD, {"account": account, "deed": int(deed)})


def let_go(tx: Tx, account: PrincipalId, deed: Hold) -> None:
    """Note that it was not the organisation, or that it is undone; nothing for an account that is not managed."""
    tx.execute(_LET_GO, {"account": account, "others": ~int(deed)})


def count(tx: Tx, organisations: Sequence[PrincipalId], *, plans: Collection[str] | None = None) -> int:
    """How many accounts these organisations run together, closed ones too; with `plans` only those on one of them."""
    wanted = {"organisations": list(organisations)}
    if plans is None:
        return int(tx.execute(_COUNT, wanted).scalar_one())
    return int(tx.execute(_COUNT_ON, {**wanted, "plans": list(plans)}).scalar_one())
