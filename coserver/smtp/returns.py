"""Notifications on their way back to a sender: composed before the write, given back inside it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from coserver.mail import addresses, delivery, domains
from coserver.mail.prepared import Prepared, prepare
from coserver.model.errors import HouseError, NoRoom
from coserver.model.ids import SpaceId
from coserver.smtp import bounce
from coserver.smtp.bounce import Fate, Original
from coserver.smtp.paths import mailbox
from coserver.store import outbox
from coserver.store.engine import Store
from coserver.store.outbox import Addressee, Outgoing
from coserver.store.tx import Tx

_HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class Custom:
    """How this house sends: its name, how long it tries, and whether mail for outside is held."""

    hostname: str
    give_up_hours: int
    hold_outside: bool

    def expires(self, now: int) -> int:
        """When a message queued at `now` is given up, in milliseconds."""
        return now + self.give_up_hours * _HOUR


@dataclass(frozen=True, slots=True)
class Notice:
    """A composed notification and whom it is for."""

    to: str
    prepared: Prepared


def compose(store: Store, original: Original, fates: Sequence[Fate], *, custom: Custom) -> Notice | None:
    """The notification of these fates; None when nobody is to be told (RFC 3464 2: never the null sender)."""
    if not original.sender or not fates:
        return None
    with store.read() as tx:
        standard = domains.known(tx, "")
    data = bounce.compose(
        original, fates, hostname=custom.hostname, domain=standard.name if standard else custom.hostname,
        now=store.clock.now(), name=secrets.token_hex(16),
    )  # fmt: skip
    return Notice(original.sender, prepare(store.stage(data)))


def give_back(tx: Tx, notice: Notice | None, *, space: SpaceId, custom: Custom) -> None:
    """Deliver a notification to a sender here, or queue it for one elsewhere; `space` keeps its bytes then.

    A sender of ours who is gone is told nothing.

    Raises:
        NoRoom: the sender's mailbox is full.
    """
    if notice is None:
        return
    try:
        path = mailbox(notice.to)
    except HouseError:
        return
    if domains.is_ours(tx, path.domain):
        principal = addresses.resolve(tx, path.local, path.domain)
        if principal is not None:
            (done,) = delivery.deliver(tx, [principal], notice.prepared)
            if isinstance(done.refusal, NoRoom):
                raise done.refusal
        return
    outgoing = Outgoing(
        space, notice.prepared.staged, "", "", "", smtputf8=path.international, expires=custom.expires(tx.now)
    )
    addressee = Addressee(str(path), path.domain, "", "NEVER")
    outbox.add(tx, outgoing, [addressee], held=custom.hold_outside)
