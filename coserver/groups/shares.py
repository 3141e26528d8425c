"""Shares: rights on a collection or an item, given through a group to all of it or to one member (R14, R16).

Invariants: sharing happens within a group only: the owner of a private space shares through a group he is a
member of, to it or to a member of it; what lies in a group's space is shared through that group. Who is
not the owner needs the right to manage, keeps to the group through which he got it, and never gives more
than he holds (S6). A membership that ends takes with it what was shared to and by the account through
that group (R17, S7). One resource holds one preset for each group and principal: the last one given.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Text, bindparam, cast, delete, func, insert, or_, select

from coserver.groups import members, rights
from coserver.groups.standing import DELETED
from coserver.model.act import ActKind
from coserver.model.errors import Denied, Malformed, Missing, NoRoom
from coserver.model.ids import CollectionId, ItemId, PrincipalId
from coserver.model.item import Item
from coserver.model.principal import Group, State
from coserver.model.rights import PRESETS, Preset, Right
from coserver.model.space import Collection, Tool
from coserver.store import items, journal, spaces
from coserver.store.schema.groups import group, member, share
from coserver.store.tx import Tx
from coserver.store.views import collection_place, item_place, login_name

MOST = 1000  # shares of one collection or item
MOST_OF_OWNER = 10_000  # shares of all that an account or a group has
MOST_OF_GROUP = 100_000  # shares through one group, whoever shares

_share = share.c
_owner, _to, _maker = (login_name.alias(name) for name in ("owner", "recipient", "maker"))
_in = collection_place.alias("inside")
_joined = (
    select(
        _share.id, _share.collection_id, _share.item_id, _share.owner_id, _share.group_id, _share.principal_id,
        _share.preset, _share.created, group.c.name.label("group_name"), _owner.c.login.label("owner"),
        _to.c.login.label("recipient"), _maker.c.login.label("made_by"), item_place.c.collection_id.label("inside"),
        func.coalesce(collection_place.c.tool, _in.c.tool).label("tool"),
        func.coalesce(collection_place.c.name, item_place.c.name, cast(item_place.c.uid, Text)).label("name"),
    )
    .select_from(share)
    .join(group, (group.c.id == _share.group_id) & (group.c.state != DELETED))
    .outerjoin(_owner, _owner.c.id == _share.owner_id)
    .outerjoin(_to, _to.c.id == _share.principal_id)
    .outerjoin(_maker, _maker.c.id == _share.created_by)
    .outerjoin(collection_place, collection_place.c.id == _share.collection_id)
    .outerjoin(item_place, item_place.c.id == _share.item_id)
    .outerjoin(_in, _in.c.id == item_place.c.collection_id)
)  # fmt: skip
_GIVEN = _joined.where(_share.owner_id == bindparam("owner")).order_by(_share.id)
_ON_COLLECTION = _joined.where(_share.collection_id == bindparam("resource")).order_by(_share.id)
_ON_ITEM = _joined.where(_share.item_id == bindparam("resource")).order_by(_share.id)
_mine = select(member.c.group_id).where(member.c.account_id == bindparam("account"))
_RECEIVED = (  # one look-up by principal for the account and for each of its groups
    _joined.where(
        _share.principal_id.in_(
            _mine.union_all(select(login_name.c.id).where(login_name.c.id == bindparam("account")))
        ),
        _share.group_id.in_(_mine),
        _share.owner_id != bindparam("account"),
        _owner.c.state != State.CLOSED,  # no row: what a group owns, which its members find in its own space
    )
    .order_by(_share.id)
)  # fmt: skip
_OF_GROUPS = select(_share.collection_id).where(_share.owner_id.in_(_mine), _share.collection_id.is_not(None))
_REACHED = (
    select(member.c.account_id)
    .distinct()
    .join(share, share.c.group_id == member.c.group_id)
    .where(
        _share.owner_id == bindparam("owner"),
        or_(_share.principal_id == member.c.account_id, _share.principal_id == _share.group_id),
    )
)
_REACHED_SINGLY = _REACHED.where(_share.item_id.is_not(None))
_HERE = or_(_share.collection_id == bindparam("collection"), _share.item_id == bindparam("item"))
_number = select(func.count()).select_from(share)
_OF_THING = _number.where(_HERE)
_OF_OWNER = _number.where(_share.owner_id == bindparam("owner"))
_OF_GROUP = _number.where(_share.group_id == bindparam("group"))
_ADD = insert(share)
_REMOVE = delete(share).where(
    _HERE, _share.group_id == bindparam("group"), _share.principal_id == bindparam("principal")
)
_FORGET = delete(share).where(
    _share.group_id == bindparam("group"),
    or_(_share.principal_id == bindparam("account"), _share.owner_id == bindparam("account")),
)


@dataclass(frozen=True, slots=True)
class Target:
    """What is shared: a collection, or one item in it."""

    collection: Collection
    item: Item | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """One share. `recipient` is a member's login, None for all of the group; `name` that of what is shared.

    `collection` is set for a shared collection; else `item` is, with the collection it lies `inside`.
    `made_by` is the login of who shared it, empty for the owner: it stays when he may not share it any more.
    """

    id: int
    collection: CollectionId | None
    item: ItemId | None
    inside: CollectionId | None
    tool: Tool
    name: str
    owner: PrincipalId
    owner_login: str
    group: PrincipalId
    group_name: str
    recipient: str | None
    preset: Preset
    created: int
    made_by: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What to share: through which group, to one member (None: to all of it), and as what."""

    group: PrincipalId
    to: PrincipalId | None
    preset: Preset


def add(tx: Tx, by: PrincipalId | None, target: Target, offer: Offer) -> None:
    """Share something, in place of what the same principal had of it through the same group.

    `by` is who shares; None: the owner himself, as when the operator acts for him.

    Raises:
        Denied: he may not share it, not through this group, or not that much.
        Missing: there is no such group, or he or the recipient is not in it.
        Malformed: this preset does not fit.
        NoRoom: it is shared often enough, or its owner shares, or all do through this group, as much as is kept.
    """
    through = members.get(tx, offer.group)
    _check(target, offer.preset)
    _need_sharing(tx, by, target, offer, through=through)
    if offer.to is not None and not members.is_member(tx, through.id, offer.to):
        raise Missing(f"The account is not a member of group {through.name}: sharing happens within a group.")
    if offer.to is not None and offer.to == _owner_of(tx, target):
        raise Malformed("It belongs to this account already: share it with somebody else.")
    principal, owner = through.id if offer.to is None else offer.to, _owner_of(tx, target)
    resource = _resource(target)
    tx.execute(_REMOVE, {**resource, "group": through.id, "principal": principal})
    _need_few(tx, resource, owner, through=through)
    row = {
        "collection_id": resource["collection"], "item_id": resource["item"], "owner_id": owner,
        "group_id": through.id, "principal_id": principal, "preset": str(offer.preset), "created_by": by,
        "created": tx.now,
    }  # fmt: skip
    tx.execute(_ADD, row)
    _note(tx, ActKind.SHARED, target, offer, through=through)
    _seen_otherwise(tx, target, through, offer.to)


def remove(tx: Tx, by: PrincipalId | None, target: Target, *, through: PrincipalId, to: PrincipalId | None) -> None:
    """Take a share back; whoever may share it may, and the recipient himself.

    Raises:
        Missing: it is not shared like that.
        Denied: he may not.
    """
    found = members.get(tx, through)
    if by is None or to is None or by != to:
        _need_sharing(tx, by, target, Offer(through, to, Preset.NOTHING), through=found)
    principal = found.id if to is None else to
    if tx.execute(_REMOVE, {**_resource(target), "group": found.id, "principal": principal}).rowcount == 0:
        raise Missing("It is not shared like that, or not any more.")
    _note(tx, ActKind.UNSHARED, target, Offer(found.id, to, Preset.NOTHING), through=found)
    _seen_otherwise(tx, target, found, to)


def given(tx: Tx, owner: PrincipalId) -> list[Share]:
    """What an account or a group shares of its own, oldest first."""
    return [_from(row) for row in tx.execute(_GIVEN, {"owner": owner})]


def given_by_groups(tx: Tx, account: PrincipalId) -> set[CollectionId]:
    """The collections that the groups of an account share of their own: one statement."""
    return {CollectionId(number) for number in tx.execute(_OF_GROUPS, {"account": account}).scalars()}


def received(tx: Tx, account: PrincipalId) -> list[Share]:
    """What others share with an account out of their private spaces, oldest first: one statement."""
    return [_from(row) for row in tx.execute(_RECEIVED, {"account": account})]


def on(tx: Tx, target: Target) -> list[Share]:
    """The shares of a collection or item itself, oldest first."""
    if target.item is None:
        return [_from(row) for row in tx.execute(_ON_COLLECTION, {"resource": target.collection.id})]
    return [_from(row) for row in tx.execute(_ON_ITEM, {"resource": target.item.id})]


def forget(tx: Tx, group_id: PrincipalId, account: PrincipalId) -> None:
    """A membership ends: so does what was shared through the group to the account and by it."""
    tx.execute(_FORGET, {"group": group_id, "account": account})
    for each in members.members(tx, group_id):
        tx.tell(each.account)


def tell(tx: Tx, owner: PrincipalId) -> None:
    """Those whom the shares of an account reach look again: it was closed, or restored."""
    for row in tx.execute(_REACHED, {"owner": owner}):
        tx.tell(PrincipalId(row.account_id))


def tell_singly(tx: Tx, owner: PrincipalId) -> None:
    """Those with whom an owner shares single items look again: some lie in another collection now."""
    for row in tx.execute(_REACHED_SINGLY, {"owner": owner}):
        tx.tell(PrincipalId(row.account_id))


def reached(tx: Tx, found: Group, to: PrincipalId | None) -> Iterable[PrincipalId]:
    """The accounts a share through a group reaches."""
    return [each.account for each in members.members(tx, found.id)] if to is None else [to]


def _need_few(tx: Tx, resource: Mapping[str, int | None], owner: PrincipalId, *, through: Group) -> None:
    if tx.execute(_OF_THING, resource).scalar_one() >= MOST:
        raise NoRoom(f"One thing can be shared {MOST} times; share it with a whole group instead.")
    if tx.execute(_OF_OWNER, {"owner": owner}).scalar_one() >= MOST_OF_OWNER:
        raise NoRoom(
            f"{MOST_OF_OWNER} things of one owner are shared already: share whole folders, mailboxes, calendars or "
            "address books instead of what is in them, or take some shares back."
        )
    if tx.execute(_OF_GROUP, {"group": through.id}).scalar_one() >= MOST_OF_GROUP:
        raise NoRoom(f"{MOST_OF_GROUP} things are shared through group {through.name} already: use another group.")


def _owner_of(tx: Tx, target: Target) -> PrincipalId:
    return spaces.get(tx, target.collection.space).owner


def _resource(target: Target) -> dict[str, int | None]:
    item = target.item
    return {"collection": target.collection.id if item is None else None, "item": None if item is None else item.id}


def _check(target: Target, preset: Preset) -> None:
    tool = target.collection.tool
    if target.item is None and target.collection.parent is None:
        raise Malformed(f"The whole of {tool} cannot be shared: share what is in it.")
    if preset is Preset.NOTHING:
        raise Malformed("To share nothing, take the share back.")
    if preset is Preset.BUSY and tool is not Tool.CALENDAR:
        raise Malformed("Only calendars can be shared as busy times.")
    if preset is Preset.DROP and (tool is not Tool.DOCUMENTS or target.item is not None):
        raise Malformed("Only folders of documents can be shared for dropping files.")


def _need_sharing(tx: Tx, by: PrincipalId | None, target: Target, offer: Offer, *, through: Group) -> None:
    """Show that he may share this through this group."""
    owner = _owner_of(tx, target)
    owning = members.owning(tx, target.collection.space)
    if owning is not None and owning.id != through.id:
        raise Denied(f"What belongs to group {owning.name} is shared within that group only.")
    if owning is None and not members.is_member(tx, through.id, owner):
        raise Missing(f"The owner is not a member of group {through.name}: share it through one of his groups.")
    if by is None or by == owner:
        return
    item = target.item
    held = rights.on(tx, by, target.collection, item) if item else rights.of(tx, by, target.collection)
    if Right.ADMINISTER not in held:
        raise Denied("Only its owner, or who was given the right to manage it, can share this.")
    if not members.is_member(tx, through.id, by) or (owning is None and not _came_through(tx, by, target, through)):
        raise Denied(f"You manage this through another group than {through.name}: share it there.")
    if PRESETS[offer.preset] & ~held:
        raise Denied("Nobody can share more than he may do himself.")


def _came_through(tx: Tx, by: PrincipalId, target: Target, through: Group) -> bool:
    """Whether he holds the right to manage it through that group."""
    item = target.item
    reaching = rights.reaching(tx, by, target.collection, item)
    return any(each.group == through.name and Right.ADMINISTER in PRESETS[each.preset] for each in reaching)


def _note(tx: Tx, kind: ActKind, target: Target, offer: Offer, *, through: Group) -> None:
    whom = " through" if offer.to else "all of"
    preset = "" if kind is ActKind.UNSHARED else f" as {offer.preset}"
    journal.share(tx, kind, target.collection, target.item, detail=f"{whom} {through.name}{preset}", whom=offer.to)


def _seen_otherwise(tx: Tx, target: Target, through: Group, to: PrincipalId | None) -> None:
    """Those it reaches look again; a single item counts as changed for those who see its collection."""
    if target.item is not None:
        items.look_again(tx, target.item, collection=target.collection)
    for account in reached(tx, through, to):
        tx.tell(account)


def _from(row: Row[*tuple[Any, ...]]) -> Share:
    return Share(
        row.id, row.collection_id, row.item_id, row.inside, Tool(row.tool), str(row.name), PrincipalId(row.owner_id),
        row.owner or "", PrincipalId(row.group_id), row.group_name, row.recipient, Preset(row.preset), row.created,
        "" if row.made_by == row.owner else row.made_by or "",
    )  # fmt: skip
