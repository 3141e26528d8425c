"""Groups whose administrator's account is not in force: frozen, offered to those who could follow him (S3).

Invariants: a frozen group can be read by its members and nothing else; the house offers it to
co-administrators first, then to the other members, each by seniority: one after the other, so that those
who come first have a head start, and the last early enough to think about it. A group in which the
administrator is alone stays as it is, and goes with his account.
"""

from dataclasses import dataclass

from sqlalchemy import Row, bindparam, select, update

from coserver.groups import members, proposals
from coserver.groups.members import Member
from coserver.groups.proposals import Proposal
from coserver.groups.standing import ACTIVE, FROZEN
from coserver.model.act import ActKind
from coserver.model.ids import PrincipalId, SpaceId
from coserver.model.principal import Group, Role
from coserver.store import journal
from coserver.store.schema.groups import group
from coserver.store.tx import Tx
from coserver.store.views import owned_space

DAY = 86_400_000  # milliseconds
AFTER = 30 * DAY  # without its administrator a group is frozen
OFFERED = 60 * DAY  # it is offered to others
EXPORT = 30 * DAY  # after that members may copy what they need
_HEAD_START = 7 * DAY  # at most, of one member before the next
_ALL_ASKED = 45 * DAY  # by then everybody has been asked

_STATE = (
    update(group)
    .where(group.c.id == bindparam("which"), group.c.state == bindparam("was"))
    .values(state=bindparam("as"), state_since=bindparam("now"), ends=0)
)
_END = update(group).where(group.c.id == bindparam("which")).values(ends=bindparam("moment"))
_FROZEN = (
    select(group.c.id, group.c.name, group.c.administrator_id, group.c.state_since, group.c.ends)
    .add_columns(owned_space.c.id.label("space_id"))
    .join(owned_space, owned_space.c.owner_id == group.c.id)
    .where(group.c.state == FROZEN)
    .order_by(group.c.id)
)
_ONE = _FROZEN.where(group.c.id == bindparam("which"))


@dataclass(frozen=True, slots=True)
class Frozen:
    """A frozen group; `since` and `ends` (when it will be deleted, 0: not decided) in milliseconds since 1970."""

    group: Group
    since: int
    ends: int


def freeze(tx: Tx, group_id: PrincipalId) -> None:
    """Let a group be read only; harmless to repeat. Missing if there is none."""
    found = members.get(tx, group_id)
    if not found.frozen:
        journal.record(tx, found.space, ActKind.FROZEN)
    tx.execute(_STATE, {"which": group_id, "was": ACTIVE, "as": FROZEN, "now": tx.now})
    members.tell_all(tx, group_id)


def thaw(tx: Tx, group_id: PrincipalId) -> None:
    """Let a group be worked with again, and void what the house proposed; harmless to repeat.

    Missing if there is no such group.
    """
    found = members.get(tx, group_id)
    if not found.frozen:
        return
    tx.execute(_STATE, {"which": group_id, "was": FROZEN, "as": ACTIVE, "now": tx.now})
    journal.record(tx, found.space, ActKind.THAWED)
    for each in proposals.of_group(tx, group_id):
        if each.by is None:
            proposals.forget(tx, group_id, each.account)
    members.tell_all(tx, group_id)


def listed(tx: Tx) -> list[Frozen]:
    """All frozen groups."""
    return [_frozen(row) for row in tx.execute(_FROZEN)]


def find(tx: Tx, group_id: PrincipalId) -> Frozen | None:
    """A frozen group by its id; None if it is not frozen or not there."""
    row = tx.execute(_ONE, {"which": group_id}).first()
    return None if row is None else _frozen(row)


def heirs(tx: Tx, found: Group) -> list[Member]:
    """Who could take a group over, in the order in which they are asked."""
    others = [each for each in members.members(tx, found.id) if each.role is not Role.ADMINISTRATOR]
    return sorted(others, key=lambda each: each.role is not Role.COADMINISTRATOR)


def to_be_asked(tx: Tx, frozen: Frozen) -> list[Member]:
    """Whose turn has come, and to whom the group was not offered yet."""
    candidates = heirs(tx, frozen.group)
    step = min(_HEAD_START, _ALL_ASKED // max(1, len(candidates)))
    turn = (tx.now - frozen.since) // step + 1
    asked = {each.account for each in proposals.of_group(tx, frozen.group.id) if each.by is None}
    return [each for each in candidates[:turn] if each.account not in asked]


def open_until(frozen: Frozen, now: int) -> int:
    """Until when a member who is asked now can take the group over, in milliseconds."""
    return max(frozen.since + OFFERED, now) + EXPORT


def offer(tx: Tx, frozen: Frozen, account_id: PrincipalId) -> Proposal:
    """Offer a frozen group to a member, in the name of the house."""
    return proposals.offer(tx, frozen.group, account_id, by=None, until=open_until(frozen, tx.now))


def is_given_up(tx: Tx, frozen: Frozen) -> bool:
    """Whether everybody had time enough to take the group over, and its end is not decided yet."""
    return not frozen.ends and tx.now - frozen.since >= OFFERED and bool(heirs(tx, frozen.group))


def decide_end(tx: Tx, group_id: PrincipalId) -> int:
    """Let a frozen group end after the time for copying what is needed; when, in milliseconds."""
    moment = tx.now + EXPORT
    tx.execute(_END, {"which": group_id, "moment": moment})
    return moment


def _frozen(row: Row[*tuple[object, ...]]) -> Frozen:
    found = Group(row.id, row.name, PrincipalId(row.administrator_id), SpaceId(row.space_id), frozen=True)
    return Frozen(found, row.state_since, row.ends)
