"""Access control lists of mailboxes (RFC 4314) as another face of shares and presets.

A list is read from what is stored, and nothing is stored but presets: the letters a client gives are
rounded down to the largest preset they hold. Identifiers are the name of a group, for all of it; the
login of a co-member with whom there is exactly one group in common; or ``GROUP/LOGIN``. What is set on
the mailbox of a group itself holds for all its mail (R57); on one below it, for that and those below.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import bindparam, select

from coserver.groups import members, presets, rights, shares
from coserver.groups.members import Member
from coserver.mail import faces, sights
from coserver.model.errors import Denied, Malformed, Missing
from coserver.model.ids import PrincipalId
from coserver.model.principal import Group, Role
from coserver.model.rights import ALL, PRESETS, Preset, Right
from coserver.model.space import Collection, Tool
from coserver.store import collections, spaces
from coserver.store.tx import Tx
from coserver.store.views import owned_space

_NOBODY = frozenset({"anyone", "anonymous", "authenticated", "owner", "administrators", "users"})
_GIVING: Mapping[str, Right] = MappingProxyType(  # each letter, and what gives it
    {
        "l": Right.READ, "r": Right.READ, "s": Right.READ, "w": Right.EDIT_ANY | Right.EDIT_OWN, "i": Right.ADD,
        "p": Right.POST, "k": Right.EDIT_ANY, "x": Right.DELETE_ANY, "t": Right.DELETE_ANY | Right.DELETE_OWN,
        "e": Right.DELETE_ANY | Right.DELETE_OWN, "c": Right.EDIT_ANY, "d": Right.DELETE_ANY | Right.DELETE_OWN,
        "a": Right.ADMINISTER,
    }
)  # fmt: skip
_VIRTUAL: Mapping[str, str] = MappingProxyType({"c": "kx", "d": "te"})  # RFC 4314 2.1.1
_TIED = ("lrs", "ipwted", "kxc", "a")  # what is given together, as the presets go
_OWNER = select(owned_space.c.owner_login).where(owned_space.c.id == bindparam("space"))
_STEPS = ((Preset.READ, "lr"), (Preset.CONTRIBUTE, "i"), (Preset.EDIT, "wkxte"), (Preset.MANAGE, "a"))


@dataclass(frozen=True, slots=True)
class Recipient:
    """What an identifier stands for: a member of a group, or with None all of it."""

    group: Group
    account: PrincipalId | None


@dataclass(frozen=True, slots=True)
class Possible:
    """What an identifier always holds, and the sets of letters that it can be given besides."""

    always: str
    sets: tuple[str, ...]


def letters(held: Right) -> str:
    """The letters of some rights, with the virtual ones of RFC 2086."""
    return "".join(letter for letter, giving in _GIVING.items() if held & giving)


def rounded(given: Iterable[str]) -> Preset:
    """The largest preset that gives no more than these letters; what is tied to them comes along."""
    named = _members(given)
    found = Preset.NOTHING
    for preset, needed in _STEPS:
        if not named.issuperset(needed):
            break
        found = preset
    return found


def mine(tx: Tx, account: PrincipalId, mailbox: Collection) -> str:
    """The letters an account holds on a mailbox or any message of it; those for one's own messages, too.

    Raises:
        Missing: it may not know of it.
    """
    sight = sights.of(tx, account, mailbox)
    if sight.face is not faces.VIEW:
        return letters(sight.rights)
    deletes = Right.DELETE_OWN if sight.rights & (Right.DELETE_ANY | Right.DELETE_OWN) else Right.NOTHING
    return letters(Right.READ | Right.EDIT_OWN | deletes)  # the mailbox itself is nobody's to change


def listed(tx: Tx, account: PrincipalId, mailbox: Collection) -> list[tuple[str, str]]:
    """Who holds what on a mailbox, as identifiers and letters: the owner first.

    Who manages what is another's is told of those whom it was shared with through groups he is in himself: which
    others there are, and who is in them, is not for him.

    Raises:
        Missing, Denied: the account may not know of it, or not manage it.
    """
    sights.need(tx, account, mailbox, Right.ADMINISTER)
    group = members.owning(tx, mailbox.space)
    held = _of_group(tx, mailbox, group) if group is not None else _of_account(tx, account, mailbox)
    return [(identifier, letters(each)) for identifier, each in held.items()]


def set_(tx: Tx, account: PrincipalId, mailbox: Collection, identifier: str, *, change: str) -> Preset:
    """Give, add (``+``) or take (``-``) rights; the preset that the identifier is given now.

    Raises:
        Malformed: a letter is none (RFC 4314 3.1).
        Missing: there is no such group or co-member, or the mailbox may not be known of.
        Denied: the account may not manage it or not give that much; the identifier cannot be given
            rights, or these letters make no preset.
    """
    mode = change[:1] if change[:1] in {"+", "-"} else ""
    named = _members(change.removeprefix(mode))
    sights.need(tx, account, mailbox, Right.ADMINISTER)
    to = _recipient(tx, account, mailbox, identifier)
    _need_changeable(tx, mailbox, to)
    now = _directly(tx, mailbox, to)
    if mode:
        had = _members(letters(PRESETS[now]))
        named = had | named if mode == "+" else had - named
    preset = rounded(named)
    if preset is Preset.NOTHING and named and mode != "-":
        raise Denied("Rights begin with reading: give l and r at least.")
    _give(tx, account, mailbox, to, now=now, preset=preset)
    return preset


def possible(tx: Tx, account: PrincipalId, mailbox: Collection, identifier: str) -> Possible:
    """What can be given to an identifier (RFC 4314 3.4); errors as those of `set_`."""
    sights.need(tx, account, mailbox, Right.ADMINISTER)
    if identifier == _owner(tx, mailbox):
        return Possible("".join(_TIED), ())
    to = _recipient(tx, account, mailbox, identifier)
    group = members.owning(tx, mailbox.space)
    if group is None:
        return Possible("", _TIED)
    if to.account is not None and members.role_of(tx, group, to.account) is not Role.MEMBER:
        return Possible("".join(_TIED), ())
    return Possible(_TIED[0], _TIED[1:])  # members always read (C11)


# ---------------------------------------------------------------- reading


def _members(given: Iterable[str]) -> set[str]:
    """Letters with the virtual ones resolved."""
    found: set[str] = set()
    for letter in given:
        if letter not in _GIVING:
            raise Malformed(f"There is no right {letter!r}: {''.join(_GIVING)} are.")
        found.update(_VIRTUAL.get(letter, letter))
    return found


def _owner(tx: Tx, mailbox: Collection) -> str:
    """The login of the owner of a private space; empty in a group's."""
    return str(tx.execute(_OWNER, {"space": mailbox.space}).scalar() or "")


def _people(tx: Tx, group: Group, account: PrincipalId) -> list[Member]:
    return [one for one in members.members(tx, group.id) if one.account == account]


def _of_account(tx: Tx, account: PrincipalId, mailbox: Collection) -> dict[str, Right]:
    """The owner's login, then everybody it is shared with, here or on a mailbox around it."""
    owner = spaces.get(tx, mailbox.space).owner
    together = members.groups_of(tx, owner)
    known = {group.id for group in _groups(tx, account, mailbox)}
    held: dict[str, Right] = {_owner(tx, mailbox): ALL}
    for share in _shares(tx, mailbox):
        if share.group not in known:
            continue
        name = share.group_name if share.recipient is None else share.recipient
        if share.recipient is not None and _places(tx, together, share.recipient) > 1:
            name = f"{share.group_name}/{share.recipient}"
        held[name] = held.get(name, Right.NOTHING) | PRESETS[share.preset]
    return held


def _of_group(tx: Tx, mailbox: Collection, group: Group) -> dict[str, Right]:
    """Those who manage the group, all members, and members who were given more."""
    held: dict[str, Right] = {}
    for one in members.members(tx, group.id):
        if one.role is not Role.MEMBER:
            held[one.login] = ALL
    held[group.name] = PRESETS[Preset.READ]
    for given in presets.given(tx, group.id):
        if given.tool is Tool.MAIL:
            name = given.login or group.name
            held[name] = held.get(name, PRESETS[Preset.READ]) | PRESETS[given.preset]
    for share in _shares(tx, mailbox):
        name = share.recipient or group.name
        held[name] = held.get(name, PRESETS[Preset.READ]) | PRESETS[share.preset]
    return held


def _shares(tx: Tx, mailbox: Collection) -> list[shares.Share]:
    found: list[shares.Share] = []
    at: Collection | None = mailbox
    while at is not None and at.parent is not None:
        found += shares.on(tx, shares.Target(at))
        at = collections.get(tx, at.parent)
    return found


def _places(tx: Tx, groups: Iterable[Group], login: str) -> int:
    """In how many of some groups a login is."""
    return sum(any(one.login == login for one in members.members(tx, group.id)) for group in groups)


# ---------------------------------------------------------------- identifiers


def _recipient(tx: Tx, account: PrincipalId, mailbox: Collection, identifier: str) -> Recipient:
    if identifier.startswith("-"):
        raise Denied("Negative rights are not known here: what is not given is not held.")
    if identifier in _NOBODY:
        raise Denied("Sharing happens within a group: name a group, the login of a co-member, or GROUP/LOGIN.")
    groups = _groups(tx, account, mailbox)
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


def _groups(tx: Tx, account: PrincipalId, mailbox: Collection) -> list[Group]:
    """The groups through which this account can share this mailbox."""
    owning = members.owning(tx, mailbox.space)
    if owning is not None:
        return [owning]
    owner = spaces.get(tx, mailbox.space).owner
    mine = {group.id for group in members.groups_of(tx, account)}
    return [group for group in members.groups_of(tx, owner) if group.id in mine]


def _is_called(login: str, said: str) -> bool:
    """A login in full, or without its domain."""
    return login == said.lower() or ("@" not in said and login.partition("@")[0] == said.lower())


# ---------------------------------------------------------------- giving


def _need_changeable(tx: Tx, mailbox: Collection, to: Recipient) -> None:
    """Denied for those who hold everything whatever is set."""
    owner = spaces.get(tx, mailbox.space).owner
    managing = owner == to.group.id and to.account is not None
    if to.account == owner or (managing and members.role_of(tx, to.group, to.account or owner) is not Role.MEMBER):
        raise Denied("Who owns the mailbox or administers its group holds all rights; they cannot be changed.")


def _directly(tx: Tx, mailbox: Collection, to: Recipient) -> Preset:
    """What was set for a recipient on this very mailbox."""
    if mailbox.parent is None:
        given = presets.given(tx, to.group.id)
        return next((g.preset for g in given if g.tool is Tool.MAIL and g.account == to.account), Preset.NOTHING)
    for share in shares.on(tx, shares.Target(mailbox)):
        whole = share.recipient is None and to.account is None
        if share.group == to.group.id and (whole or _is_recipient(tx, to, share.recipient)):
            return share.preset
    return Preset.NOTHING


def _is_recipient(tx: Tx, to: Recipient, login: str | None) -> bool:
    return to.account is not None and any(one.login == login for one in _people(tx, to.group, to.account))


def _give(tx: Tx, account: PrincipalId, mailbox: Collection, to: Recipient, *, now: Preset, preset: Preset) -> None:
    """Store it: as a preset of the group for all its mail, else as a share."""
    if mailbox.parent is None:
        if PRESETS[preset] & ~rights.of(tx, account, mailbox):
            raise Denied("Nobody can give more than he holds himself.")
        presets.give(tx, to.group.id, to.account, tool=Tool.MAIL, preset=preset)
        return
    target = shares.Target(mailbox)
    by = None if spaces.get(tx, mailbox.space).owner == account else account
    if preset is not Preset.NOTHING:
        shares.add(tx, by, target, shares.Offer(to.group.id, to.account, preset))
    elif now is not Preset.NOTHING:
        shares.remove(tx, by, target, through=to.group.id, to=to.account)
