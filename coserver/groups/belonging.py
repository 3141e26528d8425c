"""The groups of an account for lists and pages: so many at a time, with what is told beside each of them."""

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from coserver.groups.members import ROWS, from_row, role_from
from coserver.groups.standing import DELETED
from coserver.model.ids import PrincipalId
from coserver.model.principal import Group, Role
from coserver.store.schema.groups import group, member
from coserver.store.tx import Tx

_counted = member.alias("counted")
_size = (
    select(func.count())
    .select_from(_counted)
    .where(_counted.c.group_id == group.c.id)
    .correlate(group)
    .scalar_subquery()
)
_BELONGING = (
    ROWS.join(member, member.c.group_id == group.c.id)
    .where(member.c.account_id == bindparam("account"))
    .order_by(group.c.name)
    .add_columns(member.c.role, _size.label("people"))
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)  # fmt: skip
_NUMBER = (
    select(func.count())
    .select_from(member)
    .join(group, (group.c.id == member.c.group_id) & (group.c.state != DELETED))
    .where(member.c.account_id == bindparam("account"))
)
_ADMINISTERED = ROWS.where(group.c.administrator_id == bindparam("account")).order_by(group.c.name)
_others = (
    select(_counted.c.account_id)
    .where(_counted.c.group_id == group.c.id, _counted.c.account_id != group.c.administrator_id)
    .correlate(group)
    .exists()
)
_DEPENDING = _ADMINISTERED.where(_others).limit(bindparam("most"))
_NUMBER_DEPENDING = (
    select(func.count())
    .select_from(group)
    .where(group.c.administrator_id == bindparam("account"), group.c.state != DELETED, _others)
)


@dataclass(frozen=True, slots=True)
class Belonging:
    """One group of an account: what it is there, and how many members there are."""

    group: Group
    role: Role
    people: int


def of(tx: Tx, account_id: PrincipalId, *, skip: int = 0, most: int = -1) -> tuple[list[Belonging], int]:
    """The groups of an account by name, with its role in each and the size: so many after having skipped so many, and
    how many there are. `most` -1: all.
    """
    rows = tx.execute(_BELONGING, {"account": account_id, "skip": skip, "most": most}).all()
    whole = tx.execute(_NUMBER, {"account": account_id}).scalar_one()
    found = [
        Belonging(from_row(row), role_from(account_id, row.role, row.administrator_id), row.people) for row in rows
    ]
    return found, int(whole)


def is_any(tx: Tx, account_id: PrincipalId) -> bool:
    """Whether an account is in any group."""
    return bool(tx.execute(_NUMBER, {"account": account_id}).scalar_one())


def depending(tx: Tx, account_id: PrincipalId, *, most: int) -> tuple[list[Group], int]:
    """The groups that an account administers and that have other members, by name: so many, and how many there are."""
    rows = tx.execute(_DEPENDING, {"account": account_id, "most": most}).all()
    return [from_row(row) for row in rows], int(tx.execute(_NUMBER_DEPENDING, {"account": account_id}).scalar_one())
