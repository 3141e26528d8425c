"""Access control lists of mailboxes (RFC 4314) as another face of shares and presets.

Lists and identifiers are those of `groups.lists`; nothing is stored but presets: the letters a client gives are
rounded down to the largest preset they hold. What is set on the mailbox of a group itself holds for all its mail
(R57); on one below it, for that and those below.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from coserver.groups import lists, members
from coserver.groups.shares import Target
from coserver.mail import faces, sights
from coserver.model.errors import Denied, Malformed
from coserver.model.ids import PrincipalId
from coserver.model.principal import Role
from coserver.model.rights import PRESETS, Preset, Right
from coserver.model.space import Collection
from coserver.store.tx import Tx

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
_STEPS = ((Preset.READ, "lr"), (Preset.CONTRIBUTE, "i"), (Preset.EDIT, "wkxte"), (Preset.MANAGE, "a"))


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
    in_group = members.owning(tx, mailbox.space) is not None
    held: dict[str, Right] = {}
    for each in lists.entries(tx, account, Target(mailbox)):
        always = PRESETS[Preset.READ] if in_group else Right.NOTHING  # members always read (C11)
        held[each.identifier] = held.get(each.identifier, always) | each.rights
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
    to = lists.recipient(tx, account, mailbox, identifier)
    lists.need_changeable(tx, mailbox, to)
    if mode:
        had = _members(letters(PRESETS[lists.directly(tx, Target(mailbox), to)]))
        named = had | named if mode == "+" else had - named
    preset = rounded(named)
    if preset is Preset.NOTHING and named and mode != "-":
        raise Denied("Rights begin with reading: give l and r at least.")
    lists.give(tx, account, Target(mailbox), to, preset)
    return preset


def possible(tx: Tx, account: PrincipalId, mailbox: Collection, identifier: str) -> Possible:
    """What can be given to an identifier (RFC 4314 3.4); errors as those of `set_`."""
    sights.need(tx, account, mailbox, Right.ADMINISTER)
    if identifier == lists.owner_of(tx, mailbox):
        return Possible("".join(_TIED), ())
    to = lists.recipient(tx, account, mailbox, identifier)
    group = members.owning(tx, mailbox.space)
    if group is None:
        return Possible("", _TIED)
    if to.account is not None and members.role_of(tx, group, to.account) is not Role.MEMBER:
        return Possible("".join(_TIED), ())
    return Possible(_TIED[0], _TIED[1:])  # members always read (C11)


def _members(given: Iterable[str]) -> set[str]:
    """Letters with the virtual ones resolved."""
    found: set[str] = set()
    for letter in given:
        if letter not in _GIVING:
            raise Malformed(f"There is no right {letter!r}: {''.join(_GIVING)} are.")
        found.update(_VIRTUAL.get(letter, letter))
    return found
