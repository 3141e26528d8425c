"""Who may send what to whom: every decision about a sender, a recipient and an author.

Pure over one tx: no input or output, nothing written. Never a relay: only mail of our own accounts,
authenticated, goes elsewhere.
"""

from dataclasses import dataclass

from coserver.auth import standing
from coserver.groups import posting
from coserver.mail import addresses, domains, lists
from coserver.mail.addresses import Kind
from coserver.mail.delivery import Fate
from coserver.mail.lists import Listing
from coserver.model.errors import Malformed, NoRoom
from coserver.model.ids import PrincipalId
from coserver.model.plan import Occasion
from coserver.model.principal import Posting, State, Who
from coserver.model.principal import Role as Rank
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.smtp import heads, replies
from coserver.smtp.envelope import Origin, Recipient, Role, Route
from coserver.smtp.parameters import RecipientParameters
from coserver.smtp.paths import Path, mailbox
from coserver.smtp.replies import Reply
from coserver.store import spaces
from coserver.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of mail to a group, and how that shows itself in it."""

    fate: Fate
    listing: Listing


_POSTMASTER = "postmaster"
_MOST_AUTHORS = 100
_CLOSED_DOORS = {
    State.PENDING: replies.UNKNOWN_RECIPIENT,  # nobody has shown yet that the address is his
    State.SUSPENDED: replies.SUSPENDED,
    State.LAPSED: replies.SUSPENDED,  # C1: he may come back
    State.CLOSED: replies.CLOSED,  # S24
}


def sender(tx: Tx, who: Who, path: Path) -> Reply | None:
    """Why an account may not send as this envelope sender; None if it may. Everyone may as `<>`."""
    now = standing.get(tx, who.account)
    if now is None or now.epoch != who.epoch or now.state is not State.ACTIVE:
        return replies.LOG_IN_AGAIN
    if not path.local and not path.domain:
        return None
    return None if _belongs(tx, who.account, path) else replies.SENDER_NOT_YOURS


def author(tx: Tx, who: Who, head: bytes) -> Reply | None:
    """Why an account may not send a message with this head; None if every From and Sender is an address of it."""
    authors = _named(head, b"from")
    if not authors:
        return replies.NO_FROM
    authors += _named(head, b"sender")
    if len(authors) > _MOST_AUTHORS or head[:1] in {b" ", b"\t"}:  # a line that would continue one put before it
        return replies.FROM_NOT_YOURS
    for one in authors:
        try:
            path = mailbox(one)
        except Malformed:
            return replies.FROM_NOT_YOURS
        if not _belongs(tx, who.account, path):
            return replies.FROM_NOT_YOURS
    return None


def _named(head: bytes, field: bytes) -> list[str]:
    return [one for value in heads.values(head, field) for one in heads.addresses(value)]


def recipient(
    tx: Tx, origin: Origin, path: Path, parameters: RecipientParameters, *, size: int | None
) -> Recipient | Reply:
    """Whether mail for this address is taken, and where it goes.

    Args:
        tx: a snapshot.
        origin: who brings it; submission alone takes mail for elsewhere.
        path: the address.
        parameters: what came with it, kept for notifications.
        size: bytes the client announced for the message, None if it did not.
    """
    principal = addresses.resolve(tx, path.local, path.domain)
    if principal is None and path.domain and not domains.is_ours(tx, path.domain):
        return Recipient(path, parameters, None) if origin.role is Role.SUBMISSION else replies.RELAY_DENIED
    if principal is None and path.local.lower() == _POSTMASTER:  # RFC 5321 4.5.1: of every domain
        principal = addresses.resolve(tx, _POSTMASTER, "")
    if principal is None:  # S27: a domain that was removed may come back; whom it knows is nobody's business meanwhile
        return replies.SUSPENDED if domains.rests(tx, path.domain) else replies.UNKNOWN_RECIPIENT
    is_group, refusal = _door(tx, origin, principal)
    if refusal is not None:
        return refusal
    space = spaces.of(tx, principal).id
    try:
        usage.need_room(tx, space, Tool.MAIL, bytes=max(size or 0, 1), items=1, occasion=Occasion.MAIL)
    except NoRoom as refusal_:  # a stranger is not told how full, nor whose plan it is
        return replies.full(refusal_)
    return Recipient(path, parameters, Route(principal, space, is_group=is_group))


def post(tx: Tx, origin: Origin, group: PrincipalId, head: bytes) -> Verdict | Reply:
    """What becomes of a message with this head that is for a group, or why it is not taken.

    What programs write by themselves in answer to mail is never copied to members (RFC 3834 4), and is
    kept only where it may come from: of a member, of anybody in a group that anyone may write to, and
    of a mail server that reports on what a member sent in the group's name.
    """
    terms, found = posting.of(tx, group), addresses.of_group(tx, group)
    if terms is None or found is None:  # since RCPT
        return replies.UNKNOWN_RECIPIENT
    listing = Listing(terms.name, found.local, found.domain)
    if lists.comes_again(head, listing):
        return replies.LIST_LOOP
    role = posting.role(tx, group, origin.who.account) if origin.who else None
    if origin.bounce or lists.answers_itself(head):
        welcome = terms.posting is Posting.ANYONE or role is not None or (origin.bounce and lists.reports(head))
        return Verdict(Fate.ARCHIVED, listing) if welcome else replies.NO_AUTOMATIC
    if terms.posting is Posting.MEMBERS and role is None:
        return replies.MEMBERS_ONLY
    moderated = terms.posting is Posting.MODERATED and role not in (Rank.ADMINISTRATOR, Rank.COADMINISTRATOR)
    return Verdict(Fate.HELD if moderated else Fate.COPIED, listing)


def _door(tx: Tx, origin: Origin, principal: PrincipalId) -> tuple[bool, Reply | None]:
    """Whether a principal is a group; and why it takes no mail at all now, or none of this origin."""
    now = standing.get(tx, principal)
    if now is not None:
        return False, None if now.state is State.ACTIVE else _CLOSED_DOORS[now.state]
    terms = posting.of(tx, principal)
    if terms is None:  # a deleted group: nobody is told that it may come back (S32)
        return True, replies.UNKNOWN_RECIPIENT
    if terms.frozen:
        return True, replies.GROUP_FROZEN
    stranger = origin.who is None or posting.reader(tx, principal, origin.who.account) is None
    if terms.posting is Posting.MEMBERS and stranger and not origin.bounce:
        return True, replies.MEMBERS_ONLY
    return True, None


def _belongs(tx: Tx, account: PrincipalId, path: Path) -> bool:
    """Whether an account may write as an address: it was given to it, or is that of a group in whose name it may.

    Mail that a catch-all gets was for somebody else's name, and what is left behind after a move is no name to
    write under: neither gives the right.
    """
    found = addresses.find(tx, path.local, path.domain) if path.domain else None
    if found is None:
        return False
    if found.kind is Kind.GROUP:
        return posting.may_write_as(tx, account, found.principal)
    return found.kind in addresses.SENDING and found.principal == account
