"""May they: the one evaluator of rights, for every protocol.

Invariants: the rules are those of `standing`, for everybody the same; a question costs one statement
to the owner of a private space and at most four to anybody else, however many groups and shares
there are; nobody holds anything in a space of others but through a group (R16, R17). `Grant` is made
here only, and counts in the running tx only: a right taken away is gone at the next look.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, FromClause, Row, and_, bindparam, func, or_, select

from coserver.groups import comembers, reasons
from coserver.groups.standing import ACTIVE, DELETED, READS, Shared, Standing
from coserver.model.change import Change
from coserver.model.errors import Denied, Missing
from coserver.model.ids import CollectionId, ItemId, PrincipalId, SpaceId
from coserver.model.item import Item
from coserver.model.principal import State
from coserver.model.rights import NO_EXCEPTIONS, Grant, Preset, Privacy, Right
from coserver.model.space import Collection, Tool
from coserver.store import spaces
from coserver.store.schema.groups import group, group_right, member, share
from coserver.store.tx import Tx
from coserver.store.views import collection_place, item_place, login_name, owned_space

_AT_ONCE = 500
_to_all = group_right.alias("to_all")
_to_one = group_right.alias("to_one")


def _given(rows: FromClause, principal: ColumnElement[int]) -> ColumnElement[bool]:
    """What the group of the space gave to a principal in the tool asked for."""
    return and_(
        rows.c.group_id == owned_space.c.owner_id, rows.c.principal_id == principal, rows.c.tool == bindparam("which")
    )


_account: BindParameter[int] = bindparam("account")
_space = owned_space.c
_COLUMNS = (
    _space.owner_id, _space.owner_login, _space.hides_private, _space.group_name, _space.group_state,
    _space.administrator_id, member.c.role, _to_all.c.preset.label("to_all"), _to_one.c.preset.label("to_one"),
)  # fmt: skip
_belongs = and_(member.c.group_id == _space.owner_id, member.c.account_id == _account)
_was_given = (
    select(*_COLUMNS, _space.id)
    .select_from(owned_space)
    .outerjoin(_to_all, _given(_to_all, _space.owner_id))
    .outerjoin(_to_one, _given(_to_one, _account))
)
_STANDING = _was_given.outerjoin(member, _belongs).where(_space.id == bindparam("space"))
_IN_GROUPS = _was_given.join(member, _belongs).where(_space.id.in_(bindparam("spaces", expanding=True)))

_upward = (
    select(collection_place.c.id, collection_place.c.parent_id)
    .where(collection_place.c.id == bindparam("collection"))
    .cte("upward", recursive=True)
)
_above = collection_place.alias("above")
_upward = _upward.union_all(select(_above.c.id, _above.c.parent_id).where(_above.c.id == _upward.c.parent_id))
_reaching = (  # the shares that reach an account: to it or to all of a group it is a member of
    select(share.c.preset, group.c.name, (share.c.principal_id == share.c.group_id).label("to_all"))
    .join(group, and_(group.c.id == share.c.group_id, group.c.state != DELETED))
    .join(member, and_(member.c.group_id == share.c.group_id, member.c.account_id == _account))
    .outerjoin(login_name, login_name.c.id == share.c.owner_id)
    .where(func.coalesce(login_name.c.state, "") != State.CLOSED)  # of it nothing is served any more (S24)
    .where(or_(share.c.principal_id == _account, share.c.principal_id == share.c.group_id))
)
_SHARES = _reaching.add_columns(share.c.collection_id).join(_upward, _upward.c.id == share.c.collection_id)
_ITEM_SHARES = _reaching.add_columns(share.c.item_id, item_place.c.privacy, item_place.c.author_id).join(
    item_place, and_(item_place.c.id == share.c.item_id, item_place.c.collection_id == bindparam("collection"))
)
_SHARES_OF_ITEM = _reaching.where(share.c.item_id == bindparam("item"))
_PRIVATE = select(item_place.c.id, item_place.c.privacy, item_place.c.author_id).where(
    item_place.c.collection_id == bindparam("collection"), item_place.c.privacy != 0
)


@dataclass(frozen=True, slots=True)
class Held:
    """What an account holds on a collection, and on those of its items where it is something else.

    `owner`: the collection lies in its own private space.
    """

    rights: Right
    exceptions: Mapping[ItemId, Right] = field(default_factory=lambda: NO_EXCEPTIONS)
    owner: bool = False

    def on(self, item: ItemId) -> Right:
        """What is held on one item of the collection."""
        return self.exceptions.get(item, self.rights)

    def anywhere(self, right: Right) -> bool:
        """Whether all bits of a right are held on the collection, or on any item that is an exception."""
        return right in self.rights or any(right in each for each in self.exceptions.values())


def within(tx: Tx, account: PrincipalId, space_id: SpaceId, tool: Tool) -> Right:
    """The rights of an account on everything of one tool of a space, shares of parts of it aside."""
    return _in_space(tx, account, space_id, tool).rights


def within_groups(tx: Tx, account: PrincipalId, spaces_: Sequence[SpaceId], tool: Tool) -> dict[SpaceId, Right]:
    """The same of the spaces of groups that it belongs to, all at once."""
    found: dict[SpaceId, Right] = {}
    for first in range(0, len(spaces_), _AT_ONCE):
        some = {"account": account, "which": tool, "spaces": list(spaces_[first : first + _AT_ONCE])}
        found |= {SpaceId(row.id): _standing_of(account, tool, row).rights for row in tx.execute(_IN_GROUPS, some)}
    return found


def of(tx: Tx, account: PrincipalId, collection: Collection) -> Right:
    """The rights of an account on a collection; what is in it can differ: `held`."""
    return _standing(tx, account, collection).rights


def held(tx: Tx, account: PrincipalId, collection: Collection) -> Held:
    """The rights of an account on a collection and on every item in it."""
    return _held(tx, _standing(tx, account, collection), collection)


def on(tx: Tx, account: PrincipalId, collection: Collection, item: Item) -> Right:
    """The rights of an account on one item of a collection."""
    standing = _standing(tx, account, collection)
    return standing.on(item.privacy, item.author, _of_item(tx, standing, item.id))


def need(tx: Tx, account: PrincipalId, collection: Collection, right: Right) -> Grant:
    """The proof that an account holds `right` (all bits of it) on a collection.

    The grant carries all rights held there and the items on which others are held, so that the gate
    can tell own from any and private from open. Missing when the account may not even know that the
    collection is there, Denied with the reason otherwise.
    """
    standing = _standing(tx, account, collection)
    _need(standing, standing.rights, right, collection)
    return _grant(account, collection, _held(tx, standing, collection))


def need_on(tx: Tx, account: PrincipalId, collection: Collection, item: Item, right: Right) -> Grant:
    """The proof that an account holds `right` (all bits of it) on one item; errors as those of `need`."""
    standing = _standing(tx, account, collection)
    rights = standing.on(item.privacy, item.author, _of_item(tx, standing, item.id))
    _need(standing, rights, right, collection)
    return _grant(account, collection, _held(tx, standing, collection))


def need_withhold(tx: Tx, account: PrincipalId, collection: Collection, item: Item) -> Grant:
    """The proof that an account may say how far an item is withheld: the owner of a private space; in a
    group's space the administrator and the item's author, whatever else they may do there (R13).

    Missing when the item may not be known to the account, Denied otherwise.
    """
    standing = _standing(tx, account, collection)
    held_ = standing.on(item.privacy, item.author, _of_item(tx, standing, item.id))
    _need(standing, held_, Right.READ, collection)
    author = standing.group is not None and standing.state == ACTIVE and item.author == account
    if not (standing.reads_private and Right.EDIT_ANY in held_) and not author:
        whose = "the administrator of the group and who made it" if standing.group else standing.owner_login
        raise Denied(f"Only {whose} can make it private or public.", account=account, collection=collection.id)
    return Grant(account, collection.id, held_ | Right.EDIT_OWN)


def need_open(tx: Tx, account: PrincipalId, collection: Collection, coming: Iterable[Privacy]) -> None:
    """Denied when something private would come into the private space of somebody else: who brought it would not see
    it there any more, since only the owner says what is private in it (R13).
    """
    if all(privacy is Privacy.OPEN for privacy in coming):
        return
    standing = _in_space(tx, account, collection.space, collection.tool)
    if not standing.owner and standing.group is None:
        whose = standing.owner_login
        text = f"This is private, and here only {whose} can keep something private: make it public first."
        raise Denied(text, account=account, collection=collection.id)


def need_add(tx: Tx, account: PrincipalId, collection: Collection) -> Grant:
    """The proof that an account may put items into a collection: by the right to add, or to drop; errors as `need`."""
    standing = _standing(tx, account, collection)
    if Right.ADD not in standing.rights and Right.DROP in standing.rights:
        return Grant(account, collection.id, standing.rights | Right.ADD)
    _need(standing, standing.rights, Right.ADD, collection)
    return _grant(account, collection, _held(tx, standing, collection))


def need_drop(tx: Tx, account: PrincipalId, collection: Collection) -> Grant:
    """The proof that an account may leave files in a collection of others, and change those it left (R51).

    A share for dropping gives that; so does a group in common with the owner of a private space whose account is
    active, for the collection that is meant for it. Missing otherwise.
    """
    owner = spaces.get(tx, collection.space).owner
    if Right.DROP not in of(tx, account, collection) and not comembers.receives(tx, account, owner):
        raise Missing("There is no such collection.", account=account, collection=collection.id)
    return Grant(account, collection.id, Right.ADD | Right.EDIT_OWN | Right.DELETE_OWN)


def reaching(tx: Tx, account: PrincipalId, collection: Collection, item: Item | None = None) -> list[Shared]:
    """The shares that reach an account on a collection, or on one item of it; none for the owner."""
    standing = _standing(tx, account, collection)
    return [*standing.shares, *([] if item is None else _of_item(tx, standing, item.id))]


def knew(tx: Tx, account: PrincipalId, collection: Collection, gone: Iterable[Change]) -> list[Change]:
    """Of what is gone from a collection, that of which the account knew by what it inherits there."""
    standing = _standing(tx, account, collection)
    held_ = ((one, standing.inherited(one.privacy, one.author)) for one in gone)
    return [one for one, rights in held_ if Right.READ in rights or (Right.BUSY in rights and one.busy)]


def sight(tx: Tx, account: PrincipalId, collection: Collection) -> str:
    """How an account sees a collection as a whole, as a short word; empty for its own.

    It differs whenever that may have changed for items that bear no stamp of it: with the rights on the
    collection, with who is told what is private, and with the shares of single items.
    """
    standing = _standing(tx, account, collection)
    if standing.owner:
        return ""
    rows = tx.execute(_ITEM_SHARES, {"account": account, "collection": collection.id})
    single = sorted((int(row.item_id), str(row.preset)) for row in rows)
    told = (int(standing.rights & READS), standing.reads_private, standing.hides, single)
    return sha256(repr(told).encode()).hexdigest()[:8]


def house(_tx: Tx, collection: Collection, right: Right) -> Grant:
    """The proof for acts of the house itself: delivery, creation of defaults, housekeeping."""
    return Grant(None, collection.id, right)


def why(tx: Tx, account: PrincipalId, collection: Collection, item: Item | None = None) -> list[str]:
    """Why an account holds what it holds: one sentence for each rule, and one for what is missing."""
    standing = _standing(tx, account, collection)
    if item is None:
        return reasons.of_collection(standing)
    return reasons.of_item(standing, item.privacy, item.author, _of_item(tx, standing, item.id))


def _need(standing: Standing, rights: Right, right: Right, collection: Collection) -> None:
    if right in rights:
        return
    if not rights & _notices(collection.tool):
        raise Missing("There is no such collection.", account=standing.account, collection=collection.id)
    text = reasons.refusal(standing, rights, right & ~rights)
    raise Denied(text, account=standing.account, collection=collection.id)


def _notices(tool: Tool) -> Right:
    """With any of these one knows that a thing is there."""
    return Right.READ | Right.DROP | (Right.BUSY if tool is Tool.CALENDAR else Right.NOTHING)


def _grant(account: PrincipalId, collection: Collection, held_: Held) -> Grant:
    return Grant(account, collection.id, held_.rights, held_.exceptions)


def _held(tx: Tx, standing: Standing, collection: Collection) -> Held:
    if standing.owner:
        return Held(standing.rights, owner=True)
    found: dict[ItemId, tuple[Privacy, PrincipalId | None]] = {}
    shares: dict[ItemId, list[Shared]] = defaultdict(list)
    for row in tx.execute(_ITEM_SHARES, {"account": standing.account, "collection": collection.id}):
        found[row.item_id] = (Privacy(row.privacy), row.author_id)
        shares[row.item_id].append(Shared(Preset(row.preset), row.name, bool(row.to_all)))
    if not standing.reads_private and standing.rights:
        for row in tx.execute(_PRIVATE, {"collection": collection.id}):
            found[row.id] = (Privacy(row.privacy), row.author_id)
    each = {item: standing.on(*found[item], shares[item]) for item in found}
    return Held(standing.rights, {item: rights for item, rights in each.items() if rights != standing.rights})


def _of_item(tx: Tx, standing: Standing, item: ItemId) -> list[Shared]:
    if standing.owner:
        return []
    rows = tx.execute(_SHARES_OF_ITEM, {"account": standing.account, "item": item})
    return [Shared(Preset(row.preset), row.name, bool(row.to_all)) for row in rows]


def _standing(tx: Tx, account: PrincipalId, collection: Collection) -> Standing:
    found = _in_space(tx, account, collection.space, collection.tool)
    if found.owner:
        return found
    rows = tx.rows(_SHARES, {"account": account, "collection": collection.id})
    shares = (Shared(Preset(row.preset), row.name, bool(row.to_all), CollectionId(row.collection_id)) for row in rows)
    return replace(found, shares=tuple(shares))


def _in_space(tx: Tx, account: PrincipalId, space_id: SpaceId, tool: Tool) -> Standing:
    rows = tx.rows(_STANDING, {"account": account, "space": space_id, "which": tool})
    if not rows:
        return Standing(account, tool)
    return _standing_of(account, tool, rows[0])


def _standing_of(account: PrincipalId, tool: Tool, row: Row[*tuple[Any, ...]]) -> Standing:
    return Standing(
        account,
        tool,
        owner=row.owner_id == account,
        owner_login=row.owner_login or "",
        hides=bool(row.hides_private),
        group=row.group_name,
        state=row.group_state or "",
        administrator=row.administrator_id == account,
        coadministrator=row.role == "coadministrator",
        member=row.role is not None,
        to_all=Preset(row.to_all or Preset.NOTHING),
        to_one=Preset(row.to_one or Preset.NOTHING),
    )
