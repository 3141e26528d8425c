"""Who may send what to whom: every decision about a sender, a recipient and an author.

Pure over one tx: no input or output, nothing written. Never a relay: only mail of our own accounts,
authenticated, goes elsewhere.
"""

from coserver.auth import standing
from coserver.mail import addresses, domains
from coserver.model.errors import Malformed, NoRoom
from coserver.model.ids import PrincipalId
from coserver.model.plan import Occasion
from coserver.model.principal import State, Who
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.smtp import heads, replies
from coserver.smtp.envelope import Recipient, Role, Route
from coserver.smtp.parameters import RecipientParameters
from coserver.smtp.paths import Path, mailbox
from coserver.smtp.replies import Reply
from coserver.store import spaces
from coserver.store.tx import Tx

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
    tx: Tx, role: Role, path: Path, parameters: RecipientParameters, *, size: int | None
) -> Recipient | Reply:
    """Whether mail for this address is taken, and where it goes.

    Args:
        tx: a snapshot.
        role: of the listener; submission alone takes mail for elsewhere.
        path: the address.
        parameters: what came with it, kept for notifications.
        size: bytes the client announced for the message, None if it did not.
    """
    principal = addresses.resolve(tx, path.local, path.domain)
    if principal is None and path.domain and not domains.is_ours(tx, path.domain):
        return Recipient(path, parameters, None) if role is Role.SUBMISSION else replies.RELAY_DENIED
    if principal is None and path.local.lower() == _POSTMASTER:  # RFC 5321 4.5.1: of every domain
        principal = addresses.resolve(tx, _POSTMASTER, "")
    if principal is None:
        return replies.UNKNOWN_RECIPIENT
    now = standing.get(tx, principal)
    if now is not None and now.state is not State.ACTIVE:
        return _CLOSED_DOORS[now.state]
    space = spaces.of(tx, principal).id
    try:
        usage.need_room(tx, space, Tool.MAIL, bytes=max(size or 0, 1), items=1, occasion=Occasion.MAIL)
    except NoRoom as refusal:  # a stranger is not told how full, nor whose plan it is
        return replies.full(refusal)
    return Recipient(path, parameters, Route(principal, space))


def _belongs(tx: Tx, account: PrincipalId, path: Path) -> bool:
    return bool(path.domain) and addresses.resolve(tx, path.local, path.domain) == account
