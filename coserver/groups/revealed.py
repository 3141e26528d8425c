"""What somebody may see since this very tx and could not before, of things that were there already.

Invariant: what is found here covers every way in which privacy comes to withhold less from an account that
could see the collection around: a single thing shared, a group joined in which it is shared, a group
taken over, a group thawed whose shares had rested. That the owner makes a thing public is his own deed.
"""

from collections.abc import Collection

from sqlalchemy import bindparam, or_, select

from coserver.groups.standing import ACTIVE
from coserver.model.ids import ItemId, PrincipalId, SpaceId
from coserver.store.schema.groups import group, member, share
from coserver.store.tx import Tx
from coserver.store.views import owned_space

_SINGLY = (
    select(share.c.item_id)
    .join(member, member.c.group_id == share.c.group_id)
    .where(member.c.account_id == bindparam("account"), share.c.item_id.is_not(None))
    .where(share.c.owner_id != bindparam("account"))
    .where(or_(share.c.principal_id == member.c.account_id, share.c.principal_id == share.c.group_id))
    .where(or_(share.c.created == bindparam("now"), member.c.joined == bindparam("now")))
    .distinct()
)
_TAKEN_OVER = (
    select(owned_space.c.id)
    .join(group, group.c.id == owned_space.c.owner_id)
    .where(group.c.id.in_(bindparam("groups", expanding=True)), group.c.state == ACTIVE)
    .where(group.c.state_since == bindparam("now"))
)


def singly(tx: Tx, account: PrincipalId) -> list[ItemId]:
    """Single things that shares give to an account since this tx."""
    return list(tx.execute(_SINGLY, {"account": account, "now": tx.now}).scalars())


def whole(tx: Tx, told: Collection[PrincipalId]) -> list[SpaceId]:
    """The spaces of those groups in which, since this tx, somebody else is administrator or shares rest no more."""
    return list(tx.execute(_TAKEN_OVER, {"groups": sorted(told), "now": tx.now}).scalars())
