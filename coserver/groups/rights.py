"""May they: the one evaluator of rights, for every protocol.

Invariants: rights are a union, there is no rule that takes away; the owner of a private space holds
all; in a group's space the administrator holds all, a member reads and holds what was given to all
members or to him; nobody else holds anything (R16, R17). `Grant` is made here only, and counts in
the running tx only: a right taken away is gone at the next look.
"""

from dataclasses import dataclass

from sqlalchemy import BindParameter, ColumnElement, FromClause, and_, bindparam, select

from coserver.model.errors import Denied, Missing
from coserver.model.ids import PrincipalId, SpaceId
from coserver.model.rights import ALL, PRESETS, Grant, Preset, Right
from coserver.model.space import Collection, Tool
from coserver.store.schema.groups import group_right, member
from coserver.store.tx import Tx
from coserver.store.views import owned_space

_MEMBER = Right.BUSY | Right.READ  # R47, R57: a member always reads
_to_all = group_right.alias("to_all")
_to_one = group_right.alias("to_one")


def _given(rows: FromClause, principal: ColumnElement[int]) -> ColumnElement[bool]:
    """What the group of the space gave to a principal in the tool asked for."""
    return and_(
        rows.c.group_id == owned_space.c.owner_id, rows.c.principal_id == principal, rows.c.tool == bindparam("which")
    )


_account: BindParameter[int] = bindparam("account")
_space = owned_space.c
_STANDING = (
    select(
        _space.owner_id,
        _space.group_name,
        _space.administrator_id,
        member.c.account_id.label("member"),
        _to_all.c.preset.label("to_all"),
        _to_one.c.preset.label("to_one"),
    )
    .select_from(owned_space)
    .outerjoin(member, and_(member.c.group_id == _space.owner_id, member.c.account_id == _account))
    .outerjoin(_to_all, _given(_to_all, _space.owner_id))
    .outerjoin(_to_one, _given(_to_one, _account))
    .where(_space.id == bindparam("space"))
)
_WORDS = {
    Right.BUSY: "see when it is busy",
    Right.READ: "read",
    Right.SEEN: "mark as read",
    Right.ADD: "add",
    Right.EDIT_OWN: "edit what is one's own",
    Right.EDIT_ANY: "edit",
    Right.DELETE_OWN: "delete what is one's own",
    Right.DELETE_ANY: "delete",
    Right.POST: "post",
    Right.DROP: "drop",
    Right.ADMINISTER: "manage",
}


@dataclass(frozen=True, slots=True)
class _Standing:
    """How an account stands to a space: everything the evaluation rests on."""

    owner: bool
    group: str | None
    administrator: bool
    member: bool
    to_all: Preset
    to_one: Preset

    @property
    def rights(self) -> Right:
        """The union of what each rule gives."""
        if self.owner or self.administrator:
            return ALL
        if self.member:
            return _MEMBER | PRESETS[self.to_all] | PRESETS[self.to_one]
        return Right.NOTHING


def within(tx: Tx, account: PrincipalId, space_id: SpaceId, tool: Tool) -> Right:
    """The rights of an account on everything of one tool of a space; nothing if there is no such space."""
    return _standing(tx, account, space_id, tool).rights


def of(tx: Tx, account: PrincipalId, collection: Collection) -> Right:
    """The rights of an account on a collection."""
    return within(tx, account, collection.space, collection.tool)


def need(tx: Tx, account: PrincipalId, collection: Collection, right: Right) -> Grant:
    """The proof that an account holds `right` (all bits of it) on a collection.

    The grant carries all rights held there, so that the gate can tell own from any. Missing when
    the account may not even know that the collection is there, Denied with the reason otherwise.
    """
    standing = _standing(tx, account, collection.space, collection.tool)
    held = standing.rights
    if right in held:
        return Grant(account, collection.id, held)
    if Right.READ not in held:
        raise Missing("There is no such collection.", account=account, collection=collection.id)
    raise Denied(_refusal(standing, collection.tool, right & ~held), account=account, collection=collection.id)


def house(_tx: Tx, collection: Collection, right: Right) -> Grant:
    """The proof for acts of the house itself: delivery, creation of defaults, housekeeping."""
    return Grant(None, collection.id, right)


def why(tx: Tx, account: PrincipalId, collection: Collection) -> list[str]:
    """Why an account holds what it holds on a collection: one sentence for each rule, and one for what is missing."""
    standing = _standing(tx, account, collection.space, collection.tool)
    lines = _reasons(standing, collection.tool)
    lines.append(f"Together: {spoken(standing.rights)}.")
    missing = ALL & ~standing.rights
    if missing and standing.group is not None and standing.member:
        lines.append(f"Not allowed: {spoken(missing)}; the administrator of group {standing.group} can give that.")
    elif missing and standing.group is not None:
        lines.append(f"Members of group {standing.group} may read; its administrator can add this account.")
    elif missing:
        lines.append("Private spaces are shared within groups only: put it into a group's space instead.")
    return lines


def spoken(rights: Right) -> str:
    """Rights in words for people: ``read, add``; ``nothing``."""
    return ", ".join(words for right, words in _WORDS.items() if right in rights) or "nothing"


def _standing(tx: Tx, account: PrincipalId, space_id: SpaceId, tool: Tool) -> _Standing:
    row = tx.execute(_STANDING, {"account": account, "space": space_id, "which": tool}).first()
    if row is None:
        return _Standing(False, None, False, False, Preset.NOTHING, Preset.NOTHING)
    return _Standing(
        owner=row.owner_id == account,
        group=row.group_name,
        administrator=row.administrator_id == account,
        member=row.member is not None,
        to_all=Preset(row.to_all or Preset.NOTHING),
        to_one=Preset(row.to_one or Preset.NOTHING),
    )


def _reasons(standing: _Standing, tool: Tool) -> list[str]:
    if standing.owner:
        return ["This is the account's own private space: its owner may do everything."]
    if standing.group is None:
        return ["This is a private space of somebody else."]
    if standing.administrator:
        return [f"The account is the administrator of group {standing.group}: he may do everything."]
    if not standing.member:
        return [f"This belongs to group {standing.group}, and the account is not a member of it."]
    lines = [f"The account is a member of group {standing.group}: members may {spoken(_MEMBER)}."]
    if standing.to_all is not Preset.NOTHING:
        lines.append(f"All members hold the right '{standing.to_all}' in {tool}: {spoken(PRESETS[standing.to_all])}.")
    if standing.to_one is not Preset.NOTHING:
        lines.append(
            f"The account was given the right '{standing.to_one}' in {tool}: {spoken(PRESETS[standing.to_one])}."
        )
    return lines


def _refusal(standing: _Standing, tool: Tool, missing: Right) -> str:
    return (
        f"You may read the {tool} of group {standing.group}, but not {spoken(missing)}: "
        "its administrator can give you the right."
    )
