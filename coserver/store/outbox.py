"""Mail to be sent to the world: written in the tx that causes it, worked off under leases.

States of a recipient: `held` (the house sends nothing outside), `due` (to be tried at `next_at`),
`leased` (being tried until `lease_until`; a crash makes it due again by itself), `failed` (the
sender of the message is still to be told). A recipient that is done with has no row; a message
whose last recipient is done with is gone, and its bytes with it.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, func, insert, or_, select, update

from coserver.model.errors import Missing
from coserver.model.ids import BlobId, SpaceId
from coserver.store import blobs
from coserver.store.files import Staged
from coserver.store.schema import store as schema
from coserver.store.tx import Tx

HELD, DUE, LEASED, FAILED = "held", "due", "leased", "failed"
NOTHING: Mapping[str, int] = MappingProxyType({})
_AT_ONCE = 100  # recipients of one message in one conversation (RFC 5321 4.5.3.1.8)

_outbox = schema.outbox
_recipient = schema.outbox_recipient
_JOINED = select(
    _recipient, _outbox.c.space_id, _outbox.c.blob_id, _outbox.c.sender, _outbox.c.envelope_id, _outbox.c.ret,
    _outbox.c.size, _outbox.c.smtputf8, _outbox.c.created, _outbox.c.expires,
).select_from(_recipient.join(_outbox, _outbox.c.id == _recipient.c.outbox_id))  # fmt: skip
_ADD = insert(_outbox).returning(_outbox.c.id)
_ADD_RECIPIENTS = insert(_recipient)
_READY = or_(
    and_(_recipient.c.state == DUE, _recipient.c.next_at <= bindparam("now")),
    and_(_recipient.c.state == LEASED, _recipient.c.lease_until <= bindparam("now")),
)
_DUE = (
    _JOINED.where(_READY)
    .where(_recipient.c.domain.not_in(bindparam("without", expanding=True)))
    .order_by(_recipient.c.next_at, _recipient.c.id)
    .limit(bindparam("most"))
)
_LEASE = (
    update(_recipient)
    .where(_recipient.c.id.in_(bindparam("which", expanding=True)))
    .values(state=LEASED, lease_until=bindparam("until"), attempts=_recipient.c.attempts + 1)
)
_SETTLE = (
    update(_recipient)
    .where(_recipient.c.id == bindparam("which"))
    .values(
        state=bindparam("now_state"), next_at=bindparam("then"), lease_until=0, delayed=bindparam("told"),
        last_reply=bindparam("reply"),
    )
)  # fmt: skip
_FAILED = (
    _JOINED.where(_recipient.c.state == FAILED, _recipient.c.next_at <= bindparam("now"))
    .order_by(_recipient.c.outbox_id, _recipient.c.id)
    .limit(bindparam("most"))
)
_OF_THE_HOUSE = _JOINED.where(_recipient.c.recipient == bindparam("whom"), _outbox.c.sender == "")
_POSTPONE = (
    update(_recipient).where(_recipient.c.id.in_(bindparam("which", expanding=True))).values(next_at=bindparam("then"))
)
_LET_GO = update(_recipient).where(_recipient.c.state == HELD).values(state=DUE, next_at=bindparam("then"))
_REMOVE = delete(_recipient).where(_recipient.c.id.in_(bindparam("which", expanding=True)))
_LEFT = select(func.count()).select_from(_recipient).where(_recipient.c.outbox_id == bindparam("outbox"))
_REMOVE_MESSAGE = delete(_outbox).where(_outbox.c.id == bindparam("outbox")).returning(_outbox.c.blob_id)
_COUNT = select(_recipient.c.state, func.count()).group_by(_recipient.c.state)
_SOME = _JOINED.order_by(_recipient.c.next_at, _recipient.c.id).limit(bindparam("most")).offset(bindparam("skip"))
_HURRY = (
    update(_recipient)
    .where(_recipient.c.id == bindparam("which"), _recipient.c.state == DUE)
    .values(next_at=bindparam("then"))
)
_GIVE_UP = (
    update(_recipient)
    .where(_recipient.c.id == bindparam("which"), _recipient.c.state.in_((DUE, HELD)))
    .values(state=FAILED, next_at=bindparam("then"), last_reply=bindparam("why"))
)
_NEXT = select(func.min(_recipient.c.next_at)).where(_recipient.c.state.in_((DUE, FAILED)))
_NEXT_LEASE = select(func.min(_recipient.c.lease_until)).where(_recipient.c.state == LEASED)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent. `sender` is the envelope sender, empty for bounces; times in milliseconds."""

    space: SpaceId
    staged: Staged
    sender: str
    envelope_id: str
    ret: str
    smtputf8: bool
    expires: int


@dataclass(frozen=True, slots=True)
class Addressee:
    """One recipient to be: `original` and `notify` as DSN parameters came (RFC 3461)."""

    recipient: str
    domain: str
    original: str
    notify: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message in the outbox."""

    id: int
    space: SpaceId
    blob: BlobId
    sender: str
    envelope_id: str
    ret: str
    size: int
    smtputf8: bool
    created: int
    expires: int


@dataclass(frozen=True, slots=True)
class Due:
    """One recipient as the outbox knows it. `attempts` counts the running one; `delayed`: the sender was told."""

    id: int
    recipient: str
    original: str
    notify: str
    attempts: int
    delayed: bool
    last_reply: str


@dataclass(frozen=True, slots=True)
class Errand:
    """Recipients of one message that share a domain: one conversation with one server."""

    message: Message
    domain: str
    recipients: tuple[Due, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One recipient as an operator sees it; times in milliseconds since 1970, `next_at` when it is tried again."""

    id: int
    sender: str
    recipient: str
    state: str
    attempts: int
    next_at: int
    created: int
    expires: int
    size: int
    last_reply: str


def add(tx: Tx, outgoing: Outgoing, addressees: Sequence[Addressee], *, held: bool) -> int:
    """Queue a message for these recipients; nothing is tried before the tx is durable.

    Raises:
        Busy: the disk is full.
    """
    blob = blobs.keep(tx, outgoing.space, outgoing.staged)
    row = {
        "space_id": outgoing.space, "blob_id": blob, "sender": outgoing.sender, "envelope_id": outgoing.envelope_id,
        "ret": outgoing.ret, "size": outgoing.staged.size, "smtputf8": int(outgoing.smtputf8), "created": tx.now,
        "expires": outgoing.expires,
    }  # fmt: skip
    outbox: int = tx.execute(_ADD, row).scalar_one()
    state = HELD if held else DUE
    tx.execute(
        _ADD_RECIPIENTS,
        [
            {
                "outbox_id": outbox, "recipient": one.recipient, "original": one.original, "notify": one.notify,
                "domain": one.domain, "state": state, "next_at": tx.now,
            }
            for one in addressees
        ],
    )  # fmt: skip
    if not held:
        tx.queued()
    return outbox


def lease(
    tx: Tx, *, until: int, most: int, a_domain: int | None = None, busy: Mapping[str, int] = NOTHING
) -> list[Errand]:
    """Take up to `most` errands that are due, for this worker alone until `until` (milliseconds).

    An errand has 100 recipients at most. There are up to `a_domain` (None: any number) errands of one
    domain, those counted that are `busy` already.
    """
    full = [domain for domain, number in busy.items() if a_domain is not None and number >= a_domain]
    rows = tx.execute(_DUE, {"now": tx.now, "without": full, "most": most * _AT_ONCE}).all()
    begun = Counter(busy)
    taken: list[Errand] = []
    for errand in _errands(rows, started=1):
        if len(taken) < most and (a_domain is None or begun[errand.domain] < a_domain):
            begun[errand.domain] += 1
            taken.append(replace(errand, recipients=errand.recipients[:_AT_ONCE]))
    if taken:
        tx.execute(_LEASE, {"which": [one.id for errand in taken for one in errand.recipients], "until": until})
    return taken


def settle(tx: Tx, one: Due, *, state: str, next_at: int, delayed: bool, reply: str) -> None:
    """Write down how a recipient fared that was not reached: due again, or failed; and what was answered."""
    tx.execute(
        _SETTLE,
        {
            "which": one.id, "now_state": state, "then": next_at, "told": int(delayed or one.delayed),
            "reply": reply[:1000],
        },
    )  # fmt: skip


def failed(tx: Tx, *, most: int) -> list[Errand]:
    """Recipients that failed and whose sender is to be told now, by message; `domain` is empty."""
    rows = tx.execute(_FAILED, {"now": tx.now, "most": most}).all()
    return _errands(rows, started=0, by_domain=False)


def postpone(tx: Tx, recipients: Sequence[int], *, next_at: int) -> None:
    """Look at these again later."""
    tx.execute(_POSTPONE, {"which": list(recipients), "then": next_at})


def remove(tx: Tx, message: Message, recipients: Sequence[int]) -> None:
    """These recipients are done with; with the last of them the message goes."""
    tx.execute(_REMOVE, {"which": list(recipients)})
    if tx.execute(_LEFT, {"outbox": message.id}).scalar_one() == 0:
        blob = tx.execute(_REMOVE_MESSAGE, {"outbox": message.id}).scalar()
        if blob is not None:
            blobs.release(tx, {BlobId(blob): 1})


def withdraw(tx: Tx, recipient: str) -> None:
    """Send to this recipient no more what the house itself wrote to him: his account is erased."""
    rows = tx.execute(_OF_THE_HOUSE, {"whom": recipient}).all()
    for errand in _errands(rows, started=0, by_domain=False):
        remove(tx, errand.message, [one.id for one in errand.recipients])


def let_go(tx: Tx) -> int:
    """What was held is due from now on; returns how many recipients that were."""
    return tx.execute(_LET_GO, {"then": tx.now}).rowcount


def count(tx: Tx) -> dict[str, int]:
    """Recipients by state."""
    return {row[0]: row[1] for row in tx.execute(_COUNT)}


def some(tx: Tx, *, skip: int, most: int) -> tuple[list[Waiting], int]:
    """A part of all recipients, those first that are tried next, and how many there are."""
    rows = tx.execute(_SOME, {"skip": skip, "most": most})
    found = [
        Waiting(
            row.id, row.sender, row.recipient, row.state, row.attempts, row.next_at, row.created, row.expires, row.size,
            row.last_reply,
        )
        for row in rows
    ]  # fmt: skip
    return found, sum(count(tx).values())


def hurry(tx: Tx, which: int) -> None:
    """Try a recipient now; Missing unless it waits to be tried."""
    if not tx.execute(_HURRY, {"which": which, "then": tx.now}).rowcount:
        raise Missing("It does not wait to be tried: it is being tried just now, or done with.")
    tx.queued()


def give_up(tx: Tx, which: int) -> None:
    """Try a recipient no more, and tell the sender of the message; Missing unless it waits, or is held."""
    why = "The operator of this server gave up sending it."
    if not tx.execute(_GIVE_UP, {"which": which, "then": tx.now, "why": why}).rowcount:
        raise Missing("It does not wait to be tried: it is being tried just now, or done with.")
    tx.queued()


def next_at(tx: Tx) -> int | None:
    """When there is something to do next, in milliseconds; None when there is nothing."""
    times = [tx.execute(_NEXT).scalar(), tx.execute(_NEXT_LEASE).scalar()]
    return min((one for one in times if one is not None), default=None)


def _errands(rows: Sequence[Row[Any]], *, started: int, by_domain: bool = True) -> list[Errand]:
    grouped: dict[tuple[int, str], list[Row[Any]]] = defaultdict(list)
    for row in rows:
        grouped[row.outbox_id, row.domain if by_domain else ""].append(row)
    return [
        Errand(_message(found[0]), domain, tuple(_due(row, started) for row in found))
        for (_, domain), found in grouped.items()
    ]


def _message(row: Row[Any]) -> Message:
    return Message(
        row.outbox_id, row.space_id, row.blob_id, row.sender, row.envelope_id, row.ret, row.size, bool(row.smtputf8),
        row.created, row.expires,
    )  # fmt: skip


def _due(row: Row[Any], started: int) -> Due:
    return Due(
        row.id, row.recipient, row.original, row.notify, row.attempts + started, bool(row.delayed), row.last_reply
    )
