"""What an administrator gave in his group, beyond reading: one preset for all members or for one, per tool (R57).

Invariants: only presets are stored, never single bits; a member's row goes with his membership.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select

from coserver.groups import members
from coserver.model.act import ActKind
from coserver.model.errors import Missing
from coserver.model.ids import PrincipalId
from coserver.model.rights import Preset
from coserver.model.space import Tool
from coserver.store import journal
from coserver.store.schema.groups import group_right
from coserver.store.tx import Tx
from coserver.store.views import login_name

_TAKE = delete(group_right).where(
    group_right.c.group_id == bindparam("group"),
    group_right.c.principal_id == bindparam("principal"),
    group_right.c.tool == bindparam("which"),
)
_GIVE = insert(group_right)
_GIVEN = (
    select(group_right.c.principal_id, login_name.c.login, group_right.c.tool, group_right.c.preset)
    .outerjoin(login_name, login_name.c.id == group_right.c.principal_id)
    .where(group_right.c.group_id == bindparam("group"))
    .order_by(login_name.c.login, group_right.c.tool)
)


@dataclass(frozen=True, slots=True)
class Given:
    """One stored preset; `account` and `login` are None when all members hold it."""

    account: PrincipalId | None
    login: str | None
    tool: Tool
    preset: Preset


def give(
    tx: Tx,
    group_id: PrincipalId,
    account_id: PrincipalId | None,
    *,
    tool: Tool,
    preset: Preset,
    by: PrincipalId | None = None,
) -> None:
    """Give a preset in one tool to one member, or to all (None), in place of what he or they were given before.

    `Preset.NOTHING` takes it back. `by` is who gives it, None the operator.

    Raises:
        Missing: there is no such group, or one of the two is no member of it.
        Denied: `by` does not manage the group, or it is frozen.
    """
    found = members.get(tx, group_id)
    members.need_managing(tx, found, by)
    if by is not None:
        members.need_active(found)
    if account_id is not None and not members.is_member(tx, group_id, account_id):
        raise Missing(f"The account is not a member of group {found.name}: add it first.", account=account_id)
    principal = group_id if account_id is None else account_id
    tx.execute(_TAKE, {"group": group_id, "principal": principal, "which": tool})
    if preset is not Preset.NOTHING:
        tx.execute(_GIVE, {"group_id": group_id, "principal_id": principal, "tool": str(tool), "preset": str(preset)})
    detail = f"{': ' if account_id else 'all members: '}{preset} in {tool}"
    journal.record(tx, found.space, ActKind.GIVEN, whom=account_id, detail=detail)
    tx.tell(group_id)
    if account_id is not None:
        tx.tell(account_id)


def given(tx: Tx, group_id: PrincipalId) -> list[Given]:
    """Everything given in a group: what all hold first, then by member and tool."""
    rows = [
        Given(PrincipalId(row.principal_id) if row.login else None, row.login, Tool(row.tool), Preset(row.preset))
        for row in tx.execute(_GIVEN, {"group": group_id})
    ]
    return sorted(rows, key=lambda each: (each.login or "", each.tool))
