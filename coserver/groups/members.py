"""Groups and who belongs to them.

Invariants: the creator of a group is its administrator (R56) and a member of it; the administrator
stays one until he has handed over (R58); how many groups one administers and how many members a
group has, invitations among them, is bounded by the administrator's plan (R61, R63), and nobody is
expelled when a plan shrinks (S2). A name is a unique slug: it stands in mailbox names, URLs and paths.
A deleted group is not found here by anybody, and its name stays its own until it is erased (S32).

Deeds that take `by` ask whether that account may do them; None is the operator, who may.
"""

from dataclasses import dataclass

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from coserver.groups import principals, rights
from coserver.groups.standing import ACTIVE, DELETED, FROZEN
from coserver.model.act import ActKind
from coserver.model.errors import Denied, Exists, Malformed, Missing, NotInPlan
from coserver.model.ids import PrincipalId, SpaceId
from coserver.model.plan import Capacity
from coserver.model.principal import Group, Role, State
from coserver.model.rights import Right
from coserver.model.space import Tool
from coserver.quota import subscriptions
from coserver.quota.plans import plan_of
from coserver.store import collections, journal, spaces
from coserver.store.schema.groups import group, invitation, member, proposal
from coserver.store.tx import Tx
from coserver.store.views import login_name, owned_space

DEFAULTS = (  # what every new group finds in its space, as every new account does
    (Tool.CALENDAR, "calendar", "VEVENT"),
    (Tool.CALENDAR, "tasks", "VTODO"),
    (Tool.CONTACTS, "contacts", "VCARD"),
)

ROWS = (
    select(group.c.id, group.c.name, group.c.administrator_id, group.c.state, owned_space.c.id.label("space_id"))
    .join(owned_space, owned_space.c.owner_id == group.c.id)
    .where(group.c.state != DELETED)
)
_TAKEN = select(group.c.state).where(group.c.name == bindparam("name"))
_FIND = ROWS.where(group.c.name == bindparam("name"))
_GET = ROWS.where(group.c.id == bindparam("group"))
_OWNING = ROWS.where(owned_space.c.id == bindparam("space"))
_ALL = ROWS.order_by(group.c.name)
_OF_ACCOUNT = (
    ROWS.join(member, member.c.group_id == group.c.id)
    .where(member.c.account_id == bindparam("account"))
    .order_by(group.c.name)
)
_ADMINISTERED = ROWS.where(group.c.administrator_id == bindparam("account")).order_by(group.c.name)
_MEMBERS = (
    select(member.c.account_id, login_name.c.login, member.c.joined, member.c.role, group.c.administrator_id)
    .join(login_name, login_name.c.id == member.c.account_id)
    .join(group, group.c.id == member.c.group_id)
    .where(member.c.group_id == bindparam("group"))
    .order_by(member.c.joined, member.c.account_id)
)
_ROLE = select(member.c.role).where(
    member.c.group_id == bindparam("group"), member.c.account_id == bindparam("account")
)
_COUNT = select(func.count()).select_from(member).where(member.c.group_id == bindparam("group"))
_PENDING = (
    select(func.count())
    .select_from(invitation)
    .where(invitation.c.group_id == bindparam("group"), invitation.c.address != bindparam("but"))
    .where(invitation.c.answer == "", invitation.c.expires > bindparam("now"))
)
_CLOSED = select(login_name.c.id).where(login_name.c.id == bindparam("account"), login_name.c.state == State.CLOSED)
_ADD_GROUP = insert(group)
_ADD_MEMBER = insert(member)
_SET_ROLE = (
    update(member)
    .where(member.c.group_id == bindparam("group"), member.c.account_id == bindparam("account"))
    .values(role=bindparam("as"))
)
_HAND_OVER = (
    update(group)
    .where(group.c.id == bindparam("which"))
    .values(administrator_id=bindparam("account"), state=ACTIVE, state_since=bindparam("now"), kept=0, ends=0)
)
_FORGET_PROPOSALS = delete(proposal).where(proposal.c.group_id == bindparam("group"))


@dataclass(frozen=True, slots=True)
class Member:
    """One account in a group; `joined` in milliseconds since 1970."""

    account: PrincipalId
    login: str
    joined: int
    role: Role


def find(tx: Tx, name: str) -> Group:
    """The group of that name; Missing if there is none."""
    row = tx.execute(_FIND, {"name": name}).first()
    if row is None:
        raise Missing(f"There is no group {name!r}.", group=name)
    return from_row(row)


def get(tx: Tx, group_id: PrincipalId) -> Group:
    """The group of that id; Missing if there is none."""
    row = tx.execute(_GET, {"group": group_id}).first()
    if row is None:
        raise Missing("There is no such group.", group=group_id)
    return from_row(row)


def owning(tx: Tx, space_id: SpaceId) -> Group | None:
    """The group that owns a space; None for an account's private space."""
    row = tx.execute(_OWNING, {"space": space_id}).first()
    return None if row is None else from_row(row)


def listed(tx: Tx) -> list[Group]:
    """All groups, by name."""
    return [from_row(row) for row in tx.execute(_ALL)]


def groups_of(tx: Tx, account_id: PrincipalId) -> list[Group]:
    """The groups an account is a member of, by name."""
    return [from_row(row) for row in tx.execute(_OF_ACCOUNT, {"account": account_id})]


def administered(tx: Tx, account_id: PrincipalId) -> list[Group]:
    """The groups an account administers, by name."""
    return [from_row(row) for row in tx.execute(_ADMINISTERED, {"account": account_id})]


def members(tx: Tx, group_id: PrincipalId) -> list[Member]:
    """The members of a group, the administrator among them, by seniority."""
    return [
        Member(
            PrincipalId(row.account_id),
            row.login,
            row.joined,
            role_from(row.account_id, row.role, row.administrator_id),
        )
        for row in tx.execute(_MEMBERS, {"group": group_id})
    ]


def is_member(tx: Tx, group_id: PrincipalId, account_id: PrincipalId) -> bool:
    """Whether an account belongs to a group."""
    return tx.execute(_ROLE, {"group": group_id, "account": account_id}).first() is not None


def role_of(tx: Tx, found: Group, account_id: PrincipalId) -> Role | None:
    """What an account is in a group; None if it is no member."""
    row = tx.execute(_ROLE, {"group": found.id, "account": account_id}).first()
    return None if row is None else role_from(account_id, row.role, found.administrator)


def known(tx: Tx, name: str, by: PrincipalId) -> tuple[Group, Role]:
    """The group of that name as a member finds it, and what he is in it; Missing for who is none, as if it were not."""
    found = find(tx, name)
    role = role_of(tx, found, by)
    if role is None:
        raise Missing(f"There is no group {name!r}.", group=name)
    return found, role


def need_managing(tx: Tx, found: Group, by: PrincipalId | None) -> None:
    """Denied unless `by` may manage the members: the administrator, a co-administrator or the operator (None).

    Missing for one who is no member, and may not know of the group.
    """
    if _need_known(tx, found, by) is Role.MEMBER:
        raise Denied(
            f"Only the administrator and the co-administrators of group {found.name} can do that.", group=found.id
        )


def need_administrator(tx: Tx, found: Group, by: PrincipalId | None) -> None:
    """Denied unless `by` is the administrator or the operator (None); Missing for one who is no member."""
    if _need_known(tx, found, by) is not Role.ADMINISTRATOR:
        raise Denied(f"Only the administrator of group {found.name} can do that.", group=found.id)


def need_active(found: Group) -> None:
    """Denied while a group is frozen (S3)."""
    if found.frozen:
        raise Denied(
            f"Group {found.name} can only be read, because the account of its administrator is suspended: "
            "another member has to take it over first.",
            group=found.id,
        )


def create(tx: Tx, name: str, *, administrator: PrincipalId) -> Group:
    """Make a group with its space and default collections; its creator administers it.

    Malformed for a name that is no slug, Exists for one taken, NotInPlan when the creator's plan
    allows no further group.
    """
    principals.need_slug(name, what="a group")
    row = tx.execute(_TAKEN, {"name": name}).first()
    if row is not None:
        gone = row.state == DELETED
        why = f"was a group {name!r}, which can still be restored" if gone else f"is a group {name!r} already"
        raise Exists(f"There {why}. Choose another name.", group=name)
    need_group_left(tx, administrator)
    group_id = principals.add(tx, "group")
    tx.execute(_ADD_GROUP, {"id": group_id, "name": name, "administrator_id": administrator})
    tx.execute(_ADD_MEMBER, {"group_id": group_id, "account_id": administrator, "joined": tx.now})
    owned = spaces.add(tx, group_id)
    furnish(tx, owned.id)
    tell(tx, group_id, administrator)
    journal.record(tx, owned.id, ActKind.FOUNDED, whom=administrator)
    return Group(group_id, name, administrator, owned.id)


def furnish(tx: Tx, space_id: SpaceId) -> None:
    """Add the default calendar, task list and address book to a new space."""
    for tool, name, role in DEFAULTS:
        root = collections.root(tx, space_id, tool)
        collections.add(tx, root, name, role=role, grant=rights.house(tx, root, Right.ADD))


def add(tx: Tx, group_id: PrincipalId, account_id: PrincipalId, *, invited: bool = False) -> None:
    """Make an account a member.

    Pending invitations have their places already: only who comes by one of them is not held back by the others.

    Raises:
        Exists: it is one.
        NotInPlan: the administrator's plan has no place left (R63).
    """
    found = get(tx, group_id)
    if is_member(tx, group_id, account_id):
        raise Exists(f"The account is a member of group {found.name} already.", group=group_id, account=account_id)
    need_place(tx, found, pending=not invited)
    tx.execute(_ADD_MEMBER, {"group_id": group_id, "account_id": account_id, "joined": tx.now})
    journal.record(tx, found.space, ActKind.JOINED, whom=account_id)
    tell(tx, group_id, account_id)


def need_place(tx: Tx, found: Group, *, pending: bool = True, but: str = "") -> None:
    """NotInPlan unless the administrator's plan allows another member.

    `pending`: invitations that are not answered count, but for that of the address `but`. Denied as by
    `need_lasting`.
    """
    need_lasting(tx, found)
    allowed = plan_of(tx, found.administrator).capacities[Capacity.MEMBERS_PER_GROUP]
    held = tx.execute(_COUNT, {"group": found.id}).scalar_one()
    asked_for = waiting(tx, found.id, but=but) if pending else 0
    if held + asked_for >= allowed:
        asked = f" ({asked_for} of them are invited and have not answered)" if asked_for else ""
        raise NotInPlan(
            f"Group {found.name} is full: the subscription of its administrator allows {allowed} members{asked}. "
            "Remove a member, or ask for a larger plan.",
            group=found.id,
        )


def need_lasting(tx: Tx, found: Group) -> None:
    """Denied while the account of a group's administrator is closed: nobody is to depend on what goes with it (S4)."""
    if tx.execute(_CLOSED, {"account": found.administrator}).first() is not None:
        raise Denied(
            f"The account of the administrator of group {found.name} is closed, and the group will go with it: "
            "restore the account first.",
            group=found.id,
        )


def waiting(tx: Tx, group_id: PrincipalId, *, but: str = "") -> int:
    """How many invitations of a group are not answered, but for that of the address `but`."""
    return int(tx.execute(_PENDING, {"group": group_id, "but": but, "now": tx.now}).scalar_one())


def set_role(
    tx: Tx, group_id: PrincipalId, account_id: PrincipalId, *, role: Role, by: PrincipalId | None = None
) -> None:
    """Make a member a co-administrator, or a co-administrator a plain member.

    Raises:
        Malformed: the administrator is made by a hand-over only.
        Denied: `by` is not the administrator, or the account is the administrator's.
        Missing: there is no such group, or the account is no member.
    """
    if role is Role.ADMINISTRATOR:
        raise Malformed("A group has one administrator: hand it over to make another member its administrator.")
    found = get(tx, group_id)
    need_administrator(tx, found, by)
    need_member(tx, found, account_id)
    if found.administrator == account_id:
        raise Denied(f"The account is the administrator of group {found.name}: hand the group over first.")
    tx.execute(_SET_ROLE, {"group": group_id, "account": account_id, "as": str(role)})
    journal.record(tx, found.space, ActKind.ROLE, whom=account_id, detail=f": {role}")
    tell(tx, group_id, account_id)


def hand_over(tx: Tx, group_id: PrincipalId, account_id: PrincipalId) -> None:
    """Make another member the administrator, at once; from then on his plan pays and counts (C7).

    A smaller plan is no obstacle: then nothing can be added until there is room again (S1, S5). The
    former administrator stays as a plain member; what else was proposed is void; a frozen group is active.
    Missing if he is no member, NotInPlan when his plan allows no further group.
    """
    found = get(tx, group_id)
    need_member(tx, found, account_id)
    if found.administrator == account_id:
        return
    need_group_left(tx, account_id)
    tx.execute(_HAND_OVER, {"which": group_id, "account": account_id, "now": tx.now})
    subscriptions.settle(tx, account_id)
    tx.execute(_FORGET_PROPOSALS, {"group": group_id})
    for each in (account_id, found.administrator):
        tx.execute(_SET_ROLE, {"group": group_id, "account": each, "as": str(Role.MEMBER)})
    journal.record(tx, found.space, ActKind.HANDED_OVER, whom=account_id)
    tell_all(tx, group_id)


def need_group_left(tx: Tx, account_id: PrincipalId) -> None:
    """NotInPlan unless the account's plan lets it administer another group (R61)."""
    allowed = plan_of(tx, account_id).capacities[Capacity.GROUPS]
    if len(administered(tx, account_id)) >= allowed:
        raise NotInPlan(
            f"The subscription of the account allows it to administer {allowed} groups, and it does so already. "
            "Hand one over or delete one, or choose a larger plan.",
            account=account_id,
        )


def need_member(tx: Tx, found: Group, account_id: PrincipalId) -> None:
    """Missing unless the account belongs to the group."""
    if not is_member(tx, found.id, account_id):
        raise Missing(
            f"The account is not a member of group {found.name}: add it first.", group=found.id, account=account_id
        )


def tell(tx: Tx, group_id: PrincipalId, account_id: PrincipalId) -> None:
    """Both sides look again: the sessions of the account, and those that watch the group."""
    tx.tell(group_id)
    tx.tell(account_id)


def tell_all(tx: Tx, group_id: PrincipalId) -> None:
    """Everybody in the group looks again."""
    tx.tell(group_id)
    for each in members(tx, group_id):
        tx.tell(each.account)


def from_row(row: Row[*tuple[object, ...]]) -> Group:
    """The group of a row of `ROWS`."""
    return Group(
        PrincipalId(row.id), row.name, PrincipalId(row.administrator_id), SpaceId(row.space_id), row.state == FROZEN
    )


def role_from(account_id: PrincipalId, kept: str, administrator: PrincipalId) -> Role:
    """What a member is, from his row and who administers the group."""
    return Role.ADMINISTRATOR if account_id == administrator else Role(kept)


def _need_known(tx: Tx, found: Group, by: PrincipalId | None) -> Role:
    """What `by` is in the group; the operator is what the administrator is."""
    role = Role.ADMINISTRATOR if by is None else role_of(tx, found, by)
    if role is None:
        raise Missing(f"There is no group {found.name!r}.", group=found.id, account=by)
    return role
