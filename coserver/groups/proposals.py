"""Who is to follow the administrator of a group: proposed to a member, who accepts or not (R58, S5).

Invariants: a group changes hands only when the member accepts, and he can be told before what his plan
does not hold; an administrator has one proposal open at a time, the latest; where the house itself looks
for a follower (S3) several members may have one, and the first who accepts is the administrator. Every
change of the administrator makes all proposals of the group void.
"""

from dataclasses import dataclass, replace

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from coserver.groups import members
from coserver.groups.standing import DELETED
from coserver.model.act import ActKind
from coserver.model.errors import Exists, Missing, Stale
from coserver.model.ids import PrincipalId
from coserver.model.plan import Capacity, Usage
from coserver.model.principal import Group
from coserver.quota import usage
from coserver.quota.plans import plan_of
from coserver.store import journal
from coserver.store.schema.groups import group, member, proposal
from coserver.store.tx import Tx
from coserver.store.views import login_name

LASTS = 14 * 86_400_000  # milliseconds in which a member may accept what the administrator proposed

_row = proposal.c
_ROWS = (
    select(_row.group_id, _row.account_id, _row.made_by, _row.created, _row.expires, _row.declined, login_name.c.login)
    .add_columns(group.c.name)
    .join(group, group.c.id == _row.group_id)
    .join(login_name, login_name.c.id == _row.account_id)
    .order_by(_row.created, _row.account_id)
)
_OF_GROUP = _ROWS.where(_row.group_id == bindparam("group"))
_OPEN = (_row.declined == 0, _row.expires > bindparam("now"), group.c.state != DELETED)
_OF_ACCOUNT = _ROWS.where(_row.account_id == bindparam("account"), *_OPEN)
_ONE = _ROWS.where(_row.group_id == bindparam("group"), _row.account_id == bindparam("account"))
_ADD = insert(proposal)
_DECLINE = (
    update(proposal)
    .where(_row.group_id == bindparam("which"), _row.account_id == bindparam("whose"))
    .values(declined=1)
)  # fmt: skip
_FORGET = delete(proposal).where(_row.group_id == bindparam("group"), _row.account_id == bindparam("account"))
_FORGET_MADE = delete(proposal).where(_row.group_id == bindparam("group"), _row.made_by.is_not(None))
_SWEEP = delete(proposal).where(_row.expires <= bindparam("moment"), _row.made_by.is_not(None))
_MEMBERS = select(func.count()).select_from(member).where(member.c.group_id == bindparam("group"))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A group offered to one of its members; `by` None is the house itself; times in milliseconds since 1970."""

    group: PrincipalId
    group_name: str
    account: PrincipalId
    login: str
    by: PrincipalId | None
    created: int
    expires: int
    declined: bool


@dataclass(frozen=True, slots=True)
class Over:
    """What a group holds beyond the plan of its next administrator: tools with his limits, and members."""

    usages: tuple[Usage, ...]
    members: int
    members_allowed: int

    @property
    def anything(self) -> bool:
        """Whether there is any excess."""
        return bool(self.usages) or self.members > self.members_allowed


def propose(tx: Tx, group_id: PrincipalId, account_id: PrincipalId, *, by: PrincipalId | None = None) -> Proposal:
    """Offer a group to a member, in place of what its administrator proposed before.

    Raises:
        Missing: there is no such group, or one of the two is not in it.
        Denied: `by` is not its administrator; None is the operator.
        Exists: the member is the administrator.
    """
    found = members.get(tx, group_id)
    members.need_administrator(tx, found, by)
    need_heir(tx, found, account_id)
    tx.execute(_FORGET_MADE, {"group": group_id})
    return offer(tx, found, account_id, by=found.administrator, until=tx.now + LASTS)


def need_heir(tx: Tx, found: Group, account_id: PrincipalId) -> None:
    """Missing unless the account is a member of the group, Exists if it is its administrator's."""
    members.need_member(tx, found, account_id)
    if found.administrator == account_id:
        raise Exists(f"The account is the administrator of group {found.name} already.", group=found.id)


def offer(
    tx: Tx, found: Group, account_id: PrincipalId, *, by: PrincipalId | None, until: int
) -> Proposal:  # fmt: skip
    """Keep a proposal in place of any earlier one to the same member."""
    tx.execute(_FORGET, {"group": found.id, "account": account_id})
    row = {"group_id": found.id, "account_id": account_id, "made_by": by, "created": tx.now, "expires": until}
    tx.execute(_ADD, row)
    journal.record(tx, found.space, ActKind.PROPOSED, whom=account_id)
    tx.tell(account_id)
    return _proposal(tx.execute(_ONE, {"group": found.id, "account": account_id}).one())


def of_group(tx: Tx, group_id: PrincipalId) -> list[Proposal]:
    """All proposals of a group, declined and expired ones too, oldest first."""
    return [_proposal(row) for row in tx.execute(_OF_GROUP, {"group": group_id})]


def of_account(tx: Tx, account_id: PrincipalId) -> list[Proposal]:
    """What an account can accept now."""
    return [_proposal(row) for row in tx.execute(_OF_ACCOUNT, {"account": account_id, "now": tx.now})]


def accept(tx: Tx, group_id: PrincipalId, account_id: PrincipalId) -> Over:
    """Make the member to whom it was proposed the administrator; tells what his plan does not hold (S5).

    Raises:
        Missing: there is no such group, or nothing was proposed to him, or somebody else became administrator.
        Stale: the proposal has expired.
        NotInPlan: his plan allows no further group.
    """
    found = _answerable(tx, group_id, account_id)
    if found.expires <= tx.now:
        raise Stale(
            f"It is too late to take group {found.group_name} over: have it proposed again.", group=group_id
        )  # fmt: skip
    members.hand_over(tx, group_id, account_id)
    return over(tx, members.get(tx, group_id), account_id)


def decline(tx: Tx, group_id: PrincipalId, account_id: PrincipalId) -> None:
    """Refuse to take a group over; Missing if nothing was proposed to him."""
    _answerable(tx, group_id, account_id)
    journal.own(tx, group_id, ActKind.TURNED_DOWN, whom=account_id)
    tx.execute(_DECLINE, {"which": group_id, "whose": account_id})
    tx.tell(group_id)


def forget(tx: Tx, group_id: PrincipalId, account_id: PrincipalId) -> None:
    """Take a proposal back; harmless if there is none."""
    tx.execute(_FORGET, {"group": group_id, "account": account_id})


def over(tx: Tx, found: Group, account_id: PrincipalId) -> Over:
    """What a group holds beyond the plan of an account: where nothing could be added if it took the group over."""
    plan = plan_of(tx, account_id)
    would = []
    for held in usage.rooms(tx, found.space):
        bytes_limit, items_limit = usage.limits(plan, held.tool)
        would.append(replace(held, bytes_limit=bytes_limit, items_limit=items_limit))
    count = tx.execute(_MEMBERS, {"group": found.id}).scalar_one()
    allowed = plan.capacities[Capacity.MEMBERS_PER_GROUP]
    return Over(tuple(each for each in would if usage.is_over(each)), count, allowed)


def sweep(tx: Tx) -> int:
    """Forget what administrators proposed and nobody accepted in time; how many."""
    return tx.execute(_SWEEP, {"moment": tx.now - LASTS}).rowcount


def _answerable(tx: Tx, group_id: PrincipalId, account_id: PrincipalId) -> Proposal:
    found = members.get(tx, group_id)
    row = tx.execute(_ONE, {"group": group_id, "account": account_id}).first()
    if row is None or row.declined:
        raise Missing(
            f"Group {found.name} is not proposed to this account, or not any more: ask its administrator again.",
            group=group_id,
            account=account_id,
        )
    return _proposal(row)


def _proposal(row: Row[*tuple[object, ...]]) -> Proposal:
    return Proposal(
        row.group_id, row.name, row.account_id, row.login, row.made_by, row.created, row.expires, bool(row.declined)
    )
