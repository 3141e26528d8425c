"""Access control lists: shares and presets as lists of who may do what, for the protocols that have such lists.

Invariants: nothing is stored but presets; a list is read from them and set by them, and what is given here is
asked of the same rules as any share. An identifier is the name of a group, for all of it; the login of a
co-member with whom there is exactly one group in common; or ``GROUP/LOGIN``. What is set on the whole of a
tool of a group holds for all of that tool (R57); on a part of it, for that and what is in it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from coserver.groups import members, presets, rights, shares
from coserver.groups.members import Member
from coserver.groups.shares import Offer, Target
from coserver.model.errors import Denied, Missing
from coserver.model.ids import CollectionId, PrincipalId
from coserver.model.principal import Group, Role
from coserver.model.rights import ALL, PRESETS, Preset, Privacy, Right
from coserver.model.space import Collection
from coserver.store import collections, spaces
from coserver.store.tx import Tx
from coserver.store.views import owned_space

_NOBODY = frozenset({"anyone", "anonymous", "authenticated", "owner", "administrators", "users"})
_OWNER = select(owned_space.c.owner_login).where(owned_space.c.id == bindparam("space"))


@dataclass(frozen=True, slots=True)
class Recipient:
    """What an identifier stands for: a member of a group, or with None all of it."""

    group: Group
    account: PrincipalId | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list. `preset` is None for those who hold everything whatever is set, who cannot be changed.

    `where` is the collection it was set on, None where it was set on the thing itself; it is `given` when it comes
    from the group that owns the space, for all of one tool.
    """

    identifier: str
    preset: Preset | None
    where: CollectionId | None = None
    given: bool = False

    @property
    def rights(self) -> Right:
        """What it allows."""
        return ALL if self.preset is None else PRESETS[self.preset]


def entries(tx: Tx, account: PrincipalId, target: Target) -> list[Entry]:
    """Who holds what on a collection or item: those who hold all of it first; the caller saw to the right to ask.

    Who manages what is another's is told of those whom it was shared with through groups he is in himself: which
    others there are, and who is in them, is not for him.
    """
    group = members.owning(tx, target.collection.space)
    if group is not None:
        return _of_group(tx, target, group)
    return _of_account(tx, account, target)


def owner_of(tx: Tx, collection: Collection) -> str:
    """The login of the owner of a private space; empty in a group's."""
    return str(tx.execute(_OWNER, {"space": collection.space}).scalar() or "")


def recipient(tx: Tx, account: PrincipalId, collection: Collection, identifier: str) -> Recipient:
    """What an identifier stands for, to an account that shares something.

    Raises:
        Missing: there is no such group or co-member.
        Denied: it names more than one, or can be given nothing.
    """
    if identifier.startswith("-"):
        raise Denied("Negative rights are not known here: what is not given is not held.")
    if identifier in _NOBODY:
        raise Denied("Sharing happens within a group: name a group, the login of a co-member, or GROUP/LOGIN.")
    groups = groups_for(tx, account, collection)
    name, slash, login = identifier.partition("/")
    for group in groups:
        if group.name == name and not slash:
            return Recipient(group, None)
    found = [
        Recipient(group, one.account)
        for group in groups
        if not slash or group.name == name
        for one in members.members(tx, group.id)
        if _is_called(one.login, login if slash else identifier)
    ]
    if not found:
        raise Missing(f"{identifier!r} is neither a group that could be shared with nor a member of one.")
    if len(found) > 1:
        ways = " or ".join(f"{each.group.name}/{identifier}" for each in found)
        raise Denied(f"There is more than one {identifier!r} or group in common: say {ways}.")
    return found[0]


def groups_for(tx: Tx, account: PrincipalId, collection: Collection) -> list[Group]:
    """The groups through which an account can share what is in a collection."""
    owning = members.owning(tx, collection.space)
    if owning is not None:
        return [owning]
    owner = spaces.get(tx, collection.space).owner
    mine = {group.id for group in members.groups_of(tx, account)}
    return [group for group in members.groups_of(tx, owner) if group.id in mine]


def need_changeable(tx: Tx, collection: Collection, to: Recipient) -> None:
    """Denied for those who hold everything whatever is set."""
    owner = spaces.get(tx, collection.space).owner
    managing = owner == to.group.id and to.account is not None
    if to.account == owner or (managing and members.role_of(tx, to.group, to.account or owner) is not Role.MEMBER):
        raise Denied("Who owns this or administers its group holds all rights; they cannot be changed.")


def directly(tx: Tx, target: Target, to: Recipient) -> Preset:
    """What was set for a recipient on this very thing."""
    if _is_whole(target):
        tool = target.collection.tool
        given = presets.given(tx, to.group.id)
        return next((g.preset for g in given if g.tool is tool and g.account == to.account), Preset.NOTHING)
    for share in shares.on(tx, target):
        whole = share.recipient is None and to.account is None
        if share.group == to.group.id and (whole or _is_recipient(tx, to, share.recipient)):
            return share.preset
    return Preset.NOTHING


def give(tx: Tx, account: PrincipalId, target: Target, to: Recipient, preset: Preset) -> None:
    """Set what a recipient holds by this thing itself: as a preset of the group for all of a tool, else as a share.

    Raises:
        Denied, Missing, Malformed, NoRoom: as `presets.give` and `shares.add`.
    """
    now = directly(tx, target, to)
    if _is_whole(target):
        if PRESETS[preset] & ~rights.of(tx, account, target.collection):
            raise Denied("Nobody can give more than he holds himself.")
        presets.give(tx, to.group.id, to.account, tool=target.collection.tool, preset=preset)
        return
    by = None if spaces.get(tx, target.collection.space).owner == account else account
    if preset is not Preset.NOTHING:
        shares.add(tx, by, target, Offer(to.group.id, to.account, preset))
    elif now is not Preset.NOTHING:
        shares.remove(tx, by, target, through=to.group.id, to=to.account)


def replace(tx: Tx, account: PrincipalId, target: Target, wanted: Mapping[str, Preset]) -> None:
    """Set all that the thing itself gives: who is not in `wanted` (identifiers and presets) holds nothing by it.

    Raises:
        Denied, Missing, Malformed, NoRoom: as `recipient`, `need_changeable` and `give`; nothing is changed then.
    """
    coming = {recipient(tx, account, target.collection, name): preset for name, preset in wanted.items()}
    for to in coming:
        need_changeable(tx, target.collection, to)
    there = [
        recipient(tx, account, target.collection, each.identifier)
        for each in entries(tx, account, target)
        if each.preset is not None and each.where is None and (each.given is _is_whole(target))
    ]
    for to in there:
        if to not in coming and directly(tx, target, to) is not Preset.NOTHING:
            give(tx, account, target, to, Preset.NOTHING)
    for to, preset in coming.items():
        if directly(tx, target, to) is not preset:
            give(tx, account, target, to, preset)


# ---------------------------------------------------------------- inside


def _is_whole(target: Target) -> bool:
    return target.item is None and target.collection.parent is None


def _is_called(login: str, said: str) -> bool:
    """A login in full, or without its domain."""
    return login == said.lower() or ("@" not in said and login.partition("@")[0] == said.lower())


def _is_recipient(tx: Tx, to: Recipient, login: str | None) -> bool:
    return to.account is not None and any(one.login == login for one in _people(tx, to.group, to.account))


def _people(tx: Tx, group: Group, account: PrincipalId) -> list[Member]:
    return [one for one in members.members(tx, group.id) if one.account == account]


def _of_account(tx: Tx, account: PrincipalId, target: Target) -> list[Entry]:
    """The owner's login, then everybody it is shared with, here or on a collection around it."""
    owner = spaces.get(tx, target.collection.space).owner
    together = members.groups_of(tx, owner)
    known = {group.id for group in groups_for(tx, account, target.collection)}
    found = [Entry(owner_of(tx, target.collection), None)]
    for share, where in _shares(tx, target):
        if share.group not in known:
            continue
        name = share.group_name if share.recipient is None else share.recipient
        if share.recipient is not None and _places(tx, together, share.recipient) > 1:
            name = f"{share.group_name}/{share.recipient}"
        found.append(Entry(name, share.preset, where))
    return found


def _of_group(tx: Tx, target: Target, group: Group) -> list[Entry]:
    """Those who manage the group, all members, and members who were given more."""
    managing = (one for one in members.members(tx, group.id) if one.role is not Role.MEMBER)
    found = [Entry(one.login, None) for one in managing]
    tool, around = target.collection.tool, None if _is_whole(target) else _root(tx, target.collection).id
    if target.item is None or target.item.privacy is Privacy.OPEN:
        mine = [each for each in presets.given(tx, group.id) if each.tool is tool]
        if not any(each.login is None for each in mine):
            found.append(Entry(group.name, Preset.READ, around, given=True))  # members always read (C11)
        found += [Entry(each.login or group.name, each.preset, around, given=True) for each in mine]
    found += [Entry(share.recipient or group.name, share.preset, where) for share, where in _shares(tx, target)]
    return found


def _shares(tx: Tx, target: Target) -> Iterable[tuple[shares.Share, CollectionId | None]]:
    """Those on the thing itself, then those it inherits, with where; what is private inherits none."""
    if target.item is not None:
        yield from ((share, None) for share in shares.on(tx, target))
        if target.item.privacy is not Privacy.OPEN:
            return
    at: Collection | None = target.collection
    while at is not None and at.parent is not None:
        here = target.item is None and at.id == target.collection.id
        yield from ((share, None if here else at.id) for share in shares.on(tx, Target(at)))
        at = collections.get(tx, at.parent)


def _root(tx: Tx, collection: Collection) -> Collection:
    while collection.parent is not None:
        collection = collections.get(tx, collection.parent)
    return collection


def _places(tx: Tx, groups: Iterable[Group], login: str) -> int:
    """In how many of some groups a login is."""
    return sum(any(one.login == login for one in members.members(tx, group.id)) for group in groups)
