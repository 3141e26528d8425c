"""The mail of groups, as far as people decide about it: its address, who may write, who gets copies, what is held.

Deeds that take `by` ask whether that account may do them; None is the operator, who may.
"""

from coserver.accounts import addressing, names
from coserver.groups import members, posting
from coserver.mail import addresses, domains, held
from coserver.mail.addresses import Address, Kind
from coserver.model.act import ActKind
from coserver.model.errors import Denied
from coserver.model.ids import PrincipalId
from coserver.model.item import Item
from coserver.model.principal import Group
from coserver.store import journal
from coserver.store.tx import Tx


def set_address(tx: Tx, name: str, text: str = "", *, by: PrincipalId | None = None) -> Address:
    """Give a group an address in place of the one it had; without `text` its name at the standard domain.

    A group's administrator gives it that one; another one only if he has a say about the domain.

    Raises:
        Malformed: it cannot be an address.
        Missing: there is no such group, `by` is not in it, or the domain is not ours.
        Denied: `by` may not, or the name is reserved (S26).
        Exists: somebody has it, or had it lately (S25).
    """
    found = members.find(tx, name)
    local, host = addressing.parted(tx, text or found.name)
    kept = addresses.folded(local)
    own_name = kept == found.name and host == domains.find(tx, "").name
    members.need_administrator(tx, found, by)
    if own_name and by is not None:
        names.check_chosen(kept)
    else:
        addressing.need_say(tx, host, by)
        names.check(kept)
    former = addresses.of_group(tx, found.id)
    if former is not None and (former.local, former.domain) == (kept, host):
        return former
    made = addresses.add(tx, found.id, kept, host, kind=Kind.GROUP)
    if former is not None:
        addresses.remove(tx, former.local, former.domain)
    journal.record(tx, found.space, ActKind.ADDRESSED, detail=str(made))
    return made


def take_address(tx: Tx, name: str, *, by: PrincipalId | None = None) -> None:
    """Take a group's address away, if it has one; errors as those of `set_address`."""
    found = members.find(tx, name)
    members.need_administrator(tx, found, by)
    former = addresses.of_group(tx, found.id)
    if former is not None:
        addresses.remove(tx, former.local, former.domain)
        journal.record(tx, found.space, ActKind.UNADDRESSED, detail=str(former))


def set_copies(tx: Tx, name: str, account: PrincipalId, *, wanted: bool, by: PrincipalId | None = None) -> None:
    """Let a member get copies of mail to his group, or none: he himself says that, or the operator.

    Raises:
        Missing: there is no such group, or the account is no member.
        Denied: `by` is another.
    """
    found = members.find(tx, name)
    if by not in (None, account):
        members.need_member(tx, found, by)
        raise Denied("Only a member himself says whether he wants copies of mail to the group.", group=found.id)
    posting.set_copies(tx, found.id, account, wanted=wanted)


def waiting(tx: Tx, name: str, *, by: PrincipalId | None = None) -> list[Item]:
    """What is held for a group, oldest first; Denied unless `by` manages it, Missing if he is not in it."""
    return held.listed(tx, _managed(tx, name, by).space)


def release(tx: Tx, name: str, number: int, *, by: PrincipalId | None = None) -> None:
    """Let the held message of that number out, into the archive and to the members.

    Raises:
        Missing: there is no such group or message, or `by` is not in the group.
        Denied: `by` does not manage it, or it is frozen.
    """
    found = _managed(tx, name, by)
    members.need_active(found)
    held.release(tx, found.space, number)


def discard(tx: Tx, name: str, number: int, *, by: PrincipalId | None = None) -> None:
    """Delete the held message of that number; who wrote it is told nothing. Errors as those of `release`."""
    found = _managed(tx, name, by)
    members.need_active(found)
    held.discard(tx, found.space, number)


def _managed(tx: Tx, name: str, by: PrincipalId | None) -> Group:
    found = members.find(tx, name)
    members.need_managing(tx, found, by)
    return found
