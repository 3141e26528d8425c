"""Which groups stay writable when a plan allows fewer than an account administers (S1).

Invariants: nothing is deleted and nobody expelled; an excess group stays readable, and things can be taken
out of it. The administrator chooses which stay writable; what he leaves open the oldest groups get.
`quota` refuses what would be added to the others, by the same order (`views.groups_ahead`).
"""

from collections.abc import Sequence

from sqlalchemy import bindparam, select, update

from coserver.groups import members
from coserver.groups.standing import DELETED
from coserver.model.act import ActKind
from coserver.model.errors import Missing, NotInPlan
from coserver.model.ids import PrincipalId
from coserver.model.plan import Capacity
from coserver.model.principal import Group
from coserver.quota.plans import plan_of
from coserver.store import journal
from coserver.store.schema.groups import group
from coserver.store.tx import Tx

_ORDER = (
    select(group.c.id)
    .where(group.c.administrator_id == bindparam("account"), group.c.state != DELETED)
    .order_by(group.c.kept.desc(), group.c.id)
)
_RELEASE = update(group).where(group.c.administrator_id == bindparam("account")).values(kept=0)
_KEEP = update(group).where(group.c.id.in_(bindparam("which", expanding=True))).values(kept=1)


def writable(tx: Tx, group_id: PrincipalId) -> bool:
    """Whether something may be added to a group: it is not frozen, and not one too many; Missing if there is none."""
    found = members.get(tx, group_id)
    return not found.frozen and group_id in _within(tx, found.administrator)


def excess(tx: Tx, account_id: PrincipalId) -> list[Group]:
    """The groups of an administrator beyond what his plan allows, by name."""
    kept = _within(tx, account_id)
    return [each for each in members.administered(tx, account_id) if each.id not in kept]


def choose(tx: Tx, account_id: PrincipalId, group_ids: Sequence[PrincipalId]) -> None:
    """Let these groups of an administrator stay writable first, in place of what he chose before.

    Raises:
        Missing: he does not administer one of them.
        NotInPlan: they are more than his plan allows.
    """
    wanted = set(group_ids)
    if not wanted <= {each.id for each in members.administered(tx, account_id)}:
        raise Missing("The account does not administer all of these groups.", account=account_id)
    allowed = plan_of(tx, account_id).capacities[Capacity.GROUPS]
    if len(wanted) > allowed:
        raise NotInPlan(
            f"The subscription of the account allows {allowed} groups: choose no more than that.", account=account_id
        )
    tx.execute(_RELEASE, {"account": account_id})
    if wanted:
        tx.execute(_KEEP, {"which": sorted(wanted)})
    owned = members.administered(tx, account_id)
    journal.own(tx, account_id, ActKind.WRITABLE, detail=", ".join(each.name for each in owned if each.id in wanted))
    for each in owned:
        tx.tell(each.id)


def _within(tx: Tx, account_id: PrincipalId) -> set[PrincipalId]:
    allowed = plan_of(tx, account_id).capacities[Capacity.GROUPS]
    return {PrincipalId(number) for number in tx.execute(_ORDER, {"account": account_id}).scalars().all()[:allowed]}
