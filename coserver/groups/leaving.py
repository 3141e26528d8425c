"""How a membership ends: a member leaves or is removed.

Invariants: with the membership goes every right it gave (R17), and what was shared through the group to the
account or by it; what it put into the group's space stays, its authorship too (S7). The administrator cannot
leave, nor be removed by anybody, before he has handed over (R58).
"""

from sqlalchemy import bindparam, delete

from coserver.groups import members, shares
from coserver.model.act import ActKind
from coserver.model.errors import Denied
from coserver.model.ids import PrincipalId
from coserver.model.principal import Group, Role
from coserver.store import journal
from coserver.store.schema.groups import group_right, member, proposal
from coserver.store.tx import Tx

_REMOVALS = (
    delete(member).where(member.c.group_id == bindparam("group"), member.c.account_id == bindparam("account")),
    delete(proposal).where(proposal.c.group_id == bindparam("group"), proposal.c.account_id == bindparam("account")),
    delete(group_right).where(
        group_right.c.group_id == bindparam("group"), group_right.c.principal_id == bindparam("account")
    ),
)


def remove(tx: Tx, group_id: PrincipalId, account_id: PrincipalId, *, by: PrincipalId | None = None) -> None:
    """End a membership.

    `by` is who does it, None the operator. Everybody may leave; a co-administrator removes plain
    members, the administrator all but himself.

    Raises:
        Missing: there is no such group, or the account is no member.
        Denied: it is the administrator's (R58), or `by` may not.
    """
    found = members.get(tx, group_id)
    if by not in (None, account_id):
        members.need_managing(tx, found, by)
    members.need_member(tx, found, account_id)
    _need_removable(tx, found, account_id, by=by)
    for statement in _REMOVALS:
        tx.execute(statement, {"group": group_id, "account": account_id})
    journal.record(tx, found.space, ActKind.LEFT if by == account_id else ActKind.EXPELLED, whom=account_id)
    shares.forget(tx, group_id, account_id)
    members.tell(tx, group_id, account_id)


def _need_removable(tx: Tx, found: Group, account_id: PrincipalId, *, by: PrincipalId | None) -> None:
    role = members.role_of(tx, found, account_id)
    if role is Role.ADMINISTRATOR:
        raise Denied(
            f"The administrator cannot leave group {found.name}: hand it over to another member first, or delete it.",
            group=found.id,
        )
    if role is Role.COADMINISTRATOR and by != account_id:
        members.need_administrator(tx, found, by)
