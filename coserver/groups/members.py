"""Groups and who belongs to them.

Invariants: the creator of a group is its administrator (R56) and a member of it; the administrator
stays one until he has handed over (R58); how many groups one administers and how many members a
group has is bounded by the administrator's plan (R61, R63), and nobody is expelled when a plan
shrinks (S2). A name is a unique slug: it stands in mailbox names, URLs and paths.
"""

import re
from dataclasses import dataclass

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from coserver.groups import principals, rights
from coserver.model.errors import Denied, Exists, Malformed, Missing, NotInPlan
from coserver.model.ids import PrincipalId, SpaceId
from coserver.model.plan import Capacity
from coserver.model.principal import Group
from coserver.model.rights import Right
from coserver.model.space import Tool
from coserver.quota.plans import plan_of
from coserver.store import collections, spaces
from coserver.store.schema.groups import group, group_right, member
from coserver.store.tx import Tx
from coserver.store.views import login_name, owned_space

DEFAULTS = (  # what every new group finds in its space, as every new account does
    (Tool.CALENDAR, "calendar", "VEVENT"),
    (Tool.CALENDAR, "tasks", "VTODO"),
    (Tool.CONTACTS, "contacts", "VCARD"),
)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")

_groups = select(group.c.id, group.c.name, group.c.administrator_id, owned_space.c.id.label("space_id")).join(
    owned_space, owned_space.c.owner_id == group.c.id
)
_FIND = _groups.where(group.c.name == bindparam("name"))
_GET = _groups.where(group.c.id == bindparam("group"))
_OWNING = _groups.where(owned_space.c.id == bindparam("space"))
_ALL = _groups.order_by(group.c.name)
_OF_ACCOUNT = (
    _groups.join(member, member.c.group_id == group.c.id)
    .where(member.c.account_id == bindparam("account"))
    .order_by(group.c.name)
)
_ADMINISTERED = _groups.where(group.c.administrator_id == bindparam("account")).order_by(group.c.name)
_MEMBERS = (
    select(member.c.account_id, login_name.c.login, member.c.joined)
    .join(login_name, login_name.c.id == member.c.account_id)
    .where(member.c.group_id == bindparam("group"))
    .order_by(member.c.joined, member.c.account_id)
)
_IS_MEMBER = select(member.c.joined).where(
    member.c.group_id == bindparam("group"), member.c.account_id == bindparam("account")
)
_COUNT = select(func.count()).select_from(member).where(member.c.group_id == bindparam("group"))
_ADD_GROUP = insert(group)
_ADD_MEMBER = insert(member)
_REMOVE_MEMBER = delete(member).where(
    member.c.group_id == bindparam("group"), member.c.account_id == bindparam("account")
)
_REMOVE_RIGHTS = delete(group_right).where(
    group_right.c.group_id == bindparam("group"), group_right.c.principal_id == bindparam("account")
)
_HAND_OVER = update(group).where(group.c.id == bindparam("which")).values(administrator_id=bindparam("account"))


@dataclass(frozen=True, slots=True)
class Member:
    """One account in a group; `joined` in milliseconds since 1970."""

    account: PrincipalId
    login: str
    joined: int


def find(tx: Tx, name: str) -> Group:
    """The group of that name; Missing if there is none."""
    row = tx.execute(_FIND, {"name": name}).first()
    if row is None:
        raise Missing(f"There is no group {name!r}.", group=name)
    return _group(row)


def get(tx: Tx, group_id: PrincipalId) -> Group:
    """The group of that id; Missing if there is none."""
    row = tx.execute(_GET, {"group": group_id}).first()
    if row is None:
        raise Missing("There is no such group.", group=group_id)
    return _group(row)


def owning(tx: Tx, space_id: SpaceId) -> Group | None:
    """The group that owns a space; None for an account's private space."""
    row = tx.execute(_OWNING, {"space": space_id}).first()
    return None if row is None else _group(row)


def listed(tx: Tx) -> list[Group]:
    """All groups, by name."""
    return [_group(row) for row in tx.execute(_ALL)]


def groups_of(tx: Tx, account_id: PrincipalId) -> list[Group]:
    """The groups an account is a member of, by name."""
    return [_group(row) for row in tx.execute(_OF_ACCOUNT, {"account": account_id})]


def administered(tx: Tx, account_id: PrincipalId) -> list[Group]:
    """The groups an account administers, by name."""
    return [_group(row) for row in tx.execute(_ADMINISTERED, {"account": account_id})]


def members(tx: Tx, group_id: PrincipalId) -> list[Member]:
    """The members of a group, the administrator among them, by seniority."""
    return [
        Member(PrincipalId(row.account_id), row.login, row.joined) for row in tx.execute(_MEMBERS, {"group": group_id})
    ]


def is_member(tx: Tx, group_id: PrincipalId, account_id: PrincipalId) -> bool:
    """Whether an account belongs to a group."""
    return tx.execute(_IS_MEMBER, {"group": group_id, "account": account_id}).first() is not None


def create(tx: Tx, name: str, *, administrator: PrincipalId) -> Group:
    """Make a group with its space and default collections; its creator administers it.

    Malformed for a name that is no slug, Exists for one taken, NotInPlan when the creator's plan
    allows no further group.
    """
    if not _NAME.fullmatch(name) or ".." in name:
        raise Malformed(
            f"{name!r} cannot be a group's name: use up to 64 of a-z, 0-9, dot, underscore and hyphen, "
            "with a letter or digit first and last."
        )
    if tx.execute(_FIND, {"name": name}).first() is not None:
        raise Exists(f"There is a group {name!r} already: choose another name.", group=name)
    _need_group_left(tx, administrator)
    group_id = principals.add(tx, "group")
    tx.execute(_ADD_GROUP, {"id": group_id, "name": name, "administrator_id": administrator})
    tx.execute(_ADD_MEMBER, {"group_id": group_id, "account_id": administrator, "joined": tx.now})
    owned = spaces.add(tx, group_id)
    furnish(tx, owned.id)
    _tell(tx, group_id, administrator)
    return Group(group_id, name, administrator, owned.id)


def furnish(tx: Tx, space_id: SpaceId) -> None:
    """Add the default calendar, task list and address book to a new space."""
    for tool, name, role in DEFAULTS:
        root = collections.root(tx, space_id, tool)
        collections.add(tx, root, name, role=role, grant=rights.house(tx, root, Right.ADD))


def add(tx: Tx, group_id: PrincipalId, account_id: PrincipalId) -> None:
    """Make an account a member. Exists if it is one, NotInPlan when the administrator's plan has no place left."""
    found = get(tx, group_id)
    if is_member(tx, group_id, account_id):
        raise Exists(f"The account is a member of group {found.name} already.", group=group_id, account=account_id)
    allowed = plan_of(tx, found.administrator).capacities[Capacity.MEMBERS_PER_GROUP]
    if tx.execute(_COUNT, {"group": group_id}).scalar_one() >= allowed:
        raise NotInPlan(
            f"Group {found.name} is full: the subscription of its administrator allows {allowed} members. "
            "Remove a member, or ask for a larger plan.",
            group=group_id,
        )
    tx.execute(_ADD_MEMBER, {"group_id": group_id, "account_id": account_id, "joined": tx.now})
    _tell(tx, group_id, account_id)


def remove(tx: Tx, group_id: PrincipalId, account_id: PrincipalId) -> None:
    """End a membership with all rights it gave (R17). What the member put there stays (S7).

    Missing if the account is no member, Denied for the administrator (R58).
    """
    found = get(tx, group_id)
    _need_member(tx, found, account_id)
    if found.administrator == account_id:
        raise Denied(
            f"The administrator cannot leave group {found.name}: hand it over to another member first, or delete it.",
            group=group_id,
        )
    tx.execute(_REMOVE_RIGHTS, {"group": group_id, "account": account_id})
    tx.execute(_REMOVE_MEMBER, {"group": group_id, "account": account_id})
    _tell(tx, group_id, account_id)


def hand_over(tx: Tx, group_id: PrincipalId, account_id: PrincipalId) -> None:
    """Make another member the administrator; from then on his plan pays and counts (C7).

    A smaller plan is no obstacle: then nothing can be added until there is room again (S1, S5).
    Missing if he is no member, NotInPlan when his plan allows no further group.
    """
    found = get(tx, group_id)
    _need_member(tx, found, account_id)
    if found.administrator == account_id:
        return
    _need_group_left(tx, account_id)
    tx.execute(_HAND_OVER, {"which": group_id, "account": account_id})
    _tell(tx, group_id, account_id)
    tx.tell(found.administrator)


def delete_(tx: Tx, group_id: PrincipalId) -> None:
    """Delete a group with its space and everything in it; Missing if there is none."""
    found = get(tx, group_id)
    for each in members(tx, group_id):
        tx.tell(each.account)
    tx.tell(group_id)
    spaces.remove(tx, found.space)
    principals.remove(tx, group_id)


def _group(row: Row[*tuple[object, ...]]) -> Group:
    return Group(PrincipalId(row.id), row.name, PrincipalId(row.administrator_id), SpaceId(row.space_id))


def _need_group_left(tx: Tx, account_id: PrincipalId) -> None:
    allowed = plan_of(tx, account_id).capacities[Capacity.GROUPS]
    if len(administered(tx, account_id)) >= allowed:
        raise NotInPlan(
            f"The subscription of the account allows it to administer {allowed} groups, and it does so already. "
            "Hand one over or delete one, or choose a larger plan.",
            account=account_id,
        )


def _need_member(tx: Tx, found: Group, account_id: PrincipalId) -> None:
    if not is_member(tx, found.id, account_id):
        raise Missing(
            f"The account is not a member of group {found.name}: add it first.", group=found.id, account=account_id
        )


def _tell(tx: Tx, group_id: PrincipalId, account_id: PrincipalId) -> None:
    """Both sides look again: the sessions of the account, and those that watch the group."""
    tx.tell(group_id)
    tx.tell(account_id)
