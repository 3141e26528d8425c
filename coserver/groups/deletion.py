"""How a group ends: deleted at once, restored for a while, then erased for good (S32).

Invariants: a deleted group is nowhere to be seen, and keeps its name, members, rights and data until it is
erased; restoring gives back all of it, unless its administrator's plan allows him no further group by then.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Row, bindparam, select, update

from coserver.groups import members, principals
from coserver.groups.standing import ACTIVE, DELETED
from coserver.model.act import ActKind
from coserver.model.errors import Missing
from coserver.model.ids import PrincipalId, SpaceId
from coserver.model.principal import Group
from coserver.store import journal, spaces
from coserver.store.schema.groups import group
from coserver.store.tx import Tx
from coserver.store.views import owned_space

Farewell = Callable[[Tx, PrincipalId], None]
"""What others have to do to a group in the tx that erases it, before it is gone."""

KEPT = 30 * 86_400_000  # milliseconds in which it can be restored

_STATE = (
    update(group)
    .where(group.c.id == bindparam("which"))
    .values(state=bindparam("as"), state_since=bindparam("now"), ends=0)
)
_rows = (
    select(group.c.id, group.c.name, group.c.administrator_id, group.c.state_since, owned_space.c.id.label("space_id"))
    .join(owned_space, owned_space.c.owner_id == group.c.id)
    .where(group.c.state == DELETED)
    .order_by(group.c.state_since, group.c.id)
)
_FIND = _rows.where(group.c.name == bindparam("name"))
_GET = _rows.where(group.c.id == bindparam("which"))
_OF = _rows.where(group.c.administrator_id == bindparam("account"))


@dataclass(frozen=True, slots=True)
class Deleted:
    """A deleted group; `since` in milliseconds since 1970."""

    group: Group
    since: int

    @property
    def until(self) -> int:
        """When it is erased."""
        return self.since + KEPT


def delete_(tx: Tx, group_id: PrincipalId, *, by: PrincipalId | None = None) -> None:
    """Let a group vanish at once; for 30 days it can be restored.

    Raises:
        Missing: there is no such group, or `by` is not in it.
        Denied: `by` is not its administrator; None is the operator.
    """
    found = members.get(tx, group_id)
    members.need_administrator(tx, found, by)
    tx.execute(_STATE, {"which": group_id, "as": DELETED, "now": tx.now})
    journal.record(tx, found.space, ActKind.DELETED)
    members.tell_all(tx, group_id)


def find(tx: Tx, name: str) -> Deleted:
    """The deleted group of that name; Missing if there is none."""
    row = tx.execute(_FIND, {"name": name}).first()
    if row is None:
        raise _no_such(name)
    return _deleted(row)


def restore(tx: Tx, name: str, *, by: PrincipalId | None = None) -> Group:
    """Give a deleted group back, with all that it had.

    `by` is who restores it, None the operator.

    Raises:
        Missing: no group of that name was deleted in the last 30 days, or `by` was not its administrator.
        NotInPlan: its administrator's plan allows him no further group.
        Denied: his account is closed.
    """
    found = find(tx, name)
    if by not in (None, found.group.administrator):
        raise _no_such(name)
    if found.until <= tx.now:
        raise Missing(f"Group {name!r} was deleted more than 30 days ago: it cannot be restored.", group=name)
    members.need_lasting(tx, found.group)
    members.need_group_left(tx, found.group.administrator)
    tx.execute(_STATE, {"which": found.group.id, "as": ACTIVE, "now": tx.now})
    journal.record(tx, found.group.space, ActKind.RESTORED)
    members.tell_all(tx, found.group.id)
    return members.get(tx, found.group.id)


def listed(tx: Tx) -> list[Deleted]:
    """All deleted groups, the one that is erased first at the head."""
    return [_deleted(row) for row in tx.execute(_rows)]


def of(tx: Tx, account_id: PrincipalId) -> list[Deleted]:
    """The deleted groups that an account administers and can still restore."""
    return [each for each in map(_deleted, _deleted_of(tx, account_id)) if each.until > tx.now]


def erase(tx: Tx, group_id: PrincipalId) -> None:
    """Remove a group, deleted before or not, with its space and everything in it, for good.

    Missing if there is none.
    """
    row = tx.execute(_GET, {"which": group_id}).first()
    found = members.get(tx, group_id) if row is None else _deleted(row).group
    members.tell_all(tx, group_id)
    spaces.remove(tx, found.space)
    principals.remove(tx, group_id)


def _nothing(_tx: Tx, _group: PrincipalId) -> None:
    return


def erase_those_of(tx: Tx, account_id: PrincipalId, *, before: Farewell = _nothing) -> None:
    """Erase every group that an account administers, the deleted ones too: for when it is erased itself."""
    for each in [*members.administered(tx, account_id), *(_deleted(row).group for row in _deleted_of(tx, account_id))]:
        before(tx, each.id)
        erase(tx, each.id)


def sweep(tx: Tx, *, before: Farewell = _nothing) -> Group | None:
    """Erase one group whose time is over; None if there is no such group. Again and again, for short jobs."""
    row = tx.execute(_rows).first()
    if row is None or _deleted(row).until > tx.now:
        return None
    found = _deleted(row).group
    before(tx, found.id)
    erase(tx, found.id)
    return found


def _no_such(name: str) -> Missing:
    return Missing(f"There is no deleted group {name!r}: after 30 days it cannot be restored.", group=name)


def _deleted_of(tx: Tx, account_id: PrincipalId) -> list[Row[*tuple[object, ...]]]:
    return list(tx.execute(_OF, {"account": account_id}).all())


def _deleted(row: Row[*tuple[object, ...]]) -> Deleted:
    found = Group(PrincipalId(row.id), row.name, PrincipalId(row.administrator_id), SpaceId(row.space_id))
    return Deleted(found, int(row.state_since))
