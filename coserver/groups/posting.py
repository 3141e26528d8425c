"""Mail to groups: who may write to one, and which members want copies of it.

Deeds that take `by` ask whether that account may do them; None is the operator, who may.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, select, update

from coserver.groups import members, rights
from coserver.groups.standing import DELETED, FROZEN
from coserver.model.act import ActKind
from coserver.model.errors import Missing
from coserver.model.ids import PrincipalId
from coserver.model.principal import Posting, Role
from coserver.model.rights import Right
from coserver.model.space import Tool
from coserver.store import journal
from coserver.store.schema.groups import group, member
from coserver.store.tx import Tx

_OF = select(group.c.id, group.c.name, group.c.posting, group.c.state).where(group.c.id == bindparam("group"))
_SET = update(group).where(group.c.id == bindparam("group")).values(posting=bindparam("as"))
_member = (member.c.group_id == bindparam("group"), member.c.account_id == bindparam("account"))
_READER = select(member.c.copies, member.c.joined).where(*_member)
_SET_COPIES = update(member).where(*_member).values(copies=bindparam("wanted"))
_WANTING = (
    select(member.c.account_id, member.c.joined)
    .where(member.c.group_id == bindparam("group"), member.c.copies == 1, member.c.account_id > bindparam("after"))
    .order_by(member.c.account_id)
    .limit(bindparam("most"))
)
_TOLD = select(group.c.held_told).where(group.c.id == bindparam("group"))
_TELL = update(group).where(group.c.id == bindparam("group")).values(held_told=bindparam("now"))


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a group takes mail."""

    group: PrincipalId
    name: str
    posting: Posting
    frozen: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """A member as a reader of the group's mail: whether he gets copies, since when he is one (milliseconds)."""

    account: PrincipalId
    joined: int
    copies: bool = True


def of(tx: Tx, principal: PrincipalId) -> Terms | None:
    """The terms of a group; None for what is no group, or a deleted one."""
    row = tx.execute(_OF, {"group": principal}).first()
    if row is None or row.state == DELETED:
        return None
    return Terms(PrincipalId(row.id), row.name, Posting(row.posting), row.state == FROZEN)


def set_(tx: Tx, group_id: PrincipalId, posting: Posting, *, by: PrincipalId | None = None) -> None:
    """Say who may write to a group.

    Raises:
        Missing: there is no such group, or `by` is not in it.
        Denied: `by` does not manage it.
    """
    found = members.get(tx, group_id)
    members.need_managing(tx, found, by)
    tx.execute(_SET, {"group": group_id, "as": str(posting)})
    journal.record(tx, found.space, ActKind.POSTING, detail=str(posting))


def set_copies(tx: Tx, group_id: PrincipalId, account: PrincipalId, *, wanted: bool) -> None:
    """Let a member get copies of mail to the group, or none; Missing if he is no member."""
    found = members.get(tx, group_id)
    members.need_member(tx, found, account)
    tx.execute(_SET_COPIES, {"group": group_id, "account": account, "wanted": int(wanted)})
    journal.own(tx, account, ActKind.COPIES, detail=f"{found.name}: {'on' if wanted else 'off'}")


def readers(tx: Tx, group_id: PrincipalId, *, after: PrincipalId, most: int) -> list[Reader]:
    """The next members, by id, who get copies."""
    rows = tx.execute(_WANTING, {"group": group_id, "after": after, "most": most})
    return [Reader(PrincipalId(row.account_id), int(row.joined)) for row in rows]


def reader(tx: Tx, group_id: PrincipalId, account: PrincipalId) -> Reader | None:
    """An account as a reader; None if it is no member."""
    row = tx.execute(_READER, {"group": group_id, "account": account}).first()
    return None if row is None else Reader(account, int(row.joined), bool(row.copies))


def role(tx: Tx, group_id: PrincipalId, account: PrincipalId) -> Role | None:
    """What an account is in a group; None if it is no member, or the group is gone."""
    try:
        return members.role_of(tx, members.get(tx, group_id), account)
    except Missing:
        return None


def may_write_as(tx: Tx, account: PrincipalId, group_id: PrincipalId) -> bool:
    """Whether an account may send mail in the name of a group: a member with the right to post in its mail."""
    try:
        found = members.get(tx, group_id)
    except Missing:
        return False
    return Right.POST in rights.within(tx, account, found.space, Tool.MAIL)


def told(tx: Tx, group_id: PrincipalId) -> int:
    """When those who manage a group were last written to about held mail, in milliseconds; 0: never."""
    return int(tx.execute(_TOLD, {"group": group_id}).scalar_one())


def tell(tx: Tx, group_id: PrincipalId) -> None:
    """They are written to now."""
    tx.execute(_TELL, {"group": group_id, "now": tx.now})
